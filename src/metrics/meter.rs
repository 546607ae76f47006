//! Metrics at work: with the totals of what they have seen.

use super::Metric;
use crate::base::Data;
use crate::base::{Error, Result, Scored, Shape, Targets};
use crate::kernels::Scalar;
use crate::part::IntoPart;
use nalgebra::DMatrix;
use std::sync::Arc;

/// More totals than any metric keeps.
const MOST_TOTALS: usize = 1 << 24;

/// A metric with its totals, for outputs of one shape.
#[derive(Debug, Clone)]
pub(crate) struct Tally<T: Scalar> {
    metric: Arc<dyn Metric<T>>,
    totals: Vec<f64>,
    values: usize,
}

impl<T: Scalar> Tally<T> {
    /// What it has seen, in numbers.
    pub(crate) fn totals(&self) -> &[f64] {
        &self.totals
    }

    /// What it has seen, to be overwritten.
    pub(crate) fn totals_mut(&mut self) -> &mut [f64] {
        &mut self.totals
    }

    /// Fails if the metric asks for more totals than can be.
    pub(crate) fn new(metric: Arc<dyn Metric<T>>, outputs: &Shape) -> Result<Self> {
        let slots = metric.slots(outputs);
        if slots > MOST_TOTALS {
            return Err(Error::argument(metric.name(), "slots", slots, format!("at most {MOST_TOTALS}")));
        }
        Ok(Self { totals: vec![0.0; slots], values: metric.values(outputs), metric })
    }

    pub(crate) fn metric(&self) -> &dyn Metric<T> {
        self.metric.as_ref()
    }

    /// How many numbers the result has.
    pub(crate) fn values(&self) -> usize {
        self.values
    }

    pub(crate) fn update(&mut self, batch: Scored<'_, T>) {
        self.metric.update(batch, &mut self.totals);
    }

    pub(crate) fn results(&self) -> impl Iterator<Item = f64> {
        (0..self.values).map(|value| self.metric.result(&self.totals, value))
    }

    pub(crate) fn reset(&mut self) {
        self.totals.fill(0.0);
    }
}

/// A metric used alone, without a model: batches are shown to it, and it tells what it has seen so far.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut precision = Meter::new(Precision::default())?;
/// precision.update(&dmatrix![1.0; 0.0], &dmatrix![0.9; 0.8], None)?;
/// precision.update(&dmatrix![1.0; 1.0], &dmatrix![0.7; 0.2], Some(&[2.0, 1.0]))?;
/// assert_eq!(precision.result()?, 0.75);
/// precision.reset();
/// assert_eq!(precision.result()?, 0.0);
///
/// let mut by_name = Meter::new("mse")?;
/// by_name.update(&dmatrix![1.0, 2.0], &dmatrix![1.0, 4.0], None)?;
/// assert_eq!(by_name.result()?, 2.0);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Meter<T: Scalar> {
    tally: Tally<T>,
    /// The shape of the predictions, once some were seen.
    outputs: Option<Shape>,
}

impl<T: Scalar> Meter<T> {
    /// A metric, or its name, that has seen nothing.
    ///
    /// # Errors
    ///
    /// A name that no metric has, an argument outside its range.
    pub fn new<Marker>(metric: impl IntoPart<dyn Metric<T>, Marker>) -> Result<Self> {
        let metric = metric.into_part().get()?;
        metric.check_arguments()?;
        Ok(Self { tally: Tally::new(metric, &Shape::from(1))?, outputs: None })
    }

    /// Adds a batch, a row for each sample; weights say how much each sample counts (by default as 1).
    ///
    /// # Errors
    ///
    /// Rows or widths that differ, targets that the metric refuses, NaN or infinity, another width than before.
    #[doc(alias = "update_state")]
    pub fn update<'a>(
        &mut self,
        targets: impl Into<Targets<'a, T>>,
        predictions: &DMatrix<T>,
        sample_weight: Option<&[T]>,
    ) -> Result<()> {
        let data = Data::new(["predictions", "targets", "sample_weight"], predictions, targets.into(), sample_weight)?;
        let predictions = data.x.to_samples();
        let (predicted, target) = (predictions.all(), data.y.all());
        let metric = &self.tally.metric;
        metric.check(predicted.shape(), target).map_err(|error| data.locate(error))?;
        match &self.outputs {
            Some(outputs) if outputs == predicted.shape() => {}
            Some(outputs) => {
                let advice = format!("{} as in the batches before; for others make a new meter", outputs.width());
                return Err(Error::argument(metric.name(), "columns of predictions", predicted.width(), advice));
            }
            None => {
                self.tally = Tally::new(metric.clone(), predicted.shape())?;
                self.outputs = Some(predicted.shape().clone());
            }
        }
        self.tally.update(Scored { predicted, target, weight: data.weight.as_deref() });
        Ok(())
    }

    /// The metric of all that was seen since the last reset.
    ///
    /// # Errors
    ///
    /// A metric that gives several numbers; see [`results`](Meter::results).
    pub fn result(&self) -> Result<f64> {
        match (self.tally.results().next(), self.tally.values()) {
            (Some(result), 1) => Ok(result),
            (_, count) => Err(Error::argument(
                self.tally.metric().name(),
                "result",
                format!("{count} numbers"),
                "one number; ask for `results`",
            )),
        }
    }

    /// All numbers of the metric: one for each threshold or output where it does not put them together.
    pub fn results(&self) -> Vec<f64> {
        self.tally.results().collect()
    }

    /// Forgets what was seen.
    #[doc(alias = "reset_state")]
    pub fn reset(&mut self) {
        self.tally.reset();
    }
}
