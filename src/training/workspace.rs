//! The memory of a training step, sized once for the largest batch.

use super::Probe;
use crate::base::{Batch, Data, Samples};
use crate::kernels::{Aligned, Scalar};
use crate::network::{Buffers, Network, Traces};

/// Everything a step writes to besides the weights and what the optimizer remembers.
#[derive(Debug)]
pub(crate) struct Workspace<T: Scalar> {
    /// What each layer keeps for the backward pass.
    pub(super) traces: Traces<T>,
    /// The gradients after and before a layer, in turn; in evaluation the values there.
    pub(super) buffers: Buffers<T>,
    /// The gradient of all parameters.
    pub(super) gradient: Aligned<T>,
    pub(super) scores: Scores<T>,
    /// What a step is to show, if a callback asked for it.
    pub(super) probe: Option<Probe<T>>,
}

/// What scoring a batch writes to.
#[derive(Debug)]
pub(crate) struct Scores<T> {
    /// The loss of each sample, and its factor in the loss of the batch.
    pub(super) losses: Vec<T>,
    pub(super) scale: Vec<T>,
    /// The outputs for the metrics, where the loss takes the pre-activation.
    pub(super) predictions: Vec<T>,
}

/// One batch of the data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DataBatch<'a, T> {
    pub(crate) x: Batch<'a, T>,
    pub(crate) y: Batch<'a, T>,
    pub(crate) weight: Option<&'a [T]>,
}

impl<T: Scalar> Workspace<T> {
    /// Memory to evaluate batches of up to `count` samples.
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

    /// The same memory, with more to train with batches of up to `count` samples.
    pub(crate) fn and_training(mut self, network: &Network<T>, count: usize) -> Self {
        self.traces = Traces::new(network, count, false);
        self.gradient = Aligned::zeros(network.params().len());
        self
    }

    /// Makes the next step show its values and gradients in `probe`, or not.
    pub(super) fn set_probe(&mut self, network: &Network<T>, count: usize, probe: Option<Probe<T>>) {
        if probe.is_some() && !self.traces.is_probed {
            self.traces = Traces::new(network, count, true);
        }
        self.probe = probe;
    }
}

/// The buffers that batches are collected in.
#[derive(Debug)]
pub(crate) struct Gathering<T> {
    x: Aligned<T>,
    /// Targets and weights in random order; others are lent where they are.
    y: Vec<T>,
    weight: Vec<T>,
    /// All inputs, a sample of which is quicker to copy than a row of the matrix.
    copy: Option<Samples<T>>,
}

impl<T: Scalar> Gathering<T> {
    /// Room for batches of up to `count` samples that follow each other.
    pub(crate) fn new(data: &Data<'_, T>, count: usize) -> Self {
        Self { x: Aligned::zeros(count * data.x.shape.width()), y: Vec::new(), weight: Vec::new(), copy: None }
    }

    /// The same, and for batches of up to `count` samples in random order: from a copy of the inputs, unless they are streamed.
    pub(crate) fn and_shuffled(mut self, data: &Data<'_, T>, count: usize, streamed: bool) -> Self {
        self.y = vec![T::zero(); count * data.y.shape.width()];
        self.weight = vec![T::zero(); if data.weight.is_some() { count } else { 0 }];
        self.copy = (!streamed).then(|| data.x.to_samples());
        self
    }

    /// Some samples that follow each other.
    pub(crate) fn sequence<'a>(&'a mut self, data: &'a Data<'_, T>, first: usize, count: usize) -> DataBatch<'a, T> {
        let x = &mut self.x[..count * data.x.shape.width()];
        data.x.write(first, x);
        DataBatch {
            x: Batch::first(&data.x.shape, count, x),
            y: Batch::first(&data.y.shape, count, data.y.range(first, count)),
            weight: data.weight.as_ref().map(|weight| &weight[first..first + count]),
        }
    }

    /// The first `count` of the samples with these numbers, in this order.
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
