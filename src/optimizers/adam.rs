use super::settings::settings_arguments;
use super::{Optimizer, Settings, Step};
use crate::Scalar;
use crate::saving::{Arguments, Describe};

/// Steps scaled by running means of the gradient and of its square.
/// (Kingma and Ba, *Adam: A Method for Stochastic Optimization*, 2015; [Keras](https://keras.io/api/optimizers/adam/))
///
/// `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`, `w -= a m / (sqrt(v) + eps)` with
/// `a = r sqrt(1 - b2^t) / (1 - b1^t)` for step `t`, counted from 1. As in Keras `eps` is not part of the correction.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Adam::default().learning_rate(0.01).beta_2(0.99), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    settings: Settings,
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    amsgrad: bool,
}

impl Adam {
    settings_arguments!();

    /// How much of the mean gradient a step keeps, from 0 to below 1 (default 0.9).
    pub fn beta_1(mut self, beta_1: f64) -> Self {
        self.beta_1 = beta_1;
        self
    }

    /// How much of the mean squared gradient a step keeps, from 0 to below 1 (default 0.999).
    pub fn beta_2(mut self, beta_2: f64) -> Self {
        self.beta_2 = beta_2;
        self
    }

    /// What keeps the divisor from 0, at least 0 (default 1e-7).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// Whether to divide by the largest mean squared gradient so far (default: false).
    /// (Reddi et al., *On the Convergence of Adam and Beyond*, 2018)
    pub fn amsgrad(mut self, amsgrad: bool) -> Self {
        self.amsgrad = amsgrad;
        self
    }
}

impl Default for Adam {
    /// A learning rate of 0.001.
    fn default() -> Self {
        Self { settings: Settings::new(0.001), beta_1: 0.9, beta_2: 0.999, epsilon: crate::EPSILON, amsgrad: false }
    }
}

impl Describe for Adam {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
        arguments.number("beta_1", &mut self.beta_1, 0.0..1.0);
        arguments.number("beta_2", &mut self.beta_2, 0.0..1.0);
        arguments.number("epsilon", &mut self.epsilon, 0.0..f64::INFINITY);
        arguments.flag("amsgrad", &mut self.amsgrad);
    }
}

impl<T: Scalar> Optimizer<T> for Adam {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> usize {
        if self.amsgrad { 3 } else { 2 }
    }

    fn update(&self, step: Step<'_, T>) {
        let t = step.number as f64;
        // a = r sqrt(1 - b2^t) / (1 - b1^t)
        let correction = (1.0 - self.beta_2.powf(t)).sqrt() / (1.0 - self.beta_1.powf(t));
        let rate = step.learning_rate * T::of(correction);
        let (rest_1, rest_2) = (T::of(1.0 - self.beta_1), T::of(1.0 - self.beta_2));
        let epsilon = T::of(self.epsilon);
        // m += (g - m)(1 - b1), v += (g^2 - v)(1 - b2), w -= a m / (sqrt(v) + eps)
        let moments = |g: T, m: T, v: T| (m + (g - m) * rest_1, v + (g * g - v) * rest_2);
        if self.amsgrad {
            step.each(|w, g, [m, v, largest]| {
                let (m, v) = moments(g, m, v);
                let largest = if v > largest { v } else { largest };
                (w - rate * m / (largest.sqrt() + epsilon), [m, v, largest])
            });
        } else {
            step.each(|w, g, [m, v]| {
                let (m, v) = moments(g, m, v);
                (w - rate * m / (v.sqrt() + epsilon), [m, v])
            });
        }
    }
}
