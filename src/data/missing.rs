//! Missing cells: a report of them, and methods that drop their rows or fill them.

use super::Table;
use super::cell_text::is_missing;
use super::column::{Cells, Column};
use super::texts::Texts;
use crate::base::{Error, Result};
use std::fmt;

/// The value that replaces a missing cell.
///
/// Mean, median and most frequent value are computed from the table that is filled. For a strict test, compute them from
/// the training rows alone and fill the test rows with [`Constant`](Self::Constant).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fill<'a> {
    /// The mean of the other cells, which must be numbers.
    Mean,
    /// The median of the other cells, which must be numbers; for an even count, the mean of the middle two.
    Median,
    /// The most frequent value of the other cells; among equally frequent values, the first in sorted order.
    MostFrequent,
    /// This finite number, for a column of numbers.
    Constant(f64),
    /// This text, for a column of text.
    Text(&'a str),
}

/// The missing cells of a table, by column; displayed with one line per column.
///
/// ```
/// use layercake::data::Table;
///
/// let mut table = Table::new();
/// table.add_numbers("age", [31.0, f64::NAN, f64::NAN])?;
/// table.add_text("city", ["Oslo", "Rome", "?"])?;
/// let missing = table.missing();
/// assert_eq!(missing.count(), 3);
/// assert_eq!(missing.to_string(), "column `age`: 2 missing, on lines 3, 4\ncolumn `city`: 1 missing, on line 4");
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing(Vec<(String, Vec<u64>)>);

impl Missing {
    /// True if no cell is missing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The total number of missing cells.
    pub fn count(&self) -> usize {
        self.0.iter().map(|(_, lines)| lines.len()).sum()
    }

    /// Each column that has missing cells, with the lines of the file where they are missing.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &[u64])> {
        self.0.iter().map(|(name, lines)| (name.as_str(), lines.as_slice()))
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        if self.is_empty() {
            return f.write_str("no cell is missing");
        }
        for (index, (name, lines)) in self.columns().enumerate() {
            let end_of_line = if index == 0 { "" } else { "\n" };
            let plural = if lines.len() == 1 { "" } else { "s" };
            let shown: Vec<String> = lines.iter().take(SHOWN).map(u64::to_string).collect();
            write!(f, "{end_of_line}column `{name}`: {} missing, on line{plural} {}", lines.len(), shown.join(", "))?;
            if lines.len() > SHOWN {
                write!(f, " and {} more", lines.len() - SHOWN)?;
            }
        }
        Ok(())
    }
}

impl Table {
    /// Lists the missing cells.
    pub fn missing(&self) -> Missing {
        let lines_of = |column: &Column| -> Vec<u64> {
            let missing = column.cells.missing();
            missing.into_iter().zip(&self.lines).filter_map(|(missing, &line)| missing.then_some(line)).collect()
        };
        let columns = self.columns.iter().map(|column| (column.name.clone(), lines_of(column)));
        Missing(columns.filter(|(_, lines)| !lines.is_empty()).collect())
    }

    /// Removes every row that has a missing cell and returns the number of removed rows.
    ///
    /// ```
    /// use layercake::data::Table;
    ///
    /// let mut table = Table::new();
    /// table.add_text("city", ["Oslo", "NA", "Rome"])?;
    /// assert_eq!(table.drop_missing(), 1);
    /// assert_eq!(table.rows(), 2);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn drop_missing(&mut self) -> usize {
        let mut complete = vec![true; self.rows()];
        for column in &self.columns {
            complete.iter_mut().zip(column.cells.missing()).for_each(|(complete, missing)| *complete &= !missing);
        }
        let before = self.rows();
        let kept: Vec<usize> = complete.into_iter().enumerate().filter_map(|(row, complete)| complete.then_some(row)).collect();
        *self = self.take(&kept);
        before - self.rows()
    }

    /// Fills every missing cell of a column.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("age", [20.0, f64::NAN, 40.0])?;
    /// table.fill_missing("age", data::Fill::Mean)?;
    /// assert_eq!(table.numbers::<f64>("age")?, dvector![20.0, 30.0, 40.0]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// There is no such column, the column holds text where numbers are needed or numbers where text is needed, the constant
    /// is not finite, the text itself means a missing cell, or every cell of the column is missing. The table is unchanged
    /// then.
    pub fn fill_missing(&mut self, column: &str, fill: Fill<'_>) -> Result<()> {
        let index = self.index_of(column)?;
        let filled = filled(&self.columns[index], &self.lines, fill)?;
        self.columns[index].cells = filled;
        Ok(())
    }

    /// Copies the rows with these indices, in this order; the rows must exist.
    pub(super) fn take(&self, rows: &[usize]) -> Self {
        let take = |column: &Column| Column { name: column.name.clone(), cells: column.cells.take(rows) };
        Self {
            columns: self.columns.iter().map(take).collect(),
            lines: rows.iter().map(|&row| self.lines[row]).collect(),
            index: self.index.as_ref().map(take),
            guesses: self.guesses.clone(),
        }
    }
}

/// The cells of a column with its missing cells filled.
fn filled(column: &Column, lines: &[u64], fill: Fill<'_>) -> Result<Cells> {
    let nothing_known = || {
        let allowed = "a column in which not every cell is missing, or a constant to fill it with";
        Error::argument("fill_missing", "column", format!("`{}`", column.name), allowed)
    };
    match (fill, &column.cells) {
        (Fill::Text(text), _) => filled_with_text(column, text),
        (Fill::MostFrequent, Cells::Text(cells)) => {
            let mut known: Vec<&str> = cells.iter().flatten().collect();
            known.sort_unstable();
            Ok(fill_text(cells, most_frequent(&known).ok_or_else(nothing_known)?))
        }
        (Fill::Constant(number), _) if !number.is_finite() => {
            Err(Error::argument("fill_missing", "Fill::Constant", number, "a finite number"))
        }
        (fill, _) => {
            let numbers = column.numbers_or_missing(lines)?;
            let mut known: Vec<f64> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
            known.sort_unstable_by(f64::total_cmp);
            let value = match fill {
                Fill::Constant(number) => Some(number),
                Fill::Mean => mean(&known),
                Fill::Median => median(&known),
                Fill::MostFrequent | Fill::Text(_) => most_frequent(&known),
            };
            let value = value.ok_or_else(nothing_known)?;
            Ok(Cells::Numbers(numbers.iter().map(|&number| if number.is_nan() { value } else { number }).collect()))
        }
    }
}

fn filled_with_text(column: &Column, text: &str) -> Result<Cells> {
    let refused = |allowed: String| Err(Error::argument("fill_missing", "Fill::Text", format!("`{text}`"), allowed));
    match &column.cells {
        _ if is_missing(text) => refused("a text that does not itself mean missing".to_string()),
        Cells::Text(cells) => Ok(fill_text(cells, text)),
        // A column whose cells are all missing can become a column of text.
        Cells::Numbers(numbers) if numbers.iter().all(|number| number.is_nan()) => {
            Ok(fill_text(&Texts::missing(numbers.len()), text))
        }
        Cells::Numbers(_) => refused(format!("`Fill::Constant` with a number, as column `{}` holds numbers", column.name)),
    }
}

fn fill_text(cells: &Texts, text: &str) -> Cells {
    Cells::Text(cells.iter().map(|cell| cell.or(Some(text.trim()))).collect())
}

fn mean(sorted: &[f64]) -> Option<f64> {
    let (count, sum) = (sorted.len() as f64, sorted.iter().sum::<f64>());
    // Huge numbers have a finite mean even if their sum is infinite; rounding must not move the mean out of their range.
    let mean = if sum.is_finite() { sum / count } else { sorted.iter().map(|number| number / count).sum() };
    Some(mean.clamp(*sorted.first()?, *sorted.last()?))
}

fn median(sorted: &[f64]) -> Option<f64> {
    let upper = sorted.len() / 2;
    let lower = sorted.len().checked_sub(1)? / 2;
    Some(sorted.get(lower)?.midpoint(*sorted.get(upper)?))
}

/// The value of the longest run of equal values; among runs of the same length, the first.
fn most_frequent<V: PartialEq + Copy>(sorted: &[V]) -> Option<V> {
    // `max_by_key` returns the last of equal maxima, so the runs are reversed.
    sorted.chunk_by(|a, b| a == b).rev().max_by_key(|run| run.len())?.first().copied()
}
