use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// Adadelta: scales each gradient by the ratio of the recent step sizes to the recent gradient sizes.
/// (Zeiler, *ADADELTA: An Adaptive Learning Rate Method*, 2012; [Keras](https://keras.io/api/optimizers/adadelta/))
///
/// `v = rho v + (1 - rho) g^2`, `s = g sqrt(d + eps) / sqrt(v + eps)`, `d = rho d + (1 - rho) s^2`, `w -= r s`. The paper
/// uses a learning rate of 1.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Adadelta::default().learning_rate(1.0), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Adadelta {
    settings: Settings,
    rho: f64,
    epsilon: f64,
}

impl Adadelta {
    settings_arguments!(settings);

    /// The decay factor of the running means, from 0 to 1 (default 0.95).
    pub fn rho(mut self, rho: f64) -> Self {
        self.rho = rho;
        self
    }

    /// A small number that makes the first step differ from 0, at least 0 (default 1e-7).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }
}

impl Default for Adadelta {
    /// A learning rate of 0.001.
    fn default() -> Self {
        Self { settings: Settings::new(0.001), rho: 0.95, epsilon: crate::base::EPSILON }
    }
}

impl Describe for Adadelta {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
        arguments.number("rho", &mut self.rho, 0.0..=1.0);
        arguments.number("epsilon", &mut self.epsilon, 0.0..f64::INFINITY);
    }
}

impl<T: Scalar> Optimizer<T> for Adadelta {
    crate::part::compiled!(Optimizer<T> for Adadelta);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("accumulated_grad"), Slot::new("accumulated_delta_var")]
    }

    fn update(&self, step: Step<'_, T>) {
        let (rate, epsilon) = (step.learning_rate, T::of(self.epsilon));
        let (rho, rest) = (T::of(self.rho), T::of(1.0 - self.rho));
        step.each(|w, g, [v, d]| {
            // s = g sqrt(d + eps) / sqrt(v + eps), w -= r s
            let v = rho * v + rest * g * g;
            let s = (d + epsilon).sqrt() * g / (v + epsilon).sqrt();
            (w - rate * s, [v, rho * d + rest * s * s])
        });
    }
}
