//! The activations and their way back for 4096 values, 64 samples of 64, on one thread; `linear` does nothing and is left out.

use criterion::{BatchSize, Bencher, Criterion, Throughput, criterion_group, criterion_main};
use layercake::activations::Sees;
use layercake::prelude::*;
use layercake::{Batch, BatchMut, Rng, Shape};
use std::time::Duration;

const VALUES: usize = 4096;

/// Times work in place, each time on values of its own: on what it left the last time it might run slower or faster. The
/// copies are made outside the timed part, as few at a time as lie in the second cache.
fn in_place(bencher: &mut Bencher<'_>, values: &[f32], work: impl FnMut(&mut Vec<f32>)) {
    bencher.iter_batched_ref(|| values.to_vec(), work, BatchSize::NumIterations(16));
}

fn activations(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("activations");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(1));
    group.throughput(Throughput::Elements(VALUES as u64));
    let mut rng = Rng::new(1);
    // both sides of every corner
    let sums: Vec<f32> = (0..VALUES).map(|_| 8.0 * rng.uniform() as f32 - 4.0).collect();
    let gradient: Vec<f32> = (0..VALUES).map(|_| 2.0 * rng.uniform() as f32 - 1.0).collect();
    let shape = Shape::from(64);
    let activations: [&dyn Activation<f32>; 29] = [
        &Celu,
        &Elu,
        &Exponential,
        &Gelu,
        &Glu,
        &HardShrink,
        &HardSigmoid,
        &HardSilu,
        &HardTanh,
        &LeakyRelu,
        &LogSigmoid,
        &LogSoftmax,
        &Mish,
        &Relu,
        &Relu6,
        &Selu,
        &Sigmoid,
        &Silu,
        &SoftShrink,
        &Softmax,
        &Softplus,
        &Softsign,
        &SparsePlus,
        &SparseSigmoid,
        &Sparsemax,
        &Squareplus,
        &Tanh,
        &TanhShrink,
        &Threshold::new(0.5, 0.0),
    ];
    for activation in activations {
        group.bench_function(format!("{}, {VALUES} values, apply", activation.name()), |bencher| {
            in_place(bencher, &sums, |z| activation.apply(BatchMut::new(&shape, z)));
        });
        let mut seen = sums.clone();
        if activation.sees() == Sees::Output {
            activation.apply(BatchMut::new(&shape, &mut seen));
        }
        group.bench_function(format!("{}, {VALUES} values, backprop", activation.name()), |bencher| {
            in_place(bencher, &gradient, |gradient| {
                activation.backprop(Batch::new(&shape, &seen), BatchMut::new(&shape, gradient))
            });
        });
    }
}

criterion_group!(benches, activations);
criterion_main!(benches);
