//! Fused updates: a weight is updated while its gradient is still in the cache.

use super::state::{OptimizerState, Piece, TrainedWeight, slot_size};
use super::step::Rule;
use crate::kernels::{self, Scalar, Sizes, Slots};

/// A fused update: the current step for the weights that are updated while their gradient is computed.
pub(crate) struct FusedUpdate<'a, T: Scalar> {
    pub(super) rule: Rule<'a, T>,
    pub(super) weights: &'a [TrainedWeight],
    pub(super) pieces: &'a mut [Piece],
    pub(super) slots: &'a mut [T],
    pub(super) slot_size: usize,
}

impl<T: Scalar> OptimizerState<T> {
    /// The fused update of the next step; `None` if no weight can be updated while its gradient is computed.
    ///
    /// `params` is the number of values in the slice that the weights are in.
    pub(crate) fn fused_update(&mut self, params: usize) -> Option<FusedUpdate<'_, T>> {
        if !self.pieces.iter().any(|piece| piece.is_fusable) {
            return None;
        }
        let (number, learning_rate, weight_decay_factor) = (self.begin(), self.learning_rate(), self.weight_decay_factor());
        let rule = Rule { rule: &*self.rule, number, learning_rate, weight_decay_factor, scalars: &self.scalars };
        let slot_size = slot_size::<T>(params);
        Some(FusedUpdate { rule, weights: &self.weights, pieces: &mut self.pieces, slots: &mut self.slots, slot_size })
    }
}

impl<T: Scalar> FusedUpdate<'_, T> {
    /// True if the weight that begins at index `first` has a fused update.
    pub(crate) fn takes(&self, first: usize) -> bool {
        self.pieces.iter().any(|piece| piece.is_fusable && piece.range.start == first)
    }

    /// Computes the gradient `dy x^T` of the weight that begins at index `first`, and updates the weight part by part.
    ///
    /// `scratch` is as large as the weight; its content afterwards is undefined.
    #[inline(never)] // it is large, and small models never call it
    pub(crate) fn update(&mut self, first: usize, weight: &mut [T], scratch: &mut [T], product: [&[T]; 2], sizes: Sizes) {
        let Some(piece) = self.pieces.iter_mut().find(|piece| piece.range.start == first) else { return };
        piece.is_updated = true;
        let (rule, variable) = (&self.rule, &self.weights[piece.first].variable);
        let mut slots = Slots::new(self.slots, self.slot_size, piece.range.clone());
        kernels::weight_gradient_in_parts(scratch, product, sizes, weight, &mut slots, |weight, gradient, slots| {
            rule.apply(variable, weight, gradient, slots, &mut []);
        });
    }
}
