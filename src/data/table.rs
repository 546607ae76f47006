//! Tables with named columns, and their conversion to matrices and classes.

use super::Labels;
use super::cell_text::text;
use super::column::{Cells, Column};
use super::guesses::Guesses;
use super::rows::check_count;
use super::texts::Texts;
use crate::base::{Error, Result, closest};
use crate::kernels::Scalar;
use nalgebra::{DMatrix, DVector};

/// A table of named columns, each of numbers or of text, in which cells may be missing.
///
/// A column of a file holds numbers if every cell is a finite number or missing, else it holds text. Digits with a zero in
/// front, such as the postal code `00501`, are text. A cell is missing if it is empty or blank, or if it is `NA`, `N/A`, `n/a`,
/// `NaN`, `NAN`, `nan`, `NULL`, `null`, `None`, `#N/A`, `<NA>`, `?` or `-`.
///
/// The table stores the line of the file for each row, and every error names it. In a table without a file, the first row
/// counts as line 2, as if it followed a header.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut table = data::Table::new();
/// table.add_numbers("size", [1.2, 3.4, 2.5])?;
/// table.add_text("colour", ["red", "blue", "red"])?;
/// table.add_numbers("price", [10, 30, 20])?;
/// table.one_hot("colour")?;
/// assert!(table.column_names().eq(["size", "colour=blue", "colour=red", "price"]));
///
/// let x: DMatrix<f32> = table.features_without(&["price"])?;
/// let y: DVector<f32> = table.numbers("price")?;
/// assert_eq!(x, dmatrix![1.2, 0.0, 1.0; 3.4, 1.0, 0.0; 2.5, 0.0, 1.0]);
/// assert_eq!(y, dvector![10.0, 30.0, 20.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The columns, each with one cell per entry of `lines`.
    pub(super) columns: Vec<Column>,
    pub(super) lines: Vec<u64>,
    /// The names of the rows, if the file has them.
    pub(super) index: Option<Column>,
    pub(super) guesses: Guesses,
}

impl Table {
    /// A table without columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column of numbers at the right; NaN is a missing cell.
    ///
    /// # Errors
    ///
    /// A number is infinite, the name is empty or already used, or the number of rows differs from that of the table.
    pub fn add_numbers(&mut self, name: impl Into<String>, numbers: impl IntoIterator<Item: Into<f64>>) -> Result<()> {
        let numbers: Vec<f64> = numbers.into_iter().map(Into::into).collect();
        let infinite = numbers.iter().zip(2..).find(|(number, _)| number.is_infinite());
        let infinite = infinite.map(|(number, nth)| (*number, self.lines.get(nth - 2).copied().unwrap_or(nth as u64)));
        let column = Column { name: name.into(), cells: Cells::Numbers(numbers) };
        match infinite {
            None => self.add(column),
            Some((number, line)) => Err(column.error(line, number.to_string(), "a finite number, or NaN for a missing one")),
        }
    }

    /// Adds a column of text at the right; texts such as `NA` are missing cells, as in a file.
    ///
    /// # Errors
    ///
    /// The name is empty or already used, or the number of rows differs from that of the table.
    pub fn add_text(&mut self, name: impl Into<String>, texts: impl IntoIterator<Item: AsRef<str>>) -> Result<()> {
        let mut cells = Texts::default();
        texts.into_iter().for_each(|cell| cells.push(text(cell.as_ref())));
        self.add(Column { name: name.into(), cells: Cells::Text(cells) })
    }

    pub(super) fn add(&mut self, column: Column) -> Result<()> {
        if column.name.is_empty() || self.columns.iter().any(|other| other.name == column.name) {
            let allowed = "a name that is not empty and that no other column has";
            return Err(Error::argument("Table", "column", format!("`{}`", column.name), allowed));
        }
        let rows = column.cells.len();
        if self.columns.is_empty() {
            self.lines = (2..).take(rows).collect();
        } else {
            check_count("the new column", rows, "the table", self.rows())?;
        }
        self.columns.push(column);
        Ok(())
    }

    /// Removes a column.
    ///
    /// # Errors
    ///
    /// There is no column with this name.
    pub fn drop_column(&mut self, name: &str) -> Result<()> {
        let index = self.index_of(name)?;
        self.columns.remove(index);
        Ok(())
    }

    /// The number of rows, without the header.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The names of the columns, from left to right.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The names of the rows, if the file has an index column: each as its number or text, and empty if it is missing.
    ///
    /// ```
    /// # #[cfg(feature = "csv")] {
    /// use layercake::data::Table;
    ///
    /// let table = Table::from_reader(",size\n17,1.5\n4,1.2\n".as_bytes())?;
    /// assert_eq!(table.index(), Some(vec!["17".to_string(), "4".to_string()]));
    /// assert!(table.column_names().eq(["size"]));
    /// # }
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn index(&self) -> Option<Vec<String>> {
        self.index.as_ref().map(Column::names)
    }

    /// What reading the file had to guess, such as a separator or the type of a column; empty in a table without a file.
    ///
    /// The guesses stay as they are when columns are added or removed.
    pub fn guesses(&self) -> &Guesses {
        &self.guesses
    }

    /// Copies these columns, in this order, into a matrix with one row per row of the table.
    ///
    /// # Errors
    ///
    /// A column does not exist, a cell is missing or not a number, or there are no columns or no rows.
    pub fn features<T: Scalar>(&self, columns: &[&str]) -> Result<DMatrix<T>> {
        let columns: Vec<&Column> = columns.iter().map(|name| self.stored(name)).collect::<Result<_>>()?;
        if columns.is_empty() || self.rows() == 0 {
            return Err(Error::Empty { what: "the table" });
        }
        let mut values = Vec::with_capacity(self.rows() * columns.len());
        for column in &columns {
            for (&number, &line) in column.numbers(&self.lines)?.iter().zip(&self.lines) {
                let value = T::of(number);
                if !value.is_finite() {
                    let expected = "a number that the type of the matrix can hold: take `f64`, or scale the column";
                    return Err(column.error(line, format!("`{number:?}`"), expected));
                }
                values.push(value);
            }
        }
        Ok(DMatrix::from_vec(self.rows(), columns.len(), values))
    }

    /// Copies all columns except some, such as the target, into a matrix with one row per row of the table.
    ///
    /// # Errors
    ///
    /// The errors of [`features`](Self::features).
    pub fn features_without<T: Scalar>(&self, left_out: &[&str]) -> Result<DMatrix<T>> {
        left_out.iter().try_for_each(|name| self.index_of(name).map(|_| ()))?;
        let kept: Vec<&str> = self.column_names().filter(|name| !left_out.contains(name)).collect();
        self.features(&kept)
    }

    /// Copies a column, such as the target of a regression, into a vector of numbers.
    ///
    /// # Errors
    ///
    /// The errors of [`features`](Self::features).
    pub fn numbers<T: Scalar>(&self, column: &str) -> Result<DVector<T>> {
        Ok(self.features(&[column])?.column(0).into_owned())
    }

    /// Encodes a column, such as the target of a classification, as classes: one class per distinct value, numbers in
    /// ascending order and text in alphabetical order.
    ///
    /// # Errors
    ///
    /// The column does not exist, a cell is missing, or the table has no rows.
    pub fn labels(&self, column: &str) -> Result<Labels> {
        self.labels_as(column, &self.stored(column)?.distinct())
    }

    /// Encodes a column as classes with given names, for instance the [`Labels::names`] of the training data.
    ///
    /// ```
    /// use layercake::data::Table;
    ///
    /// let mut test = Table::new();
    /// test.add_text("species", ["virginica", "setosa"])?;
    /// let labels = test.labels_as("species", &["setosa", "versicolor", "virginica"])?;
    /// assert_eq!(labels.classes(), [2, 0]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The column does not exist, a cell is missing or is not one of the names, a name occurs twice, or the table has no rows.
    pub fn labels_as(&self, column: &str, names: &[impl AsRef<str>]) -> Result<Labels> {
        let classes = self.stored(column)?.codes(&self.lines, names)?;
        if classes.is_empty() {
            return Err(Error::Empty { what: "the table" });
        }
        Ok(Labels { classes, names: names.iter().map(|name| name.as_ref().to_string()).collect() })
    }

    /// Replaces a column with one column of zeros and ones per distinct value, and returns the values.
    ///
    /// The new columns are named `column=value` and have the order of [`labels`](Self::labels).
    ///
    /// # Errors
    ///
    /// The column does not exist, a cell is missing, or a new name is already used. The table is unchanged then.
    #[doc(alias = "get_dummies")]
    pub fn one_hot(&mut self, column: &str) -> Result<Vec<String>> {
        let values = self.stored(column)?.distinct();
        self.one_hot_as(column, &values)?;
        Ok(values)
    }

    /// Replaces a column with one column of zeros and ones per given value.
    ///
    /// Give the values that [`one_hot`](Self::one_hot) returned for the training data, so that data for prediction get the same
    /// columns.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut table = data::Table::new();
    /// table.add_text("colour", ["red", "green", "blue"])?;
    /// let values = table.one_hot("colour")?;
    ///
    /// let mut later = data::Table::new();
    /// later.add_text("colour", ["green"])?;
    /// later.one_hot_as("colour", &values)?;
    /// assert_eq!(later.features::<f64>(&["colour=blue", "colour=green", "colour=red"])?, dmatrix![0.0, 1.0, 0.0]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of `one_hot`, or a cell is not one of these values, or a value occurs twice.
    pub fn one_hot_as(&mut self, column: &str, values: &[impl AsRef<str>]) -> Result<()> {
        let index = self.index_of(column)?;
        let codes = self.stored(column)?.codes(&self.lines, values)?;
        let named = |(code, value): (usize, &str)| Column {
            name: format!("{column}={value}"),
            cells: Cells::Numbers(codes.iter().map(|&other| f64::from(other == code)).collect()),
        };
        let new: Vec<Column> = values.iter().map(AsRef::as_ref).enumerate().map(named).collect();
        if let Some(taken) = new.iter().find(|new| self.index_of(&new.name).is_ok()) {
            return Err(Error::argument("Table", "column", format!("`{}`", taken.name), "a name that no other column has"));
        }
        self.columns.splice(index..=index, new);
        Ok(())
    }

    /// The index of the column with this name.
    pub(super) fn index_of(&self, name: &str) -> Result<usize> {
        let no_such_column =
            || Error::NoSuchColumn { name: name.to_string(), available: closest(name, &mut self.column_names()) };
        self.columns.iter().position(|column| column.name == name).ok_or_else(no_such_column)
    }

    fn stored(&self, name: &str) -> Result<&Column> {
        self.index_of(name).map(|index| &self.columns[index])
    }
}
