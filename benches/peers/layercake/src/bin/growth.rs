//! Time of a training for widths 16 to 2048 and batches 1 to 1024, a line each: width, batch, nanoseconds per sample, GFLOP/s.
//!
//! The model is width-width-width-1 with relu, mean squared error and plain gradient descent, on one thread. Of each five fits
//! the median counts.
use layercake::prelude::*;
use std::time::Instant;

fn main() -> layercake::Result<()> {
    for batch in [1_usize, 4, 16, 64, 256, 1024] {
        for width in [16_usize, 32, 64, 128, 256, 512, 1024, 2048] {
            // multiply-adds: forward and the gradient of the weights, and the gradient of the inputs where a layer is below
            let work = 5 * width * width + 3 * width;
            // about 50 ms at 20 GFLOP/s, but some steps at least
            let count = (500_000_000 / work).clamp(4 * batch, 16_384).next_multiple_of(batch);
            let x = DMatrix::from_fn(count, width, |row, column| ((row * 31 + column * 17) % 101) as f32 / 101.0_f32 - 0.5);
            let y = DMatrix::from_fn(count, 1, |row, _| (row % 7) as f32 / 7.0_f32);
            let mut model = Sequential::<f32>::with_seed(1);
            model.add(Dense::new(width).activation(Relu));
            model.add(Dense::new(width).activation(Relu));
            model.add(Dense::new(1));
            model.compile(Sgd::default().learning_rate(1e-4), MeanSquaredError::default(), ())?;
            let mut fit = || -> layercake::Result<f64> {
                let started = Instant::now();
                model.fit(&x, &y, FitOptions::new().batch_size(batch).threads(1))?;
                Ok(started.elapsed().as_secs_f64() / count as f64)
            };
            fit()?;
            let mut times = (0..5).map(|_| fit()).collect::<layercake::Result<Vec<_>>>()?;
            times.sort_by(f64::total_cmp);
            println!("{width} {batch} {:.1} {:.2}", times[2] * 1e9, 2e-9 * work as f64 / times[2]);
        }
    }
    Ok(())
}
