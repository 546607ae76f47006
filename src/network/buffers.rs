//! The memory for the forward and backward pass of a batch, allocated once for the largest batch.

use super::Network;
use crate::activations::Sees;
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
}

/// The values of one node that are kept from the forward to the backward pass.
#[derive(Debug)]
pub(crate) struct Trace<T> {
    /// The pre-activation, if the derivative of the activation is computed from it or a probe records it; else empty.
    pub(crate) pre_activation: Aligned<T>,
    pub(crate) outputs: Aligned<T>,
    /// The gradient of the pre-activation, if a probe records it; else empty.
    pub(crate) gradient: Aligned<T>,
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

    /// Returns the first `length` values of the first buffer, which holds the data or the gradient of the output.
    pub(crate) fn first(&mut self, length: usize) -> &mut [T] {
        &mut self.values[0][..length]
    }
}

impl<T: Scalar> Traces<T> {
    /// Allocates memory for batches of up to `count` samples; if `probed`, also for every pre-activation and every gradient.
    pub(crate) fn new(network: &Network<T>, count: usize, probed: bool) -> Self {
        let needed = |is_needed: bool, size: usize| Aligned::zeros(if is_needed { count * size } else { 0 });
        let nodes = network.nodes.iter().map(|node| {
            let width = node.pre_activation.width();
            let sees_input = node.activation.as_ref().is_some_and(|activation| activation.sees() == Sees::Input);
            Trace {
                pre_activation: needed(probed || sees_input, width),
                outputs: needed(true, width),
                gradient: needed(probed, width),
                scratch: vec![T::zero(); count * node.memory.scratch],
                batch_scratch: vec![T::zero(); node.memory.batch_scratch],
            }
        });
        let mut inputs = Inputs::default();
        inputs.reserve(network);
        Self { is_probed: probed, nodes: nodes.collect(), workspace: vec![T::zero(); network.workspace(count)], inputs }
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

    /// Calls `run` with the list of the values in `reads`, each a batch of `count` samples; `value` returns its shape and data.
    #[inline(always)]
    pub(super) fn lend<'a, R>(
        &mut self,
        count: usize,
        reads: &[usize],
        value: impl Fn(usize) -> (&'a Shape, &'a [T]),
        run: impl FnOnce(&[Batch<'a, T>]) -> R,
    ) -> R {
        let batch = |value_number: &usize| {
            let (shape, values) = value(*value_number);
            Batch::first(shape, count, values)
        };
        // `run` is called in one place only, so that the compiler inlines it
        let (one, mut list);
        let inputs = match reads {
            [only] => {
                (one, list) = ([batch(only)], Vec::new());
                &one[..]
            }
            several => {
                list = emptied(std::mem::take(&mut self.0));
                list.extend(several.iter().map(batch));
                &list
            }
        };
        let result = run(inputs);
        if !list.is_empty() {
            self.0 = emptied(list);
        }
        result
    }
}

/// Returns an empty vector that reuses the allocation of `list` for items with another lifetime.
#[allow(clippy::unnecessary_filter_map)] // `filter` would keep the type of the items
fn emptied<'b, T>(list: Vec<Batch<'_, T>>) -> Vec<Batch<'b, T>> {
    // the standard library collects in place if the old and the new items have the same layout
    list.into_iter().filter_map(|_| None).collect()
}
