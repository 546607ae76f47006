use crate::error::Error;
use crate::layers::{Backward, Layer, Plan, Weights};
use crate::saving::{Arguments, Describe, FINITE};
use crate::training::check_finite;
use crate::{Batch, BatchMut, DMatrix, EPSILON, Result, Scalar, Shape};

/// Brings columns to mean 0 and variance 1: `y = (x - mean) / max(sqrt(variance), 1e-7)`.
/// [Keras](https://keras.io/api/layers/preprocessing_layers/numerical/normalization/)
///
/// Mean and variance are given, or taken from data by [`adapt`](Self::adapt). They belong to the description of the
/// layer and are not among the weights of the model.
///
/// # Errors
///
/// When the model is built: no mean and variance, or not one for each column; an axis that is not the last.
///
/// ```
/// use layercake::layers::Normalization;
/// use layercake::prelude::*;
///
/// let x = dmatrix![1.0, 100.0; 2.0, 300.0; 3.0, 500.0];
/// let mut model = Sequential::new();
/// model.add(Normalization::default().adapt(&x)?);
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![2.0, 300.0])?, dmatrix![0.0, 0.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Normalization {
    axis: Option<i64>,
    mean: Option<Vec<f64>>,
    variance: Option<Vec<f64>>,
    invert: bool,
}

impl Default for Normalization {
    fn default() -> Self {
        Self { axis: Some(-1), mean: None, variance: None, invert: false }
    }
}

impl Normalization {
    /// The axis whose places have a mean of their own: the last, -1 (default), or none, which makes one mean of all.
    pub fn axis(mut self, axis: impl Into<Option<i64>>) -> Self {
        self.axis = axis.into();
        self
    }

    /// The mean of each column, or one for all; goes with [`variance`](Self::variance).
    pub fn mean(mut self, mean: impl Into<Vec<f64>>) -> Self {
        self.mean = Some(mean.into());
        self
    }

    /// The variance of each column, at least 0, or one for all; goes with [`mean`](Self::mean).
    pub fn variance(mut self, variance: impl Into<Vec<f64>>) -> Self {
        self.variance = Some(variance.into());
        self
    }

    /// Whether to go back from normalized values, `y = x max(sqrt(variance), 1e-7) + mean` (default: false).
    pub fn invert(mut self, invert: bool) -> Self {
        self.invert = invert;
        self
    }

    /// The layer with mean and variance of these data, a row for each sample; the variance divides by the number of rows.
    ///
    /// # Errors
    ///
    /// Mean or variance given already; empty data, NaN or infinity.
    pub fn adapt<T: Scalar>(mut self, data: &DMatrix<T>) -> Result<Self> {
        if self.mean.is_some() || self.variance.is_some() {
            let allowed = "either mean and variance, or `adapt`";
            return Err(Error::argument("Normalization", "mean", "given", allowed));
        }
        if data.is_empty() {
            return Err(Error::Empty { what: "data" });
        }
        check_finite("data", data.as_slice(), data.nrows())?;
        let together = if self.axis.is_some() { data.nrows() } else { data.len() };
        let moments = data.as_slice().chunks_exact(together).map(moments);
        let (mean, variance) = moments.unzip();
        (self.mean, self.variance) = (Some(mean), Some(variance));
        Ok(self)
    }

    /// Mean and divisor for each place along the last axis, over and over.
    fn scales<T: Scalar>(&self) -> impl Iterator<Item = (T, T)> {
        let mean = self.mean.as_deref().unwrap_or_default().iter().cycle();
        let variance = self.variance.as_deref().unwrap_or_default().iter().cycle();
        mean.zip(variance).map(|(&mean, &variance)| (T::of(mean), T::of(variance.sqrt().max(EPSILON))))
    }
}

/// Mean and biased variance.
fn moments<T: Scalar>(values: &[T]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().map(|value| value.to_f64()).sum::<f64>() / count;
    let variance = values.iter().map(|value| (value.to_f64() - mean).powi(2)).sum::<f64>() / count;
    (mean, variance)
}

impl Describe for Normalization {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.optional_integer("axis", &mut self.axis, ..);
        arguments.optional_numbers("mean", &mut self.mean, FINITE);
        arguments.optional_numbers("variance", &mut self.variance, 0.0..f64::INFINITY);
        arguments.flag("invert", &mut self.invert);
    }
}

impl<T: Scalar> Layer<T> for Normalization {
    fn plan(&self, input: &Shape) -> Result<Plan<T>> {
        let last = input.dims().len() as i64;
        if self.axis.is_some_and(|axis| axis != -1 && axis != last) {
            let allowed = format!("-1 or {last}, the last axis, or None");
            return Err(Error::argument("Normalization", "axis", self.axis.unwrap_or_default(), allowed));
        }
        for (argument, values) in [("mean", &self.mean), ("variance", &self.variance)] {
            let Some(values) = values else {
                return Err(Error::argument("Normalization", argument, "None", "numbers, given or from `adapt`"));
            };
            if values.len() != 1 && (values.len() != input.last() || self.axis.is_none()) {
                let (found, all) = (format!("{} numbers", values.len()), if self.axis.is_none() { 1 } else { input.last() });
                return Err(Error::argument("Normalization", argument, found, format!("{all}, or one for all")));
            }
        }
        Ok(Plan::new(input.clone()))
    }

    fn infer(&self, _weights: Weights<'_, T>, x: Batch<'_, T>, mut y: BatchMut<'_, T>) {
        for (x, y) in x.vectors().zip(y.vectors()) {
            for ((y, &x), (mean, divisor)) in y.iter_mut().zip(x).zip(self.scales()) {
                // y = (x - mean) / sqrt(variance), or back
                *y = if self.invert { x * divisor + mean } else { (x - mean) / divisor };
            }
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Some(mut dx) = pass.dx else { return };
        for (dy, dx) in pass.dy.vectors().zip(dx.vectors()) {
            for ((dx, &dy), (_, divisor)) in dx.iter_mut().zip(dy).zip(self.scales()) {
                *dx = if self.invert { dy * divisor } else { dy / divisor };
            }
        }
    }
}
