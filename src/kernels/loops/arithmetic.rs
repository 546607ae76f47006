//! The loops of several parts, which would each have a copy of them: each call of [`map`] or [`zip`] is compiled anew.

use super::elementwise::{map, zip};
use crate::kernels::Scalar;

/// Adds to each value the other with the same index.
pub(crate) fn add<T: Scalar>(values: &mut [T], others: &[T]) {
    zip(values, others, |value, other| value + other);
}

/// Multiplies each value by the other with the same index.
pub(crate) fn multiply<T: Scalar>(values: &mut [T], others: &[T]) {
    zip(values, others, |value, other| value * other);
}

/// Multiplies each value by a factor.
pub(crate) fn scale<T: Scalar>(values: &mut [T], factor: T) {
    map(values, |value| value * factor);
}

/// Divides each value by a divisor.
pub(crate) fn divide<T: Scalar>(values: &mut [T], divisor: T) {
    map(values, |value| value / divisor);
}
