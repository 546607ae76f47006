use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step};
use crate::kernels::Scalar;
use crate::optimizers::moments::power;
use crate::part::{Arguments, Describe};
use std::ops::Bound;

/// Schedule-free AdamW: needs no learning rate schedule, because the weights are an interpolation between the iterates of
/// Adam and their mean.
/// (Defazio et al., *The Road Less Scheduled*, 2024; [Keras](https://keras.io/api/optimizers/schedule_free_adamw/))
///
/// `v = b2 v + (1 - b2) g^2`, `z -= r g / (sqrt(v / (1 - b2^t)) + eps)`, `x = (1 - 1/t) x + z / t`, and the weight is
/// `w = (1 - b1) z + b1 x`; `z` and `x` start at the weight. The learning rate of the first
/// `warmup_steps` is `r t / warmup_steps`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(ScheduleFreeAdamW::default().learning_rate(0.01), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ScheduleFreeAdamW {
    settings: Settings,
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    warmup_steps: usize,
}

impl ScheduleFreeAdamW {
    settings_arguments!(settings);

    /// The share of the mean `x` in the weights, above 0 and at most 1 (default 0.9).
    pub fn beta_1(mut self, beta_1: f64) -> Self {
        self.beta_1 = beta_1;
        self
    }

    /// The decay factor of the mean squared gradient, from 0 to below 1 (default 0.999).
    pub fn beta_2(mut self, beta_2: f64) -> Self {
        self.beta_2 = beta_2;
        self
    }

    /// A small number that keeps the divisor above 0, at least 0 (default 1e-8).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// The number of steps in which the learning rate rises to its full value (default 0: no warmup).
    pub fn warmup_steps(mut self, warmup_steps: usize) -> Self {
        self.warmup_steps = warmup_steps;
        self
    }
}

impl Default for ScheduleFreeAdamW {
    /// A learning rate of 0.0025.
    fn default() -> Self {
        Self { settings: Settings::new(0.0025), beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, warmup_steps: 0 }
    }
}

impl Describe for ScheduleFreeAdamW {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
        arguments.number("beta_1", &mut self.beta_1, (Bound::Excluded(0.0), Bound::Included(1.0)));
        arguments.number("beta_2", &mut self.beta_2, 0.0..1.0);
        arguments.number("epsilon", &mut self.epsilon, 0.0..f64::INFINITY);
        arguments.count("warmup_steps", &mut self.warmup_steps, 0..);
    }
}

impl<T: Scalar> Optimizer<T> for ScheduleFreeAdamW {
    crate::part::compiled!(Optimizer<T> for ScheduleFreeAdamW);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("momentum").starting_at_the_weight(), Slot::new("velocity")]
    }

    fn update(&self, step: Step<'_, T>) {
        let t = step.number as f64;
        let warmup = if self.warmup_steps == 0 { 1.0 } else { (t / self.warmup_steps as f64).min(1.0) };
        let rate = step.learning_rate * T::of(warmup);
        let (correction, rest_2) = (T::of(1.0 - power(self.beta_2, step.number)), T::of(1.0 - self.beta_2));
        let (beta_1, rest_1, epsilon) = (T::of(self.beta_1), T::of(1.0 - self.beta_1), T::of(self.epsilon));
        let (share, kept) = (T::of(1.0 / t), T::of(1.0 - 1.0 / t));
        step.each(|w, g, [z, v]| {
            let v = v + (g * g - v) * rest_2;
            // The mean x follows from the weight: w = (1 - b1) z + b1 x.
            let x = (w - rest_1 * z) / beta_1;
            let z = z - rate * g / ((v / correction).sqrt() + epsilon);
            let x = kept * x + share * z;
            (rest_1 * z + beta_1 * x, [z, v])
        });
    }
}
