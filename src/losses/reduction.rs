//! Reductions, which combine the losses of the samples into one number.

use super::{Loss, LossGradient};
use crate::base::Data;
use crate::base::{Batch, BatchMut, Error, Result, Targets};
use crate::kernels::Scalar;
use crate::part::{Arguments, Value};
use nalgebra::DMatrix;

/// The ways to combine the losses of the samples, each multiplied by its weight, into one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reduction {
    /// The sum divided by the number of samples, not by the sum of their weights. This is Keras' default, also called
    /// `"mean"`.
    #[default]
    SumOverBatchSize,
    /// The sum.
    Sum,
    /// The sum divided by the sum of the weights.
    MeanWithSampleWeight,
    /// The losses are not combined. [`losses_and_gradient`] takes this; a model does not, because it needs one number.
    None,
}

impl Reduction {
    /// Describes the argument `reduction` of a loss, with the values that Keras gives it.
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

    /// Fails if the reduction does not give one number.
    pub(crate) fn check_is_one_number(self, loss: &str) -> Result<()> {
        if self != Self::None {
            return Ok(());
        }
        let allowed = "a reduction to one number; `losses::losses_and_gradient` gives the loss of each sample";
        Err(Error::argument(loss, "reduction", "\"none\"", allowed))
    }
}

/// Computes the factor of each sample: the loss of the batch is the sum of factor times loss.
///
/// No other function divides by the size of the batch.
pub(crate) fn scale_samples<T: Scalar>(loss: &dyn Loss<T>, targets: Batch<'_, T>, weight: Option<&[T]>, scale: &mut [T]) {
    match weight {
        Some(weight) => scale.copy_from_slice(weight),
        None => scale.fill(T::one()),
    }
    let count = loss.mask(targets, scale);
    let divisor = match loss.reduction() {
        Reduction::SumOverBatchSize => T::of(count as f64),
        Reduction::MeanWithSampleWeight => scale.iter().copied().sum(),
        // a loss of the whole batch is written for every sample, so without weights the sum would count it repeatedly
        Reduction::Sum | Reduction::None if loss.of_batch() && weight.is_none() => T::of(count as f64),
        Reduction::Sum | Reduction::None => return,
    };
    // if no sample counts, the loss is 0 rather than 0 / 0
    let factor = if divisor == T::zero() { T::zero() } else { divisor.recip() };
    scale.iter_mut().for_each(|scale| *scale *= factor);
}

/// Computes the loss of predictions and its gradient without a model, as Keras' `loss(y_true, y_pred, sample_weight)`
/// does.
///
/// # Errors
///
/// The call fails if
///
/// - the numbers of rows or the widths differ,
/// - a value is NaN or infinite, or the loss does not take a target,
/// - an argument of the loss is out of range, or its reduction is [`Reduction::None`].
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

/// Computes the loss of each sample times its weight, and the gradient of their sum, as Keras does with
/// `reduction="none"`.
///
/// A loss of the whole batch, such as [`Dice`](super::Dice), gives one number, or one number for each weight.
///
/// # Errors
///
/// The call fails in the cases of [`value_and_gradient`], except that the reduction must be [`Reduction::None`].
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
        let allowed = "\"none\"; `losses::value_and_gradient` takes the reductions to one number";
        return Err(Error::argument(loss.name(), "reduction", format!("{:?}", loss.reduction()), allowed));
    }
    let (mut losses, gradient) = scaled(loss, targets.into(), predictions, sample_weight)?;
    if loss.of_batch() && sample_weight.is_none() {
        losses = vec![losses.into_iter().sum()];
    }
    Ok((losses, gradient))
}

/// Computes the losses times their factors, and the gradient of their sum.
fn scaled<T: Scalar>(
    loss: &dyn Loss<T>,
    targets: Targets<'_, T>,
    predictions: &DMatrix<T>,
    sample_weight: Option<&[T]>,
) -> Result<(Vec<T>, DMatrix<T>)> {
    loss.check_arguments()?;
    let data = Data::new(["predictions", "targets", "sample_weight"], predictions.into(), &targets.into(), sample_weight)?;
    let (predictions, count) = (data.x.to_samples(), data.count());
    let (predicted, targets) = (predictions.all(), data.y[0].all());
    loss.check(predicted.shape(), targets).map_err(|error| data.locate(error))?;
    let (mut losses, mut scale) = (vec![T::zero(); count], vec![T::zero(); count]);
    let mut gradient = vec![T::zero(); predicted.values().len()];
    scale_samples(loss, targets, data.weight.as_deref(), &mut scale);
    let values = BatchMut::new(predicted.shape(), &mut gradient);
    loss.score(predicted, targets, &mut losses, Some(LossGradient { scale: &scale, values }));
    losses.iter_mut().zip(&scale).for_each(|(loss, &scale)| *loss *= scale);
    Ok((losses, DMatrix::from_row_slice(count, predicted.width(), &gradient)))
}
