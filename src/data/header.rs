//! The header of a CSV file: the names of its columns, and whether it has one at all.

use super::cell_format::CellFormat;
use super::column::shown;
use super::guesses::Guess;
use super::read_options::{IndexColumn, ReadOptions};
use crate::base::{Error, Result, closest};
use std::collections::HashSet;

/// The names of all columns of a file.
pub(super) struct Header {
    /// The names, of which that of the index may be empty.
    pub(super) names: Vec<String>,
    /// The position of the index column.
    pub(super) index: Option<usize>,
    pub(super) guesses: Vec<Guess>,
    /// True if the first line is a row.
    pub(super) is_row: bool,
}

impl Header {
    /// Reads the cells of the first record; fails if it has no names, or if an option names a column that does not exist.
    pub(super) fn read(cells: &[&str], line: u64, file: &str, options: &ReadOptions) -> Result<Self> {
        let is_row = options.header == Some(false);
        let names: Vec<String> = match is_row {
            true => (0..cells.len()).map(|index| index.to_string()).collect(),
            false => cells.iter().map(|cell| cell.trim().to_string()).collect(),
        };
        let mut guesses = Vec::new();
        let index = match &options.index {
            IndexColumn::None => None,
            IndexColumn::Named(name) => Some(position(&names, name)?),
            IndexColumn::Found if names.len() > 1 && (names[0].is_empty() || names[0] == "Unnamed: 0") => {
                guesses.push(Guess::Index);
                Some(0)
            }
            IndexColumn::Found => None,
        };
        let problem = |problem| Error::Table { file: file.to_string(), problem };
        if options.header.is_none() {
            guesses.extend(number_in_header(&names, line, index, &options.format).map_err(problem)?);
        }
        check_names(&names, line, index).map_err(problem)?;
        for (name, _) in &options.types {
            position(&names, name)?;
        }
        Ok(Self { names, index, guesses, is_row })
    }
}

fn position(names: &[String], name: &str) -> Result<usize> {
    let no_such_column =
        || Error::NoSuchColumn { name: name.to_string(), available: closest(name, &mut names.iter().map(String::as_str)) };
    names.iter().position(|other| other == name).ok_or_else(no_such_column)
}

/// Fails if a column other than the index has no name, or if two columns have the same.
fn check_names(names: &[String], line: u64, index: Option<usize>) -> Result<(), String> {
    let mut known = HashSet::new();
    for (position, name) in names.iter().enumerate() {
        if name.is_empty() && index != Some(position) {
            return Err(format!("line {line}: column {} of the header has no name: give each column a name", position + 1));
        }
        if !known.insert(name) {
            return Err(format!("line {line}: two columns are named `{name}`: give each column its own name"));
        }
    }
    Ok(())
}

/// Fails if the header looks like a row of numbers, and otherwise tells of a number among the names.
fn number_in_header(names: &[String], line: u64, index: Option<usize>, format: &CellFormat) -> Result<Option<Guess>, String> {
    let number = |name: &&String| format.number_or_code(name).is_some();
    let numbers: Vec<&String> = names.iter().filter(number).collect();
    let Some(&first) = numbers.first() else { return Ok(None) };
    // Some programs name columns by counting them.
    let named = &names[usize::from(index == Some(0))..];
    let counts_from = |start: usize| named.iter().zip(start..).all(|(name, number)| *name == number.to_string());
    if named.len() > 1 && (counts_from(0) || counts_from(1)) {
        return Ok(None);
    }
    let only_numbers = names.iter().filter(|name| !name.is_empty()).count() == numbers.len();
    let with_mark = numbers.iter().filter(|name| name.contains(format.decimal)).count();
    if !only_numbers && 2 * with_mark < names.len() {
        return Ok(Some(Guess::NumberInHeader(first.clone())));
    }
    let found = shown(first);
    Err(format!(
        "line {line} has numbers, such as {found}, where the names of the columns are expected: \
         if the file has no header, read it with `ReadOptions::header(false)`; if these are names, with `header(true)`"
    ))
}
