//! The three products of a dense layer, on one thread, for batch x inputs x units. The way back always has the gradient
//! of the weights; the slope of the inputs is what it takes longer with it. An element is an addition or a multiplication.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layercake::layers::{Backward, Weights};
use layercake::prelude::*;
use layercake::{Batch, BatchMut, Rng, Shape};
use std::hint::black_box;

const SHAPES: [[usize; 3]; 7] =
    [[32, 13, 64], [32, 64, 64], [128, 784, 512], [128, 512, 512], [128, 512, 10], [256, 1024, 2048], [1, 784, 128]];

/// Numbers from -1 to 1 that look random and are always the same; the first begins a line of the cache, as in a fit.
fn values(count: usize) -> &'static mut [f32] {
    const LINE: usize = 64;
    let mut rng = Rng::new(1);
    let room: Vec<f32> = (0..count + LINE).map(|_| 2.0 * rng.uniform() as f32 - 1.0).collect();
    let first = room.as_ptr().align_offset(LINE);
    &mut room.leak()[first..first + count]
}

fn products(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("products");
    for [batch, inputs, units] in SHAPES {
        let sizes = format!("{batch} x {inputs} x {units}");
        let product = 2 * (batch * inputs * units) as u64;
        let (narrow, wide) = (Shape::from(inputs), Shape::from(units));
        let layer = Dense::<f32>::new(units);
        let params = values((inputs + 1) * units);
        let (x, dy) = (values(batch * inputs), values(batch * units));
        let (y, dx, gradient) = (values(dy.len()), values(x.len()), values(params.len()));

        group.throughput(Throughput::Elements(product));
        group.bench_function(format!("{sizes}, forward"), |bencher| {
            bencher.iter(|| {
                let weights = Weights { params: black_box(&*params), state: &[] };
                layer.infer(weights, Batch::new(&narrow, x), BatchMut::new(&wide, y));
                black_box(&*y);
            });
        });
        for with_inputs in [false, true] {
            let what = if with_inputs { "gradient and slope of the inputs" } else { "gradient" };
            group.throughput(Throughput::Elements(if with_inputs { 2 * product } else { product }));
            group.bench_function(format!("{sizes}, {what}"), |bencher| {
                bencher.iter(|| {
                    layer.backward(Backward {
                        training: true,
                        trainable: true,
                        params: black_box(&*params),
                        x: Batch::new(&narrow, x),
                        scratch: &[],
                        batch_scratch: &mut [],
                        dy: Batch::new(&wide, dy),
                        gradient,
                        dx: with_inputs.then_some(BatchMut::new(&narrow, dx)),
                    });
                    black_box((&*gradient, &*dx));
                });
            });
        }
    }
}

criterion_group!(benches, products);
criterion_main!(benches);
