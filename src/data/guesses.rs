//! What reading a CSV file had to guess.

use super::column::shown;
use std::fmt;

/// A guess about a CSV file, displayed as a sentence with the way to correct it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Guess {
    /// The cells are separated by another character than a comma.
    Separator(char),
    /// The first column has no name, or the one that pandas gives to such a column, and was read as the index.
    Index,
    /// The header has a number among its names, so that it may be a row.
    NumberInHeader(String),
    /// A column has numbers and other text, and was read as text.
    Text {
        /// The column's name.
        column: String,
        /// The first line with text that is no number.
        line: u64,
        /// The text.
        cell: String,
        /// The number of cells that are no numbers.
        texts: usize,
        /// The number of cells that are not missing.
        cells: usize,
    },
    /// A column has digits with zeros in front, and was read as text.
    Code {
        /// The column's name.
        column: String,
        /// The first line with such digits.
        line: u64,
        /// The digits.
        cell: String,
    },
    /// A column has numbers with another decimal mark or with thousands marks, and was read as text.
    Mark {
        /// The column's name.
        column: String,
        /// The first line with such a number.
        line: u64,
        /// The number.
        cell: String,
    },
    /// A column has dates, and was read as text.
    Date {
        /// The column's name.
        column: String,
        /// The first line with a date.
        line: u64,
        /// The date.
        cell: String,
    },
}

impl fmt::Display for Guess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Separator(separator) => {
                let separator = separator.escape_default();
                write!(f, "the separator `{separator}` was found: `ReadOptions::separator` sets another")
            }
            Self::Index => f.write_str(
                "the first column has no name and was read as the index: `ReadOptions::index_column` sets another or none",
            ),
            Self::NumberInHeader(name) => write!(
                f,
                "the name {} in the header is a number: if the first line is a row, set `ReadOptions::header(false)`",
                shown(name)
            ),
            Self::Text { column, line, cell, texts, cells } => write!(
                f,
                "column `{column}` was read as text because of {} on line {line}; {} of its {cells} cells are numbers: \
                 `ReadOptions::missing` makes a word a missing cell",
                shown(cell),
                cells - texts
            ),
            Self::Code { column, line, cell } => write!(
                f,
                "column `{column}` was read as text because of {} on line {line}, which begins with a zero: \
                 `ReadOptions::column_type` makes it a column of numbers",
                shown(cell)
            ),
            Self::Mark { column, line, cell } => write!(
                f,
                "column `{column}` was read as text because of {} on line {line}: \
                 if it is a number, set its marks with `ReadOptions::decimal` and `ReadOptions::thousands`",
                shown(cell)
            ),
            Self::Date { column, line, cell } => write!(
                f,
                "column `{column}` has dates, such as {} on line {line}, and was read as text: \
                 turn them into numbers, such as days since a first one, or drop the column",
                shown(cell)
            ),
        }
    }
}

/// What reading a file had to guess, displayed with one line for each guess.
///
/// ```
/// # #[cfg(feature = "csv")] {
/// use layercake::data::Table;
///
/// let table = Table::from_reader("day;price\n2024-01-31;12\n2024-02-01;-\n".as_bytes())?;
/// let guesses = table.guesses().to_string();
/// assert!(guesses.starts_with("the separator `;` was found: `ReadOptions::separator` sets another\n"));
/// assert!(guesses.contains("column `day` has dates, such as `2024-01-31` on line 2"));
/// # }
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guesses(pub(super) Vec<Guess>);

impl Guesses {
    /// True if nothing had to be guessed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The guesses: about the file, then about its columns from left to right.
    pub fn iter(&self) -> impl Iterator<Item = &Guess> {
        self.0.iter()
    }
}

impl fmt::Display for Guesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, guess) in self.iter().enumerate() {
            let line_end = if index == 0 { "" } else { "\n" };
            write!(f, "{line_end}{guess}")?;
        }
        if self.is_empty() { f.write_str("nothing had to be guessed") } else { Ok(()) }
    }
}
