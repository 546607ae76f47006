//! One step of an optimizer: the rule, with weight decay, on every weight.

use super::Optimizer;
use super::state::{OptimizerState, slot_size};
use super::variable::Variable;
use crate::kernels::{self, Scalar, Slots};

/// The number of values to which weight decay and the rule are applied at a time; they stay in the first-level cache.
const BLOCK: usize = 2048;

impl<T: Scalar> OptimizerState<T> {
    /// Applies weight decay and the rule to all weights that had no fused update in this step.
    pub(crate) fn update(&mut self, params: &mut [T], gradient: &[T]) {
        let (number, learning_rate, weight_decay_factor) = (self.begin(), self.learning_rate(), self.weight_decay_factor());
        let rule = Rule { rule: &*self.rule, number, learning_rate, weight_decay_factor, scalars: &self.scalars };
        for piece in &mut self.pieces {
            if !std::mem::take(&mut piece.is_updated) {
                let range = piece.range.clone();
                let slots = Slots::new(&mut self.slots, slot_size::<T>(params.len()), range.clone());
                let variable = &self.weights[piece.first].variable;
                rule.apply(variable, &mut params[range.clone()], &gradient[range], slots, &mut self.scratch);
            }
        }
    }

    /// Calls the rule's `begin` if this was not done for the next step; returns the number of the step, counted from 1.
    pub(super) fn begin(&mut self) -> u64 {
        let number = self.iterations() + 1;
        if !std::mem::replace(&mut self.has_begun, true) {
            self.rule.begin(number, &mut self.scalars);
        }
        number
    }

    /// Sets the share of the training that is done, from 0 to 1, for schedules that depend on it.
    pub(crate) fn set_share(&mut self, share: f64) {
        self.share = share;
    }

    /// Counts the batch as done.
    pub(crate) fn advance(&mut self) {
        self.batches += 1;
        self.has_begun = false;
    }
}

/// A rule with the values of the current step.
pub(super) struct Rule<'a, T: Scalar> {
    pub(super) rule: &'a dyn Optimizer<T>,
    pub(super) number: u64,
    pub(super) learning_rate: f64,
    pub(super) weight_decay_factor: f64,
    pub(super) scalars: &'a [f64],
}

impl<T: Scalar> Rule<'_, T> {
    /// Applies the weight decay, `w -= r d w`, and then the rule.
    #[inline(always)] // a call would copy its arguments in memory, which takes longer than the rule of a small model
    pub(super) fn apply(
        &self,
        variable: &Variable,
        weight: &mut [T],
        gradient: &[T],
        mut slots: Slots<'_, T>,
        scratch: &mut [T],
    ) {
        let Self { rule, number, scalars, .. } = *self;
        let learning_rate = T::of(self.learning_rate * variable.learning_rate_factor);
        let decay =
            rule.weight_decay(variable).map(|decay| T::of(decay * self.weight_decay_factor * variable.weight_decay_factor));
        let Some(decay) = decay else {
            return rule.update(Step { number, learning_rate, variable, weight, gradient, slots, scalars, scratch });
        };
        let size = if rule.by_weight() { weight.len().max(1) } else { BLOCK };
        for (part, (weight, gradient)) in weight.chunks_mut(size).zip(gradient.chunks(size)).enumerate() {
            kernels::map(weight, |w| w - w * decay * learning_rate);
            let slots = slots.part(part * size..part * size + weight.len());
            rule.update(Step { number, learning_rate, variable, weight, gradient, slots, scalars, scratch });
        }
    }
}

/// The values, gradients and slots for one step of an [`Optimizer`](super::Optimizer).
#[derive(Debug)]
pub struct Step<'a, T> {
    /// The number of the step, counted from 1.
    pub number: u64,
    /// The learning rate of this step.
    pub learning_rate: T,
    /// The weight, for a rule that works [by weight](super::Optimizer::by_weight).
    pub variable: &'a Variable,
    /// The values to update.
    pub weight: &'a mut [T],
    /// The gradient of the loss with respect to the values.
    pub gradient: &'a [T],
    /// The slots of the values.
    pub slots: Slots<'a, T>,
    /// The numbers that are stored once for all weights; see [`Optimizer::scalars`](super::Optimizer::scalars).
    pub scalars: &'a [f64],
    /// Working memory of the size that [`Optimizer::scratch`](super::Optimizer::scratch) returns; its content is undefined.
    pub scratch: &'a mut [T],
}

impl<T: Scalar> Step<'_, T> {
    /// Updates each value on its own: `rule(w, g, slots)` returns the new value and the new slots.
    ///
    /// `N` is the number of slots of the optimizer; with another number no value changes.
    pub fn each<const N: usize>(self, rule: impl Fn(T, T, [T; N]) -> (T, [T; N]) + Sync) {
        kernels::step(self.weight, self.gradient, self.slots.get(), rule);
    }
}
