//! Metrics: measures of predictions besides the loss, which `fit` and `evaluate` report and callbacks can monitor.
//!
//! A metric is given by value, [`BinaryAccuracy::default()`](BinaryAccuracy), or by its name in snake case,
//! `"binary_accuracy"`; some metrics also have a short name, `"mse"`.
//!
//! The string `"accuracy"`, or `"acc"`, picks [`BinaryAccuracy`], [`SparseCategoricalAccuracy`] or [`CategoricalAccuracy`] by
//! the widths of outputs and targets, as in Keras. In the same way, `"crossentropy"`, or `"ce"`, picks a cross-entropy.
//!
//! A metric given by name is logged under that name, and a metric given by value under its own name in snake case; [`named`]
//! sets another name. [`metric_fn`] makes a metric from a closure, [`weighted`] makes a metric weight the samples, and a
//! [`Meter`] uses a metric without a model.
//!
//! # Metrics of several numbers
//!
//! A metric gives several numbers if it has a list of thresholds or does not average over the outputs, such as [`F1Score`]
//! without [`average`](F1Score::average). Keras puts an array in its history. Here, each number has a series of its own,
//! `precision[0]`, `precision[1]` and so on, which a callback can monitor.
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
pub use selection::{IntoMetrics, MetricChoice, Named, OfOutput, Weighted, named, of_output, weighted};

pub(crate) use meter::Tally;
pub(crate) use selection::Selected;

use crate::base::snake_case;
use crate::base::{Batch, Error, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::check_same_width;
use crate::part::{Part, kind, parts};
use std::sync::Arc;

kind!(Metric<T>, "metric");

// an argument without a default in Keras has a default out of range here, so that omitting it is an error
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

/// A metric: one or several numbers that measure how good predictions are.
///
/// A metric has no state. It accumulates the samples in `totals`, a slice of [`slots`](Metric::slots) numbers that start at
/// 0. By default, these are a weighted sum and the sum of the weights, and the result is the mean, so for most metrics
/// [`update`](Metric::update) is one call of [`add_mean`].
pub trait Metric<T: Scalar>: Part {
    /// Adds a batch to the totals.
    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]);

    /// The number of totals that the metric needs for outputs of this shape; 2 by default.
    fn slots(&self, _outputs: &Shape) -> usize {
        2
    }

    /// The number of results that the metric gives for outputs of this shape; 1 by default.
    fn values(&self, _outputs: &Shape) -> usize {
        1
    }

    /// Computes a result from the totals; `index` selects one of several results, counted from 0.
    ///
    /// By default, the result is the mean, or 0 if no sample was added.
    fn result(&self, totals: &[f64], _index: usize) -> f64 {
        mean(totals)
    }

    /// The name that the metric is logged under; by default its class name in snake case.
    fn log_name(&self) -> String {
        snake_case(self.name())
    }

    /// The direction in which the metric improves, for callbacks that are not given a mode; by default unknown.
    fn direction(&self) -> Option<Direction> {
        None
    }

    /// Checks, once before training, that these targets can be compared with outputs of this shape.
    ///
    /// # Errors
    ///
    /// By default, the call fails if the widths differ.
    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_same_width(self.name(), outputs, targets.shape())
    }

    /// Returns the reason why the metric has no meaning for these targets, e.g. the AUC of one class (default: it has one).
    ///
    /// A callback that monitors such a metric is an error, because the metric does not change.
    fn undefined(&self, _targets: Batch<'_, T>) -> Option<String> {
        None
    }

    /// Converts the metric to a shared trait object; metrics of this crate do so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Metric<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}

/// The direction in which a metric improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Higher is better, as for accuracies.
    Up,
    /// Lower is better, as for errors and losses.
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

/// Computes the mean of what [`add_mean`] has added, or 0 if it has added nothing.
fn mean(totals: &[f64]) -> f64 {
    match totals {
        [_, 0.0] => 0.0,
        [sum, weight] => sum / weight,
        _ => f64::NAN,
    }
}

/// Fails if each sample has several axes of outputs.
fn check_one_axis(part: &str, outputs: &Shape) -> Result<()> {
    match outputs.dims() {
        [_, _, ..] => {
            let advice = "samples with one axis: change the last layer";
            Err(Error::argument(part, "outputs", outputs, advice))
        }
        _ => Ok(()),
    }
}
