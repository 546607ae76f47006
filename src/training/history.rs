use super::Logs;
use std::fmt;
use std::ops::Index;
use std::sync::Arc;

/// What `fit` logged: each series by name, a value for each epoch.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile("sgd", "mse", ())?;
/// let history = model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new().epochs(5))?;
/// assert_eq!(history["loss"].len(), 5);
/// assert_eq!(history.stop_reason(), &StopReason::Completed);
/// println!("{history}");
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    names: Arc<[String]>,
    series: Vec<Vec<f64>>,
    epochs: Vec<usize>,
    /// The epochs that were validated.
    validated: Vec<usize>,
    stop_reason: StopReason,
}

/// Why a training ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// All epochs were run.
    Completed,
    /// A callback asked for it, with this reason.
    Callback(String),
    /// The [`CancelToken`](super::CancelToken) was used.
    Cancelled,
    /// The time budget was used up.
    TimeBudget,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed => f.write_str("all epochs were run"),
            Self::Callback(reason) => f.write_str(reason),
            Self::Cancelled => f.write_str("cancelled"),
            Self::TimeBudget => f.write_str("the time budget was used up"),
        }
    }
}

impl History {
    pub(crate) fn new(names: Arc<[String]>, epochs: usize) -> Self {
        // room for the epochs of most trainings, so that an epoch allocates nothing
        let room = epochs.min(1024);
        let series = names.iter().map(|_| Vec::with_capacity(room)).collect();
        let (epochs, validated) = (Vec::with_capacity(room), Vec::with_capacity(room));
        Self { names, series, epochs, validated, stop_reason: StopReason::Completed }
    }

    pub(crate) fn push(&mut self, epoch: usize, logs: &Logs) {
        self.epochs.push(epoch);
        if logs.iter().any(|(name, _)| name.starts_with("val_")) {
            self.validated.push(epoch);
        }
        self.series.iter_mut().zip(logs.iter()).for_each(|(series, (_, value))| series.push(value));
    }

    pub(crate) fn set_stop_reason(&mut self, reason: StopReason) {
        self.stop_reason = reason;
    }

    /// The series of this name, if it was logged: a value for each epoch (for each validated one, if it starts with
    /// `val_`).
    pub fn get(&self, name: &str) -> Option<&[f64]> {
        self.iter().find(|(known, _)| *known == name).map(|(_, series)| series)
    }

    /// All series with their names, the loss first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[f64])> {
        self.names.iter().map(String::as_str).zip(self.series.iter().map(Vec::as_slice))
    }

    /// The epochs that were logged, counted from 0 as in Keras.
    pub fn epochs(&self) -> &[usize] {
        &self.epochs
    }

    /// Why the training ended.
    pub fn stop_reason(&self) -> &StopReason {
        &self.stop_reason
    }
}

impl Index<&str> for History {
    type Output = [f64];

    /// The series of this name.
    ///
    /// # Panics
    ///
    /// If it was not logged, as indexing a map does; [`get`](History::get) does not.
    fn index(&self, name: &str) -> &[f64] {
        match self.get(name) {
            Some(series) => series,
            None => {
                panic!("there is no series `{name}`; there are {}", crate::error::list(self.names.iter().map(String::as_str)))
            }
        }
    }
}

impl fmt::Display for History {
    /// A table with a line for each epoch, of at most 20 epochs the middle ones left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> = self.iter().filter(|(_, series)| !series.is_empty()).collect();
        write!(f, "{:>6}", "epoch")?;
        shown.iter().try_for_each(|(name, _)| write!(f, "  {name:>12}"))?;
        let count = self.epochs.len();
        for (line, epoch) in self.epochs.iter().enumerate() {
            let left_out = count > 20 && (10..count - 10).contains(&line);
            if left_out && line == 10 {
                write!(f, "\n{:>6}", "...")?;
            }
            if left_out {
                continue;
            }
            write!(f, "\n{:>6}", epoch + 1)?;
            for (name, series) in &shown {
                let width = name.len().max(12);
                let epochs = if name.starts_with("val_") { &self.validated } else { &self.epochs };
                match epochs.binary_search(epoch).ok().and_then(|place| series.get(place)) {
                    Some(value) => write!(f, "  {value:>width$.6}")?,
                    None => write!(f, "  {:>width$}", "")?,
                }
            }
        }
        write!(f, "\nstopped after {count} epoch(s): {}", self.stop_reason)
    }
}
