//! From samples in rows to samples in columns and back.

use super::threads::{available, share_chunks};
use super::{Kernel, dispatch, prefetch};
use crate::Scalar;

/// The side of the square blocks that both sides of a transposition are walked in: 16 x 16 `f64` are 2 KiB.
const BLOCK: usize = 16;

/// How many rows are finished before the next are begun, a multiple of the block: columns are then read without gaps,
/// and few pages are in use at a time.
const STRIP: usize = 256;

/// From how many values on several threads share the way into samples.
const SHARED: usize = 1 << 18;

/// The same for rows in any order, each value of which is fetched from afar.
const GATHERED: usize = 1 << 14;

/// How many bytes of samples are called into the cache before they are wanted.
const NEAR: usize = 1 << 13;

/// From how many bytes on samples may be too far away to be had at once.
const FAR: usize = 1 << 18;

/// Turns rows `first ..` of a column-major matrix of `total` rows into contiguous samples of `width` values.
///
/// `samples` holds as many samples as it has room for: `samples[i * width + j] = matrix[(first + i), j]`.
pub(crate) fn rows_to_columns<T: Scalar>(matrix: &[T], total: usize, first: usize, width: usize, samples: &mut [T]) {
    let count = samples.len() / width.max(1);
    assert!(first + count <= total && matrix.len() >= width * total);
    let from = matrix.get(first..).unwrap_or_default();
    let strip = if samples.len() < SHARED { count } else { STRIP };
    share_chunks(samples, strip * width, |number, to| {
        let (from, rows) = (&from[number * strip..], to.len() / width);
        dispatch(Transpose { from, to, rows, columns: width, from_stride: total, to_stride: width });
    });
}

/// Copies the samples with these numbers, as many as there is room for. Those that come next are called into the cache.
pub(crate) fn gather_samples<T: Scalar>(samples: &[T], width: usize, numbers: &[usize], into: &mut [T]) {
    // as many as stay in the nearest cache until they are wanted; none where all are near
    let is_far = size_of_val(samples) > FAR;
    let ahead = (NEAR / (width * size_of::<T>()).max(1)).clamp(1, into.len() / width.max(1));
    for (place, (into, &number)) in into.chunks_exact_mut(width.max(1)).zip(numbers).enumerate() {
        if is_far && let Some(&next) = numbers.get(place + ahead) {
            prefetch(&samples[next * width..(next + 1) * width]);
        }
        into.copy_from_slice(&samples[number * width..(number + 1) * width]);
    }
}

/// Turns the rows with these numbers, counted from row `first`, into contiguous samples, in this order:
/// `samples[i * width + j] = matrix[(first + rows[i], j)]`.
pub(crate) fn gather_rows<T: Scalar>(matrix: &[T], total: usize, first: usize, rows: &[usize], samples: &mut [T]) {
    let width = samples.len() / rows.len().max(1);
    assert!(matrix.len() == width * total && rows.iter().all(|row| first + row < total));
    let share = if samples.len() < GATHERED { rows.len() } else { rows.len().div_ceil(available()) };
    share_chunks(samples, share * width, |number, to| {
        let rows = &rows[number * share..];
        // column by column, since the values of one are close to each other
        for (j, column) in matrix.chunks_exact(total).enumerate() {
            let column = &column[first..];
            to.chunks_exact_mut(width).zip(rows).for_each(|(sample, &row)| sample[j] = column[row]);
        }
    });
}

/// The way back: `matrix[(first + i), j] = samples[i * width + j]`.
pub(crate) fn columns_to_rows<T: Scalar>(samples: &[T], width: usize, matrix: &mut [T], total: usize, first: usize) {
    let count = samples.len() / width.max(1);
    assert!(first + count <= total && matrix.len() >= width * total);
    let to = matrix.get_mut(first..).unwrap_or_default();
    dispatch(Transpose { from: samples, to, rows: width, columns: count, from_stride: width, to_stride: total });
}

/// `to[i * to_stride + j] = from[j * from_stride + i]` for `i` below `rows` and `j` below `columns`.
struct Transpose<'a, T> {
    from: &'a [T],
    to: &'a mut [T],
    rows: usize,
    columns: usize,
    from_stride: usize,
    to_stride: usize,
}

impl<T: Scalar> Kernel for Transpose<'_, T> {
    #[inline(always)]
    fn run(mut self) {
        for strip in (0..self.rows).step_by(STRIP) {
            let end = self.rows.min(strip + STRIP);
            for column in (0..self.columns).step_by(BLOCK) {
                for row in (strip..end).step_by(BLOCK) {
                    if row + BLOCK <= end && column + BLOCK <= self.columns {
                        self.block(row, column);
                    } else {
                        self.edge(row..end.min(row + BLOCK), column..self.columns.min(column + BLOCK));
                    }
                }
            }
        }
    }
}

impl<T: Scalar> Transpose<'_, T> {
    /// A whole block, through a copy whose size is known, so that the compiler can do it in registers.
    #[inline(always)]
    fn block(&mut self, row: usize, column: usize) {
        let mut block = [[T::zero(); BLOCK]; BLOCK];
        for (j, copy) in block.iter_mut().enumerate() {
            let place = (column + j) * self.from_stride + row;
            copy.copy_from_slice(&self.from[place..place + BLOCK]);
            // the same rows of the columns that come next, which lie far from these
            if let Some(next) = self.from.get(place + BLOCK * self.from_stride..).and_then(|next| next.get(..BLOCK)) {
                prefetch(next);
            }
        }
        for i in 0..BLOCK {
            let place = (row + i) * self.to_stride + column;
            let to = &mut self.to[place..place + BLOCK];
            to.iter_mut().zip(&block).for_each(|(to, column)| *to = column[i]);
        }
    }

    #[inline(always)]
    fn edge(&mut self, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) {
        for j in columns {
            for i in rows.clone() {
                self.to[i * self.to_stride + j] = self.from[j * self.from_stride + i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    #[test]
    fn samples_are_gathered_in_any_order() {
        for width in [1, 5, 700] {
            let samples: Vec<f32> = (0..20 * width).map(|i| i as f32).collect();
            let numbers = [3, 19, 0, 3, 7, 8, 12];
            let mut gathered = vec![0.0; 5 * width];
            gather_samples(&samples, width, &numbers, &mut gathered);
            let expected: Vec<f32> = numbers[..5].iter().flat_map(|&n| samples[n * width..(n + 1) * width].to_vec()).collect();
            assert_eq!(gathered, expected);
        }
    }

    #[test]
    fn rows_become_samples_and_come_back() {
        for (rows, width) in [(1, 1), (5, 3), (16, 16), (300, 40), (17, 33)] {
            let matrix = DMatrix::from_fn(rows, width, |row, column| (row * 1000 + column) as f64);
            let (first, count) = (rows / 3, rows - rows / 3);
            let mut samples = vec![0.0; count * width];
            rows_to_columns(matrix.as_slice(), rows, first, width, &mut samples);
            assert_eq!(samples, matrix.rows(first, count).transpose().as_slice());
            let order: Vec<usize> = (0..count).rev().step_by(2).collect();
            let mut gathered = vec![0.0; order.len() * width];
            gather_rows(matrix.as_slice(), rows, first, &order, &mut gathered);
            assert_eq!(gathered, matrix.rows(first, count).select_rows(&order).transpose().as_slice());
            let mut back = DMatrix::zeros(rows, width);
            columns_to_rows(&samples, width, back.as_mut_slice(), rows, first);
            assert_eq!(back.rows(first, count), matrix.rows(first, count));
            assert_eq!(back.rows(0, first).sum(), 0.0);
        }
    }
}
