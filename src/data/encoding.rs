//! Conversion of class indices to one-hot rows and of predictions to class indices.

use super::rows::check_count;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use nalgebra::DMatrix;
use nalgebra::Scalar as Entry;

/// Encodes each class index as a row with 1 in the column of the class and 0 elsewhere. (Keras' `to_categorical`)
///
/// ```
/// use layercake::prelude::*;
///
/// let y: DMatrix<f32> = data::one_hot(&[0, 2], 3)?;
/// assert_eq!(y, dmatrix![1.0, 0.0, 0.0; 0.0, 0.0, 1.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
///
/// # Errors
///
/// A class is not below `count`, `classes` is empty, or the matrix does not fit in memory.
#[doc(alias = "to_categorical")]
pub fn one_hot<T: Scalar>(classes: &[usize], count: usize) -> Result<DMatrix<T>> {
    check("one_hot", "classes", classes, count)?;
    let mut matrix = filled("one_hot", classes.len(), count, T::zero())?;
    for (row, &class) in classes.iter().enumerate() {
        matrix[(row, class)] = T::one();
    }
    Ok(matrix)
}

/// The predicted class of each row.
///
/// With several columns, the class is the index of the largest value; among equal values, the first index counts. The
/// values may be probabilities or logits. With one column, the values must be probabilities, and the class is 1 if the
/// value is above 0.5, else 0.
///
/// ```
/// use layercake::prelude::*;
///
/// assert_eq!(data::to_classes(&dmatrix![0.1, 0.7, 0.2; 0.8, 0.1, 0.1])?, [1, 0]);
/// assert_eq!(data::to_classes(&dmatrix![0.4; 0.6])?, [0, 1]);
/// # Ok::<(), layercake::Error>(())
/// ```
///
/// # Errors
///
/// A prediction is NaN, or `predictions` is empty.
#[doc(alias = "argmax")]
#[doc(alias = "predict_classes")]
pub fn to_classes<T: Scalar>(predictions: &DMatrix<T>) -> Result<Vec<usize>> {
    if predictions.is_empty() {
        return Err(Error::Empty { what: "predictions" });
    }
    if let Some(index) = predictions.iter().position(|value| value.to_f64().is_nan()) {
        let row = index % predictions.nrows();
        let allowed = "a number: a model that predicts NaN has diverged, often from a learning rate that is too high";
        return Err(Error::argument("to_classes", format!("prediction of row {row}"), "NaN", allowed));
    }
    let class = |row: usize| match predictions.ncols() {
        1 => usize::from(predictions[(row, 0)] > T::of(0.5)),
        columns => {
            (1..columns).fold(0, |best, column| if predictions[(row, column)] > predictions[(row, best)] { column } else { best })
        }
    };
    Ok((0..predictions.nrows()).map(class).collect())
}

/// Counts the samples of each actual class (row) by predicted class (column); the diagonal counts the correct predictions.
///
/// ```
/// use layercake::prelude::*;
///
/// let matrix = data::confusion_matrix(&[0, 0, 1, 1], &[0, 1, 1, 1], 2)?;
/// assert_eq!(matrix, dmatrix![1, 1; 0, 2]);
/// # Ok::<(), layercake::Error>(())
/// ```
///
/// # Errors
///
/// A class is not below `count`, the lists are empty or differ in length, or the matrix does not fit in memory.
pub fn confusion_matrix(actual: &[usize], predicted: &[usize], count: usize) -> Result<DMatrix<usize>> {
    check_count("predicted", predicted.len(), "actual", actual.len())?;
    check("confusion_matrix", "actual", actual, count)?;
    check("confusion_matrix", "predicted", predicted, count)?;
    let mut matrix = filled("confusion_matrix", count, count, 0)?;
    for (&actual, &predicted) in actual.iter().zip(predicted) {
        matrix[(actual, predicted)] += 1;
    }
    Ok(matrix)
}

/// Fails at the first class that is not below `count`, and if `classes` is empty.
fn check(part: &str, what: &'static str, classes: &[usize], count: usize) -> Result<()> {
    match classes.iter().enumerate().find(|(_, class)| **class >= count) {
        Some((row, class)) => {
            Err(Error::argument(part, format!("{what}[{row}]"), class, format!("a class below {count}, the number of classes")))
        }
        None if classes.is_empty() => Err(Error::Empty { what }),
        None => Ok(()),
    }
}

/// A matrix filled with one value; fails if it does not fit in memory.
fn filled<V: Entry>(part: &str, rows: usize, columns: usize, value: V) -> Result<DMatrix<V>> {
    let mut values = Vec::new();
    let len = rows.checked_mul(columns).filter(|&len| values.try_reserve_exact(len).is_ok());
    let allowed = || format!("a number of classes for which {rows} rows fit into memory");
    values.resize(len.ok_or_else(|| Error::argument(part, "count", columns, allowed()))?, value);
    Ok(DMatrix::from_vec(rows, columns, values))
}
