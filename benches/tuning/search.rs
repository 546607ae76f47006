//! Times the search of 24 settings on 5 folds that `benches/peers/search.py` runs in Python.

use crate::tables::read;
use layercake::layers::Normalization;
use layercake::prelude::*;
use layercake::tuner::{HyperParameters, RandomSearch};
use std::time::Instant;

/// `threads` is the number of threads of one search, which is what a whole process is timed with; without it there are six.
pub fn run(file: &str, target: &str, threads: Option<usize>) -> layercake::Result<()> {
    let table = read(std::path::Path::new(file), target, false)?;
    let build = |hp: &mut HyperParameters| {
        let mut model = Sequential::with_seed(hp.seed());
        model.add(Normalization::default());
        for _ in 0..2 {
            let l2 = L2::new(hp.log_float("l2", 1e-6..=1e-2));
            model.add(Dense::new(64).activation(Relu).kernel_regularizer(l2));
        }
        model.add(Dense::new(1).activation(Sigmoid));
        let rate = hp.log_float("learning_rate", 1e-4..=1e-2);
        model.compile(Adam::default().learning_rate(rate), "binary_crossentropy", "accuracy")?;
        Ok(model)
    };
    let (rounds, threads) = threads.map_or((3, vec![1, 2]), |threads| (1, vec![threads]));
    for round in 0..rounds {
        for &threads in &threads {
            let started = Instant::now();
            let search = RandomSearch::new(build).max_trials(24).max_epochs(50).patience(10).seed(1).threads(threads);
            let search = search.below_constant(f64::INFINITY).search(&table.x, &table.y)?;
            let seconds = started.elapsed().as_secs_f64();
            let best = search.best()?;
            println!("round {round}, {threads} threads: {seconds:.3} s, best {:.4}", best.score().unwrap_or(f64::NAN));
        }
    }
    Ok(())
}
