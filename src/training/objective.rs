//! What a model is trained for: a loss and metrics, and one step towards it.

use super::workspace::{DataBatch, Gathering, Workspace};
use crate::base::Data;
use crate::base::Result;
use crate::base::{Batch, BatchMut, Rng, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::{Loss, Slope, scale_samples};
use crate::metrics::{Direction, MetricChoice, Selected, Tally};
use crate::network::{Last, Network, Reach};
use crate::optimizers::OptimizerState;
use std::sync::Arc;

/// What `compile` was given, with the optimizer at work.
#[derive(Debug, Clone)]
pub(crate) struct Compiled<T: Scalar> {
    pub(crate) optimizer: OptimizerState<T>,
    pub(crate) loss: Arc<dyn Loss<T>>,
    pub(crate) metrics: Vec<MetricChoice<T>>,
}

/// What a step of training moves.
#[derive(Debug)]
pub(crate) struct Trained<'a, T: Scalar> {
    pub(crate) network: &'a mut Network<T>,
    pub(crate) optimizer: &'a mut OptimizerState<T>,
    /// The randomness inside layers.
    pub(crate) rng: &'a mut Rng,
}

impl<T: Scalar> Trained<'_, T> {
    /// Ends a training: where the optimizer keeps averages of the weights, they take the place of the weights.
    pub(crate) fn finalize(self) {
        let params = self.network.params_mut();
        self.optimizer.exchange(params, false);
        self.optimizer.finalize(params);
    }

    /// Puts the averages of the weights in their place, or the weights back.
    ///
    /// # Errors
    ///
    /// An optimizer that keeps none.
    pub(crate) fn use_averages(self, wanted: bool) -> Result<()> {
        self.optimizer.check_averages()?;
        self.optimizer.exchange(self.network.params_mut(), wanted);
        Ok(())
    }

    /// Puts the weights back, if their averages are in their place.
    pub(crate) fn put_back(self) {
        self.optimizer.exchange(self.network.params_mut(), false);
    }
}

/// The loss and the metrics for the targets at hand, and what they have seen since the last reset.
#[derive(Debug)]
pub(crate) struct Objective<T: Scalar> {
    loss: Arc<dyn Loss<T>>,
    last: Last,
    metrics: Vec<Measured<T>>,
    /// The sum over samples of the loss of their batch, and the number of samples.
    loss_sum: f64,
    seen: f64,
}

#[derive(Debug)]
struct Measured<T: Scalar> {
    tally: Tally<T>,
    /// A name for each of its numbers.
    names: Vec<String>,
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

impl<T: Scalar> Compiled<T> {
    /// Settles loss and metrics for these targets, or says why they do not fit.
    pub(crate) fn objective(&self, network: &Network<T>, data: &Data<'_, T>) -> Result<Objective<T>> {
        network.check_columns(data)?;
        self.settle(network, data.y.all()).map_err(|error| data.locate(error))
    }

    fn settle(&self, network: &Network<T>, targets: Batch<'_, T>) -> Result<Objective<T>> {
        let outputs = network.output();
        self.loss.check(outputs, targets)?;
        let fused = network.last_activation().map(|last| self.loss.fuse(last.as_ref(), outputs)).transpose()?.flatten();
        let last = if fused.is_some() { Last::Sums } else { Last::Outputs };
        let mut selected: Vec<Selected<T>> = Vec::new();
        for choice in &self.metrics {
            let chosen = choice.select(outputs, targets.shape(), &selected)?;
            chosen.metric.check(outputs, targets)?;
            selected.push(chosen);
        }
        let metrics: Result<_> = selected.into_iter().map(|selected| Measured::new(selected, outputs)).collect();
        Ok(Objective { loss: fused.unwrap_or_else(|| self.loss.clone()), last, metrics: metrics?, loss_sum: 0.0, seen: 0.0 })
    }
}

impl<T: Scalar> Objective<T> {
    /// `loss`, and the metrics.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once("loss").chain(self.metrics.iter().flat_map(|metric| &metric.names).map(String::as_str))
    }

    /// Which way each of the [`names`](Self::names) is better.
    pub(crate) fn directions(&self) -> impl Iterator<Item = Option<Direction>> {
        let of_each = |metric: &Measured<T>| std::iter::repeat_n(metric.tally.metric().direction(), metric.names.len());
        std::iter::once(Some(Direction::Down)).chain(self.metrics.iter().flat_map(of_each))
    }

    /// Forgets what was seen.
    pub(crate) fn reset(&mut self) {
        (self.loss_sum, self.seen) = (0.0, 0.0);
        self.metrics.iter_mut().for_each(|metric| metric.tally.reset());
    }

    /// All that it has seen, in numbers.
    #[cfg(feature = "keras")]
    pub(crate) fn totals(&self) -> Vec<f64> {
        let metrics = self.metrics.iter().flat_map(|metric| metric.tally.totals().iter().copied());
        [self.loss_sum, self.seen].into_iter().chain(metrics).collect()
    }

    /// Goes on from what [`totals`](Self::totals) gave; false if that is of other metrics.
    #[cfg(feature = "keras")]
    pub(crate) fn set_totals(&mut self, totals: &[f64]) -> bool {
        if totals.len() != self.totals().len() {
            return false;
        }
        let mut totals = totals.iter().copied();
        let metrics = self.metrics.iter_mut().flat_map(|metric| metric.tally.totals_mut());
        [&mut self.loss_sum, &mut self.seen].into_iter().chain(metrics).zip(&mut totals).for_each(|(total, kept)| *total = kept);
        true
    }

    /// The mean loss and the metrics of what was seen, in the order of the [`names`](Self::names).
    pub(crate) fn results(&self) -> impl Iterator<Item = f64> {
        std::iter::once(self.loss_sum / self.seen).chain(self.metrics.iter().flat_map(|metric| metric.tally.results()))
    }

    /// One step of training: forward, score, backward, update.
    pub(crate) fn train(&mut self, trained: Trained<'_, T>, batch: DataBatch<'_, T>, workspace: &mut Workspace<T>) {
        let Trained { network, optimizer, rng } = trained;
        let count = batch.x.count();
        let Workspace { traces, slopes, gradient, losses, scale, predictions } = workspace;
        let activity = network.forward(batch.x, self.last, true, traces, rng);
        let outputs = network.outputs(count, traces);
        let (losses, scale) = (&mut losses[..count], &mut scale[..count]);
        scale_samples(self.loss.as_ref(), batch.y, batch.weight, scale);
        let slope = BatchMut::first(outputs.shape(), count, &mut slopes[0]);
        self.loss.score(outputs, batch.y, losses, Some(Slope { scale, values: slope }));
        let loss = total(losses, scale) + network.penalty() + activity;
        self.record(network, outputs, batch, loss, predictions);
        if network.is_trained() {
            optimizer.build_for(network);
            network.backward(batch.x, self.last, traces, slopes, gradient, Reach::Weights, optimizer.early_step());
            network.add_penalty_gradient(gradient);
        }
        optimizer.step(network, gradient);
    }

    /// Scores all samples, in batches.
    pub(crate) fn test_all(
        &mut self,
        network: &Network<T>,
        data: &Data<'_, T>,
        batch_size: usize,
        gathering: &mut Gathering<T>,
        workspace: &mut Workspace<T>,
    ) {
        for first in (0..data.count()).step_by(batch_size) {
            self.test(network, gathering.sequence(data, first, batch_size.min(data.count() - first)), workspace);
        }
    }

    /// Scores a batch without training on it.
    fn test(&mut self, network: &Network<T>, batch: DataBatch<'_, T>, workspace: &mut Workspace<T>) {
        let count = batch.x.count();
        workspace.slopes[0][..batch.x.values().len()].copy_from_slice(batch.x.values());
        let (outputs, activity) = network.infer(count, self.last, &mut workspace.slopes);
        let (losses, scale) = (&mut workspace.losses[..count], &mut workspace.scale[..count]);
        scale_samples(self.loss.as_ref(), batch.y, batch.weight, scale);
        self.loss.score(outputs, batch.y, losses, None);
        let loss = total(losses, scale) + network.penalty() + activity;
        self.record(network, outputs, batch, loss, &mut workspace.predictions);
    }

    /// Adds a scored batch to the mean loss and to the metrics.
    fn record(&mut self, network: &Network<T>, outputs: Batch<'_, T>, batch: DataBatch<'_, T>, loss: T, predictions: &mut [T]) {
        let count = batch.x.count() as f64;
        self.loss_sum += loss.to_f64() * count;
        self.seen += count;
        if self.metrics.is_empty() {
            return;
        }
        let mut predicted = outputs;
        if let (Last::Sums, Some(activation)) = (self.last, network.last_activation()) {
            let predictions = &mut predictions[..outputs.values().len()];
            predictions.copy_from_slice(outputs.values());
            activation.apply(BatchMut::new(outputs.shape(), predictions));
            predicted = Batch::new(outputs.shape(), predictions);
        }
        for Measured { tally, weighted, .. } in &mut self.metrics {
            let weight = batch.weight.filter(|_| *weighted);
            tally.update(Scored { predicted, target: batch.y, weight });
        }
    }
}

/// The loss of a batch, from those of its samples and their factors.
fn total<T: Scalar>(losses: &[T], scale: &[T]) -> T {
    losses.iter().zip(scale).map(|(&loss, &scale)| loss * scale).sum()
}
