//! Scores batches: computes the loss of each output, its gradient and the metrics.

use super::gathering::{DataBatch, Gathering};
use super::workspace::{Scores, Workspace};
use crate::base::{Batch, BatchMut, Data, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::{Loss, LossGradient, WeightedLoss, scale_samples};
use crate::metrics::{Direction, Selected, Tally};
use crate::network::{LeftOut, Network};
use std::sync::Arc;

/// The losses and the metrics for given targets, and their totals since the last reset.
#[derive(Debug)]
pub(crate) struct Objective<T: Scalar> {
    heads: Vec<Head<T>>,
    /// The outputs whose activation their loss applies.
    pub(super) left_out: LeftOut,
    /// The sum over the batches of the loss times the number of samples.
    loss_sum: f64,
    /// The number of samples.
    seen: f64,
}

/// The loss and the metrics of one output.
#[derive(Debug)]
pub(super) struct Head<T: Scalar> {
    /// The name of the loss, if there are several outputs.
    name: Option<String>,
    loss: Arc<dyn Loss<T>>,
    /// The factor of the loss in the loss of the model.
    loss_weight: f64,
    takes_pre_activation: bool,
    metrics: Vec<Measured<T>>,
    /// The sum over the batches of this output's loss, without its factor, times the number of samples.
    loss_sum: f64,
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

impl<T: Scalar> Head<T> {
    /// Creates the head of an output of this shape, with totals of 0; `name` is that of its output, if there are several.
    pub(super) fn new(
        (loss, loss_weight): WeightedLoss<T>,
        takes_pre_activation: bool,
        metrics: Vec<Selected<T>>,
        outputs: &Shape,
        name: Option<&str>,
    ) -> Result<Self> {
        let metrics: Result<_> = metrics.into_iter().map(|selected| Measured::new(selected, outputs)).collect();
        let name = name.map(|name| format!("{name}_loss"));
        Ok(Self { name, loss, loss_weight, takes_pre_activation, metrics: metrics?, loss_sum: 0.0 })
    }
}

impl<T: Scalar> Objective<T> {
    /// Creates an objective of one head for each output, with totals of 0.
    pub(super) fn new(heads: Vec<Head<T>>) -> Self {
        let left_out = |left_out: LeftOut, (output, head): (usize, &Head<T>)| {
            if head.takes_pre_activation { left_out.and(output) } else { left_out }
        };
        let left_out = heads.iter().enumerate().fold(LeftOut::NONE, left_out);
        Self { heads, left_out, loss_sum: 0.0, seen: 0.0 }
    }

    /// Returns an objective with the same losses and no metrics, with totals of 0.
    pub(super) fn without_metrics(&self) -> Self {
        let bare = |head: &Head<T>| Head {
            name: head.name.clone(),
            loss: head.loss.clone(),
            loss_weight: head.loss_weight,
            takes_pre_activation: head.takes_pre_activation,
            metrics: Vec::new(),
            loss_sum: 0.0,
        };
        Self::new(self.heads.iter().map(bare).collect())
    }

    /// Returns the loss of an output.
    pub(super) fn loss(&self, output: usize) -> &dyn Loss<T> {
        &*self.heads[output].loss
    }

    /// Returns the names of the results: `loss`, those of the losses of several outputs, and those of the metrics.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = vec!["loss".to_string()];
        names.extend(self.heads.iter().filter_map(|head| head.name.clone()));
        self.metrics().for_each(|metric| names.extend_from_slice(&metric.names));
        names
    }

    /// Returns the number of results, which is that of the [`names`](Self::names).
    pub(crate) fn result_count(&self) -> usize {
        self.loss_count() + self.metrics().map(|metric| metric.names.len()).sum::<usize>()
    }

    /// Returns the number of losses among the results: `loss`, and those of several outputs.
    fn loss_count(&self) -> usize {
        1 + self.heads.iter().filter(|head| head.name.is_some()).count()
    }

    /// Returns for each of the [`names`](Self::names) whether lower or higher values are better; `None` if it is unknown.
    pub(crate) fn directions(&self) -> Vec<Option<Direction>> {
        let mut directions = vec![Some(Direction::Down); self.loss_count()];
        for metric in self.metrics() {
            directions.resize(directions.len() + metric.names.len(), metric.tally.metric().direction());
        }
        directions
    }

    fn metrics(&self) -> impl Iterator<Item = &Measured<T>> {
        self.heads.iter().flat_map(|head| &head.metrics)
    }

    /// Sets all totals to 0.
    pub(crate) fn reset(&mut self) {
        (self.loss_sum, self.seen) = (0.0, 0.0);
        for head in &mut self.heads {
            head.loss_sum = 0.0;
            head.metrics.iter_mut().for_each(|metric| metric.tally.reset());
        }
    }

    /// Returns the totals of the losses and of the metrics.
    pub(crate) fn totals(&self) -> Vec<f64> {
        let mut totals = vec![self.loss_sum, self.seen];
        totals.extend(self.heads.iter().filter(|head| head.name.is_some()).map(|head| head.loss_sum));
        self.metrics().for_each(|metric| totals.extend_from_slice(metric.tally.totals()));
        totals
    }

    /// Sets the totals to those that [`totals`](Self::totals) returned; returns false if their number does not fit.
    pub(crate) fn set_totals(&mut self, totals: &[f64]) -> bool {
        if totals.len() != self.totals().len() {
            return false;
        }
        let mut totals = totals.iter().copied();
        let mut set = |total: &mut f64| *total = totals.next().unwrap_or_default();
        set(&mut self.loss_sum);
        set(&mut self.seen);
        self.heads.iter_mut().filter(|head| head.name.is_some()).for_each(|head| set(&mut head.loss_sum));
        let metrics = self.heads.iter_mut().flat_map(|head| &mut head.metrics);
        metrics.for_each(|metric| metric.tally.totals_mut().iter_mut().for_each(&mut set));
        true
    }

    /// Returns the mean losses and the metrics since the last reset, in the order of the [`names`](Self::names).
    pub(crate) fn results(&self) -> impl Iterator<Item = f64> {
        let losses = self.heads.iter().filter(|head| head.name.is_some()).map(|head| head.loss_sum / self.seen);
        let metrics = self.metrics().flat_map(|metric| metric.tally.results());
        std::iter::once(self.loss_sum / self.seen).chain(losses).chain(metrics)
    }

    /// Adds the metrics of an output of a batch to the totals, and returns its loss times its factor.
    ///
    /// If `gradient` is given, it writes the gradient of the returned loss with respect to the outputs there.
    #[inline(always)] // without it, small models lose measurable time to the copies of the arguments
    pub(super) fn score(
        &mut self,
        output: usize,
        network: &Network<T>,
        outputs: Batch<'_, T>,
        batch: &DataBatch<'_, T>,
        scores: &mut Scores<T>,
        gradient: Option<&mut [T]>,
    ) -> T {
        let head = &mut self.heads[output];
        let (count, y) = (batch.x.count(), batch.y(output));
        let Scores { losses, scale, predictions } = scores;
        let (losses, scale) = (&mut losses[..count], &mut scale[..count]);
        scale_samples(head.loss.as_ref(), y, batch.weight, scale);
        let mut gradient = gradient;
        let into = gradient.as_deref_mut();
        let into = into.map(|values| LossGradient { scale, values: BatchMut::first(outputs.shape(), count, values) });
        // a new batch is made from registers, and a copy of one in memory is waited for
        head.loss.score(Batch::first(outputs.shape(), count, outputs.values()), y, losses, into);
        // the loss of the batch is the sum over its samples of loss times factor
        let mut loss: T = losses.iter().zip(&*scale).map(|(&loss, &scale)| loss * scale).sum();
        if head.name.is_some() || head.loss_weight != 1.0 {
            head.loss_sum += loss.to_f64() * count as f64;
            let factor = T::of(head.loss_weight);
            loss *= factor;
            gradient.into_iter().flatten().for_each(|gradient| *gradient *= factor);
        }
        if !head.metrics.is_empty() {
            head.measure(output, network, outputs, (y, batch.weight), predictions);
        }
        loss
    }

    /// Adds the loss of a batch of `count` samples to the totals; it includes the penalties of regularizers.
    #[inline(always)]
    pub(super) fn add(&mut self, loss: T, count: usize) {
        self.loss_sum += loss.to_f64() * count as f64;
        self.seen += count as f64;
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
            let count = batch.x.count();
            let activity = network.infer(count, self.left_out, buffers);
            let mut loss = T::zero();
            for output in 0..self.heads.len() {
                let outputs = network.inferred(output, (count, self.left_out), buffers);
                loss += self.score(output, network, outputs, &batch, scores, None);
            }
            self.add(loss + network.penalty() + activity, count);
        }
    }
}

impl<T: Scalar> Head<T> {
    /// Adds the metrics of these outputs to the totals.
    fn measure(
        &mut self,
        output: usize,
        network: &Network<T>,
        outputs: Batch<'_, T>,
        (y, weight): (Batch<'_, T>, Option<&[T]>),
        predictions: &mut [T],
    ) {
        let mut predicted = outputs;
        if let (true, Some(activation)) = (self.takes_pre_activation, network.last_activation(output)) {
            let predictions = &mut predictions[..outputs.values().len()];
            predictions.copy_from_slice(outputs.values());
            activation.apply(BatchMut::first(outputs.shape(), outputs.count(), predictions));
            predicted = Batch::first(network.shape_of_output(output), outputs.count(), predictions);
        }
        for Measured { tally, weighted, .. } in &mut self.metrics {
            tally.update(Scored { predicted, target: y, weight: weight.filter(|_| *weighted) });
        }
    }
}
