//! Dropout layers, which replace random inputs in training.

use crate::base::{Error, Result, Shape};
use crate::kernels;
use crate::kernels::Scalar;
use crate::layers::{Backward, Forward, Infer, Layer, Plan, pass_on, seed_argument};
use crate::optimizers::Schedule;
use crate::part::{Arguments, Choice, Describe, IntoPart};

/// In training, sets each input to 0 with probability `rate` and multiplies the others by `1 / (1 - rate)`, which reduces
/// overfitting. In prediction the layer returns its inputs. (Srivastava et al., *Dropout*, 2014;
/// [Keras](https://keras.io/api/layers/regularization_layers/dropout/))
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dropout::new(0.5).seed(42));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![3.0, 4.0])?, dmatrix![3.0, 4.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dropout {
    rate: f64,
    schedule: Option<Choice<dyn Schedule>>,
    seed: Option<u64>,
}

/// In training, replaces each input with probability `rate` by the value that [`Selu`] approaches for very negative inputs.
/// All values are then scaled and shifted, so that inputs with mean 0 and variance 1 keep both. In prediction the layer
/// returns its inputs.
/// (Klambauer et al., *Self-Normalizing Neural Networks*, 2017;
/// [Keras](https://keras.io/api/layers/regularization_layers/alpha_dropout/))
///
/// The output is `y = a * x + b`, or `y = a * alpha + b` for a dropped input, with `alpha = -1.7580993408473766`,
/// `a = 1 / sqrt((1 - rate) * (1 + rate * alpha^2))` and `b = -a * rate * alpha`.
///
/// [`Selu`]: https://keras.io/api/layers/activations/#selu-function
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(AlphaDropout::new(0.1));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![3.0, 4.0])?, dmatrix![3.0, 4.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlphaDropout {
    rate: f64,
    seed: Option<u64>,
}

/// The value that the activation `selu` approaches for very negative inputs: minus its scale times its alpha.
const SATURATED: f64 = -1.050_700_987_355_480_5 * 1.673_263_242_354_377_2;

impl Dropout {
    /// Creates a layer that drops this share of its inputs, from 0 to below 1.
    pub fn new(rate: f64) -> Self {
        Self { rate, schedule: None, seed: None }
    }

    /// Sets a schedule by share of the training whose value, from 0 to 1, multiplies the rate (default: none).
    ///
    /// With `FlatCosine::new(1.0)` the rate is constant for the first half of a training and then falls to 0. Building the
    /// model fails for a schedule of steps, since a layer does not know the number of the step. In `train_on_batch` the factor
    /// is that at the beginning of a training.
    pub fn schedule<Marker>(mut self, schedule: impl IntoPart<dyn Schedule, Marker>) -> Self {
        self.schedule = Some(schedule.into_part());
        self
    }

    seed_argument!();

    /// Returns the rate at a share of the training that is done.
    fn rate_at(&self, share: f64) -> f64 {
        let factor = self.schedule.as_ref().and_then(|schedule| schedule.get().ok()?.rate_by_share(share));
        self.rate * factor.unwrap_or(1.0).clamp(0.0, 1.0)
    }
}

impl AlphaDropout {
    /// Creates a layer that drops this share of its inputs, from 0 to below 1.
    pub fn new(rate: f64) -> Self {
        Self { rate, seed: None }
    }

    seed_argument!();
}

impl Describe for Dropout {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("rate", &mut self.rate, 0.0..1.0);
        arguments.part_unless_none("schedule", &mut self.schedule);
        arguments.seed("seed", &mut self.seed);
    }
}

impl Describe for AlphaDropout {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("rate", &mut self.rate, 0.0..1.0);
        arguments.seed("seed", &mut self.seed);
    }
}

impl<T: Scalar> Layer<T> for Dropout {
    crate::part::compiled!(Layer<T> for Dropout);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        if let Some(schedule) = &self.schedule {
            let schedule = schedule.get()?;
            if schedule.rate_by_share(0.0).is_none() {
                let allowed = "a schedule by share of the training, such as FlatCosine, since a layer does not know the step";
                return Err(Error::argument("Dropout", "schedule", schedule.spec(), allowed));
            }
        }
        Ok(Plan::new(inputs[0].clone()).scratch(inputs[0].width()).seed(self.seed))
    }

    fn infer(&self, pass: Infer<'_, T>) {
        pass_on(pass);
    }

    fn forward(&self, mut pass: Forward<'_, T>) {
        pass_on(pass.as_infer());
        if !pass.training {
            return pass.scratch.fill(T::one());
        }
        let rate = self.rate_at(pass.progress);
        pass.rng.fill_either(pass.scratch, rate, [T::zero(), T::of(1.0 / (1.0 - rate))]);
        kernels::multiply(pass.output.values(), pass.scratch);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        scale_back(pass);
    }
}

impl<T: Scalar> Layer<T> for AlphaDropout {
    crate::part::compiled!(Layer<T> for AlphaDropout);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        Ok(Plan::new(inputs[0].clone()).scratch(inputs[0].width()).seed(self.seed))
    }

    fn infer(&self, pass: Infer<'_, T>) {
        pass_on(pass);
    }

    fn forward(&self, mut pass: Forward<'_, T>) {
        pass_on(pass.as_infer());
        if !pass.training {
            return pass.scratch.fill(T::one());
        }
        let kept = ((1.0 - self.rate) * (1.0 + self.rate * SATURATED * SATURATED)).sqrt().recip();
        let shift = -kept * self.rate * SATURATED;
        pass.rng.fill_either(pass.scratch, self.rate, [T::zero(), T::of(kept)]);
        let (dropped, shift) = (T::of(kept * SATURATED + shift), T::of(shift));
        // Multiplying by 0 keeps a NaN, which replacing the value would hide.
        kernels::zip(pass.output.values(), pass.scratch, |y, factor| {
            y * factor + if factor == T::zero() { dropped } else { shift }
        });
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        scale_back(pass);
    }
}

/// The backward pass of layers that multiply their inputs by the factors in the scratch memory.
pub(super) fn scale_back<T: Scalar>(pass: &mut Backward<'_, T>) {
    let (dy, factors) = (pass.output_gradient.values(), pass.scratch);
    pass.input_gradients.write(0, |mut dx| {
        dx.values().copy_from_slice(dy);
        kernels::multiply(dx.values(), factors);
    });
}
