//! Which algorithm computes a product of which size.

use super::Sizes;
use super::outer::{DEPTH_BLOCK, WIDEST};
use super::parts::{PANEL, columns_of_part};
use crate::kernels::simd::cache::{LINE, near};

/// A product that a dense layer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product {
    /// `W x + b` for samples in columns.
    Forward,
    /// `W x + b` for samples that are the rows of a matrix.
    ForwardRows,
    /// `dy x^T`
    WeightGradient,
    /// `dy x^T`, a few columns at a time.
    WeightGradientInParts,
    /// `W^T dy`
    InputGradient,
    /// The product with a column of ones.
    SumColumns,
}

/// How a product is computed; the page of the [module](super) says when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    OneByOne,
    DotProducts,
    OuterProducts,
    RowsFirst,
    Large,
    RowProducts,
    PartProducts,
    PackedPartProducts,
}

impl Product {
    /// The rows and columns of the result and the terms of each sum.
    #[inline(always)]
    pub(super) fn shape(self, Sizes { units, inputs, count }: Sizes) -> [usize; 3] {
        match self {
            Product::Forward | Product::ForwardRows => [units, count, inputs],
            // rows and columns change sides, so that registers run along the inputs
            Product::WeightGradient if units == 1 => [inputs, 1, count],
            Product::WeightGradient | Product::WeightGradientInParts => [units, inputs, count],
            Product::InputGradient => [inputs, count, units],
            Product::SumColumns => [units, 1, count],
        }
    }
}

/// Chooses how to compute a product of numbers of type `T`. What tiny products need is inlined, since a call would take as long as
/// some of their sums.
#[inline(always)]
pub(super) fn choose<T>(product: Product, sizes: Sizes) -> Algorithm {
    let Sizes { units, inputs, .. } = sizes;
    let [m, n, depth] = product.shape(sizes);
    let is_tiny = m * n * depth <= TINY;
    match product {
        Product::Forward if units == 1 && inputs <= FEW_INPUTS => Algorithm::OneByOne,
        Product::Forward if units == 1 => Algorithm::DotProducts,
        Product::Forward | Product::WeightGradient | Product::SumColumns if is_tiny => Algorithm::OneByOne,
        // with more terms, so few values of the result are left to dot products
        Product::InputGradient if is_tiny && units < FEW_TERMS => Algorithm::OneByOne,
        _ => choose_registers::<T>(product, sizes),
    }
}

/// Chooses among the algorithms with registers.
#[inline(never)]
fn choose_registers<T>(product: Product, sizes: Sizes) -> Algorithm {
    match product {
        Product::InputGradient if sizes.units > 1 && !is_turned::<T>(sizes) => return Algorithm::DotProducts,
        Product::ForwardRows if pays_from_rows::<T>(sizes) => return Algorithm::RowProducts,
        Product::ForwardRows => return choose::<T>(Product::Forward, sizes),
        Product::WeightGradientInParts if is_packed::<T>(sizes) => return Algorithm::PackedPartProducts,
        Product::WeightGradientInParts => return Algorithm::PartProducts,
        _ => {}
    }
    let [m, n, depth] = product.shape(sizes);
    let bytes = |extent: usize| extent * depth.min(DEPTH_BLOCK) * size_of::<T>();
    // copies of both sides pay where the left one takes a quarter of the second cache; a column of ones needs no copy
    if m * n > LARGE && bytes(m) > near() / 2 && product != Product::SumColumns {
        return Algorithm::Large;
    }
    // weights are read the other way round, and what is read again and again should stay in the second cache
    let is_turned = product == Product::InputGradient && sizes.units > 1;
    if is_turned || (n >= MANY_COLUMNS && bytes(m) > near() && bytes(n) <= near()) {
        return Algorithm::RowsFirst;
    }
    Algorithm::OuterProducts
}

/// Whether turned weights give the gradient of the inputs sooner than dot products: they cost something for each weight, and the
/// sums over the lanes of a dot product for each value of the result.
fn is_turned<T>(Sizes { units, inputs, count }: Sizes) -> bool {
    // weights that leave the second cache are better read in order, and the registers of dot products should not reach
    // into a second line
    let leaves = units * inputs * size_of::<T>() > 2 * near();
    let is_ragged = !(units * size_of::<T>()).is_multiple_of(LINE) && count >= MANY_SAMPLES;
    let units_for_each = if leaves || is_ragged { 8 } else { 3 };
    units < FEW_TERMS || (inputs >= FEW_ROWS && units <= units_for_each * count)
}

/// Whether samples are best read from the rows of a matrix: the weights are then read where they are, again and again.
fn pays_from_rows<T>(Sizes { units, inputs, count }: Sizes) -> bool {
    let near = units * inputs.min(DEPTH_BLOCK) * size_of::<T>() <= near();
    units > 1 && count >= LEAST_ROWS && near && units * inputs * count >= MANY
}

/// Whether gradients of the outputs are copied first, in the order in which all parts read them: they leave the second cache, and
/// the copy leaves room for a part in a vector as large as the weights.
fn is_packed<T>(sizes: Sizes) -> bool {
    let Sizes { units, inputs, count } = sizes;
    let packed = units.next_multiple_of(PANEL) * count;
    units * count * size_of::<T>() > near() / 2 && packed + columns_of_part::<T>(sizes) * units <= units * inputs
}

/// Up to how many multiplications one by one is faster than in registers.
const TINY: usize = 32;

/// Up to how many inputs of a single unit one by one is faster than in registers, however many samples there are.
const FEW_INPUTS: usize = 4;

/// From how many values of the result on it pays to copy both sides of a product that leaves the second cache.
const LARGE: usize = 1 << 17;

/// From how many columns on it pays to copy rows.
const MANY_COLUMNS: usize = 2 * WIDEST;

/// Up to how many terms a dot product leaves most of a register empty.
const FEW_TERMS: usize = 12;

/// Up to how many rows a product of turned weights leaves most of a register empty.
const FEW_ROWS: usize = 16;

/// From how many samples on turned weights cost no more than registers that reach into a second line.
const MANY_SAMPLES: usize = 64;

/// From how many multiplications on products are computed from rows: fewer do not pay for the room of the copies.
const MANY: usize = 1 << 15;

/// From how many rows on products are computed from rows: fewer leave most columns of a tile empty.
const LEAST_ROWS: usize = 4;

#[cfg(test)]
mod tests {
    use super::Algorithm::*;
    use super::Product::*;
    use super::*;
    use crate::kernels::simd::cache::tests::NEAR;
    use crate::kernels::simd::dispatch::tests::with_every_level;

    /// What is asked for, units, inputs and samples, and what is chosen for `f32` and `f64` with a second cache of 1 MiB.
    #[rustfmt::skip]
    const CHOICES: [(Product, [usize; 3], Algorithm, Algorithm); 42] = [
        (Forward, [1, 4, 1000], OneByOne, OneByOne),
        (Forward, [1, 5, 1], DotProducts, DotProducts),
        (Forward, [1, 784, 128], DotProducts, DotProducts),
        (Forward, [2, 2, 3], OneByOne, OneByOne),
        (Forward, [2, 4, 4], OneByOne, OneByOne),
        (Forward, [3, 11, 1], OuterProducts, OuterProducts),
        (Forward, [64, 64, 32], OuterProducts, OuterProducts),
        (Forward, [512, 784, 128], OuterProducts, RowsFirst),
        (Forward, [520, 784, 128], RowsFirst, RowsFirst),
        (Forward, [520, 784, 31], OuterProducts, OuterProducts),
        (Forward, [2048, 1024, 64], RowsFirst, RowsFirst),
        (Forward, [2048, 1024, 65], Large, Large),
        (Forward, [2048, 1024, 1], OuterProducts, OuterProducts),
        (ForwardRows, [64, 64, 32], RowProducts, RowProducts),
        (ForwardRows, [64, 64, 3], OuterProducts, OuterProducts),
        (ForwardRows, [16, 4, 16], OuterProducts, OuterProducts),
        (ForwardRows, [1, 300, 300], DotProducts, DotProducts),
        (ForwardRows, [512, 784, 128], RowProducts, RowsFirst),
        (ForwardRows, [2048, 1024, 256], Large, Large),
        (WeightGradient, [1, 8, 4], OneByOne, OneByOne),
        (WeightGradient, [1, 784, 128], OuterProducts, OuterProducts),
        (WeightGradient, [2, 2, 3], OneByOne, OneByOne),
        (WeightGradient, [64, 64, 32], OuterProducts, OuterProducts),
        (WeightGradient, [512, 784, 128], OuterProducts, Large),
        (WeightGradient, [2048, 1024, 256], Large, Large),
        (WeightGradientInParts, [64, 64, 32], PartProducts, PartProducts),
        (WeightGradientInParts, [2048, 1024, 256], PackedPartProducts, PackedPartProducts),
        (WeightGradientInParts, [2048, 256, 256], PartProducts, PartProducts),
        (InputGradient, [1, 13, 32], OuterProducts, OuterProducts),
        (InputGradient, [2, 2, 3], OneByOne, OneByOne),
        (InputGradient, [11, 1, 2], OneByOne, OneByOne),
        (InputGradient, [12, 1, 2], DotProducts, DotProducts),
        (InputGradient, [1, 32, 1], OneByOne, OneByOne),
        (InputGradient, [2, 16, 1], OneByOne, OneByOne),
        (InputGradient, [11, 15, 32], RowsFirst, RowsFirst),
        (InputGradient, [12, 15, 32], DotProducts, DotProducts),
        (InputGradient, [64, 64, 32], RowsFirst, RowsFirst),
        (InputGradient, [512, 784, 128], RowsFirst, RowsFirst),
        (InputGradient, [512, 784, 1], DotProducts, DotProducts),
        (InputGradient, [2048, 1024, 256], Large, Large),
        (SumColumns, [2, 0, 3], OneByOne, OneByOne),
        (SumColumns, [1 << 18, 0, 256], OuterProducts, OuterProducts),
    ];

    #[test]
    fn each_size_has_its_algorithm_on_every_level() {
        NEAR.set(1 << 19);
        let wrong = std::cell::RefCell::new(Vec::new());
        with_every_level(|| {
            for (product, [units, inputs, count], single, double) in CHOICES {
                let sizes = Sizes { units, inputs, count };
                let chosen = (choose::<f32>(product, sizes), choose::<f64>(product, sizes));
                if chosen != (single, double) {
                    wrong.borrow_mut().push(format!("{product:?} of {sizes:?}: {chosen:?}"));
                }
            }
        });
        assert!(wrong.borrow().is_empty(), "{:#?}", wrong);
    }
}
