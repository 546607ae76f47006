//! A second table of the same kind, checked against the columns of the training table.

mod profile;
mod units;

use super::transform::Source;
use super::{Categorical, FeatureSpace};
use crate::base::{Error, Result};
use crate::data::{Cell, Table, shown};
pub(super) use profile::Profile;
use std::fmt;
use units::Change;

/// The number of cells of which one may be outside of the range of the training table without a remark.
const OFTEN: f64 = 20.0;

/// A table checked against the training table, column by column; displayed with a line for each column that the model reads.
///
/// | column of the display | what |
/// |---|---|
/// | missing, at fit | the share of missing cells in this table and in the training table |
/// | outside | the number of cells outside of the range of the training table, or without a level of their own |
/// | remark | what `predict` would refuse, and what [`is_clean`](TableCheck::is_clean) looks for |
#[derive(Debug, Clone, PartialEq)]
pub struct TableCheck {
    rows: usize,
    columns: Vec<ColumnCheck>,
}

/// One column of a table checked against the training table.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnCheck {
    column: String,
    missing: f64,
    missing_at_fit: f64,
    outside: usize,
    change: Option<Change>,
    refused: Option<String>,
    remarks: Vec<String>,
}

impl TableCheck {
    /// Returns the number of rows of the table.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the columns that the model reads.
    pub fn columns(&self) -> &[ColumnCheck] {
        &self.columns
    }

    /// Returns the column of this name, if the model reads it.
    pub fn column(&self, name: &str) -> Option<&ColumnCheck> {
        self.columns.iter().find(|column| column.column == name)
    }

    /// Returns whether there is no remark for any column: `predict` takes the table, no number is outside of the range of the
    /// training table by more than that range, and no more than a twentieth is outside of it at all; cells are not missing and
    /// levels are not unknown more often than at fit (by more than three standard deviations); no unit seems to have changed.
    pub fn is_clean(&self) -> bool {
        self.columns.iter().all(|column| column.refused.is_none() && column.remarks.is_empty())
    }
}

impl ColumnCheck {
    /// Returns the name of the column.
    pub fn name(&self) -> &str {
        &self.column
    }

    /// Returns the share of missing cells in this table; 1 if it has no such column.
    pub fn missing(&self) -> f64 {
        self.missing
    }

    /// Returns the share of missing cells in the training table.
    pub fn missing_at_fit(&self) -> f64 {
        self.missing_at_fit
    }

    /// Returns the number of cells outside of the range of the training table, or without a level of their own.
    pub fn outside(&self) -> usize {
        self.outside
    }

    /// Returns how many times as large the numbers are as in the training table, if the difference looks like that of a unit.
    pub fn factor(&self) -> Option<f64> {
        self.change.as_ref().map(|change| change.factor)
    }

    /// Returns why `predict` refuses the column, if it does.
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// Returns what else is remarkable, in words.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }
}

impl FeatureSpace {
    /// Checks a table against the columns of the training table.
    pub(super) fn check(&self, table: &Table, at_fit: &[Profile]) -> Result<TableCheck> {
        if table.rows() == 0 {
            return Err(Error::Empty { what: "the table" });
        }
        let mut columns = Vec::with_capacity(at_fit.len());
        for (column, at_fit) in self.columns.iter().zip(at_fit) {
            let mut check = ColumnCheck {
                column: column.name.clone(),
                missing: 1.0,
                missing_at_fit: at_fit.missing,
                outside: 0,
                change: None,
                refused: None,
                remarks: Vec::new(),
            };
            match self.source(column, table) {
                Ok(source) => {
                    check.compare(&source, table.rows(), at_fit, self.levels(&column.name));
                    check.refused = self.refused_cell(&column.name, &source, table.rows());
                }
                Err(error) => {
                    check.missing = table.column(&column.name).map_or(1.0, |found| {
                        let missing = found.cells().filter(|cell| *cell == Cell::Missing).count();
                        missing as f64 / table.rows() as f64
                    });
                    check.refused = Some(problem(error));
                }
            }
            columns.push(check);
        }
        Ok(TableCheck { rows: table.rows(), columns })
    }

    /// Returns why a feature of this column alone refuses a cell, if one does.
    fn refused_cell(&self, column: &str, source: &Source<'_>, rows: usize) -> Option<String> {
        let entries = self.entries.iter().filter(|entry| entry.columns == [column]);
        entries.into_iter().find_map(|entry| {
            let mut outputs = vec![0.0; entry.feature.width()];
            (0..rows).find_map(|row| {
                let cell = source.cell(row);
                let refused = entry.feature.encode(&[cell], |number| number, &mut outputs).err()?;
                Some(problem(entry.refused(refused, Some(cell), Some(source.line(row)))))
            })
        })
    }
}

impl ColumnCheck {
    /// Compares the cells of the column with those at fit.
    fn compare(&mut self, source: &Source<'_>, rows: usize, at_fit: &Profile, levels: Option<&Categorical>) {
        let now = Profile::of(source, rows, levels);
        self.missing = now.missing;
        if is_more(now.missing, at_fit.missing, rows) {
            let none = "cells are missing, and none was at fit";
            let more = "more cells are missing than at fit";
            self.remarks.push(if at_fit.missing == 0.0 { none } else { more }.to_string());
        }
        let cells = || (0..rows).map(|row| source.cell(row));
        let (Some(range), None) = (&at_fit.numbers, levels) else {
            return self.compare_levels(cells(), [now.unknown, at_fit.unknown], levels);
        };
        let numbers: Vec<f64> =
            cells().filter_map(|cell| if let Cell::Number(number) = cell { Some(number) } else { None }).collect();
        let beyond = |by: f64| {
            let (low, high) = (range.smallest - by, range.largest + by);
            numbers.iter().filter(|number| !(low..=high).contains(*number)).count()
        };
        self.outside = beyond(0.0);
        self.change = units::change(&numbers, range);
        let (low, high) = (range.smallest, range.largest);
        let far = beyond(high - low);
        if far > 0 || OFTEN * self.outside as f64 > numbers.len() as f64 {
            let far = if far > 0 { format!(", {far} of them by more than that range") } else { String::new() };
            self.remarks.push(format!("{} outside {low} to {high}{far}", self.outside));
        }
        self.remarks.extend(self.change.iter().map(Change::to_string));
    }

    /// Counts the cells without a level of their own.
    fn compare_levels<'c>(
        &mut self,
        cells: impl ExactSizeIterator<Item = Cell<'c>>,
        [now, at_fit]: [f64; 2],
        levels: Option<&Categorical>,
    ) {
        const SHOWN: usize = 3;
        let rows = cells.len();
        let unknown = cells.filter(|cell| levels.is_some_and(|levels| !levels.has_level(*cell)));
        let mut examples: Vec<String> = Vec::new();
        for cell in unknown {
            self.outside += 1;
            let cell = match cell {
                Cell::Text(text) => shown(text),
                Cell::Number(number) => number.to_string(),
                Cell::Missing => continue,
            };
            if examples.len() <= SHOWN && !examples.contains(&cell) {
                examples.push(cell);
            }
        }
        if !is_more(now, at_fit, rows) {
            return;
        }
        let more = if examples.len() > SHOWN { " and others" } else { "" };
        examples.truncate(SHOWN);
        let examples = examples.join(", ");
        self.remarks.push(match at_fit {
            0.0 => format!("{} of unknown levels: {examples}{more}", self.outside),
            _ => format!("{:.1}% of rare or unknown levels, at fit {:.1}%: {examples}{more}", 100.0 * now, 100.0 * at_fit),
        });
    }
}

/// Returns whether a share of so many rows is larger than one of 0 at fit, or by more than three of its standard deviations.
fn is_more(now: f64, at_fit: f64, rows: usize) -> bool {
    now > at_fit + 3.0 * (at_fit * (1.0 - at_fit) / rows as f64).sqrt()
}

/// Returns an error about a column without the name of the column.
fn problem(error: Error) -> String {
    match error {
        Error::Feature { line: Some(line), problem, .. } => format!("line {line}: {problem}"),
        Error::Feature { problem, .. } => problem,
        other => other.to_string(),
    }
}

impl fmt::Display for TableCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.columns.iter().map(|column| column.column.chars().count()).max().unwrap_or(0).max("column".len());
        write!(f, "{:width$}  missing  at fit  outside  remark", "column")?;
        for ColumnCheck { column, missing, missing_at_fit, outside, refused, remarks, .. } in &self.columns {
            let (missing, at_fit) = (100.0 * missing, 100.0 * missing_at_fit);
            write!(f, "\n{column:width$}  {missing:>6.1}%  {at_fit:>5.1}%  {outside:>7}")?;
            let refused = refused.iter().map(|refused| format!("refused: {refused}"));
            let remarks: Vec<String> = refused.chain(remarks.iter().cloned()).collect();
            if !remarks.is_empty() {
                write!(f, "  {}", remarks.join("; "))?;
            }
        }
        Ok(())
    }
}
