//! Where a layer puts the gradients that its backward pass computes.

use crate::base::{Batch, BatchMut};
use crate::kernels::{self, Aligned, Scalar, Sizes};
use std::ops::Range;

/// The weights of a layer in its backward pass, and what takes their gradients, each by the number of its declaration.
///
/// A gradient that is the product of the inputs and the output's gradient is handed over as these two factors, with
/// [`product`](Self::product): where the optimizer allows it, the weight is then updated block by block while the
/// product is in the cache. That happens after the layer's backward pass, and no bit depends on whether it does.
#[derive(Debug)]
pub struct WeightGradients<'a, T> {
    values: &'a mut [T],
    gradients: &'a mut [T],
    weights: &'a [WeightPlace],
    /// Bit `i` is set if the update of weight `i` may be fused with the product that is its gradient.
    fused: u8,
    deferred: [Option<Factors<'a, T>>; FUSED_WEIGHTS],
}

/// The range of a weight among the parameters of its layer, and its last extent.
#[derive(Debug, Clone)]
pub(crate) struct WeightPlace {
    pub(crate) range: Range<usize>,
    pub(crate) units: usize,
}

/// The factors of a gradient, `input^T output_gradient`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Factors<'a, T> {
    pub(crate) input: &'a [T],
    pub(crate) output_gradient: &'a [T],
    pub(crate) sizes: Sizes,
}

/// The first so many weights of a layer can be updated while their gradient is computed.
pub(crate) const FUSED_WEIGHTS: usize = 4;

impl<'a, T: Scalar> WeightGradients<'a, T> {
    #[inline(always)]
    pub(crate) fn new(values: &'a mut [T], gradients: &'a mut [T], weights: &'a [WeightPlace], fused: u8) -> Self {
        Self { values, gradients, weights, fused, deferred: [None; FUSED_WEIGHTS] }
    }

    /// The weights declared with [`Plan::param`](super::Plan::param), one after the other.
    pub fn values(&self) -> &[T] {
        self.values
    }

    /// The gradient of weight number `weight`, to be written (not added to).
    pub fn gradient(&mut self, weight: usize) -> &mut [T] {
        &mut self.gradients[self.weights[weight].range.clone()]
    }

    /// All weights, and all their gradients, to be written (not added to).
    pub fn split(&mut self) -> (&[T], &mut [T]) {
        (self.values, self.gradients)
    }

    /// Sets the gradient of weight number `weight`, a matrix of `inputs x units`, to `input^T output_gradient`.
    ///
    /// Both factors are matrices with a row for each sample, one row after the other.
    #[inline]
    pub fn product(&mut self, weight: usize, input: &'a [T], output_gradient: &'a [T]) {
        let WeightPlace { range, units } = &self.weights[weight];
        let count = output_gradient.len() / units;
        let sizes = Sizes { units: *units, inputs: range.len() / units, count };
        if weight < FUSED_WEIGHTS && self.fused & (1 << weight) != 0 {
            self.deferred[weight] = Some(Factors { input, output_gradient, sizes });
        } else {
            kernels::weight_gradient(&mut self.gradients[range.clone()], output_gradient, input, sizes);
        }
    }

    /// Hands each weight whose gradient is not computed yet to `update`, with its number, its values, the memory of its
    /// gradient and the factors of it.
    pub(crate) fn update_deferred(self, mut update: impl FnMut(usize, &mut [T], &mut [T], Factors<'_, T>)) {
        for (number, factors) in self.deferred.into_iter().enumerate() {
            if let Some(factors) = factors {
                let range = self.weights[number].range.clone();
                update(number, &mut self.values[range.clone()], &mut self.gradients[range], factors);
            }
        }
    }
}

/// Takes the gradients of a layer's inputs.
#[derive(Debug)]
pub struct InputGradients<'a, T> {
    /// The memory of all gradients that are under way.
    pub(crate) buffers: &'a mut [Aligned<T>],
    /// What becomes of the gradient of each input.
    pub(crate) targets: &'a [Target],
    /// The inputs, which say how large their gradients are.
    pub(crate) inputs: &'a [Batch<'a, T>],
    /// Whether the gradient of the data is asked for, and so that of every value.
    pub(crate) all: bool,
    /// The buffer for a gradient that is added to another.
    pub(crate) spare: usize,
}

/// What becomes of the gradient of one input of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    /// The buffer of the gradient.
    pub(crate) buffer: usize,
    /// Whether another reader of the same value has written its gradient already, to which this one is added.
    pub(crate) adds: bool,
    /// Whether the gradient leads to a weight that is trained.
    pub(crate) needed: bool,
}

impl<T: Scalar> InputGradients<'_, T> {
    /// Lets `compute` write the gradient of input number `input`; does nothing where nobody needs it.
    ///
    /// The memory has anything in it: all of it is to be written.
    #[inline]
    pub fn write(&mut self, input: usize, compute: impl FnOnce(BatchMut<'_, T>)) {
        let Target { buffer, adds, needed } = self.targets[input];
        if !(needed || self.all) {
            return;
        }
        let (shape, count) = (self.inputs[input].shape(), self.inputs[input].count());
        if !adds {
            return compute(BatchMut::first(shape, count, &mut self.buffers[buffer]));
        }
        let mut spare = std::mem::take(&mut self.buffers[self.spare]);
        compute(BatchMut::first(shape, count, &mut spare));
        let size = count * shape.width();
        kernels::zip(&mut self.buffers[buffer][..size], &spare[..size], |gradient, more| gradient + more);
        self.buffers[self.spare] = spare;
    }
}
