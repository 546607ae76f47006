//! One trial of a search: its settings, its scores and its end.

use super::Setting;
use super::job::{Job, Outcome};
use super::space::Settings;
use std::fmt;

/// One trial of a search: settings, and the scores of the trainings with them.
#[derive(Debug, Clone)]
pub struct Trial {
    pub(super) number: usize,
    pub(super) settings: Settings,
    /// The latest outcome on each fold.
    pub(super) folds: Vec<Option<Outcome>>,
    /// The scores on the first fold, with the numbers of epochs after which they were reached.
    pub(super) rungs: Vec<(usize, f64)>,
    pub(super) status: Status,
    /// The time that its jobs took, in seconds, and the time from the start of the search to its last outcome.
    pub(super) seconds: f64,
    pub(super) at: f64,
}

/// How far a trial has come.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// Some of its jobs are still to be done.
    Running,
    /// All its jobs are done.
    Complete,
    /// It was ended before its last epoch or fold, for this reason.
    Stopped(String),
    /// It could not be built or trained, for this reason.
    Failed(String),
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("unfinished"),
            Self::Complete => f.write_str("complete"),
            Self::Stopped(reason) => write!(f, "stopped: {reason}"),
            Self::Failed(reason) => write!(f, "failed: {reason}"),
        }
    }
}

impl Trial {
    pub(super) fn new(number: usize, settings: Settings, folds: usize) -> Self {
        let (rungs, status) = (Vec::new(), Status::Running);
        Self { number, settings, folds: vec![None; folds], rungs, status, seconds: 0.0, at: 0.0 }
    }

    /// Takes in the outcome of one of its jobs.
    pub(super) fn tell(&mut self, job: &Job, outcome: Outcome) {
        self.seconds += outcome.seconds;
        match (&outcome.failed, outcome.score) {
            (Some(reason), _) => self.status = Status::Failed(reason.clone()),
            (None, Some(score)) if job.fold == 0 => self.rungs.push((job.epochs(), score)),
            _ => {}
        }
        self.folds[job.fold] = Some(outcome);
    }

    /// Returns the number of the trial, counted from 0; trial 0 has the defaults.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Returns how far the trial has come.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Returns the settings by name, in the order in which the function asked for them.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.settings.iter().map(|(name, setting)| (name.as_str(), setting))
    }

    /// Returns the setting of this name, or `None` if the trial has none.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.settings().find(|(known, _)| *known == name).map(|(_, setting)| setting)
    }

    /// Returns the score on each fold that was trained, each the best over the epochs.
    pub fn scores(&self) -> Vec<f64> {
        self.folds.iter().flatten().filter_map(|outcome| outcome.score).collect()
    }

    /// Returns the mean of the scores on the folds so far; `None` if there is none or the trial failed.
    pub fn score(&self) -> Option<f64> {
        let scores = self.scores();
        let is_scored = !scores.is_empty() && !matches!(self.status, Status::Failed(_));
        is_scored.then(|| scores.iter().sum::<f64>() / scores.len() as f64)
    }

    /// Returns the standard error of the score, `sqrt(sum((s_i - s)^2) / (k (k - 1)))` over `k` folds; `None` for one fold.
    pub fn standard_error(&self) -> Option<f64> {
        self.score().and_then(|_| standard_error(&self.scores()))
    }

    /// Returns the number of epochs after which the score was best: the mean over the folds, rounded, at least 1.
    pub fn best_epochs(&self) -> usize {
        let epochs: Vec<usize> = self.scored().map(|outcome| outcome.best_epoch + 1).collect();
        (epochs.iter().sum::<usize>() as f64 / epochs.len().max(1) as f64).round().max(1.0) as usize
    }

    /// Returns the number of epochs of all its trainings together.
    pub fn epochs(&self) -> usize {
        self.folds.iter().flatten().map(|outcome| outcome.epochs).sum()
    }

    /// Returns the time that its trainings took, in seconds, also if they ran side by side with others.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    fn scored(&self) -> impl Iterator<Item = &Outcome> {
        self.folds.iter().flatten().filter(|outcome| outcome.score.is_some())
    }
}

/// Returns the standard error of the mean of these values, or `None` for fewer than two.
pub(super) fn standard_error(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (values.len() > 1).then(|| (squares / (count * (count - 1.0))).sqrt())
}
