//! Products of matrices that exceed the L2 cache: both factors are copied.

use super::outer::{Ahead, Columns, DEPTH_BLOCK, OuterProducts, Panel, Rows, WIDEST, panel_rows};
use crate::kernels::loops::transpose::turn;
use crate::kernels::scalar::Scalar;
use crate::kernels::simd::cache::prefetch;
use crate::kernels::simd::dispatch::VectorKernel;
use crate::kernels::simd::lanes::Lanes;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::slice::from_raw_parts_mut;

/// The product of [`OuterProducts`] for matrices that exceed the L2 cache.
///
/// For each block of terms, the values of `a` and `b` are copied in the order in which tiles read them, so that memory is
/// read sequentially.
pub(super) struct LargeProducts<'a, T>(pub(super) OuterProducts<'a, T>);

/// Consecutive panels of rows of `a`.
struct Group<T> {
    panels: *mut T,
    rows: Range<usize>,
    terms: Range<usize>,
}

/// The number of panels that are in the L2 cache at once.
const PANELS: usize = 4;

/// The memory for 264 `f32` columns of a block of terms, a quarter of an L2 cache of 1 MiB; a batch of 256 fits.
const ROOM: usize = 264 * DEPTH_BLOCK / 2;

/// The memory for the columns of a block of terms, and for the part of a register that is stored after the last.
#[repr(align(64))]
struct Room([MaybeUninit<u64>; ROOM + WIDEST]);

impl<T: Scalar> VectorKernel<T> for LargeProducts<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(mut self) {
        let mut panels = [const { Panel([[MaybeUninit::<T>::uninit(); 2 * WIDEST]; DEPTH_BLOCK]) }; PANELS];
        let panels = panels.as_mut_ptr().cast::<T>();
        let mut room = Room([MaybeUninit::uninit(); ROOM + WIDEST]);
        // SAFETY: the slice covers this memory, whose values may be uninitialised.
        let strips =
            unsafe { from_raw_parts_mut(room.0.as_mut_ptr().cast::<MaybeUninit<T>>(), size_of::<Room>() / size_of::<T>()) };
        let at_once = ROOM * size_of::<u64>() / (DEPTH_BLOCK * size_of::<T>()) / COLUMNS * COLUMNS;
        for first in (0..self.0.depth).step_by(DEPTH_BLOCK) {
            let terms = first..self.0.depth.min(first + DEPTH_BLOCK);
            for column in (0..self.0.n).step_by(at_once) {
                let columns = column..self.0.n.min(column + at_once);
                // SAFETY: the caller guarantees the CPU; there is memory for these columns of a block.
                unsafe {
                    self.0.copy_columns::<V, COLUMNS>(strips, columns.clone(), terms.clone());
                    self.0.strips::<V, COLUMNS>(panels, strips.as_ptr().cast(), columns, terms.clone());
                }
            }
        }
    }
}

impl<T: Scalar> OuterProducts<'_, T> {
    /// Copies columns of `b` in strips as wide as a tile, term by term, without gaps between strips.
    ///
    /// Whole registers are stored, so there must be memory for one register after the last strip. The next term overwrites the
    /// values that were stored after the columns.
    #[inline(always)]
    pub(super) unsafe fn copy_columns<V: Lanes<T>, const COLUMNS: usize>(
        &self,
        strips: &mut [MaybeUninit<T>],
        columns: Range<usize>,
        terms: Range<usize>,
    ) {
        assert!(columns.len().next_multiple_of(COLUMNS) * terms.len() + V::COUNT <= strips.len());
        let strips = strips.as_mut_ptr().cast::<T>();
        let ([term, column], end) = (self.b_strides, self.b.as_ptr_range().end);
        for j in columns.clone().step_by(COLUMNS) {
            let width = COLUMNS.min(columns.end - j);
            // SAFETY: these columns and terms exist, and there is memory for them.
            unsafe {
                let from = self.b.as_ptr().add(terms.start * term + j * column);
                let to = strips.add((j - columns.start) * terms.len());
                if term == 1 {
                    turn::<T, V>(from, column, to, COLUMNS, [width, terms.len()]);
                } else {
                    debug_assert_eq!(column, 1);
                    for k in 0..terms.len() {
                        let (from, to) = (from.add(k * term), to.add(k * COLUMNS));
                        for jj in (0..width).step_by(V::COUNT) {
                            let from = from.add(jj);
                            let is_whole = (end.addr() - from.addr()) / size_of::<T>() >= V::COUNT;
                            let values = if is_whole { V::load(from) } else { V::load_first(from, V::COUNT.min(width - jj)) };
                            values.store(to.add(jj));
                        }
                    }
                }
            }
        }
    }

    /// Computes all rows for the copied columns, a group of panels at a time.
    #[inline(always)]
    unsafe fn strips<V: Lanes<T>, const COLUMNS: usize>(
        &mut self,
        panels: *mut T,
        strips: *const T,
        columns: Range<usize>,
        terms: Range<usize>,
    ) {
        let rows = PANELS * 2 * V::COUNT;
        let group = |from: usize, end: usize| Group { panels, rows: from..end.min(from + rows), terms: terms.clone() };
        let mut now = group(0, self.m);
        // SAFETY: as in `run`; there is memory for these panels.
        unsafe {
            for panel in 0..PANELS {
                self.copy_panel::<V>(&now, panel);
            }
            while !now.rows.is_empty() {
                let next = group(now.rows.end, self.m);
                self.group::<V, COLUMNS>(&now, &next, strips, columns.clone());
                now = next;
            }
        }
    }

    /// Copies one panel of a group, if the group has this panel.
    #[inline(always)]
    unsafe fn copy_panel<V: Lanes<T>>(&self, group: &Group<T>, panel: usize) {
        let tall = 2 * V::COUNT;
        let first = group.rows.start + panel * tall;
        if first < group.rows.end {
            // SAFETY: these rows and terms exist, and there is memory for the panels of a group.
            unsafe {
                let to = group.panels.add(panel * tall * DEPTH_BLOCK);
                self.copy_rows::<V>(to, first..group.rows.end.min(first + tall), group.terms.clone());
            }
        }
    }

    /// Computes the rows of a group of panels for all copied columns.
    ///
    /// Meanwhile the rows of the next group are prefetched, and its panels overwrite the panels that are no longer needed.
    #[inline(always)]
    unsafe fn group<V: Lanes<T>, const COLUMNS: usize>(
        &mut self,
        now: &Group<T>,
        next: &Group<T>,
        mut strips: *const T,
        columns: Range<usize>,
    ) {
        let tall = 2 * V::COUNT;
        let tiles = now.rows.len().div_ceil(tall) * columns.len().div_ceil(COLUMNS);
        let mut called = 0;
        for j in columns.clone().step_by(COLUMNS) {
            let width = COLUMNS.min(columns.end - j);
            for panel in 0..now.rows.len().div_ceil(tall) {
                let first = now.rows.start + panel * tall;
                self.call(next, &mut called, tiles);
                // SAFETY: as in `run`.
                unsafe {
                    let rows = panel_rows::<T, V>(now.panels.add(panel * tall * DEPTH_BLOCK), &now.terms);
                    let count = (now.rows.end - first).min(tall);
                    self.strip::<V, COLUMNS>(rows, strips, [first, j], [count, width], now.terms.clone(), None);
                    if j + width == columns.end {
                        self.copy_panel::<V>(next, panel);
                    }
                }
            }
            // SAFETY: the strips follow each other.
            strips = unsafe { strips.add(COLUMNS * now.terms.len()) };
        }
    }

    /// Prefetches one of `shares` equal shares of the rows of a group.
    #[inline(always)]
    fn call(&self, group: &Group<T>, called: &mut usize, shares: usize) {
        let [row, term] = self.a_strides;
        let (rows, terms) = (&group.rows, &group.terms);
        if rows.is_empty() {
            return;
        }
        let count = if row == 1 { terms.len() } else { rows.len() };
        let some = *called..count.min(*called + count.div_ceil(shares));
        *called = some.end;
        for index in some {
            if row == 1 {
                let first = (terms.start + index) * term;
                prefetch(&self.a[first + rows.start..first + rows.end]);
            } else {
                let first = (rows.start + index) * row;
                prefetch(&self.a[first + terms.start * term..first + (terms.end - 1) * term + 1]);
            }
        }
    }

    /// Computes one panel of rows for one strip of columns.
    #[inline(always)]
    pub(super) unsafe fn strip<V: Lanes<T>, const COLUMNS: usize>(
        &mut self,
        rows: Rows<T>,
        strip: *const T,
        [i, j]: [usize; 2],
        [count, width]: [usize; 2],
        terms: Range<usize>,
        ahead: Option<Ahead<T>>,
    ) {
        // SAFETY: as in `run`.
        unsafe {
            if count > V::COUNT {
                self.columns_of::<V, 2, COLUMNS>(rows, strip, [i, j], [count, width], terms, ahead);
            } else {
                self.columns_of::<V, 1, COLUMNS>(rows, strip, [i, j], [count, width], terms, ahead);
            }
        }
    }

    /// Computes `R` registers of rows for one strip of columns.
    #[inline(always)]
    unsafe fn columns_of<V: Lanes<T>, const R: usize, const COLUMNS: usize>(
        &mut self,
        rows: Rows<T>,
        strip: *const T,
        [i, j]: [usize; 2],
        [count, width]: [usize; 2],
        terms: Range<usize>,
        ahead: Option<Ahead<T>>,
    ) {
        let columns = |from: usize| Columns { first: strip.wrapping_add(from), strides: [COLUMNS, 1] };
        // SAFETY: as in `run`.
        unsafe {
            if width == COLUMNS {
                return self.tile::<V, R, COLUMNS>(rows, columns(0), [i, j], count, terms, ahead);
            }
            let mut jj = 0;
            while jj + 4 <= width {
                self.tile::<V, R, 4>(rows, columns(jj), [i, j + jj], count, terms.clone(), None);
                jj += 4;
            }
            while jj < width {
                self.tile::<V, R, 1>(rows, columns(jj), [i, j + jj], count, terms.clone(), None);
                jj += 1;
            }
        }
    }
}
