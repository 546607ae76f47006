//! One column of a table: its cells, and how they are read as numbers or as categories.

use super::cell_text::number;
use super::texts::Texts;
use crate::base::{Error, Result};
use std::borrow::Cow;
use std::collections::HashMap;

/// A column with its name.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) cells: Cells,
}

/// The cells of a column, one for each row.
#[derive(Debug, Clone)]
pub(super) enum Cells {
    /// Finite numbers, and NaN where the cell is missing.
    Numbers(Vec<f64>),
    /// Trimmed text, in which a cell may be missing.
    Text(Texts),
}

impl Cells {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Text(texts) => texts.len(),
        }
    }

    /// For each row, true if its cell is missing.
    pub(super) fn missing(&self) -> Vec<bool> {
        match self {
            Self::Numbers(numbers) => numbers.iter().map(|number| number.is_nan()).collect(),
            Self::Text(texts) => texts.iter().map(|cell| cell.is_none()).collect(),
        }
    }

    /// Copies the cells of these rows, in this order; the rows must exist.
    pub(super) fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Numbers(numbers) => Self::Numbers(rows.iter().map(|&row| numbers[row]).collect()),
            Self::Text(texts) => Self::Text(rows.iter().map(|&row| texts.get(row)).collect()),
        }
    }
}

impl Column {
    /// Makes the error for a cell of this column.
    pub(super) fn error(&self, line: u64, found: String, expected: &'static str) -> Error {
        Error::Cell { column: self.name.clone(), line, found, expected }
    }

    /// The cells as numbers, with NaN for a missing cell; fails at the first cell that is text.
    pub(super) fn numbers_or_missing(&self, lines: &[u64]) -> Result<Cow<'_, [f64]>> {
        let parsed = |(text, &line): (Option<&str>, &u64)| match text {
            None => Ok(f64::NAN),
            Some(text) => number(text).ok_or_else(|| {
                self.error(line, shown(text), "a finite number: correct the cell, encode the column by `one_hot`, or omit it")
            }),
        };
        match &self.cells {
            Cells::Numbers(numbers) => Ok(Cow::Borrowed(numbers)),
            Cells::Text(texts) => texts.iter().zip(lines).map(parsed).collect(),
        }
    }

    /// The cells as numbers; fails at the first cell that is text or missing.
    pub(super) fn numbers(&self, lines: &[u64]) -> Result<Cow<'_, [f64]>> {
        let numbers = self.numbers_or_missing(lines)?;
        match numbers.iter().zip(lines).find(|(number, _)| number.is_nan()) {
            None => Ok(numbers),
            Some((_, &line)) => Err(self.missing_error(line)),
        }
    }

    /// The text of each cell, empty if the cell is missing.
    pub(super) fn names(&self) -> Vec<String> {
        match &self.cells {
            Cells::Numbers(numbers) => {
                numbers.iter().map(|&number| if number.is_nan() { String::new() } else { key(number) }).collect()
            }
            Cells::Text(texts) => texts.iter().map(|cell| cell.unwrap_or_default().to_string()).collect(),
        }
    }

    /// The distinct values of the column: numbers in ascending order, text in the order of its characters.
    pub(super) fn distinct(&self) -> Vec<String> {
        match &self.cells {
            Cells::Numbers(numbers) => {
                let mut known: Vec<f64> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
                known.sort_unstable_by(f64::total_cmp);
                known.dedup(); // 0 and -0 are equal, so they become one value
                known.into_iter().map(key).collect()
            }
            Cells::Text(texts) => {
                let mut known: Vec<&str> = texts.iter().flatten().collect();
                known.sort_unstable();
                known.dedup();
                known.into_iter().map(str::to_string).collect()
            }
        }
    }

    /// For each cell, its index in `values`; fails at the first cell that is missing or not in `values`.
    pub(super) fn codes(&self, lines: &[u64], values: &[impl AsRef<str>]) -> Result<Vec<usize>> {
        let mut indices = HashMap::with_capacity(values.len());
        for (index, value) in values.iter().map(AsRef::as_ref).enumerate() {
            // In a column of numbers, "1.0" and "1" are the same value.
            let canonical = match (&self.cells, number(value)) {
                (Cells::Numbers(_), Some(number)) => key(number),
                _ => value.to_string(),
            };
            if indices.insert(canonical, index).is_some() {
                return Err(Error::argument("Table", "values", format!("`{value}`, twice"), "every value once"));
            }
        }
        let code = |cell: Option<&str>, line| {
            let cell = cell.ok_or_else(|| self.missing_error(line))?;
            indices.get(cell).copied().ok_or_else(|| self.error(line, shown(cell), "one of the values that were given"))
        };
        match &self.cells {
            Cells::Numbers(numbers) => {
                let text = |number: f64| (!number.is_nan()).then(|| key(number));
                numbers.iter().zip(lines).map(|(&number, &line)| code(text(number).as_deref(), line)).collect()
            }
            Cells::Text(texts) => texts.iter().zip(lines).map(|(text, &line)| code(text, line)).collect(),
        }
    }

    fn missing_error(&self, line: u64) -> Error {
        self.error(line, "nothing".to_string(), "a value in every cell: call `drop_missing` or `fill_missing` first")
    }
}

/// The category name of a number; 0 and -0 have the same name.
pub(crate) fn key(number: f64) -> String {
    (number + 0.0).to_string()
}

/// Quotes a cell for an error message: control characters are escaped, and long text is cut.
pub(crate) fn shown(cell: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown = String::from("`");
    for character in cell.chars().take(LONGEST) {
        if character.is_control() { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    shown.push_str(if cell.chars().nth(LONGEST).is_some() { "...`" } else { "`" });
    shown
}
