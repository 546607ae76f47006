//! Tiny products, without vector registers.

// An index is used for the same row of several columns.
#![allow(clippy::needless_range_loop)]

use super::outer::OuterProducts;
use crate::kernels::scalar::Scalar;
use crate::kernels::simd::dispatch::VectorKernel;
use crate::kernels::simd::lanes::Lanes;

/// The product of [`OuterProducts`] value by value, for products so small that registers would be nearly empty.
///
/// Terms are added in the same order as in registers. `NEXT` states that the rows of `a` are contiguous, and `START` that there
/// is a start. Because the compiler knows both, a training step of a small model takes much less time.
pub(super) struct OneByOne<'a, T, const NEXT: bool, const START: bool>(pub(super) OuterProducts<'a, T>);

impl<T: Scalar, const NEXT: bool, const START: bool> VectorKernel<T> for OneByOne<'_, T, NEXT, START> {
    #[inline(always)]
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(self) {
        let mut i = 0;
        // SAFETY: the caller guarantees the CPU; these rows exist.
        unsafe {
            while i + 4 <= self.0.m {
                self.rows::<V, 4>(i);
                i += 4;
            }
            match self.0.m - i {
                3 => self.rows::<V, 3>(i),
                2 => self.rows::<V, 2>(i),
                1 => self.rows::<V, 1>(i),
                _ => {}
            }
        }
    }
}

impl<T: Scalar, const NEXT: bool, const START: bool> OneByOne<'_, T, NEXT, START> {
    /// Computes all columns of `R` rows from `i` on.
    #[inline(always)]
    unsafe fn rows<V: Lanes<T>, const R: usize>(&self, i: usize) {
        let OuterProducts { c, c_stride, start, a, a_strides: [row, a_term], b, b_strides: [b_term, column], n, depth, .. } =
            self.0;
        let row = if NEXT { 1 } else { row };
        let mut first_sums = [T::zero(); R];
        if START {
            first_sums.copy_from_slice(&start[i..i + R]);
        }
        // SAFETY: as in `run`; rows, columns and terms are within the matrices.
        unsafe {
            let first = a.as_ptr().add(i * row);
            for j in 0..n {
                let (mut a, mut b) = (first, b.as_ptr().add(j * column));
                let mut sums = first_sums;
                let mut left = depth;
                while left > 0 {
                    for r in 0..R {
                        sums[r] = V::multiply_add_one(*a.wrapping_add(r * row), *b, sums[r]);
                    }
                    (a, b) = (a.wrapping_add(a_term), b.wrapping_add(b_term));
                    left -= 1;
                }
                for r in 0..R {
                    *c.add(i + r + j * c_stride) = sums[r];
                }
            }
        }
    }
}
