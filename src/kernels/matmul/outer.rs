//! Products in tiles of the result that stay in registers while all terms are added.

// An index is used for the same row or column of several tiles.
#![allow(clippy::needless_range_loop)]

use crate::kernels::loops::transpose::turn;
use crate::kernels::scalar::Scalar;
use crate::kernels::simd::cache::prefetch_line;
use crate::kernels::simd::dispatch::VectorKernel;
use crate::kernels::simd::lanes::Lanes;
use std::mem::MaybeUninit;
use std::ops::Range;

/// The product `c[i + j stride] = start[i] + sum over k of a[i * rows + k * terms] b[k * terms + j * columns]`.
///
/// `rows`, `terms` and `columns` are the strides of `a` and of `b`. There are `m` rows, `n` columns and `depth` terms; an empty
/// `start` is 0.
pub(super) struct OuterProducts<'a, T> {
    /// The result; valid for `m` rows and `n` columns.
    pub(super) c: *mut T,
    pub(super) c_stride: usize,
    pub(super) start: &'a [T],
    pub(super) a: &'a [T],
    /// The distance from row to row, and from term to term.
    pub(super) a_strides: [usize; 2],
    pub(super) b: &'a [T],
    /// The distance from term to term, and from column to column.
    pub(super) b_strides: [usize; 2],
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) depth: usize,
}

/// The product of [`OuterProducts`] with a copy of `a`, two registers of rows at a time, whose values are contiguous.
///
/// It is for an `a` whose rows are not contiguous, or that is so large that it should be read only once. It is a separate
/// kernel, so that small products need no memory for copies on the stack.
pub(super) struct RowsFirst<'a, T>(pub(super) OuterProducts<'a, T>);

/// The columns of `b` for a tile: the first term of the first column, and the distances to the next term and column.
#[derive(Clone, Copy)]
pub(super) struct Columns<T> {
    pub(super) first: *const T,
    pub(super) strides: [usize; 2],
}

/// The number of terms that are summed before the next columns, so that the values of `b` in use stay in the L1 cache.
pub(super) const DEPTH_BLOCK: usize = 256;

/// The largest number of values in a register.
pub(super) const WIDEST: usize = 16;

/// Two registers of rows for each term of a block.
#[repr(align(64))]
pub(super) struct Panel<T>(pub(super) [[MaybeUninit<T>; 2 * WIDEST]; DEPTH_BLOCK]);

/// The rows of `a` for a tile: the rows of the first term, the distance to those of the next term, and the end of the memory
/// that may be read.
#[derive(Clone, Copy)]
pub(super) struct Rows<T> {
    pub(super) first: *const T,
    pub(super) stride: usize,
    pub(super) end: *const T,
}

impl<T> Rows<T> {
    /// Returns the number of terms for which `values` values can be read, including values that are not used.
    fn readable(self, values: usize) -> usize {
        let before_end = (self.end.addr() - self.first.addr()) / size_of::<T>();
        before_end.checked_sub(values).map_or(0, |last| last / self.stride + 1)
    }
}

/// The memory that is prefetched while a tile is summed: one cache line for each `every` terms, which is a power of two. The
/// lines are `step` values apart.
#[derive(Clone, Copy)]
pub(super) struct Ahead<T> {
    pub(super) line: *const T,
    pub(super) step: usize,
    pub(super) every: usize,
}

impl<T: Scalar> VectorKernel<T> for OuterProducts<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(mut self) {
        for first in (0..self.depth).step_by(DEPTH_BLOCK) {
            // SAFETY: the caller guarantees the CPU; tiles are within the matrices, whose sizes were asserted.
            unsafe { self.columns_first::<V, COLUMNS>(first..self.depth.min(first + DEPTH_BLOCK)) }
        }
    }
}

impl<T: Scalar> VectorKernel<T> for RowsFirst<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(mut self) {
        let mut panel = Panel([[MaybeUninit::<T>::uninit(); 2 * WIDEST]; DEPTH_BLOCK]);
        let panel = panel.0.as_mut_ptr().cast::<T>();
        for first in (0..self.0.depth).step_by(DEPTH_BLOCK) {
            // SAFETY: the caller guarantees the CPU; the panel has memory for two registers of each term.
            unsafe { self.0.rows_first::<V, COLUMNS>(panel, first..self.0.depth.min(first + DEPTH_BLOCK)) }
        }
    }
}

impl<T: Scalar> OuterProducts<'_, T> {
    /// Computes all rows for a few columns at a time, with as many registers of rows as the CPU has.
    #[inline(always)]
    unsafe fn columns_first<V: Lanes<T>, const COLUMNS: usize>(&mut self, terms: Range<usize>) {
        let mut j = 0;
        // SAFETY: as in `run`.
        unsafe {
            while j + COLUMNS <= self.n {
                self.column_block::<V, 2, COLUMNS>(j, terms.clone());
                j += COLUMNS;
            }
            while j + 4 <= self.n {
                self.column_block::<V, 2, 4>(j, terms.clone());
                j += 4;
            }
            while j < self.n {
                self.column_block::<V, 8, 1>(j, terms.clone());
                j += 1;
            }
        }
    }

    /// Computes `C` columns from `j` on, in tiles of `R` registers, then of four, two and one; the last may not be full.
    #[inline(always)]
    unsafe fn column_block<V: Lanes<T>, const R: usize, const C: usize>(&mut self, j: usize, terms: Range<usize>) {
        let mut i = 0;
        // SAFETY: as in `run`.
        unsafe {
            let all = self.rows(0, &terms);
            let rows = |i: usize| Rows { first: all.first.add(i), ..all };
            while i + R * V::COUNT <= self.m {
                self.tile::<V, R, C>(rows(i), self.columns(j, &terms), [i, j], R * V::COUNT, terms.clone(), None);
                i += R * V::COUNT;
            }
            while R > 4 && i + 4 * V::COUNT <= self.m {
                self.tile::<V, 4, C>(rows(i), self.columns(j, &terms), [i, j], 4 * V::COUNT, terms.clone(), None);
                i += 4 * V::COUNT;
            }
            while i + V::COUNT < self.m {
                let count = (self.m - i).min(2 * V::COUNT);
                self.tile::<V, 2, C>(rows(i), self.columns(j, &terms), [i, j], count, terms.clone(), None);
                i += count;
            }
            if i < self.m {
                self.tile::<V, 1, C>(rows(i), self.columns(j, &terms), [i, j], self.m - i, terms.clone(), None);
            }
        }
    }

    /// Computes all columns for two registers of rows at a time, after a copy of the rows with contiguous values.
    #[inline(always)]
    unsafe fn rows_first<V: Lanes<T>, const COLUMNS: usize>(&mut self, panel: *mut T, terms: Range<usize>) {
        for i in (0..self.m).step_by(2 * V::COUNT) {
            let count = (self.m - i).min(2 * V::COUNT);
            // SAFETY: as in `run`; a panel has memory for two registers of every term of a block.
            unsafe {
                self.copy_rows::<V>(panel, i..i + count, terms.clone());
                let rows = panel_rows::<T, V>(panel, &terms);
                if count > V::COUNT {
                    self.row_block::<V, 2, COLUMNS>(rows, i, count, terms.clone());
                } else {
                    self.row_block::<V, 1, COLUMNS>(rows, i, count, terms.clone());
                }
            }
        }
    }

    /// Computes all columns for `R` registers of rows.
    #[inline(always)]
    unsafe fn row_block<V: Lanes<T>, const R: usize, const COLUMNS: usize>(
        &mut self,
        rows: Rows<T>,
        i: usize,
        count: usize,
        terms: Range<usize>,
    ) {
        let mut j = 0;
        // SAFETY: as in `run`.
        unsafe {
            while j + COLUMNS <= self.n {
                self.tile::<V, R, COLUMNS>(rows, self.columns(j, &terms), [i, j], count, terms.clone(), None);
                j += COLUMNS;
            }
            while j + 4 <= self.n {
                self.tile::<V, R, 4>(rows, self.columns(j, &terms), [i, j], count, terms.clone(), None);
                j += 4;
            }
            while j < self.n {
                self.tile::<V, R, 1>(rows, self.columns(j, &terms), [i, j], count, terms.clone(), None);
                j += 1;
            }
        }
    }

    /// Returns the rows of `a` from `i` on, without a copy.
    #[inline(always)]
    pub(super) unsafe fn rows(&self, i: usize, terms: &Range<usize>) -> Rows<T> {
        let stride = self.a_strides[1];
        // SAFETY: this term of this row exists.
        Rows { first: unsafe { self.a.as_ptr().add(terms.start * stride + i) }, stride, end: self.a.as_ptr_range().end }
    }

    /// Returns the columns of `b` from `j` on, without a copy.
    #[inline(always)]
    unsafe fn columns(&self, j: usize, terms: &Range<usize>) -> Columns<T> {
        let [term, column] = self.b_strides;
        // SAFETY: this term of this column exists.
        Columns { first: unsafe { self.b.as_ptr().add(terms.start * term + j * column) }, strides: self.b_strides }
    }

    /// Copies rows of `a`, two registers for each term, with zeros after the last row.
    #[inline(always)]
    pub(super) unsafe fn copy_rows<V: Lanes<T>>(&self, panel: *mut T, rows: Range<usize>, terms: Range<usize>) {
        let [row, term] = self.a_strides;
        // SAFETY: these rows and terms exist, and the panel has memory for them.
        unsafe {
            let from = self.a.as_ptr().add(rows.start * row);
            if rows.len() < 2 * V::COUNT {
                panel.write_bytes(0, 2 * V::COUNT * terms.len());
            }
            if row == 1 && rows.len() == 2 * V::COUNT {
                for (k, index) in terms.enumerate() {
                    let from = from.add(index * term);
                    V::load(from).store(panel.add(2 * k * V::COUNT));
                    V::load(from.add(V::COUNT)).store(panel.add((2 * k + 1) * V::COUNT));
                }
            } else if term == 1 {
                turn::<T, V>(from.add(terms.start), row, panel, 2 * V::COUNT, [rows.len(), terms.len()]);
            } else {
                for (k, index) in terms.enumerate() {
                    for i in 0..rows.len() {
                        *panel.add(2 * k * V::COUNT + i) = *from.add(i * row + index * term);
                    }
                }
            }
        }
    }

    /// Computes `count` rows from `i` on, in `R` registers of which the last may not be full, for `C` columns from `j` on.
    #[inline(always)]
    pub(super) unsafe fn tile<V: Lanes<T>, const R: usize, const C: usize>(
        &mut self,
        rows: Rows<T>,
        columns: Columns<T>,
        [i, j]: [usize; 2],
        count: usize,
        terms: Range<usize>,
        mut ahead: Option<Ahead<T>>,
    ) {
        let whole = R * V::COUNT;
        // SAFETY: rows `i .. i + count` and columns `j .. j + C` exist, and these terms.
        unsafe {
            let c = self.c.add(i + j * self.c_stride);
            let mut sums = [[V::splat(T::zero()); R]; C];
            if terms.start == 0 && !self.start.is_empty() {
                let start = load::<T, V, R>(self.start.as_ptr().add(i), count);
                for jj in 0..C {
                    sums[jj] = start;
                }
            }
            // Whole registers are read where that is possible, because partial loads are slow; unused values are not stored.
            let readable = if count == whole { terms.len() } else { rows.readable(whole).min(terms.len()) };
            let mut at = (rows.first, columns.first);
            let strides = [rows.stride, columns.strides[0], columns.strides[1]];
            for k in terms.start..terms.start + readable {
                if let Some(Ahead { line, step, every }) = &mut ahead {
                    prefetch_line(*line);
                    *line = line.wrapping_add(if (k + 1) & (*every - 1) == 0 { *step } else { 0 });
                }
                at = add_term::<T, V, R, C>(&mut sums, at, strides, whole);
            }
            for _ in readable..terms.len() {
                at = add_term::<T, V, R, C>(&mut sums, at, strides, count);
            }
            // The sums of the previous terms are loaded only now, because a load waits for stores to similar addresses.
            if terms.start > 0 {
                for jj in 0..C {
                    let before = load::<T, V, R>(c.add(jj * self.c_stride), count);
                    for r in 0..R {
                        sums[jj][r] = before[r].multiply_add(V::splat(T::one()), sums[jj][r]);
                    }
                }
            }
            for jj in 0..C {
                for r in 0..R {
                    let to = c.add(r * V::COUNT + jj * self.c_stride);
                    let left = count - r * V::COUNT;
                    if left >= V::COUNT { sums[jj][r].store(to) } else { sums[jj][r].store_first(to, left) }
                }
            }
        }
    }
}

/// Loads the first `count` values into `R` registers, of which the last may not be full.
#[inline(always)]
unsafe fn load<T: Scalar, V: Lanes<T>, const R: usize>(from: *const T, count: usize) -> [V; R] {
    // SAFETY: the caller guarantees the CPU and the values; no register is empty.
    unsafe {
        let mut values = [V::splat(T::zero()); R];
        for r in 0..R {
            let (from, left) = (from.add(r * V::COUNT), count - r * V::COUNT);
            values[r] = if left >= V::COUNT { V::load(from) } else { V::load_first(from, left) };
        }
        values
    }
}

/// Adds the products of one term, for `count` rows and the columns, and returns the pointers for the next term.
#[inline(always)]
unsafe fn add_term<T: Scalar, V: Lanes<T>, const R: usize, const C: usize>(
    sums: &mut [[V; R]; C],
    (a, b): (*const T, *const T),
    [rows, term, column]: [usize; 3],
    count: usize,
) -> (*const T, *const T) {
    // SAFETY: these rows and columns of the term exist.
    unsafe {
        let values = load::<T, V, R>(a, count);
        for jj in 0..C {
            let factor = V::splat(*b.add(jj * column));
            for r in 0..R {
                sums[jj][r] = values[r].multiply_add(factor, sums[jj][r]);
            }
        }
        // After the last term, the pointers are outside the matrices, but they are not read.
        (a.wrapping_add(rows), b.wrapping_add(term))
    }
}

/// Returns the rows that were copied to a panel.
#[inline(always)]
pub(super) fn panel_rows<T, V: Lanes<T>>(panel: *const T, terms: &Range<usize>) -> Rows<T> {
    Rows { first: panel, stride: 2 * V::COUNT, end: panel.wrapping_add(2 * V::COUNT * terms.len()) }
}
