//! Targets that own their values, such as those of the rows of a fold.

use super::Rows;
use crate::base::{Result, Targets};
use crate::kernels::{Scalar, doubles};
use nalgebra::{DMatrix, DVector};

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
        Targets::Matrix(matrix) => doubles(matrix.as_slice()),
        Targets::Vector(vector) => doubles(vector.as_slice()),
    };
    whole_classes(&numbers)
}

/// Returns the class of each number, if they are whole and few of them differ.
fn whole_classes(numbers: &[f64]) -> Option<Vec<usize>> {
    if !numbers.iter().all(|number| number.fract() == 0.0) {
        return None;
    }
    let (mut known, mut classes) = (Vec::<i64>::new(), Vec::with_capacity(numbers.len()));
    for number in numbers.iter().map(|number| *number as i64) {
        let class = known.iter().position(|known| *known == number).unwrap_or(known.len());
        if class == MOST_CLASSES {
            return None;
        }
        if class == known.len() {
            known.push(number);
        }
        classes.push(class);
    }
    (2 * known.len() <= numbers.len()).then_some(classes)
}

fn one_hot_classes<T: Scalar>(matrix: &DMatrix<T>) -> Option<Vec<usize>> {
    in_one_hot(&doubles(matrix.as_slice()), matrix.shape())
}

fn in_one_hot(numbers: &[f64], (rows, columns): (usize, usize)) -> Option<Vec<usize>> {
    let class = |row: usize| {
        let first = (0..columns).find(|column| numbers[column * rows + row] == 1.0)?;
        let zeros = (0..columns).filter(|column| numbers[column * rows + row] == 0.0).count();
        (zeros + 1 == columns).then_some(first)
    };
    (0..rows).map(class).collect()
}
