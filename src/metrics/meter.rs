//! Metrics together with the totals that they accumulate.

use super::Metric;
use crate::base::Data;
use crate::base::{Error, Result, Scored, Shape, Targets};
use crate::kernels::Scalar;
use crate::part::IntoPart;
use nalgebra::DMatrix;
use std::sync::Arc;

/// The largest number of totals that a metric can ask for.
const MOST_TOTALS: usize = 1 << 24;

/// A metric with its totals, for outputs of one shape.
#[derive(Debug, Clone)]
pub(crate) struct Tally<T: Scalar> {
    metric: Arc<dyn Metric<T>>,
    totals: Vec<f64>,
    values: usize,
}

impl<T: Scalar> Tally<T> {
    /// The totals of the samples added so far.
    pub(crate) fn totals(&self) -> &[f64] {
        &self.totals
    }

    /// The totals, for code that restores them.
    pub(crate) fn totals_mut(&mut self) -> &mut [f64] {
        &mut self.totals
    }

    /// Makes a tally with all totals 0; the call fails if the metric asks for more than `MOST_TOTALS`.
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

    /// The number of results of the metric.
    pub(crate) fn values(&self) -> usize {
        self.values
    }

    pub(crate) fn update(&mut self, batch: Scored<'_, T>) {
        self.metric.update(batch, &mut self.totals);
    }

    pub(crate) fn results(&self) -> impl Iterator<Item = f64> {
        (0..self.values).map(|index| self.metric.result(&self.totals, index))
    }

    pub(crate) fn reset(&mut self) {
        self.totals.fill(0.0);
    }
}

/// A metric used without a model: it accumulates batches of targets and predictions and gives the result so far.
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
    /// The shape of the predictions, once a batch was added.
    outputs: Option<Shape>,
}

impl<T: Scalar> Meter<T> {
    /// Makes a meter from a metric or its name.
    ///
    /// # Errors
    ///
    /// The call fails if no metric has this name or an argument of the metric is out of range.
    pub fn new<Marker>(metric: impl IntoPart<dyn Metric<T>, Marker>) -> Result<Self> {
        let metric = metric.into_part().get()?;
        metric.check_arguments()?;
        Ok(Self { tally: Tally::new(metric, &Shape::from(1))?, outputs: None })
    }

    /// Adds a batch, with one row and one optional weight for each sample (default weight: 1).
    ///
    /// # Errors
    ///
    /// The call fails if the numbers of rows or the widths differ, a value is NaN or infinite, the metric does not take a
    /// target, or the width differs from that of earlier batches.
    #[doc(alias = "update_state")]
    pub fn update<'a>(
        &mut self,
        targets: impl Into<Targets<'a, T>>,
        predictions: &DMatrix<T>,
        sample_weight: Option<&[T]>,
    ) -> Result<()> {
        let data =
            Data::new(["predictions", "targets", "sample_weight"], predictions.into(), &targets.into().into(), sample_weight)?;
        let predictions = data.x.to_samples();
        let (predicted, target) = (predictions.all(), data.y[0].all());
        let metric = &self.tally.metric;
        metric.check(predicted.shape(), target).map_err(|error| data.locate(error))?;
        match &self.outputs {
            Some(outputs) if outputs == predicted.shape() => {}
            Some(outputs) => {
                let advice = format!("{} as in earlier batches; use a new meter for another number", outputs.width());
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

    /// Computes the metric of all samples since the last reset.
    ///
    /// # Errors
    ///
    /// The call fails if the metric gives several numbers; use [`results`](Meter::results) for those.
    pub fn result(&self) -> Result<f64> {
        match (self.tally.results().next(), self.tally.values()) {
            (Some(result), 1) => Ok(result),
            (_, count) => Err(Error::argument(
                self.tally.metric().name(),
                "result",
                format!("{count} numbers"),
                "one number; use `results` for several",
            )),
        }
    }

    /// Computes all numbers of the metric, for example one for each threshold or output.
    pub fn results(&self) -> Vec<f64> {
        self.tally.results().collect()
    }

    /// Sets the totals back to 0, as if no batch had been added.
    #[doc(alias = "reset_state")]
    pub fn reset(&mut self) {
        self.tally.reset();
    }
}
