//! Sums over the places of slices.

use crate::kernels::scalar::Scalar;
use crate::kernels::simd::dispatch::{Kernel, dispatch};

/// How many sums run side by side, so that they do not wait for each other.
const LANES: usize = 32;

/// The sum of `f` over the values that stand at the same place of slices of one length.
pub(crate) fn sum<T: Scalar, const N: usize>(slices: [&[T]; N], f: impl Fn([T; N]) -> T) -> T {
    let mut total = T::zero();
    dispatch(Sum { slices, f, total: &mut total });
    total
}

/// The Euclidean norm, also of values whose squares are too large for the number type.
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
        let count = self.slices.iter().map(|slice| slice.len()).min().unwrap_or(0);
        let slices = self.slices.map(|slice| &slice[..count]);
        let whole = count / LANES * LANES;
        let mut sums = [T::zero(); LANES];
        for first in (0..whole).step_by(LANES) {
            let blocks = slices.map(|slice| &slice[first..first + LANES]);
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum += (self.f)(blocks.map(|block| block[lane]));
            }
        }
        let rest: T = (whole..count).map(|place| (self.f)(slices.map(|slice| slice[place]))).sum();
        *self.total = rest + sums.into_iter().sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::dispatch::tests::with_every_level;

    #[test]
    fn every_place_is_in_the_sum() {
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
