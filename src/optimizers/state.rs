use super::{Optimizer, Slots, Step};
use crate::Scalar;
use crate::network::Network;
#[cfg(feature = "keras")]
use crate::network::Tensor;
#[cfg(feature = "keras")]
use std::ops::Range;
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

    /// The rule and its arguments.
    #[cfg(feature = "keras")]
    pub(crate) fn rule(&self) -> &dyn Optimizer<T> {
        self.rule.as_ref()
    }

    /// What is remembered of the weights that are trained, in Keras' order: name, shape and values.
    #[cfg(feature = "keras")]
    pub(crate) fn variables(&self, network: &Network<T>) -> Vec<(String, Vec<usize>, Vec<T>)> {
        let params = network.params_len();
        let places = self.places(network);
        let values = |slot: usize, place: &Range<usize>| match self.slots.get(slot * params..(slot + 1) * params) {
            Some(values) => values[place.clone()].to_vec(),
            None => vec![T::zero(); place.len()],
        };
        places.map(|(slot, tensor)| (format!("slot_{slot}"), tensor.shape.clone(), values(slot, &tensor.place))).collect()
    }

    /// Takes over what [`variables`](Self::variables) listed, and the number of steps.
    #[cfg(feature = "keras")]
    pub(crate) fn set_variables(&mut self, network: &Network<T>, iterations: u64, variables: &[Vec<T>]) {
        let params = network.params_len();
        self.iterations = iterations;
        let mut slots = vec![T::zero(); params * self.rule.slots()];
        for ((slot, tensor), new) in self.places(network).zip(variables) {
            slots[slot * params..][tensor.place.clone()].copy_from_slice(new);
        }
        self.slots = slots;
    }

    /// Keras goes weight by weight through the first two slots, and then through each of the others.
    #[cfg(feature = "keras")]
    fn places<'n>(&self, network: &'n Network<T>) -> impl Iterator<Item = (usize, &'n Tensor<T>)> + use<'n, T> {
        let slots = self.rule.slots();
        let trained = || network.tensors().iter().filter(|tensor| tensor.trainable);
        let together = trained().flat_map(move |tensor| (0..slots.min(2)).map(move |slot| (slot, tensor)));
        together.chain((2..slots).flat_map(move |slot| trained().map(move |tensor| (slot, tensor))))
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
