use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// RMSprop: divides each gradient by the root of a running mean of its square.
/// (Hinton, *Neural Networks for Machine Learning*, lecture 6, 2012; [Keras](https://keras.io/api/optimizers/rmsprop/))
///
/// `v = rho v + (1 - rho) g^2`, `d = r g / sqrt(v + eps)`, `w -= d`; with momentum `b = m b + d`, `w -= b`. With
/// `centered`, the square of a running mean of the gradient is subtracted from `v` before the division.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(RmsProp::default().learning_rate(0.01).momentum(0.9), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "RMSprop")]
pub struct RmsProp {
    settings: Settings,
    rho: f64,
    momentum: f64,
    epsilon: f64,
    centered: bool,
}

impl RmsProp {
    settings_arguments!(settings);

    /// The decay factor of the running means, from 0 to 1 (default 0.9).
    pub fn rho(mut self, rho: f64) -> Self {
        self.rho = rho;
        self
    }

    /// The share of the previous step in the next one, from 0 (default) to 1.
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// A small number that keeps the divisor above 0, at least 0 (default 1e-7).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// True to divide by the standard deviation of the gradient instead of its root mean square (default: false).
    pub fn centered(mut self, centered: bool) -> Self {
        self.centered = centered;
        self
    }
}

impl Default for RmsProp {
    /// A learning rate of 0.001.
    fn default() -> Self {
        Self { settings: Settings::new(0.001), rho: 0.9, momentum: 0.0, epsilon: crate::base::EPSILON, centered: false }
    }
}

impl Describe for RmsProp {
    fn class_name(&self) -> &'static str {
        "RMSprop"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
        arguments.number("rho", &mut self.rho, 0.0..=1.0);
        arguments.number("momentum", &mut self.momentum, 0.0..=1.0);
        arguments.number("epsilon", &mut self.epsilon, 0.0..f64::INFINITY);
        arguments.flag("centered", &mut self.centered);
    }
}

impl<T: Scalar> Optimizer<T> for RmsProp {
    crate::part::compiled!(Optimizer<T> for RmsProp);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        let momentum = (self.momentum > 0.0).then(|| Slot::new("momentum").apart());
        let mean = self.centered.then(|| Slot::new("average_gradient").apart());
        std::iter::once(Slot::new("velocity")).chain(momentum).chain(mean).collect()
    }

    fn update(&self, step: Step<'_, T>) {
        let (rate, momentum, epsilon) = (step.learning_rate, T::of(self.momentum), T::of(self.epsilon));
        let (rho, rest) = (T::of(self.rho), T::of(1.0 - self.rho));
        let mean = |old: T, new: T| rho * old + rest * new;
        // d = r g / sqrt(v + eps)
        let scaled = |g: T, v: T| rate * g / (v + epsilon).sqrt();
        match (self.momentum > 0.0, self.centered) {
            (false, false) => step.each(|w, g, [v]| {
                let v = mean(v, g * g);
                (w - scaled(g, v), [v])
            }),
            (true, false) => step.each(|w, g, [v, b]| {
                let v = mean(v, g * g);
                let b = momentum * b + scaled(g, v);
                (w - b, [v, b])
            }),
            (false, true) => step.each(|w, g, [v, a]| {
                let (v, a) = (mean(v, g * g), mean(a, g));
                (w - scaled(g, v - a * a), [v, a])
            }),
            (true, true) => step.each(|w, g, [v, b, a]| {
                let (v, a) = (mean(v, g * g), mean(a, g));
                let b = momentum * b + scaled(g, v - a * a);
                (w - b, [v, b, a])
            }),
        }
    }
}
