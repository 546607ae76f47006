//! A table of trainings: the best validation losses of 512 settings on six tables with three splits, after the epochs of all
//! rungs, and the loss of the best constant prediction.
//!
//! A loss is stored as two bytes, its logarithm in steps of 1/4096 from e^-8 on, so that the file is small.

use crate::tables::{Loaded, path, read};
use layercake::layers::Normalization;
use layercake::prelude::*;
use layercake::tuner::{HyperParameters, Job, RandomSearch, Study};
use std::collections::HashMap;
use std::sync::Mutex;

pub const SETTINGS: usize = 512;
const SEED: u64 = 11;
/// The rungs of successive halving and of Hyperband.
pub const EPOCHS: [usize; 9] = [1, 2, 3, 6, 7, 14, 18, 27, 54];
pub const LAST: usize = EPOCHS.len() - 1;
pub const TABLES: [(&str, &str, bool); 6] = [
    ("iris", "target", false),
    ("wine", "target", false),
    ("breast_cancer", "target", false),
    ("diabetes", "target", true),
    ("penguins", "species", false),
    ("pima", "diabetes", false),
];
pub const SEEDS: usize = 3;
pub const CASES: usize = TABLES.len() * SEEDS;

/// One table and split.
pub struct Case {
    /// The validation loss of the best constant prediction: the shares of the classes, or the mean of the targets.
    pub constant: f64,
    /// The losses of each setting after each number of epochs.
    pub losses: Vec<[f64; EPOCHS.len()]>,
}

/// The seven hyperparameters.
pub fn space(hp: &mut HyperParameters) -> layercake::Result<()> {
    hp.int("layers", 1..=3);
    hp.log_int("units", 4..=256);
    hp.log_float("rate", 1e-4..=1e-1);
    hp.choice("optimizer", ["adam", "sgd"]);
    hp.float("dropout", 0.0..=0.5);
    hp.log_float("l2", 1e-7..=1e-2);
    hp.choice("batch_size", [16, 32, 64, 128]);
    Ok(())
}

/// The settings of the table, in its order.
pub fn jobs() -> layercake::Result<Vec<Job>> {
    Study::random(space).seed(SEED).max_trials(SETTINGS).batch(SETTINGS).ask()
}

pub fn build(hp: &mut HyperParameters, classes: usize) -> layercake::Result<Sequential<f32>> {
    let mut model = Sequential::with_seed(hp.seed());
    model.add(Normalization::default());
    let (layers, units) = (hp.int("layers", 1..=3), hp.log_int("units", 4..=256));
    let (rate, optimizer) = (hp.log_float("rate", 1e-4..=1e-1), hp.choice("optimizer", ["adam", "sgd"]));
    let (dropout, l2) = (hp.float("dropout", 0.0..=0.5), hp.log_float("l2", 1e-7..=1e-2));
    for _ in 0..layers {
        model.add(Dense::new(units).activation(Relu).kernel_regularizer(L2::new(l2)));
        model.add(Dropout::new(dropout));
    }
    let loss = match classes {
        0 => {
            model.add(Dense::new(1));
            "mse"
        }
        2 => {
            model.add(Dense::new(1).activation(Sigmoid));
            "binary_crossentropy"
        }
        _ => {
            model.add(Dense::new(classes).activation(Softmax));
            "sparse_categorical_crossentropy"
        }
    };
    match optimizer {
        "sgd" => model.compile(Sgd::default().learning_rate(rate).momentum(0.9), loss, ())?,
        _ => model.compile(Adam::default().learning_rate(rate), loss, ())?,
    }
    Ok(model)
}

/// Trains all settings with one split.
fn train(table: &Loaded, seed: usize) -> layercake::Result<Case> {
    let found = Mutex::new(HashMap::new());
    let split = data::SplitOptions::new().test_size(0.25).seed(seed as u64);
    let (x, x_val, y, y_val) = data::train_test_split(&table.x, &table.y, split)?;
    let options = |hp: &mut HyperParameters| {
        let (seed, found) = (hp.seed(), &found);
        let (mut best, mut losses) = (f64::INFINITY, [f64::INFINITY; EPOCHS.len()]);
        let watch = on_epoch_end(move |run| {
            best = best.min(run.logs().get("val_loss").filter(|loss| loss.is_finite()).unwrap_or(f64::INFINITY));
            if let Some(rung) = EPOCHS.iter().position(|epochs| *epochs == run.epoch() + 1) {
                losses[rung] = best;
                if let Ok(mut found) = found.lock() {
                    found.insert(seed, losses);
                }
            }
        });
        FitOptions::new().batch_size(hp.choice("batch_size", [16, 32, 64, 128])).callback(watch)
    };
    let search = RandomSearch::new(|hp: &mut HyperParameters| build(hp, table.classes)).fit_options(options);
    let search = search.seed(SEED).max_trials(SETTINGS).batch(SETTINGS).max_epochs(EPOCHS[LAST]).below_constant(f64::INFINITY);
    search.validation_data(&x_val, &y_val).search(&x, &y)?;
    let found = found.into_inner().unwrap_or_default();
    let losses = |job: &Job| found.get(&job.seed()).copied().unwrap_or([f64::INFINITY; EPOCHS.len()]);
    Ok(Case { constant: constant(table.classes, &y, &y_val), losses: jobs()?.iter().map(losses).collect() })
}

fn constant(classes: usize, y: &DMatrix<f32>, y_val: &DMatrix<f32>) -> f64 {
    let loss = |target: f32| match classes {
        0 => f64::from(target - y.mean()).powi(2),
        _ => -(y.iter().filter(|&&other| other == target).count() as f64 / y.len() as f64).ln(),
    };
    y_val.iter().map(|&target| loss(target)).sum::<f64>() / y_val.len() as f64
}

fn file() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/tuning/losses.bin")
}

fn stored(loss: f64) -> u16 {
    if loss.is_finite() { (((loss.max(1e-30).ln() + 8.0) * 4096.0).round().clamp(0.0, 65534.0)) as u16 } else { u16::MAX }
}

/// Trains all and writes the file.
pub fn write(folder: &str) -> layercake::Result<()> {
    let mut bytes = Vec::new();
    for (name, target, is_regression) in TABLES {
        let table = read(&path(folder, name), target, is_regression)?;
        for seed in 0..SEEDS {
            let Case { constant, losses } = train(&table, seed)?;
            let all = std::iter::once(&constant).chain(losses.iter().flatten());
            bytes.extend(all.flat_map(|&loss| stored(loss).to_le_bytes()));
            println!("{name}, split {seed}");
        }
    }
    std::fs::write(file(), bytes).map_err(layercake::Error::callback)
}

/// Reads the file: each table and split.
pub fn cases() -> layercake::Result<Vec<Case>> {
    let bytes = std::fs::read(file()).map_err(layercake::Error::callback)?;
    let value = |pair: &[u8]| match u16::from_le_bytes([pair[0], pair[1]]) {
        u16::MAX => f64::INFINITY,
        stored => (f64::from(stored) / 4096.0 - 8.0).exp(),
    };
    let values: Vec<f64> = bytes.chunks_exact(2).map(value).collect();
    let setting = |losses: &[f64]| std::array::from_fn(|rung| losses[rung]);
    let case =
        |values: &[f64]| Case { constant: values[0], losses: values[1..].chunks_exact(EPOCHS.len()).map(setting).collect() };
    Ok(values.chunks_exact(1 + EPOCHS.len() * SETTINGS).map(case).collect())
}
