//! The choice of the algorithm for a matrix product, by its kind and its sizes.

use super::Sizes;
use super::outer::{DEPTH_BLOCK, WIDEST};
use super::parts::{PANEL, columns_of_part};
use crate::kernels::simd::cache::{LINE, near};

/// A matrix product of a dense layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product {
    /// `W x + b` for samples in columns.
    Forward,
    /// `W x + b` for samples that are the rows of a matrix.
    ForwardRows,
    /// `dy x^T`
    WeightGradient,
    /// `dy x^T`, for a few columns at a time.
    WeightGradientInParts,
    /// `W^T dy`
    InputGradient,
    /// The product with a column of ones.
    SumColumns,
}

/// The algorithm that computes a product; the table of the [module](super) says when each is used.
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
    /// Returns the number of rows and of columns of the result, and the number of terms of each sum.
    #[inline(always)]
    pub(super) fn shape(self, Sizes { units, inputs, count }: Sizes) -> [usize; 3] {
        match self {
            Product::Forward | Product::ForwardRows => [units, count, inputs],
            // Rows and columns are swapped, so that a register holds several inputs.
            Product::WeightGradient if units == 1 => [inputs, 1, count],
            Product::WeightGradient | Product::WeightGradientInParts => [units, inputs, count],
            Product::InputGradient => [inputs, count, units],
            Product::SumColumns => [units, 1, count],
        }
    }
}

/// Chooses the algorithm for a product of numbers of type `T`.
///
/// The choice for tiny products is inlined, because a call would take as long as some of their sums.
#[inline(always)]
pub(super) fn choose<T>(product: Product, sizes: Sizes) -> Algorithm {
    let Sizes { units, inputs, .. } = sizes;
    let [m, n, depth] = product.shape(sizes);
    let is_tiny = m * n * depth <= TINY;
    match product {
        Product::Forward if units == 1 && inputs <= FEW_INPUTS => Algorithm::OneByOne,
        Product::Forward if units == 1 => Algorithm::DotProducts,
        Product::Forward | Product::WeightGradient | Product::SumColumns if is_tiny => Algorithm::OneByOne,
        // With more terms, dot products are faster, because the result has so few values.
        Product::InputGradient if is_tiny && units < FEW_TERMS => Algorithm::OneByOne,
        _ => choose_registers::<T>(product, sizes),
    }
}

/// Chooses among the algorithms that use vector registers.
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
    // Copies of both factors pay if the left one takes a quarter of the L2 cache; a column of ones needs no copy.
    if m * n > LARGE && bytes(m) > near() / 2 && product != Product::SumColumns {
        return Algorithm::Large;
    }
    // The weights are read in transposed order. Values that are read repeatedly should stay in the L2 cache.
    let is_turned = product == Product::InputGradient && sizes.units > 1;
    if is_turned || (n >= MANY_COLUMNS && bytes(m) > near() && bytes(n) <= near()) {
        return Algorithm::RowsFirst;
    }
    Algorithm::OuterProducts
}

/// Returns whether the gradient of the inputs is computed faster with transposed weights than with dot products.
///
/// The transposition takes time for each weight, and dot products take time for each value of the result, to sum the lanes of
/// a register.
fn is_turned<T>(Sizes { units, inputs, count }: Sizes) -> bool {
    // Weights that exceed the L2 cache are read faster in order. The registers of dot products should not straddle two
    // cache lines.
    let leaves = units * inputs * size_of::<T>() > 2 * near();
    let is_ragged = !(units * size_of::<T>()).is_multiple_of(LINE) && count >= MANY_SAMPLES;
    let units_for_each = if leaves || is_ragged { 8 } else { 3 };
    units < FEW_TERMS || (inputs >= FEW_ROWS && units <= units_for_each * count)
}

/// Returns whether the product is faster if the samples are read from the rows of a matrix, without a copy as samples.
///
/// The weights are then read repeatedly and without a copy.
fn pays_from_rows<T>(Sizes { units, inputs, count }: Sizes) -> bool {
    let near = units * inputs.min(DEPTH_BLOCK) * size_of::<T>() <= near();
    units > 1 && count >= LEAST_ROWS && near && units * inputs * count >= MANY
}

/// Returns whether the output gradients are copied first, in the order in which all parts read them.
///
/// They are copied if they exceed a quarter of the L2 cache, and if a vector as large as the weights has memory for the copy
/// and a part.
fn is_packed<T>(sizes: Sizes) -> bool {
    let Sizes { units, inputs, count } = sizes;
    let packed = units.next_multiple_of(PANEL) * count;
    units * count * size_of::<T>() > near() / 2 && packed + columns_of_part::<T>(sizes) * units <= units * inputs
}

/// The largest number of multiplications for which single values are faster than vector registers.
const TINY: usize = 32;

/// The largest number of inputs of a single unit for which single values are faster, for any number of samples.
const FEW_INPUTS: usize = 4;

/// The number of values of the result above which it pays to copy both factors of a product.
const LARGE: usize = 1 << 17;

/// The smallest number of columns for which it pays to copy rows.
const MANY_COLUMNS: usize = 2 * WIDEST;

/// Below this number of terms, most of the register of a dot product is empty.
const FEW_TERMS: usize = 12;

/// Below this number of rows, most of a register is empty in a product with transposed weights.
const FEW_ROWS: usize = 16;

/// The smallest number of samples for which transposed weights cost less than registers that straddle two cache lines.
const MANY_SAMPLES: usize = 64;

/// The smallest number of multiplications for which samples are read from rows: fewer do not pay for the memory of the copies.
const MANY: usize = 1 << 15;

/// The smallest number of rows for which samples are read from rows: with fewer, most columns of a tile are empty.
const LEAST_ROWS: usize = 4;

#[cfg(test)]
mod tests {
    use super::Algorithm::*;
    use super::Product::*;
    use super::*;
    use crate::kernels::simd::cache::tests::NEAR;
    use crate::kernels::simd::dispatch::tests::with_every_level;

    /// The product, the units, inputs and samples, and the algorithms for `f32` and `f64` with an L2 cache of 1 MiB.
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
