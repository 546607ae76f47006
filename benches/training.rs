//! Whole trainings and their single steps, with as many threads as the machine has; the data are made outside the timed part.

mod common;

use common::{matrix, network};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use layercake::prelude::*;
use std::time::{Duration, Instant};

/// A training: its sizes and how it runs.
struct Workload {
    rows: usize,
    batch: usize,
    epochs: usize,
    widths: &'static [usize],
    /// The last activation and the loss.
    ending: [&'static str; 2],
    momentum: bool,
}

const CLASSES: [&str; 2] = ["softmax", "sparse_categorical_crossentropy"];

/// Those that `peers` runs in other libraries.
#[rustfmt::skip]
const WORKLOADS: [Workload; 5] = [
    Workload { rows: 3, batch: 3, epochs: 100, widths: &[2, 2, 1], ending: ["sigmoid", "binary_crossentropy"], momentum: false },
    Workload { rows: 150, batch: 16, epochs: 200, widths: &[4, 16, 3], ending: CLASSES, momentum: false },
    Workload { rows: 20_000, batch: 32, epochs: 5, widths: &[13, 64, 64, 1], ending: ["linear", "mse"], momentum: false },
    Workload { rows: 12_800, batch: 128, epochs: 3, widths: &[784, 512, 512, 10], ending: CLASSES, momentum: false },
    Workload { rows: 4096, batch: 256, epochs: 2, widths: &[1024, 2048, 2048, 1000], ending: CLASSES, momentum: true },
];

impl Workload {
    /// Layers, optimizer and batch size.
    fn name(&self) -> String {
        let widths: Vec<String> = self.widths.iter().map(usize::to_string).collect();
        let optimizer = if self.momentum { "sgd with momentum" } else { "adam" };
        format!("{}, {optimizer}, batch {}", widths.join("-"), self.batch)
    }

    /// As a user has it before the first `fit`, which then draws the weights.
    fn model(&self) -> Sequential<f32> {
        let [last, loss] = self.ending;
        let mut model = network(self.widths, last);
        let compiled = match self.momentum {
            true => model.compile(Sgd::default().momentum(0.9), loss, ()),
            false => model.compile(Adam::default(), loss, ()),
        };
        compiled.expect("names that exist");
        model
    }

    fn data(&self, rows: usize) -> (DMatrix<f32>, DMatrix<f32>) {
        let classes = self.widths.last().map_or(2, |&outputs| outputs.max(2));
        (matrix(rows, self.widths[0]), DMatrix::from_fn(rows, 1, |row, _| (row % classes) as f32))
    }

    fn options<'a>(&self) -> FitOptions<'a, f32> {
        FitOptions::new().batch_size(self.batch).epochs(self.epochs)
    }

    /// Trains on a few batches; how long all epochs but the first took, and how many steps they had. So what a fit does once is
    /// not counted: taking the data over, drawing the weights, making its memory.
    fn steps(&self, x: &DMatrix<f32>, y: &DMatrix<f32>) -> (Duration, usize) {
        let mut ends = Vec::with_capacity(self.epochs);
        let options = self.options().callback(on_epoch_end(|_| ends.push(Instant::now())));
        self.model().fit(x, y, options).expect("data that fit");
        (ends[ends.len() - 1] - ends[0], (ends.len() - 1) * x.nrows().div_ceil(self.batch))
    }
}

fn fits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fit");
    group.sample_size(10);
    for workload in WORKLOADS {
        let (x, y) = workload.data(workload.rows);
        let model = workload.model();
        let name = format!("{} rows, {}, {} epochs", workload.rows, workload.name(), workload.epochs);
        group.throughput(Throughput::Elements((workload.rows * workload.epochs) as u64));
        group.bench_function(name, |bencher| {
            let fit = |model: &mut Sequential<f32>| model.fit(&x, &y, workload.options()).expect("data that fit");
            bencher.iter_batched_ref(|| model.clone(), fit, BatchSize::LargeInput);
        });
    }
}

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("step");
    group.sample_size(10);
    for workload in WORKLOADS {
        let (x, y) = workload.data(workload.batch * (workload.rows / workload.batch).min(8));
        group.throughput(Throughput::Elements(workload.batch as u64));
        group.bench_function(workload.name(), |bencher| {
            bencher.iter_custom(|wanted| {
                let (mut time, mut done) = (Duration::ZERO, 0);
                while done < wanted {
                    let (took, steps) = workload.steps(&x, &y);
                    time += took;
                    done += steps as u64;
                }
                // a fit has the steps it has: as many as were wanted have their share of the time
                time.mul_f64(wanted as f64 / done as f64)
            });
        });
    }
}

criterion_group!(benches, fits, steps);
criterion_main!(benches);
