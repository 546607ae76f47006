//! What is known about the targets: classes or numbers, and how many of each.

use crate::base::Batch;
use crate::kernels::{Scalar, doubles};
use crate::part::{Spec, Value};

/// The targets of some rows.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// The number of columns.
    pub(super) width: usize,
    /// What the rows are: the class of each, or a number for each.
    pub(super) values: Values,
    /// The mean and the standard deviation of each column.
    pub(super) moments: Vec<(f64, f64)>,
    /// All values, sorted.
    sorted: Vec<f64>,
}

/// The target of each row, for rules that need one value of a row.
#[derive(Debug, Clone)]
pub(super) enum Values {
    /// The class of each row, and the number of classes.
    Classes(Vec<usize>, usize),
    /// The first target of each row.
    Numbers(Vec<f64>),
}

/// How the targets of a training are read: as classes, or as numbers.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) loss: Spec,
    pub(super) outputs: usize,
    /// The two values that all targets have.
    pub(super) two: Option<(f64, f64)>,
}

impl Target {
    /// Reads targets, which are classes if the loss says so, or if all targets have one of two values.
    pub(super) fn new<T: Scalar>(targets: Batch<'_, T>, reading: &Reading) -> Self {
        Self::of(doubles(targets.values()), targets.width(), reading)
    }

    /// Reads targets, sample by sample.
    fn of(mut sorted: Vec<f64>, width: usize, reading: &Reading) -> Self {
        let Reading { loss, outputs, two } = reading;
        let targets = sorted.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let samples = || targets.chunks_exact(width.max(1));
        let column = |column: usize| samples().map(move |row| row[column]);
        let values = if width > 1 && samples().all(is_one_hot) {
            let class = |row: &[f64]| row.iter().position(|value| *value == 1.0).unwrap_or(0);
            Values::Classes(samples().map(class).collect(), width)
        } else if width == 1 && takes_indices(loss, *outputs) {
            let classes: Vec<usize> = column(0).map(|value| value as usize).collect();
            let count = classes.iter().max().map_or(0, |last| last + 1);
            Values::Classes(classes, count)
        } else if let (1, Some((_, high))) = (width, *two) {
            Values::Classes(column(0).map(|value| usize::from(value == high)).collect(), 2)
        } else {
            Values::Numbers(column(0).collect())
        };
        let moments = (0..width).map(|number| moments(&column(number).collect::<Vec<f64>>())).collect();
        Self { width, values, moments, sorted }
    }

    /// Returns the smallest and the largest value.
    pub(super) fn range(&self) -> (f64, f64) {
        (self.sorted.first().copied().unwrap_or(0.0), self.sorted.last().copied().unwrap_or(0.0))
    }

    /// Returns the median of all values.
    pub(super) fn median(&self) -> f64 {
        self.sorted.get(self.sorted.len() / 2).copied().unwrap_or(0.0)
    }

    /// Returns the share of the values outside of a range.
    pub(super) fn share_outside(&self, low: f64, high: f64) -> f64 {
        let below = self.sorted.partition_point(|value| *value < low);
        let above = self.sorted.len() - self.sorted.partition_point(|value| *value <= high);
        (below + above) as f64 / self.sorted.len().max(1) as f64
    }

    /// Returns the number of rows of each class; empty if the targets are no classes.
    pub(super) fn counts(&self) -> Vec<usize> {
        match &self.values {
            Values::Classes(classes, count) => counts(classes, *count),
            Values::Numbers(_) => Vec::new(),
        }
    }
}

impl Values {
    /// Returns the targets of these rows.
    pub(super) fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Classes(classes, count) => Self::Classes(rows.iter().map(|&row| classes[row]).collect(), *count),
            Self::Numbers(numbers) => Self::Numbers(rows.iter().map(|&row| numbers[row]).collect()),
        }
    }

    /// Returns these targets followed by others.
    pub(super) fn followed_by(&self, others: &Self) -> Self {
        match (self, others) {
            (Self::Classes(one, count), Self::Classes(other, more)) => {
                Self::Classes(one.iter().chain(other).copied().collect(), *count.max(more))
            }
            (Self::Numbers(one), Self::Numbers(other)) => Self::Numbers(one.iter().chain(other).copied().collect()),
            _ => self.clone(),
        }
    }
}

/// Returns how often each class occurs.
pub(super) fn counts(classes: &[usize], count: usize) -> Vec<usize> {
    let mut counts = vec![0; count];
    classes.iter().for_each(|&class| counts[class] += 1);
    counts
}

/// Returns mean and standard deviation.
pub(super) fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt())
}

/// Returns whether a loss compares one column of class indices with several outputs.
fn takes_indices(loss: &Spec, outputs: usize) -> bool {
    outputs > 1 && matches!(loss.class_name.as_str(), "SparseCategoricalCrossentropy" | "Crossentropy")
}

/// Returns the two values that all targets have, in training and validation; `None` if there are fewer or more.
pub(super) fn two_values<'a, T: Scalar>(targets: impl Iterator<Item = &'a T>) -> Option<(f64, f64)> {
    let (mut low, mut high) = (None, None);
    for value in targets.map(|value| value.to_f64()) {
        match (low, high) {
            (None, _) => low = Some(value),
            (Some(one), _) if value == one => {}
            (_, None) => high = Some(value),
            (_, Some(other)) if value == other => {}
            _ => return None,
        }
    }
    let (one, other) = (low?, high?);
    Some((one.min(other), one.max(other)))
}

fn is_one_hot(row: &[f64]) -> bool {
    row.iter().all(|value| *value == 0.0 || *value == 1.0) && row.iter().filter(|value| **value == 1.0).count() == 1
}

/// Returns whether an argument of a part is true.
pub(super) fn is_set(spec: &Spec, argument: &str) -> bool {
    spec.get(argument) == Some(&Value::Bool(true))
}
