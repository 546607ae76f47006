//! Targets that own their values, such as those of the rows of a fold.

use super::Rows;
use crate::base::{Result, Targets};
use crate::kernels::Scalar;
use nalgebra::{DMatrix, DVector};
use std::collections::BTreeMap;

/// Copied targets of some rows.
#[derive(Debug, Clone)]
pub(crate) enum OwnedTargets<T: Scalar> {
    Matrix(DMatrix<T>),
    Vector(DVector<T>),
    Classes(Vec<usize>),
}

impl<T: Scalar> OwnedTargets<T> {
    /// Copies the targets of these rows.
    pub(crate) fn take(targets: Targets<'_, T>, rows: &[usize]) -> Result<Self> {
        Ok(match targets {
            Targets::Matrix(matrix) => Self::Matrix(matrix.take_rows(rows)?),
            Targets::Vector(vector) => Self::Vector(vector.take_rows(rows)?),
            Targets::Classes(classes) => Self::Classes(classes.take_rows(rows)?),
        })
    }

    pub(crate) fn get(&self) -> Targets<'_, T> {
        match self {
            Self::Matrix(matrix) => Targets::Matrix(matrix),
            Self::Vector(vector) => Targets::Vector(vector),
            Self::Classes(classes) => Targets::Classes(classes),
        }
    }
}

/// The largest number of different whole numbers that are taken for classes.
const MOST_CLASSES: usize = 100;

/// Returns the class of each row if the targets look like classes, for stratified folds.
///
/// Class indices are classes; so are the largest values of one-hot rows, and whole numbers of at most 100 different values
/// that occur at least twice on average.
pub(crate) fn classes_of<T: Scalar>(targets: Targets<'_, T>) -> Option<Vec<usize>> {
    let numbers: Vec<f64> = match targets {
        Targets::Classes(classes) => return Some(classes.to_vec()),
        Targets::Matrix(matrix) if matrix.ncols() > 1 => return one_hot_classes(matrix),
        Targets::Matrix(matrix) => matrix.iter().map(|value| value.to_f64()).collect(),
        Targets::Vector(vector) => vector.iter().map(|value| value.to_f64()).collect(),
    };
    if !numbers.iter().all(|number| number.fract() == 0.0) {
        return None;
    }
    let mut known = BTreeMap::new();
    for number in &numbers {
        let next = known.len();
        known.entry(*number as i64).or_insert(next);
    }
    let few = known.len() <= MOST_CLASSES && 2 * known.len() <= numbers.len();
    few.then(|| numbers.iter().map(|number| known[&(*number as i64)]).collect())
}

fn one_hot_classes<T: Scalar>(matrix: &DMatrix<T>) -> Option<Vec<usize>> {
    let class = |row: usize| {
        let mut ones = (0..matrix.ncols()).filter(|&column| matrix[(row, column)] == T::one());
        let zeros = (0..matrix.ncols()).filter(|&column| matrix[(row, column)] == T::zero()).count();
        let first = ones.next()?;
        (zeros + 1 == matrix.ncols()).then_some(first)
    };
    (0..matrix.nrows()).map(class).collect()
}
