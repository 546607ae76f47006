//! Shares with their intervals, and the test of an effect.

use crate::setup::Setup;
use layercake::diagnosis::Remedy;
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

/// The difference of two skills that counts as none.
const SAME: f64 = 0.02;

/// The skills on the test rows of paired trainings, without and with a fault.
pub struct Effect {
    healthy: Vec<f64>,
    planted: Vec<f64>,
    seed: u64,
}

/// What a remedy came to.
pub struct Cure {
    /// Whether the skill is back to within 0.02 of the healthy one, or by nine tenths of what was lost.
    pub is_cured: bool,
    /// Whether the median skill is below that with the fault by more than 0.02.
    pub is_worse: bool,
    /// The same, and it is below in all of the paired trainings, so that chance is no explanation.
    pub is_worse_for_sure: bool,
    /// The median skills: healthy, with the fault, with the remedy.
    pub skills: [f64; 3],
}

fn skill(setup: &Setup, seed: u64) -> layercake::Result<f64> {
    let mut model = setup.model(seed)?;
    setup.with_options(|x, y, options| model.fit(x, y, options))?;
    setup.skill(&model.predict(&setup.test.0)?)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

impl Effect {
    pub fn new(healthy: &Setup, planted: &Setup, seed: u64) -> layercake::Result<Self> {
        let skills = |setup: &Setup| (0..PAIRS).map(|pair| skill(setup, seed + pair)).collect::<layercake::Result<Vec<f64>>>();
        Ok(Self { healthy: skills(healthy)?, planted: skills(planted)?, seed })
    }

    /// Returns whether the fault lowers the skill by 0.05 in the median, and in all of the paired trainings.
    pub fn lowers(&self) -> bool {
        let drops: Vec<f64> = self.healthy.iter().zip(&self.planted).map(|(healthy, planted)| healthy - planted).collect();
        drops.iter().all(|drop| *drop > 0.0) && median(&drops) >= 0.05
    }

    /// Applies a remedy to the same trainings; a remedy that cannot be applied cures nothing.
    pub fn cure(&self, planted: &Setup, remedy: &Remedy) -> layercake::Result<Cure> {
        let (healthy, without) = (median(&self.healthy), median(&self.planted));
        let mut skills = Vec::new();
        for pair in 0..PAIRS {
            match planted.remedied(remedy, self.seed + pair) {
                Ok(predicted) => skills.push(planted.skill(&predicted)?),
                Err(error) => {
                    println!("    not applied: {}", error.to_string().replace('\n', " "));
                    return Ok(Cure {
                        is_cured: false,
                        is_worse: false,
                        is_worse_for_sure: false,
                        skills: [healthy, without, f64::NAN],
                    });
                }
            }
        }
        let with = median(&skills);
        let is_cured = with >= healthy - SAME || with >= without + 0.9 * (healthy - without);
        let is_worse = with < without - SAME;
        let in_all = skills.iter().zip(&self.planted).all(|(with, without)| with < without);
        Ok(Cure { is_cured, is_worse, is_worse_for_sure: is_worse && in_all, skills: [healthy, without, with] })
    }
}

/// Returns whether a fault lowers the skill; stops at the first pair that it does not.
pub fn lowers(healthy: &Setup, planted: &Setup, seed: u64) -> layercake::Result<bool> {
    let mut drops = Vec::new();
    for pair in 0..PAIRS {
        drops.push(skill(healthy, seed + pair)? - skill(planted, seed + pair)?);
        if drops.last().is_some_and(|drop| *drop <= 0.0) {
            return Ok(false);
        }
    }
    Ok(median(&drops) >= 0.05)
}
