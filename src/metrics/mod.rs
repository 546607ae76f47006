//! Metrics: what is measured beside the loss, for people to read and callbacks to watch.
//!
//! | here | in Keras | what it tells, of predictions `p` and targets `t` |
//! |---|---|---|
//! | [`BinaryAccuracy`] | `"binary_accuracy"` | share of outputs with `(p > 0.5) == t` |
//! | [`CategoricalAccuracy`] | `"categorical_accuracy"` | share of samples where the largest `p` is the largest `t` |
//! | [`SparseCategoricalAccuracy`] | `"sparse_categorical_accuracy"` | share of samples where the largest `p` is number `t` |
//! | [`TopKCategoricalAccuracy`], [`SparseTopKCategoricalAccuracy`] | `"top_k_categorical_accuracy"`, ... | the same for the `k` largest |
//! | [`Accuracy`] | `Accuracy()` | share of outputs with `p == t` |
//! | [`TruePositives`], [`TrueNegatives`], [`FalsePositives`], [`FalseNegatives`] | `"true_positives"`, ... | how many outputs are so at a threshold |
//! | [`Precision`], [`Recall`] | `"precision"`, `"recall"` | `TP / (TP + FP)`, `TP / (TP + FN)` |
//! | [`SensitivityAtSpecificity`], [`SpecificityAtSensitivity`], [`PrecisionAtRecall`], [`RecallAtPrecision`] | the same | the best of one where the other is high enough |
//! | [`Auc`] | `"auc"` | area under the ROC, PR or PR-gain curve |
//! | [`FBetaScore`], [`F1Score`] | `"f1_score"` | weighted harmonic mean of precision and recall |
//! | [`IoU`], [`MeanIoU`], [`BinaryIoU`], [`OneHotIoU`], [`OneHotMeanIoU`] | the same | mean over classes of `TP / (TP + FP + FN)` |
//! | [`MeanSquaredError`], [`RootMeanSquaredError`] | `"mse"`, `"root_mean_squared_error"` | mean of `(p - t)^2`, and its root |
//! | [`MeanAbsoluteError`] | `"mae"` | mean of `abs(p - t)` |
//! | [`MeanAbsolutePercentageError`] | `"mape"` | mean of `100 abs(p - t) / abs(t)` |
//! | [`MeanSquaredLogarithmicError`] | `"msle"` | mean of `(ln(p + 1) - ln(t + 1))^2` |
//! | [`LogCoshError`] | `LogCoshError()` | mean of `ln cosh(p - t)` |
//! | [`CosineSimilarity`] | `"cosine_similarity"` | mean over samples of the cosine between `p` and `t` |
//! | [`R2Score`] | `"r2_score"` | share of the targets' variance that is explained |
//! | [`PearsonCorrelation`], [`ConcordanceCorrelation`] | `"pearson_correlation"`, ... | mean over samples of the correlation of their outputs |
//! | [`BinaryCrossentropy`], [`CategoricalCrossentropy`], [`SparseCategoricalCrossentropy`] | the same | mean of the loss of that name |
//! | [`KLDivergence`], [`Poisson`], [`Hinge`], [`SquaredHinge`], [`CategoricalHinge`] | the same | mean of the loss of that name |
//! | [`Mean`], [`Sum`] | `Mean()`, `Sum()` | of the outputs, whatever the targets |
//!
//! The string `"accuracy"` picks one of the first three by the widths of outputs and targets, as in Keras, and
//! `"crossentropy"` one of the cross-entropies. A metric is logged under the name it was given by or, given by value,
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

mod accuracy;
mod auc;
mod closure;
mod correlation;
mod counts;
mod f_score;
mod from_losses;
mod iou;
mod meter;
mod outcomes;
mod r2_score;
mod reductions;
mod selection;
mod top_k;
mod trade_off;

pub use accuracy::{Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy};
pub use auc::{Auc, Curve, SummationMethod};
pub use closure::{ClosureMetric, metric_fn};
pub use correlation::{ConcordanceCorrelation, PearsonCorrelation};
pub use counts::{FalseNegatives, FalsePositives, Precision, Recall, TrueNegatives, TruePositives};
pub use f_score::{Average, F1Score, FBetaScore};
pub use from_losses::{
    BinaryCrossentropy, CategoricalCrossentropy, CategoricalHinge, CosineSimilarity, Hinge, KLDivergence, LogCoshError,
    MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, Poisson, RootMeanSquaredError,
    SparseCategoricalCrossentropy, SquaredHinge,
};
pub use iou::{BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU};
pub use meter::Meter;
pub use r2_score::{ClassAggregation, R2Score};
pub use reductions::{Mean, Sum};
pub use selection::{IntoMetrics, MetricChoice, Named, Weighted, named, weighted};
pub use top_k::{SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy};
pub use trade_off::{PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity};

pub(crate) use from_losses::Crossentropy;
pub(crate) use meter::Tally;
pub(crate) use selection::Selected;

use crate::base::snake_case;
use crate::base::{Batch, Error, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::check_same_width;
use crate::part::Part;

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
