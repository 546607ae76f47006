//! Matrix products as dot products: both factors are read along the terms of the sums.

// An index is used for the same row or column of several tiles.
#![allow(clippy::needless_range_loop)]

use crate::kernels::scalar::Scalar;
use crate::kernels::simd::cache::near;
use crate::kernels::simd::dispatch::VectorKernel;
use crate::kernels::simd::lanes::Lanes;
use std::ops::Range;

/// `c[i + j stride] = start + sum over k of a[k + i depth] b[k + j depth]`; `start` is 0 unless `m` is 1.
pub(super) struct DotProducts<'a, T> {
    /// The result; valid for `m` rows and `n` columns.
    pub(super) c: *mut T,
    pub(super) c_stride: usize,
    pub(super) a: &'a [T],
    pub(super) b: &'a [T],
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) depth: usize,
    pub(super) start: T,
}

impl<T: Scalar> VectorKernel<T> for DotProducts<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(mut self) {
        let bytes = |columns: usize| columns * self.depth * size_of::<T>();
        // If the rows exceed the L2 cache, they are read once for each block of columns that fits into the cache.
        let mut at_once = 4;
        while bytes(self.m) > near() && bytes(2 * at_once) <= near() {
            at_once *= 2;
        }
        for first in (0..self.n).step_by(at_once) {
            let columns = first..self.n.min(first + at_once);
            // SAFETY: the caller guarantees the CPU; tiles are within the matrices, whose sizes were asserted.
            unsafe {
                let mut i = 0;
                while i + 4 <= self.m {
                    self.row_block::<V, 4, COLUMNS>(i, columns.clone());
                    i += 4;
                }
                while i < self.m {
                    self.row_block::<V, 1, COLUMNS>(i, columns.clone());
                    i += 1;
                }
            }
        }
    }
}

impl<T: Scalar> DotProducts<'_, T> {
    /// Computes `R` rows from `i` on for a range of columns.
    #[inline(always)]
    unsafe fn row_block<V: Lanes<T>, const R: usize, const COLUMNS: usize>(&mut self, i: usize, columns: Range<usize>) {
        let mut j = columns.start;
        // SAFETY: as in `run`.
        unsafe {
            // Four rows by four columns need more registers than AVX2 has.
            while COLUMNS >= 12 && j + 4 <= columns.end {
                self.store(i, j, self.tile::<V, R, 4>(i, j));
                j += 4;
            }
            while j + 2 <= columns.end {
                self.store(i, j, self.tile::<V, R, 2>(i, j));
                j += 2;
            }
            if j < columns.end {
                self.store(i, j, self.tile::<V, R, 1>(i, j));
            }
        }
    }

    /// Sums the lanes of each register of a tile and stores the results.
    #[inline(always)]
    unsafe fn store<V: Lanes<T>, const R: usize, const C: usize>(&mut self, i: usize, j: usize, sums: [[V; R]; C]) {
        // SAFETY: as in `run`.
        unsafe {
            let place = self.c.add(i + j * self.c_stride);
            if R == 4 && C == 4 {
                // The cast only states that `R` and `C` are 4. A closure would be compiled without the vector instructions.
                let columns = (&raw const sums).cast::<[[V; 4]; 4]>().read();
                return V::store_column_sums(columns, place, self.c_stride);
            }
            for jj in 0..C {
                let place = place.add(jj * self.c_stride);
                if let Some(four) = sums[jj].first_chunk() {
                    V::store_sums(*four, place);
                } else {
                    *place = sums[jj][0].sum() + self.start;
                }
            }
        }
    }

    /// Returns the products of `R` rows from `i` on with `C` columns from `j` on, not yet summed over the lanes.
    #[inline(always)]
    unsafe fn tile<V: Lanes<T>, const R: usize, const C: usize>(&self, i: usize, j: usize) -> [[V; R]; C] {
        // SAFETY: rows `i .. i + R` and columns `j .. j + C` exist, each with `depth` contiguous terms.
        unsafe {
            let a = self.a.as_ptr().add(i * self.depth);
            let b = self.b.as_ptr().add(j * self.depth);
            let mut sums = [[V::splat(T::zero()); R]; C];
            let mut k = 0;
            while k < self.depth {
                let left = self.depth - k;
                let load = |from: *const T| if left >= V::COUNT { V::load(from) } else { V::load_first(from, left) };
                let mut rows = [V::splat(T::zero()); R];
                for r in 0..R {
                    rows[r] = load(a.add(k + r * self.depth));
                }
                for jj in 0..C {
                    let column = load(b.add(k + jj * self.depth));
                    for r in 0..R {
                        sums[jj][r] = rows[r].multiply_add(column, sums[jj][r]);
                    }
                }
                k += V::COUNT;
            }
            sums
        }
    }
}
