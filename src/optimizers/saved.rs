//! What an optimizer remembers, as Keras lists it.

#[cfg(feature = "keras")]
use super::Optimizer;
use super::OptimizerState;
use crate::Scalar;
use crate::error::{Error, Result};
#[cfg(feature = "keras")]
use crate::network::Network;
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

/// Where it is.
enum Place {
    Iteration,
    LearningRate,
    Average(Range<usize>),
    Gathered(Range<usize>),
    Slot(Range<usize>),
    Scalar(usize),
    /// Keras has a 0 there, and we nothing.
    Nothing,
}

impl<T: Scalar> OptimizerState<T> {
    /// The rule and its arguments.
    #[cfg(feature = "keras")]
    pub(crate) fn rule(&self) -> &dyn Optimizer<T> {
        self.rule.as_ref()
    }

    /// The same, with memory for the weights of a network.
    #[cfg(feature = "keras")]
    pub(crate) fn built_for(&self, network: &Network<T>) -> Self {
        let mut built = self.clone();
        if self.variables.is_empty() {
            built.build_for(&mut network.clone());
        }
        built
    }

    /// All that is remembered, in Keras' order: `iteration`, `learning_rate`, then for each weight its average and its
    /// gathered gradient, then the slots weight by weight, then what is remembered once.
    ///
    /// Before the memory is made only the first two are there.
    pub(crate) fn saved(&self) -> Vec<SavedVariable> {
        let value = |place: &Place| match place {
            Place::Iteration => vec![self.batches as f64],
            Place::LearningRate => vec![self.learning_rate],
            Place::Average(place) => self.averages[place.clone()].iter().map(|value| value.to_f64()).collect(),
            Place::Gathered(place) => self.gathered[place.clone()].iter().map(|value| value.to_f64()).collect(),
            Place::Slot(place) => self.slots[place.clone()].iter().map(|value| value.to_f64()).collect(),
            Place::Scalar(number) => vec![self.scalars[*number]],
            Place::Nothing => vec![0.0],
        };
        self.places().into_iter().map(|(name, shape, place)| SavedVariable { name, shape, values: value(&place) }).collect()
    }

    /// Puts back what [`saved`](Self::saved) gave, for the same weights; names do not matter.
    ///
    /// # Errors
    ///
    /// Another number of variables, or another shape: nothing has changed then.
    pub(crate) fn restore(&mut self, saved: &[SavedVariable]) -> Result<()> {
        let places = self.places();
        let what = || format!("what {} remembers", self.rule.name());
        if saved.len() != places.len() {
            let (expected, found) = (format!("{} variables", places.len()), saved.len().to_string());
            return Err(Error::Weights { what: what(), expected, found });
        }
        for ((name, shape, _), saved) in places.iter().zip(saved) {
            if *shape != saved.shape || saved.values.len() != shape.iter().product::<usize>() {
                let what = format!("{} (`{name}`)", what());
                let found = format!("{:?} with {} values", saved.shape, saved.values.len());
                return Err(Error::Weights { what, expected: format!("{shape:?}"), found });
            }
        }
        for ((_, _, place), saved) in places.into_iter().zip(saved) {
            let copy = |to: &mut [T]| to.iter_mut().zip(&saved.values).for_each(|(to, &value)| *to = T::of(value));
            match place {
                // a number that is not a count of steps becomes the nearest that is
                Place::Iteration => self.batches = saved.values[0] as u64,
                Place::LearningRate => self.learning_rate = saved.values[0],
                Place::Average(place) => copy(&mut self.averages[place]),
                Place::Gathered(place) => copy(&mut self.gathered[place]),
                Place::Slot(place) => copy(&mut self.slots[place]),
                Place::Scalar(number) => self.scalars[number] = saved.values[0],
                Place::Nothing => {}
            }
        }
        Ok(())
    }

    fn places(&self) -> Vec<(String, Vec<usize>, Place)> {
        let mut places = vec![("iteration".to_string(), Vec::new(), Place::Iteration)];
        if !self.is_scheduled() {
            places.push(("learning_rate".to_string(), Vec::new(), Place::LearningRate));
        }
        for (variable, place) in &self.variables {
            let name = |what| format!("{}_{what}", variable.path.replace('/', "_"));
            if !self.averages.is_empty() {
                places.push((name("average"), variable.shape.clone(), Place::Average(place.clone())));
            }
            if !self.gathered.is_empty() {
                places.push((name("gradient_accumulator"), variable.shape.clone(), Place::Gathered(place.clone())));
            }
        }
        self.add_slots(&mut places);
        if !self.variables.is_empty() {
            let scalars = 0..self.scalars.len();
            places.extend(scalars.map(|number| (format!("variable_{number}"), Vec::new(), Place::Scalar(number))));
        }
        places
    }

    /// Adds the slots, those that go together weight by weight.
    fn add_slots(&self, places: &mut Vec<(String, Vec<usize>, Place)>) {
        let slots = self.rule.slots();
        let params = self.slots.len() / slots.len().max(1);
        let mut first = 0;
        for group in slots.chunk_by(|_, next| !next.apart) {
            for (variable, place) in &self.variables {
                for (number, slot) in (first..).zip(group) {
                    let Some(shape) = self.rule.saved_shape(number, variable) else { continue };
                    let start = number * params + place.start;
                    let size = shape.iter().product::<usize>();
                    let is_slot = !shape.is_empty() || variable.shape.is_empty();
                    let saved = if is_slot { Place::Slot(start..start + size.min(place.len())) } else { Place::Nothing };
                    places.push((format!("{}_{}", variable.path.replace('/', "_"), slot.name), shape, saved));
                }
            }
            first += group.len();
        }
    }
}
