//! The arguments that Adam and its kin share.

use crate::part::Arguments;

/// How much the running means of gradients and of their squares keep.
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

    /// `1 - b1^t` and `1 - b2^t`: what share of running means that started at 0 is made of gradients after `t` steps.
    pub(super) fn corrections(&self, t: u64) -> [f64; 2] {
        powers([self.beta_1, self.beta_2], t).map(|power| 1.0 - power)
    }
}

/// `base^exponent` by squaring.
pub(super) fn power(base: f64, exponent: u64) -> f64 {
    let [power] = powers([base], exponent);
    power
}

/// `base^exponent` of several bases side by side, which takes as long as one: a small model would see the difference.
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

/// Gives an optimizer with [`Moments`] in the field named the setters for them.
macro_rules! moments_arguments {
    ($($field:ident).+) => {
        /// How much of the mean gradient a step keeps, from 0 to below 1 (default 0.9).
        pub fn beta_1(mut self, beta_1: f64) -> Self {
            self.$($field).+.beta_1 = beta_1;
            self
        }

        /// How much of the mean squared gradient a step keeps, from 0 to below 1 (default 0.999).
        pub fn beta_2(mut self, beta_2: f64) -> Self {
            self.$($field).+.beta_2 = beta_2;
            self
        }

        /// What keeps the divisor from 0, at least 0 (default 1e-7).
        pub fn epsilon(mut self, epsilon: f64) -> Self {
            self.$($field).+.epsilon = epsilon;
            self
        }
    };
}
pub(super) use moments_arguments;
