//! The two matrix products that a dense layer needs, without a transposed copy and without a buffer.
//!
//! All matrices are column-major. A tile of the result stays in registers while the sum runs; what is left at the
//! edges is done by the same code with a smaller tile, so that each element is always summed in the same order,
//! whatever the size of the batch.

use super::{Kernel, dispatch, multiply_add};
use crate::Scalar;

/// `c[i + j m] += sum over k of a[i + k m] * b[k * row + j * column]`, for `m` rows, `n` columns and `k < depth`.
///
/// With `b` as it lies this is the forward product, with rows and columns exchanged the gradient of the weights.
pub(crate) fn add_outer_products<T: Scalar>(c: &mut [T], a: &[T], b: &[T], [m, n, depth]: [usize; 3], b_strides: [usize; 2]) {
    debug_assert!(c.len() == m * n && a.len() >= m * depth);
    debug_assert!(m * n * depth == 0 || (depth - 1) * b_strides[0] + (n - 1) * b_strides[1] < b.len());
    dispatch(OuterProducts { c, a, b, m, n, depth, b_strides });
}

/// `c[i + j m] = sum over k of a[k + i depth] * b[k + j depth]`: the gradient of the inputs.
pub(crate) fn dot_products<T: Scalar>(c: &mut [T], a: &[T], b: &[T], [m, n, depth]: [usize; 3]) {
    debug_assert!(c.len() == m * n && a.len() == m * depth && b.len() == n * depth);
    dispatch(DotProducts { c, a, b, m, n, depth });
}

struct OuterProducts<'a, T> {
    c: &'a mut [T],
    a: &'a [T],
    b: &'a [T],
    m: usize,
    n: usize,
    depth: usize,
    b_strides: [usize; 2],
}

impl<T: Scalar> Kernel for OuterProducts<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let mut i = 0;
        while i + 32 <= self.m {
            self.columns::<32, FMA>(i);
            i += 32;
        }
        if i + 16 <= self.m {
            self.columns::<16, FMA>(i);
            i += 16;
        }
        if i + 8 <= self.m {
            self.columns::<8, FMA>(i);
            i += 8;
        }
        while i < self.m {
            self.columns::<1, FMA>(i);
            i += 1;
        }
    }
}

impl<T: Scalar> OuterProducts<'_, T> {
    #[inline(always)]
    fn columns<const R: usize, const FMA: bool>(&mut self, i: usize) {
        let mut j = 0;
        while j + 6 <= self.n {
            self.tile::<R, 6, FMA>(i, j);
            j += 6;
        }
        while j + 2 <= self.n {
            self.tile::<R, 2, FMA>(i, j);
            j += 2;
        }
        if j < self.n {
            self.tile::<R, 1, FMA>(i, j);
        }
    }

    #[inline(always)]
    fn tile<const R: usize, const C: usize, const FMA: bool>(&mut self, i: usize, j: usize) {
        let [row, column] = self.b_strides;
        let mut sums = [[T::zero(); R]; C];
        for (sum, c) in sums.iter_mut().zip(self.c[i + j * self.m..].chunks(self.m)) {
            sum.copy_from_slice(&c[..R]);
        }
        for (k, a) in self.a[..self.m * self.depth].chunks_exact(self.m).enumerate() {
            let a = &a[i..i + R];
            let b = &self.b[k * row + j * column..];
            for (jj, sum) in sums.iter_mut().enumerate() {
                let factor = b[jj * column];
                for (sum, &a) in sum.iter_mut().zip(a) {
                    *sum = multiply_add::<T, FMA>(a, factor, *sum);
                }
            }
        }
        for (sum, c) in sums.iter().zip(self.c[i + j * self.m..].chunks_mut(self.m)) {
            c[..R].copy_from_slice(sum);
        }
    }
}

/// How many partial sums a dot product keeps: one AVX-512 register of `f32`.
const LANES: usize = 16;

struct DotProducts<'a, T> {
    c: &'a mut [T],
    a: &'a [T],
    b: &'a [T],
    m: usize,
    n: usize,
    depth: usize,
}

impl<T: Scalar> Kernel for DotProducts<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let mut j = 0;
        while j + 4 <= self.n {
            self.rows::<4, FMA>(j);
            j += 4;
        }
        while j < self.n {
            self.rows::<1, FMA>(j);
            j += 1;
        }
    }
}

impl<T: Scalar> DotProducts<'_, T> {
    #[inline(always)]
    fn rows<const C: usize, const FMA: bool>(&mut self, j: usize) {
        let mut i = 0;
        while i + 4 <= self.m {
            self.tile::<4, C, FMA>(i, j);
            i += 4;
        }
        while i < self.m {
            self.tile::<1, C, FMA>(i, j);
            i += 1;
        }
    }

    #[inline(always)]
    fn tile<const R: usize, const C: usize, const FMA: bool>(&mut self, i: usize, j: usize) {
        let a: [&[T]; R] = std::array::from_fn(|ii| &self.a[(i + ii) * self.depth..(i + ii + 1) * self.depth]);
        let b: [&[T]; C] = std::array::from_fn(|jj| &self.b[(j + jj) * self.depth..(j + jj + 1) * self.depth]);
        let mut lanes = [[[T::zero(); LANES]; C]; R];
        let whole = self.depth / LANES * LANES;
        for k in (0..whole).step_by(LANES) {
            for (a, lanes) in a.iter().zip(&mut lanes) {
                for (b, lanes) in b.iter().zip(lanes) {
                    for ((sum, &a), &b) in lanes.iter_mut().zip(&a[k..k + LANES]).zip(&b[k..k + LANES]) {
                        *sum = multiply_add::<T, FMA>(a, b, *sum);
                    }
                }
            }
        }
        for (ii, lanes) in lanes.iter().enumerate() {
            for (jj, lanes) in lanes.iter().enumerate() {
                let mut sum = sum_lanes(*lanes);
                for (&a, &b) in a[ii][whole..].iter().zip(&b[jj][whole..]) {
                    sum = multiply_add::<T, FMA>(a, b, sum);
                }
                self.c[i + ii + (j + jj) * self.m] = sum;
            }
        }
    }
}

/// The sum of the lanes, by halves.
#[inline(always)]
fn sum_lanes<T: Scalar>(mut lanes: [T; LANES]) -> T {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    fn values(count: usize, step: f64) -> Vec<f64> {
        (0..count).map(|i| ((i as f64 + 1.0) * step).sin()).collect()
    }

    #[test]
    fn both_products_agree_with_nalgebra_at_every_edge() {
        for m in [1, 2, 7, 8, 17, 33, 50] {
            for n in [1, 2, 5, 6, 13] {
                for depth in [1, 3, 16, 37] {
                    let (a, b) = (values(m * depth, 0.7), values(n * depth, 0.3));
                    let a_matrix = DMatrix::from_column_slice(m, depth, &a);

                    let mut forward = vec![1.0; m * n];
                    add_outer_products(&mut forward, &a, &b, [m, n, depth], [1, depth]);
                    let expected = (&a_matrix * DMatrix::from_column_slice(depth, n, &b)).add_scalar(1.0);
                    approx::assert_relative_eq!(DMatrix::from_vec(m, n, forward), expected, epsilon = 1e-12);

                    let mut weights = vec![0.0; m * n];
                    add_outer_products(&mut weights, &a, &b, [m, n, depth], [n, 1]);
                    let expected = &a_matrix * DMatrix::from_column_slice(n, depth, &b).transpose();
                    approx::assert_relative_eq!(DMatrix::from_vec(m, n, weights), expected, epsilon = 1e-12);

                    let mut inputs = vec![9.0; m * n];
                    dot_products(&mut inputs, &a, &b, [m, n, depth]);
                    let expected =
                        DMatrix::from_column_slice(depth, m, &a).transpose() * DMatrix::from_column_slice(depth, n, &b);
                    approx::assert_relative_eq!(DMatrix::from_vec(m, n, inputs), expected, epsilon = 1e-12);
                }
            }
        }
    }
}
