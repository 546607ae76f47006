//! A table while the rows of its file are read, with the errors of a row.

use super::Table;
use super::column::shown;
use super::column_reader::{ColumnReader, Refused};
use super::guesses::{Guess, Guesses};
use super::header::Header;
use super::read_options::ReadOptions;
use super::records::Records;
use super::texts::grow;
use crate::base::{Error, Result};

/// A table while its rows are read.
pub(super) struct Reading<'r> {
    file: &'r str,
    options: &'r ReadOptions,
    /// The separator that was found, if it is not a comma.
    found: Option<char>,
    header: Header,
    columns: Vec<ColumnReader>,
    lines: Vec<u64>,
}

impl<'r> Reading<'r> {
    /// Reads the header.
    pub(super) fn start(file: &'r str, records: &mut Records<'_>, found: Option<char>, options: &'r ReadOptions) -> Result<Self> {
        if !records.advance()? {
            let problem = "the file is empty: it needs a header line with the names of the columns, and a line for each row";
            return Err(Error::Table { file: file.to_string(), problem: problem.to_string() });
        }
        let cells: Vec<&str> = (records.cells().enumerate())
            .map(|(index, cell)| std::str::from_utf8(cell).map_err(|_| not_utf8(file, records.line(), index, None)))
            .collect::<Result<_>>()?;
        let header = Header::read(&cells, records.line(), file, options)?;
        let set = |name: &str| options.types.iter().rev().find(|(other, _)| other == name).map(|&(_, set)| set);
        let columns = header.names.iter().map(|name| ColumnReader::new(name.clone(), set(name))).collect();
        let mut reading = Self { file, options, found, header, columns, lines: Vec::new() };
        if reading.header.is_row {
            reading.add_row(records)?;
        }
        Ok(reading)
    }

    /// Adds the current record as a row.
    pub(super) fn add_row(&mut self, records: &Records<'_>) -> Result<()> {
        let (line, cells) = (records.line(), records.cells());
        if cells.len() != self.columns.len() {
            return Err(self.ragged(records));
        }
        for (index, (column, cell)) in self.columns.iter_mut().zip(cells).enumerate() {
            if let Err(refused) = column.push(cell, &self.options.format) {
                return Err(self.refused(refused, line, index, cell));
            }
        }
        grow(&mut self.lines);
        self.lines.push(line);
        Ok(())
    }

    /// The number of rows that must be read again, when all rows were read; fails if there is none.
    pub(super) fn rows_again(&self) -> Result<usize> {
        match self.columns.iter().map(ColumnReader::rows_again).max() {
            Some(rows) if !self.lines.is_empty() => Ok(rows),
            _ => Err(self.problem("the file has only a header: add at least one row below it".to_string())),
        }
    }

    /// Reads the text of cells that were taken for numbers, before another cell showed that the column has text.
    pub(super) fn add_again(&mut self, records: &mut Records<'_>, rows: usize) -> Result<()> {
        let changed = || Error::Table { file: self.file.to_string(), problem: "the file changed while it was read".to_string() };
        if !self.header.is_row {
            records.advance()?;
        }
        for _ in 0..rows {
            if !records.advance()? || records.cells().len() != self.columns.len() {
                return Err(changed());
            }
            for (column, cell) in self.columns.iter_mut().zip(records.cells()) {
                column.push_again(cell, &self.options.format).map_err(|_| changed())?;
            }
        }
        Ok(())
    }

    /// The table, when all rows were read.
    pub(super) fn table(self) -> Table {
        let mut guesses: Vec<Guess> = self.found.map(Guess::Separator).into_iter().chain(self.header.guesses).collect();
        let (mut columns, mut index) = (Vec::with_capacity(self.columns.len()), None);
        for (position, column) in self.columns.into_iter().enumerate() {
            let (column, guess) = column.finished(&self.lines, &self.options.format);
            if self.header.index == Some(position) {
                index = Some(column);
            } else {
                columns.push(column);
                guesses.extend(guess);
            }
        }
        let mut lines = self.lines;
        lines.shrink_to_fit();
        Table { columns, lines, index, guesses: Guesses(guesses) }
    }

    fn problem(&self, problem: String) -> Error {
        Error::Table { file: self.file.to_string(), problem }
    }

    fn refused(&self, refused: Refused, line: u64, index: usize, cell: &[u8]) -> Error {
        let name = self.columns[index].name();
        match refused {
            Refused::NotUtf8 => not_utf8(self.file, line, index, Some(name)),
            Refused::NotANumber => self.problem(format!(
                "line {line}, column `{name}`: found {}; expected a number, as the type of the column was set: \
                 correct the cell, or make its text a missing cell with `ReadOptions::missing`",
                shown(String::from_utf8_lossy(cell).trim())
            )),
        }
    }

    /// The error for a row with another number of cells than the header.
    fn ragged(&self, records: &Records<'_>) -> Error {
        let line = records.line();
        if let Some(index) = records.cells().position(|cell| std::str::from_utf8(cell).is_err()) {
            return not_utf8(self.file, line, index, self.columns.get(index).map(ColumnReader::name));
        }
        let (cells, expected) = (records.cells().len(), self.columns.len());
        let first = if self.header.is_row { "first row" } else { "header" };
        let guess = self.found.map_or_else(String::new, |found| {
            format!("; the separator `{}` was found: `ReadOptions::separator` sets another", found.escape_default())
        });
        self.problem(format!(
            "line {line} has {cells} cell(s), but the {first} has {expected}: each row needs as many cells as the {first}{guess}"
        ))
    }
}

fn not_utf8(file: &str, line: u64, index: usize, name: Option<&str>) -> Error {
    let column = name.map_or_else(|| format!("column {}", index + 1), |name| format!("column `{name}`"));
    let problem = format!("line {line}, {column}: the text is not valid UTF-8: save the file in the encoding UTF-8");
    Error::Table { file: file.to_string(), problem }
}
