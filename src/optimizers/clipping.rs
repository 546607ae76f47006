//! Shortens gradients that are too long.

use super::{OptimizerState, Settings};
use crate::kernels::{self, Scalar};

impl<T: Scalar> OptimizerState<T> {
    /// Clips the gradient as the settings say; a value that is NaN or infinite stays so.
    pub(crate) fn clip(&self, gradient: &mut [T]) {
        let Settings { clipnorm, clipvalue, global_clipnorm, .. } = &self.settings;
        let ranges = || self.weights.iter().map(|weight| weight.range.clone());
        if let Some(bound) = clipnorm.map(T::of) {
            for range in ranges() {
                let norm = kernels::norm(&gradient[range.clone()]);
                shorten(&mut gradient[range], norm, bound);
            }
        }
        if let Some(bound) = global_clipnorm.map(T::of) {
            let norm = ranges().map(|range| kernels::norm(&gradient[range])).fold(T::zero(), hypot);
            for piece in &self.pieces {
                shorten(&mut gradient[piece.range.clone()], norm, bound);
            }
        }
        if let Some(bound) = clipvalue.map(T::of) {
            // not `clamp`, which panics for a bound that is NaN
            let clip = |g: T| {
                if g > bound {
                    bound
                } else if g < -bound {
                    -bound
                } else {
                    g
                }
            };
            self.pieces.iter().for_each(|piece| kernels::map(&mut gradient[piece.range.clone()], clip));
        }
    }
}

/// Scales a gradient, or a part of one, so that the norm of the whole, `norm`, becomes at most `bound`.
fn shorten<T: Scalar>(gradient: &mut [T], norm: T, bound: T) {
    if norm <= bound {
        return;
    }
    // an infinite norm says nothing of the direction: the result is NaN, and not 0
    let scale = if norm.is_finite() { bound / norm } else { T::of(f64::NAN) };
    kernels::map(gradient, |g| g * scale);
}

/// `sqrt(a^2 + b^2)` without an overflow of the squares.
fn hypot<T: Scalar>(a: T, b: T) -> T {
    let (long, short) = if a > b { (a, b) } else { (b, a) };
    if long == T::zero() { long + short } else { long * (T::one() + (short / long) * (short / long)).sqrt() }
}
