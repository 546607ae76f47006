//! Whether the probabilities that a model states are as often right as they say.

use super::outcome::Outcome;
use crate::data::{Bin, bins, calibration_error, error_by_chance};

/// The smallest number of validation rows that are compared with their probabilities.
const FEWEST: usize = 20;

/// The probabilities of the validation rows in bins.
pub(super) struct Calibration {
    pub(super) bins: Vec<Bin>,
    /// The expected calibration error, and what it would be by chance if all probabilities were right.
    pub(super) error: f64,
    pub(super) by_chance: f64,
    /// What the probabilities are of.
    pub(super) what: &'static str,
}

impl Calibration {
    /// Compares the stated probabilities of at least 20 rows with what came true; `classes` is the number of classes.
    pub(super) fn new(outcome: &Outcome, classes: usize) -> Option<Self> {
        if outcome.stated.len() < FEWEST {
            return None;
        }
        let bins = bins(&outcome.stated);
        let what = if classes <= 2 { "class 1" } else { "the most probable class" };
        Some(Self { error: calibration_error(&bins), by_chance: error_by_chance(&outcome.stated), bins, what })
    }
}

/// Returns the range of shares that have come true so often, out of so many rows, with a probability of 95 %: Wilson's interval.
/// (Wilson, 1927)
pub(super) fn interval(share: f64, rows: usize) -> (f64, f64) {
    const Z: f64 = 1.96;
    let rows = rows.max(1) as f64;
    let middle = (share + Z * Z / (2.0 * rows)) / (1.0 + Z * Z / rows);
    let half = Z / (1.0 + Z * Z / rows) * (share * (1.0 - share) / rows + Z * Z / (4.0 * rows * rows)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_wilson() {
        // statsmodels.stats.proportion.proportion_confint(7, 10, method="wilson")
        let (low, high) = interval(0.7, 10);
        approx::assert_relative_eq!(low, 0.396_778, epsilon = 1e-4);
        approx::assert_relative_eq!(high, 0.892_209, epsilon = 1e-4);
        assert!(interval(0.0, 5).0 < 1e-12 && interval(1.0, 5).1 > 1.0 - 1e-12);
    }

    #[test]
    fn few_rows_say_nothing() {
        let rows = |count: usize| (0..count).map(|row| (row as f32 / count as f32, row % 3 == 0)).collect();
        let of = |count| Calibration::new(&Outcome { stated: rows(count), ..Outcome::default() }, 2);
        assert!(of(19).is_none());
        let found = of(20).unwrap();
        assert_eq!((found.bins.len(), found.bins.iter().map(|bin| bin.rows).sum::<usize>()), (2, 20));
    }
}
