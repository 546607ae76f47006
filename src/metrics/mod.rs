//! Metrics: what is measured besides the loss, for people to read and callbacks to watch.
//!
//! Each is named in snake case where a name is taken, `"binary_accuracy"`, and some have a shorter name, `"mse"`.
//!
//! The string `"accuracy"`, or `"acc"`, picks [`BinaryAccuracy`], [`SparseCategoricalAccuracy`] or [`CategoricalAccuracy`] by
//! the widths of outputs and targets, as in Keras, and `"crossentropy"`, or `"ce"`, one of the cross-entropies. A metric is logged under the name it was given by or, given by value,
//! under its own; [`named`] gives it another. [`metric_fn`] makes a metric of a closure, [`weighted`] makes one count
//! samples by their weight, and a [`Meter`] uses one without a model.
//!
//! # Metrics of several numbers
//!
//! Given a list of thresholds, or no way to average over outputs ([`F1Score`] without
//! [`average`](F1Score::average)), a metric gives several numbers. Keras puts an array in its history; here each number
//! is a series of its own, `precision[0]`, `precision[1]` and so on, which a callback can watch.
//!
//! ```
//! use layercake::prelude::*;
//!
//! let mut model = Sequential::new();
//! model.add(Dense::new(1).activation(Sigmoid));
//! model.compile("adam", "binary_crossentropy", ("auc", Recall::default().thresholds([0.3, 0.7])))?;
//! let history = model.fit(&dmatrix![1.0; 2.0], &dmatrix![0.0; 1.0], FitOptions::new())?;
//! assert!(history["recall[0]"][0] >= history["recall[1]"][0]);
//! # Ok::<(), layercake::Error>(())
//! ```

mod closure;
mod meter;
mod outcomes;
mod selection;

pub use closure::{ClosureMetric, metric_fn};
pub use meter::Meter;
pub use selection::{IntoMetrics, MetricChoice, Named, Weighted, named, weighted};

pub(crate) use meter::Tally;
pub(crate) use selection::Selected;

use crate::base::snake_case;
use crate::base::{Batch, Error, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::check_same_width;
use crate::part::{Part, kind, parts};
use std::sync::Arc;

kind!(Metric<T>, "metric");

// what Keras has no default for has one here that is out of range, so that leaving it out is an error
parts! { Metric<T>;
    accuracy: Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy;
    auc with Curve, SummationMethod: Auc;
    correlation: ConcordanceCorrelation, PearsonCorrelation;
    counts: FalseNegatives, FalsePositives, Precision, Recall, TrueNegatives, TruePositives;
    f_score with Average: F1Score, FBetaScore;
    from_losses:
        LogCoshError, RootMeanSquaredError,
        #[outside_prelude] BinaryCrossentropy => ["bce"],
        #[outside_prelude] CategoricalCrossentropy,
        #[outside_prelude] CategoricalHinge,
        #[outside_prelude] CosineSimilarity,
        #[internal] Crossentropy => ["ce"],
        #[outside_prelude] Hinge,
        #[outside_prelude] KLDivergence,
        #[outside_prelude] MeanAbsoluteError => ["mae"],
        #[outside_prelude] MeanAbsolutePercentageError => ["mape"],
        #[outside_prelude] MeanSquaredError => ["mse"],
        #[outside_prelude] MeanSquaredLogarithmicError => ["msle"],
        #[outside_prelude] Poisson,
        #[outside_prelude] SparseCategoricalCrossentropy,
        #[outside_prelude] SquaredHinge;
    iou:
        BinaryIoU, IoU = IoU::new(0, []), MeanIoU = MeanIoU::new(0), OneHotIoU = OneHotIoU::new(0, []),
        OneHotMeanIoU = OneHotMeanIoU::new(0);
    r2_score with ClassAggregation: R2Score;
    reductions: #[outside_prelude] Mean, #[outside_prelude] Sum;
    top_k: SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy;
    trade_off:
        PrecisionAtRecall = PrecisionAtRecall::new(f64::NAN),
        RecallAtPrecision = RecallAtPrecision::new(f64::NAN),
        SensitivityAtSpecificity = SensitivityAtSpecificity::new(f64::NAN),
        SpecificityAtSensitivity = SpecificityAtSensitivity::new(f64::NAN);
}

/// A number that sums up how good predictions are, or several.
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

    /// How many numbers it gives for outputs of this shape; by default one.
    fn values(&self, _outputs: &Shape) -> usize {
        1
    }

    /// The metric of all that the totals have seen; of several numbers that of this place, counted from 0.
    ///
    /// Of the default two totals it is the mean, and 0 if they have seen nothing.
    fn result(&self, totals: &[f64], _value: usize) -> f64 {
        mean(totals)
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

    /// Makes the shared `dyn` of a part; a part of this crate does so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Metric<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
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

/// What [`add_mean`] has added up to; 0 if it has added nothing.
fn mean(totals: &[f64]) -> f64 {
    match totals {
        [_, 0.0] => 0.0,
        [sum, weight] => sum / weight,
        _ => f64::NAN,
    }
}

/// Fails for a metric of outputs that stand in a row if they have several axes.
fn check_one_axis(part: &str, outputs: &Shape) -> Result<()> {
    match outputs.dims() {
        [_, _, ..] => {
            let advice = "samples with one axis: let the last layer give those";
            Err(Error::argument(part, "outputs", outputs, advice))
        }
        _ => Ok(()),
    }
}
