use super::{Direction, Metric, check_one_axis};
use crate::base::{Batch, EPSILON, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::check_same_width;
use crate::part::{Arguments, Describe};
use std::ops::Bound;

/// The weighted harmonic mean of precision `P` and recall `R` of each output: `(1 + beta^2) P R / (beta^2 P + R)`.
/// [Keras](https://keras.io/api/metrics/classification_metrics/#fbetascore-class)
///
/// Without a threshold the largest output of a sample counts as 1, which suits one-hot targets. If several outputs are
/// equally large, all of them count as 1, and an output of 0 never does. Every denominator has `1e-7` added. The metric
/// gives one number for each output, or a single one with [`average`](FBetaScore::average).
///
/// ```
/// use layercake::prelude::*;
///
/// let mut score = Meter::new(FBetaScore::default().beta(2.0).threshold(0.5).average(Average::Macro))?;
/// score.update(&dmatrix![1.0, 1.0; 1.0, 0.0; 1.0, 1.0], &dmatrix![0.2, 0.7; 0.2, 0.6; 0.6, 0.8], None)?;
/// assert!((score.result()? - 0.646853).abs() < 1e-6);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FBetaScore {
    average: Option<Average>,
    beta: f64,
    threshold: Option<f64>,
}

/// The harmonic mean of precision and recall, `2 P R / (P + R)`: [`FBetaScore`] with `beta` 1.
/// [Keras](https://keras.io/api/metrics/classification_metrics/#f1score-class)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut score = Meter::new(F1Score::default().threshold(0.5))?;
/// score.update(&dmatrix![1.0, 1.0; 1.0, 0.0; 1.0, 1.0], &dmatrix![0.2, 0.7; 0.2, 0.6; 0.6, 0.8], None)?;
/// assert!((score.results()[0] - 0.5).abs() < 1e-6 && (score.results()[1] - 0.8).abs() < 1e-6);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct F1Score(FBetaScore);

/// The ways to average the scores of the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Average {
    /// The score of the outcomes of all outputs, summed.
    Micro,
    /// The mean of the scores.
    Macro,
    /// The mean of the scores, each weighted by how many targets of its output are 1.
    Weighted,
}

impl Average {
    const WORDS: [(&'static str, Self); 3] = [("micro", Self::Micro), ("macro", Self::Macro), ("weighted", Self::Weighted)];
}

impl Default for FBetaScore {
    fn default() -> Self {
        Self { average: None, beta: 1.0, threshold: None }
    }
}

impl FBetaScore {
    /// The average over the outputs (default: none, so that the metric gives one number for each output).
    pub fn average(mut self, average: Average) -> Self {
        self.average = Some(average);
        self
    }

    /// The factor `beta` by which recall is more important than precision, above 0 (default 1).
    pub fn beta(mut self, beta: f64) -> Self {
        self.beta = beta;
        self
    }

    /// The threshold that an output must exceed to count as 1, above 0 and at most 1 (default: the largest output of a sample
    /// counts as 1).
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = Some(threshold);
        self
    }

    fn describe_outcomes(&mut self, arguments: &mut Arguments<'_>) {
        arguments.optional_choice("average", &mut self.average, &Average::WORDS);
        arguments.optional_number("threshold", &mut self.threshold, (Bound::Excluded(0.0), Bound::Included(1.0)));
    }

    /// Returns the score of an output, or the average of all outputs.
    fn averaged(&self, totals: &[f64], index: usize) -> f64 {
        let outputs = totals.chunks_exact(3);
        match self.average {
            None => outputs.skip(index).map(|outcomes| self.score(outcomes)).next().unwrap_or(f64::NAN),
            Some(Average::Micro) => {
                let sum = |outcome: usize| totals.iter().skip(outcome).step_by(3).sum::<f64>();
                self.score(&[sum(0), sum(1), sum(2)])
            }
            Some(Average::Macro) => {
                let count = outputs.len() as f64;
                outputs.map(|outcomes| self.score(outcomes)).sum::<f64>() / count
            }
            Some(Average::Weighted) => {
                let positives = |outcomes: &[f64]| outcomes[0] + outcomes[2];
                let all = outputs.clone().map(positives).sum::<f64>() + EPSILON;
                outputs.map(|outcomes| self.score(outcomes) * (positives(outcomes) / all)).sum()
            }
        }
    }

    /// Computes the score from the true positives, false positives and false negatives of an output.
    fn score(&self, outcomes: &[f64]) -> f64 {
        let [true_positives, false_positives, false_negatives] = outcomes else { return f64::NAN };
        let precision = true_positives / (true_positives + false_positives + EPSILON);
        let recall = true_positives / (true_positives + false_negatives + EPSILON);
        let square = self.beta * self.beta;
        (1.0 + square) * (precision * recall / (square * precision + recall + EPSILON))
    }
}

impl F1Score {
    /// Sets the average over the outputs; see [`FBetaScore::average`].
    pub fn average(self, average: Average) -> Self {
        Self(self.0.average(average))
    }

    /// Sets the threshold; see [`FBetaScore::threshold`].
    pub fn threshold(self, threshold: f64) -> Self {
        Self(self.0.threshold(threshold))
    }
}

impl Describe for FBetaScore {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("beta", &mut self.beta, (Bound::Excluded(0.0), Bound::Excluded(f64::INFINITY)));
        self.describe_outcomes(arguments);
    }
}

impl Describe for F1Score {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.0.describe_outcomes(arguments);
    }
}

impl<T: Scalar> Metric<T> for FBetaScore {
    crate::part::compiled!(Metric<T> for FBetaScore);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        for (predicted, target, weight) in batch.samples() {
            let largest = predicted.iter().copied().reduce(|a, b| if b > a { b } else { a }).unwrap_or_default();
            let is_positive = |p: T| match self.threshold {
                Some(threshold) => p > T::of(threshold),
                None => p >= largest && p.abs() > T::of(1e-9),
            };
            for ((&p, t), outcomes) in predicted.iter().zip(target).zip(totals.chunks_exact_mut(3)) {
                let (t, weight) = (t.to_f64(), weight.to_f64());
                if is_positive(p) {
                    outcomes[0] += weight * t;
                    outcomes[1] += weight * (1.0 - t);
                } else {
                    outcomes[2] += weight * t;
                }
            }
        }
    }

    fn slots(&self, outputs: &Shape) -> usize {
        outputs.width().saturating_mul(3)
    }

    fn values(&self, outputs: &Shape) -> usize {
        if self.average.is_some() { 1 } else { outputs.width() }
    }

    fn result(&self, totals: &[f64], index: usize) -> f64 {
        self.averaged(totals, index)
    }

    fn log_name(&self) -> String {
        "fbeta_score".to_string()
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_one_axis(self.class_name(), outputs)?;
        check_same_width(self.class_name(), outputs, targets.shape())
    }
}

impl<T: Scalar> Metric<T> for F1Score {
    crate::part::compiled!(Metric<T> for F1Score);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        self.0.update(batch, totals);
    }

    fn slots(&self, outputs: &Shape) -> usize {
        Metric::<T>::slots(&self.0, outputs)
    }

    fn values(&self, outputs: &Shape) -> usize {
        Metric::<T>::values(&self.0, outputs)
    }

    fn result(&self, totals: &[f64], index: usize) -> f64 {
        self.0.averaged(totals, index)
    }

    fn direction(&self) -> Option<Direction> {
        Metric::<T>::direction(&self.0)
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_one_axis(self.class_name(), outputs)?;
        check_same_width(self.class_name(), outputs, targets.shape())
    }
}
