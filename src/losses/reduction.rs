//! How the losses of samples become one number.

use super::{Loss, LossGradient};
use crate::base::Data;
use crate::base::{Batch, BatchMut, Error, Result, Targets};
use crate::kernels::Scalar;
use crate::part::{Arguments, Value};
use nalgebra::DMatrix;

/// How the losses of samples, each times its weight, become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reduction {
    /// The sum divided by the number of samples (not by the sum of their weights): Keras' default, also `"mean"`.
    #[default]
    SumOverBatchSize,
    /// The sum.
    Sum,
    /// The sum divided by the sum of the weights.
    MeanWithSampleWeight,
    /// They stay as they are: for [`losses_and_gradient`], not for a model, which needs one number.
    None,
}

impl Reduction {
    /// Shows it to the visitor of a loss's arguments, under its name in Keras.
    pub(crate) fn describe(&mut self, arguments: &mut Arguments<'_>) {
        let word = |word: &str| Value::Text(word.to_string());
        let choices = [
            (word("sum_over_batch_size"), Self::SumOverBatchSize),
            (word("mean"), Self::SumOverBatchSize),
            (word("sum"), Self::Sum),
            (word("mean_with_sample_weight"), Self::MeanWithSampleWeight),
            (word("none"), Self::None),
            (Value::Null, Self::None),
        ];
        arguments.value("reduction", self, &choices);
    }

    /// Fails where one number is wanted and this gives none.
    pub(crate) fn check_is_one_number(self, loss: &str) -> Result<()> {
        if self != Self::None {
            return Ok(());
        }
        let allowed = "a reduction to one number here; `losses::losses_and_gradient` gives the losses of the samples";
        Err(Error::argument(loss, "reduction", "\"none\"", allowed))
    }
}

/// The factor of each sample: the loss of the batch is the sum of factor times loss.
///
/// This is the only place that divides by the size of the batch.
pub(crate) fn scale_samples<T: Scalar>(loss: &dyn Loss<T>, targets: Batch<'_, T>, weight: Option<&[T]>, scale: &mut [T]) {
    match weight {
        Some(weight) => scale.copy_from_slice(weight),
        None => scale.fill(T::one()),
    }
    let count = loss.mask(targets, scale);
    let divisor = match loss.reduction() {
        Reduction::SumOverBatchSize => T::of(count as f64),
        Reduction::MeanWithSampleWeight => scale.iter().copied().sum(),
        // one loss of the whole batch, which stands at each sample, is there once unless samples have weights
        Reduction::Sum | Reduction::None if loss.of_batch() && weight.is_none() => T::of(count as f64),
        Reduction::Sum | Reduction::None => return,
    };
    // nothing that counts: the loss is zero, not 0 / 0
    let factor = if divisor == T::zero() { T::zero() } else { divisor.recip() };
    scale.iter_mut().for_each(|scale| *scale *= factor);
}

/// The loss of predictions and its gradient, without a model: what Keras' `loss(y_true, y_pred, sample_weight)` gives.
///
/// # Errors
///
/// Rows or widths that differ, targets that the loss refuses, NaN or infinity; an argument of the loss outside its
/// range, or [`Reduction::None`].
///
/// ```
/// use layercake::losses::{MeanSquaredError, value_and_gradient};
/// use layercake::dmatrix;
///
/// let (targets, predictions) = (dmatrix![1.0; 2.0], dmatrix![3.0; 2.0]);
/// let (value, gradient) = value_and_gradient(&MeanSquaredError::default(), &targets, &predictions, None)?;
/// assert_eq!((value, gradient), (2.0, dmatrix![2.0; 0.0]));
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn value_and_gradient<'a, T: Scalar>(
    loss: &dyn Loss<T>,
    targets: impl Into<Targets<'a, T>>,
    predictions: &DMatrix<T>,
    sample_weight: Option<&[T]>,
) -> Result<(T, DMatrix<T>)> {
    loss.reduction().check_is_one_number(loss.name())?;
    let (losses, gradient) = scaled(loss, targets.into(), predictions, sample_weight)?;
    Ok((losses.into_iter().sum(), gradient))
}

/// The loss of each sample, times its weight, and the gradient of their sum: what Keras gives with `reduction="none"`.
///
/// A loss of the whole batch, as [`Dice`](super::Dice), is one number, or with weights one for each of them.
///
/// # Errors
///
/// As for [`value_and_gradient`], and a reduction other than [`Reduction::None`].
///
/// ```
/// use layercake::losses::{MeanSquaredError, Reduction, losses_and_gradient};
/// use layercake::dmatrix;
///
/// let (targets, predictions) = (dmatrix![1.0; 2.0], dmatrix![3.0; 2.0]);
/// let loss = MeanSquaredError::default().reduction(Reduction::None);
/// let (losses, gradient) = losses_and_gradient(&loss, &targets, &predictions, Some(&[0.5, 1.0]))?;
/// assert_eq!((losses, gradient), (vec![2.0, 0.0], dmatrix![2.0; 0.0]));
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn losses_and_gradient<'a, T: Scalar>(
    loss: &dyn Loss<T>,
    targets: impl Into<Targets<'a, T>>,
    predictions: &DMatrix<T>,
    sample_weight: Option<&[T]>,
) -> Result<(Vec<T>, DMatrix<T>)> {
    if loss.reduction() != Reduction::None {
        let allowed = "\"none\" here; `losses::value_and_gradient` gives the one number of the others";
        return Err(Error::argument(loss.name(), "reduction", format!("{:?}", loss.reduction()), allowed));
    }
    let (mut losses, gradient) = scaled(loss, targets.into(), predictions, sample_weight)?;
    if loss.of_batch() && sample_weight.is_none() {
        losses = vec![losses.into_iter().sum()];
    }
    Ok((losses, gradient))
}

/// The losses times their factors, and the gradient of their sum.
fn scaled<T: Scalar>(
    loss: &dyn Loss<T>,
    targets: Targets<'_, T>,
    predictions: &DMatrix<T>,
    sample_weight: Option<&[T]>,
) -> Result<(Vec<T>, DMatrix<T>)> {
    loss.check_arguments()?;
    let data = Data::new(["predictions", "targets", "sample_weight"], predictions, targets, sample_weight)?;
    let (predictions, count) = (data.x.to_samples(), data.count());
    let predicted = predictions.all();
    loss.check(predicted.shape(), data.y.all()).map_err(|error| data.locate(error))?;
    let (mut losses, mut scale) = (vec![T::zero(); count], vec![T::zero(); count]);
    let mut gradient = vec![T::zero(); predicted.values().len()];
    scale_samples(loss, data.y.all(), data.weight.as_deref(), &mut scale);
    let values = BatchMut::new(predicted.shape(), &mut gradient);
    loss.score(predicted, data.y.all(), &mut losses, Some(LossGradient { scale: &scale, values }));
    losses.iter_mut().zip(&scale).for_each(|(loss, &scale)| *loss *= scale);
    Ok((losses, DMatrix::from_row_slice(count, predicted.width(), &gradient)))
}
