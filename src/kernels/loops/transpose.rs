//! Copies between samples in rows and samples in columns.

use crate::kernels::scalar::Scalar;
use crate::kernels::simd::cache::prefetch;
use crate::kernels::simd::dispatch::{VectorKernel, dispatch_vector};
use crate::kernels::simd::lanes::Lanes;
use crate::kernels::simd::threads::{available, share_chunks};

/// The side of the square blocks of a transposition; 16 x 16 `f64` are 2 KiB.
const BLOCK: usize = 16;

/// The number of rows that are copied before the next rows, a multiple of the block. Columns are then read without gaps, and
/// few memory pages are in use at a time.
const STRIP: usize = 256;

/// The smallest number of values for which threads share the copy of rows into samples.
const SHARED: usize = 1 << 18;

/// The smallest number of values for which threads share a copy in any order, whose values are far from each other in memory.
const GATHERED: usize = 1 << 14;

/// The number of bytes of samples that are prefetched before they are copied.
const NEAR: usize = 1 << 13;

/// The number of bytes above which samples may not be in a near cache.
const FAR: usize = 1 << 18;

/// Copies rows of a column-major matrix into contiguous samples: `samples[i * width + j] = matrix[(first + i, j)]`.
///
/// The matrix has `total` rows and `width` columns; the length of `samples` determines the number of rows.
pub(crate) fn rows_to_columns<T: Scalar>(matrix: &[T], total: usize, first: usize, width: usize, samples: &mut [T]) {
    let count = samples.len() / width.max(1);
    assert!(first + count <= total && matrix.len() >= width * total);
    let from = matrix.get(first..).unwrap_or_default();
    if total == 1 {
        return samples.copy_from_slice(&from[..samples.len()]);
    }
    let strip = if samples.len() < SHARED { count } else { STRIP };
    share_chunks(samples, strip * width, |number, to| {
        let (from, rows) = (&from[number * strip..], to.len() / width);
        dispatch_vector(Transpose { from, to, rows, columns: width, from_stride: total, to_stride: width });
    });
}

/// Copies the samples with these numbers until `into` is full, and prefetches the samples of the remaining numbers.
pub(crate) fn gather_samples<T: Scalar>(samples: &[T], width: usize, numbers: &[usize], into: &mut [T]) {
    // A call to copy a sample takes longer than the copy of a few values.
    match width {
        1 => return gather_few::<T, 1>(samples, numbers, into),
        2 => return gather_few::<T, 2>(samples, numbers, into),
        3 => return gather_few::<T, 3>(samples, numbers, into),
        4 => return gather_few::<T, 4>(samples, numbers, into),
        _ => {}
    }
    // So many samples stay in the L1 cache until they are copied. Small data are not prefetched, because they are in a cache.
    let is_far = size_of_val(samples) > FAR;
    let ahead = (NEAR / (width * size_of::<T>()).max(1)).clamp(1, into.len() / width.max(1));
    for (index, (into, &number)) in into.chunks_exact_mut(width.max(1)).zip(numbers).enumerate() {
        if is_far && let Some(&next) = numbers.get(index + ahead) {
            prefetch(&samples[next * width..(next + 1) * width]);
        }
        into.copy_from_slice(&samples[number * width..(number + 1) * width]);
    }
}

/// Copies samples of `N` values as [`gather_samples`] does; a CPU loads many of them at once without prefetching.
fn gather_few<T: Scalar, const N: usize>(samples: &[T], numbers: &[usize], into: &mut [T]) {
    let (samples, into) = (samples.as_chunks::<N>().0, into.as_chunks_mut::<N>().0);
    into.iter_mut().zip(numbers).for_each(|(into, &number)| *into = samples[number]);
}

/// Copies the rows with these numbers into contiguous samples: `samples[i * width + j] = matrix[(first + rows[i], j)]`.
pub(crate) fn gather_rows<T: Scalar>(matrix: &[T], total: usize, first: usize, rows: &[usize], samples: &mut [T]) {
    let width = samples.len() / rows.len().max(1);
    assert!(matrix.len() == width * total && rows.iter().all(|row| first + row < total));
    let share = if samples.len() < GATHERED { rows.len() } else { rows.len().div_ceil(available()) };
    share_chunks(samples, share * width, |number, to| {
        let rows = &rows[number * share..];
        // The copy is column by column, because the values of a column are close to each other.
        for (j, column) in matrix.chunks_exact(total).enumerate() {
            let column = &column[first..];
            to.chunks_exact_mut(width).zip(rows).for_each(|(sample, &row)| sample[j] = column[row]);
        }
    });
}

/// Copies samples into rows of a column-major matrix: `matrix[(first + i, j)] = samples[i * width + j]`.
pub(crate) fn columns_to_rows<T: Scalar>(samples: &[T], width: usize, matrix: &mut [T], total: usize, first: usize) {
    let count = samples.len() / width.max(1);
    assert!(first + count <= total && matrix.len() >= width * total);
    let to = matrix.get_mut(first..).unwrap_or_default();
    dispatch_vector(Transpose { from: samples, to, rows: width, columns: count, from_stride: width, to_stride: total });
}

/// The transposition `to[i * to_stride + j] = from[j * from_stride + i]` for `i` below `rows` and `j` below `columns`.
struct Transpose<'a, T> {
    from: &'a [T],
    to: &'a mut [T],
    rows: usize,
    columns: usize,
    from_stride: usize,
    to_stride: usize,
}

impl<T: Scalar> VectorKernel<T> for Transpose<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(self) {
        let Self { from, to, rows, columns, from_stride, to_stride } = self;
        assert!(rows == 0 || columns == 0 || (columns - 1) * from_stride + rows <= from.len());
        assert!(rows == 0 || columns == 0 || (rows - 1) * to_stride + columns <= to.len());
        if rows < V::SQUARE {
            // SAFETY: the sizes were asserted.
            return unsafe { turn::<T, V>(from.as_ptr(), from_stride, to.as_mut_ptr(), to_stride, [columns, rows]) };
        }
        for strip in (0..rows).step_by(STRIP) {
            let end = rows.min(strip + STRIP);
            for column in (0..columns).step_by(BLOCK) {
                let width = BLOCK.min(columns - column);
                for row in (strip..end).step_by(BLOCK) {
                    let height = BLOCK.min(end - row);
                    // The next columns are far from these in memory, so their rows of this block are prefetched.
                    for next in (column + BLOCK..columns).take(BLOCK) {
                        prefetch(&from[next * from_stride + row..][..height]);
                    }
                    // SAFETY: these rows and columns exist on both sides, as was asserted.
                    unsafe {
                        let from = from.as_ptr().add(column * from_stride + row);
                        let to = to.as_mut_ptr().add(row * to_stride + column);
                        turn::<T, V>(from, from_stride, to, to_stride, [width, height]);
                    }
                }
            }
        }
    }
}

/// Computes `to[i + k * to_stride] = from[i * from_stride + k]` for all `rows` and `terms`.
///
/// The values are copied in squares, the last of which overlap the previous ones; without enough values for a square, they are
/// copied one by one.
///
/// # Safety
///
/// The CPU must have the instructions of `V`; the pointers must be valid for these rows and terms.
#[inline(always)]
pub(crate) unsafe fn turn<T: Copy, V: Lanes<T>>(
    from: *const T,
    from_stride: usize,
    to: *mut T,
    to_stride: usize,
    [rows, terms]: [usize; 2],
) {
    // SAFETY: guaranteed by the caller.
    unsafe {
        if rows < V::SQUARE || terms < V::SQUARE {
            for i in 0..rows {
                for k in 0..terms {
                    *to.add(i + k * to_stride) = *from.add(i * from_stride + k);
                }
            }
            return;
        }
        for i in (0..rows).step_by(V::SQUARE) {
            let i = i.min(rows - V::SQUARE);
            for k in (0..terms).step_by(V::SQUARE) {
                let k = k.min(terms - V::SQUARE);
                V::turn(from.add(i * from_stride + k), from_stride, to.add(i + k * to_stride), to_stride);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::dispatch::tests::with_every_level;
    use nalgebra::DMatrix;

    #[test]
    fn samples_are_gathered_in_any_order() {
        for width in [1, 2, 3, 4, 5, 700] {
            let samples: Vec<f32> = (0..20 * width).map(|i| i as f32).collect();
            let numbers = [3, 19, 0, 3, 7, 8, 12];
            let mut gathered = vec![0.0; 5 * width];
            gather_samples(&samples, width, &numbers, &mut gathered);
            let expected: Vec<f32> = numbers[..5].iter().flat_map(|&n| samples[n * width..(n + 1) * width].to_vec()).collect();
            assert_eq!(gathered, expected);
        }
    }

    fn turned_and_back<T: Scalar>() {
        for (rows, width) in [(1, 1), (5, 3), (16, 16), (300, 40), (17, 33)] {
            let matrix = DMatrix::from_fn(rows, width, |row, column| T::of((row * 1000 + column) as f64));
            let (first, count) = (rows / 3, rows - rows / 3);
            let mut samples = vec![T::zero(); count * width];
            rows_to_columns(matrix.as_slice(), rows, first, width, &mut samples);
            assert_eq!(samples, matrix.rows(first, count).transpose().as_slice());
            let order: Vec<usize> = (0..count).rev().step_by(2).collect();
            let mut gathered = vec![T::zero(); order.len() * width];
            gather_rows(matrix.as_slice(), rows, first, &order, &mut gathered);
            assert_eq!(gathered, matrix.rows(first, count).select_rows(&order).transpose().as_slice());
            let mut back = DMatrix::zeros(rows, width);
            columns_to_rows(&samples, width, back.as_mut_slice(), rows, first);
            assert_eq!(back.rows(first, count), matrix.rows(first, count));
            assert_eq!(back.rows(0, first).sum(), T::zero());
        }
    }

    #[test]
    fn rows_become_samples_and_come_back() {
        with_every_level(|| {
            turned_and_back::<f32>();
            turned_and_back::<f64>();
        });
    }
}
