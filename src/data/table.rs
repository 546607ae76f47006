//! The table: columns by name, and what a model takes of them.

use super::Labels;
use super::column::{Cells, Column, text};
use super::rows::check_count;
use crate::base::{Error, Result, list};
use crate::kernels::Scalar;
use nalgebra::{DMatrix, DVector};

/// A table of named columns, each of numbers or of text, in which cells may be missing.
///
/// A column of a file is one of numbers if every cell is a finite number or missing, else one of text. Missing is
/// a cell that is empty or blank, or reads `NA`, `N/A`, `n/a`, `NaN`, `NAN`, `nan`, `NULL`, `null` or `?`.
///
/// The table remembers which line of the file each row came from, and every error names it. In a table that was
/// put together by hand, the first row counts as line 2, as it does below a header.
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
    /// All with a cell for each of the lines.
    pub(super) columns: Vec<Column>,
    pub(super) lines: Vec<u64>,
}

impl Table {
    /// A table without columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column of numbers at the right, NaN where one is missing.
    ///
    /// # Errors
    ///
    /// An infinite number, a name that is taken or empty, or another number of rows than the table has.
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

    /// Adds a column of text at the right, the words for a missing cell having their meaning.
    ///
    /// # Errors
    ///
    /// A name that is taken or empty, or another number of rows than the table has.
    pub fn add_text(&mut self, name: impl Into<String>, texts: impl IntoIterator<Item: AsRef<str>>) -> Result<()> {
        let texts = texts.into_iter().map(|cell| text(cell.as_ref())).collect();
        self.add(Column { name: name.into(), cells: Cells::Text(texts) })
    }

    fn add(&mut self, column: Column) -> Result<()> {
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
    /// If there is none of this name.
    pub fn drop_column(&mut self, name: &str) -> Result<()> {
        let place = self.place(name)?;
        self.columns.remove(place);
        Ok(())
    }

    /// How many rows there are, without the header.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The names of the columns, from left to right.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// Some columns, in this order, as a matrix with a row for each row.
    ///
    /// # Errors
    ///
    /// A column that is not there, a cell that is missing or not a number, or nothing to fill a matrix with.
    pub fn features<T: Scalar>(&self, columns: &[&str]) -> Result<DMatrix<T>> {
        let columns: Vec<&Column> = columns.iter().map(|name| self.column(name)).collect::<Result<_>>()?;
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

    /// All columns but some, such as the target, as a matrix with a row for each row.
    ///
    /// # Errors
    ///
    /// As for [`features`](Self::features).
    pub fn features_without<T: Scalar>(&self, left_out: &[&str]) -> Result<DMatrix<T>> {
        left_out.iter().try_for_each(|name| self.place(name).map(|_| ()))?;
        let kept: Vec<&str> = self.column_names().filter(|name| !left_out.contains(name)).collect();
        self.features(&kept)
    }

    /// A column as a vector of numbers, such as the target of a regression.
    ///
    /// # Errors
    ///
    /// As for [`features`](Self::features).
    pub fn numbers<T: Scalar>(&self, column: &str) -> Result<DVector<T>> {
        Ok(self.features(&[column])?.column(0).into_owned())
    }

    /// A column as classes, the target of a classification: one for each distinct value, numbers in their order
    /// and text in alphabetical order.
    ///
    /// # Errors
    ///
    /// A column that is not there, a missing cell, or no row.
    pub fn labels(&self, column: &str) -> Result<Labels> {
        self.labels_as(column, &self.column(column)?.distinct())
    }

    /// A column as classes that are named already: those of [`Labels::names`], for a second file of the same kind.
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
    /// A column that is not there, a cell that is missing or none of these names, or no row.
    pub fn labels_as(&self, column: &str, names: &[impl AsRef<str>]) -> Result<Labels> {
        let classes = self.column(column)?.codes(&self.lines, names)?;
        if classes.is_empty() {
            return Err(Error::Empty { what: "the table" });
        }
        Ok(Labels { classes, names: names.iter().map(|name| name.as_ref().to_string()).collect() })
    }

    /// Puts a column of zeros and ones in the place of a column for each of its distinct values, named
    /// `column=value` and ordered as by [`labels`](Self::labels); returns the values.
    ///
    /// # Errors
    ///
    /// A column that is not there, a missing cell, or a new name that is taken; the table is then as it was.
    #[doc(alias = "get_dummies")]
    pub fn one_hot(&mut self, column: &str) -> Result<Vec<String>> {
        let values = self.column(column)?.distinct();
        self.one_hot_as(column, &values)?;
        Ok(values)
    }

    /// Puts a column of zeros and ones in the place of a column for each of these values: those that
    /// [`one_hot`](Self::one_hot) returned for the training data, for rows to predict from.
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
    /// As for `one_hot`, and a cell that is none of these values.
    pub fn one_hot_as(&mut self, column: &str, values: &[impl AsRef<str>]) -> Result<()> {
        let place = self.place(column)?;
        let codes = self.column(column)?.codes(&self.lines, values)?;
        let named = |(code, value): (usize, &str)| Column {
            name: format!("{column}={value}"),
            cells: Cells::Numbers(codes.iter().map(|&other| f64::from(other == code)).collect()),
        };
        let new: Vec<Column> = values.iter().map(AsRef::as_ref).enumerate().map(named).collect();
        if let Some(taken) = new.iter().find(|new| self.place(&new.name).is_ok()) {
            return Err(Error::argument("Table", "column", format!("`{}`", taken.name), "a name that no other column has"));
        }
        self.columns.splice(place..=place, new);
        Ok(())
    }

    pub(super) fn place(&self, name: &str) -> Result<usize> {
        let no_such_column = || Error::NoSuchColumn { name: name.to_string(), available: list(self.column_names()) };
        self.columns.iter().position(|column| column.name == name).ok_or_else(no_such_column)
    }

    fn column(&self, name: &str) -> Result<&Column> {
        self.place(name).map(|place| &self.columns[place])
    }
}
