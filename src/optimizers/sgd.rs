use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// Gradient descent on batches, optionally with momentum or Nesterov's momentum.
/// [Keras](https://keras.io/api/optimizers/sgd/)
///
/// `w -= r g`; with momentum `v = m v - r g` and `w += v`; with Nesterov's momentum `w += m v - r g`, where `v` is the new one.
/// If one batch holds all data, this is plain gradient descent.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Sgd::default().learning_rate(0.1).momentum(0.9).nesterov(true), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "SGD")]
pub struct Sgd {
    settings: Settings,
    momentum: f64,
    nesterov: bool,
}

impl Sgd {
    settings_arguments!(settings);

    /// The share of the previous step in the next one, from 0 (default) to 1.
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// True to use Nesterov's momentum (default: false). It has no effect if `momentum` is 0.
    pub fn nesterov(mut self, nesterov: bool) -> Self {
        self.nesterov = nesterov;
        self
    }
}

impl Default for Sgd {
    /// A learning rate of 0.01 and no momentum.
    fn default() -> Self {
        Self { settings: Settings::new(0.01), momentum: 0.0, nesterov: false }
    }
}

impl Describe for Sgd {
    fn class_name(&self) -> &'static str {
        "SGD"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
        arguments.number("momentum", &mut self.momentum, 0.0..=1.0);
        arguments.flag("nesterov", &mut self.nesterov);
    }
}

impl<T: Scalar> Optimizer<T> for Sgd {
    crate::part::compiled!(Optimizer<T> for Sgd);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        (self.momentum != 0.0).then(|| Slot::new("momentum")).into_iter().collect()
    }

    fn update(&self, step: Step<'_, T>) {
        let (rate, momentum) = (step.learning_rate, T::of(self.momentum));
        if self.momentum == 0.0 {
            // w -= r g
            step.each(|w, g, []| (w - rate * g, []));
        } else if self.nesterov {
            // v = m v - r g, w += m v - r g
            step.each(|w, g, [v]| {
                let v = momentum * v - rate * g;
                (w + momentum * v - rate * g, [v])
            });
        } else {
            // v = m v - r g, w += v
            step.each(|w, g, [v]| {
                let v = momentum * v - rate * g;
                (w + v, [v])
            });
        }
    }
}
