//! The part of the data that a diagnosis keeps, so that it can describe them after the training.

use super::columns::Column;
use super::reference::{MOST_COLUMNS, MOST_ROWS, MOST_TESTED, Reference};
use super::targets::{Reading, Target, Values, moments, two_values};
use crate::base::{Batch, Data, Shape, derived_seed};
use crate::kernels::{Scalar, doubles};
use crate::part::Spec;
use nalgebra::DMatrix;
use std::ops::RangeInclusive;

/// The largest number of rows, and of values, that are kept of the training inputs.
const ROWS: usize = 5_000;
const VALUES: usize = 200_000;

/// The largest product of rows and weights in one pass through a model.
const WORK: usize = 20_000_000;

/// The largest number of rows, and of columns, that are compared pairwise.
const PAIRED_ROWS: usize = 1_000;
const PAIRED_COLUMNS: usize = 256;

/// Some of the inputs, all targets, and what only all rows can say.
#[derive(Debug)]
pub(super) struct Kept<T: Scalar> {
    /// The rows of training that are kept, in their order, with their numbers.
    x: DMatrix<T>,
    numbers: Vec<usize>,
    y: Vec<T>,
    y_shape: Shape,
    pub(super) reading: Reading,
    pub(super) rows: usize,
    /// For each column the value of all training rows, if they are equal.
    constant: Vec<Option<T>>,
    pub(super) validation: Option<KeptValidation<T>>,
}

/// Some of the training rows that are kept, with their targets as the loss takes them.
pub(super) struct Rows<T: Scalar> {
    pub(super) x: DMatrix<T>,
    pub(super) targets: Vec<T>,
}

/// The same of the validation rows.
#[derive(Debug)]
pub(super) struct KeptValidation<T: Scalar> {
    pub(super) x: DMatrix<T>,
    pub(super) numbers: Vec<usize>,
    /// The targets of these rows, as the loss takes them.
    pub(super) samples: Vec<T>,
    y: Vec<T>,
    pub(super) rows: usize,
    /// The row of the first validation row in the caller's matrix; above 0 if they are the last rows of the data.
    pub(super) first: usize,
    /// The columns that are constant in training only, with the number of validation rows that differ.
    pub(super) only_here: Vec<(usize, usize)>,
    pub(super) duplicates: Duplicates,
}

/// How often rows occur twice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Duplicates {
    /// The share of validation rows that are also training rows.
    pub(super) across: f64,
    /// The share of training rows that occur more than once.
    pub(super) within: f64,
}

impl<T: Scalar> Kept<T> {
    /// Copies what is needed of the data of a model with this loss and this number of outputs.
    pub(super) fn new(data: &Data<'_, T>, validation: Option<&Data<'_, T>>, loss: &Spec, outputs: usize) -> Self {
        let both = std::iter::once(data).chain(validation);
        let two = two_values(both.flat_map(|data| &data.y[0].values));
        let reading = Reading { loss: loss.clone(), outputs, two };
        let most = |rows: usize| rows.min(VALUES / data.x.shape.width().max(1)).max(100);
        let numbers = sample(data.count(), most(ROWS));
        let constant: Vec<Option<T>> = data
            .columns()
            .iter()
            .map(|column| Some(column[0]).filter(|first| column.iter().all(|value| value == first)))
            .collect();
        let keep = |validation: &Data<'_, T>| {
            let numbers = sample(validation.count(), most(MOST_TESTED));
            KeptValidation {
                x: rows_of(validation, &numbers),
                samples: samples_of(&validation.y[0].values, validation.y[0].shape.width(), &numbers),
                y: validation.y[0].values.clone(),
                rows: validation.count(),
                first: validation.origin().1,
                only_here: only_here(&constant, validation),
                duplicates: Duplicates::new(data, validation),
                numbers,
            }
        };
        let validation = validation.map(keep);
        let (y, y_shape) = (data.y[0].values.clone(), data.y[0].shape.clone());
        Self { x: rows_of(data, &numbers), y, y_shape, reading, rows: data.count(), numbers, constant, validation }
    }

    /// Reads the targets of all training rows.
    pub(super) fn target(&self) -> Target {
        self.read(&self.y)
    }

    /// Reads the targets of all validation rows.
    pub(super) fn validation_target(&self) -> Option<Target> {
        self.validation.as_ref().map(|validation| self.read(&validation.y))
    }

    /// Reads the targets of some rows.
    pub(super) fn read(&self, targets: &[T]) -> Target {
        Target::new(Batch::new(&self.y_shape, targets), &self.reading)
    }

    /// Returns some of the training rows for one pass through a model with this number of weights, always the same ones: the last
    /// number of the range, or fewer if the pass takes too long, but not fewer than the first one.
    pub(super) fn some(&self, weights: usize, count: RangeInclusive<usize>) -> Rows<T> {
        let rows = sample(self.x.nrows(), (WORK / weights.max(1)).clamp(*count.start(), *count.end()));
        let numbers: Vec<usize> = rows.iter().map(|&row| self.numbers[row]).collect();
        Rows { x: self.x.select_rows(&rows), targets: samples_of(&self.y, self.y_shape.width(), &numbers) }
    }

    /// Describes each column.
    pub(super) fn columns(&self, target: &Target) -> Vec<Column> {
        let targets = target.values.take(&self.numbers);
        let describe = |number: usize| {
            let mut described = Column::new(&self.column(number), &targets);
            if described.is_constant() && self.constant[number].is_none() {
                // the other values are in rows that were not kept
                described.distinct = 3;
            }
            described
        };
        (0..self.x.ncols()).map(describe).collect()
    }

    fn column(&self, number: usize) -> Vec<f64> {
        doubles(&self.x.as_slice()[number * self.x.nrows()..][..self.x.nrows()])
    }

    /// Finds the columns that are a column before them, up to scale and offset.
    pub(super) fn equal(&self) -> Vec<(usize, usize)> {
        let rows = sample(self.x.nrows(), PAIRED_ROWS);
        if self.x.ncols() > PAIRED_COLUMNS || rows.len() < 3 {
            return Vec::new();
        }
        pairs(&(0..self.x.ncols()).map(|number| unit(&self.column(number), &rows)).collect::<Vec<_>>())
    }

    /// Scores the reference on the validation rows, or without them on a quarter of the training rows.
    pub(super) fn reference(&self, target: &Target) -> Option<Reference> {
        let first_columns = |x: &DMatrix<T>| {
            let columns = x.ncols().min(MOST_COLUMNS);
            DMatrix::from_vec(x.nrows(), columns, doubles(&x.as_slice()[..x.nrows() * columns]))
        };
        let x = first_columns(&self.x);
        let validation = self.validation.as_ref();
        let held_out = validation.map(|validation| (first_columns(&validation.x), self.read(&validation.samples).values));
        reference(&x, &target.values.take(&self.numbers), held_out)
    }
}

fn rows_of<T: Scalar>(data: &Data<'_, T>, rows: &[usize]) -> DMatrix<T> {
    let width = data.x.shape.width();
    let mut kept = Vec::with_capacity(rows.len() * width);
    for column in data.columns() {
        kept.extend(rows.iter().map(|&row| column[row]));
    }
    DMatrix::from_vec(rows.len(), width, kept)
}

/// Returns the constant columns that vary in the validation rows, each with the number of rows that differ.
fn only_here<T: Scalar>(constant: &[Option<T>], validation: &Data<'_, T>) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (number, column) in validation.columns().into_iter().enumerate() {
        let Some(first) = constant[number] else { continue };
        match column.iter().filter(|value| **value != first).count() {
            0 => {}
            differ => found.push((number, differ)),
        }
    }
    found
}

/// Returns the samples with these numbers, one after the other.
fn samples_of<T: Scalar>(values: &[T], width: usize, numbers: &[usize]) -> Vec<T> {
    let mut samples = Vec::with_capacity(numbers.len() * width);
    numbers.iter().for_each(|number| samples.extend_from_slice(&values[number * width..][..width]));
    samples
}

/// Returns at most `most` of the rows in their order, always the same ones: one from each of as many equal parts.
pub(super) fn sample(rows: usize, most: usize) -> Vec<usize> {
    if rows <= most {
        return (0..rows).collect();
    }
    // a place in the part that looks random, so that rows with a period are met in all phases
    let place = |part: usize| {
        let (first, end) = (part * rows / most, (part + 1) * rows / most);
        first + (derived_seed(0, &[part as u64]) % (end - first) as u64) as usize
    };
    (0..most).map(place).collect()
}

/// Scores the reference on rows that were held out, or without them on a quarter of the rows.
fn reference(x: &DMatrix<f64>, values: &Values, held_out: Option<(DMatrix<f64>, Values)>) -> Option<Reference> {
    let chosen = sample(x.nrows(), MOST_ROWS);
    let take = |rows: &[usize]| (x.select_rows(rows), values.take(rows));
    let (train, test) = match held_out {
        Some(test) => (take(&chosen), test),
        None => {
            let (train, test): (Vec<usize>, Vec<usize>) = chosen.iter().partition(|row| **row % 4 != 1);
            (take(&train), take(&test))
        }
    };
    if train.0.nrows() < 8 || test.0.nrows() < 2 {
        return None;
    }
    Reference::new((&train.0, &train.1), (&test.0, &test.1))
}

/// Finds the columns that are a column before them, if all have mean 0 and norm 1.
fn pairs(unit: &[Vec<f64>]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for second in 1..unit.len() {
        let product = |first: usize| unit[first].iter().zip(&unit[second]).map(|(a, b)| a * b).sum::<f64>();
        if let Some(first) = (0..second).find(|&first| product(first).abs() > 0.9999) {
            pairs.push((first, second));
        }
    }
    pairs
}

/// Returns the values of these rows with mean 0 and norm 1; zeros if they are equal.
fn unit(column: &[f64], rows: &[usize]) -> Vec<f64> {
    let mut values: Vec<f64> = rows.iter().map(|&row| column[row]).collect();
    let (mean, deviation) = moments(&values);
    let norm = deviation * (values.len() as f64).sqrt();
    let factor = if norm > 0.0 { 1.0 / norm } else { 0.0 };
    values.iter_mut().for_each(|value| *value = (*value - mean) * factor);
    values
}

impl Duplicates {
    fn new<T: Scalar>(data: &Data<'_, T>, validation: &Data<'_, T>) -> Self {
        Self::of(hashes(data), &hashes(validation))
    }

    fn of(mut train: Vec<u64>, others: &[u64]) -> Self {
        train.sort_unstable();
        let twice: usize = train.chunk_by(|a, b| a == b).filter(|run| run.len() > 1).map(<[u64]>::len).sum();
        let known = others.iter().filter(|hash| train.binary_search(hash).is_ok()).count();
        Self { across: known as f64 / others.len().max(1) as f64, within: twice as f64 / train.len().max(1) as f64 }
    }
}

/// Returns a hash of the inputs of each row.
fn hashes<T: Scalar>(data: &Data<'_, T>) -> Vec<u64> {
    // the hash of rustc: rotate, combine, multiply with an odd number without a pattern
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
    let mut hashes = vec![0_u64; data.count()];
    for column in data.columns() {
        for (hash, value) in hashes.iter_mut().zip(column) {
            // 0.0 and -0.0 are one value
            *hash = (hash.rotate_left(5) ^ (value.to_f64() + 0.0).to_bits()).wrapping_mul(FACTOR);
        }
    }
    hashes
}
