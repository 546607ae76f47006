//! Functions shared by the scalers: checks, and maps over the columns of a matrix.

use crate::base::check_finite;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use nalgebra::DMatrix;

/// Two lists, each with one number per column.
pub(super) type Pair = (Vec<f64>, Vec<f64>);

/// Computes two numbers for each column of a matrix; fails if one of them is not finite.
pub(super) fn fit<T: Scalar>(scaler: &str, x: &DMatrix<T>, statistics: impl Fn(&[T]) -> (f64, f64)) -> Result<Pair> {
    check(x)?;
    let (first, second): Pair = x.as_slice().chunks_exact(x.nrows()).map(statistics).unzip();
    match first.iter().zip(&second).position(|(first, second)| !(first.is_finite() && second.is_finite())) {
        None => Ok((first, second)),
        Some(column) => {
            let allowed = "values whose sum and squares are finite numbers: divide the column by a constant first";
            Err(Error::argument(scaler, format!("column {column} of x"), "too large", allowed))
        }
    }
}

/// Replaces each value `x` with `f(x, first, second)`, where `first` and `second` are the two numbers of its column.
pub(super) fn map<T: Scalar>(
    scaler: &str,
    x: &DMatrix<T>,
    (first, second): (&[f64], &[f64]),
    f: impl Fn(f64, f64, f64) -> f64,
) -> Result<DMatrix<T>> {
    if x.ncols() != first.len() && !x.is_empty() {
        let hint = if x.nrows() == first.len() { "; x looks transposed: samples are rows" } else { "" };
        let allowed = format!("{}, as many as the scaler was fitted to{hint}", first.len());
        return Err(Error::argument(scaler, "columns of x", x.ncols(), allowed));
    }
    check(x)?;
    let mut scaled = x.clone();
    let columns = scaled.as_mut_slice().chunks_exact_mut(x.nrows());
    for (column, (&first, &second)) in columns.zip(first.iter().zip(second)) {
        column.iter_mut().for_each(|value| *value = T::of(f(value.to_f64(), first, second)));
    }
    Ok(scaled)
}

fn check<T: Scalar>(x: &DMatrix<T>) -> Result<()> {
    if x.is_empty() {
        return Err(Error::Empty { what: "x" });
    }
    check_finite("x", x.as_slice(), x.nrows())
}
