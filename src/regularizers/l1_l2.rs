//! Penalties on the size of each value of a weight.

use super::Regularizer;
use crate::kernels::{self, Scalar};
use crate::part::{Arguments, Describe};
use std::ops::Range;

/// The range of the factor of a penalty.
pub(super) const FACTOR: Range<f64> = 0.0..f64::INFINITY;

/// The penalty `l1 * sum(|w|)`, which drives small weights to zero.
/// [Keras](https://keras.io/api/layers/regularizers/#l1-class)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct L1 {
    l1: f64,
}

impl L1 {
    /// Creates a penalty with this factor, at least 0 (Keras' default is 0.01).
    pub fn new(l1: f64) -> Self {
        Self { l1 }
    }
}

impl Default for L1 {
    fn default() -> Self {
        Self::new(0.01)
    }
}

/// The penalty `l2 * sum(w^2)`, without a factor 1/2, which keeps weights small.
/// [Keras](https://keras.io/api/layers/regularizers/#l2-class)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct L2 {
    l2: f64,
}

impl L2 {
    /// Creates a penalty with this factor, at least 0 (Keras' default is 0.01).
    pub fn new(l2: f64) -> Self {
        Self { l2 }
    }
}

impl Default for L2 {
    fn default() -> Self {
        Self::new(0.01)
    }
}

/// The sum of both penalties, `l1 * sum(|w|) + l2 * sum(w^2)`.
/// [Keras](https://keras.io/api/layers/regularizers/#l1l2-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct L1L2 {
    l1: f64,
    l2: f64,
}

impl L1L2 {
    /// Creates a penalty with these factors, both at least 0 (Keras' defaults are 0).
    pub fn new(l1: f64, l2: f64) -> Self {
        Self { l1, l2 }
    }
}

impl Describe for L1 {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("l1", &mut self.l1, FACTOR);
    }
}

impl Describe for L2 {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("l2", &mut self.l2, FACTOR);
    }
}

impl Describe for L1L2 {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("l1", &mut self.l1, FACTOR);
        arguments.number("l2", &mut self.l2, FACTOR);
    }
}

impl<T: Scalar> Regularizer<T> for L1 {
    crate::part::compiled!(Regularizer<T> for L1);

    fn penalty(&self, weight: &[T], shape: &[usize]) -> T {
        L1L2::new(self.l1, 0.0).penalty(weight, shape)
    }

    fn add_gradient(&self, weight: &[T], shape: &[usize], gradient: &mut [T]) {
        L1L2::new(self.l1, 0.0).add_gradient(weight, shape, gradient);
    }
}

impl<T: Scalar> Regularizer<T> for L2 {
    crate::part::compiled!(Regularizer<T> for L2);

    fn penalty(&self, weight: &[T], shape: &[usize]) -> T {
        L1L2::new(0.0, self.l2).penalty(weight, shape)
    }

    fn add_gradient(&self, weight: &[T], shape: &[usize], gradient: &mut [T]) {
        L1L2::new(0.0, self.l2).add_gradient(weight, shape, gradient);
    }
}

impl<T: Scalar> Regularizer<T> for L1L2 {
    crate::part::compiled!(Regularizer<T> for L1L2);

    fn penalty(&self, weight: &[T], _shape: &[usize]) -> T {
        let (l1, l2) = (T::of(self.l1), T::of(self.l2));
        // The penalty is l1 sum |w| + l2 sum w^2; a factor of 0 is skipped.
        let mut penalty = T::zero();
        if self.l1 != 0.0 {
            penalty += l1 * kernels::sum([weight], |[w]| w.abs());
        }
        if self.l2 != 0.0 {
            penalty += l2 * kernels::sum([weight], |[w]| w * w);
        }
        penalty
    }

    fn add_gradient(&self, weight: &[T], _shape: &[usize], gradient: &mut [T]) {
        let (l1, l2) = (T::of(self.l1), T::of(2.0 * self.l2));
        // The gradient is l1 sign(w) + 2 l2 w; a factor of 0 is skipped.
        if self.l1 != 0.0 {
            kernels::zip(gradient, weight, |g, w| g + l1 * sign(w));
        }
        if self.l2 != 0.0 {
            kernels::zip(gradient, weight, |g, w| g + l2 * w);
        }
    }
}

/// Returns the sign of a number; that of 0 is 0. The difference of two choices is vectorised, and branches are not.
#[inline(always)]
fn sign<T: Scalar>(w: T) -> T {
    let one_if = |holds: bool| if holds { T::one() } else { T::zero() };
    one_if(w > T::zero()) - one_if(w < T::zero())
}
