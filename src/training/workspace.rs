//! The memory of a training step, sized once for the largest batch.

use super::samples::Data;
use crate::network::{Network, Trace};
use crate::{Batch, Scalar};

/// Everything a step writes to besides the weights and the optimizer's slots.
#[derive(Debug)]
pub(super) struct Workspace<T> {
    /// What each layer keeps for the way back.
    pub(super) traces: Vec<Trace<T>>,
    /// The slopes behind and before a layer, in turn; in evaluation the values there.
    pub(super) slopes: Vec<Vec<T>>,
    /// The gradient of all parameters.
    pub(super) gradient: Vec<T>,
    /// The loss of each sample, and its factor in the loss of the batch.
    pub(super) losses: Vec<T>,
    pub(super) scale: Vec<T>,
    /// The outputs for the metrics, where the loss takes the sums.
    pub(super) predictions: Vec<T>,
}

/// One batch of the data.
#[derive(Debug, Clone, Copy)]
pub(super) struct DataBatch<'a, T> {
    pub(super) x: Batch<'a, T>,
    pub(super) y: Batch<'a, T>,
    pub(super) weight: Option<&'a [T]>,
}

impl<T: Scalar> Workspace<T> {
    /// Memory to train with batches of up to `count` samples.
    pub(super) fn for_training(network: &Network<T>, count: usize) -> Self {
        let mut workspace = Self::for_evaluation(network, count);
        workspace.traces = network.traces(count);
        workspace.gradient = vec![T::zero(); network.params_len()];
        workspace
    }

    /// Memory to evaluate batches of up to `count` samples.
    pub(super) fn for_evaluation(network: &Network<T>, count: usize) -> Self {
        Self {
            traces: Vec::new(),
            slopes: vec![vec![T::zero(); count * network.widest()]; network.buffers()],
            gradient: Vec::new(),
            losses: vec![T::zero(); count],
            scale: vec![T::zero(); count],
            predictions: vec![T::zero(); count * network.output().width()],
        }
    }
}

/// The buffers that batches in random order are collected in.
#[derive(Debug)]
pub(super) struct Gathering<T> {
    x: Vec<T>,
    y: Vec<T>,
    weight: Vec<T>,
}

impl<T: Scalar> Gathering<T> {
    /// Room for batches of up to `count` samples.
    pub(super) fn new(data: &Data<T>, count: usize) -> Self {
        Self {
            x: vec![T::zero(); count * data.x.shape.width()],
            y: vec![T::zero(); count * data.y.shape.width()],
            weight: vec![T::zero(); if data.weight.is_some() { count } else { 0 }],
        }
    }

    /// The samples with these numbers, in this order.
    pub(super) fn batch<'a>(&'a mut self, data: &'a Data<T>, order: &[usize]) -> DataBatch<'a, T> {
        let Self { x, y, weight } = self;
        let (x, y) = (&mut x[..order.len() * data.x.shape.width()], &mut y[..order.len() * data.y.shape.width()]);
        data.x.gather(order, x);
        data.y.gather(order, y);
        let weight = data.weight.as_ref().map(|all| {
            weight.iter_mut().zip(order).for_each(|(weight, &place)| *weight = all[place]);
            &weight[..order.len()]
        });
        DataBatch { x: Batch::new(&data.x.shape, x), y: Batch::new(&data.y.shape, y), weight }
    }
}

impl<T: Scalar> Data<T> {
    /// Some samples that follow each other, where they are.
    pub(super) fn batch(&self, first: usize, count: usize) -> DataBatch<'_, T> {
        DataBatch {
            x: Batch::new(&self.x.shape, self.x.range(first, count)),
            y: Batch::new(&self.y.shape, self.y.range(first, count)),
            weight: self.weight.as_ref().map(|weight| &weight[first..first + count]),
        }
    }
}
