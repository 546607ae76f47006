//! The matrix products of a dense layer, without a transposed copy and without memory of the heap.
//!
//! All matrices are column-major, and a batch has one sample in each column. A tile of the result stays in registers
//! while its terms are added. Each value is summed in the same order wherever its tile is, so that the bits of a sample do
//! not depend on the other samples of its batch.
//!
//! `choose` takes the first line of this table whose condition holds. The product has `m` rows, `n` columns and sums of `depth`
//! terms; `near` is half of the second cache, and the left side needs `m * min(depth, 256)` values at once.
//!
//! | algorithm | taken for |
//! |---|---|
//! | `RowProducts` | forward from the rows of a matrix: 2 units, 4 samples and 32,768 multiplications or more, the weights of 256 inputs within `near` |
//! | `PackedPartProducts` | the weight gradient of a fused update whose output gradients exceed `near / 2`, if their copy leaves room for a part |
//! | `PartProducts` | the weight gradient of every other fused update |
//! | `OneByOne` | forward with one unit and at most 4 inputs |
//! | `DotProducts` | forward with one unit; input gradients with 12 units or more, if there are at most 16 inputs or more than 3 units for each sample (8, if the weights leave the second cache, or with 64 samples of a ragged length) |
//! | `OneByOne` | `m * n * depth <= 32` |
//! | `Large` | `m * n > 131,072`, and the left side exceeds `near / 2`: both sides are copied |
//! | `RowsFirst` | all other input gradients with 2 units or more, and 32 columns or more where the left side exceeds `near` but not the right one: the left side is copied |
//! | `OuterProducts` | everything else: nothing is copied |
//!
//! The choice is the same on every level of instructions. What depends on the level is the size of a tile: 2 registers by 12, 6
//! or 4 columns of outer products, 4 rows by 4 columns (2 without AVX-512) of dot products.

mod choose;
mod dot;
mod large;
mod one_by_one;
mod outer;
mod parts;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use parts::weight_gradient_in_parts;
pub(crate) use rows::{forward_rows, reads_rows};

use crate::kernels::scalar::Scalar;
use crate::kernels::simd::dispatch::dispatch_vector;
use crate::kernels::simd::threads::{self, Parts, share};
use choose::{Algorithm, Product, choose};
use dot::DotProducts;
use large::LargeProducts;
use one_by_one::OneByOne;
use outer::{OuterProducts, RowsFirst};
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
    /// Fails unless weights, inputs and outputs have these sizes.
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
    let shape = Product::Forward.shape(sizes);
    match choose::<T>(Product::Forward, sizes) {
        // the only row of weights with each sample
        Algorithm::DotProducts => {
            dot_products(y, weights, x, [1, count, inputs], bias.first().copied().unwrap_or(T::zero()));
        }
        algorithm => outer_products(algorithm, y, bias, weights, (1, units), x, (1, inputs), shape),
    }
}

/// `dW = dy x^T`, the gradient of the weights.
pub(crate) fn weight_gradient<T: Scalar>(dw: &mut [T], dy: &[T], x: &[T], sizes: Sizes) {
    sizes.check(dw, x, dy);
    let Sizes { units, inputs, count } = sizes;
    let shape = Product::WeightGradient.shape(sizes);
    let algorithm = choose::<T>(Product::WeightGradient, sizes);
    if units == 1 {
        outer_products(algorithm, dw, &[], x, (1, inputs), dy, (1, count), shape);
    } else {
        outer_products(algorithm, dw, &[], dy, (1, units), x, (inputs, 1), shape);
    }
}

/// `dx = W^T dy`, the gradient of the inputs.
pub(crate) fn input_gradient<T: Scalar>(dx: &mut [T], weights: &[T], dy: &[T], sizes: Sizes) {
    sizes.check(weights, dx, dy);
    let Sizes { units, inputs, count } = sizes;
    let shape = Product::InputGradient.shape(sizes);
    match choose::<T>(Product::InputGradient, sizes) {
        Algorithm::DotProducts => dot_products(dx, weights, dy, shape, T::zero()),
        algorithm if units == 1 => outer_products(algorithm, dx, &[], weights, (1, inputs), dy, (count, 1), shape),
        algorithm => outer_products(algorithm, dx, &[], weights, (units, 1), dy, (1, units), shape),
    }
}

/// The sum of the columns of a matrix, which are as long as `sums`.
pub(crate) fn sum_columns<T: Scalar>(sums: &mut [T], columns: &[T], count: usize) {
    let sizes = Sizes { units: sums.len(), inputs: 0, count };
    assert!(columns.len() == sums.len() * count);
    let (width, shape) = (sums.len(), Product::SumColumns.shape(sizes));
    outer_products(choose::<T>(Product::SumColumns, sizes), sums, &[], columns, (1, width), &[T::one()], (0, 0), shape);
}

/// `c = start + a b` by one of the algorithms that [`OuterProducts`] describes. Strides are pairs, since arrays would go through
/// memory, where a tiny product waits for them.
#[allow(clippy::too_many_arguments)]
#[inline(always)]
fn outer_products<T: Scalar>(
    algorithm: Algorithm,
    c: &mut [T],
    start: &[T],
    a: &[T],
    a_strides: (usize, usize),
    b: &[T],
    b_strides: (usize, usize),
    [m, n, depth]: [usize; 3],
) {
    if algorithm == Algorithm::OneByOne {
        let c = c.as_mut_ptr();
        let (is_next, has_start) = (a_strides.0 == 1, !start.is_empty());
        let (a_strides, b_strides) = (a_strides.into(), b_strides.into());
        let product = || OuterProducts { c, c_stride: m, start, a, a_strides, b, b_strides, m, n, depth };
        match (is_next, has_start) {
            (true, true) => dispatch_vector(OneByOne::<_, true, true>(product())),
            (true, false) => dispatch_vector(OneByOne::<_, true, false>(product())),
            (false, true) => dispatch_vector(OneByOne::<_, false, true>(product())),
            (false, false) => dispatch_vector(OneByOne::<_, false, false>(product())),
        }
    } else {
        outer_products_in_registers(algorithm, c, start, a, a_strides, b, b_strides, [m, n, depth]);
    }
}

/// `c = start + a b` in registers, by several threads where that pays.
#[allow(clippy::too_many_arguments)]
fn outer_products_in_registers<T: Scalar>(
    algorithm: Algorithm,
    c: &mut [T],
    start: &[T],
    a: &[T],
    a_strides: (usize, usize),
    b: &[T],
    b_strides: (usize, usize),
    [m, n, depth]: [usize; 3],
) {
    let (a_strides, b_strides) = (a_strides.into(), b_strides.into());
    // small ones meet no closure of the threads, which would be a call
    if m * n * depth < SHARED {
        let c = c.as_mut_ptr();
        return in_registers(algorithm, || OuterProducts { c, c_stride: m, start, a, a_strides, b, b_strides, m, n, depth });
    }
    share_rows(c, [m, n, depth], |c, rows| {
        let start = start.get(rows.clone()).unwrap_or_default();
        let a = &a[rows.start * a_strides[0]..];
        let rows = rows.len();
        in_registers(algorithm, || OuterProducts { c, c_stride: m, start, a, a_strides, b, b_strides, m: rows, n, depth });
    });
}

/// Runs an algorithm with registers. Each makes the product where it needs it, so that none is copied.
#[inline(always)]
fn in_registers<'a, T: Scalar>(algorithm: Algorithm, product: impl Fn() -> OuterProducts<'a, T>) {
    match algorithm {
        Algorithm::Large => dispatch_vector(LargeProducts(product())),
        Algorithm::RowsFirst => dispatch_vector(RowsFirst(product())),
        _ => dispatch_vector(product()),
    }
}

/// `c = start + a^T b` by [`DotProducts`].
fn dot_products<T: Scalar>(c: &mut [T], a: &[T], b: &[T], [m, n, depth]: [usize; 3], start: T) {
    share_rows(c, [m, n, depth], |c, rows| {
        let a = &a[rows.start * depth..];
        dispatch_vector(DotProducts { c, c_stride: m, a, b, m: rows.len(), n, depth, start });
    });
}

/// Calls `work` for all rows of a result of `m` rows and `n` columns, a few at a time where threads can share them; with a
/// pointer to the first of these rows and their range.
#[inline(always)]
fn share_rows<T: Scalar>(c: &mut [T], [m, n, depth]: [usize; 3], work: impl Fn(*mut T, Range<usize>) + Sync) {
    let all = c.as_mut_ptr();
    let at_once = if m * n * depth < SHARED { m } else { rows_at_once(m) };
    if at_once >= m {
        return work(all, 0..m);
    }
    let c = Parts::new(c);
    // SAFETY: the rows exist, and every piece has its own.
    share(m.div_ceil(at_once), |piece| {
        work(unsafe { c.pointer().add(piece * at_once) }, piece * at_once..m.min((piece + 1) * at_once))
    });
}

/// How many of `m` rows one thread takes at a time.
fn rows_at_once(m: usize) -> usize {
    m.div_ceil(PIECES * threads::available()).next_multiple_of(ROWS)
}

/// From how many multiplications on a product is shared by threads: some 40 microseconds of one of them.
const SHARED: usize = 1 << 21;

/// How many pieces each thread is to have: more than one, so that a thread that is held up leaves some to the others.
const PIECES: usize = 2;

/// Pieces have a multiple of these rows: two of the widest registers.
const ROWS: usize = 32;
