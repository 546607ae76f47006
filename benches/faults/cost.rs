//! What watching costs: trainings with and without a `Diagnosis`, in turn.

use layercake::Rng;
use layercake::prelude::*;
use std::time::Instant;

/// Rows, batch size, epochs, widths, last activation and loss, as in the bench of trainings.
type Workload = (usize, usize, usize, &'static [usize], [&'static str; 2]);

const WORKLOADS: [Workload; 3] = [
    (150, 16, 200, &[4, 16, 3], ["softmax", "sparse_categorical_crossentropy"]),
    (20_000, 32, 5, &[13, 64, 64, 1], ["linear", "mse"]),
    (12_800, 128, 3, &[784, 512, 512, 10], ["softmax", "sparse_categorical_crossentropy"]),
];

/// The number of pairs of trainings for each workload: more of those that take a few milliseconds.
const PAIRS: [usize; 3] = [301, 101, 41];

pub fn run() -> layercake::Result<()> {
    for ((rows, batch, epochs, widths, [head, loss]), pairs) in WORKLOADS.into_iter().zip(PAIRS) {
        let mut rng = Rng::new(1);
        let x = DMatrix::from_fn(rows, widths[0], |_, _| (2.0 * rng.uniform() - 1.0) as f32);
        let outputs = widths[widths.len() - 1].max(2);
        let y = DMatrix::from_fn(rows, 1, |row, _| (row % outputs) as f32);
        let train = |watched: bool| -> layercake::Result<(f64, f64)> {
            let mut model = Sequential::with_seed(1);
            for &units in &widths[1..widths.len() - 1] {
                model.add(Dense::new(units).activation(Relu));
            }
            model.add(Dense::new(widths[widths.len() - 1]).activation(head));
            model.compile("adam", loss, ())?;
            let options = FitOptions::new().epochs(epochs).batch_size(batch);
            let mut diagnosis = Diagnosis::new();
            let started = Instant::now();
            match watched {
                true => model.fit(&x, &y, options.callback(&mut diagnosis))?,
                false => model.fit(&x, &y, options)?,
            };
            let seconds = started.elapsed().as_secs_f64();
            let started = Instant::now();
            if watched {
                diagnosis.report();
            }
            Ok((seconds, started.elapsed().as_secs_f64()))
        };
        train(true)?;
        let (mut ratios, mut alone, mut reports) = (Vec::new(), Vec::new(), Vec::new());
        for pair in 0..pairs {
            let (first, second) = (train(pair % 2 == 0)?, train(pair % 2 == 1)?);
            let (watched, plain) = if pair % 2 == 0 { (first, second) } else { (second, first) };
            ratios.push(watched.0 / plain.0);
            alone.push(plain.0);
            reports.push(watched.1);
        }
        [&mut ratios, &mut alone, &mut reports].into_iter().for_each(|values| values.sort_by(f64::total_cmp));
        // the median lies between these two of the sorted ratios with 95 % confidence (binomial distribution)
        let (middle, half) = (pairs as f64 / 2.0, 0.98 * (pairs as f64).sqrt());
        let (low, high) = (ratios[(middle - half) as usize], ratios[(middle + half) as usize]);
        println!(
            "{widths:?}, batch {batch}: {:.4} s; watched / alone {:.3} ({low:.3} to {high:.3}); the report {:.4} s",
            alone[pairs / 2],
            ratios[pairs / 2],
            reports[pairs / 2]
        );
    }
    Ok(())
}
