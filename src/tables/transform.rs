//! Turns rows of a table into a matrix, and refuses tables of other columns.

use super::feature::Refused;
use super::feature_space::{Column, Entry};
use super::{Categorical, Feature, FeatureSpace};
use crate::base::{Error, Result, closest};
use crate::data::{Cell, ColumnView, Table, key, shown};
use crate::kernels::Scalar;
use crate::part::compiled;
use nalgebra::DMatrix;
use std::ops::Range;

/// A column as the features read it, in its own order of rows or in another one.
pub(super) struct Source<'a> {
    cells: Cells<'a>,
    /// For each row, the row whose cell is read.
    pub(super) order: Option<Vec<usize>>,
}

/// The cells of a column: as they are in the table, or converted to what they were in the training rows.
enum Cells<'a> {
    AsTheyAre(ColumnView<'a>),
    /// Text that holds numbers only.
    Numbers(ColumnView<'a>, Vec<f64>),
    /// Numbers that are levels of text.
    Texts(ColumnView<'a>, Vec<String>),
}

impl<'a> From<Cells<'a>> for Source<'a> {
    fn from(cells: Cells<'a>) -> Self {
        Self { cells, order: None }
    }
}

impl<'a> Source<'a> {
    pub(super) fn cell(&'a self, row: usize) -> Cell<'a> {
        let row = self.order.as_ref().map_or(row, |order| order[row]);
        match &self.cells {
            Cells::AsTheyAre(column) => column.cell(row),
            Cells::Numbers(_, numbers) => numbers[row].into(),
            Cells::Texts(_, texts) if texts[row].is_empty() => Cell::Missing,
            Cells::Texts(_, texts) => Cell::Text(&texts[row]),
        }
    }

    pub(super) fn line(&self, row: usize) -> u64 {
        let row = self.order.as_ref().map_or(row, |order| order[row]);
        match &self.cells {
            Cells::AsTheyAre(column) | Cells::Numbers(column, _) | Cells::Texts(column, _) => column.line(row),
        }
    }
}

impl FeatureSpace {
    /// Returns the features of these rows: a matrix with one row for each row of the table.
    ///
    /// The table may have its columns in another order, and further columns.
    ///
    /// # Errors
    ///
    /// The space is not adapted, the table lacks a column or has no rows, a column holds text where the training rows had
    /// numbers or the other way round, or a rule of a feature refuses a missing cell or an unknown level.
    pub fn transform<T: Scalar>(&self, table: &Table) -> Result<DMatrix<T>> {
        compiled!(
            fn(space: &FeatureSpace, table: &Table) -> Result<DMatrix<T>> {
                if table.rows() == 0 {
                    return Err(Error::Empty { what: "the table" });
                }
                space.transform_rows(&space.sources(table)?, 0..table.rows())
            }
        )(self, table)
    }

    /// Returns the features of some rows of the columns that [`sources`](Self::sources) returned.
    pub(super) fn transform_rows<T: Scalar>(&self, sources: &[Source<'_>], rows: Range<usize>) -> Result<DMatrix<T>> {
        let mut x = DMatrix::zeros(rows.len(), self.width());
        let mut rest = x.as_mut_slice();
        for entry in &self.entries {
            let (own, others) = rest.split_at_mut(entry.feature.width() * rows.len());
            let places = entry.columns.iter().filter_map(|name| self.place(name));
            let read: Vec<&Source<'_>> = places.filter_map(|place| sources.get(place)).collect();
            entry.transform(&read, rows.clone(), own)?;
            rest = others;
        }
        Ok(x)
    }

    /// The number of a column among those that the features read.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Returns the columns of a table that the features read, in their order; fails if one does not fit the training rows.
    pub(super) fn sources<'t>(&self, table: &'t Table) -> Result<Vec<Source<'t>>> {
        if !self.is_adapted() {
            let allowed = "a space that was adapted: call `adapt` with the training rows first";
            return Err(Error::argument("FeatureSpace", "features", "not adapted", allowed));
        }
        self.columns.iter().map(|column| self.source(column, table)).collect()
    }

    pub(super) fn source<'t>(&self, column: &Column, table: &'t Table) -> Result<Source<'t>> {
        let Ok(found) = table.column(&column.name) else {
            let has = closest(&column.name, &mut table.column_names());
            let problem = format!("the table has no such column, but the training table had it; the table has {has}");
            return Err(Error::Feature { column: column.name.clone(), line: None, problem });
        };
        match (column.is_number, found.is_number()) {
            (true, true) | (false, false) => Ok(Cells::AsTheyAre(found).into()),
            (true, false) => numbers(found),
            (false, true) => self.texts(found),
        }
    }

    /// Converts a column of numbers to the text that it was in the training rows.
    fn texts<'t>(&self, column: ColumnView<'t>) -> Result<Source<'t>> {
        let features = || self.entries.iter().filter(|entry| entry.columns.iter().any(|name| name == column.name()));
        let levels: Vec<&Categorical> = features()
            .filter_map(|entry| if let Feature::Categorical(feature) = &entry.feature { Some(feature) } else { None })
            .collect();
        let text = |(row, cell)| match cell {
            Cell::Number(number) => {
                let text = key(number);
                if levels.iter().any(|feature| feature.knows(&text)) {
                    return Ok(text);
                }
                let example =
                    levels.iter().find_map(|feature| feature.example()).map(|level| format!(", such as {}", shown(level)));
                let example = example.unwrap_or_default();
                let problem = format!("found the number {text}; expected text{example}, as in the training table");
                Err(Error::Feature { column: column.name().to_string(), line: Some(column.line(row)), problem })
            }
            Cell::Text(text) => Ok(text.to_string()),
            Cell::Missing => Ok(String::new()),
        };
        Ok(Cells::Texts(column, column.cells().enumerate().map(text).collect::<Result<_>>()?).into())
    }
}

/// Converts a column of text to the numbers that it was in the training rows.
fn numbers(column: ColumnView<'_>) -> Result<Source<'_>> {
    let refused = |error| match error {
        Error::Cell { column, line, found, .. } => {
            let problem = format!("found {found}; expected a number, as in the training table");
            Error::Feature { column, line: Some(line), problem }
        }
        other => other,
    };
    Ok(Cells::Numbers(column, column.numbers_or_missing().map_err(refused)?.into_owned()).into())
}

impl Entry {
    /// Writes the outputs for some rows, one output after the other.
    fn transform<T: Scalar>(&self, sources: &[&Source<'_>], rows: Range<usize>, out: &mut [T]) -> Result<()> {
        let (width, count) = (self.feature.width(), rows.len());
        let (mut outputs, mut cells) = (vec![0.0; width], vec![Cell::Missing; sources.len()]);
        for (place, row) in rows.enumerate() {
            cells.iter_mut().zip(sources).for_each(|(cell, source)| *cell = source.cell(row));
            if let Err(refused) = self.feature.encode(&cells, |number| T::of(number).to_f64(), &mut outputs) {
                let line = sources.first().map(|source| source.line(row));
                return Err(self.refused(refused, cells.first().copied(), line));
            }
            let columns = out.iter_mut().skip(place).step_by(count);
            columns.zip(&outputs).for_each(|(out, &output)| *out = T::of(output));
        }
        Ok(())
    }

    /// Makes the error for a cell that the feature refuses.
    pub(super) fn refused(&self, refused: Refused, cell: Option<Cell<'_>>, line: Option<u64>) -> Error {
        let found = match cell {
            Some(Cell::Text(text)) => shown(text),
            Some(Cell::Number(number)) => format!("the number {number}"),
            Some(Cell::Missing) | None => "nothing".to_string(),
        };
        let expected = match refused {
            Refused::Missing => "a value in every cell, as the rule for this column is that a missing cell is an error",
            Refused::Unknown => "a level of the training table, as the rule for this column is that an unknown level is an error",
            Refused::NotANumber => "a finite number, as in the training table",
        };
        let column = self.columns.first().cloned().unwrap_or_default();
        Error::Feature { column, line, problem: format!("found {found}; expected {expected}") }
    }
}
