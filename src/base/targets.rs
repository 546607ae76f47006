use nalgebra::{DMatrix, DVector};

use crate::kernels::Scalar;

/// The targets of a model, one row per sample: values, one-hot rows, or class indices.
///
/// `fit` and `evaluate` accept every type that converts into `Targets`: `&DMatrix<T>`, `&DVector<T>`, `&[usize]`.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a, T: Scalar> {
    /// A matrix with one row per sample and one column per output.
    Matrix(&'a DMatrix<T>),
    /// One number per sample.
    Vector(&'a DVector<T>),
    /// One class index per sample, counted from 0.
    Classes(&'a [usize]),
}

impl<T: Scalar> Targets<'_, T> {
    /// Returns the number of samples.
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
