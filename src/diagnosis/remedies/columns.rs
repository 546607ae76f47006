//! What is done to the columns of the inputs before the model reads them; it is fitted to the training rows.

use super::super::constant::median;
use super::super::targets::moments;
use super::impute::Missing;
use crate::base::{Error, Result};
use crate::kernels::{Scalar, doubles};
use nalgebra::DMatrix;

/// The number of deviations from which a value is far from those of a column.
const FAR: f64 = 10.0;

/// A change of the columns, which new rows go through as well.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Replaces the cells that are no numbers by a number for each column.
    Fill(Vec<f64>),
    /// Replaces the values of columns that stand for missing ones, and adds columns that are 1 where they were replaced.
    Mark(Missing),
    /// Replaces a value in each column that has a number to replace it by.
    Replace { value: f64, by: Vec<Option<f64>> },
    /// Keeps these columns only.
    Keep(Vec<usize>),
}

impl Step {
    /// Fills cells that are no numbers with the median of their column in the first rows.
    pub(super) fn fill<T: Scalar>(x: &DMatrix<T>, rows: usize) -> Self {
        Self::Fill((0..x.ncols()).map(|column| median_of(x, column, rows)).collect())
    }

    /// Fills these values of these columns with what the others say in the first rows.
    pub(super) fn mark<T: Scalar>(x: &DMatrix<T>, rows: usize, cells: &[(usize, f64)]) -> Result<Self> {
        cells.iter().try_for_each(|&(column, _)| check_column(x.ncols(), column))?;
        Ok(Self::Mark(Missing::fit(x, rows, cells)))
    }

    /// Fills this value with the median in each of the first columns where it is far outside of the values of the first rows.
    pub(super) fn replace<T: Scalar>(x: &DMatrix<T>, rows: usize, columns: usize, value: f64) -> Self {
        let value = T::of(value).to_f64();
        let by = |column: usize| median_if_far(&first_of(x, column, rows), value).filter(|_| column < columns);
        Self::Replace { value, by: (0..x.ncols()).map(by).collect() }
    }

    /// Drops these columns of so many; at least one must be left.
    pub(super) fn drop(width: usize, columns: &[usize]) -> Result<Self> {
        columns.iter().try_for_each(|&column| check_column(width, column))?;
        let kept: Vec<usize> = (0..width).filter(|column| !columns.contains(column)).collect();
        match kept.is_empty() {
            true => Err(Error::argument("Remedy", "columns to drop", width, "at least one column that is left")),
            false => Ok(Self::Keep(kept)),
        }
    }

    pub(super) fn apply<T: Scalar>(&self, x: &DMatrix<T>) -> DMatrix<T> {
        match self {
            Self::Fill(numbers) => {
                let cell = |row: usize, column: usize| match x[(row, column)] {
                    value if value.is_finite() => value,
                    _ => T::of(numbers[column]),
                };
                DMatrix::from_fn(x.nrows(), x.ncols(), cell)
            }
            Self::Mark(missing) => missing.apply(x),
            Self::Replace { value, by } => {
                let cell = |row: usize, column: usize| match by[column] {
                    Some(number) if x[(row, column)].to_f64() == *value => T::of(number),
                    _ => x[(row, column)],
                };
                DMatrix::from_fn(x.nrows(), x.ncols(), cell)
            }
            Self::Keep(columns) => x.select_columns(columns),
        }
    }
}

fn check_column(width: usize, column: usize) -> Result<()> {
    match column < width {
        true => Ok(()),
        false => Err(Error::argument("Remedy", "column", column, format!("a column of the {width} of x"))),
    }
}

/// Returns the median of the numbers of a column in the first rows; 0 if there are none.
fn median_of<T: Scalar>(x: &DMatrix<T>, column: usize, rows: usize) -> f64 {
    let mut values = first_of(x, column, rows);
    values.retain(|value| value.is_finite());
    median(&values)
}

/// Returns a column in the first rows.
pub(super) fn first_of<T: Scalar>(x: &DMatrix<T>, column: usize, rows: usize) -> Vec<f64> {
    doubles(&x.as_slice()[column * x.nrows()..][..rows.min(x.nrows())])
}

/// Returns the median of numbers if a value is far from them and none of them.
fn median_if_far(numbers: &[f64], value: f64) -> Option<f64> {
    let (mean, deviation) = moments(numbers);
    let is_far = (value - mean).abs() >= FAR * deviation && !numbers.contains(&value);
    is_far.then(|| median(numbers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dmatrix;

    #[test]
    fn what_is_filled_in_comes_from_the_first_rows() {
        let x = dmatrix![1.0, -999.0; 2.0, 4.0; f64::NAN, 5.0; 9.0, 6.0; 100.0, 700.0];
        assert_eq!(Step::fill(&x, 4), Step::Fill(vec![2.0, 5.0]));
        assert_eq!(Step::fill(&x, 4).apply(&x)[(2, 0)], 2.0);
        let step = Step::mark(&x, 4, &[(1, -999.0)]).unwrap();
        let marked = step.apply(&x);
        assert_eq!(
            (marked.column(1).as_slice(), marked.column(2).as_slice()),
            (&[5.0, 4.0, 5.0, 6.0, 700.0][..], &[1.0, 0.0, 0.0, 0.0, 0.0][..])
        );
        let replaced = Step::replace(&x, 4, 2, -999.0);
        assert_eq!(replaced, Step::Replace { value: -999.0, by: vec![None, None] }, "NaN, and a column that has it");
        let x = dmatrix![1.0, 7.0; 2.0, 8.0; 4.0, 9.0; -999.0, -999.0];
        assert_eq!(Step::replace(&x, 3, 2, -999.0).apply(&x).row(3).into_owned(), dmatrix![2.0, 8.0]);
        assert_eq!(Step::drop(2, &[0]).unwrap(), Step::Keep(vec![1]));
        assert!(Step::drop(2, &[0, 1]).is_err() && Step::drop(2, &[2]).is_err());
    }
}
