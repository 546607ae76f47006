//! The three matrix products of a dense layer, without a transposed copy and without a buffer.
//!
//! All matrices are column-major, and a batch has one sample in each column. A tile of the result stays in registers
//! while its sums run. Each value is summed in the same order wherever its tile lies, so that the bits of a sample do
//! not depend on the samples beside it.

// indices name the same row or column of several tiles at once
#![allow(clippy::needless_range_loop)]

use super::lanes::Lanes;
use super::{VectorKernel, dispatch_vector};
use crate::Scalar;

/// `y = W x + b`: `units` rows, a column for each sample; `W` is `units x inputs`, an empty `b` is 0.
pub(crate) fn forward<T: Scalar>(y: &mut [T], weights: &[T], bias: &[T], x: &[T], inputs: usize) {
    let units = weights.len() / inputs.max(1);
    let count = x.len() / inputs.max(1);
    assert!(y.len() == units * count && weights.len() == units * inputs && x.len() == inputs * count);
    assert!(bias.is_empty() || bias.len() == units);
    if units == 1 {
        // one row of weights: a dot product for each sample
        let start = bias.first().copied().unwrap_or(T::zero());
        dispatch_vector(DotProducts { c: y, a: weights, b: x, m: 1, n: count, depth: inputs, start });
    } else {
        dispatch_vector(OuterProducts {
            c: y,
            start: bias,
            a: weights,
            b: x,
            m: units,
            n: count,
            depth: inputs,
            b_strides: [1, inputs],
        });
    }
}

/// `dW = dy x^T`, the gradient of the weights.
pub(crate) fn weight_gradient<T: Scalar>(dw: &mut [T], dy: &[T], x: &[T], inputs: usize) {
    let units = dw.len() / inputs.max(1);
    let count = x.len() / inputs.max(1);
    assert!(dw.len() == units * inputs && dy.len() == units * count && x.len() == inputs * count);
    if units == 1 {
        // the same sum with rows and columns exchanged, so that registers run along the inputs
        dispatch_vector(OuterProducts { c: dw, start: &[], a: x, b: dy, m: inputs, n: 1, depth: count, b_strides: [1, count] });
    } else {
        dispatch_vector(OuterProducts {
            c: dw,
            start: &[],
            a: dy,
            b: x,
            m: units,
            n: inputs,
            depth: count,
            b_strides: [inputs, 1],
        });
    }
}

/// `dx = W^T dy`, the slope of the inputs.
pub(crate) fn input_gradient<T: Scalar>(dx: &mut [T], weights: &[T], dy: &[T], inputs: usize) {
    let units = weights.len() / inputs.max(1);
    let count = dx.len() / inputs.max(1);
    assert!(dx.len() == inputs * count && weights.len() == units * inputs && dy.len() == units * count);
    if units == 1 {
        dispatch_vector(OuterProducts {
            c: dx,
            start: &[],
            a: weights,
            b: dy,
            m: inputs,
            n: count,
            depth: 1,
            b_strides: [count, 1],
        });
    } else {
        dispatch_vector(DotProducts { c: dx, a: weights, b: dy, m: inputs, n: count, depth: units, start: T::zero() });
    }
}

/// `c[i + j m] = start[i] + sum over k of a[i + k m] b[k * strides[0] + j * strides[1]]`, for `m` rows, `n` columns and
/// `depth` terms; an empty `start` is 0.
struct OuterProducts<'a, T> {
    c: &'a mut [T],
    start: &'a [T],
    a: &'a [T],
    b: &'a [T],
    m: usize,
    n: usize,
    depth: usize,
    b_strides: [usize; 2],
}

/// How many terms are summed before the next columns are taken: what is used of `b` then stays in the nearest cache.
const DEPTH_BLOCK: usize = 256;

impl<T: Scalar> VectorKernel<T> for OuterProducts<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(mut self) {
        let mut first = 0;
        while first < self.depth {
            let terms = DEPTH_BLOCK.min(self.depth - first);
            let mut j = 0;
            // SAFETY: the caller's promise of a CPU; tiles lie within the matrices, whose sizes were asserted.
            unsafe {
                while j + COLUMNS <= self.n {
                    self.column_block::<V, 2, COLUMNS>(j, first, terms);
                    j += COLUMNS;
                }
                while j + 4 <= self.n {
                    self.column_block::<V, 2, 4>(j, first, terms);
                    j += 4;
                }
                while j < self.n {
                    self.column_block::<V, 8, 1>(j, first, terms);
                    j += 1;
                }
            }
            first += terms;
        }
    }
}

impl<T: Scalar> OuterProducts<'_, T> {
    /// `C` columns from `j` on: tiles of `R` registers, then of one, then what is left of one.
    #[inline(always)]
    unsafe fn column_block<V: Lanes<T>, const R: usize, const C: usize>(&mut self, j: usize, first: usize, terms: usize) {
        let mut i = 0;
        // SAFETY: as in `run`.
        unsafe {
            while i + R * V::COUNT <= self.m {
                self.tile::<V, R, C>(i, j, first, terms, V::COUNT);
                i += R * V::COUNT;
            }
            while i + V::COUNT <= self.m {
                self.tile::<V, 1, C>(i, j, first, terms, V::COUNT);
                i += V::COUNT;
            }
            if i < self.m {
                self.tile::<V, 1, C>(i, j, first, terms, self.m - i);
            }
        }
    }

    /// `R` registers of rows from `i` on, of which `rows` values each count, by `C` columns from `j` on.
    #[inline(always)]
    unsafe fn tile<V: Lanes<T>, const R: usize, const C: usize>(
        &mut self,
        i: usize,
        j: usize,
        first: usize,
        terms: usize,
        rows: usize,
    ) {
        let whole = rows == V::COUNT;
        let [row, column] = self.b_strides;
        // SAFETY: rows `i .. i + R * rows` and columns `j .. j + C` exist, and terms `first .. first + terms`.
        unsafe {
            let load = |from: *const T| if whole { V::load(from) } else { V::load_first(from, rows) };
            let c = self.c.as_mut_ptr().add(i + j * self.m);
            let mut a = self.a.as_ptr().add(i + first * self.m);
            let mut b = self.b.as_ptr().add(first * row + j * column);
            let mut sums = [[V::splat(T::zero()); R]; C];
            for jj in 0..C {
                for r in 0..R {
                    if first > 0 {
                        sums[jj][r] = load(c.add(r * V::COUNT + jj * self.m));
                    } else if !self.start.is_empty() {
                        sums[jj][r] = load(self.start.as_ptr().add(i + r * V::COUNT));
                    }
                }
            }
            for _ in 0..terms {
                let mut rows = [V::splat(T::zero()); R];
                for r in 0..R {
                    rows[r] = load(a.add(r * V::COUNT));
                }
                for jj in 0..C {
                    let factor = V::splat(*b.add(jj * column));
                    for r in 0..R {
                        sums[jj][r] = rows[r].multiply_add(factor, sums[jj][r]);
                    }
                }
                // the last step leaves the matrices, but nothing is read there
                a = a.wrapping_add(self.m);
                b = b.wrapping_add(row);
            }
            for jj in 0..C {
                for r in 0..R {
                    let place = c.add(r * V::COUNT + jj * self.m);
                    if whole { sums[jj][r].store(place) } else { sums[jj][r].store_first(place, rows) }
                }
            }
        }
    }
}

/// `c[i + j m] = start + sum over k of a[k + i depth] b[k + j depth]`; `start` is 0 unless `m` is 1.
struct DotProducts<'a, T> {
    c: &'a mut [T],
    a: &'a [T],
    b: &'a [T],
    m: usize,
    n: usize,
    depth: usize,
    start: T,
}

impl<T: Scalar> VectorKernel<T> for DotProducts<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(mut self) {
        let mut j = 0;
        // SAFETY: the caller's promise of a CPU; tiles lie within the matrices, whose sizes were asserted.
        unsafe {
            // four rows by four columns need more registers than AVX2 has
            while COLUMNS >= 12 && j + 4 <= self.n {
                self.column_block::<V, 4>(j);
                j += 4;
            }
            while j + 2 <= self.n {
                self.column_block::<V, 2>(j);
                j += 2;
            }
            if j < self.n {
                self.column_block::<V, 1>(j);
            }
        }
    }
}

impl<T: Scalar> DotProducts<'_, T> {
    #[inline(always)]
    unsafe fn column_block<V: Lanes<T>, const C: usize>(&mut self, j: usize) {
        let mut i = 0;
        // SAFETY: as in `run`.
        unsafe {
            while i + 4 <= self.m {
                let sums = self.tile::<V, 4, C>(i, j);
                for jj in 0..C {
                    V::store_sums(sums[jj], self.c.as_mut_ptr().add(i + (j + jj) * self.m));
                }
                i += 4;
            }
            while i < self.m {
                let sums = self.tile::<V, 1, C>(i, j);
                for jj in 0..C {
                    self.c[i + (j + jj) * self.m] = sums[jj][0].sum() + self.start;
                }
                i += 1;
            }
        }
    }

    /// The products of `R` rows from `i` on with `C` columns from `j` on, not yet summed over the lanes.
    #[inline(always)]
    unsafe fn tile<V: Lanes<T>, const R: usize, const C: usize>(&self, i: usize, j: usize) -> [[V; R]; C] {
        // SAFETY: rows `i .. i + R` and columns `j .. j + C` exist, each with `depth` contiguous terms.
        unsafe {
            let a = self.a.as_ptr().add(i * self.depth);
            let b = self.b.as_ptr().add(j * self.depth);
            let mut sums = [[V::splat(T::zero()); R]; C];
            let mut k = 0;
            while k < self.depth {
                let left = self.depth - k;
                let load = |from: *const T| if left >= V::COUNT { V::load(from) } else { V::load_first(from, left) };
                let mut rows = [V::splat(T::zero()); R];
                for r in 0..R {
                    rows[r] = load(a.add(k + r * self.depth));
                }
                for jj in 0..C {
                    let column = load(b.add(k + jj * self.depth));
                    for r in 0..R {
                        sums[jj][r] = rows[r].multiply_add(column, sums[jj][r]);
                    }
                }
                k += V::COUNT;
            }
            sums
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::tests::with_every_level;
    use nalgebra::DMatrix;

    fn values<T: Scalar>(count: usize, step: f64) -> Vec<T> {
        (0..count).map(|i| T::of(((i as f64 + 1.0) * step).sin())).collect()
    }

    fn agree<T: Scalar>(bound: f64) {
        for units in [1, 2, 3, 7, 8, 15, 16, 17, 33, 50, 131] {
            for count in [1, 2, 4, 5, 6, 11, 12, 13, 29] {
                for inputs in [1, 3, 8, 16, 37, 300] {
                    let (w, x, dy) = (values::<T>(units * inputs, 0.7), values(inputs * count, 0.3), values(units * count, 0.9));
                    let w_matrix = DMatrix::from_column_slice(units, inputs, &w);
                    let x_matrix = DMatrix::from_column_slice(inputs, count, &x);
                    let dy_matrix = DMatrix::from_column_slice(units, count, &dy);
                    let near = |got: Vec<T>, want: DMatrix<T>| {
                        let worst = got.iter().zip(&want).map(|(&a, &b)| (a - b).abs().to_f64()).fold(0.0, f64::max);
                        assert!(worst < bound, "{units} {inputs} {count}: {worst:e}");
                    };

                    let bias = values::<T>(units, 0.2);
                    let mut y = vec![T::of(9.0); units * count];
                    forward(&mut y, &w, &bias, &x, inputs);
                    let mut sums = &w_matrix * &x_matrix;
                    sums.column_iter_mut().for_each(|mut sums| sums += DMatrix::from_column_slice(units, 1, &bias));
                    near(y, sums);

                    let mut y = vec![T::of(9.0); units * count];
                    forward(&mut y, &w, &[], &x, inputs);
                    near(y, &w_matrix * &x_matrix);

                    let mut dw = vec![T::of(9.0); units * inputs];
                    weight_gradient(&mut dw, &dy, &x, inputs);
                    near(dw, &dy_matrix * x_matrix.transpose());

                    let mut dx = vec![T::of(9.0); inputs * count];
                    input_gradient(&mut dx, &w, &dy, inputs);
                    near(dx, w_matrix.transpose() * &dy_matrix);
                }
            }
        }
    }

    #[test]
    fn the_products_agree_with_nalgebra_at_every_edge() {
        with_every_level(|| {
            agree::<f64>(1e-11);
            agree::<f32>(2e-3);
        });
    }
}
