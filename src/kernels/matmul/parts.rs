//! The weight gradient of a fused update: a few columns at a time, which are used while they are in the cache.

use super::choose::{Algorithm, Product, choose};
use super::outer::{Ahead, DEPTH_BLOCK, OuterProducts, WIDEST, panel_rows};
use super::{SHARED, Sizes};
use crate::kernels::loops::slots::Slots;
use crate::kernels::scalar::Scalar;
use crate::kernels::simd::cache::{LINE, near};
use crate::kernels::simd::dispatch::{VectorKernel, dispatch_vector};
use crate::kernels::simd::lanes::Lanes;
use crate::kernels::simd::threads::{self, Parts, share};
use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Computes [`weight_gradient`](super::weight_gradient) a few columns at a time, and calls `step` to update the weights while
/// they are in the cache.
///
/// `step` gets the weights of these columns, their gradient and their slots. `room` is memory of the size of the weights, whose
/// values are not specified afterwards. The bits of the gradient are those of [`weight_gradient`].
pub(crate) fn weight_gradient_in_parts<T: Scalar>(
    room: &mut [T],
    [dy, x]: [&[T]; 2],
    sizes: Sizes,
    weight: &mut [T],
    slots: &mut Slots<'_, T>,
    step: impl Fn(&mut [T], &[T], Slots<'_, T>) + Sync,
) {
    sizes.check(weight, x, dy);
    assert!(room.len() == weight.len());
    let Sizes { units, inputs, count } = sizes;
    let columns = columns_of_part::<T>(sizes);
    let (parts, length) = (inputs.div_ceil(columns), columns * units);
    let threads = if units * inputs * count < SHARED { 1 } else { threads::available() };
    let is_packed = choose::<T>(Product::WeightGradientInParts, sizes) == Algorithm::PackedPartProducts;
    let packed = units.next_multiple_of(PANEL) * count;
    let (copy, room) = room.split_at_mut(if is_packed { packed } else { 0 });
    if is_packed {
        pack(copy, dy, sizes, threads);
    }
    let workers = threads.min(parts).min(room.len() / length);
    let (room, weight, next) = (Parts::new(room), Parts::new(weight), AtomicUsize::new(0));
    let copy = &*copy;
    share(workers, |worker| {
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= parts {
                break;
            }
            let first = part * columns;
            let n = columns.min(inputs - first);
            let range = part * length..part * length + n * units;
            // SAFETY: every worker has its own memory, and each part is taken once.
            let (gradient, weight, slots) = unsafe {
                (room.get(worker * length, range.len()), weight.get(range.start, range.len()), slots.shared_part(range))
            };
            let (c, x) = (gradient.as_mut_ptr(), &x[first..]);
            let [a_strides, b_strides] = [[1, units], [inputs, 1]];
            let product =
                OuterProducts { c, c_stride: units, start: &[], a: dy, a_strides, b: x, b_strides, m: units, n, depth: count };
            // This is most likely the worker's next part.
            dispatch_vector(PartProducts {
                product,
                copy,
                weight,
                slots: &slots,
                next: x.get(workers * columns..).unwrap_or_default(),
            });
            step(weight, gradient, slots);
        }
    });
}

/// Returns the number of columns of a part, whose gradient, weights and slots fit into the L2 cache.
pub(super) fn columns_of_part<T>(Sizes { units, inputs, .. }: Sizes) -> usize {
    let near = near() / (8 * size_of::<T>()) / units;
    near.next_multiple_of(COLUMNS).clamp(2 * COLUMNS, MOST_COLUMNS).min(inputs)
}

/// The number of columns of a part is a multiple of this, and so of the columns of a tile with any registers.
const COLUMNS: usize = 12;

/// The largest number of columns of a part.
const MOST_COLUMNS: usize = 96;

/// The largest number of rows of a tile: two of the widest registers.
pub(super) const PANEL: usize = 2 * WIDEST;

/// Copies the output gradients in the order in which tiles read them, into memory for whole panels.
fn pack<T: Scalar>(copy: &mut [T], dy: &[T], Sizes { units, count, .. }: Sizes, threads: usize) {
    let panels = units.div_ceil(PANEL);
    let at_once = panels.div_ceil(threads);
    let copy = Parts::new(copy);
    share(panels.div_ceil(at_once), |piece| {
        let panels = piece * at_once..panels.min((piece + 1) * at_once);
        let rows = panels.start * PANEL..units.min(panels.end * PANEL);
        dispatch_vector(Pack { copy: copy.pointer(), dy, units, count, rows });
    });
}

/// A range of rows of the output gradients, and the start of the copy of all rows.
struct Pack<'a, T> {
    copy: *mut T,
    dy: &'a [T],
    units: usize,
    count: usize,
    rows: Range<usize>,
}

/// The products of a part. The weights of its columns, their slots, and the columns of the next part are prefetched meanwhile.
struct PartProducts<'a, T> {
    product: OuterProducts<'a, T>,
    /// A copy of the rows in the order in which tiles read them; empty if the rows are not copied.
    copy: &'a [T],
    weight: &'a [T],
    slots: &'a Slots<'a, T>,
    /// The inputs, from the first column of the next part on.
    next: &'a [T],
}

/// Returns the start of the copy of the rows from `row` on, for the terms of a block; the panels of a block are contiguous.
fn panel_start<V: Lanes<T>, T: Scalar>(units: usize, row: usize, terms: &Range<usize>) -> usize {
    terms.start * units.next_multiple_of(2 * V::COUNT) + row * terms.len()
}

impl<T: Scalar> VectorKernel<T> for Pack<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(self) {
        let Self { copy, dy, units, count, rows } = self;
        let (c, a_strides, b_strides) = (copy, [1, units], [0, 0]);
        let product =
            OuterProducts { c, c_stride: 0, start: &[], a: dy, a_strides, b: &[], b_strides, m: units, n: 0, depth: count };
        for first in (0..count).step_by(DEPTH_BLOCK) {
            let terms = first..count.min(first + DEPTH_BLOCK);
            for row in rows.clone().step_by(2 * V::COUNT) {
                let rows = row..rows.end.min(row + 2 * V::COUNT);
                // SAFETY: the caller guarantees the CPU; these rows exist, and no registers need larger panels than the widest.
                unsafe { product.copy_rows::<V>(copy.add(panel_start::<V, T>(units, row, &terms)), rows, terms.clone()) }
            }
        }
    }
}

impl<T: Scalar> VectorKernel<T> for PartProducts<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(self) {
        let Self { mut product, copy, weight, slots, next } = self;
        let mut room = [const { MaybeUninit::<T>::uninit() }; MOST_COLUMNS * DEPTH_BLOCK + WIDEST];
        let (tall, line) = (2 * V::COUNT, LINE / size_of::<T>());
        let OuterProducts { m, n, depth, b_strides: [inputs, _], .. } = product;
        for first in (0..depth).step_by(DEPTH_BLOCK) {
            let terms = first..depth.min(first + DEPTH_BLOCK);
            // SAFETY: the caller guarantees the CPU; there is memory for the columns of a part.
            unsafe { product.copy_columns::<V, COLUMNS>(&mut room, 0..n, terms.clone()) }
            let strips = room.as_ptr().cast::<T>();
            // While the last terms are summed, each array is prefetched once, line by line, in equal shares for whole tiles.
            let tiles = if terms.end == depth { weight.len().div_ceil(line * terms.len()) } else { 0 };
            let mut arrays = std::iter::once(weight.as_ptr()).chain(slots.pointers());
            let (mut array, mut left) = (Ahead { line: weight.as_ptr(), step: line, every: 1 }, 0);
            let mut lines = (0..n.min(next.len())).step_by(line);
            for i in (0..m).step_by(tall) {
                for j in (0..n).step_by(COLUMNS) {
                    let strip = strips.wrapping_add(j * terms.len());
                    if left == 0
                        && tiles > 0
                        && let Some(line) = arrays.next()
                    {
                        (array.line, left) = (line, tiles);
                    }
                    let ahead = if left > 0 {
                        left -= 1;
                        let now = array;
                        array.line = array.line.wrapping_add(line * terms.len());
                        now
                    } else if let Some(index) = lines.next() {
                        Ahead { line: next.as_ptr().wrapping_add(terms.start * inputs + index), step: inputs, every: 1 }
                    } else {
                        // This line is in the cache already.
                        Ahead { line: strip, step: 0, every: 1 }
                    };
                    // SAFETY: the caller guarantees the CPU; these rows exist, or were copied.
                    unsafe {
                        let rows = if copy.is_empty() {
                            product.rows(i, &terms)
                        } else {
                            panel_rows::<T, V>(copy.as_ptr().add(panel_start::<V, T>(m, i, &terms)), &terms)
                        };
                        let size = [(m - i).min(tall), COLUMNS.min(n - j)];
                        product.strip::<V, COLUMNS>(rows, strip, [i, j], size, terms.clone(), Some(ahead));
                    }
                }
            }
        }
    }
}
