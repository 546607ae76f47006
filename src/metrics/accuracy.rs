use super::{Direction, Metric, add_mean};
use crate::base::{Batch, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::{check_class_width, check_one_hot_width};
use crate::part::{Arguments, Describe};

/// The share of outputs that equal their target, `p == t`, if the outputs are labels.
/// [Keras](https://keras.io/api/metrics/accuracy_metrics/#accuracy-class)
///
/// The string `"accuracy"` given to `compile` does not mean this metric: it picks [`BinaryAccuracy`],
/// [`CategoricalAccuracy`] or [`SparseCategoricalAccuracy`] by the widths of outputs and targets.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut accuracy = Meter::new(Accuracy)?;
/// accuracy.update(&[1, 2, 3, 4], &dmatrix![0.0; 2.0; 3.0; 4.0], None)?;
/// assert_eq!(accuracy.result()?, 0.75);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Accuracy;

impl Describe for Accuracy {}

impl<T: Scalar> Metric<T> for Accuracy {
    crate::part::compiled!(Metric<T> for Accuracy);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        add_mean(batch, totals, |predicted, target| share(predicted, target, |p| p));
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }
}

/// The share of outputs on the right side of a threshold: `(p > threshold) == t`.
/// [Keras](https://keras.io/api/metrics/accuracy_metrics/#binaryaccuracy-class)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinaryAccuracy {
    threshold: f64,
}

impl BinaryAccuracy {
    /// The threshold that a prediction must exceed to count as 1 (default 0.5; use 0 for logits).
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }
}

impl Default for BinaryAccuracy {
    fn default() -> Self {
        Self { threshold: 0.5 }
    }
}

impl Describe for BinaryAccuracy {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("threshold", &mut self.threshold, ..);
    }
}

impl<T: Scalar> Metric<T> for BinaryAccuracy {
    crate::part::compiled!(Metric<T> for BinaryAccuracy);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        let threshold = T::of(self.threshold);
        add_mean(batch, totals, |predicted, target| {
            share(predicted, target, |p| if p > threshold { T::one() } else { T::zero() })
        });
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }
}

/// The share of samples whose largest output is that of the class in the one-hot target, `argmax(p) = argmax(t)`.
/// [Keras](https://keras.io/api/metrics/accuracy_metrics/#categoricalaccuracy-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CategoricalAccuracy;

impl Describe for CategoricalAccuracy {}

impl<T: Scalar> Metric<T> for CategoricalAccuracy {
    crate::part::compiled!(Metric<T> for CategoricalAccuracy);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        add_mean(batch, totals, |predicted, target| f64::from(argmax(predicted) == argmax(target)));
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        let sparse = "`SparseCategoricalAccuracy` or \"accuracy\"";
        check_one_hot_width(self.class_name(), outputs, targets.shape(), "`BinaryAccuracy`", sparse)
    }
}

/// The share of samples whose largest output is that of the class index in the target, `argmax(p) = t`.
/// [Keras](https://keras.io/api/metrics/accuracy_metrics/#sparsecategoricalaccuracy-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SparseCategoricalAccuracy;

impl Describe for SparseCategoricalAccuracy {}

impl<T: Scalar> Metric<T> for SparseCategoricalAccuracy {
    crate::part::compiled!(Metric<T> for SparseCategoricalAccuracy);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        let class = |index: usize| T::of(index as f64);
        add_mean(batch, totals, |predicted, target| f64::from(target.first() == Some(&class(argmax(predicted)))));
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        // labels are not checked: as in Keras, a label that the loss ignores counts as wrong
        check_class_width(self.class_name(), outputs, targets.shape(), "`BinaryAccuracy`")
    }
}

/// Computes the share of outputs whose `label` equals their target.
fn share<T: Scalar>(predicted: &[T], target: &[T], label: impl Fn(T) -> T) -> f64 {
    predicted.iter().zip(target).filter(|(p, t)| label(**p) == **t).count() as f64 / predicted.len() as f64
}

/// Returns the index of the largest value, and the first index if several are equal.
pub(super) fn argmax<T: Scalar>(values: &[T]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}
