use super::{Direction, Metric, check_one_axis};
use crate::base::{Batch, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::check_same_width;
use crate::part::{Arguments, Describe};

/// The coefficient of determination, which is the share of the targets' variance that the predictions explain:
/// `1 - sum((t - p)^2) / sum((t - mean t)^2)` for each output over all samples.
/// [Keras](https://keras.io/api/metrics/regression_metrics/#r2score-class)
///
/// A score of 1 is perfect, and 0 is no better than always predicting the mean. If all targets of an output are equal, its
/// score is 0, or NaN if the predictions equal the targets too. Without samples, the score is NaN.
///
/// With `num_regressors` `q` above 0, and `n` targets (outputs times samples), the result is adjusted to
/// `1 - (1 - R2) (n - 1) / (n - q - 1)` if `n > q + 1`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut score = Meter::new(R2Score::default())?;
/// score.update(&dmatrix![1.0; 4.0; 3.0], &dmatrix![2.0; 4.0; 4.0], None)?;
/// assert!((score.result()? - 4.0 / 7.0).abs() < 1e-12);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct R2Score {
    class_aggregation: Option<ClassAggregation>,
    num_regressors: usize,
}

/// The ways to average the scores of the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClassAggregation {
    /// The mean of the scores.
    UniformAverage,
    /// The mean of the scores, each weighted by the variance of its output's targets.
    VarianceWeightedAverage,
}

impl Default for R2Score {
    fn default() -> Self {
        Self { class_aggregation: Some(ClassAggregation::UniformAverage), num_regressors: 0 }
    }
}

impl R2Score {
    /// The average over the outputs (default: `UniformAverage`); with `None` the metric gives one number for each output.
    pub fn class_aggregation(mut self, class_aggregation: impl Into<Option<ClassAggregation>>) -> Self {
        self.class_aggregation = class_aggregation.into();
        self
    }

    /// The number of inputs of the model, by which the score is adjusted (default 0: no adjustment).
    pub fn num_regressors(mut self, num_regressors: usize) -> Self {
        self.num_regressors = num_regressors;
        self
    }

    /// Returns the score of an output, or that of all outputs together.
    fn aggregated(&self, totals: &[f64], index: usize) -> f64 {
        let Some((&count, outputs)) = totals.split_last() else { return f64::NAN };
        let outputs = outputs.chunks_exact(SUMS);
        let score = |sums: &[f64]| {
            let score = 1.0 - sums[3] / sums[2];
            if score.is_infinite() { 0.0 } else { score }
        };
        let aggregated = match self.class_aggregation {
            None => outputs.skip(index).map(score).next().unwrap_or(f64::NAN),
            Some(ClassAggregation::UniformAverage) => outputs.clone().map(score).sum::<f64>() / outputs.len() as f64,
            Some(ClassAggregation::VarianceWeightedAverage) => {
                let variance = outputs.clone().map(|sums| sums[2]).sum::<f64>();
                outputs.map(|sums| sums[2] * score(sums)).sum::<f64>() / variance
            }
        };
        self.adjusted(aggregated, count)
    }

    fn adjusted(&self, score: f64, count: f64) -> f64 {
        let degrees_of_freedom = count - self.num_regressors as f64 - 1.0;
        if self.num_regressors == 0 || degrees_of_freedom <= 0.0 {
            score
        } else {
            1.0 - (1.0 - score) * (count - 1.0) / degrees_of_freedom
        }
    }
}

impl Describe for R2Score {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        let words = [
            ("uniform_average", ClassAggregation::UniformAverage),
            ("variance_weighted_average", ClassAggregation::VarianceWeightedAverage),
        ];
        arguments.optional_choice("class_aggregation", &mut self.class_aggregation, &words);
        arguments.count("num_regressors", &mut self.num_regressors, ..);
    }
}

/// The number of totals of an output: the sum of the weights, the mean of the targets, and the sums of squared differences
/// of the targets from their mean and from the predictions.
const SUMS: usize = 4;

impl<T: Scalar> Metric<T> for R2Score {
    crate::part::compiled!(Metric<T> for R2Score);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        let Some((count, outputs)) = totals.split_last_mut() else { return };
        for (predicted, target, weight) in batch.samples() {
            let weight = weight.to_f64();
            *count += target.len() as f64;
            for ((p, t), sums) in predicted.iter().zip(target).zip(outputs.chunks_exact_mut(SUMS)) {
                let (p, t) = (p.to_f64(), t.to_f64());
                sums[3] += weight * (t - p) * (t - p);
                // the running mean (West 1979) avoids the cancellation of a sum of squares minus the square of a sum
                let total = sums[0] + weight;
                if total > 0.0 {
                    let from_mean = t - sums[1];
                    sums[1] += from_mean * weight / total;
                    sums[2] += weight * from_mean * (t - sums[1]);
                    sums[0] = total;
                }
            }
        }
    }

    fn slots(&self, outputs: &Shape) -> usize {
        outputs.width().saturating_mul(SUMS).saturating_add(1)
    }

    fn values(&self, outputs: &Shape) -> usize {
        if self.class_aggregation.is_some() { 1 } else { outputs.width() }
    }

    fn result(&self, totals: &[f64], index: usize) -> f64 {
        self.aggregated(totals, index)
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_one_axis(self.class_name(), outputs)?;
        check_same_width(self.class_name(), outputs, targets.shape())
    }
}
