//! Numbers for values that stand for missing ones: what the other columns of the row say, by a ridge regression.

use super::super::constant::median;
use super::super::targets::moments;
use super::columns::first_of;
use crate::kernels::{Scalar, doubles};
use nalgebra::{DMatrix, DVector};

/// The largest number of columns that are looked at; with more, the median is what is filled in.
const COLUMNS: usize = 256;

/// The penalty of the regression for each row.
const PENALTY: f64 = 0.05;

/// The columns in which a value stands for a missing one, and what it is replaced by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Missing {
    cells: Vec<Cells>,
}

/// One such column.
#[derive(Debug, Clone, PartialEq)]
struct Cells {
    column: usize,
    value: f64,
    /// The median of the other values.
    median: f64,
    /// The smallest and the largest of the other values.
    range: (f64, f64),
    /// A weight for each column, 0 for this one, and the number that is added; empty where the median is better.
    weights: Vec<f64>,
    offset: f64,
}

impl Missing {
    /// Fits the regressions to the first rows, in which the other missing values are replaced by medians.
    pub(super) fn fit<T: Scalar>(x: &DMatrix<T>, rows: usize, cells: &[(usize, f64)]) -> Self {
        let cells = cells.iter().map(|&(column, value)| {
            // the value was found in numbers of type T
            Cells::new(column, T::of(value).to_f64(), first_of(x, column, rows))
        });
        let mut missing = Self { cells: cells.collect() };
        if x.ncols() > COLUMNS {
            return missing;
        }
        let first = x.rows(0, rows.min(x.nrows())).into_owned();
        let filled = DMatrix::from_vec(first.nrows(), first.ncols(), doubles(missing.filled(&first).as_slice()));
        for cells in &mut missing.cells {
            cells.regress(&first_of(&first, cells.column, rows), &filled);
        }
        missing
    }

    /// Replaces the values, and adds a column for each that is 1 where it was replaced.
    pub(super) fn apply<T: Scalar>(&self, x: &DMatrix<T>) -> DMatrix<T> {
        let filled = self.filled(x);
        let mut marked = filled.clone().resize_horizontally(x.ncols() + self.cells.len(), T::zero());
        for (number, cells) in self.cells.iter().enumerate() {
            for row in (0..x.nrows()).filter(|&row| cells.is_missing(x[(row, cells.column)])) {
                marked[(row, x.ncols() + number)] = T::one();
                if !cells.weights.is_empty() {
                    let weighted = |(value, weight): (&T, &f64)| value.to_f64() * weight;
                    let sum: f64 = filled.row(row).iter().zip(&cells.weights).map(weighted).sum();
                    marked[(row, cells.column)] = T::of((sum + cells.offset).clamp(cells.range.0, cells.range.1));
                }
            }
        }
        marked
    }

    /// Replaces the values by medians.
    fn filled<T: Scalar>(&self, x: &DMatrix<T>) -> DMatrix<T> {
        let mut filled = x.clone();
        for cells in &self.cells {
            let missing = filled.column_mut(cells.column);
            missing.into_iter().filter(|value| cells.is_missing(**value)).for_each(|value| *value = T::of(cells.median));
        }
        filled
    }
}

impl Cells {
    /// Describes a column with these first numbers.
    fn new(column: usize, value: f64, mut known: Vec<f64>) -> Self {
        known.retain(|x| *x != value && x.is_finite());
        let range = known.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)));
        Self { column, value, median: median(&known), range, weights: Vec::new(), offset: 0.0 }
    }

    /// Fits the weights to the rows in which the column has a value.
    fn regress(&mut self, numbers: &[f64], filled: &DMatrix<f64>) {
        let known: Vec<usize> = (0..numbers.len()).filter(|&row| numbers[row] != self.value).collect();
        if let Some((weights, offset)) = regression(&filled.select_rows(&known), self.column) {
            (self.weights, self.offset) = (weights, offset);
        }
    }

    fn is_missing<T: Scalar>(&self, value: T) -> bool {
        value.to_f64() == self.value
    }
}

/// Predicts a column from the others: a weight for each, and the number that is added. `None` if the rows are too few.
fn regression(x: &DMatrix<f64>, column: usize) -> Option<(Vec<f64>, f64)> {
    let (rows, columns) = x.shape();
    if rows < 2 * columns.max(5) {
        return None;
    }
    let scales: Vec<(f64, f64)> = x.column_iter().map(|values| moments(&values.iter().copied().collect::<Vec<_>>())).collect();
    let scaled = DMatrix::from_fn(rows, columns, |row, other| match scales[other] {
        (mean, deviation) if deviation > 0.0 && other != column => (x[(row, other)] - mean) / deviation,
        _ => 0.0,
    });
    let wanted = x.column(column).map(|value| value - scales[column].0);
    let mut squares = scaled.tr_mul(&scaled);
    (0..columns).for_each(|other| squares[(other, other)] += PENALTY * rows as f64);
    let solved: DVector<f64> = squares.cholesky()?.solve(&scaled.tr_mul(&wanted));
    let weight = |other: usize| if scales[other].1 > 0.0 { solved[other] / scales[other].1 } else { 0.0 };
    let weights: Vec<f64> = (0..columns).map(weight).collect();
    let offset = scales[column].0 - weights.iter().zip(&scales).map(|(weight, (mean, _))| weight * mean).sum::<f64>();
    Some((weights, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_is_what_the_other_columns_say() {
        let mut x = DMatrix::from_fn(60, 3, |row, column| match column {
            0 => (row as f64).sin(),
            1 => (1.7 * row as f64).cos(),
            _ => 3.0 + 2.0 * (row as f64).sin() - (1.7 * row as f64).cos(),
        });
        let truth = x.clone();
        [3, 20, 55].into_iter().for_each(|row| x[(row, 2)] = -999.0);
        let missing = Missing::fit(&x, 50, &[(2, -999.0)]);
        let filled = missing.apply(&x);
        for row in 0..60 {
            let is_missing = [3, 20, 55].contains(&row);
            // the penalty takes a twentieth
            let most = if is_missing { 0.2 } else { 0.0 };
            assert!((filled[(row, 2)] - truth[(row, 2)]).abs() <= most, "{row}: {} {}", filled[(row, 2)], truth[(row, 2)]);
            assert_eq!(filled[(row, 3)], f64::from(u8::from(is_missing)));
        }
        // of few rows, the median
        let few = Missing::fit(&x, 8, &[(2, -999.0)]).apply(&x);
        let mut known: Vec<f64> = (0..8).filter(|row| *row != 3).map(|row| x[(row, 2)]).collect();
        known.sort_unstable_by(f64::total_cmp);
        assert_eq!(few[(20, 2)], known[3]);
    }
}
