//! Sorting of lists of any type.

use std::cmp::Ordering;

/// Returns the numbers `0..count` in the order of what they stand for; equals keep their order.
///
/// A sort is a large function, and each type with its comparison would have one of its own.
pub(super) fn ordered(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&one, &other| compare(one, other));
    order
}
