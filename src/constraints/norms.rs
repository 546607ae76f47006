//! Helpers of the constraints on norms.

use crate::base::{EPSILON, Error, Lines, Result};
use crate::kernels::Scalar;
use std::ops::Range;

/// The range of the limits of a norm.
pub(super) const NORM: Range<f64> = 0.0..f64::INFINITY;

/// Computes `w *= new_norm(norm) / (norm + 1e-7)` for each norm along `axis`; a weight with one axis is a single column.
pub(super) fn scale_norms<T: Scalar>(weight: &mut [T], shape: &[usize], axis: usize, new_norm: impl Fn(T) -> T) {
    let lines = Lines::along(axis, shape);
    for line in 0..lines.count {
        let indices = lines.places(line);
        let norm = indices.clone().map(|index| weight[index] * weight[index]).sum::<T>().sqrt();
        let factor = new_norm(norm) / (norm + T::of(EPSILON));
        indices.for_each(|index| weight[index] *= factor);
    }
}

/// Fails if a weight of this shape does not have the axis.
pub(super) fn check_axis(part: &str, axis: usize, shape: &[usize]) -> Result<()> {
    if axis < shape.len() {
        return Ok(());
    }
    Err(Error::argument(part, "axis", axis, format!("less than the {} axes of the weight", shape.len())))
}
