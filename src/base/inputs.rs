//! The inputs of a model, as the public methods take them.

use super::{Error, Result, check_finite};
use crate::kernels::{self, Scalar};
use nalgebra::DMatrix;

/// The inputs of a model: one matrix for each input, with one row for each sample.
///
/// `fit`, `evaluate` and `predict` accept every type that converts into `Inputs`: a matrix for a model with one input, and a
/// tuple, an array, a slice or a `Vec` of matrices for a model with several, in the order of the inputs.
///
/// ```
/// use layercake::prelude::*;
/// use layercake::Inputs;
///
/// let (numbers, town) = (dmatrix![1.0, 2.0; 3.0, 4.0], dmatrix![0.0; 1.0]);
/// assert_eq!(Inputs::from(&numbers).matrices().len(), 1);
/// assert_eq!(Inputs::from((&numbers, &town)).matrices().len(), 2);
/// ```
#[derive(Debug, Clone)]
pub struct Inputs<'a, T: Scalar>(Matrices<'a, T>);

/// One matrix needs no allocation.
#[derive(Debug, Clone)]
enum Matrices<'a, T> {
    One(&'a DMatrix<T>),
    Several(Vec<&'a DMatrix<T>>),
}

impl<'a, T: Scalar> Inputs<'a, T> {
    /// Returns the matrices.
    pub fn matrices(&self) -> &[&'a DMatrix<T>] {
        match &self.0 {
            Matrices::One(matrix) => std::slice::from_ref(matrix),
            Matrices::Several(matrices) => matrices,
        }
    }

    /// Returns the matrix, if there is one.
    pub(crate) fn only(&self) -> Option<&'a DMatrix<T>> {
        match *self.matrices() {
            [matrix] => Some(matrix),
            _ => None,
        }
    }

    /// Returns the number of rows of the first matrix.
    pub(crate) fn rows(&self) -> usize {
        self.matrices().first().map_or(0, |matrix| matrix.nrows())
    }

    /// Returns the number of columns of all matrices.
    pub(crate) fn columns(&self) -> usize {
        self.matrices().iter().map(|matrix| matrix.ncols()).sum()
    }

    /// Fails if there is no value, if the matrices differ in their numbers of rows, or if a value is NaN or infinite.
    pub(crate) fn check(&self, what: &'static str) -> Result<()> {
        self.check_rows(what)?;
        self.each(|matrix| check_finite(what, matrix.as_slice(), matrix.nrows()))
    }

    /// Fails if there is no value, or if the matrices differ in their numbers of rows.
    pub(crate) fn check_rows(&self, what: &'static str) -> Result<()> {
        let expected = self.rows();
        self.each(|matrix| match matrix.nrows() {
            _ if matrix.is_empty() => Err(Error::Empty { what }),
            found if found != expected => Err(Error::RowCount { what, found, with: "the first input", expected, hint: "" }),
            _ => Ok(()),
        })
    }

    /// Calls `check` with each matrix; with several, the error says which of them it is about.
    pub(crate) fn each(&self, mut check: impl FnMut(&DMatrix<T>) -> Result<()>) -> Result<()> {
        match *self.matrices() {
            [] => Err(Error::Empty { what: "x" }),
            [matrix] => check(matrix),
            ref several => several.iter().enumerate().try_for_each(|(number, matrix)| {
                check(matrix).map_err(|error| error.within(format!("input {number} (counted from 0)")))
            }),
        }
    }

    /// Copies consecutive rows, from row `first` on, into `samples` until it is full; a sample has the columns of all matrices.
    pub(crate) fn write(&self, first: usize, samples: &mut [T]) {
        match *self.matrices() {
            [matrix] => kernels::rows_to_columns(matrix.as_slice(), matrix.nrows(), first, matrix.ncols(), samples),
            ref several => copy_rows(several, |sample| first + sample, samples),
        }
    }

    /// Copies the rows with these indices, each counted from row `start`, into `samples`, in this order.
    pub(crate) fn gather(&self, start: usize, order: &[usize], samples: &mut [T]) {
        match *self.matrices() {
            [matrix] => kernels::gather_rows(matrix.as_slice(), matrix.nrows(), start, order, samples),
            ref several => copy_rows(several, |sample| start + order[sample], samples),
        }
    }
}

/// Copies a row of each matrix into each sample; `row` returns the row of a sample.
fn copy_rows<T: Scalar>(matrices: &[&DMatrix<T>], row: impl Fn(usize) -> usize, samples: &mut [T]) {
    let width: usize = matrices.iter().map(|matrix| matrix.ncols()).sum();
    let columns = matrices.iter().flat_map(|matrix| matrix.as_slice().chunks_exact(matrix.nrows().max(1)));
    for (number, column) in columns.enumerate() {
        for (sample, values) in samples.chunks_exact_mut(width.max(1)).enumerate() {
            values[number] = column[row(sample)];
        }
    }
}

impl<'a, T: Scalar> From<&'a DMatrix<T>> for Inputs<'a, T> {
    fn from(matrix: &'a DMatrix<T>) -> Self {
        Self(Matrices::One(matrix))
    }
}

impl<'a, T: Scalar> From<&'a mut DMatrix<T>> for Inputs<'a, T> {
    fn from(matrix: &'a mut DMatrix<T>) -> Self {
        Self(Matrices::One(matrix))
    }
}

impl<'a, T: Scalar> From<&&'a DMatrix<T>> for Inputs<'a, T> {
    fn from(matrix: &&'a DMatrix<T>) -> Self {
        Self(Matrices::One(matrix))
    }
}

impl<'a, T: Scalar> From<&Inputs<'a, T>> for Inputs<'a, T> {
    fn from(inputs: &Inputs<'a, T>) -> Self {
        inputs.clone()
    }
}

impl<'a, T: Scalar> From<Vec<&'a DMatrix<T>>> for Inputs<'a, T> {
    fn from(matrices: Vec<&'a DMatrix<T>>) -> Self {
        Self(Matrices::Several(matrices))
    }
}

impl<'a, T: Scalar, const N: usize> From<[&'a DMatrix<T>; N]> for Inputs<'a, T> {
    fn from(matrices: [&'a DMatrix<T>; N]) -> Self {
        matrices.to_vec().into()
    }
}

impl<'a, T: Scalar> From<&[&'a DMatrix<T>]> for Inputs<'a, T> {
    fn from(matrices: &[&'a DMatrix<T>]) -> Self {
        matrices.to_vec().into()
    }
}

impl<'a, T: Scalar> From<&'a [DMatrix<T>]> for Inputs<'a, T> {
    fn from(matrices: &'a [DMatrix<T>]) -> Self {
        Vec::from_iter(matrices).into()
    }
}

impl<'a, T: Scalar, const N: usize> From<&'a [DMatrix<T>; N]> for Inputs<'a, T> {
    fn from(matrices: &'a [DMatrix<T>; N]) -> Self {
        matrices.as_slice().into()
    }
}

impl<'a, T: Scalar> From<&'a Vec<DMatrix<T>>> for Inputs<'a, T> {
    fn from(matrices: &'a Vec<DMatrix<T>>) -> Self {
        matrices.as_slice().into()
    }
}

/// Implements the conversion of tuples of matrices.
macro_rules! tuples {
    ($(($($matrix:ident: $of:ty),+))+) => {
        $(impl<'a, T: Scalar> From<($($of,)+)> for Inputs<'a, T> {
            fn from(($($matrix,)+): ($($of,)+)) -> Self {
                vec![$($matrix),+].into()
            }
        })+
    };
}

tuples! {
    (a: &'a DMatrix<T>, b: &'a DMatrix<T>)
    (a: &'a DMatrix<T>, b: &'a DMatrix<T>, c: &'a DMatrix<T>)
    (a: &'a DMatrix<T>, b: &'a DMatrix<T>, c: &'a DMatrix<T>, d: &'a DMatrix<T>)
    (a: &'a DMatrix<T>, b: &'a DMatrix<T>, c: &'a DMatrix<T>, d: &'a DMatrix<T>, e: &'a DMatrix<T>)
    (a: &'a DMatrix<T>, b: &'a DMatrix<T>, c: &'a DMatrix<T>, d: &'a DMatrix<T>, e: &'a DMatrix<T>, f: &'a DMatrix<T>)
}
