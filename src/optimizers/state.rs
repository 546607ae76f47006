use super::{Optimizer, Slots, Step};
use crate::Scalar;
use crate::network::Network;
use std::sync::Arc;

/// An optimizer at work: its rule, and what it remembers.
#[derive(Debug, Clone)]
pub(crate) struct OptimizerState<T: Scalar> {
    rule: Arc<dyn Optimizer<T>>,
    /// The learning rate of the next step.
    pub(crate) learning_rate: f64,
    iterations: u64,
    /// A vector for each slot, one after the other; empty before the first step.
    slots: Vec<T>,
}

impl<T: Scalar> OptimizerState<T> {
    pub(crate) fn new(rule: Arc<dyn Optimizer<T>>) -> Self {
        let learning_rate = rule.settings().learning_rate;
        Self { rule, learning_rate, iterations: 0, slots: Vec::new() }
    }

    /// How many steps have been taken.
    pub(crate) fn iterations(&self) -> u64 {
        self.iterations
    }

    /// Moves every weight that is trained by one step.
    pub(crate) fn step(&mut self, network: &mut Network<T>, gradient: &[T]) {
        let params = network.params_len();
        self.slots.resize(params * self.rule.slots(), T::zero());
        self.iterations += 1;
        network.update(self.rule.by_weight(), |place, shape, weight| {
            self.rule.update(Step {
                number: self.iterations,
                learning_rate: T::of(self.learning_rate),
                weight,
                shape,
                gradient: &gradient[place.clone()],
                slots: Slots::new(&mut self.slots, params, place),
            });
        });
    }
}
