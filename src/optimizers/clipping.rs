//! Gradient clipping.

use super::{OptimizerState, Settings};
use crate::kernels::{self, Scalar};

impl<T: Scalar> OptimizerState<T> {
    /// Clips the gradient by `clipnorm`, `global_clipnorm` or `clipvalue`; NaN stays NaN.
    #[inline(always)]
    pub(crate) fn clip(&self, gradient: &mut [T]) {
        let Settings { clipnorm, clipvalue, global_clipnorm, .. } = &self.settings;
        if clipnorm.is_some() || clipvalue.is_some() || global_clipnorm.is_some() {
            self.clip_by_settings(gradient);
        }
    }

    #[inline(never)] // few trainings clip, and inlined it makes the step of all others larger
    fn clip_by_settings(&self, gradient: &mut [T]) {
        let Settings { clipnorm, clipvalue, global_clipnorm, .. } = &self.settings;
        let ranges = || self.weights.iter().map(|weight| weight.range.clone());
        if let Some(limit) = clipnorm.map(T::of) {
            for range in ranges() {
                let norm = kernels::norm(&gradient[range.clone()]);
                shorten(&mut gradient[range], norm, limit);
            }
        }
        if let Some(limit) = global_clipnorm.map(T::of) {
            let norm = ranges().map(|range| kernels::norm(&gradient[range])).fold(T::zero(), hypot);
            for piece in &self.pieces {
                shorten(&mut gradient[piece.range.clone()], norm, limit);
            }
        }
        if let Some(limit) = clipvalue.map(T::of) {
            // `clamp` is not used, because it panics if the limit is NaN.
            let clip = |g: T| {
                if g > limit {
                    limit
                } else if g < -limit {
                    -limit
                } else {
                    g
                }
            };
            self.pieces.iter().for_each(|piece| kernels::map(&mut gradient[piece.range.clone()], clip));
        }
    }
}

/// Scales `gradient` by `limit / norm` if `norm` exceeds `limit`; `norm` may be that of a larger gradient.
fn shorten<T: Scalar>(gradient: &mut [T], norm: T, limit: T) {
    if norm <= limit {
        return;
    }
    // The direction of a gradient with an infinite norm is unknown, so the result is NaN and not 0.
    let scale = if norm.is_finite() { limit / norm } else { T::of(f64::NAN) };
    kernels::scale(gradient, scale);
}

/// Computes `sqrt(a^2 + b^2)` without an overflow of the squares.
fn hypot<T: Scalar>(a: T, b: T) -> T {
    let (long, short) = if a > b { (a, b) } else { (b, a) };
    if long == T::zero() { long + short } else { long * (T::one() + (short / long) * (short / long)).sqrt() }
}
