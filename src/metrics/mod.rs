//! Metrics: what is measured beside the loss, for people to read and callbacks to watch.
//!
//! | here | in Keras | of one sample, `p` predicted and `t` wanted |
//! |---|---|---|
//! | [`BinaryAccuracy`] | `"binary_accuracy"` | share of outputs with `(p > 0.5) == t` |
//! | [`CategoricalAccuracy`] | `"categorical_accuracy"` | 1 where the largest `p` is the largest `t` |
//! | [`SparseCategoricalAccuracy`] | `"sparse_categorical_accuracy"` | 1 where the largest `p` is number `t` |
//! | [`MeanSquaredError`] | `"mse"` | mean of `(p - t)^2` |
//! | [`MeanAbsoluteError`] | `"mae"` | mean of `abs(p - t)` |
//!
//! The string `"accuracy"` picks one of the three by the widths of outputs and targets, as in Keras.

mod accuracy;
mod closure;
mod regression;
mod selection;

pub use accuracy::{BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy};
pub use closure::{ClosureMetric, metric_fn};
pub use regression::{MeanAbsoluteError, MeanSquaredError};
pub use selection::{IntoMetrics, MetricChoice, Weighted, weighted};

pub(crate) use selection::Selected;

use crate::losses::check_same_width;
use crate::names::snake_case;
use crate::saving::Part;
use crate::{Batch, Result, Scalar, Scored, Shape};

/// A number that sums up how good predictions are.
///
/// It keeps nothing itself: what it has seen is in `totals`, `slots` numbers that start at 0. By default these are a
/// weighted sum and the sum of weights, and the result is the mean, so that most metrics are one call of [`add_mean`].
pub trait Metric<T: Scalar>: Part {
    /// Adds a batch to the totals.
    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]);

    /// How many totals it keeps for outputs of this shape.
    fn slots(&self, _outputs: &Shape) -> usize {
        2
    }

    /// The metric of all that the totals have seen; of the default two, 0 if that is nothing.
    fn result(&self, totals: &[f64]) -> f64 {
        match totals {
            [_, 0.0] => 0.0,
            [sum, weight] => sum / weight,
            _ => f64::NAN,
        }
    }

    /// What it is logged as: its class in snake case.
    fn log_name(&self) -> String {
        snake_case(self.name())
    }

    /// Which way is better, for callbacks that are not told.
    fn direction(&self) -> Option<Direction> {
        None
    }

    /// Fails if these targets cannot be compared with outputs of this shape; asked once, before training.
    ///
    /// # Errors
    ///
    /// By default when the widths differ.
    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_same_width(self.name(), outputs, targets.shape())
    }
}

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Higher is better: accuracies.
    Up,
    /// Lower is better: errors and losses.
    Down,
}

/// Adds `value(predicted, target)` of each sample to a weighted mean: `totals[0] += w v`, `totals[1] += w`.
pub fn add_mean<T: Scalar>(batch: Scored<'_, T>, totals: &mut [f64], value: impl Fn(&[T], &[T]) -> f64) {
    if let [sum, total] = totals {
        for (predicted, target, weight) in batch.samples() {
            *sum += weight.to_f64() * value(predicted, target);
            *total += weight.to_f64();
        }
    }
}
