//! The forward product for samples that are the rows of a matrix.

use super::choose::{Algorithm, Product, choose};
use super::outer::{Ahead, DEPTH_BLOCK, OuterProducts, WIDEST};
use super::{PIECES, SHARED, Sizes};
use crate::kernels::scalar::Scalar;
use crate::kernels::simd::dispatch::{VectorKernel, dispatch_vector};
use crate::kernels::simd::lanes::Lanes;
use crate::kernels::simd::threads::{available, share_chunks};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};

/// The largest number of columns that are copied at once; a multiple of the columns of any tile.
const WIDE: usize = 48;

/// Returns the number of columns that are copied at once, for a tile with this number of columns.
///
/// With more columns, more values of a cache line are used at once. But the widest registers compute so fast that the copies
/// should stay in the L1 cache.
const fn copied_at_once(columns_of_tile: usize) -> usize {
    if columns_of_tile < 12 { WIDE } else { WIDE / 2 }
}

/// The largest number of strips of a tile's columns that are copied at once.
const MOST_STRIPS: usize = WIDE / 4;

/// Returns whether [`forward_rows`] is the fastest way to compute this product.
pub(crate) fn reads_rows<T>(sizes: Sizes) -> bool {
    choose::<T>(Product::ForwardRows, sizes) == Algorithm::RowProducts
}

/// Computes `y = W x + b`, with the bits of [`forward`](super::forward), for samples that are the rows of a matrix.
///
/// The samples are the rows from `first` on of a column-major matrix of `total` rows; they are not all copied as samples.
/// Returns whether all values of these rows are finite.
pub(crate) fn forward_rows<T: Scalar>(
    y: &mut [T],
    weights: &[T],
    bias: &[T],
    matrix: &[T],
    [first, total]: [usize; 2],
    sizes: Sizes,
) -> bool {
    let Sizes { units, inputs, count } = sizes;
    assert!(weights.len() == units * inputs && y.len() == units * count && matrix.len() == inputs * total);
    assert!(first + count <= total && (bias.is_empty() || bias.len() == units));
    let shared = units * inputs * count >= SHARED;
    let chunk = if shared { count.div_ceil(PIECES * available()).next_multiple_of(WIDE) } else { count };
    let is_finite = AtomicBool::new(true);
    share_chunks(y, chunk * units, |number, y| {
        let first = first + number * chunk;
        let (c, n, b) = (y.as_mut_ptr(), y.len() / units, &matrix[first..]);
        let [a_strides, b_strides] = [[1, units], [total, 1]];
        let product =
            OuterProducts { c, c_stride: units, start: bias, a: weights, a_strides, b, b_strides, m: units, n, depth: inputs };
        dispatch_vector(RowProducts(product));
        // A value that is not finite makes every sum with it NaN or infinite, whatever its weight.
        let doubtful = y.chunks_exact(units).zip(first..).filter(|(sums, _)| !sums[0].is_finite());
        let mut values = doubtful.flat_map(|(_, row)| matrix[row..].iter().step_by(total));
        if !values.all(|value| value.is_finite()) {
            is_finite.store(false, Ordering::Relaxed);
        }
    });
    is_finite.into_inner()
}

/// The product with the rows of a matrix, which are copied a few at a time; the next rows are prefetched meanwhile.
struct RowProducts<'a, T>(OuterProducts<'a, T>);

/// Returns the start of the copy of strip number `strip`; each strip is followed by memory for the rest of a register.
fn strip_start<const COLUMNS: usize>(strip: usize) -> usize {
    strip * (COLUMNS * DEPTH_BLOCK + WIDEST)
}

impl<T: Scalar> VectorKernel<T> for RowProducts<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(self) {
        let Self(mut product) = self;
        let mut room = [const { MaybeUninit::<T>::uninit() }; WIDE * DEPTH_BLOCK + MOST_STRIPS * WIDEST];
        let strips = room.as_mut_ptr().cast::<T>();
        let OuterProducts { m, n, depth, b, b_strides: [total, _], .. } = product;
        let tall = 2 * V::COUNT;
        let wide = copied_at_once(COLUMNS);
        // Prefetches are spread over the sums of all panels, because many at once would delay the loads of values in use.
        let every = prev_power_of_two(m.div_ceil(tall));
        // SAFETY: the caller guarantees the CPU; tiles are within the matrices, whose sizes were asserted, and there is memory
        // for the copies; prefetched addresses are not read.
        unsafe {
            for group in (0..n).step_by(wide) {
                let columns = group..n.min(group + wide);
                for first in (0..depth).step_by(DEPTH_BLOCK) {
                    let terms = first..depth.min(first + DEPTH_BLOCK);
                    let from = b.as_ptr().add(first * total);
                    let size = [columns.len(), terms.len()];
                    copy_strips::<T, V, COLUMNS>(from.add(group), total, strips, size);
                    for (number, j) in columns.clone().step_by(COLUMNS).enumerate() {
                        let strip = strips.add(strip_start::<COLUMNS>(number)).cast_const();
                        let next = from.wrapping_add(j + wide + COLUMNS - 1);
                        for (panel, i) in (0..m).step_by(tall).enumerate() {
                            let ahead = if panel < every {
                                let line = next.wrapping_add(panel * terms.len() / every * total);
                                Ahead { line, step: total, every }
                            } else {
                                Ahead { line: strip, step: 0, every: 1 }
                            };
                            let rows = product.rows(i, &terms);
                            let size = [(m - i).min(tall), COLUMNS.min(columns.end - j)];
                            product.strip::<V, COLUMNS>(rows, strip, [i, j], size, terms.clone(), Some(ahead));
                        }
                    }
                }
            }
        }
    }
}

fn prev_power_of_two(number: usize) -> usize {
    1 << number.max(1).ilog2()
}

/// Copies `width` columns of `terms` terms to strips of a tile's columns.
///
/// # Safety
///
/// The CPU must have the instructions of `V`, the columns and terms must exist, and there must be memory for them.
#[inline(always)]
unsafe fn copy_strips<T: Scalar, V: Lanes<T>, const COLUMNS: usize>(
    from: *const T,
    from_stride: usize,
    strips: *mut T,
    [width, terms]: [usize; 2],
) {
    // SAFETY: guaranteed by the caller; whole registers are stored, and the values after the columns are overwritten by the
    // next term or are after the strip, where there is memory for them.
    unsafe {
        for k in 0..terms {
            for strip in 0..copied_at_once(COLUMNS) / COLUMNS {
                let columns = COLUMNS.min(width.saturating_sub(strip * COLUMNS));
                let (from, to) = (
                    from.wrapping_add(k * from_stride + strip * COLUMNS),
                    strips.add(strip_start::<COLUMNS>(strip) + k * COLUMNS),
                );
                for j in (0..columns).step_by(V::COUNT) {
                    let values = V::load_first(from.add(j), V::COUNT.min(columns - j));
                    values.store(to.add(j));
                }
            }
        }
    }
}
