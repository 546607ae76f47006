use super::{Direction, Metric, add_mean};
use crate::saving::Describe;
use crate::{Scalar, Scored};

/// The mean of the squared errors, over outputs and samples.
/// [Keras](https://keras.io/api/metrics/regression_metrics/#meansquarederror-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "mse")]
pub struct MeanSquaredError;

impl Describe for MeanSquaredError {}

impl<T: Scalar> Metric<T> for MeanSquaredError {
    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        add_mean(batch, totals, |predicted, target| mean_of(predicted, target, |p, t| (p - t) * (p - t)));
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Down)
    }
}

/// The mean of the absolute errors, over outputs and samples.
/// [Keras](https://keras.io/api/metrics/regression_metrics/#meanabsoluteerror-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "mae")]
pub struct MeanAbsoluteError;

impl Describe for MeanAbsoluteError {}

impl<T: Scalar> Metric<T> for MeanAbsoluteError {
    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        add_mean(batch, totals, |predicted, target| mean_of(predicted, target, |p, t| (p - t).abs()));
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Down)
    }
}

/// The mean over the outputs of one sample.
fn mean_of<T: Scalar>(predicted: &[T], target: &[T], f: impl Fn(T, T) -> T) -> f64 {
    let sum: T = predicted.iter().zip(target).map(|(&p, &t)| f(p, t)).sum();
    sum.to_f64() / predicted.len() as f64
}
