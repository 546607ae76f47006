//! Predictions of numbers with their intervals.

use crate::base::Result;
use crate::data::Table;
use std::fmt;
#[cfg(feature = "csv")]
use std::path::Path;

/// A predicted number and the interval around it, in the units of the target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The predicted number, as `predict` gives it.
    pub prediction: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl Interval {
    pub(super) fn new(prediction: f64, half_width: f64) -> Self {
        Self { prediction, low: prediction - half_width, high: prediction + half_width }
    }

    /// Returns whether a number is in the interval; its ends are.
    pub fn contains(&self, number: f64) -> bool {
        (self.low..=self.high).contains(&number)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} to {})", self.prediction, self.low, self.high)
    }
}

/// The predictions for the rows of a table with their intervals.
///
/// Displayed with a line for each of the first ten rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals {
    pub(super) coverage: f64,
    pub(super) intervals: Vec<Interval>,
}

impl Intervals {
    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.intervals.len()
    }

    /// Returns the share of rows whose interval shall have the true number.
    pub fn coverage(&self) -> f64 {
        self.coverage
    }

    /// Returns the interval of each row.
    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    /// Returns a table with the columns `prediction`, `low` and `high`.
    ///
    /// # Errors
    ///
    /// It fails if a prediction is infinite.
    pub fn table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.add_numbers("prediction", self.intervals.iter().map(|interval| interval.prediction))?;
        table.add_numbers("low", self.intervals.iter().map(|interval| interval.low))?;
        table.add_numbers("high", self.intervals.iter().map(|interval| interval.high))?;
        Ok(table)
    }

    /// Writes the [`table`](Self::table) to a CSV file.
    ///
    /// # Errors
    ///
    /// It fails as [`Table::write`](crate::data::Table::write) does.
    #[cfg(feature = "csv")]
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        self.table()?.write(path)
    }
}

impl fmt::Display for Intervals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        write!(f, "{:>14}  {:>14}  {:>14}", "prediction", "low", "high")?;
        for Interval { prediction, low, high } in self.intervals.iter().take(SHOWN) {
            write!(f, "\n{prediction:>14.6}  {low:>14.6}  {high:>14.6}")?;
        }
        if self.rows() > SHOWN { write!(f, "\nand {} rows more", self.rows() - SHOWN) } else { Ok(()) }
    }
}
