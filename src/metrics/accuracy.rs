use super::{Direction, Metric, add_mean};
use crate::base::{Batch, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::{check_class_width, check_one_hot_width};
use crate::part::{Arguments, Describe};

/// The share of outputs that equal their target: `p == t`, for outputs that are labels already.
/// [Keras](https://keras.io/api/metrics/accuracy_metrics/#accuracy-class)
///
/// The word `"accuracy"` given to `compile` is another thing: it picks one of the metrics below by the widths.
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
    /// What a prediction must exceed to mean 1 (default 0.5; 0 for logits).
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

/// The share of samples whose largest output stands where the one-hot target has its 1, `argmax(p) = argmax(t)`.
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

/// The share of samples whose largest output is the one that the class index names, `argmax(p) = t`.
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
        // a label that the loss ignores is wrong here, as in Keras
        check_class_width(self.class_name(), outputs, targets.shape(), "`BinaryAccuracy`")
    }
}

/// The share of outputs that are their target once they are labels.
fn share<T: Scalar>(predicted: &[T], target: &[T], label: impl Fn(T) -> T) -> f64 {
    predicted.iter().zip(target).filter(|(p, t)| label(**p) == **t).count() as f64 / predicted.len() as f64
}

/// The place of the largest value, the first of equals.
pub(super) fn argmax<T: Scalar>(values: &[T]) -> usize {
    let mut best = 0;
    for (place, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = place;
        }
    }
    best
}
