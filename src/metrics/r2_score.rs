use super::{Direction, Metric, check_one_axis};
use crate::base::{Batch, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::check_same_width;
use crate::part::{Arguments, Describe};

/// The coefficient of determination, the share of the targets' variance that is explained:
/// `1 - sum((t - p)^2) / sum((t - mean t)^2)`, for each output over all samples.
/// [Keras](https://keras.io/api/metrics/regression_metrics/#r2score-class)
///
/// 1 is perfect and 0 no better than always the mean. An output whose targets are all equal scores 0, or NaN where the
/// predictions are right as well, as it does before any sample. With `num_regressors` `q`, and `n` targets (outputs
/// times samples) seen, the result is adjusted to `1 - (1 - R2) (n - 1) / (n - q - 1)`, as soon as `n > q + 1`.
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

/// How the scores of the outputs become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClassAggregation {
    /// Their mean.
    UniformAverage,
    /// Their mean, each counted by the variance of its targets.
    VarianceWeightedAverage,
}

impl Default for R2Score {
    fn default() -> Self {
        Self { class_aggregation: Some(ClassAggregation::UniformAverage), num_regressors: 0 }
    }
}

impl R2Score {
    /// How the scores of the outputs become one number (default: their mean); `None` gives one for each.
    pub fn class_aggregation(mut self, class_aggregation: impl Into<Option<ClassAggregation>>) -> Self {
        self.class_aggregation = class_aggregation.into();
        self
    }

    /// The number of inputs of the model, to adjust the score by (default 0: it is not adjusted).
    pub fn num_regressors(mut self, num_regressors: usize) -> Self {
        self.num_regressors = num_regressors;
        self
    }

    fn adjusted(&self, score: f64, count: f64) -> f64 {
        let left = count - self.num_regressors as f64 - 1.0;
        if self.num_regressors == 0 || left <= 0.0 { score } else { 1.0 - (1.0 - score) * (count - 1.0) / left }
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

/// Of one output: the sum of weights, the mean of the targets, the sums of squares about it and about the predictions.
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
                // about the running mean (West 1979): a sum of squares less the square of a sum would cancel
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

    fn result(&self, totals: &[f64], value: usize) -> f64 {
        let Some((&count, outputs)) = totals.split_last() else { return f64::NAN };
        let outputs = outputs.chunks_exact(SUMS);
        let score = |sums: &[f64]| {
            let score = 1.0 - sums[3] / sums[2];
            if score.is_infinite() { 0.0 } else { score }
        };
        let aggregated = match self.class_aggregation {
            None => outputs.skip(value).map(score).next().unwrap_or(f64::NAN),
            Some(ClassAggregation::UniformAverage) => outputs.clone().map(score).sum::<f64>() / outputs.len() as f64,
            Some(ClassAggregation::VarianceWeightedAverage) => {
                let variance = outputs.clone().map(|sums| sums[2]).sum::<f64>();
                outputs.map(|sums| sums[2] * score(sums)).sum::<f64>() / variance
            }
        };
        self.adjusted(aggregated, count)
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_one_axis(self.class_name(), outputs)?;
        check_same_width(self.class_name(), outputs, targets.shape())
    }
}
