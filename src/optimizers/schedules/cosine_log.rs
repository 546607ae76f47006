use super::{RATE, Schedule};
use crate::part::{Arguments, Describe};
use std::f64::consts::PI;

/// A rate that rises from 0 to its peak and falls back to 0 several times in a training, each time in a longer cycle.
/// (Holzmüller et al., *Better by Default*, 2024: `coslog4`)
///
/// At the share `t` of the training that is done, from 0 to 1, the rate is
/// `peak * (1 - cos(2 pi log2(1 + (2^cycles - 1) t))) / 2`. Each cycle is twice as long as the one before it. `fit` knows the
/// share, because it knows the number of its batches.
///
/// ```
/// use layercake::optimizers::{CosineLog, Schedule};
///
/// let schedule = CosineLog::new(0.04).cycles(1);
/// let half = 2_f64.sqrt() - 1.0; // the share at which half of the only cycle is done
/// let rates = [0.0, half, 1.0].map(|share| schedule.rate_by_share(share).unwrap_or(f64::NAN));
/// assert!((rates[1] - 0.04).abs() < 1e-15 && rates[0] == 0.0 && rates[2] == 0.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CosineLog {
    peak_learning_rate: f64,
    cycles: usize,
}

impl CosineLog {
    /// A schedule of four cycles with this highest rate, at least 0.
    pub fn new(peak_learning_rate: f64) -> Self {
        Self { peak_learning_rate, cycles: 4 }
    }

    /// The number of cycles, from 1 to 32 (default 4).
    pub fn cycles(mut self, cycles: usize) -> Self {
        self.cycles = cycles;
        self
    }
}

impl Describe for CosineLog {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("peak_learning_rate", &mut self.peak_learning_rate, RATE);
        arguments.count("cycles", &mut self.cycles, 1..=32);
    }
}

impl Schedule for CosineLog {
    crate::part::compiled!(Schedule for CosineLog);

    fn rate(&self, _step: u64) -> f64 {
        0.0
    }

    fn rate_by_share(&self, share: f64) -> Option<f64> {
        let cycles_done = (1.0 + ((self.cycles as f64).exp2() - 1.0) * share).log2();
        Some(self.peak_learning_rate * 0.5 * (1.0 - (2.0 * PI * cycles_done).cos()))
    }
}
