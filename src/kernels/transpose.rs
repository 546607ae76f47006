//! From samples in rows to samples in columns and back.

/// The side of the square blocks that both sides of a transposition are walked in: 16 x 16 `f64` are 2 KiB.
const BLOCK: usize = 16;

/// Turns rows `first ..` of a column-major matrix of `total` rows into contiguous samples of `width` values.
///
/// `samples` holds as many samples as it has room for: `samples[i * width + j] = matrix[(first + i), j]`.
pub(crate) fn rows_to_columns<T: Copy>(matrix: &[T], total: usize, first: usize, width: usize, samples: &mut [T]) {
    let count = samples.len() / width.max(1);
    for_each_block(count, width, |i, j| samples[i * width + j] = matrix[j * total + first + i]);
}

/// The way back: `matrix[(first + i), j] = samples[i * width + j]`.
pub(crate) fn columns_to_rows<T: Copy>(samples: &[T], width: usize, matrix: &mut [T], total: usize, first: usize) {
    let count = samples.len() / width.max(1);
    for_each_block(count, width, |i, j| matrix[j * total + first + i] = samples[i * width + j]);
}

#[inline(always)]
fn for_each_block(count: usize, width: usize, mut copy: impl FnMut(usize, usize)) {
    for row in (0..count).step_by(BLOCK) {
        for column in (0..width).step_by(BLOCK) {
            for j in column..width.min(column + BLOCK) {
                for i in row..count.min(row + BLOCK) {
                    copy(i, j);
                }
            }
        }
    }
}
