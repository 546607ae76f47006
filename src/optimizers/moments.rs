//! The arguments that Adam and its variants share.

use crate::part::Arguments;

/// The decay factors of the running means of the gradient and of its square, and the small number in the divisor.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    pub(super) beta_1: f64,
    pub(super) beta_2: f64,
    pub(super) epsilon: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { beta_1: 0.9, beta_2: 0.999, epsilon: crate::base::EPSILON }
    }
}

impl Moments {
    pub(super) fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("beta_1", &mut self.beta_1, 0.0..1.0);
        arguments.number("beta_2", &mut self.beta_2, 0.0..1.0);
        arguments.number("epsilon", &mut self.epsilon, 0.0..f64::INFINITY);
    }

    /// `1 - b1^t` and `1 - b2^t`, which correct the bias of running means that start at 0, after `t` steps.
    pub(super) fn corrections(&self, t: u64) -> [f64; 2] {
        powers([self.beta_1, self.beta_2], t).map(|power| 1.0 - power)
    }
}

/// Computes `base^exponent` by repeated squaring.
pub(super) fn power(base: f64, exponent: u64) -> f64 {
    let [power] = powers([base], exponent);
    power
}

/// Computes `base^exponent` for several bases at once, which takes as long as for one and speeds up small models.
fn powers<const N: usize>(mut bases: [f64; N], mut exponent: u64) -> [f64; N] {
    let mut powers = [1.0; N];
    while exponent > 0 {
        let is_odd = exponent % 2 == 1;
        for (power, base) in powers.iter_mut().zip(&mut bases) {
            *power *= if is_odd { *base } else { 1.0 };
            *base *= *base;
        }
        exponent /= 2;
    }
    powers
}

/// Defines the setters for the [`Moments`] in the given field of an optimizer.
macro_rules! moments_arguments {
    ($($field:ident).+) => {
        /// The decay factor of the mean gradient, from 0 to below 1 (default 0.9).
        pub fn beta_1(mut self, beta_1: f64) -> Self {
            self.$($field).+.beta_1 = beta_1;
            self
        }

        /// The decay factor of the mean squared gradient, from 0 to below 1 (default 0.999).
        pub fn beta_2(mut self, beta_2: f64) -> Self {
            self.$($field).+.beta_2 = beta_2;
            self
        }

        /// A small number that keeps the divisor above 0, at least 0 (default 1e-7).
        pub fn epsilon(mut self, epsilon: f64) -> Self {
            self.$($field).+.epsilon = epsilon;
            self
        }
    };
}
pub(super) use moments_arguments;
