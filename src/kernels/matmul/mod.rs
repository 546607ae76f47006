//! The matrix products of a dense layer, without a transposed copy of a matrix and without heap allocations.
//!
//! All matrices are column-major, and a batch has one sample in each column. A tile of the result stays in registers
//! while its terms are added. Each value is summed in the same order in every tile, so that the bits of a sample do
//! not depend on the other samples of its batch.
//!
//! `choose` takes the first row of this table whose condition holds. The product has `m` rows, `n` columns and sums of `depth`
//! terms; `near` is half of the L2 cache, and `m * min(depth, 256)` values of the left factor are needed at once.
//!
//! | algorithm | used for |
//! |---|---|
//! | `RowProducts` | forward from the rows of a matrix: 2 units, 4 samples and 32,768 multiplications or more, the weights of 256 inputs within `near` |
//! | `PackedPartProducts` | the weight gradient of a fused update whose output gradients exceed `near / 2`, if there is memory for their copy and a part |
//! | `PartProducts` | the weight gradient of every other fused update |
//! | `OneByOne` | forward with one unit and at most 4 inputs |
//! | `DotProducts` | forward with one unit; input gradients with 12 units or more, if there are fewer than 16 inputs or more than 3 units for each sample (8, if the weights exceed the L2 cache, or with 64 samples or more whose outputs are not whole cache lines) |
//! | `OneByOne` | `m * n * depth <= 32` |
//! | `Large` | `m * n > 131,072`, if the left factor exceeds `near / 2`: both factors are copied |
//! | `RowsFirst` | all other input gradients with 2 units or more; 32 columns or more, if the left factor exceeds `near` and the right one does not: the left factor is copied |
//! | `OuterProducts` | everything else: nothing is copied |
//!
//! Sums of columns are products with a row of ones; those of at most 16 values are added in place.
//!
//! The choice does not depend on the instruction set, but the size of a tile does. Outer products have tiles of 2 registers by
//! 12 columns (AVX-512), 6 (AVX2) or 4 (other CPUs); dot products have 4 rows by 4 columns (2 without AVX-512).

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

/// The sizes of the products of a dense layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) units: usize,
    pub(crate) inputs: usize,
    /// The number of samples.
    pub(crate) count: usize,
}

impl Sizes {
    /// Panics unless weights, inputs and outputs have these sizes.
    #[inline]
    fn check<T>(self, weights: &[T], x: &[T], y: &[T]) {
        let Self { units, inputs, count } = self;
        assert!(weights.len() == units * inputs && x.len() == inputs * count && y.len() == units * count);
    }
}

/// Computes `y = W x + b`, with `units` rows and a column for each sample; `W` is `units x inputs`, and an empty `b` is 0.
#[inline(always)] // A call would show in small models.
pub(crate) fn forward<T: Scalar>(y: &mut [T], weights: &[T], bias: &[T], x: &[T], sizes: Sizes) {
    sizes.check(weights, x, y);
    let Sizes { units, inputs, count } = sizes;
    assert!(bias.is_empty() || bias.len() == units);
    let shape = Product::Forward.shape(sizes);
    match choose::<T>(Product::Forward, sizes) {
        // There is only one row of weights, which is multiplied by each sample.
        Algorithm::DotProducts => {
            dot_products(y, weights, x, [1, count, inputs], bias.first().copied().unwrap_or(T::zero()));
        }
        algorithm => outer_products(algorithm, y, bias, weights, (1, units), x, (1, inputs), shape),
    }
}

/// Computes `dW = dy x^T`, the gradient of the weights.
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

/// Computes `dx = W^T dy`, the gradient of the inputs.
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

/// The number of values whose sums take less time than the call of a kernel.
const FEW: usize = 16;

/// Sums the `count` columns of a matrix, which are as long as `sums`.
pub(crate) fn sum_columns<T: Scalar>(sums: &mut [T], columns: &[T], count: usize) {
    let sizes = Sizes { units: sums.len(), inputs: 0, count };
    assert!(columns.len() == sums.len() * count);
    if columns.len() <= FEW {
        sums.fill(T::zero());
        for sample in columns.chunks_exact(sums.len().max(1)) {
            sums.iter_mut().zip(sample).for_each(|(sum, value)| *sum += *value);
        }
        return;
    }
    let (width, shape) = (sums.len(), Product::SumColumns.shape(sizes));
    outer_products(choose::<T>(Product::SumColumns, sizes), sums, &[], columns, (1, width), &[T::one()], (0, 0), shape);
}

/// Computes `c = start + a b` as described by [`OuterProducts`], with one of its algorithms.
///
/// Strides are pairs, because arrays would be passed through memory, and a tiny product would wait for them.
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

/// Computes `c = start + a b` in vector registers, with several threads if that pays.
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
    // A small product avoids the closure for the threads, which is not inlined.
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

/// Runs an algorithm that uses registers. Each algorithm makes its own product, so that none is copied.
#[inline(always)]
fn in_registers<'a, T: Scalar>(algorithm: Algorithm, product: impl Fn() -> OuterProducts<'a, T>) {
    match algorithm {
        Algorithm::Large => dispatch_vector(LargeProducts(product())),
        Algorithm::RowsFirst => dispatch_vector(RowsFirst(product())),
        _ => dispatch_vector(product()),
    }
}

/// Computes `c = start + a^T b` with [`DotProducts`].
fn dot_products<T: Scalar>(c: &mut [T], a: &[T], b: &[T], [m, n, depth]: [usize; 3], start: T) {
    share_rows(c, [m, n, depth], |c, rows| {
        let a = &a[rows.start * depth..];
        dispatch_vector(DotProducts { c, c_stride: m, a, b, m: rows.len(), n, depth, start });
    });
}

/// Calls `work` for all rows of a result of `m` rows and `n` columns, in pieces if threads can share them.
///
/// `work` gets a pointer to the first row of a piece, and the range of its rows.
#[inline(always)]
fn share_rows<T: Scalar>(c: &mut [T], [m, n, depth]: [usize; 3], work: impl Fn(*mut T, Range<usize>) + Sync) {
    let all = c.as_mut_ptr();
    let at_once = if m * n * depth < SHARED { m } else { rows_at_once(m) };
    if at_once >= m {
        return work(all, 0..m);
    }
    let c = Parts::new(c);
    // SAFETY: the rows exist, and no two pieces have a row in common.
    share(m.div_ceil(at_once), |piece| {
        work(unsafe { c.pointer().add(piece * at_once) }, piece * at_once..m.min((piece + 1) * at_once))
    });
}

/// Returns the number of rows, out of `m`, that a thread takes at a time.
fn rows_at_once(m: usize) -> usize {
    m.div_ceil(PIECES * threads::available()).next_multiple_of(ROWS)
}

/// The smallest number of multiplications for which threads share a product: about 40 microseconds of one thread.
const SHARED: usize = 1 << 21;

/// The number of pieces for each thread: more than one, so that other threads can take the pieces of a thread that is delayed.
const PIECES: usize = 2;

/// The number of rows of a piece is a multiple of this: two of the widest registers.
const ROWS: usize = 32;
