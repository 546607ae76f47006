use nalgebra::{DMatrix, DVector};

use crate::kernels::Scalar;

/// What the model should answer, one row for each sample: values, one-hot rows, or class indices.
///
/// Anything that makes one can be handed to `fit` and `evaluate`: `&DMatrix<T>`, `&DVector<T>`, `&[usize]`.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a, T: Scalar> {
    /// A row for each sample, a column for each output.
    Matrix(&'a DMatrix<T>),
    /// A number for each sample.
    Vector(&'a DVector<T>),
    /// A class for each sample, counted from 0.
    Classes(&'a [usize]),
}

impl<T: Scalar> Targets<'_, T> {
    /// How many samples there are.
    pub fn rows(&self) -> usize {
        match self {
            Self::Matrix(matrix) => matrix.nrows(),
            Self::Vector(vector) => vector.len(),
            Self::Classes(classes) => classes.len(),
        }
    }
}

impl<'a, T: Scalar> From<&'a DMatrix<T>> for Targets<'a, T> {
    fn from(matrix: &'a DMatrix<T>) -> Self {
        Self::Matrix(matrix)
    }
}

impl<'a, T: Scalar> From<&'a DVector<T>> for Targets<'a, T> {
    fn from(vector: &'a DVector<T>) -> Self {
        Self::Vector(vector)
    }
}

impl<'a, T: Scalar> From<&'a [usize]> for Targets<'a, T> {
    fn from(classes: &'a [usize]) -> Self {
        Self::Classes(classes)
    }
}

impl<'a, T: Scalar> From<&'a Vec<usize>> for Targets<'a, T> {
    fn from(classes: &'a Vec<usize>) -> Self {
        Self::Classes(classes)
    }
}

impl<'a, T: Scalar, const N: usize> From<&'a [usize; N]> for Targets<'a, T> {
    fn from(classes: &'a [usize; N]) -> Self {
        Self::Classes(classes)
    }
}
