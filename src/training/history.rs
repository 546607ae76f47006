use super::Logs;
use std::fmt;
use std::ops::Index;

/// The result of `fit`: the loss, the metrics and other logged values, each as a series with one value for each epoch.
///
/// Each series has a name: `"loss"`, the names of the metrics, both with the prefix `val_` for the validation data, and the
/// names that callbacks log. `history["loss"]` is the series of the loss. Displaying a history prints a table.
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
    series: Vec<Series>,
    epochs: Vec<usize>,
    stop_reason: StopReason,
    /// True if a number that is not finite ended the training, and was located.
    is_located: bool,
}

/// The values of one name, and their epochs.
#[derive(Debug, Clone, PartialEq)]
struct Series {
    name: String,
    epochs: Vec<usize>,
    values: Vec<f64>,
}

/// The reason why a training ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// All epochs were run.
    Completed,
    /// A callback stopped the training and gave this reason.
    Callback(String),
    /// The [`CancelToken`](crate::CancelToken) was cancelled.
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
    pub(crate) fn new(names: &[String], epochs: usize) -> Self {
        // enough capacity for most trainings, so that an epoch allocates nothing
        let room = epochs.min(1024);
        let series = names.iter().map(|name| Series::new(name, room)).collect();
        Self { series, epochs: Vec::with_capacity(room), stop_reason: StopReason::Completed, is_located: false }
    }

    pub(crate) fn push(&mut self, epoch: usize, logs: &Logs) {
        self.epochs.push(epoch);
        // new names are only added after the existing ones, so series and entries have the same order
        for (place, (name, value)) in logs.entries().enumerate() {
            if place == self.series.len() {
                self.series.push(Series::new(name, self.epochs.capacity()));
            }
            let Some(value) = value else { continue };
            self.series[place].epochs.push(epoch);
            self.series[place].values.push(value);
        }
    }

    pub(crate) fn set_located(&mut self, is_located: bool) {
        self.is_located = is_located;
    }

    pub(crate) fn set_stop_reason(&mut self, reason: StopReason) {
        self.stop_reason = reason;
    }

    /// Returns the series of this name, or `None` if no value was logged under this name.
    ///
    /// A series has one value for each epoch in which it was logged; a series whose name starts with `val_` has one value for
    /// each epoch with validation.
    pub fn get(&self, name: &str) -> Option<&[f64]> {
        self.iter().find(|(known, _)| *known == name).map(|(_, series)| series)
    }

    /// Returns all series with their names, the loss first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[f64])> {
        self.series.iter().map(|series| (series.name.as_str(), series.values.as_slice()))
    }

    /// Returns the numbers of the epochs in this history, counted from 0 as in Keras.
    pub fn epochs(&self) -> &[usize] {
        &self.epochs
    }

    /// Returns the reason why the training ended.
    pub fn stop_reason(&self) -> &StopReason {
        &self.stop_reason
    }
}

impl Series {
    fn new(name: &str, room: usize) -> Self {
        Self { name: name.to_string(), epochs: Vec::with_capacity(room), values: Vec::with_capacity(room) }
    }
}

impl Index<&str> for History {
    type Output = [f64];

    /// Returns the series of this name.
    ///
    /// # Panics
    ///
    /// It panics if there is no series of this name; [`get`](History::get) returns `None` instead.
    fn index(&self, name: &str) -> &[f64] {
        match self.get(name) {
            Some(series) => series,
            None => {
                panic!(
                    "there is no series `{name}`; the series are {}",
                    crate::base::closest(name, &mut self.iter().map(|(name, _)| name))
                )
            }
        }
    }
}

impl fmt::Display for History {
    /// Writes a table with a line for each epoch and then the stop reason; of more than 20 epochs, the first and last 10.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> = self.series.iter().filter(|series| !series.values.is_empty()).collect();
        write!(f, "{:>6}", "epoch")?;
        shown.iter().try_for_each(|series| write!(f, "  {:>12}", series.name))?;
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
            for series in &shown {
                let width = series.name.len().max(12);
                match series.epochs.binary_search(epoch) {
                    Ok(place) => write!(f, "  {:>width$.6}", series.values[place])?,
                    Err(_) => write!(f, "  {:>width$}", "")?,
                }
            }
        }
        write!(f, "\nstopped after {count} epoch(s): {}", self.stop_reason)?;
        let losses = self.get("loss").unwrap_or_default();
        match losses.iter().position(|loss| !loss.is_finite()).and_then(|place| self.epochs.get(place)) {
            Some(epoch) if !self.is_located && losses.last().is_some_and(|loss| !loss.is_finite()) => {
                write!(f, "\nthe loss is no number from epoch {} on: ", epoch + 1)?;
                f.write_str("add `.callback(TerminateOnNan::default())` to the options, which says where it came from")
            }
            _ => Ok(()),
        }
    }
}
