//! Saving and loading need memory for one copy of the numbers in addition to the model, not for several.

use crate::counting::{MOST, USED};
use crate::process::alone;
use layercake::prelude::*;
use std::sync::atomic::Ordering::Relaxed;

/// The most memory that a call uses at once, in addition to its result.
fn beside<V>(work: impl FnOnce() -> V) -> usize {
    MOST.store(USED.load(Relaxed), Relaxed);
    let result = work();
    let beside = MOST.load(Relaxed) - USED.load(Relaxed);
    drop(result);
    beside
}

#[test]
fn a_file_takes_no_more_than_one_copy_of_the_numbers() {
    alone("files::a_file_takes_no_more_than_one_copy_of_the_numbers", ".", saves_and_loads);
}

fn saves_and_loads() {
    let path = std::env::temp_dir().join(format!("layercake-file-memory-{}.keras", std::process::id()));
    for (optimizer, copies) in [("sgd", 1), ("adam", 3)] {
        let mut model = Sequential::<f32>::with_seed(1);
        model.add(Dense::new(1200));
        model.add(Dense::new(1000));
        model.compile(optimizer, "mse", ()).unwrap();
        let (x, y) = (DMatrix::from_element(2, 1000, 0.5), DMatrix::from_element(2, 1000, 1.0));
        model.train_on_batch(&x, &y).unwrap();
        let numbers = model.count_params() * size_of::<f32>() * copies;
        let (saving, loading) = (beside(|| model.save(&path).unwrap()), beside(|| Sequential::<f32>::load(&path).unwrap()));
        println!("{optimizer}: {numbers} bytes, saved with {saving}, loaded with {loading}");
        // the buffers for the files take two megabytes
        assert!(saving < numbers + (2 << 20), "{optimizer}: {saving} to save {numbers}");
        assert!(loading < numbers + (2 << 20), "{optimizer}: {loading} to load {numbers}");
    }
    let _ = std::fs::remove_file(&path);
}
