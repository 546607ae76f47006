//! A piece of work of a search: the training of one trial on one fold up to some epoch, and what came out.

use super::Setting;
use super::space::Settings;

/// A piece of work that [`Study::ask`](super::Study::ask) gives: train one trial on one fold up to an epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub(super) trial: usize,
    pub(super) fold: usize,
    /// The epochs at which the training paused or ends, in ascending order.
    pub(super) rungs: Vec<usize>,
    pub(super) seed: u64,
    pub(super) settings: Settings,
}

impl Job {
    /// Returns the number of the trial, counted from 0.
    pub fn trial(&self) -> usize {
        self.trial
    }

    /// Returns the number of the fold, counted from 0; 0 if there are no folds.
    pub fn fold(&self) -> usize {
        self.fold
    }

    /// Returns the number of epochs after which the training of this job ends, counted from its start.
    pub fn epochs(&self) -> usize {
        self.rungs.last().copied().unwrap_or(0)
    }

    /// Returns the number of epochs that earlier jobs of this trial and fold have trained already.
    pub fn initial_epoch(&self) -> usize {
        self.rungs.iter().rev().nth(1).copied().unwrap_or(0)
    }

    /// Returns the seed of the training: a function of the seed of the study, the trial and the fold.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Returns the settings of the trial by name.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.settings.iter().map(|(name, setting)| (name.as_str(), setting))
    }

    /// Returns the setting of this name, or `None` if the trial has none.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.settings().find(|(known, _)| *known == name).map(|(_, setting)| setting)
    }
}

/// The outcome of a [`Job`]: its best score, or the reason why it failed.
///
/// ```
/// use layercake::tuner::Outcome;
///
/// let outcome = Outcome::scored(0.31).best_epoch(7).epochs(18);
/// assert_eq!(outcome.score(), Some(0.31));
/// assert_eq!(Outcome::failed("out of memory").score(), None);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Outcome {
    pub(super) score: Option<f64>,
    pub(super) failed: Option<String>,
    pub(super) best_epoch: usize,
    pub(super) epochs: usize,
    /// The best validation loss divided by that of the best constant prediction.
    pub(super) of_constant: Option<f64>,
    pub(super) seconds: f64,
}

impl Outcome {
    /// Makes the outcome of a training with this score, the best so far of the trial on this fold.
    ///
    /// A score that is NaN or infinite is a failure.
    pub fn scored(score: f64) -> Self {
        if !score.is_finite() {
            return Self::failed(format!("the score is {score}"));
        }
        Self { score: Some(score), failed: None, best_epoch: 0, epochs: 0, of_constant: None, seconds: 0.0 }
    }

    /// Makes the outcome of a training that failed for this reason.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self { score: None, failed: Some(reason.into()), ..Self::scored(0.0) }
    }

    /// Sets the epoch of the score, counted from 0 (default 0).
    pub fn best_epoch(mut self, best_epoch: usize) -> Self {
        self.best_epoch = best_epoch;
        self
    }

    /// Sets the number of epochs that were run, which is less than the job's if the training stopped early (default 0).
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.epochs = epochs;
        self
    }

    /// Sets the best validation loss divided by that of the best constant prediction (default: unknown).
    ///
    /// A trial for which it is not under 0.9 after its first job ends there.
    pub fn of_constant(mut self, of_constant: f64) -> Self {
        self.of_constant = Some(of_constant);
        self
    }

    /// Sets the time that the job took, in seconds (default 0).
    pub fn seconds(mut self, seconds: f64) -> Self {
        self.seconds = seconds;
        self
    }

    /// Returns the best score, or `None` if the job failed.
    pub fn score(&self) -> Option<f64> {
        self.score
    }

    /// Returns the reason why the job failed, if it did.
    pub fn failure(&self) -> Option<&str> {
        self.failed.as_deref()
    }
}
