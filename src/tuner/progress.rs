//! What a search tells while it runs.

use super::trial::Trial;
use std::fmt;

/// What [`Tuner::progress`](super::Tuner::progress) is told; it displays as one or a few lines.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Progress<'p> {
    /// The search starts: what it will run.
    Start(String),
    /// A trial ended.
    Trial(&'p Trial),
    /// The search ended, for this reason.
    End(&'p str),
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(plan) => f.write_str(plan),
            Self::End(reason) => write!(f, "the search ended: {reason}"),
            Self::Trial(trial) => {
                write!(f, "trial {}: {}", trial.number(), trial.status())?;
                if let Some(score) = trial.score() {
                    write!(f, ", {score:.4}")?;
                }
                trial.settings().try_for_each(|(name, setting)| write!(f, ", {name} {setting}"))
            }
        }
    }
}
