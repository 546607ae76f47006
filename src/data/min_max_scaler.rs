use super::scaling;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use nalgebra::DMatrix;

const NAME: &str = "MinMaxScaler";

/// Scales each column to a range, by default 0 to 1: `low + (x - min) / range * (high - low)`, where
/// `range = max - min`.
///
/// A column whose values are all the same becomes `low`. A value outside the range of the training data becomes a value
/// outside the target range.
///
/// ```
/// use layercake::prelude::*;
///
/// let x_train = dmatrix![1.0, 7.0; 5.0, 7.0; 3.0, 7.0];
/// let scaler = data::MinMaxScaler::fit(&x_train)?;
/// assert_eq!(scaler.transform(&x_train)?, dmatrix![0.0, 0.0; 1.0, 0.0; 0.5, 0.0]);
/// let scaler = scaler.feature_range(-1.0, 1.0)?;
/// assert_eq!(scaler.transform(&dmatrix![7.0, 7.0])?, dmatrix![2.0, -1.0]);
/// assert_eq!(scaler.inverse_transform(&dmatrix![2.0, -1.0])?, dmatrix![7.0, 7.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MinMaxScaler {
    min: Vec<f64>,
    range: Vec<f64>,
    low: f64,
    high: f64,
}

impl MinMaxScaler {
    /// Computes the smallest and the largest value of each column.
    ///
    /// # Errors
    ///
    /// `x` is empty, a value is NaN or infinite, or the range of a column is infinite.
    pub fn fit<T: Scalar>(x: &DMatrix<T>) -> Result<Self> {
        let (min, range) = scaling::fit(NAME, x, min_and_range)?;
        Ok(Self { min, range, low: 0.0, high: 1.0 })
    }

    /// Fits a scaler to `x` and scales `x` to the range from 0 to 1.
    ///
    /// # Errors
    ///
    /// The errors of [`fit`](Self::fit).
    pub fn fit_transform<T: Scalar>(x: &DMatrix<T>) -> Result<(Self, DMatrix<T>)> {
        let scaler = Self::fit(x)?;
        let scaled = scaler.transform(x)?;
        Ok((scaler, scaled))
    }

    /// Sets the range to scale to (default 0 to 1).
    ///
    /// # Errors
    ///
    /// `low` is not below `high`, or one of them is not finite.
    pub fn feature_range(self, low: f64, high: f64) -> Result<Self> {
        if low < high && (high - low).is_finite() {
            return Ok(Self { low, high, ..self });
        }
        Err(Error::argument(NAME, "feature_range", format!("{low} to {high}"), "two finite numbers, the smaller one first"))
    }

    /// Scales each column of `x`: `low + (x - min) / range * (high - low)`.
    ///
    /// # Errors
    ///
    /// `x` is empty, has another number of columns than the training data, or has a value that is NaN or infinite.
    pub fn transform<T: Scalar>(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        let (low, span) = (self.low, self.high - self.low);
        scaling::map(NAME, x, (&self.min, &self.range), |x, min, range| low + (x - min) / range * span)
    }

    /// Reverses the scaling: `min + (x - low) / (high - low) * range`.
    ///
    /// # Errors
    ///
    /// The errors of [`transform`](Self::transform).
    pub fn inverse_transform<T: Scalar>(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        let (low, span) = (self.low, self.high - self.low);
        scaling::map(NAME, x, (&self.min, &self.range), |x, min, range| min + (x - low) / span * range)
    }

    /// The smallest value of each column.
    pub fn min(&self) -> &[f64] {
        &self.min
    }

    /// The divisor of each column: its largest value minus its smallest, or 1 if they are equal.
    pub fn range(&self) -> &[f64] {
        &self.range
    }
}

fn min_and_range<T: Scalar>(column: &[T]) -> (f64, f64) {
    let values = column.iter().map(|x| x.to_f64());
    let (min, max) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), x| (min.min(x), max.max(x)));
    (min, if max > min { max - min } else { 1.0 })
}
