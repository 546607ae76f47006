use nalgebra::{DMatrix, DVector};

use crate::kernels::Scalar;

/// The targets of a model, one row per sample: values, one-hot rows, or class indices.
///
/// `fit` and `evaluate` accept every type that converts into `Targets`: `&DMatrix<T>`, `&DVector<T>`, `&[usize]`. For a model
/// with several outputs they accept several such values; see [`TargetList`].
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

/// The targets of a model, one value for each output.
///
/// `fit` and `evaluate` accept every type that converts into `TargetList`: whatever converts into [`Targets`] for a model with
/// one output, and a tuple, an array or a `Vec` of such values for a model with several, in the order of the outputs.
///
/// ```
/// use layercake::TargetList;
/// use layercake::prelude::*;
///
/// let (price, kind) = (dvector![1.5, 2.5], [0, 1]);
/// assert_eq!(TargetList::from((&price, &kind)).targets().len(), 2);
/// ```
#[derive(Debug, Clone)]
pub struct TargetList<'a, T: Scalar>(List<'a, T>);

/// The targets of one output need no allocation.
#[derive(Debug, Clone)]
enum List<'a, T: Scalar> {
    One(Targets<'a, T>),
    Several(Vec<Targets<'a, T>>),
}

impl<'a, T: Scalar> TargetList<'a, T> {
    /// Returns the targets of each output.
    pub fn targets(&self) -> &[Targets<'a, T>] {
        match &self.0 {
            List::One(targets) => std::slice::from_ref(targets),
            List::Several(targets) => targets,
        }
    }
}

impl<'a, T: Scalar, One: Into<Targets<'a, T>>> From<One> for TargetList<'a, T> {
    fn from(targets: One) -> Self {
        Self(List::One(targets.into()))
    }
}

impl<'a, T: Scalar, Each: Into<Targets<'a, T>>> From<Vec<Each>> for TargetList<'a, T> {
    fn from(targets: Vec<Each>) -> Self {
        Self(List::Several(targets.into_iter().map(Into::into).collect()))
    }
}

impl<'a, T: Scalar, Each: Into<Targets<'a, T>>, const N: usize> From<[Each; N]> for TargetList<'a, T> {
    fn from(targets: [Each; N]) -> Self {
        Self(List::Several(targets.into_iter().map(Into::into).collect()))
    }
}

/// Implements the conversion of tuples of targets.
macro_rules! tuples {
    ($(($($each:ident: $Each:ident),+))+) => {
        $(impl<'a, T: Scalar, $($Each: Into<Targets<'a, T>>),+> From<($($Each,)+)> for TargetList<'a, T> {
            fn from(($($each,)+): ($($Each,)+)) -> Self {
                Self(List::Several(vec![$($each.into()),+]))
            }
        })+
    };
}

tuples! {
    (a: A, b: B)
    (a: A, b: B, c: C)
    (a: A, b: B, c: C, d: D)
    (a: A, b: B, c: C, d: D, e: E)
    (a: A, b: B, c: C, d: D, e: E, f: F)
}
