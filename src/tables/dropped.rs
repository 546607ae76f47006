//! Columns that no feature reads, and the features for all other columns.

use super::{Categorical, FeatureSpace, Float};
use crate::base::Result;
use crate::data::{Cell, ColumnView, Table};

/// A column that is not read, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) column: String,
    pub(super) reason: String,
}

/// The fewest rows in which different values in all cells look like an identifier.
const FEWEST_ROWS: usize = 20;
/// The largest number of levels that have an output each.
const MOST_LEVELS: usize = 256;

impl FeatureSpace {
    /// Adds a feature for each column that is neither named nor left out yet.
    ///
    /// A column of numbers becomes [`float_piecewise`](Self::float_piecewise) with 8 bins for up to 1,000 rows and 16 from 2,000
    /// rows on. A column of text becomes
    /// [`string_categorical`](Self::string_categorical) with at most 256 levels, each of at least two rows. A column is dropped
    /// if it is constant, if every cell is missing, or if it looks like an identifier: whole numbers that are all different and
    /// lie close together, or text that is different in nearly every row. Name such a column if it shall be read.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut train = data::Table::new();
    /// train.add_numbers("id", 1..=40)?;
    /// train.add_numbers("size", (0..40).map(|row| (row * row) % 37))?;
    /// train.add_text("unit", ["cm"; 40])?;
    /// let space = FeatureSpace::new().infer(&train)?.adapt(&train)?;
    /// assert!(space.columns().eq(["size"]));
    /// assert!(space.explain().to_string().contains("constant: every cell is `cm`"));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No column is left for a feature.
    pub fn infer(mut self, train: &Table) -> Result<Self> {
        let names: Vec<String> = train.column_names().map(str::to_string).collect();
        for name in names {
            let is_named = self.entries.iter().any(|entry| entry.columns == [name.as_str()]);
            if is_named || self.dropped.iter().any(|dropped| dropped.column == name) {
                continue;
            }
            let column = train.column(&name)?;
            match reason_to_drop(column) {
                Some(reason) => self.drop_column(name, reason),
                None if column.is_number() => self = self.feature(name, Float::piecewise().num_bins(bins(train.rows()))),
                None => self = self.feature(name, Categorical::string().min_count(2).max_tokens(MOST_LEVELS)),
            }
        }
        Ok(self)
    }
}

/// Returns the number of bins for this number of training rows: more bins need more rows.
fn bins(rows: usize) -> usize {
    (rows / 125).clamp(8, 16)
}

/// Returns the reason why a column is of no use for a network, if there is one.
fn reason_to_drop(column: ColumnView<'_>) -> Option<String> {
    let known = || column.cells().filter(|cell| *cell != Cell::Missing);
    let (count, rows) = (known().count(), column.rows());
    let Some(first) = known().next() else { return Some("every cell is missing".to_string()) };
    if count == rows && known().all(|cell| cell == first) {
        return Some(format!("constant: every cell is {}", shown(first)));
    }
    if count < FEWEST_ROWS {
        return None;
    }
    let different = match first {
        Cell::Text(_) => {
            let mut texts: Vec<&str> = known().filter_map(text).collect();
            texts.sort_unstable();
            texts.dedup();
            texts.len()
        }
        _ => return consecutive(&known().filter_map(number).collect::<Vec<_>>()),
    };
    let is_identifier = different * 10 > count * 9;
    is_identifier.then(|| format!("identifier: {different} different texts in {count} cells"))
}

/// Returns the reason to drop a column of whole numbers that are all different and lie close together.
fn consecutive(numbers: &[f64]) -> Option<String> {
    if numbers.iter().any(|number| number.fract() != 0.0 || number.abs() > 1e15) {
        return None;
    }
    let mut different = numbers.to_vec();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    let range = *different.last()? as i64 - *different.first()? as i64;
    let is_identifier = different.len() == numbers.len() && 2 * range < 3 * numbers.len() as i64;
    is_identifier.then(|| format!("identifier: {} different whole numbers of a range of {}", numbers.len(), range + 1))
}

fn number(cell: Cell<'_>) -> Option<f64> {
    if let Cell::Number(number) = cell { Some(number) } else { None }
}

fn text(cell: Cell<'_>) -> Option<&str> {
    if let Cell::Text(text) = cell { Some(text) } else { None }
}

fn shown(cell: Cell<'_>) -> String {
    match cell {
        Cell::Missing => "missing".to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) => crate::data::shown(text),
    }
}
