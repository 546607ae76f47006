use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// Follow the regularized leader: computes the weights from the sum of all gradients; with `l1` many weights are exactly 0.
/// (McMahan et al., *Ad Click Prediction: a View from the Trenches*, 2013; [Keras](https://keras.io/api/optimizers/ftrl/))
///
/// With `p = -learning_rate_power`: `n' = n + g^2`, `z = z + g + 2 s w - (n'^p - n^p) / r w`,
/// `w = (clip(z, -l1, l1) - z) / (n'^p / r + 2 l2 + beta / r)`, `n = n'`, where `s` is the shrinkage. `z` starts at 0, so
/// the first step discards the initial weight. A learning rate of 0 changes no weight, and a weight whose divisor is 0 does
/// not change.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Ftrl::default().learning_rate(0.1).l1_regularization_strength(0.01), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ftrl {
    settings: Settings,
    learning_rate_power: f64,
    initial_accumulator_value: f64,
    l1_regularization_strength: f64,
    l2_regularization_strength: f64,
    l2_shrinkage_regularization_strength: f64,
    beta: f64,
}

impl Ftrl {
    settings_arguments!(settings);

    /// The exponent by which the learning rate decreases with the sum of squares, at most 0 (default -0.5); 0 keeps it constant.
    pub fn learning_rate_power(mut self, learning_rate_power: f64) -> Self {
        self.learning_rate_power = learning_rate_power;
        self
    }

    /// The initial value of the sum of squares, at least 0 (default 0.1).
    pub fn initial_accumulator_value(mut self, initial_accumulator_value: f64) -> Self {
        self.initial_accumulator_value = initial_accumulator_value;
        self
    }

    /// The factor of the L1 penalty on the weights, at least 0 (default 0).
    pub fn l1_regularization_strength(mut self, l1_regularization_strength: f64) -> Self {
        self.l1_regularization_strength = l1_regularization_strength;
        self
    }

    /// The factor of the L2 penalty on the weights, at least 0 (default 0).
    pub fn l2_regularization_strength(mut self, l2_regularization_strength: f64) -> Self {
        self.l2_regularization_strength = l2_regularization_strength;
        self
    }

    /// The factor of the L2 shrinkage `s`, which adds `2 s w` to the gradient, at least 0 (default 0).
    pub fn l2_shrinkage_regularization_strength(mut self, l2_shrinkage_regularization_strength: f64) -> Self {
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength;
        self
    }

    /// The `beta` of the paper, at least 0 (default 0).
    pub fn beta(mut self, beta: f64) -> Self {
        self.beta = beta;
        self
    }

    fn follow<T: Scalar>(&self, step: Step<'_, T>, power: impl Fn(T) -> T + Sync) {
        let rate = step.learning_rate;
        if rate == T::zero() {
            return;
        }
        let (l1, shrinkage) = (T::of(self.l1_regularization_strength), T::of(2.0 * self.l2_shrinkage_regularization_strength));
        let curvature = T::of(2.0 * self.l2_regularization_strength) + T::of(self.beta) / rate;
        step.each(|w, g, [n, z]| {
            let new_n = n + g * g;
            // z += g + 2 s w - (n'^p - n^p) / r w
            let z = z + g + shrinkage * w - (power(new_n) - power(n)) / rate * w;
            let divisor = power(new_n) / rate + curvature;
            // w = (clip(z, -l1, l1) - z) / (n'^p / r + 2 l2 + beta / r)
            let clipped = if z > l1 {
                l1
            } else if z < -l1 {
                -l1
            } else {
                z
            };
            (if divisor == T::zero() { w } else { (clipped - z) / divisor }, [new_n, z])
        });
    }
}

impl Default for Ftrl {
    /// A learning rate of 0.001.
    fn default() -> Self {
        Self {
            settings: Settings::new(0.001),
            learning_rate_power: -0.5,
            initial_accumulator_value: 0.1,
            l1_regularization_strength: 0.0,
            l2_regularization_strength: 0.0,
            l2_shrinkage_regularization_strength: 0.0,
            beta: 0.0,
        }
    }
}

impl Describe for Ftrl {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        let finite = 0.0..f64::INFINITY;
        self.settings.arguments(arguments);
        arguments.number("learning_rate_power", &mut self.learning_rate_power, f64::MIN..=0.0);
        arguments.number("initial_accumulator_value", &mut self.initial_accumulator_value, finite.clone());
        arguments.number("l1_regularization_strength", &mut self.l1_regularization_strength, finite.clone());
        arguments.number("l2_regularization_strength", &mut self.l2_regularization_strength, finite.clone());
        let shrinkage = &mut self.l2_shrinkage_regularization_strength;
        arguments.number("l2_shrinkage_regularization_strength", shrinkage, finite.clone());
        arguments.number("beta", &mut self.beta, finite);
    }
}

impl<T: Scalar> Optimizer<T> for Ftrl {
    crate::part::compiled!(Optimizer<T> for Ftrl);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("accumulator").starting_at(self.initial_accumulator_value), Slot::new("linear")]
    }

    fn update(&self, step: Step<'_, T>) {
        if self.learning_rate_power == -0.5 {
            self.follow(step, |n| n.sqrt());
        } else {
            let exponent = T::of(-self.learning_rate_power);
            self.follow(step, |n| n.powf(exponent));
        }
    }
}
