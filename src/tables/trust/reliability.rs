//! Whether probabilities are as often right as they say.

use crate::base::sort_by_score;
use crate::data::{Bin, bins, calibration_error, error_by_chance};
use crate::tables::scores::{largest, log_loss};
use nalgebra::DMatrix;
use std::fmt;

/// Whether probabilities are as often right as they say: probabilities in bins, with the share of rows that came true.
///
/// With two classes the probability is that of the second one, with more that of the most probable one. Each bin has about as
/// many rows as the others: at most 10 bins, of about ten rows or more. Displayed with a line for each bin.
#[derive(Debug, Clone, PartialEq)]
pub struct Reliability {
    what: String,
    error: f64,
    by_chance: f64,
    brier: f64,
    log_loss: f64,
    bins: Vec<Bin>,
}

impl Reliability {
    pub(super) fn of(probabilities: &DMatrix<f32>, actual: &[usize], names: &[String]) -> Self {
        let is_pair = names.len() == 2;
        let row = |(row, &class): (usize, &usize)| {
            let stated = if is_pair { 1 } else { largest(probabilities, row) };
            (probabilities[(row, stated)], stated == class)
        };
        let mut rows: Vec<(f32, bool)> = actual.iter().enumerate().map(row).collect();
        sort_by_score(&mut rows);
        let bins = bins(&rows);
        let squares = |(row, &class): (usize, &usize)| {
            let square = |other: usize| {
                let happened = if other == class { 1.0 } else { 0.0 };
                (f64::from(probabilities[(row, other)]) - happened).powi(2)
            };
            (usize::from(is_pair)..names.len()).map(square).sum::<f64>()
        };
        let brier = actual.iter().enumerate().map(squares).sum::<f64>() / actual.len() as f64;
        let what = if is_pair { format!("`{}`", names[1]) } else { "the most probable class".to_string() };
        let (error, by_chance) = (calibration_error(&bins), error_by_chance(&rows));
        Self { what, error, by_chance, brier, log_loss: log_loss(actual, probabilities), bins }
    }

    /// Returns the expected calibration error: `sum over bins of n_b / n |mean probability - share that came true|`.
    /// (Naeini, Cooper and Hauskrecht, 2015; bins of equal mass as in Nixon et al., 2019)
    #[doc(alias = "ece")]
    pub fn expected_calibration_error(&self) -> f64 {
        self.error
    }

    /// Returns what [`expected_calibration_error`](Self::expected_calibration_error) would be on average for so many rows if
    /// every probability were right: few rows give an error of their own.
    pub fn error_by_chance(&self) -> f64 {
        self.by_chance
    }

    /// Returns the Brier score: the mean of `(p - y)^2` of the second of two classes, or its sum over more than two classes.
    pub fn brier_score(&self) -> f64 {
        self.brier
    }

    /// Returns the mean of `-ln(p)` of the true class.
    pub fn log_loss(&self) -> f64 {
        self.log_loss
    }

    /// Returns, for each bin, the mean probability, the share of rows that came true, and the number of rows.
    pub fn bins(&self) -> impl Iterator<Item = (f64, f64, usize)> {
        self.bins.iter().map(|bin| (bin.mean, bin.share, bin.rows))
    }
}

impl fmt::Display for Reliability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, error, by_chance, brier, log_loss, bins } = self;
        write!(
            f,
            "calibration error {error:.4} (by chance {by_chance:.4}), Brier score {brier:.4}, log loss {log_loss:.4}\n\
             probability of {what}\n     from        to      mean  came true      rows"
        )?;
        bins.iter().try_for_each(|Bin { ends: [low, high], mean, share, rows }| {
            write!(f, "\n{low:>9.4} {high:>9.4} {mean:>9.4}  {share:>9.4} {rows:>9}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::dmatrix;

    #[test]
    fn scores_by_hand() {
        let names = ["no", "yes"].map(String::from);
        let probabilities = dmatrix![0.75f32, 0.25; 0.75, 0.25; 0.25, 0.75];
        let found = Reliability::of(&probabilities, &[0, 1, 1], &names);
        // one bin: mean 1.25 / 3, share 2 / 3
        assert!((found.expected_calibration_error() - 0.75 / 3.0).abs() < 1e-12);
        assert!((found.brier_score() - (0.0625 + 0.5625 + 0.0625) / 3.0).abs() < 1e-12);
        let names = ["a", "b", "c"].map(String::from);
        let found = Reliability::of(&dmatrix![0.5f32, 0.25, 0.25], &[1], &names);
        assert!((found.brier_score() - (0.25 + 0.5625 + 0.0625)).abs() < 1e-12);
        assert_eq!(found.expected_calibration_error(), 0.5);
    }

    /// Right probabilities have about the error of chance, wrong ones a larger one; equal probabilities share a bin.
    #[test]
    fn right_and_wrong_probabilities() {
        let mut rng = Rng::new(1);
        let names = ["no", "yes"].map(String::from);
        let p = DMatrix::from_fn(2000, 1, |_, _| (rng.uniform() * 20.0).floor() as f32 / 20.0);
        let actual: Vec<usize> = p.iter().map(|&p| usize::from(rng.uniform() < f64::from(p))).collect();
        let of = |wrong: f32| {
            let p = DMatrix::from_fn(2000, 2, |row, class| [1.0 - p[row].powf(wrong), p[row].powf(wrong)][class]);
            Reliability::of(&p, &actual, &names)
        };
        let (right, wrong) = (of(1.0), of(2.0));
        assert!(right.expected_calibration_error() < 2.0 * right.error_by_chance(), "{right}");
        assert!(wrong.expected_calibration_error() > 5.0 * wrong.error_by_chance(), "{wrong}");
        assert!(right.log_loss() < wrong.log_loss() && right.brier_score() < wrong.brier_score());
        assert_eq!(right.bins().map(|(.., rows)| rows).sum::<usize>(), 2000);
        let ends: Vec<[f32; 2]> = right.bins.iter().map(|bin| bin.ends).collect();
        assert!(ends.windows(2).all(|pair| pair[0][1] < pair[1][0]), "{ends:?}");
        assert!(right.to_string().starts_with("calibration error 0.0"), "{right}");
    }
}
