//! What the constraints on norms share.

use crate::base::{EPSILON, Error, Lines, Result};
use crate::kernels::Scalar;
use std::ops::Range;

/// What a norm may be bounded by.
pub(super) const NORM: Range<f64> = 0.0..f64::INFINITY;

/// `w *= wanted(norm) / (norm + 1e-7)` for the norm along `axis`; a weight with one axis counts as one column.
pub(super) fn scale_norms<T: Scalar>(weight: &mut [T], shape: &[usize], axis: usize, wanted: impl Fn(T) -> T) {
    let lines = Lines::along(axis, shape);
    for line in 0..lines.count {
        let places = lines.places(line);
        let norm = places.clone().map(|place| weight[place] * weight[place]).sum::<T>().sqrt();
        let factor = wanted(norm) / (norm + T::of(EPSILON));
        places.for_each(|place| weight[place] *= factor);
    }
}

pub(super) fn check_axis(part: &str, axis: usize, shape: &[usize]) -> Result<()> {
    if axis < shape.len() {
        return Ok(());
    }
    Err(Error::argument(part, "axis", axis, format!("less than the {} axes of the weight", shape.len())))
}
