//! Shares with their intervals, and the test of an effect.

use crate::setup::Setup;
use std::fmt;

/// A number of successes out of a number of cases.
#[derive(Clone, Copy, Default)]
pub struct Share {
    successes: usize,
    cases: usize,
}

impl Share {
    pub fn add(&mut self, success: bool) {
        self.add_many(usize::from(success), 1);
    }

    pub fn add_many(&mut self, successes: usize, cases: usize) {
        self.successes += successes;
        self.cases += cases;
    }

    /// Wilson's interval of the share with 95 % confidence.
    fn interval(self) -> (f64, f64) {
        let (n, z) = (self.cases as f64, 1.96_f64);
        let p = self.successes as f64 / n;
        let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        (centre - half, centre + half)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.interval();
        let share = self.successes as f64 / self.cases as f64;
        write!(f, "{share:.3} ({low:.3} to {high:.3}), {} of {}", self.successes, self.cases)
    }
}

/// The number of pairs of trainings; with five pairs that all differ in one direction, Wilcoxon's test gives p = 1/32.
const PAIRS: u64 = 5;

/// Returns whether a fault lowers the skill on the test rows by 0.05 in the median, and in all of five paired trainings.
pub fn lowers(healthy: &Setup, planted: &Setup, seed: u64) -> layercake::Result<bool> {
    let mut drops = Vec::new();
    for pair in 0..PAIRS {
        let skill = |setup: &Setup| {
            let mut model = setup.model(seed + pair)?;
            setup.with_options(|x, y, options| model.fit(x, y, options))?;
            setup.skill(&model)
        };
        drops.push(skill(healthy)? - skill(planted)?);
        if drops.last().is_some_and(|drop| *drop <= 0.0) {
            return Ok(false);
        }
    }
    drops.sort_by(f64::total_cmp);
    Ok(drops[PAIRS as usize / 2] >= 0.05)
}
