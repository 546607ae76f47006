//! One cell of a table, and a column whose cells are read one by one.

use super::Table;
use super::cell_text::text;
use super::column::{Cells, Column};
use crate::base::Result;

/// A cell of a table: a finite number, text that is not empty, or nothing.
///
/// Numbers and text convert into a cell. NaN, and text that means a missing cell in a file, such as `NA`, are missing.
///
/// ```
/// use layercake::data::Cell;
///
/// assert_eq!(Cell::from(3), Cell::Number(3.0));
/// assert_eq!(Cell::from(" Oslo "), Cell::Text("Oslo"));
/// assert_eq!([Cell::from("NA"), Cell::from(f64::NAN), Cell::from(None::<f64>)], [Cell::Missing; 3]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Missing,
    /// A number.
    Number(f64),
    /// Text.
    Text(&'a str),
}

impl From<f64> for Cell<'_> {
    fn from(number: f64) -> Self {
        if number.is_nan() { Self::Missing } else { Self::Number(number) }
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(cell: &'a str) -> Self {
        text(cell).map_or(Self::Missing, Self::Text)
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(cell: &'a String) -> Self {
        cell.as_str().into()
    }
}

impl<'a, C: Into<Cell<'a>>> From<Option<C>> for Cell<'a> {
    fn from(cell: Option<C>) -> Self {
        cell.map_or(Self::Missing, Into::into)
    }
}

macro_rules! from_numbers {
    ($($number:ty),+) => {
        $(impl From<$number> for Cell<'_> {
            fn from(number: $number) -> Self {
                f64::from(number).into()
            }
        })+
    };
}

from_numbers!(f32, i8, i16, i32, u8, u16, u32);

/// A column of a table, with its name and its cells.
///
/// ```
/// use layercake::data::{Cell, Table};
///
/// let mut table = Table::new();
/// table.add_text("city", ["Oslo", "NA"])?;
/// let city = table.column("city")?;
/// assert_eq!((city.name(), city.rows(), city.is_number()), ("city", 2, false));
/// assert!(city.cells().eq([Cell::Text("Oslo"), Cell::Missing]));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ColumnView<'a> {
    column: &'a Column,
    lines: &'a [u64],
}

impl<'a> ColumnView<'a> {
    /// Returns the name of the column.
    pub fn name(&self) -> &'a str {
        &self.column.name
    }

    /// Returns the number of cells.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// Returns whether the column holds numbers; it holds text otherwise.
    pub fn is_number(&self) -> bool {
        matches!(self.column.cells, Cells::Numbers(_))
    }

    /// Returns the cells from the first row to the last.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'a>> + use<'a> {
        let (column, rows) = (self.column, self.rows());
        (0..rows).map(move |row| cell(column, row))
    }

    /// Returns the cell of a row, which must exist.
    pub(crate) fn cell(&self, row: usize) -> Cell<'a> {
        cell(self.column, row)
    }

    /// Returns the line of the file in which a row stands; the row must exist.
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// Returns the cells as numbers, NaN for a missing one; fails at the first text that is no number.
    pub(crate) fn numbers_or_missing(&self) -> Result<std::borrow::Cow<'a, [f64]>> {
        self.column.numbers_or_missing(self.lines)
    }
}

fn cell(column: &Column, row: usize) -> Cell<'_> {
    match &column.cells {
        Cells::Numbers(numbers) => numbers[row].into(),
        Cells::Text(texts) => texts.get(row).map_or(Cell::Missing, Cell::Text),
    }
}

impl Table {
    /// Returns a column, whose cells can be read one by one.
    ///
    /// # Errors
    ///
    /// There is no column with this name.
    pub fn column(&self, name: &str) -> Result<ColumnView<'_>> {
        let index = self.index_of(name)?;
        Ok(ColumnView { column: &self.columns[index], lines: &self.lines })
    }
}
