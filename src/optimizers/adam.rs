use super::moments::{Moments, moments_arguments};
use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// Adam: computes each step from the running means of the gradient and of its square.
/// (Kingma and Ba, *Adam: A Method for Stochastic Optimization*, 2015; [Keras](https://keras.io/api/optimizers/adam/))
///
/// `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`, `w -= a m / (sqrt(v) + eps)` with
/// `a = r sqrt(1 - b2^t) / (1 - b1^t)` for step `t`, counted from 1. As in Keras, `eps` is not multiplied by the
/// correction.
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
#[derive(Debug, Clone)]
pub struct Adam {
    settings: Settings,
    moments: Moments,
    amsgrad: bool,
}

impl Adam {
    settings_arguments!(settings);
    moments_arguments!(moments);

    /// True to divide by the largest mean squared gradient so far (default: false).
    /// (Reddi et al., *On the Convergence of Adam and Beyond*, 2018)
    pub fn amsgrad(mut self, amsgrad: bool) -> Self {
        self.amsgrad = amsgrad;
        self
    }
}

impl Default for Adam {
    /// A learning rate of 0.001.
    fn default() -> Self {
        Self { settings: Settings::new(0.001), moments: Moments::default(), amsgrad: false }
    }
}

impl Describe for Adam {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
        self.moments.arguments(arguments);
        arguments.flag("amsgrad", &mut self.amsgrad);
    }
}

impl<T: Scalar> Optimizer<T> for Adam {
    crate::part::compiled!(Optimizer<T> for Adam);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        let largest = self.amsgrad.then(|| Slot::new("velocity_hat").apart());
        [Slot::new("momentum"), Slot::new("velocity")].into_iter().chain(largest).collect()
    }

    fn update(&self, step: Step<'_, T>) {
        let [correction_1, correction_2] = self.moments.corrections(step.number);
        // a = r sqrt(1 - b2^t) / (1 - b1^t)
        let rate = step.learning_rate * T::of(correction_2.sqrt() / correction_1);
        let (rest_1, rest_2) = (T::of(1.0 - self.moments.beta_1), T::of(1.0 - self.moments.beta_2));
        let epsilon = T::of(self.moments.epsilon);
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

/// [`Adam`] with a weight decay of 0.004: `w -= r d w` before each step. The decay does not enter the running means.
/// (Loshchilov and Hutter, *Decoupled Weight Decay Regularization*, 2019; [Keras](https://keras.io/api/optimizers/adamw/))
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(AdamW::default().weight_decay(0.01), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct AdamW {
    adam: Adam,
}

impl AdamW {
    settings_arguments!(adam.settings);
    moments_arguments!(adam.moments);

    /// True to divide by the largest mean squared gradient so far (default: false); see [`Adam::amsgrad`].
    pub fn amsgrad(mut self, amsgrad: bool) -> Self {
        self.adam.amsgrad = amsgrad;
        self
    }
}

impl Default for AdamW {
    /// A learning rate of 0.001 and a weight decay of 0.004.
    fn default() -> Self {
        Self { adam: Adam::default().weight_decay(0.004) }
    }
}

impl Describe for AdamW {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.adam.arguments(arguments);
    }
}

impl<T: Scalar> Optimizer<T> for AdamW {
    crate::part::compiled!(Optimizer<T> for AdamW);

    fn settings(&self) -> &Settings {
        &self.adam.settings
    }

    fn slots(&self) -> Vec<Slot> {
        Optimizer::<T>::slots(&self.adam)
    }

    fn update(&self, step: Step<'_, T>) {
        self.adam.update(step);
    }
}
