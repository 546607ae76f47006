//! Hands a model to Keras in the middle of a training and takes it back: an epoch here, one by Keras on two devices, one here.
//! The losses must be those of three epochs here.
//!
//! ```sh
//! cargo run --release --example many_machines -- python3       # a Python with Keras 3 and JAX
//! cargo run --release --example many_machines -- python3 2     # in two processes, as on two machines
//! ```
use layercake::prelude::*;
use std::path::Path;
use std::process::Command;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/train_on_devices.py");
/// The last batch has 4 rows, because each batch must divide by the number of devices.
const ROWS: usize = 1796;
const BATCH_SIZE: usize = 64;
/// The relative difference of losses in f32 that is rounding.
const WITHIN: f64 = 1e-5;

/// Trains in the order of the rows, as the script does, and returns the loss of each epoch.
fn train(model: &mut Sequential<f32>, x: &DMatrix<f32>, y: &DMatrix<f32>, epochs: usize) -> layercake::Result<Vec<f64>> {
    let history = model.fit(x, y, FitOptions::new().epochs(epochs).batch_size(BATCH_SIZE).shuffle(false))?;
    Ok(history["loss"].to_vec())
}

/// Trains the model of a file for an epoch with Keras on two devices, in one process or in two.
fn train_elsewhere(python: &str, processes: usize, from: &Path, to: &Path, expected: f64) -> std::io::Result<bool> {
    let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let mut started = Vec::new();
    for process in 0..processes {
        let mut script = Command::new(python);
        script.arg(SCRIPT).args([from, Path::new(TABLE), to]).args(["--devices", &(2 / processes).to_string()]);
        script.args(["--rows", &ROWS.to_string(), "--batch-size", &BATCH_SIZE.to_string()]);
        script.args(["--expect", &expected.to_string(), "--within", &WITHIN.to_string()]);
        if processes > 1 {
            script.env("KERAS_DISTRIBUTION_JOB_ADDRESSES", &address);
            script.env("KERAS_DISTRIBUTION_NUM_PROCESSES", processes.to_string());
            script.env("KERAS_DISTRIBUTION_PROCESS_ID", process.to_string());
        }
        started.push(script.spawn()?);
    }
    let ended: std::io::Result<Vec<_>> = started.iter_mut().map(|process| process.wait()).collect();
    Ok(ended?.iter().all(|status| status.success()))
}

fn main() -> layercake::Result<()> {
    let python = std::env::args().nth(1).unwrap_or("python3".to_string());
    let processes = if std::env::args().nth(2).as_deref() == Some("2") { 2 } else { 1 };
    let table = data::Table::read(TABLE)?;
    let x: DMatrix<f32> = table.features_without(&["target"])?.rows(0, ROWS).into_owned();
    let y: DMatrix<f32> = table.features(&["target"])?.rows(0, ROWS).into_owned();

    let mut model = Sequential::with_seed(42);
    model.add(layers::Normalization::default().adapt(&x)?);
    model.add(Dense::new(64).activation(Relu));
    model.add(BatchNormalization::default());
    model.add(Dense::new(10).activation(Softmax));
    model.compile("adam", "sparse_categorical_crossentropy", ())?;
    let expected = train(&mut model.clone(), &x, &y, 3)?;

    let mut losses = train(&mut model, &x, &y, 1)?;
    let files = ["here", "there"].map(|name| std::env::temp_dir().join(format!("{name}_{}.keras", std::process::id())));
    let [here, there] = &files;
    model.save(here)?;
    let succeeded = train_elsewhere(&python, processes, here, there, expected[1]);
    let trained = Sequential::<f32>::load(there);
    files.iter().for_each(|file| _ = std::fs::remove_file(file));
    if !succeeded.map_err(|error| layercake::Error::callback(format!("{python}: {error}")))? {
        return Err(layercake::Error::callback(format!("{python} {SCRIPT} failed")));
    }
    losses.append(&mut train(&mut trained?, &x, &y, 1)?);

    let apart = (losses[1] - expected[2]).abs() / expected[2];
    println!("epochs 1 and 3: losses {losses:?}, expected {expected:?}: the last {apart:.1e} apart, {WITHIN:.0e} allowed");
    if apart > WITHIN || losses[0] != expected[0] {
        return Err(layercake::Error::callback("the losses are not those of a training that stayed here"));
    }
    Ok(())
}
