//! What an optimizer remembers, listed in the order of Keras' `optimizer.variables`.

use super::{OptimizerState, TrainedWeight};
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use std::ops::Range;

/// Something that an optimizer remembers, with Keras' name and shape for it.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedVariable {
    /// Keras' name, e.g. `dense_kernel_momentum`.
    pub name: String,
    /// The shape; a single number has none.
    pub shape: Vec<usize>,
    /// The values, the last axis running fastest.
    pub values: Vec<f64>,
}

/// A part of what an optimizer remembers, with Keras' name and shape for it.
pub(crate) struct Memory {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) item: Item,
    /// Where its values lie in their vector, if they are values.
    range: Range<usize>,
}

/// Which part of what an optimizer remembers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Item {
    /// How many batches there were.
    Iteration,
    LearningRate,
    /// The average of a weight.
    Average,
    /// The accumulated gradient of a weight.
    Accumulated,
    /// A slot of a weight, by the numbers of both.
    Slot {
        slot: usize,
        weight: usize,
    },
    /// One of the numbers that are remembered once for all weights.
    Scalar(usize),
    /// Keras has a 0 there, and we nothing.
    Nothing,
}

/// What is remembered, lent to be read.
pub(crate) enum Lent<'a, T> {
    Number(f64),
    Values(&'a [T]),
}

/// What is remembered, lent to be overwritten.
pub(crate) enum LentMut<'a, T> {
    Number(&'a mut f64),
    Values(&'a mut [T]),
}

impl<T: Scalar> OptimizerState<T> {
    /// What is remembered, in Keras' order: `iteration`, `learning_rate`, then for each weight its average and its
    /// accumulated gradient, then the slots weight by weight, then what is remembered once.
    ///
    /// Before the memory is made only the first two are there.
    pub(crate) fn memories(&self) -> Vec<Memory> {
        self.memories_in(&(0..self.weights.len()).collect::<Vec<_>>())
    }

    /// What is remembered, as [`memories`](Self::memories) lists it, with the weights in this order.
    pub(crate) fn memories_in(&self, order: &[usize]) -> Vec<Memory> {
        let weights: Vec<&TrainedWeight> = order.iter().filter_map(|&weight| self.weights.get(weight)).collect();
        let number = |name: &str, item| Memory { name: name.to_string(), shape: Vec::new(), item, range: 0..0 };
        let mut memories = vec![number("iteration", Item::Iteration)];
        if !self.is_scheduled() {
            memories.push(number("learning_rate", Item::LearningRate));
        }
        for TrainedWeight { variable, range, .. } in &weights {
            let mut push = |what, item| {
                let name = format!("{}_{what}", variable.path.replace('/', "_"));
                memories.push(Memory { name, shape: variable.shape.clone(), item, range: range.clone() });
            };
            if !self.averages.is_empty() {
                push("average", Item::Average);
            }
            if !self.accumulated.is_empty() {
                push("gradient_accumulator", Item::Accumulated);
            }
        }
        self.add_slots(&weights, &mut memories);
        if !self.weights.is_empty() {
            memories.extend((0..self.scalars.len()).map(|scalar| number(&format!("variable_{scalar}"), Item::Scalar(scalar))));
        }
        memories
    }

    /// Adds the slots, those that go together weight by weight.
    fn add_slots(&self, weights: &[&TrainedWeight], memories: &mut Vec<Memory>) {
        let slots = self.rule.slots();
        let params = self.slots.len() / slots.len().max(1);
        let mut first = 0;
        for group in slots.chunk_by(|_, next| !next.apart) {
            for (weight, TrainedWeight { variable, range, .. }) in weights.iter().enumerate() {
                for (number, slot) in (first..).zip(group).filter(|(number, _)| self.rule.uses_slot(*number, variable)) {
                    let name = format!("{}_{}", variable.path.replace('/', "_"), slot.name);
                    let start = number * params + range.start;
                    let (shape, item) = match slot.shape(&variable.shape) {
                        Some(shape) => (shape, Item::Slot { slot: number, weight }),
                        None => (Vec::new(), Item::Nothing),
                    };
                    let size = shape.iter().product::<usize>().min(range.len());
                    memories.push(Memory { name, shape, item, range: start..start + size });
                }
            }
            first += group.len();
        }
    }

    /// Lends a part of what is remembered.
    pub(crate) fn lend(&self, memory: &Memory) -> Lent<'_, T> {
        let range = memory.range.clone();
        match memory.item {
            Item::Iteration => Lent::Number(self.batches as f64),
            Item::LearningRate => Lent::Number(self.settings.learning_rate),
            Item::Average => Lent::Values(&self.averages[range]),
            Item::Accumulated => Lent::Values(&self.accumulated[range]),
            Item::Slot { .. } => Lent::Values(&self.slots[range]),
            Item::Scalar(number) => Lent::Number(self.scalars[number]),
            Item::Nothing => Lent::Number(0.0),
        }
    }

    /// Lets a part of what is remembered be overwritten.
    ///
    /// # Errors
    ///
    /// That of `write`.
    pub(crate) fn overwrite_memory(&mut self, memory: &Memory, write: impl FnOnce(LentMut<'_, T>) -> Result<()>) -> Result<()> {
        let range = memory.range.clone();
        match memory.item {
            Item::Iteration => {
                let mut batches = self.batches as f64;
                write(LentMut::Number(&mut batches))?;
                // a number that is not a count of steps becomes the nearest that is
                self.batches = batches as u64;
                Ok(())
            }
            Item::LearningRate => write(LentMut::Number(&mut self.settings.learning_rate)),
            Item::Average => write(LentMut::Values(&mut self.averages[range])),
            Item::Accumulated => write(LentMut::Values(&mut self.accumulated[range])),
            Item::Slot { .. } => write(LentMut::Values(&mut self.slots[range])),
            Item::Scalar(number) => write(LentMut::Number(&mut self.scalars[number])),
            Item::Nothing => write(LentMut::Number(&mut 0.0)),
        }
    }

    /// Copies of what is remembered.
    pub(crate) fn saved(&self) -> Vec<SavedVariable> {
        let values = |memory: &Memory| match self.lend(memory) {
            Lent::Number(number) => vec![number],
            Lent::Values(values) => values.iter().map(|value| value.to_f64()).collect(),
        };
        let memories = self.memories().into_iter();
        memories.map(|memory| SavedVariable { values: values(&memory), name: memory.name, shape: memory.shape }).collect()
    }

    /// Puts back what [`saved`](Self::saved) gave, for the same weights; names do not matter.
    ///
    /// # Errors
    ///
    /// Another number of variables, or another shape: nothing has changed then.
    pub(crate) fn restore(&mut self, saved: &[SavedVariable]) -> Result<()> {
        let memories = self.memories();
        let what = || format!("what {} remembers", self.rule.name());
        if saved.len() != memories.len() {
            let (expected, found) = (format!("{} variables", memories.len()), saved.len().to_string());
            return Err(Error::Weights { what: what(), expected, found });
        }
        for (Memory { name, shape, .. }, saved) in memories.iter().zip(saved) {
            if *shape != saved.shape || saved.values.len() != shape.iter().product::<usize>() {
                let what = format!("{} (`{name}`)", what());
                let found = format!("{:?} with {} values", saved.shape, saved.values.len());
                return Err(Error::Weights { what, expected: format!("{shape:?}"), found });
            }
        }
        for (memory, SavedVariable { values, .. }) in memories.iter().zip(saved) {
            self.overwrite_memory(memory, |to| {
                match to {
                    LentMut::Number(number) => *number = values[0],
                    LentMut::Values(to) => to.iter_mut().zip(values).for_each(|(to, &value)| *to = T::of(value)),
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}
