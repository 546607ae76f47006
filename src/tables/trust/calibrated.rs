//! What a calibration computed, and what it changes in an answer.

use super::{Calibration, Sets, conformal, temperature};
use crate::base::{Error, Result};
use crate::tables::scores::largest_of;
use std::fmt;

/// What a calibration computed; displayed in a few lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    pub(super) coverage: f64,
    pub(super) rows: usize,
    /// The largest score of a class in a set, or of a number in an interval.
    pub(super) limit: f64,
    pub(super) of: Of,
}

/// What a model answers with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Of {
    Classes {
        sets: Sets,
        temperature: f64,
        /// The log loss without and with the temperature.
        log_loss: [f64; 2],
        threshold: Option<Chosen>,
    },
    Numbers {
        /// What is added to the spread of the networks, if the half width is in proportion to it.
        floor: Option<f64>,
    },
}

/// From which probability on a class is the answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chosen {
    pub(super) positive: usize,
    pub(super) name: String,
    pub(super) at: f64,
}

impl Calibrated {
    /// Computes the limit of scores; fails if there are too few.
    pub(super) fn new(calibration: &Calibration, scores: Vec<f64>, of: Of) -> Result<Self> {
        let (coverage, rows) = (calibration.coverage, scores.len());
        let limit = conformal::limit(scores, coverage).ok_or_else(|| {
            let allowed = format!("at least {} for a coverage of {coverage}", conformal::fewest_rows(coverage));
            Error::argument("calibrate", "rows of the table", rows, allowed)
        })?;
        if !limit.is_finite() {
            let allowed = "finite predictions: the training diverged, so lower the learning rate";
            return Err(Error::argument("calibrate", "prediction", "not finite", allowed));
        }
        Ok(Self { coverage, rows, limit, of })
    }

    /// Returns the share of rows whose set or interval shall have the true answer.
    pub fn coverage(&self) -> f64 {
        self.coverage
    }

    /// Returns the number of rows that it was computed from.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the temperature of a classifier; 1 if the probabilities stay as they are.
    pub fn temperature(&self) -> Option<f64> {
        if let Of::Classes { temperature, .. } = self.of { Some(temperature) } else { None }
    }

    /// Returns the positive class and its threshold, if one was chosen.
    pub fn threshold(&self) -> Option<(&str, f64)> {
        match &self.of {
            Of::Classes { threshold: Some(chosen), .. } => Some((&chosen.name, chosen.at)),
            _ => None,
        }
    }

    /// Returns the half width of the intervals of a regression, if it is the same for all rows.
    pub fn half_width(&self) -> Option<f64> {
        matches!(self.of, Of::Numbers { floor: None }).then_some(self.limit)
    }

    /// Returns the half width of the interval of a row, given the spread of the networks.
    pub(super) fn half_width_at(&self, spread: f64) -> f64 {
        match self.of {
            Of::Numbers { floor: Some(floor) } => self.limit * (spread + floor),
            _ => self.limit,
        }
    }
}

/// Returns the class of a row and its set, if there was a calibration, which also scales the probabilities.
pub(in crate::tables) fn answer(calibrated: Option<&Calibrated>, row: &mut [f32]) -> (usize, Option<Vec<usize>>) {
    let likely = largest_of(row);
    let Some(Calibrated { limit, of: Of::Classes { sets, temperature, threshold, .. }, .. }) = calibrated else {
        return (likely, None);
    };
    // The limit is one of scores at a temperature of 1, as the temperature has seen the same rows.
    let mut set = sets.set(row, *limit);
    temperature::scale(row, *temperature);
    let class = match threshold {
        Some(chosen) if f64::from(row[chosen.positive]) >= chosen.at => chosen.positive,
        Some(chosen) => 1 - chosen.positive,
        None => likely,
    };
    if let Err(place) = set.binary_search(&class) {
        set.insert(place, class);
    }
    (class, Some(set))
}

impl fmt::Display for Calibrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { coverage, rows, limit, of } = self;
        match of {
            Of::Classes { sets, temperature, log_loss: [before, after], threshold } => {
                let sets = match sets {
                    Sets::LeastAmbiguous => "least ambiguous",
                    Sets::Adaptive => "adaptive",
                };
                write!(f, "sets: {sets}, with a coverage of {coverage}, from {rows} rows\ntemperature: {temperature:.3}")?;
                if before != after {
                    write!(f, ", log loss {before:.4} -> {after:.4}")?;
                }
                match threshold {
                    Some(Chosen { name, at, .. }) => write!(f, "\nthreshold: `{name}` from a probability of {at:.4} on"),
                    None => Ok(()),
                }
            }
            Of::Numbers { floor: None } => {
                write!(f, "intervals: plus or minus {limit:.6}, with a coverage of {coverage}, from {rows} rows")
            }
            Of::Numbers { floor: Some(floor) } => write!(
                f,
                "intervals: plus or minus {limit:.4} x (spread of the networks + {floor:.6}), with a coverage of {coverage}, from \
                 {rows} rows"
            ),
        }
    }
}
