//! The three matrix products of a dense layer, without a transposed copy and without memory of the heap.
//!
//! All matrices are column-major, and a batch has one sample in each column. A tile of the result stays in registers
//! while its sums run. Each value is summed in the same order wherever its tile lies, so that the bits of a sample do
//! not depend on the samples beside it.

mod dot;
mod outer;

use super::dispatch_vector;
use crate::Scalar;
use dot::DotProducts;
use outer::OuterProducts;

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
        multiply(y, bias, weights, [1, units], x, [1, inputs], [units, count, inputs]);
    }
}

/// `dW = dy x^T`, the gradient of the weights.
pub(crate) fn weight_gradient<T: Scalar>(dw: &mut [T], dy: &[T], x: &[T], inputs: usize) {
    let units = dw.len() / inputs.max(1);
    let count = x.len() / inputs.max(1);
    assert!(dw.len() == units * inputs && dy.len() == units * count && x.len() == inputs * count);
    if units == 1 {
        // the same sum with rows and columns exchanged, so that registers run along the inputs
        multiply(dw, &[], x, [1, inputs], dy, [1, count], [inputs, 1, count]);
    } else {
        multiply(dw, &[], dy, [1, units], x, [inputs, 1], [units, inputs, count]);
    }
}

/// `dx = W^T dy`, the slope of the inputs.
pub(crate) fn input_gradient<T: Scalar>(dx: &mut [T], weights: &[T], dy: &[T], inputs: usize) {
    let units = weights.len() / inputs.max(1);
    let count = dx.len() / inputs.max(1);
    assert!(dx.len() == inputs * count && weights.len() == units * inputs && dy.len() == units * count);
    let shape = [inputs, count, units];
    if units == 1 {
        multiply(dx, &[], weights, [1, inputs], dy, [count, 1], shape);
    } else if units < FEW_TERMS {
        multiply(dx, &[], weights, [units, 1], dy, [1, units], shape);
    } else {
        dispatch_vector(DotProducts { c: dx, a: weights, b: dy, m: inputs, n: count, depth: units, start: T::zero() });
    }
}

/// `c = start + a b`, the strides being those of [`OuterProducts`].
fn multiply<T: Scalar>(
    c: &mut [T],
    start: &[T],
    a: &[T],
    a_strides: [usize; 2],
    b: &[T],
    b_strides: [usize; 2],
    [m, n, depth]: [usize; 3],
) {
    dispatch_vector(OuterProducts { c, start, a, a_strides, b, b_strides, m, n, depth });
}

/// Up to how many terms a dot product leaves most of a register empty.
const FEW_TERMS: usize = 12;

/// Half of the second cache of most CPUs, in bytes: what is walked through again and again should fit there.
const NEAR_CACHE: usize = 1 << 19;

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
            for count in [1, 2, 4, 5, 6, 11, 12, 13, 29, 101] {
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

    #[test]
    #[ignore]
    fn measure() {
        for (b, i, o) in [
            (32, 64, 64),
            (128, 784, 512),
            (128, 512, 512),
            (128, 512, 10),
            (256, 1024, 2048),
            (256, 2048, 2048),
            (256, 2048, 1000),
            (16, 16, 3),
            (64, 64, 64),
            (96, 128, 128),
            (64, 256, 256),
            (32, 512, 512),
            (32, 256, 256),
        ] {
            let (w, x, dy) = (values::<f32>(o * i, 0.7), values(i * b, 0.3), values(o * b, 0.9));
            let mut y = vec![0f32; o * b];
            let mut dw = vec![0f32; o * i];
            let mut dx = vec![0f32; i * b];
            let flop = 2.0 * (b * i * o) as f64;
            let mut out = format!("{b:4} {i:5} {o:5}:");
            for op in 0..3 {
                let reps = (2e9 / flop) as usize + 3;
                let mut best = f64::MAX;
                for _ in 0..5 {
                    let t = std::time::Instant::now();
                    for _ in 0..reps {
                        match op {
                            0 => forward(&mut y, &w, &[], &x, i),
                            1 => weight_gradient(&mut dw, &dy, &x, i),
                            _ => input_gradient(&mut dx, &w, &dy, i),
                        }
                    }
                    best = best.min(t.elapsed().as_secs_f64() / reps as f64);
                }
                out += &format!(" {:6.1}", flop / best / 1e9);
            }
            println!("{out}");
        }
    }
}
