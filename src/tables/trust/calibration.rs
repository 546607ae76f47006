//! The options of a calibration.

use super::conformal;
use crate::base::{Error, Result};

/// The options of `calibrate`: what is computed from rows that training did not use.
///
/// By default, a coverage of 0.9; a classifier also gets a temperature.
///
/// ```
/// use layercake::prelude::*;
/// use layercake::tables::{Calibration, Threshold};
///
/// let mut table = data::Table::new();
/// table.add_numbers("size", (0..120).map(|row| f64::from(row).sin()))?;
/// table.add_text("kind", (0..120).map(|row| if f64::from(row).sin() > 0.3 { "large" } else { "small" }))?;
/// let (train, rest) = table.split(data::SplitOptions::new().test_size(0.5).seed(1))?;
/// let mut model = TableClassifier::new("kind").members(2).seed(1);
/// model.fit(&train, TableOptions::new().epochs(20))?;
/// model.calibrate(&rest, Calibration::new().coverage(0.95).threshold(Threshold::F1).positive("large"))?;
/// println!("{}", model.calibration().unwrap());
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Calibration {
    pub(super) coverage: f64,
    pub(super) sets: Option<Sets>,
    pub(super) temperature: Option<bool>,
    pub(super) threshold: Option<Threshold>,
    pub(super) positive: Option<String>,
    pub(super) by_spread: bool,
}

/// How the classes of a prediction set are chosen, given the probabilities of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sets {
    /// All classes with at least a probability that is the same for all rows: the smallest sets on average. (Sadinle, Lei and
    /// Wasserman, *Least Ambiguous Set-Valued Classifiers with Bounded Error Levels*, 2019)
    #[doc(alias = "LAC")]
    LeastAmbiguous,
    /// The most probable classes up to a sum of their probabilities that is the same for all rows: larger sets where the model is
    /// unsure. (Romano, Sesia and Candès, *Classification with Valid and Adaptive Coverage*, 2020, without randomisation)
    #[doc(alias = "APS")]
    Adaptive,
}

/// From which probability on the positive one of two classes is the answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Threshold {
    /// From this probability on, above 0 and below 1.
    At(f64),
    /// From the probability with the largest accuracy.
    Accuracy,
    /// From the probability with the largest F1 of the positive class, `2 tp / (2 tp + fp + fn)`.
    F1,
    /// From the probability with the largest mean of the shares of right answers in both classes (Youden's index).
    BalancedAccuracy,
}

impl Calibration {
    /// Creates the default options.
    pub fn new() -> Self {
        Self { coverage: 0.9, sets: None, temperature: None, threshold: None, positive: None, by_spread: false }
    }

    /// Sets the share of rows whose set or interval has the true answer, above 0 and below 1 (default 0.9).
    ///
    /// It takes at least `coverage / (1 - coverage)` rows: 9 for 0.9, 19 for 0.95, 99 for 0.99.
    pub fn coverage(mut self, coverage: f64) -> Self {
        self.coverage = coverage;
        self
    }

    /// Sets how the sets of a classifier are made (default: [`Sets::LeastAmbiguous`]).
    pub fn sets(mut self, sets: Sets) -> Self {
        self.sets = Some(sets);
        self
    }

    /// Sets whether the probabilities of a classifier are scaled by a temperature (default: true).
    ///
    /// The probability of class `c` becomes `p_c^(1/T) / sum_k p_k^(1/T)`, with the `T` from 0.1 to 10 of the lowest log loss
    /// for these rows; the most probable class stays the same. `T` stays 1 where every answer is so right that the log loss has
    /// no minimum. (Guo et al., *On Calibration of Modern Neural Networks*, 2017)
    pub fn temperature(mut self, temperature: bool) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Sets from which probability on the positive one of two classes is the answer (default: it is the more probable one).
    pub fn threshold(mut self, threshold: Threshold) -> Self {
        self.threshold = Some(threshold);
        self
    }

    /// Sets the class that [`threshold`](Self::threshold) is about (default: the second of the names).
    pub fn positive(mut self, class: impl Into<String>) -> Self {
        self.positive = Some(class.into());
        self
    }

    /// Sets that an interval of a regression is wider where the networks differ (default: all have one width).
    ///
    /// The half width is in proportion to `s + d / 20`, where `s` is the standard deviation of the predictions of the networks
    /// for the row and `d` that of the target in the training rows. A prediction then takes about twice the time. (Boström et
    /// al., *Normalized Nonconformity Measures for Regression Conformal Prediction*, 2017)
    pub fn by_spread(mut self) -> Self {
        self.by_spread = true;
        self
    }

    /// Fails if the options are wrong for a classifier of these classes, or there are too few rows.
    pub(in crate::tables) fn check_classes(&self, names: &[String], rows: usize) -> Result<()> {
        self.check(rows)?;
        if self.by_spread {
            return refused("by_spread", "given".into(), "a regression: a classifier has no intervals");
        }
        if let Some(class) = self.positive.as_ref().filter(|class| !names.contains(class)) {
            return refused("positive", format!("`{class}`"), &format!("a class of the target: `{}`", names.join("`, `")));
        }
        match self.threshold {
            None if self.positive.is_some() => refused("positive", "given".into(), "a `threshold` beside it, which uses it"),
            Some(_) if names.len() > 2 => {
                refused("threshold", "given".into(), &format!("a target of two classes, and there are {}", names.len()))
            }
            Some(Threshold::At(at)) if !(at > 0.0 && at < 1.0) => refused("threshold", at.to_string(), "a number > 0 and < 1"),
            _ => Ok(()),
        }
    }

    /// Fails if the options are wrong for a regression, or there are too few rows.
    pub(in crate::tables) fn check_numbers(&self, rows: usize) -> Result<()> {
        self.check(rows)?;
        let given = [
            ("sets", self.sets.is_some()),
            ("temperature", self.temperature.is_some()),
            ("threshold", self.threshold.is_some()),
            ("positive", self.positive.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((argument, _)) => refused(argument, "given".into(), "a classifier: a regression has no classes"),
            None => Ok(()),
        }
    }

    fn check(&self, rows: usize) -> Result<()> {
        if !(self.coverage > 0.0 && self.coverage < 1.0) {
            return refused("coverage", self.coverage.to_string(), "a number > 0 and < 1");
        }
        let needed = conformal::fewest_rows(self.coverage);
        if rows < needed {
            let allowed = format!("at least {needed} for a coverage of {}", self.coverage);
            return Err(Error::argument("calibrate", "rows of the table", rows, allowed));
        }
        Ok(())
    }
}

fn refused(argument: &str, value: String, allowed: &str) -> Result<()> {
    Err(Error::argument("Calibration", argument, value, allowed))
}

impl Default for Calibration {
    fn default() -> Self {
        Self::new()
    }
}
