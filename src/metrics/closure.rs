use super::{Direction, Metric, add_mean};
use crate::base::{Batch, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::part::Describe;
use std::fmt;
use std::sync::Arc;

/// A metric that is computed by a closure; see [`metric_fn`].
#[derive(Clone)]
pub struct ClosureMetric<T: Scalar> {
    name: String,
    direction: Option<Direction>,
    value: Value<T>,
}

type Value<T> = Arc<dyn Fn(&[T], &[T]) -> f64 + Send + Sync>;

/// Makes a metric that is the mean over samples of `value(predicted, target)` and is logged as `name`.
///
/// Targets can have any width. The closure must declare the type of its first argument, `|predicted: &[f64], target|`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// let near = metric_fn("within_one", |predicted: &[f64], target| f64::from((predicted[0] - target[0]).abs() <= 1.0));
/// model.compile("sgd", "mse", near)?;
/// let history = model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// assert!((0.0..=1.0).contains(&history["within_one"][0]));
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn metric_fn<T: Scalar>(
    name: impl Into<String>,
    value: impl Fn(&[T], &[T]) -> f64 + Send + Sync + 'static,
) -> ClosureMetric<T> {
    ClosureMetric { name: name.into(), direction: None, value: Arc::new(value) }
}

impl<T: Scalar> ClosureMetric<T> {
    /// The direction in which the metric improves, which callbacks use if they are not given a mode (default: unknown).
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = Some(direction);
        self
    }
}

impl<T: Scalar> fmt::Debug for ClosureMetric<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClosureMetric").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<T: Scalar> Describe for ClosureMetric<T> {}

impl<T: Scalar> Metric<T> for ClosureMetric<T> {
    crate::part::compiled!(Metric<T> for ClosureMetric<T>);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        add_mean(batch, totals, &*self.value);
    }

    fn log_name(&self) -> String {
        self.name.clone()
    }

    fn direction(&self) -> Option<Direction> {
        self.direction
    }

    fn check(&self, _outputs: &Shape, _targets: Batch<'_, T>) -> Result<()> {
        Ok(())
    }
}
