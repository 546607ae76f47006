//! The memory for the forward and backward pass of a batch, allocated once for the largest batch.

use super::Network;
use crate::base::{Batch, Shape};
use crate::kernels::{Aligned, Scalar};

/// The memory for prediction and for the backward pass.
#[derive(Debug, Clone)]
pub(crate) struct Buffers<T: Scalar> {
    /// The buffers for values in prediction and for gradients in the backward pass; `Wiring` says which buffer holds which.
    pub(super) values: Vec<Aligned<T>>,
    /// The memory that each layer uses within one call.
    pub(super) workspace: Vec<T>,
    pub(super) inputs: Inputs<T>,
}

/// The values of a batch that are kept from the forward to the backward pass.
#[derive(Debug)]
pub(crate) struct Traces<T: Scalar> {
    /// True if there is memory to keep every pre-activation and every gradient.
    pub(crate) is_probed: bool,
    pub(crate) nodes: Vec<Trace<T>>,
    pub(super) workspace: Vec<T>,
    pub(super) inputs: Inputs<T>,
    /// Memory for the gradient of shared weights that several calls of a layer add to.
    pub(super) shared_gradient: Vec<T>,
}

/// The values of one node that are kept from the forward to the backward pass.
#[derive(Debug)]
pub(crate) struct Trace<T> {
    /// The pre-activation, if the derivative of the activation is computed from it or a probe records it; else empty.
    pub(crate) pre_activation: Aligned<T>,
    pub(crate) outputs: Aligned<T>,
    /// The gradient of the pre-activation, if a probe records it; else empty.
    pub(crate) gradient: Aligned<T>,
    /// The gradient of the output, before that of the activation and of activity penalties; with the pre-activation's.
    pub(crate) output_gradient: Aligned<T>,
    pub(super) scratch: Vec<T>,
    pub(super) batch_scratch: Vec<T>,
}

impl<T: Scalar> Buffers<T> {
    /// Creates buffers without memory.
    pub(crate) fn empty() -> Self {
        Self { values: Vec::new(), workspace: Vec::new(), inputs: Inputs::default() }
    }

    /// Allocates memory for batches of up to `count` samples.
    pub(crate) fn new(network: &Network<T>, count: usize) -> Self {
        let mut buffers = Self::empty();
        buffers.grow(network, count);
        buffers
    }

    /// Enlarges the buffers that are too small for batches of `count` samples.
    pub(crate) fn grow(&mut self, network: &Network<T>, count: usize) {
        let sizes = &network.wiring.sizes;
        self.values.resize_with(self.values.len().max(sizes.len()), Aligned::default);
        for (buffer, size) in self.values.iter_mut().zip(sizes).filter(|(buffer, size)| buffer.len() < count * **size) {
            *buffer = Aligned::zeros(count * size);
        }
        let workspace = network.workspace(count);
        if self.workspace.len() < workspace {
            self.workspace = vec![T::zero(); workspace];
        }
        self.inputs.reserve(network);
    }

    /// Returns the first `length` values of the first buffer, which holds the data.
    pub(crate) fn first(&mut self, length: usize) -> &mut [T] {
        &mut self.values[0][..length]
    }

    /// Returns the first `length` values of the gradient of an output.
    pub(crate) fn output_gradient(&mut self, network: &Network<T>, output: usize, length: usize) -> &mut [T] {
        &mut self.values[network.wiring.gradients[network.outputs[output]]][..length]
    }
}

impl<T: Scalar> Traces<T> {
    /// Allocates memory for batches of up to `count` samples; if `probed`, also for every pre-activation and every gradient.
    pub(crate) fn new(network: &Network<T>, count: usize, probed: bool) -> Self {
        let needed = |is_needed: bool, size: usize| Aligned::zeros(if is_needed { count * size } else { 0 });
        let nodes = network.nodes.iter().map(|node| {
            let width = node.pre_activation.width();
            Trace {
                pre_activation: needed(probed || node.sees_input, width),
                outputs: needed(true, width),
                gradient: needed(probed, width),
                output_gradient: needed(probed, width),
                scratch: vec![T::zero(); count * node.memory.scratch],
                batch_scratch: vec![T::zero(); node.memory.batch_scratch],
            }
        });
        let mut inputs = Inputs::default();
        inputs.reserve(network);
        let shared = network.nodes.iter().filter(|node| node.adds_gradient).map(|node| node.params.len()).max();
        Self {
            is_probed: probed,
            nodes: nodes.collect(),
            workspace: vec![T::zero(); network.workspace(count)],
            inputs,
            shared_gradient: vec![T::zero(); shared.unwrap_or(0)],
        }
    }
}

impl<T: Scalar> Network<T> {
    /// Returns the number of values in the memory that all layers share, for batches of `count` samples.
    fn workspace(&self, count: usize) -> usize {
        self.nodes.iter().map(|node| node.workspace(count)).max().unwrap_or(0)
    }
}

impl<T: Scalar> super::Node<T> {
    /// Returns the number of values that the layer needs within one call, for a batch of `count` samples.
    pub(super) fn workspace(&self, count: usize) -> usize {
        let [per_sample, per_batch] = self.memory.workspace;
        count * per_sample + per_batch
    }
}

/// The memory for the list of a node's inputs, which is reused so that a batch allocates no list.
#[derive(Debug, Clone)]
pub(super) struct Inputs<T: Scalar>(Vec<Batch<'static, T>>);

/// The inputs of a node.
pub(super) enum InputList<'a, T> {
    One([Batch<'a, T>; 1]),
    Several(Vec<Batch<'a, T>>),
}

impl<'a, T> std::ops::Deref for InputList<'a, T> {
    type Target = [Batch<'a, T>];

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        match self {
            Self::One(one) => one,
            Self::Several(several) => several,
        }
    }
}

impl<T: Scalar> Default for Inputs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Scalar> Inputs<T> {
    fn reserve(&mut self, network: &Network<T>) {
        let most = network.nodes.iter().map(|node| node.reads.len()).max().unwrap_or(0);
        self.0.reserve(most);
    }

    /// Lists the values in `reads`, each a batch of `count` samples; `value` returns its shape and data.
    #[inline(always)]
    pub(super) fn list<'a>(
        &mut self,
        count: usize,
        reads: &[usize],
        value: impl Fn(usize) -> (&'a Shape, &'a [T]),
    ) -> InputList<'a, T> {
        let batch = |number: usize| {
            let (shape, values) = value(number);
            Batch::first(shape, count, values)
        };
        if let &[only] = reads {
            return InputList::One([batch(only)]);
        }
        let mut several = emptied(std::mem::take(&mut self.0));
        several.extend(reads.iter().map(|&number| batch(number)));
        InputList::Several(several)
    }

    /// Takes the memory of a list back.
    #[inline(always)]
    pub(super) fn take_back(&mut self, list: InputList<'_, T>) {
        if let InputList::Several(list) = list {
            self.0 = emptied(list);
        }
    }
}

/// Returns an empty vector that reuses the allocation of `list` for items with another lifetime.
#[allow(clippy::unnecessary_filter_map)] // `filter` would keep the type of the items
fn emptied<'b, T>(list: Vec<Batch<'_, T>>) -> Vec<Batch<'b, T>> {
    // the standard library collects in place if the old and the new items have the same layout
    list.into_iter().filter_map(|_| None).collect()
}
