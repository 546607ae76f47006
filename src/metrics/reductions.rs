use super::{Metric, add_mean};
use crate::base::{Batch, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::part::Describe;

/// The mean of the outputs, weighted by the weights of the samples.
/// [Keras](https://keras.io/api/metrics/reduction_metrics/#mean-class)
///
/// The metric ignores the targets. A meter needs them all the same, so the example gives it the values twice:
///
/// ```
/// use layercake::metrics::{Mean, Meter};
/// use layercake::dmatrix;
///
/// let values = dmatrix![1.0; 3.0; 5.0; 7.0];
/// let mut mean = Meter::new(Mean)?;
/// mean.update(&values, &values, Some(&[1.0, 1.0, 0.0, 0.0]))?;
/// assert_eq!(mean.result()?, 2.0);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Mean;

impl Describe for Mean {}

impl<T: Scalar> Metric<T> for Mean {
    crate::part::compiled!(Metric<T> for Mean);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        add_mean(batch, totals, |values, _| sum(values) / values.len() as f64);
    }

    fn check(&self, _outputs: &Shape, _targets: Batch<'_, T>) -> Result<()> {
        Ok(())
    }
}

/// The sum of the outputs, each multiplied by the weight of its sample.
/// [Keras](https://keras.io/api/metrics/reduction_metrics/#sum-class)
///
/// The metric ignores the targets. A meter needs them all the same, so the example gives it the values twice:
///
/// ```
/// use layercake::metrics::{Meter, Sum};
/// use layercake::dmatrix;
///
/// let values = dmatrix![1.0; 3.0; 5.0; 7.0];
/// let mut sum = Meter::new(Sum)?;
/// sum.update(&values, &values, None)?;
/// assert_eq!(sum.result()?, 16.0);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sum;

impl Describe for Sum {}

impl<T: Scalar> Metric<T> for Sum {
    crate::part::compiled!(Metric<T> for Sum);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        if let [total] = totals {
            *total += batch.samples().map(|(values, _, weight)| weight.to_f64() * sum(values)).sum::<f64>();
        }
    }

    fn slots(&self, _outputs: &Shape) -> usize {
        1
    }

    fn result(&self, totals: &[f64], _index: usize) -> f64 {
        totals.iter().sum()
    }

    fn check(&self, _outputs: &Shape, _targets: Batch<'_, T>) -> Result<()> {
        Ok(())
    }
}

fn sum<T: Scalar>(values: &[T]) -> f64 {
    values.iter().map(|value| value.to_f64()).sum()
}
