use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// Adagrad: divides each gradient by the root of the sum of its squares so far.
/// (Duchi et al., *Adaptive Subgradient Methods for Online Learning*, 2011; [Keras](https://keras.io/api/optimizers/adagrad/))
///
/// `v = v + g^2`, `w -= r g / sqrt(v + eps)`, where `v` starts at 0.1.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Adagrad::default().learning_rate(0.1), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Adagrad {
    settings: Settings,
    initial_accumulator_value: f64,
    epsilon: f64,
}

impl Adagrad {
    settings_arguments!(settings);

    /// The initial value of the sum of squares, at least 0 (default 0.1).
    pub fn initial_accumulator_value(mut self, initial_accumulator_value: f64) -> Self {
        self.initial_accumulator_value = initial_accumulator_value;
        self
    }

    /// A small number that keeps the divisor above 0, at least 0 (default 1e-7).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }
}

impl Default for Adagrad {
    /// A learning rate of 0.001.
    fn default() -> Self {
        Self { settings: Settings::new(0.001), initial_accumulator_value: 0.1, epsilon: crate::base::EPSILON }
    }
}

impl Describe for Adagrad {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
        arguments.number("initial_accumulator_value", &mut self.initial_accumulator_value, 0.0..f64::INFINITY);
        arguments.number("epsilon", &mut self.epsilon, 0.0..f64::INFINITY);
    }
}

impl<T: Scalar> Optimizer<T> for Adagrad {
    crate::part::compiled!(Optimizer<T> for Adagrad);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("accumulator").starting_at(self.initial_accumulator_value)]
    }

    fn update(&self, step: Step<'_, T>) {
        let (rate, epsilon) = (step.learning_rate, T::of(self.epsilon));
        // v += g^2, w -= r g / sqrt(v + eps)
        step.each(|w, g, [v]| {
            let v = v + g * g;
            (w - rate * g / (v + epsilon).sqrt(), [v])
        });
    }
}
