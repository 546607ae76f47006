//! The numbers of a search that has ended, as a table, as CSV and as JSON.

use super::space::Space;
use super::study::Study;
use super::trial::{Status, Trial, standard_error};
use crate::base::{Error, Result};
use crate::metrics::Direction;
use std::fmt;

/// The numbers of a search that has ended.
#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) trials: Vec<Trial>,
    /// The numbers of the trials from the best to the worst.
    pub(super) ranked: Vec<usize>,
    pub(super) space: Space,
    pub(super) seed: u64,
    pub(super) objective: String,
    pub(super) is_up: bool,
    pub(super) end: String,
    max_epochs: usize,
}

/// The largest number of trials of which the table has a line.
const LINES: usize = 20;

impl Report {
    pub(super) fn of(study: &Study<'_>, objective: &str) -> Self {
        Self {
            trials: study.trials().to_vec(),
            ranked: study.ranked().iter().map(|trial| trial.number).collect(),
            space: study.space.clone(),
            seed: study.plan.seed,
            objective: objective.to_string(),
            is_up: study.plan.direction == Some(Direction::Up),
            end: study.end().unwrap_or("unfinished").to_string(),
            max_epochs: study.plan.max_epochs,
        }
    }

    pub(super) fn best(&self) -> Result<&Trial> {
        let first = self.ranked.first().map(|&number| &self.trials[number]);
        first.filter(|trial| trial.score().is_some()).ok_or_else(|| {
            let reason = self.trials.first().map_or("the search has no trials".to_string(), |trial| trial.status.to_string());
            Error::argument("search", "best", "no trial has a score", format!("at least one; trial 0 {reason}"))
        })
    }

    /// Returns the gain of the best trial over the defaults, and its standard error over the folds.
    fn gain(&self) -> Option<(f64, Option<f64>)> {
        let (best, default) = (self.best().ok()?, self.trials.first()?);
        let sign = if self.is_up { 1.0 } else { -1.0 };
        let (ours, theirs) = (best.scores(), default.scores());
        if ours.len() != theirs.len() || ours.is_empty() || default.score().is_none() {
            return None;
        }
        let gains: Vec<f64> = ours.iter().zip(&theirs).map(|(a, b)| sign * (a - b)).collect();
        Some((gains.iter().sum::<f64>() / gains.len() as f64, standard_error(&gains)))
    }

    pub(super) fn to_csv(&self) -> String {
        let quoted = |text: String| {
            if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
        };
        let number = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:?}"));
        let names = self.space.names.iter().map(|known| quoted(known.name.clone()));
        let header = ["trial", "status", "score", "standard_error", "epochs", "seconds"].map(String::from);
        let mut csv = header.into_iter().chain(names).collect::<Vec<_>>().join(",") + "\n";
        for trial in &self.trials {
            let cells = [
                trial.number.to_string(),
                quoted(trial.status.to_string()),
                number(trial.score()),
                number(trial.standard_error()),
                trial.epochs().to_string(),
                format!("{:.6}", trial.seconds),
            ];
            let setting = |name: &str| match trial.get(name) {
                Some(super::Setting::Float(value)) => format!("{value:?}"),
                other => other.map_or(String::new(), |setting| quoted(setting.to_string())),
            };
            let settings = self.space.names.iter().map(|known| setting(&known.name));
            csv += &(cells.into_iter().chain(settings).collect::<Vec<_>>().join(",") + "\n");
        }
        csv
    }

    #[cfg(feature = "keras")]
    pub(super) fn to_json(&self) -> String {
        use serde_json::json;
        let trial = |trial: &Trial| {
            json!({
                "trial": trial.number,
                "status": trial.status.to_string(),
                "score": trial.score(),
                "scores": trial.scores(),
                "standard_error": trial.standard_error(),
                "epochs": trial.epochs(),
                "best_epochs": trial.best_epochs(),
                "settings": super::json::of_settings(&trial.settings),
                "seconds": trial.seconds,
            })
        };
        let trials: Vec<_> = self.trials.iter().map(trial).collect();
        json!({"objective": self.objective, "end": self.end, "ranked": self.ranked, "trials": trials}).to_string()
    }

    /// Writes what the defaults scored and what tuning gained.
    fn write_gain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(best) = self.best() else { return writeln!(f, "no trial has a score") };
        let Some(default) = self.trials.first().and_then(Trial::score) else {
            return writeln!(f, "the defaults (trial 0) have no score: {}", self.trials[0].status);
        };
        writeln!(
            f,
            "the defaults (trial 0) scored {default:.4}, the best (trial {}) {:.4}",
            best.number,
            best.score().unwrap_or(default)
        )?;
        match self.gain() {
            _ if best.number == 0 => writeln!(f, "tuning gained nothing: keep the defaults"),
            None => writeln!(f, "the two were trained on different numbers of folds, so the gain is not known"),
            Some((gain, None)) => writeln!(f, "tuning gained {gain:.4} on one split; its spread is not known: use folds"),
            Some((gain, Some(error))) if gain > 2.0 * error => {
                writeln!(f, "tuning gained {gain:.4} ± {error:.4}, which is beyond the spread of the folds")
            }
            Some((gain, Some(error))) => {
                writeln!(f, "tuning gained {gain:.4} ± {error:.4}, which is within the spread of the folds: it may be chance")
            }
        }?;
        writeln!(f, "the best of many scores is too good by chance; measure it on rows that the search has not seen")
    }

    /// Writes what the results say about the space.
    fn write_advice(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(best) = self.best() else { return Ok(()) };
        for (name, setting) in best.settings() {
            if let Some(domain) = self.space.domain(name).filter(|domain| domain.is_at_edge(setting)) {
                writeln!(f, "`{name}` is best at {setting}, at the edge of {domain}: widen the range")?;
            }
        }
        if best.best_epochs() * 4 > self.max_epochs * 3 {
            writeln!(f, "the best epoch is {} of {}: train longer", best.best_epochs(), self.max_epochs)?;
        } else if best.best_epochs() * 10 <= self.max_epochs {
            writeln!(f, "the best epoch is {} of {}: fewer epochs are enough", best.best_epochs(), self.max_epochs)?;
        }
        let failed = self.trials.iter().filter(|trial| matches!(trial.status, Status::Failed(_))).count();
        if failed > 0 {
            writeln!(f, "{failed} of {} trials failed", self.trials.len())?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = if self.trials.iter().any(|trial| trial.standard_error().is_some()) { "      ±" } else { "" };
        writeln!(f, "rank  trial  {:>10}{error}  epochs    time  settings", self.objective)?;
        for (rank, &number) in self.ranked.iter().enumerate().take(LINES) {
            let trial = &self.trials[number];
            write!(f, "{:>4}  {number:>5}  ", rank + 1)?;
            let width = self.objective.len().max(10);
            match trial.score() {
                Some(score) => write!(f, "{score:>width$.4}")?,
                None => write!(f, "{:>width$}", "-")?,
            }
            match (error, trial.standard_error()) {
                ("", _) => {}
                (_, Some(error)) => write!(f, " {error:.4}")?,
                (_, None) => write!(f, "      -")?,
            }
            write!(f, "  {:>6}  {:>5.2}s  ", trial.epochs(), trial.seconds)?;
            let settings: Vec<String> = trial.settings().map(|(name, setting)| format!("{name} {setting}")).collect();
            f.write_str(&settings.join(", "))?;
            if number == 0 {
                f.write_str(" (defaults)")?;
            }
            match &trial.status {
                Status::Complete => writeln!(f)?,
                status => writeln!(f, " [{status}]")?,
            }
        }
        if self.ranked.len() > LINES {
            writeln!(f, "      and {} more", self.ranked.len() - LINES)?;
        }
        self.write_gain(f)?;
        self.write_advice(f)?;
        write!(f, "{} trials; the search ended: {}", self.trials.len(), self.end)
    }
}
