//! The three products of a dense layer, on one thread, for batch x inputs x units: forward, the gradient of the weights and that
//! of the inputs. An element is an addition or a multiplication.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layercake::Rng;
use layercake::check::products::{forward, input_gradient, weight_gradient};
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
        let (kernel, bias) = (values(inputs * units), values(units));
        let (x, dy) = (values(batch * inputs), values(batch * units));
        let (y, dx, gradient) = (values(dy.len()), values(x.len()), values(kernel.len()));
        let shape = [batch, inputs, units];

        group.throughput(Throughput::Elements(product));
        group.bench_function(format!("{sizes}, forward"), |bencher| {
            bencher.iter(|| forward(black_box(&mut *y), [kernel, bias], x, shape));
        });
        group.bench_function(format!("{sizes}, gradient"), |bencher| {
            bencher.iter(|| weight_gradient(black_box(&mut *gradient), dy, x, shape));
        });
        group.bench_function(format!("{sizes}, gradient of the inputs"), |bencher| {
            bencher.iter(|| input_gradient(black_box(&mut *dx), kernel, dy, shape));
        });
    }
}

criterion_group!(benches, products);
criterion_main!(benches);
