use super::scaling;
use crate::base::Result;
use crate::kernels::Scalar;
use nalgebra::DMatrix;

const NAME: &str = "StandardScaler";

/// Scales each column to mean 0 and standard deviation 1: `(x - mean) / scale`.
///
/// As in scikit-learn, the scale is the standard deviation `sqrt(sum((x - mean)^2) / n)`, or 1 for a column whose values are
/// all the same. Fit the scaler to the training rows alone, and transform all other rows with the same scaler.
///
/// To scale the targets of a regression too, read them as a matrix with `table.features(&["target"])`, and convert the
/// predictions back with [`inverse_transform`](Self::inverse_transform).
///
/// ```
/// use layercake::prelude::*;
///
/// let x_train = dmatrix![1.0, 10.0; 3.0, 10.0];
/// let scaler = data::StandardScaler::fit(&x_train)?;
/// assert_eq!(scaler.transform(&x_train)?, dmatrix![-1.0, 0.0; 1.0, 0.0]);
/// assert_eq!(scaler.transform(&dmatrix![4.0, 12.0])?, dmatrix![2.0, 2.0]);
/// assert_eq!(scaler.inverse_transform(&dmatrix![2.0, 2.0])?, dmatrix![4.0, 12.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StandardScaler {
    mean: Vec<f64>,
    scale: Vec<f64>,
}

impl StandardScaler {
    /// Computes the mean and the standard deviation of each column.
    ///
    /// # Errors
    ///
    /// `x` is empty, a value is NaN or infinite, or the sum or the squares of a column are infinite.
    pub fn fit<T: Scalar>(x: &DMatrix<T>) -> Result<Self> {
        let (mean, scale) = scaling::fit(NAME, x, mean_and_scale)?;
        Ok(Self { mean, scale })
    }

    /// Fits a scaler to `x` and scales `x`.
    ///
    /// # Errors
    ///
    /// The errors of [`fit`](Self::fit).
    pub fn fit_transform<T: Scalar>(x: &DMatrix<T>) -> Result<(Self, DMatrix<T>)> {
        let scaler = Self::fit(x)?;
        let scaled = scaler.transform(x)?;
        Ok((scaler, scaled))
    }

    /// Scales each column of `x`: `(x - mean) / scale`.
    ///
    /// # Errors
    ///
    /// `x` is empty, has another number of columns than the training data, or has a value that is NaN or infinite.
    pub fn transform<T: Scalar>(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        scaling::map(NAME, x, (&self.mean, &self.scale), |x, mean, scale| (x - mean) / scale)
    }

    /// Reverses the scaling: `x * scale + mean`.
    ///
    /// # Errors
    ///
    /// The errors of [`transform`](Self::transform).
    pub fn inverse_transform<T: Scalar>(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        scaling::map(NAME, x, (&self.mean, &self.scale), |x, mean, scale| x * scale + mean)
    }

    /// The mean of each column.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The divisor of each column: its standard deviation, or 1 if its values are all the same.
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }
}

fn mean_and_scale<T: Scalar>(column: &[T]) -> (f64, f64) {
    let count = column.len() as f64;
    // Differences to the first value are used, so that a constant column has a deviation of exactly 0.
    let first = column.first().map_or(0.0, |first| first.to_f64());
    let shift = column.iter().map(|x| x.to_f64() - first).sum::<f64>() / count;
    let variance = column.iter().map(|x| (x.to_f64() - first - shift).powi(2)).sum::<f64>() / count;
    (first + shift, if variance == 0.0 { 1.0 } else { variance.sqrt() })
}
