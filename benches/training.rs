//! Whole trainings and predictions, sizes in the names; the data are made outside the timed part.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use layercake::prelude::*;
use std::hint::black_box;

/// Numbers from -1 to 1 that look random and are always the same.
fn matrix(rows: usize, columns: usize) -> DMatrix<f32> {
    let mut rng = layercake::Rng::new(1);
    DMatrix::from_fn(rows, columns, |_, _| 2.0 * rng.uniform() as f32 - 1.0)
}

fn network(units: &[usize], last: &str, loss: &str) -> Sequential<f32> {
    let mut model = Sequential::with_seed(1);
    if let [_, hidden @ .., outputs] = units {
        hidden.iter().for_each(|&units| model.add(Dense::new(units).activation(Relu)));
        model.add(Dense::new(*outputs).activation(last));
    }
    model.compile(Adam::default(), loss, ()).expect("names that exist");
    model
}

fn fits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fit");
    group.sample_size(10);
    let (x, y) = (matrix(3, 2), dmatrix![1.0f32; 0.0; 1.0]);
    let tiny = network(&[2, 2, 1], "sigmoid", "binary_crossentropy");
    group.bench_function("3 rows, 2-2-1, adam, batch 10, 100 epochs", |bencher| {
        let fit = |mut model: Sequential<f32>| model.fit(&x, &y, FitOptions::new().batch_size(10).epochs(100));
        bencher.iter_batched(|| tiny.clone(), fit, BatchSize::SmallInput);
    });
    let x = matrix(150, 4);
    let classes: Vec<usize> = (0..150).map(|row| row % 3).collect();
    let small = network(&[4, 16, 3], "softmax", "sparse_categorical_crossentropy");
    group.bench_function("150 rows, 4-16-3, adam, batch 16, 200 epochs", |bencher| {
        let fit = |mut model: Sequential<f32>| model.fit(&x, &classes, FitOptions::new().batch_size(16).epochs(200));
        bencher.iter_batched(|| small.clone(), fit, BatchSize::SmallInput);
    });
    let (x, y) = (matrix(20_000, 13), matrix(20_000, 1));
    let middle = network(&[13, 64, 64, 1], "linear", "mse");
    group.bench_function("20000 rows, 13-64-64-1, adam, batch 32, 1 epoch", |bencher| {
        let fit = |mut model: Sequential<f32>| model.fit(&x, &y, FitOptions::new());
        bencher.iter_batched(|| middle.clone(), fit, BatchSize::SmallInput);
    });
    let x = matrix(12_800, 784);
    let classes: Vec<usize> = (0..12_800).map(|row| row % 10).collect();
    let large = network(&[784, 512, 512, 10], "softmax", "sparse_categorical_crossentropy");
    group.bench_function("12800 rows, 784-512-512-10, adam, batch 128, 1 epoch", |bencher| {
        let fit = |mut model: Sequential<f32>| model.fit(&x, &classes, FitOptions::new().batch_size(128));
        bencher.iter_batched(|| large.clone(), fit, BatchSize::LargeInput);
    });
}

fn predictions(criterion: &mut Criterion) {
    let mut model = network(&[784, 128, 64, 10], "softmax", "sparse_categorical_crossentropy");
    model.build(784).expect("a model that fits together");
    let mut group = criterion.benchmark_group("predict");
    for rows in [1, 10_000] {
        let x = matrix(rows, 784);
        group.bench_function(format!("{rows} rows, 784-128-64-10"), |bencher| bencher.iter(|| black_box(model.predict(&x))));
    }
}

criterion_group!(benches, fits, predictions);
criterion_main!(benches);
