use super::{Backward, Layer, Plan, Tape, Weights};
use crate::kernels;
use crate::saving::{Arguments, Describe};
use crate::{Batch, BatchMut, Result, Scalar, Shape};

/// In training, sets each input to 0 with probability `rate` and multiplies the others by `1 / (1 - rate)`; otherwise
/// passes its inputs on. Works against overfitting. (Srivastava et al., *Dropout*, 2014;
/// [Keras](https://keras.io/api/layers/regularization_layers/dropout/))
///
/// Its randomness is that of the model, so a seeded model drops the same inputs each time.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dropout::new(0.5));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![3.0, 4.0])?, dmatrix![3.0, 4.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    rate: f64,
}

impl Dropout {
    /// The share of inputs to drop, from 0 to below 1.
    pub fn new(rate: f64) -> Self {
        Self { rate }
    }
}

impl Describe for Dropout {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("rate", &mut self.rate, 0.0..1.0);
    }
}

impl<T: Scalar> Layer<T> for Dropout {
    fn plan(&self, input: &Shape) -> Result<Plan<T>> {
        Ok(Plan::new(input.clone()).scratch(input.width()))
    }

    fn infer(&self, _weights: Weights<'_, T>, x: Batch<'_, T>, mut y: BatchMut<'_, T>) {
        y.values().copy_from_slice(x.values());
    }

    fn forward(&self, _params: &[T], x: Batch<'_, T>, mut y: BatchMut<'_, T>, tape: Tape<'_, T>) {
        y.values().copy_from_slice(x.values());
        let kept = T::of(1.0 / (1.0 - self.rate));
        tape.rng.fill_either(tape.scratch, self.rate, [T::zero(), kept]);
        kernels::zip(y.values(), tape.scratch, |y, factor| y * factor);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        if let Some(mut dx) = pass.dx {
            dx.values().copy_from_slice(pass.dy.values());
            kernels::zip(dx.values(), pass.scratch, |d, factor| d * factor);
        }
    }
}
