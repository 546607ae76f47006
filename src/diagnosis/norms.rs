//! Norms of many values, in several sums, so that they take little of the time of a training.

use crate::kernels::Scalar;

/// The number of sums; the order of the additions does not depend on the machine.
const SUMS: usize = 8;

/// Returns the L2 norm.
pub(super) fn norm<T: Scalar>(values: &[T]) -> f64 {
    squares(values.len(), |place| values[place].to_f64()).sqrt()
}

/// Returns the L2 norm of the difference of two vectors.
pub(super) fn distance<T: Scalar>(one: &[T], other: &[T]) -> f64 {
    let count = one.len().min(other.len());
    let (one, other) = (&one[..count], &other[..count]);
    squares(count, |place| (one[place] - other[place]).to_f64()).sqrt()
}

#[inline]
fn squares(count: usize, value: impl Fn(usize) -> f64) -> f64 {
    let mut sums = [0.0; SUMS];
    let whole = count / SUMS * SUMS;
    for first in (0..whole).step_by(SUMS) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            let value = value(first + lane);
            *sum += value * value;
        }
    }
    let rest: f64 = (whole..count).map(|place| value(place) * value(place)).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_are_those_of_the_definition() {
        let values: Vec<f64> = (0..21).map(f64::from).collect();
        assert_eq!(norm(&values), 2870.0_f64.sqrt());
        assert_eq!(distance(&values, &values.iter().map(|value| value + 2.0).collect::<Vec<_>>()), 84.0_f64.sqrt());
        assert_eq!(norm::<f64>(&[]), 0.0);
    }
}
