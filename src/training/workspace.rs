//! The memory for a training step, allocated once for the largest batch.

use super::Probe;
use crate::base::{Batch, Data, Samples};
use crate::kernels::{Aligned, Scalar};
use crate::network::{Buffers, Network, Traces};

/// All memory that a step writes to, except for the weights and the state of the optimizer.
#[derive(Debug)]
pub(crate) struct Workspace<T: Scalar> {
    /// The values that each layer keeps for the backward pass.
    pub(super) traces: Traces<T>,
    /// The gradients of the layers' outputs in the backward pass; the outputs themselves in evaluation.
    pub(super) buffers: Buffers<T>,
    /// The gradient of all parameters.
    pub(super) gradient: Aligned<T>,
    pub(super) scores: Scores<T>,
    /// The probe that records the next step, if a callback asked for one.
    pub(super) probe: Option<Probe<T>>,
}

/// The memory that scoring a batch writes to.
#[derive(Debug)]
pub(crate) struct Scores<T> {
    /// The loss of each sample.
    pub(super) losses: Vec<T>,
    /// The factor of each sample in the loss of the batch.
    pub(super) scale: Vec<T>,
    /// The activated outputs for the metrics, if the loss takes the pre-activation.
    pub(super) predictions: Vec<T>,
}

/// One batch of the data: inputs, targets and sample weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DataBatch<'a, T> {
    pub(crate) x: Batch<'a, T>,
    pub(crate) y: Batch<'a, T>,
    pub(crate) weight: Option<&'a [T]>,
}

impl<T: Scalar> Workspace<T> {
    /// Allocates memory to evaluate batches of up to `count` samples.
    pub(crate) fn for_evaluation(network: &Network<T>, count: usize) -> Self {
        Self {
            traces: Traces::new(network, 0, false),
            buffers: Buffers::new(network, count),
            gradient: Aligned::default(),
            scores: Scores {
                losses: vec![T::zero(); count],
                scale: vec![T::zero(); count],
                predictions: vec![T::zero(); count * network.output().width()],
            },
            probe: None,
        }
    }

    /// Adds memory to train on batches of up to `count` samples.
    pub(crate) fn and_training(mut self, network: &Network<T>, count: usize) -> Self {
        self.traces = Traces::new(network, count, false);
        self.gradient = Aligned::zeros(network.params().len());
        self
    }

    /// Sets the probe that the next step, on up to `count` samples, records its values and gradients in; `None` records none.
    pub(super) fn set_probe(&mut self, network: &Network<T>, count: usize, probe: Option<Probe<T>>) {
        if probe.is_some() && !self.traces.is_probed {
            self.traces = Traces::new(network, count, true);
        }
        self.probe = probe;
    }
}

/// The buffers that the samples of a batch are copied to.
#[derive(Debug)]
pub(crate) struct Gathering<T> {
    x: Aligned<T>,
    /// The targets of a shuffled batch; the targets of a batch in the order of the data are not copied.
    y: Vec<T>,
    /// The sample weights of a shuffled batch, in the same way.
    weight: Vec<T>,
    /// A copy of all inputs, one sample after the other: a sample is faster to copy from here than from a row of the matrix.
    copy: Option<Samples<T>>,
}

impl<T: Scalar> Gathering<T> {
    /// Allocates memory for batches of up to `count` samples in the order of the data.
    pub(crate) fn new(data: &Data<'_, T>, count: usize) -> Self {
        Self { x: Aligned::zeros(count * data.x.shape.width()), y: Vec::new(), weight: Vec::new(), copy: None }
    }

    /// Adds memory for shuffled batches of up to `count` samples, and a copy of all inputs unless they are `streamed`.
    pub(crate) fn and_shuffled(mut self, data: &Data<'_, T>, count: usize, streamed: bool) -> Self {
        self.y = vec![T::zero(); count * data.y.shape.width()];
        self.weight = vec![T::zero(); if data.weight.is_some() { count } else { 0 }];
        self.copy = (!streamed).then(|| data.x.to_samples());
        self
    }

    /// Returns the batch of `count` samples from number `first` on, in the order of the data.
    pub(crate) fn sequence<'a>(&'a mut self, data: &'a Data<'_, T>, first: usize, count: usize) -> DataBatch<'a, T> {
        let x = &mut self.x[..count * data.x.shape.width()];
        data.x.write(first, x);
        DataBatch {
            x: Batch::first(&data.x.shape, count, x),
            y: Batch::first(&data.y.shape, count, data.y.range(first, count)),
            weight: data.weight.as_ref().map(|weight| &weight[first..first + count]),
        }
    }

    /// Returns the batch of the samples with the first `count` numbers in `order`.
    pub(crate) fn shuffled<'a>(&'a mut self, data: &'a Data<'_, T>, order: &[usize], count: usize) -> DataBatch<'a, T> {
        let Self { x, y, weight, copy } = self;
        let (x, y) = (&mut x[..count * data.x.shape.width()], &mut y[..count * data.y.shape.width()]);
        match copy {
            Some(copy) => copy.gather(order, x),
            None => data.x.gather(&order[..count], x),
        }
        data.y.gather(order, y);
        let weight = data.weight.as_ref().map(|all| {
            weight.iter_mut().zip(&order[..count]).for_each(|(weight, &place)| *weight = all[place]);
            &weight[..count]
        });
        DataBatch { x: Batch::first(&data.x.shape, count, x), y: Batch::first(&data.y.shape, count, y), weight }
    }
}
