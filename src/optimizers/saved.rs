//! What an optimizer remembers, as Keras lists it.

#[cfg(feature = "keras")]
use super::Optimizer;
use super::{OptimizerState, TrainedWeight};
use crate::base::{Error, Result};
use crate::kernels::Scalar;
#[cfg(feature = "keras")]
use std::borrow::Cow;
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

/// The same, still where it is.
pub(crate) enum Kept<'a, T> {
    Number(f64),
    Values(&'a [T]),
}

/// The same, to be overwritten.
pub(crate) enum KeptMut<'a, T> {
    Number(&'a mut f64),
    Values(&'a mut [T]),
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

    /// The same, with memory for these weights.
    #[cfg(feature = "keras")]
    pub(crate) fn built_for(&self, weights: impl FnOnce() -> Vec<TrainedWeight>, params: &[T]) -> Cow<'_, Self> {
        let mut state = Cow::Borrowed(self);
        if !self.is_built() {
            state.to_mut().build(weights(), params);
        }
        state
    }

    /// All that is remembered, in Keras' order: `iteration`, `learning_rate`, then for each weight its average and its
    /// gathered gradient, then the slots weight by weight, then what is remembered once.
    ///
    /// Before the memory is made only the first two are there.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (String, Vec<usize>, Kept<'_, T>)> {
        self.places().into_iter().map(|(name, shape, place)| {
            let kept = match place {
                Place::Iteration => Kept::Number(self.batches as f64),
                Place::LearningRate => Kept::Number(self.learning_rate),
                Place::Average(place) => Kept::Values(&self.averages[place]),
                Place::Gathered(place) => Kept::Values(&self.accumulated[place]),
                Place::Slot(place) => Kept::Values(&self.slots[place]),
                Place::Scalar(number) => Kept::Number(self.scalars[number]),
                Place::Nothing => Kept::Number(0.0),
            };
            (name, shape, kept)
        })
    }

    /// Copies of what is [`kept`](Self::kept).
    pub(crate) fn saved(&self) -> Vec<SavedVariable> {
        let values = |kept: Kept<'_, T>| match kept {
            Kept::Number(number) => vec![number],
            Kept::Values(values) => values.iter().map(|value| value.to_f64()).collect(),
        };
        self.kept().map(|(name, shape, kept)| SavedVariable { name, shape, values: values(kept) }).collect()
    }

    /// Lets all that is [`kept`](Self::kept) be overwritten, each variable by its number, name and shape.
    ///
    /// # Errors
    ///
    /// That of `write`, which ends the walk.
    pub(crate) fn replace(&mut self, mut write: impl FnMut(usize, &str, &[usize], KeptMut<'_, T>) -> Result<()>) -> Result<()> {
        for (number, (name, shape, place)) in self.places().into_iter().enumerate() {
            let mut write = |kept: KeptMut<'_, T>| write(number, &name, &shape, kept);
            match place {
                Place::Iteration => {
                    let mut batches = self.batches as f64;
                    write(KeptMut::Number(&mut batches))?;
                    // a number that is not a count of steps becomes the nearest that is
                    self.batches = batches as u64;
                }
                Place::LearningRate => write(KeptMut::Number(&mut self.learning_rate))?,
                Place::Average(place) => write(KeptMut::Values(&mut self.averages[place]))?,
                Place::Gathered(place) => write(KeptMut::Values(&mut self.accumulated[place]))?,
                Place::Slot(place) => write(KeptMut::Values(&mut self.slots[place]))?,
                Place::Scalar(scalar) => write(KeptMut::Number(&mut self.scalars[scalar]))?,
                Place::Nothing => write(KeptMut::Number(&mut 0.0))?,
            }
        }
        Ok(())
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
        self.replace(|number, _, _, kept| {
            let values = &saved[number].values;
            match kept {
                KeptMut::Number(number) => *number = values[0],
                KeptMut::Values(to) => to.iter_mut().zip(values).for_each(|(to, &value)| *to = T::of(value)),
            }
            Ok(())
        })
    }

    fn places(&self) -> Vec<(String, Vec<usize>, Place)> {
        let mut places = vec![("iteration".to_string(), Vec::new(), Place::Iteration)];
        if !self.is_scheduled() {
            places.push(("learning_rate".to_string(), Vec::new(), Place::LearningRate));
        }
        for TrainedWeight { variable, range: place, .. } in &self.weights {
            let name = |what| format!("{}_{what}", variable.path.replace('/', "_"));
            if !self.averages.is_empty() {
                places.push((name("average"), variable.shape.clone(), Place::Average(place.clone())));
            }
            if !self.accumulated.is_empty() {
                places.push((name("gradient_accumulator"), variable.shape.clone(), Place::Gathered(place.clone())));
            }
        }
        self.add_slots(&mut places);
        if !self.weights.is_empty() {
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
            for TrainedWeight { variable, range: place, .. } in &self.weights {
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
