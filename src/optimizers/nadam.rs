use super::moments::{Moments, moments_arguments, power};
use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// [`Adam`](super::Adam) with Nesterov's momentum.
/// (Dozat, *Incorporating Nesterov Momentum into Adam*, 2016; [Keras](https://keras.io/api/optimizers/Nadam/))
///
/// With `u_t = b1 (1 - 0.96^t / 2)` and `p_t` the product of `u_1` to `u_t`:
/// `m' = u_{t+1} m / (1 - p_{t+1}) + (1 - u_t) g / (1 - p_t)`, `w -= r m' / (sqrt(v / (1 - b2^t)) + eps)`, with `m`
/// and `v` as for Adam.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Nadam::default().learning_rate(0.01), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Nadam {
    settings: Settings,
    moments: Moments,
}

impl Nadam {
    settings_arguments!(settings);
    moments_arguments!(moments);

    /// The momentum of step `t`, `u_t = b1 (1 - 0.96^t / 2)`.
    fn momentum(&self, t: u64) -> f64 {
        self.moments.beta_1 * (1.0 - 0.5 * power(0.96, t))
    }
}

impl Default for Nadam {
    /// A learning rate of 0.001.
    fn default() -> Self {
        Self { settings: Settings::new(0.001), moments: Moments::default() }
    }
}

impl Describe for Nadam {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
        self.moments.arguments(arguments);
    }
}

impl<T: Scalar> Optimizer<T> for Nadam {
    crate::part::compiled!(Optimizer<T> for Nadam);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("momentum"), Slot::new("velocity")]
    }

    /// The initial value of the product of the momenta of all steps.
    fn scalars(&self) -> Vec<f64> {
        vec![1.0]
    }

    fn begin(&self, number: u64, scalars: &mut [f64]) {
        scalars.iter_mut().for_each(|product| *product *= self.momentum(number));
    }

    fn update(&self, step: Step<'_, T>) {
        let [_, correction] = self.moments.corrections(step.number);
        let (current, next) = (self.momentum(step.number), self.momentum(step.number + 1));
        let product = step.scalars.first().copied().unwrap_or(1.0);
        let (mean_factor, gradient_factor) = (T::of(next / (1.0 - product * next)), T::of((1.0 - current) / (1.0 - product)));
        let (rest_1, rest_2) = (T::of(1.0 - self.moments.beta_1), T::of(1.0 - self.moments.beta_2));
        let (rate, correction, epsilon) = (step.learning_rate, T::of(correction), T::of(self.moments.epsilon));
        step.each(|w, g, [m, v]| {
            let (m, v) = (m + (g - m) * rest_1, v + (g * g - v) * rest_2);
            // m' = u_{t+1} m / (1 - p_{t+1}) + (1 - u_t) g / (1 - p_t), w -= r m' / (sqrt(v / (1 - b2^t)) + eps)
            let mean = mean_factor * m + gradient_factor * g;
            (w - rate * mean / ((v / correction).sqrt() + epsilon), [m, v])
        });
    }
}
