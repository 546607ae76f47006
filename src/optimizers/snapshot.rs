//! Copies of an optimizer's state within a training, and the search for a number in it that is not finite.

use super::state::slot_size;
use super::{OptimizerState, Settings};
use crate::kernels::{self, Scalar};
use std::ops::Range;

/// A copy of the values that a step changes in the state of an optimizer.
#[derive(Debug)]
pub(crate) struct OptimizerSnapshot<T> {
    is_built: bool,
    learning_rate: f64,
    batches: u64,
    exchanged: bool,
    scalars: Vec<f64>,
    /// The slots, the averages and the accumulated gradient, one after the other.
    values: Vec<T>,
}

/// A number in the state of an optimizer: its place, and what it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moment {
    /// The name of the slot.
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    /// The range of the weight in the parameters.
    pub(crate) weight: Range<usize>,
    /// The index in that range.
    pub(crate) index: usize,
    /// True if there is one number for each value of the weight.
    pub(crate) is_by_value: bool,
}

impl<T: Scalar> OptimizerSnapshot<T> {
    /// Allocates memory for snapshots of `scalars` numbers and of [`OptimizerState::size`] values.
    pub(crate) fn new(scalars: usize, values: usize) -> Self {
        let (scalars, values) = (Vec::with_capacity(scalars), Vec::with_capacity(values));
        Self { is_built: false, learning_rate: 0.0, batches: 0, exchanged: false, scalars, values }
    }
}

impl<T: Scalar> OptimizerState<T> {
    /// Returns the number of values that the rule and the averages keep for `params` values to train, and of those that are
    /// stored once for all weights.
    pub(crate) fn size(&self, params: usize) -> [usize; 2] {
        let Settings { use_ema, gradient_accumulation_steps, .. } = &self.settings;
        let vectors = usize::from(*use_ema) + usize::from(gradient_accumulation_steps.is_some());
        [self.rule.slots().len() * slot_size::<T>(params) + vectors * params, self.scalars.len()]
    }

    /// Copies the state, between two steps, to `into`.
    pub(crate) fn copy_to(&self, into: &mut OptimizerSnapshot<T>) {
        into.is_built = self.is_built();
        into.learning_rate = self.settings.learning_rate;
        (into.batches, into.exchanged) = (self.batches, self.exchanged);
        into.scalars.clone_from(&self.scalars);
        into.values.clear();
        [&*self.slots, &self.averages, &self.accumulated].iter().for_each(|values| into.values.extend_from_slice(values));
    }

    /// Sets the state to that of a snapshot.
    pub(crate) fn restore_from(&mut self, from: &OptimizerSnapshot<T>) {
        self.settings.learning_rate = from.learning_rate;
        (self.batches, self.exchanged, self.has_begun) = (from.batches, from.exchanged, false);
        self.scalars.clone_from(&from.scalars);
        self.pieces.iter_mut().for_each(|piece| piece.is_updated = false);
        if !from.is_built {
            // the next step builds it
            return self.unbuild();
        }
        let mut values = from.values.as_slice();
        for own in [&mut *self.slots, &mut self.averages, &mut self.accumulated] {
            let (first, rest) = values.split_at(own.len().min(values.len()));
            own[..first.len()].copy_from_slice(first);
            values = rest;
        }
    }

    /// Returns whether all values that the rule and the averages keep are finite.
    pub(crate) fn is_finite(&self) -> bool {
        [&*self.slots, &self.averages, &self.accumulated].iter().all(|values| values.is_empty() || kernels::all_finite(values))
    }

    /// Returns whether the gradient of all trained weights is finite.
    pub(crate) fn is_finite_gradient(&self, gradient: &[T]) -> bool {
        self.pieces.iter().all(|piece| kernels::all_finite(&gradient[piece.range.clone()]))
    }

    /// Returns whether an infinite gradient can leave all weights and slots finite, because it is clipped by value.
    pub(crate) fn clips_values(&self) -> bool {
        self.settings.clipvalue.is_some()
    }

    /// Returns the first value of the accumulated gradient that is not finite, weight by weight.
    pub(crate) fn first_accumulated(&self) -> Option<Moment> {
        self.first_in("accumulated gradient", &self.accumulated)
    }

    /// Returns the first value of the slots or the averages that is not finite.
    pub(crate) fn first_moment(&self) -> Option<Moment> {
        let (slots, size) = (self.rule.slots(), self.slots.len() / self.rule.slots().len().max(1));
        let mut found = slots.iter().zip(self.slots.chunks_exact(size.max(1))).filter_map(|(slot, values)| {
            let moment = self.first_in(slot.name, values)?;
            Some(Moment { is_by_value: slot.is_by_value(), ..moment })
        });
        found.next().or_else(|| self.first_in("average", &self.averages))
    }

    fn first_in(&self, name: &'static str, values: &[T]) -> Option<Moment> {
        self.weights.iter().filter(|weight| weight.range.end <= values.len()).find_map(|weight| {
            let own = &values[weight.range.clone()];
            let index = own.iter().position(|value| !value.is_finite())?;
            Some(Moment { name, value: own[index].to_f64(), weight: weight.range.clone(), index, is_by_value: true })
        })
    }
}
