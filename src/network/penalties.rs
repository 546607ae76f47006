//! Adds the penalties of regularizers to the loss and to the gradient, and applies constraints to the weights.

use super::{Network, Node, Tensor};
use crate::base::Batch;
use crate::kernels::{self, Scalar};
use crate::regularizers::Regularizer;
use std::sync::Arc;

impl<T: Scalar> Network<T> {
    /// Returns the sum of the penalties for all weights that are trained.
    #[inline(always)]
    pub(crate) fn penalty(&self) -> T {
        if self.is_regularized() { self.sum_penalties() } else { T::zero() }
    }

    #[inline(never)]
    fn sum_penalties(&self) -> T {
        self.penalties().map(|(_, penalty)| penalty).sum()
    }

    /// Returns the penalty for each weight that is trained and has one, with the weight.
    pub(crate) fn penalties(&self) -> impl Iterator<Item = (&Tensor<T>, T)> {
        self.regularized().map(|(tensor, regularizer)| (tensor, regularizer.penalty(self.values(tensor), &tensor.shape)))
    }

    /// Adds the gradient of the penalties for the weights to `gradient`.
    #[inline(always)]
    pub(crate) fn add_penalty_gradient(&self, gradient: &mut [T]) {
        if self.is_regularized() {
            self.add_penalty_gradients(gradient);
        }
    }

    #[inline(never)]
    fn add_penalty_gradients(&self, gradient: &mut [T]) {
        for (tensor, regularizer) in self.regularized() {
            regularizer.add_gradient(self.values(tensor), &tensor.shape, &mut gradient[tensor.range.clone()]);
        }
    }

    /// Returns whether a weight that is trained has a penalty.
    pub(crate) fn is_regularized(&self) -> bool {
        !self.regularized.is_empty()
    }

    fn regularized(&self) -> impl Iterator<Item = (&Tensor<T>, &Arc<dyn Regularizer<T>>)> {
        let tensors = self.regularized.iter().map(|&number| &self.tensors[number]);
        tensors.filter_map(|tensor| Some((tensor, tensor.regularizer.as_ref()?)))
    }

    /// Projects each weight that is trained onto the values that its constraint allows.
    pub(crate) fn constrain(&mut self) {
        for tensor in self.constrained.iter().map(|&number| &self.tensors[number]) {
            if let Some(constraint) = &tensor.constraint {
                constraint.project(&mut self.params[tensor.range.clone()], &tensor.shape);
            }
        }
    }
}

impl<T: Scalar> Node<T> {
    /// Returns the activity regularizer's penalty for the outputs of `count` samples, divided by `count`.
    pub(crate) fn activity_penalty(&self, count: usize, outputs: &[T]) -> T {
        let Some(regularizer) = &self.activity_regularizer else { return T::zero() };
        let outputs = Batch::first(&self.output, count, outputs);
        regularizer.penalty(outputs.values(), &rows_and_columns(outputs)) / T::of(outputs.count() as f64)
    }

    /// Adds the gradient of [`activity_penalty`](Self::activity_penalty) to the gradient of the outputs.
    pub(super) fn add_activity_gradient(&self, outputs: Batch<'_, T>, gradient: &mut [T]) {
        let Some(regularizer) = &self.activity_regularizer else { return };
        // `add_gradient` adds the gradient of the undivided penalty, so the sum is scaled by the number of samples around it
        let gradient = &mut gradient[..outputs.values().len()];
        let count = T::of(outputs.count() as f64);
        kernels::scale(gradient, count);
        regularizer.add_gradient(outputs.values(), &rows_and_columns(outputs), gradient);
        kernels::divide(gradient, count);
    }
}

/// Returns the rows and columns of the outputs as a matrix: all axes but the last become rows.
fn rows_and_columns<T>(outputs: Batch<'_, T>) -> [usize; 2] {
    let columns = outputs.shape().last().max(1);
    [outputs.values().len() / columns, columns]
}
