use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};
use std::ops::Bound;

/// Lion: takes steps of constant size in the direction of the sign of a running mean of the gradient.
/// (Chen et al., *Symbolic Discovery of Optimization Algorithms*, 2023; [Keras](https://keras.io/api/optimizers/lion/))
///
/// `w -= r sign(b1 m + (1 - b1) g)`, then `m = b2 m + (1 - b2) g`; the sign of 0 is 0.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Lion::default().learning_rate(0.01), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lion {
    settings: Settings,
    beta_1: f64,
    beta_2: f64,
}

impl Lion {
    settings_arguments!(settings);

    /// The share of the running mean in the direction of a step, above 0 and at most 1 (default 0.9).
    pub fn beta_1(mut self, beta_1: f64) -> Self {
        self.beta_1 = beta_1;
        self
    }

    /// The decay factor of the running mean, from 0 to 1 (default 0.99).
    pub fn beta_2(mut self, beta_2: f64) -> Self {
        self.beta_2 = beta_2;
        self
    }
}

impl Default for Lion {
    /// A learning rate of 0.001.
    fn default() -> Self {
        Self { settings: Settings::new(0.001), beta_1: 0.9, beta_2: 0.99 }
    }
}

impl Describe for Lion {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
        arguments.number("beta_1", &mut self.beta_1, (Bound::Excluded(0.0), Bound::Included(1.0)));
        arguments.number("beta_2", &mut self.beta_2, 0.0..=1.0);
    }
}

impl<T: Scalar> Optimizer<T> for Lion {
    crate::part::compiled!(Optimizer<T> for Lion);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("momentum")]
    }

    fn update(&self, step: Step<'_, T>) {
        let rate = step.learning_rate;
        let [beta_1, rest_1, beta_2, rest_2] = [self.beta_1, 1.0 - self.beta_1, self.beta_2, 1.0 - self.beta_2].map(T::of);
        step.each(|w, g, [m]| {
            let direction = m * beta_1 + g * rest_1;
            // The sign of 0 is 0, and NaN stays NaN.
            let sign = if direction > T::zero() {
                T::one()
            } else if direction < T::zero() {
                -T::one()
            } else {
                direction
            };
            (w - rate * sign, [m * beta_2 + g * rest_2])
        });
    }
}
