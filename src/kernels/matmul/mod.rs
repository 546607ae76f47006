//! The three matrix products of a dense layer, without a transposed copy and without memory of the heap.
//!
//! All matrices are column-major, and a batch has one sample in each column. A tile of the result stays in registers
//! while its sums run. Each value is summed in the same order wherever its tile lies, so that the bits of a sample do
//! not depend on the samples beside it.

mod dot;
mod large;
mod outer;
mod parts;
mod rows;

pub(crate) use parts::weight_gradient_in_parts;
pub(crate) use rows::{forward_rows, reads_rows};

use crate::kernels::scalar::Scalar;
use crate::kernels::simd::cache::{LINE, near};
use crate::kernels::simd::dispatch::dispatch_vector;
use crate::kernels::simd::threads::{self, Parts, share};
use dot::DotProducts;
use large::LargeProducts;
use outer::{DEPTH_BLOCK, OneByOne, OuterProducts, RowsFirst};
use std::ops::Range;

/// How large the products of a dense layer are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) units: usize,
    pub(crate) inputs: usize,
    /// How many samples there are.
    pub(crate) count: usize,
}

impl Sizes {
    /// Fails unless the weights and what stands before and behind them are so large.
    #[inline]
    fn check<T>(self, weights: &[T], x: &[T], y: &[T]) {
        let Self { units, inputs, count } = self;
        assert!(weights.len() == units * inputs && x.len() == inputs * count && y.len() == units * count);
    }
}

/// `y = W x + b`: `units` rows, a column for each sample; `W` is `units x inputs`, an empty `b` is 0.
pub(crate) fn forward<T: Scalar>(y: &mut [T], weights: &[T], bias: &[T], x: &[T], sizes: Sizes) {
    sizes.check(weights, x, y);
    let Sizes { units, inputs, count } = sizes;
    assert!(bias.is_empty() || bias.len() == units);
    if units == 1 && inputs <= FEW_INPUTS {
        let c = y.as_mut_ptr();
        let [a_strides, b_strides] = [[1, 1], [1, inputs]];
        let product =
            OuterProducts { c, c_stride: 1, start: bias, a: weights, a_strides, b: x, b_strides, m: 1, n: count, depth: inputs };
        dispatch_vector(OneByOne(product));
    } else if units == 1 {
        // one row of weights: a dot product for each sample
        let start = bias.first().copied().unwrap_or(T::zero());
        dot_products(y, weights, x, [1, count, inputs], start);
    } else {
        outer_products(y, bias, weights, (1, units), x, (1, inputs), [units, count, inputs]);
    }
}

/// `dW = dy x^T`, the gradient of the weights.
pub(crate) fn weight_gradient<T: Scalar>(dw: &mut [T], dy: &[T], x: &[T], sizes: Sizes) {
    sizes.check(dw, x, dy);
    let Sizes { units, inputs, count } = sizes;
    if units == 1 {
        // the same sum with rows and columns exchanged, so that registers run along the inputs
        outer_products(dw, &[], x, (1, inputs), dy, (1, count), [inputs, 1, count]);
    } else {
        outer_products(dw, &[], dy, (1, units), x, (inputs, 1), [units, inputs, count]);
    }
}

/// `dx = W^T dy`, the slope of the inputs.
pub(crate) fn input_gradient<T: Scalar>(dx: &mut [T], weights: &[T], dy: &[T], sizes: Sizes) {
    sizes.check(weights, dx, dy);
    let Sizes { units, inputs, count } = sizes;
    let shape = [inputs, count, units];
    if units == 1 {
        outer_products(dx, &[], weights, (1, inputs), dy, (count, 1), shape);
    } else if is_turned::<T>(sizes) {
        outer_products(dx, &[], weights, (units, 1), dy, (1, units), shape);
    } else {
        dot_products(dx, weights, dy, shape, T::zero());
    }
}

/// Whether to turn the weights around for the slope of the inputs, block by block, rather than to sum dot products over their
/// lanes: that costs something for each weight, this for each value of the result.
fn is_turned<T>(Sizes { units, inputs, count }: Sizes) -> bool {
    // weights that leave the second cache are better walked through in order, and the registers of dot products should not reach
    // into a second line
    let leaves = units * inputs * size_of::<T>() > 2 * near();
    let is_ragged = !(units * size_of::<T>()).is_multiple_of(LINE) && count >= MANY_SAMPLES;
    let units_for_each = if leaves || is_ragged { 8 } else { 3 };
    units < FEW_TERMS || (inputs >= FEW_ROWS && units <= units_for_each * count)
}

/// The sum of the columns of a matrix, which are as long as `sums`.
pub(crate) fn sum_columns<T: Scalar>(sums: &mut [T], columns: &[T], count: usize) {
    let width = sums.len();
    assert!(columns.len() == width * count);
    // the product with a column of ones
    outer_products(sums, &[], columns, (1, width), &[T::one()], (0, 0), [width, 1, count]);
}

/// `c = start + a b` by [`OuterProducts`], whose strides these are: as pairs, since arrays would go through memory, where a tiny
/// product waits for them.
#[inline(always)]
fn outer_products<T: Scalar>(
    c: &mut [T],
    start: &[T],
    a: &[T],
    a_strides: (usize, usize),
    b: &[T],
    b_strides: (usize, usize),
    [m, n, depth]: [usize; 3],
) {
    if m * n * depth <= TINY {
        let (c, a_strides, b_strides) = (c.as_mut_ptr(), a_strides.into(), b_strides.into());
        dispatch_vector(OneByOne(OuterProducts { c, c_stride: m, start, a, a_strides, b, b_strides, m, n, depth }));
    } else {
        outer_products_in_registers(c, start, a, a_strides, b, b_strides, [m, n, depth]);
    }
}

/// The same in registers, by threads where that pays.
fn outer_products_in_registers<T: Scalar>(
    c: &mut [T],
    start: &[T],
    a: &[T],
    a_strides: (usize, usize),
    b: &[T],
    b_strides: (usize, usize),
    [m, n, depth]: [usize; 3],
) {
    let bytes = |extent: usize| extent * depth.min(DEPTH_BLOCK) * size_of::<T>();
    // what is walked through again and again should stay in the second cache
    let rows_first = a_strides.0 != 1 || (n >= ROWS && bytes(m) > near() && bytes(n) <= near());
    // copies of both sides pay from a quarter of it on, where columns or terms lie side by side
    let is_large = bytes(m) > near() / 2 && m * n > LARGE && (b_strides.0 == 1 || b_strides.1 == 1);
    share_rows(c, [m, n, depth], |c, rows| {
        let start = start.get(rows.clone()).unwrap_or_default();
        let a = &a[rows.start * a_strides.0..];
        let (a_strides, b_strides) = (a_strides.into(), b_strides.into());
        let rows = rows.len();
        // where it is to be, rather than copied there
        let product = || OuterProducts { c, c_stride: m, start, a, a_strides, b, b_strides, m: rows, n, depth };
        if is_large {
            dispatch_vector(LargeProducts(product()));
        } else if rows_first {
            dispatch_vector(RowsFirst(product()));
        } else {
            dispatch_vector(product());
        }
    });
}

/// `c = start + a^T b` by [`DotProducts`].
fn dot_products<T: Scalar>(c: &mut [T], a: &[T], b: &[T], [m, n, depth]: [usize; 3], start: T) {
    share_rows(c, [m, n, depth], |c, rows| {
        let a = &a[rows.start * depth..];
        dispatch_vector(DotProducts { c, c_stride: m, a, b, m: rows.len(), n, depth, start });
    });
}

/// Calls `work` for all rows of a result of `m` rows and `n` columns, a few at a time where threads can share them; with the
/// place of the first of these rows.
fn share_rows<T: Scalar>(c: &mut [T], [m, n, depth]: [usize; 3], work: impl Fn(*mut T, Range<usize>) + Sync) {
    if m * n * depth < SHARED {
        return work(c.as_mut_ptr(), 0..m);
    }
    let rows = m.div_ceil(PIECES * threads::available()).next_multiple_of(ROWS);
    let c = Parts::new(c);
    // SAFETY: the rows exist, and every piece has its own.
    share(m.div_ceil(rows), |piece| work(unsafe { c.pointer().add(piece * rows) }, piece * rows..m.min((piece + 1) * rows)));
}

/// Up to how many multiplications one by one is faster than in registers.
const TINY: usize = 32;

/// Up to how many inputs of a single unit one by one is faster than in registers, however many samples there are.
const FEW_INPUTS: usize = 4;

/// From how many values of the result on it pays to copy both sides of a product that leaves the second cache.
const LARGE: usize = 1 << 17;

/// Up to how many terms a dot product leaves most of a register empty.
const FEW_TERMS: usize = 12;

/// Up to how many rows a product of turned weights leaves most of a register empty.
const FEW_ROWS: usize = 16;

/// From how many samples on turning costs no more than registers that reach into a second line.
const MANY_SAMPLES: usize = 64;

/// From how many multiplications on a product is shared by threads: some 40 microseconds of one of them.
const SHARED: usize = 1 << 21;

/// How many pieces each thread is to have: more than one, so that a thread that is held up leaves some to the others.
const PIECES: usize = 2;

/// Pieces have a multiple of these rows: two of the widest registers.
const ROWS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::loops::slots::Slots;
    use crate::kernels::simd::cache::tests::NEAR;
    use crate::kernels::simd::dispatch::tests::with_every_level;
    use nalgebra::DMatrix;

    fn values<T: Scalar>(count: usize, step: f64) -> Vec<T> {
        (0..count).map(|i| T::of(((i as f64 + 1.0) * step).sin())).collect()
    }

    /// Runs a test with second caches of 256 KiB, of one and of two MiB.
    fn with_every_cache(test: impl Fn()) {
        let usual = NEAR.get();
        for near in [1 << 17, usual, 1 << 20] {
            NEAR.set(near);
            test();
        }
        NEAR.set(usual);
    }

    fn agree<T: Scalar>(bound: f64) {
        for units in [1, 2, 3, 7, 8, 15, 16, 17, 33, 50, 100, 131] {
            for count in [1, 2, 4, 5, 6, 11, 12, 13, 29, 101] {
                for inputs in [1, 3, 8, 16, 37, 300] {
                    agree_for::<T>(Sizes { units, inputs, count }, bound);
                }
            }
        }
        // large enough for both sides to be copied, forward and then back
        with_every_cache(|| {
            for [units, inputs] in [[700, 301], [301, 700]] {
                agree_for::<T>(Sizes { units, inputs, count: 203 }, bound);
            }
        });
        // a whole block of terms, and so many columns that the room for their copies is full
        agree_for::<T>(Sizes { units: 450, inputs: 301, count: 257 }, bound);
    }

    fn agree_for<T: Scalar>(sizes: Sizes, bound: f64) {
        let Sizes { units, inputs, count } = sizes;
        let (w, x, dy) = (values::<T>(units * inputs, 0.7), values(inputs * count, 0.3), values(units * count, 0.9));
        let w_matrix = DMatrix::from_column_slice(units, inputs, &w);
        let x_matrix = DMatrix::from_column_slice(inputs, count, &x);
        let dy_matrix = DMatrix::from_column_slice(units, count, &dy);
        let near = |got: Vec<T>, want: DMatrix<T>| {
            let worst = got.iter().zip(&want).map(|(&a, &b)| (a - b).abs().to_f64()).fold(0.0, f64::max);
            assert!(worst < bound, "{sizes:?}: {worst:e}");
        };

        let bias = values::<T>(units, 0.2);
        let mut y = vec![T::of(9.0); units * count];
        forward(&mut y, &w, &bias, &x, sizes);
        let mut sums = &w_matrix * &x_matrix;
        sums.column_iter_mut().for_each(|mut sums| sums += DMatrix::from_column_slice(units, 1, &bias));
        near(y.clone(), sums);
        // a sample has the same bits whatever samples are beside it
        for (x, y) in x.chunks(inputs).zip(y.chunks(units)) {
            let mut alone = vec![T::of(9.0); units];
            forward(&mut alone, &w, &bias, x, Sizes { count: 1, ..sizes });
            assert_eq!(alone, y, "{sizes:?}");
        }

        // nor on whether it is read from a matrix of rows
        let (first, total) = (count / 2, 2 * count);
        let mut rows = DMatrix::from_element(total, inputs, T::of(f64::NAN));
        rows.rows_mut(first, count).copy_from(&x_matrix.transpose());
        let mut from_rows = vec![T::of(9.0); units * count];
        let mut read = |rows: &DMatrix<T>| forward_rows(&mut from_rows, &w, &bias, rows.as_slice(), [first, total], sizes);
        for place in [0, units * 7 % inputs, inputs - 1] {
            let row = first + (place + count - 1) % count;
            let value = std::mem::replace(&mut rows[(row, place)], T::of(f64::INFINITY));
            assert!(!read(&rows), "{sizes:?}: row {row}, column {place}");
            rows[(row, place)] = value;
        }
        assert!(read(&rows));
        assert!(units == 1 || from_rows == y, "{sizes:?}");

        let mut y = vec![T::of(9.0); units * count];
        forward(&mut y, &w, &[], &x, sizes);
        near(y, &w_matrix * &x_matrix);

        let mut dw = vec![T::of(9.0); units * inputs];
        weight_gradient(&mut dw, &dy, &x, sizes);
        near(dw, &dy_matrix * x_matrix.transpose());

        let mut dx = vec![T::of(9.0); inputs * count];
        input_gradient(&mut dx, &w, &dy, sizes);
        near(dx, w_matrix.transpose() * &dy_matrix);
    }

    /// Moves weights while their gradient is computed and afterwards.
    fn parts_agree_for<T: Scalar>(sizes: Sizes) {
        let Sizes { units, inputs, count } = sizes;
        let (x, dy) = (values::<T>(inputs * count, 0.3), values(units * count, 0.9));
        let w = values::<T>(units * inputs, 0.7);
        let mut dw = vec![T::zero(); w.len()];
        weight_gradient(&mut dw, &dy, &x, sizes);
        let moved: Vec<T> = w.iter().zip(&dw).map(|(&w, &g)| w - g).collect();

        let (mut early, mut room, mut remembered) = (w.clone(), w.clone(), values::<T>(2 * w.len(), 0.1));
        let sums: Vec<T> = remembered.iter().zip(dw.iter().chain(&w)).map(|(&before, &more)| before + more).collect();
        let mut slots = Slots::new(&mut remembered, w.len(), 0..w.len());
        weight_gradient_in_parts(&mut room, [&dy, &x], sizes, &mut early, &mut slots, |weight, gradient, slots| {
            let [gradients, weights] = slots.get();
            for (i, &gradient) in gradient.iter().enumerate() {
                gradients[i] += gradient;
                weights[i] += weight[i];
                weight[i] -= gradient;
            }
        });
        assert!(early == moved && remembered == sums, "{sizes:?}");
    }

    #[test]
    fn a_gradient_in_parts_is_that_of_the_whole() {
        fn of<T: Scalar>() {
            for units in [2, 17, 33, 50, 131] {
                for inputs in [1, 13, 97, 1500] {
                    for count in [1, 8, 29, 259] {
                        parts_agree_for::<T>(Sizes { units, inputs, count });
                    }
                }
            }
            // slopes that are copied, of more than one block of terms, and as large as the weights, which leaves no room for them
            with_every_cache(|| {
                for [units, inputs, count] in [[700, 301, 203], [555, 401, 290], [555, 290, 290]] {
                    parts_agree_for::<T>(Sizes { units, inputs, count });
                }
            });
        }
        with_every_level(|| {
            of::<f64>();
            of::<f32>();
        });
        threads::with_threads(Some(3), || parts_agree_for::<f32>(Sizes { units: 700, inputs: 301, count: 203 }));
    }

    #[test]
    fn columns_of_any_length_are_summed() {
        with_every_level(|| {
            for width in [1, 33, LARGE + 1] {
                let columns = values::<f32>(3 * width, 0.4);
                let mut sums = vec![9.0; width];
                sum_columns(&mut sums, &columns, 3);
                for (i, sum) in sums.into_iter().enumerate() {
                    let expected = columns[i] + columns[i + width] + columns[i + 2 * width];
                    assert!((sum - expected).abs() < 1e-5, "{width}, {i}");
                }
            }
        });
    }

    #[test]
    fn finite_rows_may_have_infinite_sums() {
        with_every_level(|| {
            let sizes = Sizes { units: 20, inputs: 300, count: 7 };
            let (weights, mut rows, mut y) = (vec![1.0; 20 * 300], vec![f32::MAX; 7 * 300], vec![0.0; 20 * 7]);
            assert!(forward_rows(&mut y, &weights, &[], &rows, [0, 7], sizes));
            assert!(y.iter().all(|&sum| sum == f32::INFINITY));
            // whose weight takes its part in the sum away
            rows[7 * 299] = f32::NEG_INFINITY;
            assert!(!forward_rows(&mut y, &vec![0.0; 20 * 300], &[], &rows, [0, 7], sizes));
        });
    }

    #[test]
    fn the_products_agree_with_nalgebra_at_every_edge() {
        with_every_level(|| {
            agree::<f64>(1e-11);
            agree::<f32>(2e-3);
        });
    }
}
