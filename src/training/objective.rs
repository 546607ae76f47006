//! Scores batches: computes the loss, its gradient and the metrics.

use super::gathering::{DataBatch, Gathering};
use super::workspace::{Scores, Workspace};
use crate::base::{Batch, BatchMut, Data, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::{Loss, LossGradient, scale_samples};
use crate::metrics::{Direction, Selected, Tally};
use crate::network::{LastActivation, Network};
use std::sync::Arc;

/// The loss and the metrics for given targets, and their totals since the last reset.
#[derive(Debug)]
pub(crate) struct Objective<T: Scalar> {
    loss: Arc<dyn Loss<T>>,
    pub(super) last: LastActivation,
    metrics: Vec<Measured<T>>,
    /// The sum over the batches of the loss times the number of samples.
    loss_sum: f64,
    /// The number of samples.
    seen: f64,
}

/// A metric with its totals.
#[derive(Debug)]
struct Measured<T: Scalar> {
    tally: Tally<T>,
    /// The name of each value of the metric.
    names: Vec<String>,
    /// True if the metric uses the sample weights.
    weighted: bool,
}

impl<T: Scalar> Measured<T> {
    fn new(selected: Selected<T>, outputs: &Shape) -> Result<Self> {
        let Selected { name, metric, weighted } = selected;
        let tally = Tally::new(metric, outputs)?;
        let names = match tally.values() {
            1 => vec![name],
            count => (0..count).map(|value| format!("{name}[{value}]")).collect(),
        };
        Ok(Self { tally, names, weighted })
    }
}

impl<T: Scalar> Objective<T> {
    /// Creates an objective with totals of 0; with `LeftToLoss`, the loss takes the last layer's pre-activation.
    pub(super) fn new(loss: Arc<dyn Loss<T>>, last: LastActivation, metrics: Vec<Selected<T>>, outputs: &Shape) -> Result<Self> {
        let metrics: Result<_> = metrics.into_iter().map(|selected| Measured::new(selected, outputs)).collect();
        Ok(Self { loss, last, metrics: metrics?, loss_sum: 0.0, seen: 0.0 })
    }

    /// Returns the names of the results: `loss`, and then those of the metrics.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once("loss").chain(self.metrics.iter().flat_map(|metric| &metric.names).map(String::as_str))
    }

    /// Returns for each of the [`names`](Self::names) whether lower or higher values are better; `None` if it is unknown.
    pub(crate) fn directions(&self) -> impl Iterator<Item = Option<Direction>> {
        let of_each = |metric: &Measured<T>| std::iter::repeat_n(metric.tally.metric().direction(), metric.names.len());
        std::iter::once(Some(Direction::Down)).chain(self.metrics.iter().flat_map(of_each))
    }

    /// Sets all totals to 0.
    pub(crate) fn reset(&mut self) {
        (self.loss_sum, self.seen) = (0.0, 0.0);
        self.metrics.iter_mut().for_each(|metric| metric.tally.reset());
    }

    /// Returns the totals of the loss and of the metrics.
    pub(crate) fn totals(&self) -> Vec<f64> {
        let metrics = self.metrics.iter().flat_map(|metric| metric.tally.totals().iter().copied());
        [self.loss_sum, self.seen].into_iter().chain(metrics).collect()
    }

    /// Sets the totals to those that [`totals`](Self::totals) returned; returns false if their number does not fit.
    pub(crate) fn set_totals(&mut self, totals: &[f64]) -> bool {
        if totals.len() != self.totals().len() {
            return false;
        }
        let mut totals = totals.iter().copied();
        let metrics = self.metrics.iter_mut().flat_map(|metric| metric.tally.totals_mut());
        [&mut self.loss_sum, &mut self.seen].into_iter().chain(metrics).zip(&mut totals).for_each(|(total, kept)| *total = kept);
        true
    }

    /// Returns the mean loss and the metrics since the last reset, in the order of the [`names`](Self::names).
    pub(crate) fn results(&self) -> impl Iterator<Item = f64> {
        std::iter::once(self.loss_sum / self.seen).chain(self.metrics.iter().flat_map(|metric| metric.tally.results()))
    }

    /// Adds the loss and the metrics of a batch to the totals.
    ///
    /// If `gradient` is given, it writes the gradient of the loss with respect to the outputs there. `penalties` are the
    /// penalties for the weights and for the outputs of layers, which are added to the loss.
    #[inline(always)] // without it, small models lose measurable time to the copies of the arguments
    pub(super) fn score(
        &mut self,
        network: &Network<T>,
        (outputs, batch): (Batch<'_, T>, DataBatch<'_, T>),
        penalties: [T; 2],
        scores: &mut Scores<T>,
        gradient: Option<&mut [T]>,
    ) {
        let count = batch.x.count();
        let Scores { losses, scale, predictions } = scores;
        let (losses, scale) = (&mut losses[..count], &mut scale[..count]);
        scale_samples(self.loss.as_ref(), batch.y, batch.weight, scale);
        let gradient = gradient.map(|values| LossGradient { scale, values: BatchMut::first(outputs.shape(), count, values) });
        self.loss.score(outputs, batch.y, losses, gradient);
        // the loss of the batch is the sum over its samples of loss times factor
        let loss: T = losses.iter().zip(&*scale).map(|(&loss, &scale)| loss * scale).sum();
        self.loss_sum += (loss + penalties[0] + penalties[1]).to_f64() * count as f64;
        self.seen += count as f64;
        self.measure(network, outputs, batch, predictions);
    }

    fn measure(&mut self, network: &Network<T>, outputs: Batch<'_, T>, batch: DataBatch<'_, T>, predictions: &mut [T]) {
        if self.metrics.is_empty() {
            return;
        }
        let mut predicted = outputs;
        if let (LastActivation::LeftToLoss, Some(activation)) = (self.last, network.last_activation()) {
            let predictions = &mut predictions[..outputs.values().len()];
            predictions.copy_from_slice(outputs.values());
            activation.apply(BatchMut::first(outputs.shape(), outputs.count(), predictions));
            predicted = Batch::first(network.output(), outputs.count(), predictions);
        }
        for Measured { tally, weighted, .. } in &mut self.metrics {
            let weight = batch.weight.filter(|_| *weighted);
            tally.update(Scored { predicted, target: batch.y, weight });
        }
    }

    /// Scores all samples in batches of `batch_size`, without training on them.
    pub(crate) fn test_all(
        &mut self,
        network: &Network<T>,
        data: &Data<'_, T>,
        batch_size: usize,
        gathering: &mut Gathering<T>,
        workspace: &mut Workspace<T>,
    ) {
        for first in (0..data.count()).step_by(batch_size) {
            let batch = gathering.sequence(data, first, batch_size.min(data.count() - first));
            let Workspace { buffers, scores, .. } = workspace;
            buffers.first(batch.x.values().len()).copy_from_slice(batch.x.values());
            let (outputs, activity) = network.infer(batch.x.count(), self.last, buffers);
            self.score(network, (outputs, batch), [network.penalty(), activity], scores, None);
        }
    }
}
