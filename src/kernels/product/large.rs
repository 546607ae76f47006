use super::outer::{Columns, DEPTH_BLOCK, OuterProducts, Panel, Rows, WIDEST};
use crate::Scalar;
use crate::kernels::lanes::Lanes;
use crate::kernels::transpose::turn;
use crate::kernels::{VectorKernel, prefetch};
use std::mem::MaybeUninit;
use std::ops::Range;

/// The same as [`OuterProducts`] for matrices that leave the second cache: of both `a` and `b` what a block of terms needs is
/// copied in the order in which tiles read it, so that no address is far from the one before.
pub(super) struct LargeProducts<'a, T>(pub(super) OuterProducts<'a, T>);

/// The panel that is next: where it goes, and which terms of which rows it still lacks.
struct Ahead<T> {
    panel: *mut T,
    rows: Range<usize>,
    terms: Range<usize>,
}

/// How many terms of the next panel are copied at a time.
const AT_ONCE: usize = 16;

/// So many `f32` columns of a block of terms take a quarter of the second cache of most CPUs; a batch of 256 fits.
const ROOM: usize = 264 * DEPTH_BLOCK / 2;

/// Room for the columns of a block of terms.
#[repr(align(64))]
struct Room([MaybeUninit<u64>; ROOM]);

impl<T: Scalar> VectorKernel<T> for LargeProducts<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(mut self) {
        let mut panels = [const { Panel([[MaybeUninit::<T>::uninit(); 2 * WIDEST]; DEPTH_BLOCK]) }; 2];
        let [panel, next] = &mut panels;
        let panels = [panel.0.as_mut_ptr().cast::<T>(), next.0.as_mut_ptr().cast::<T>()];
        let mut room = Room([MaybeUninit::uninit(); ROOM]);
        let strips = room.0.as_mut_ptr().cast::<T>();
        let at_once = size_of::<Room>() / (DEPTH_BLOCK * size_of::<T>()) / COLUMNS * COLUMNS;
        for first in (0..self.0.depth).step_by(DEPTH_BLOCK) {
            let terms = first..self.0.depth.min(first + DEPTH_BLOCK);
            for column in (0..self.0.n).step_by(at_once) {
                let columns = column..self.0.n.min(column + at_once);
                // SAFETY: as above; there is room for so many columns of a block.
                unsafe {
                    self.0.copy_columns::<V, COLUMNS>(strips, columns.clone(), terms.clone());
                    self.0.strips::<V, COLUMNS>(panels, strips, columns, terms.clone());
                }
            }
        }
    }
}

impl<T: Scalar> OuterProducts<'_, T> {
    /// Copies columns of `b`, whose terms lie together, as many side by side as a tile has, one such strip after the other.
    #[inline(always)]
    unsafe fn copy_columns<V: Lanes<T>, const COLUMNS: usize>(&self, strips: *mut T, columns: Range<usize>, terms: Range<usize>) {
        let stride = self.b_strides[1];
        for j in columns.clone().step_by(COLUMNS) {
            // SAFETY: these columns and terms exist, and there is room for them.
            unsafe {
                let from = self.b.as_ptr().add(terms.start + j * stride);
                let to = strips.add((j - columns.start) * terms.len());
                turn::<T, V>(from, stride, to, COLUMNS, [COLUMNS.min(columns.end - j), terms.len()]);
            }
        }
    }

    /// All rows for the columns that were copied. While tiles of one panel of rows are summed, the next is copied.
    #[inline(always)]
    unsafe fn strips<V: Lanes<T>, const COLUMNS: usize>(
        &mut self,
        [mut panel, mut next]: [*mut T; 2],
        strips: *const T,
        columns: Range<usize>,
        terms: Range<usize>,
    ) {
        let tall = 2 * V::COUNT;
        // SAFETY: as in `run`.
        unsafe {
            self.copy_rows::<V>(panel, 0..self.m.min(tall), terms.clone());
            for i in (0..self.m).step_by(tall) {
                let count = (self.m - i).min(tall);
                let rows = Rows { first: panel.cast_const(), stride: tall };
                let mut ahead = Ahead { panel: next, rows: i + count..self.m.min(i + count + tall), terms: terms.clone() };
                if count == tall {
                    self.strip_block::<V, 2, COLUMNS>(rows, strips, i, V::COUNT, columns.clone(), terms.clone(), &mut ahead);
                } else {
                    self.strip_block::<V, 1, COLUMNS>(
                        rows,
                        strips,
                        i,
                        count.min(V::COUNT),
                        columns.clone(),
                        terms.clone(),
                        &mut ahead,
                    );
                    if count > V::COUNT {
                        let rows = Rows { first: panel.add(V::COUNT).cast_const(), ..rows };
                        let (i, count) = (i + V::COUNT, count - V::COUNT);
                        self.strip_block::<V, 1, COLUMNS>(rows, strips, i, count, columns.clone(), terms.clone(), &mut ahead);
                    }
                }
                self.copy_ahead::<V>(&mut ahead, usize::MAX);
                (panel, next) = (next, panel);
            }
        }
    }

    /// Copies up to so many terms of the panel that is next, and calls as many after them into the cache.
    #[inline(always)]
    unsafe fn copy_ahead<V: Lanes<T>>(&self, ahead: &mut Ahead<T>, count: usize) {
        if ahead.rows.is_empty() || ahead.terms.is_empty() {
            return;
        }
        let terms = ahead.terms.start..ahead.terms.end.min(ahead.terms.start.saturating_add(count));
        ahead.terms.start = terms.end;
        // SAFETY: as in `copy_rows`.
        unsafe {
            self.copy_rows::<V>(ahead.panel, ahead.rows.clone(), terms.clone());
            ahead.panel = ahead.panel.add(2 * V::COUNT * terms.len());
        }
        let [row, term] = self.a_strides;
        let soon = terms.end..ahead.terms.end.min(terms.end.saturating_add(count));
        if row == 1 {
            for place in soon {
                prefetch(&self.a[ahead.rows.start + place * term..ahead.rows.end + place * term]);
            }
        } else {
            for i in ahead.rows.clone() {
                prefetch(&self.a[i * row + soon.start * term..i * row + soon.end * term]);
            }
        }
    }

    /// The columns that were copied for `R` registers of rows.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    unsafe fn strip_block<V: Lanes<T>, const R: usize, const COLUMNS: usize>(
        &mut self,
        rows: Rows<T>,
        mut strips: *const T,
        i: usize,
        count: usize,
        columns: Range<usize>,
        terms: Range<usize>,
        ahead: &mut Ahead<T>,
    ) {
        let mut j = columns.start;
        let strides = [COLUMNS, 1];
        // SAFETY: as in `run`.
        unsafe {
            while j + COLUMNS <= columns.end {
                self.copy_ahead::<V>(ahead, AT_ONCE);
                self.tile::<V, R, COLUMNS>(rows, Columns { first: strips, strides }, [i, j], count, terms.clone());
                strips = strips.add(COLUMNS * terms.len());
                j += COLUMNS;
            }
            while j + 4 <= columns.end {
                self.tile::<V, R, 4>(rows, Columns { first: strips, strides }, [i, j], count, terms.clone());
                strips = strips.add(4);
                j += 4;
            }
            while j < columns.end {
                self.tile::<V, R, 1>(rows, Columns { first: strips, strides }, [i, j], count, terms.clone());
                strips = strips.add(1);
                j += 1;
            }
        }
    }
}
