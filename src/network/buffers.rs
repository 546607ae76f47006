//! The memory that a batch runs through, sized once for the largest batch.

use super::Network;
use crate::activations::Sees;
use crate::base::{Batch, Shape};
use crate::kernels::{Aligned, Scalar};

/// The memory of prediction and of the backward pass.
#[derive(Debug, Clone)]
pub(crate) struct Buffers<T: Scalar> {
    /// Values in prediction, gradients in the backward pass; which is where, the network knows.
    pub(super) values: Vec<Aligned<T>>,
    /// The memory that layers work in.
    pub(super) workspace: Vec<T>,
    pub(super) inputs: Inputs<T>,
}

/// What is kept of a batch from the forward to the backward pass.
#[derive(Debug)]
pub(crate) struct Traces<T: Scalar> {
    /// Whether every pre-activation and every gradient can be kept.
    pub(crate) is_probed: bool,
    pub(crate) nodes: Vec<Trace<T>>,
    pub(super) workspace: Vec<T>,
    pub(super) inputs: Inputs<T>,
}

/// What one node keeps from the forward to the backward pass.
#[derive(Debug)]
pub(crate) struct Trace<T> {
    /// The pre-activation, where the activation's derivative is computed from it or it is asked for.
    pub(crate) pre_activation: Aligned<T>,
    pub(crate) outputs: Aligned<T>,
    /// The gradient of the pre-activation, where it is asked for.
    pub(crate) gradient: Aligned<T>,
    pub(super) scratch: Vec<T>,
    pub(super) batch_scratch: Vec<T>,
}

impl<T: Scalar> Buffers<T> {
    /// No memory yet.
    pub(crate) fn empty() -> Self {
        Self { values: Vec::new(), workspace: Vec::new(), inputs: Inputs::default() }
    }

    /// Memory for batches of up to `count` samples.
    pub(crate) fn new(network: &Network<T>, count: usize) -> Self {
        let mut buffers = Self::empty();
        buffers.grow(network, count);
        buffers
    }

    /// Makes room for batches of `count` samples where there is less.
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

    /// The first values of the buffer of the data, and of the gradient of the output.
    pub(crate) fn first(&mut self, length: usize) -> &mut [T] {
        &mut self.values[0][..length]
    }
}

impl<T: Scalar> Traces<T> {
    /// Memory for batches of up to `count` samples; with `probed`, every pre-activation and every gradient is kept.
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
    /// How many values of memory the layers work in, for this many samples.
    fn workspace(&self, count: usize) -> usize {
        self.nodes.iter().map(|node| node.workspace(count)).max().unwrap_or(0)
    }
}

impl<T: Scalar> super::Node<T> {
    pub(super) fn workspace(&self, count: usize) -> usize {
        let [per_sample, per_batch] = self.memory.workspace;
        count * per_sample + per_batch
    }
}

/// The room in which the inputs of a node are listed, so that no list is allocated for each batch.
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

    /// Lends a list of the values that a node reads to `run`.
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
        // one call of `run`, so that it becomes part of the caller
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

/// The same allocation without its items, for items that live for another time.
#[allow(clippy::unnecessary_filter_map)] // `filter` would keep the type of the items
fn emptied<'b, T>(list: Vec<Batch<'_, T>>) -> Vec<Batch<'b, T>> {
    // the standard library collects into the memory that it iterates over, where the items have one layout
    list.into_iter().filter_map(|_| None).collect()
}
