use super::moments::{Moments, moments_arguments};
use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step};
use crate::kernels::{self, Scalar};
use crate::part::{Arguments, Describe};

/// LAMB: the steps of [`Adam`](super::Adam), scaled for each weight to the norm of the weight times the learning rate.
/// (You et al., *Large Batch Optimization for Deep Learning*, 2020; [Keras](https://keras.io/api/optimizers/lamb/))
///
/// `u = m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)`, `w -= r u norm(w) / norm(u)`, with `m` and `v` as
/// for Adam. If one of the norms is 0, their ratio is 1.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Lamb::default().learning_rate(0.01), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lamb {
    settings: Settings,
    moments: Moments,
}

impl Lamb {
    settings_arguments!(settings);
    moments_arguments!(moments);
}

impl Default for Lamb {
    /// A learning rate of 0.001.
    fn default() -> Self {
        Self { settings: Settings::new(0.001), moments: Moments::default() }
    }
}

impl Describe for Lamb {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
        self.moments.arguments(arguments);
    }
}

impl<T: Scalar> Optimizer<T> for Lamb {
    crate::part::compiled!(Optimizer<T> for Lamb);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("momentum"), Slot::new("velocity")]
    }

    fn by_weight(&self) -> bool {
        true
    }

    fn update(&self, step: Step<'_, T>) {
        let [correction_1, correction_2] = self.moments.corrections(step.number).map(T::of);
        let (rest_1, rest_2) = (T::of(1.0 - self.moments.beta_1), T::of(1.0 - self.moments.beta_2));
        let epsilon = T::of(self.moments.epsilon);
        let [m, v] = step.slots.get();
        kernels::zip(m, step.gradient, |m, g| m + (g - m) * rest_1);
        kernels::zip(v, step.gradient, |v, g| v + (g * g - v) * rest_2);
        // u = m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)
        let update = |m: T, v: T| m / correction_1 / ((v / correction_2).sqrt() + epsilon);
        let weight_norm = kernels::norm(step.weight);
        let update_norm = kernels::sum([m, v], |[m, v]| update(m, v) * update(m, v)).sqrt();
        let is_zero = weight_norm == T::zero() || update_norm == T::zero();
        let rate = step.learning_rate * if is_zero { T::one() } else { weight_norm / update_norm };
        // w -= r u norm(w) / norm(u)
        kernels::step(step.weight, m, [v], |w, m, [v]| (w - rate * update(m, v), [v]));
    }
}
