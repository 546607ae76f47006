//! The variables of an optimizer, in the order of Keras' `optimizer.variables`.

use super::{OptimizerState, Slot, TrainedWeight};
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use std::ops::Range;

/// A copy of a variable of an optimizer, with the name and shape that Keras uses for it.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedVariable {
    /// Keras' name, e.g. `dense_kernel_momentum`.
    pub name: String,
    /// The shape; empty for a single number.
    pub shape: Vec<usize>,
    /// The values; the last axis varies fastest.
    pub values: Vec<f64>,
}

/// A variable of an optimizer, with the name and shape that Keras uses for it.
pub(crate) struct Memory {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) item: Item,
    /// The range of its values in the vector that holds them; unused for a single number.
    range: Range<usize>,
}

/// The kinds of variables of an optimizer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Item {
    /// The number of batches so far.
    Iteration,
    LearningRate,
    /// The average of a weight.
    Average,
    /// The accumulated gradient of a weight.
    Accumulated,
    /// A slot of a weight, by the indices of both.
    Slot {
        slot: usize,
        weight: usize,
    },
    /// A number that is stored once for all weights.
    Scalar(usize),
    /// A variable that only Keras has; its value is 0.
    Nothing,
}

/// A variable of an optimizer, borrowed for reading.
pub(crate) enum Lent<'a, T> {
    Number(f64),
    Values(&'a [T]),
}

/// A variable of an optimizer, borrowed for writing.
pub(crate) enum LentMut<'a, T> {
    Number(&'a mut f64),
    Values(&'a mut [T]),
}

impl<T: Scalar> OptimizerState<T> {
    /// Lists the variables in Keras' order: `iteration`, `learning_rate`, the average and the accumulated gradient of each
    /// weight, the slots weight by weight, and last the numbers that are stored once for all weights.
    ///
    /// Before [`build`](Self::build), only the first two exist.
    pub(crate) fn memories(&self) -> Vec<Memory> {
        self.memories_in(&(0..self.weights.len()).collect::<Vec<_>>())
    }

    /// Lists the variables as [`memories`](Self::memories) does, with the weights in this order.
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
        let uses = |slot: usize, weight: &TrainedWeight| self.rule.uses_slot(slot, &weight.variable);
        add_slots(&self.rule.slots(), &uses, self.slots.len(), &weights, &mut memories);
        if !self.weights.is_empty() {
            memories.extend((0..self.scalars.len()).map(|scalar| number(&format!("variable_{scalar}"), Item::Scalar(scalar))));
        }
        memories
    }

    /// Borrows a variable for reading.
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

    /// Passes a variable to `write`, which overwrites it.
    ///
    /// # Errors
    ///
    /// The error of `write`.
    pub(crate) fn overwrite_memory(&mut self, memory: &Memory, write: impl FnOnce(LentMut<'_, T>) -> Result<()>) -> Result<()> {
        let range = memory.range.clone();
        match memory.item {
            Item::Iteration => {
                let mut batches = self.batches as f64;
                write(LentMut::Number(&mut batches))?;
                // A number that is not a valid count becomes the nearest valid count.
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

    /// Copies all variables.
    pub(crate) fn saved(&self) -> Vec<SavedVariable> {
        let values = |memory: &Memory| match self.lend(memory) {
            Lent::Number(number) => vec![number],
            Lent::Values(values) => values.iter().map(|value| value.to_f64()).collect(),
        };
        let memories = self.memories().into_iter();
        memories.map(|memory| SavedVariable { values: values(&memory), name: memory.name, shape: memory.shape }).collect()
    }

    /// Restores the variables that [`saved`](Self::saved) returned for the same weights; names are not compared.
    ///
    /// # Errors
    ///
    /// The number of variables or a shape differs. Nothing has changed then.
    pub(crate) fn restore(&mut self, saved: &[SavedVariable]) -> Result<()> {
        let memories = self.memories();
        let what = || format!("variables of the optimizer {}", self.rule.name());
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

/// Adds the slots weight by weight; a slot that is [`apart`](super::Slot::apart) begins a new pass over the weights.
fn add_slots(
    slots: &[Slot],
    uses: &dyn Fn(usize, &TrainedWeight) -> bool,
    values: usize,
    weights: &[&TrainedWeight],
    memories: &mut Vec<Memory>,
) {
    let params = values / slots.len().max(1);
    let mut first = 0;
    for group in slots.chunk_by(|_, next| !next.apart) {
        for (weight, trained) in weights.iter().enumerate() {
            let TrainedWeight { variable, range, .. } = trained;
            for (number, slot) in (first..).zip(group).filter(|(number, _)| uses(*number, trained)) {
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
