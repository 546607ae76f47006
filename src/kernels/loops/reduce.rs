//! Sums over the values of slices.

// An index is used for the same value of several slices.
#![allow(clippy::needless_range_loop)]

use crate::kernels::scalar::Scalar;
use crate::kernels::simd::dispatch::{Kernel, dispatch};

/// The number of partial sums, so that an addition need not wait for the previous one.
const LANES: usize = 32;

/// Sums `f` over the values with the same index in slices of the same length.
pub(crate) fn sum<T: Scalar, const N: usize>(slices: [&[T]; N], f: impl Fn([T; N]) -> T) -> T {
    let mut total = T::zero();
    dispatch(Sum { slices, f, total: &mut total });
    total
}

/// Returns the Euclidean norm, even of values whose squares are too large for the number type.
pub(crate) fn norm<T: Scalar>(values: &[T]) -> T {
    let squares = sum([values], |[value]| value * value);
    if squares.is_finite() {
        return squares.sqrt();
    }
    let largest = values.iter().fold(T::zero(), |largest, value| if value.abs() > largest { value.abs() } else { largest });
    largest * sum([values], |[value]| (value / largest) * (value / largest)).sqrt()
}

struct Sum<'a, T, F, const N: usize> {
    slices: [&'a [T]; N],
    f: F,
    total: &'a mut T,
}

impl<T: Scalar, const N: usize, F: Fn([T; N]) -> T> Kernel for Sum<'_, T, F, N> {
    #[inline(always)]
    fn run(self) {
        let mut count = if N == 0 { 0 } else { usize::MAX };
        for k in 0..N {
            count = count.min(self.slices[k].len());
        }
        let mut sums = [T::zero(); LANES];
        let mut values = [T::zero(); N];
        let mut first = 0;
        while first + LANES <= count {
            let mut blocks = [[T::zero(); LANES]; N];
            for k in 0..N {
                blocks[k].copy_from_slice(&self.slices[k][first..first + LANES]);
            }
            for lane in 0..LANES {
                for k in 0..N {
                    values[k] = blocks[k][lane];
                }
                sums[lane] += (self.f)(values);
            }
            first += LANES;
        }
        // Sums of floating-point numbers start with -0, as in the standard library.
        let (mut rest, mut total) = (-T::zero(), -T::zero());
        for index in first..count {
            for k in 0..N {
                values[k] = self.slices[k][index];
            }
            rest += (self.f)(values);
        }
        for lane in 0..LANES {
            total += sums[lane];
        }
        *self.total = rest + total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::dispatch::tests::with_every_level;

    #[test]
    fn every_index_is_in_the_sum() {
        with_every_level(|| {
            for count in [0, 1, 31, 32, 33, 100] {
                let a: Vec<f64> = (0..count).map(f64::from).collect();
                let b: Vec<f64> = (0..count).map(|i| f64::from(i) - 3.0).collect();
                let expected: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
                assert_eq!(sum([&a, &b], |[a, b]| a * b), expected, "{count}");
            }
        });
    }

    #[test]
    fn a_norm_is_finite_where_the_squares_are_not_and_nan_stays_nan() {
        assert_eq!(norm(&[3.0f32, 4.0]), 5.0);
        assert_eq!(norm(&[3e30f32, 4e30]), 5e30);
        assert_eq!(norm::<f64>(&[]), 0.0);
        assert!(norm(&[1.0, f64::NAN]).is_nan());
        assert!(!norm(&[1.0, f64::INFINITY]).is_finite());
    }
}
