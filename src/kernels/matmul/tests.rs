use super::*;
use crate::kernels::loops::slots::Slots;
use crate::kernels::simd::cache::tests::NEAR;
use crate::kernels::simd::dispatch::tests::with_every_level;
use nalgebra::DMatrix;

fn values<T: Scalar>(count: usize, step: f64) -> Vec<T> {
    (0..count).map(|i| T::of(((i as f64 + 1.0) * step).sin())).collect()
}

/// Runs a test with L2 caches of 256 KiB, 1 MiB and 2 MiB.
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
    // These sizes are so large that both factors are copied, first in the forward and then in the backward pass.
    with_every_cache(|| {
        for [units, inputs] in [[700, 301], [301, 700]] {
            agree_for::<T>(Sizes { units, inputs, count: 203 }, bound);
        }
    });
    // There is a whole block of terms, and the copies of the columns fill their memory.
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
    // The bits of a sample do not depend on the other samples of the batch.
    for (x, y) in x.chunks(inputs).zip(y.chunks(units)) {
        let mut alone = vec![T::of(9.0); units];
        forward(&mut alone, &w, &bias, x, Sizes { count: 1, ..sizes });
        assert_eq!(alone, y, "{sizes:?}");
    }

    // A sample has the same bits if it is read from the row of a matrix.
    let (first, total) = (count / 2, 2 * count);
    let mut rows = DMatrix::from_element(total, inputs, T::of(f64::NAN));
    rows.rows_mut(first, count).copy_from(&x_matrix.transpose());
    let mut from_rows = vec![T::of(9.0); units * count];
    let mut read = |rows: &DMatrix<T>| forward_rows(&mut from_rows, &w, &bias, rows.as_slice(), [first, total], sizes);
    for column in [0, units * 7 % inputs, inputs - 1] {
        let row = first + (column + count - 1) % count;
        let value = std::mem::replace(&mut rows[(row, column)], T::of(f64::INFINITY));
        assert!(!read(&rows), "{sizes:?}: row {row}, column {column}");
        rows[(row, column)] = value;
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

/// Compares a fused update with an update after the whole gradient.
fn parts_agree_for<T: Scalar>(sizes: Sizes) {
    let Sizes { units, inputs, count } = sizes;
    let (x, dy) = (values::<T>(inputs * count, 0.3), values(units * count, 0.9));
    let w = values::<T>(units * inputs, 0.7);
    let mut dw = vec![T::zero(); w.len()];
    weight_gradient(&mut dw, &dy, &x, sizes);
    let updated: Vec<T> = w.iter().zip(&dw).map(|(&w, &g)| w - g).collect();

    let (mut fused, mut room, mut remembered) = (w.clone(), w.clone(), values::<T>(2 * w.len(), 0.1));
    let sums: Vec<T> = remembered.iter().zip(dw.iter().chain(&w)).map(|(&before, &more)| before + more).collect();
    let mut slots = Slots::new(&mut remembered, w.len(), 0..w.len());
    weight_gradient_in_parts(&mut room, [&dy, &x], sizes, &mut fused, &mut slots, |weight, gradient, slots| {
        let [gradients, weights] = slots.get();
        for (i, &gradient) in gradient.iter().enumerate() {
            gradients[i] += gradient;
            weights[i] += weight[i];
            weight[i] -= gradient;
        }
    });
    assert!(fused == updated && remembered == sums, "{sizes:?}");
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
        // These output gradients are copied, some with several blocks of terms. Some are as large as the weights, which
        // leaves no memory for a copy.
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
        for width in [1, 33, (1 << 17) + 1] {
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
        // A weight of 0 must not hide this value.
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
