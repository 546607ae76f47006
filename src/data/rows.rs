//! Data with one row per sample.

use super::Table;
use crate::base::{Error, Result};
use nalgebra::Scalar as Entry;
use nalgebra::{DMatrix, DVector};

/// Data with one row per sample, from which rows can be copied: matrices, vectors, slices, tables.
///
/// ```
/// use layercake::data::Rows;
/// use layercake::dmatrix;
///
/// assert_eq!(dmatrix![1, 2; 3, 4; 5, 6].take_rows(&[2, 0])?, dmatrix![5, 6; 1, 2]);
/// assert_eq!(["a", "b", "c"].take_rows(&[1])?, ["b"]);
/// # Ok::<(), layercake::Error>(())
/// ```
pub trait Rows {
    /// The type of the copied rows.
    type Taken;

    /// The number of rows.
    fn row_count(&self) -> usize;

    /// Copies these rows, counted from 0, in this order; a row may occur more than once.
    ///
    /// # Errors
    ///
    /// A row is not below [`row_count`](Self::row_count).
    fn take_rows(&self, rows: &[usize]) -> Result<Self::Taken>;
}

impl<V: Entry> Rows for DMatrix<V> {
    type Taken = Self;

    fn row_count(&self) -> usize {
        self.nrows()
    }

    fn take_rows(&self, rows: &[usize]) -> Result<Self> {
        check(rows, self.nrows())?;
        Ok(Self::from_fn(rows.len(), self.ncols(), |index, column| self[(rows[index], column)].clone()))
    }
}

impl<V: Entry> Rows for DVector<V> {
    type Taken = Self;

    fn row_count(&self) -> usize {
        self.len()
    }

    fn take_rows(&self, rows: &[usize]) -> Result<Self> {
        Ok(Self::from_vec(self.as_slice().take_rows(rows)?))
    }
}

impl<V: Clone> Rows for [V] {
    type Taken = Vec<V>;

    fn row_count(&self) -> usize {
        self.len()
    }

    fn take_rows(&self, rows: &[usize]) -> Result<Vec<V>> {
        check(rows, self.len())?;
        Ok(rows.iter().map(|&row| self[row].clone()).collect())
    }
}

impl<V: Clone> Rows for Vec<V> {
    type Taken = Self;

    fn row_count(&self) -> usize {
        self.len()
    }

    fn take_rows(&self, rows: &[usize]) -> Result<Self> {
        self.as_slice().take_rows(rows)
    }
}

impl<V: Clone, const N: usize> Rows for [V; N] {
    type Taken = Vec<V>;

    fn row_count(&self) -> usize {
        N
    }

    fn take_rows(&self, rows: &[usize]) -> Result<Vec<V>> {
        self.as_slice().take_rows(rows)
    }
}

impl Rows for Table {
    type Taken = Self;

    fn row_count(&self) -> usize {
        self.rows()
    }

    fn take_rows(&self, rows: &[usize]) -> Result<Self> {
        check(rows, self.rows())?;
        Ok(self.take(rows))
    }
}

/// Fails if two arguments that need one row per sample have different numbers of rows.
pub(super) fn check_count(what: &'static str, found: usize, with: &'static str, expected: usize) -> Result<()> {
    if found == expected { Ok(()) } else { Err(Error::RowCount { what, found, with, expected, hint: "" }) }
}

/// Fails at the first row that does not exist.
fn check(rows: &[usize], count: usize) -> Result<()> {
    match rows.iter().find(|&&row| row >= count) {
        None => Ok(()),
        Some(row) => Err(Error::argument("take_rows", "row", row, format!("a row below {count}, the number of rows"))),
    }
}
