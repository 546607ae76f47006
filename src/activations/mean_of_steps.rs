use super::Activation;
use crate::base::{Batch, BatchMut, Result, Shape};
use crate::kernels::Scalar;
use crate::part::Describe;

/// The mean along the first axis of a sample: `[steps, features]` becomes `[features]`.
///
/// It is an activation so that a loss of the single steps can leave it out, as a loss of logits leaves out a softmax.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MeanOfSteps {
    /// True if the axis stays, with extent 1.
    pub(crate) keepdims: bool,
}

impl MeanOfSteps {
    /// Returns the number of steps and the number of values in each, of samples of this shape.
    fn sizes(shape: &Shape) -> (usize, usize) {
        let steps = shape.dims().first().copied().unwrap_or(1).max(1);
        (steps, shape.width() / steps)
    }
}

impl Describe for MeanOfSteps {}

impl<T: Scalar> Activation<T> for MeanOfSteps {
    crate::part::compiled!(Activation<T> for MeanOfSteps);

    fn apply(&self, mut z: BatchMut<'_, T>) {
        let (steps, size) = Self::sizes(z.shape());
        let (count, share) = (z.count(), T::of(steps as f64).recip());
        let z = z.values();
        // The loop runs forward, so that no value is overwritten before it is read.
        for sample in 0..count {
            let (sums, rest) = z[sample * steps * size..(sample + 1) * steps * size].split_at_mut(size);
            rest.chunks_exact(size).for_each(|step| sums.iter_mut().zip(step).for_each(|(sum, &value)| *sum += value));
            sums.iter_mut().for_each(|sum| *sum *= share);
            z.copy_within(sample * steps * size..sample * steps * size + size, sample * size);
        }
    }

    fn backprop(&self, seen: Batch<'_, T>, mut gradient: BatchMut<'_, T>) {
        let (steps, size) = Self::sizes(gradient.shape());
        let (count, share) = (seen.count(), T::of(steps as f64).recip());
        let gradient = gradient.values();
        // The loops run backward, so that no value is overwritten before it is read.
        for sample in (0..count).rev() {
            for step in (0..steps).rev() {
                gradient.copy_within(sample * size..(sample + 1) * size, (sample * steps + step) * size);
            }
        }
        gradient.iter_mut().for_each(|value| *value *= share);
    }

    fn output(&self, pre_activation: &Shape) -> Result<Shape> {
        let rest = pre_activation.dims().get(1..).unwrap_or_default();
        Ok(if self.keepdims { [&[1], rest].concat().into() } else { rest.into() })
    }
}
