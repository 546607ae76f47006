//! The options for reading a CSV file.

use super::cell_format::CellFormat;
use crate::base::{Error, Result};

/// The options of [`Table::read_with`](super::Table::read_with), with the words of pandas' `read_csv`.
///
/// What is not set is found in the file, and [`Table::guesses`](super::Table::guesses) says what was guessed.
///
/// ```
/// use layercake::data::{ColumnType, ReadOptions, Table};
/// use layercake::dvector;
///
/// let file = "plz;preis\n01067;1.234,50\n80331;n. v.\n";
/// let options = ReadOptions::new()
///     .separator(';')
///     .decimal(',')
///     .thousands('.')
///     .column_type("plz", ColumnType::Text)
///     .missing(["n. v."]);
/// let mut table = Table::from_reader_with(file.as_bytes(), options)?;
/// assert_eq!(table.drop_missing(), 1);
/// assert_eq!(table.numbers::<f64>("preis")?, dvector![1234.5]);
/// assert_eq!(table.labels("plz")?.names(), ["01067"]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct ReadOptions {
    pub(super) separator: Option<char>,
    pub(super) header: Option<bool>,
    pub(super) types: Vec<(String, ColumnType)>,
    pub(super) index: IndexColumn,
    pub(super) format: CellFormat,
}

/// The type of a column in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Finite numbers.
    Number,
    /// Text, such as names of categories.
    Text,
}

/// The column with the names of the rows.
#[derive(Debug, Clone, Default)]
pub(super) enum IndexColumn {
    /// The first column, if it has no name.
    #[default]
    Found,
    Named(String),
    None,
}

impl ReadOptions {
    /// Creates the default options: everything is found in the file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the character between cells, which must be an ASCII character and no quote or line end.
    ///
    /// By default, it is the one of comma, semicolon, tab and `|` that divides the first 20 rows and the header into the same
    /// and the largest number of cells.
    #[doc(alias = "sep")]
    #[doc(alias = "delimiter")]
    pub fn separator(mut self, separator: char) -> Self {
        self.separator = Some(separator);
        self
    }

    /// Sets the decimal mark of numbers (default: a point).
    pub fn decimal(mut self, decimal: char) -> Self {
        self.format.decimal = decimal;
        self
    }

    /// Sets the mark between groups of three digits before the decimal mark (default: none). Numbers without it are read, too.
    pub fn thousands(mut self, thousands: char) -> Self {
        self.format.thousands = Some(thousands);
        self
    }

    /// Sets whether the first line has the names of the columns; without them, the names are `0`, `1`, and so on.
    ///
    /// By default, the first line has the names, and it is an error if it has numbers instead: if all its cells are numbers
    /// that do not count from 0 or 1, or if at least half of them are numbers with a decimal mark.
    pub fn header(mut self, header: bool) -> Self {
        self.header = Some(header);
        self
    }

    /// Sets the type of a column (default: numbers if every cell is a number or missing, else text).
    ///
    /// In a column of type [`ColumnType::Number`], digits with zeros in front are numbers, and other text is an error.
    #[doc(alias = "dtype")]
    pub fn column_type(mut self, name: impl Into<String>, column_type: ColumnType) -> Self {
        self.types.push((name.into(), column_type));
        self
    }

    /// Adds words that mean a missing cell, beside those that [`Table`](super::Table) lists. A number may be among them.
    #[doc(alias = "na_values")]
    pub fn missing(mut self, words: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.format.missing.extend(words.into_iter().map(|word| word.as_ref().trim().to_string()));
        self
    }

    /// Sets whether the words that [`Table`](super::Table) lists mean a missing cell (default: true). An empty cell always is.
    #[doc(alias = "keep_default_na")]
    pub fn default_missing(mut self, default_missing: bool) -> Self {
        self.format.usual_missing = default_missing;
        self
    }

    /// Sets the column with the names of the rows, which [`Table::index`](super::Table::index) gives; `None` for no such column.
    ///
    /// By default, it is the first column, if the header has no name for it or pandas' substitute `Unnamed: 0`.
    ///
    /// ```
    /// use layercake::data::{ReadOptions, Table};
    ///
    /// let options = ReadOptions::new().index_column("id");
    /// let table = Table::from_reader_with("size,id\n1.5,a7\n1.2,a9\n".as_bytes(), options)?;
    /// assert!(table.column_names().eq(["size"]));
    /// assert_eq!(table.index().unwrap_or_default(), ["a7", "a9"]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    #[doc(alias = "index_col")]
    pub fn index_column<'n>(mut self, name: impl Into<Option<&'n str>>) -> Self {
        self.index = name.into().map_or(IndexColumn::None, |name| IndexColumn::Named(name.to_string()));
        self
    }

    /// The separator as a byte, if one is set; fails if an option has a character that it cannot have.
    pub(super) fn checked(&self) -> Result<Option<u8>> {
        let refused = |option, mark: char, allowed| {
            Err(Error::argument("ReadOptions", option, format!("`{}`", mark.escape_default()), allowed))
        };
        let part_of_numbers = |mark: char| mark.is_alphanumeric() || matches!(mark, '-' | '+' | '"' | '\n' | '\r');
        let CellFormat { decimal, thousands, .. } = self.format;
        if part_of_numbers(decimal) {
            return refused("decimal", decimal, "a character that is no letter, digit, sign, quote or line end");
        }
        match thousands {
            Some(mark) if part_of_numbers(mark) => {
                return refused("thousands", mark, "a character that is no letter, digit, sign, quote or line end");
            }
            Some(mark) if mark == decimal => return refused("thousands", mark, "another character than the decimal mark"),
            _ => {}
        }
        match self.separator {
            None => Ok(None),
            Some(separator) if separator.is_ascii() && !matches!(separator, '"' | '\n' | '\r') => Ok(Some(separator as u8)),
            Some(separator) => refused("separator", separator, "an ASCII character that is no quote or line end"),
        }
    }
}
