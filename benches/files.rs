//! Saving and loading ten million parameters, without and with the memory of Adam, beside writing and reading as many bytes.

use criterion::{Criterion, criterion_group, criterion_main};
use layercake::prelude::*;
use std::fs::File;
use std::hint::black_box;
use std::io::Write;

fn model(optimizer: &str) -> Sequential<f32> {
    let mut model = Sequential::with_seed(1);
    model.add(Input::new(1000));
    model.add(Dense::new(4000).activation(Relu));
    model.add(Dense::new(1500).activation(Relu));
    model.add(Dense::new(1));
    model.compile(optimizer, "mse", ()).unwrap();
    model.train_on_batch(&DMatrix::from_element(2, 1000, 0.5), &DMatrix::from_element(2, 1, 1.0)).unwrap();
    assert!(model.count_params() > 10_000_000);
    model
}

fn files(criterion: &mut Criterion) {
    let folder = std::env::temp_dir().join(format!("layercake-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (path, raw) = (folder.join("model.keras"), folder.join("raw"));
    for optimizer in ["sgd", "adam"] {
        let model = model(optimizer);
        let bytes = model.to_bytes().unwrap();
        // there also when only one of the measurements is asked for
        model.save(&path).unwrap();
        std::fs::write(&raw, &bytes).unwrap();
        let mut group = criterion.benchmark_group(format!("10 million parameters, {optimizer}"));
        group.sample_size(10);
        group.bench_function("write and sync raw bytes", |bencher| {
            bencher.iter(|| {
                let mut file = File::create(&raw).unwrap();
                file.write_all(&bytes).unwrap();
                file.sync_all().unwrap();
            });
        });
        group.bench_function("save", |bencher| bencher.iter(|| model.save(&path).unwrap()));
        group.bench_function("read raw bytes", |bencher| bencher.iter(|| black_box(std::fs::read(&raw).unwrap())));
        group.bench_function("write, sync and read raw bytes", |bencher| {
            bencher.iter(|| {
                let mut file = File::create(&raw).unwrap();
                file.write_all(&bytes).unwrap();
                file.sync_all().unwrap();
                black_box(std::fs::read(&raw).unwrap())
            });
        });
        group.bench_function("save and load", |bencher| {
            bencher.iter(|| {
                model.save(&path).unwrap();
                black_box(Sequential::<f32>::load(&path).unwrap())
            });
        });
        group.bench_function("load", |bencher| bencher.iter(|| black_box(Sequential::<f32>::load(&path).unwrap())));
        group.finish();
    }
    let _ = std::fs::remove_dir_all(&folder);
}

criterion_group!(benches, files);
criterion_main!(benches);
