//! The arguments of a backward pass that take the gradients it computes.

use crate::base::{Batch, BatchMut};
use crate::kernels::{self, Aligned, Scalar, Sizes};
use std::ops::Range;

/// The weights of a layer in its backward pass, and the memory for their gradients.
///
/// A weight is identified by its number in the order of declaration. A gradient that is a matrix product of the inputs and
/// the output's gradient is given with [`product`](Self::product): if the optimizer allows a fused update, the weight is
/// updated after the layer's backward pass, block by block while the product is in the cache. The result is the same to
/// the bit, whether the update is fused or not.
#[derive(Debug)]
pub struct WeightGradients<'a, T> {
    values: &'a mut [T],
    gradients: &'a mut [T],
    /// The range of each weight.
    weights: &'a [Range<usize>],
    /// Bit `i` is set if the update of weight `i` may be fused with the product that is its gradient.
    fused: u8,
    deferred: [Option<Factors<'a, T>>; FUSED_WEIGHTS],
}

/// The factors of a weight's gradient `input^T output_gradient`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Factors<'a, T> {
    pub(crate) input: &'a [T],
    pub(crate) output_gradient: &'a [T],
    pub(crate) sizes: Sizes,
}

/// The number of weights of a layer, from the first on, that can have a fused update.
pub(crate) const FUSED_WEIGHTS: usize = 4;

impl<'a, T: Scalar> WeightGradients<'a, T> {
    #[inline(always)]
    pub(crate) fn new(values: &'a mut [T], gradients: &'a mut [T], weights: &'a [Range<usize>], fused: u8) -> Self {
        Self { values, gradients, weights, fused, deferred: [None; FUSED_WEIGHTS] }
    }

    /// Returns the weights declared with [`Plan::param`](super::Plan::param), one after the other.
    pub fn values(&self) -> &[T] {
        self.values
    }

    /// Returns the memory for the gradient of weight number `weight`, which must be overwritten, not added to.
    pub fn gradient(&mut self, weight: usize) -> &mut [T] {
        &mut self.gradients[self.weights[weight].clone()]
    }

    /// Returns all weights, and the memory for all their gradients, which must be overwritten, not added to.
    pub fn split(&mut self) -> (&[T], &mut [T]) {
        (self.values, self.gradients)
    }

    /// Sets the gradient of weight number `weight`, a matrix of `inputs x units`, to `input^T output_gradient`.
    ///
    /// Both factors are matrices with a row for each vector along the last axis.
    #[inline]
    pub fn product(&mut self, weight: usize, input: &Batch<'a, T>, output_gradient: &Batch<'a, T>) {
        let (units, inputs, count) = (output_gradient.shape().last(), input.shape().last(), input.vector_count());
        let (input, output_gradient, sizes) = (input.values(), output_gradient.values(), Sizes { units, inputs, count });
        if weight < FUSED_WEIGHTS && self.fused & (1 << weight) != 0 {
            self.deferred[weight] = Some(Factors { input, output_gradient, sizes });
        } else {
            kernels::weight_gradient(self.gradient(weight), output_gradient, input, sizes);
        }
    }

    /// Calls `update` for each weight whose gradient is not computed yet, with its number, its values, the memory for its
    /// gradient, and the factors of the gradient.
    pub(crate) fn update_deferred(self, mut update: impl FnMut(usize, &mut [T], &mut [T], Factors<'_, T>)) {
        for (number, factors) in self.deferred.into_iter().enumerate() {
            if let Some(factors) = factors {
                let range = self.weights[number].clone();
                update(number, &mut self.values[range.clone()], &mut self.gradients[range], factors);
            }
        }
    }
}

/// The memory for the gradients of a layer's inputs.
#[derive(Debug)]
pub struct InputGradients<'a, T> {
    /// The memory for the gradients of all values in the backward pass.
    pub(crate) buffers: &'a mut [Aligned<T>],
    /// Where the gradient of each input is written.
    pub(crate) targets: &'a [Target],
    /// The inputs; each gradient has the size of its input.
    pub(crate) inputs: &'a [Batch<'a, T>],
    /// True if the gradients of all inputs are needed, because the gradient of the data is computed.
    pub(crate) all: bool,
    /// The index of the buffer for a gradient that is then added to another.
    pub(crate) spare: usize,
}

/// Where the gradient of one input of a node is written, and whether it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    /// The index of the buffer for the gradient.
    pub(crate) buffer: usize,
    /// True if this gradient is added to the buffer, because another layer with the same input has written to it already.
    pub(crate) adds: bool,
    /// True if the gradient is needed for a weight that is trained.
    pub(crate) needed: bool,
}

impl<T: Scalar> InputGradients<'_, T> {
    /// Calls `compute` to write the gradient of input number `input`, unless that gradient is not needed.
    ///
    /// The memory is not initialised: `compute` must write every value.
    #[inline]
    pub fn write(&mut self, input: usize, compute: impl FnOnce(BatchMut<'_, T>)) {
        let Target { buffer, adds, needed } = self.targets[input];
        if !(needed || self.all) {
            return;
        }
        let (shape, count) = (self.inputs[input].shape(), self.inputs[input].count());
        let written = if adds { self.spare } else { buffer };
        compute(BatchMut::first(shape, count, &mut self.buffers[written]));
        if adds {
            self.add_spare(buffer, count * shape.width());
        }
    }

    /// Adds the gradient in the spare buffer to another; each layer would have a copy of this if it were part of `write`.
    fn add_spare(&mut self, buffer: usize, size: usize) {
        let spare = std::mem::take(&mut self.buffers[self.spare]);
        kernels::add(&mut self.buffers[buffer][..size], &spare[..size]);
        self.buffers[self.spare] = spare;
    }
}
