//! One column of a table: what its cells hold, and what they are when read as numbers or as categories.

use crate::base::{Error, Result};
use std::borrow::Cow;
use std::collections::HashMap;

/// What a file writes where it has nothing to say.
const MISSING: [&str; 10] = ["", "NA", "N/A", "n/a", "NaN", "NAN", "nan", "NULL", "null", "?"];

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
    /// Trimmed text, and `None` where the cell is missing.
    Text(Vec<Option<String>>),
}

impl Cells {
    /// Numbers if every cell that is not missing is one, else text.
    #[cfg(feature = "csv")]
    pub(super) fn parse<'c>(cells: impl Iterator<Item = &'c str> + Clone) -> Self {
        let parsed = |cell: &str| if is_missing(cell) { Some(f64::NAN) } else { number(cell.trim()) };
        match cells.clone().map(parsed).collect() {
            Some(numbers) => Self::Numbers(numbers),
            None => Self::Text(cells.map(text).collect()),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Text(texts) => texts.len(),
        }
    }

    /// For each row, whether its cell is missing.
    pub(super) fn missing(&self) -> Vec<bool> {
        match self {
            Self::Numbers(numbers) => numbers.iter().map(|number| number.is_nan()).collect(),
            Self::Text(texts) => texts.iter().map(Option::is_none).collect(),
        }
    }

    /// The cells of these rows, which must exist, in this order.
    pub(super) fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Numbers(numbers) => Self::Numbers(rows.iter().map(|&row| numbers[row]).collect()),
            Self::Text(texts) => Self::Text(rows.iter().map(|&row| texts[row].clone()).collect()),
        }
    }
}

impl Column {
    /// The error that a cell of this column gets.
    pub(super) fn error(&self, line: u64, found: String, expected: &'static str) -> Error {
        Error::Cell { column: self.name.clone(), line, found, expected }
    }

    /// The cells as numbers, NaN where one is missing; fails at the first text.
    pub(super) fn numbers_or_missing(&self, lines: &[u64]) -> Result<Cow<'_, [f64]>> {
        let parsed = |(text, &line): (&Option<String>, &u64)| match text {
            None => Ok(f64::NAN),
            Some(text) => number(text).ok_or_else(|| {
                self.error(line, shown(text), "a finite number: correct the cell, or `one_hot` or leave out the column")
            }),
        };
        match &self.cells {
            Cells::Numbers(numbers) => Ok(Cow::Borrowed(numbers)),
            Cells::Text(texts) => texts.iter().zip(lines).map(parsed).collect(),
        }
    }

    /// The cells as numbers; fails at the first that is text or missing.
    pub(super) fn numbers(&self, lines: &[u64]) -> Result<Cow<'_, [f64]>> {
        let numbers = self.numbers_or_missing(lines)?;
        match numbers.iter().zip(lines).find(|(number, _)| number.is_nan()) {
            None => Ok(numbers),
            Some((_, &line)) => Err(self.missing_error(line)),
        }
    }

    /// The distinct values there are, numbers in their order and text in that of its characters.
    pub(super) fn distinct(&self) -> Vec<String> {
        match &self.cells {
            Cells::Numbers(numbers) => {
                let mut known: Vec<f64> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
                known.sort_unstable_by(f64::total_cmp);
                known.dedup(); // compares with ==, so 0 and -0 are one value
                known.into_iter().map(key).collect()
            }
            Cells::Text(texts) => {
                let mut known: Vec<&String> = texts.iter().flatten().collect();
                known.sort_unstable();
                known.dedup();
                known.into_iter().cloned().collect()
            }
        }
    }

    /// For each cell, its place among these values; fails at the first that is missing or not among them.
    pub(super) fn codes(&self, lines: &[u64], values: &[impl AsRef<str>]) -> Result<Vec<usize>> {
        let mut places = HashMap::with_capacity(values.len());
        for (place, value) in values.iter().map(AsRef::as_ref).enumerate() {
            // in a column of numbers, "1.0" and "1" are the same value
            let canonical = match (&self.cells, number(value)) {
                (Cells::Numbers(_), Some(number)) => key(number),
                _ => value.to_string(),
            };
            if places.insert(canonical, place).is_some() {
                return Err(Error::argument("Table", "values", format!("`{value}`, twice"), "every value once"));
            }
        }
        let code = |cell: Option<&str>, line| {
            let cell = cell.ok_or_else(|| self.missing_error(line))?;
            places.get(cell).copied().ok_or_else(|| self.error(line, shown(cell), "one of the values that were given"))
        };
        match &self.cells {
            Cells::Numbers(numbers) => {
                let text = |number: f64| (!number.is_nan()).then(|| key(number));
                numbers.iter().zip(lines).map(|(&number, &line)| code(text(number).as_deref(), line)).collect()
            }
            Cells::Text(texts) => texts.iter().zip(lines).map(|(text, &line)| code(text.as_deref(), line)).collect(),
        }
    }

    fn missing_error(&self, line: u64) -> Error {
        self.error(line, "nothing".to_string(), "a value in every cell: `drop_missing` or `fill_missing` first")
    }
}

/// Whether this is one of the ways to write nothing.
pub(super) fn is_missing(cell: &str) -> bool {
    MISSING.contains(&cell.trim())
}

/// The trimmed text of a cell, if it is not missing.
pub(super) fn text(cell: &str) -> Option<String> {
    (!is_missing(cell)).then(|| cell.trim().to_string())
}

/// The finite number that a trimmed cell is: not "inf", nor what is too large for one.
fn number(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A number as the name of a category, the same for 0 and -0.
fn key(number: f64) -> String {
    (number + 0.0).to_string()
}

/// A cell for a message: on one line, and not longer than that bears.
pub(super) fn shown(cell: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown = String::from("`");
    for character in cell.chars().take(LONGEST) {
        if character.is_control() { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    shown.push_str(if cell.chars().nth(LONGEST).is_some() { "...`" } else { "`" });
    shown
}
