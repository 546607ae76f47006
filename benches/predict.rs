//! Predictions for one row and for many, with as many threads as the machine has; the data are made outside the timed part.

mod common;

use common::{matrix, network};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layercake::prelude::*;
use std::hint::black_box;

fn predictions(criterion: &mut Criterion) {
    let mut model = network(&[784, 128, 64, 10], "softmax");
    model.build(784).expect("a model that fits together");
    let mut group = criterion.benchmark_group("predict");
    for rows in [1, 10_000] {
        let x = matrix(rows, 784);
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(format!("{rows} rows, 784-128-64-10"), |bencher| {
            bencher.iter(|| black_box(model.predict(&x).expect("rows of the model's width")));
        });
    }
    let x = matrix(1, 784);
    let (mut out, mut scratch) = (DMatrix::zeros(1, 10), PredictScratch::new());
    group.throughput(Throughput::Elements(1));
    group.bench_function("1 rows, 784-128-64-10, into a matrix that is there", |bencher| {
        bencher.iter(|| {
            model.predict_into(&x, &mut out, &mut scratch).expect("rows of the model's width");
            black_box(&mut out);
        });
    });
}

criterion_group!(benches, predictions);
criterion_main!(benches);
