//! Helpers that compute the losses of samples and their gradient from a formula.

use super::Reduction;
use crate::base::BLOCK;
use crate::base::{Batch, BatchMut};
use crate::kernels::Scalar;

/// The buffer for the gradient that [`Loss::score`](super::Loss::score) computes, with the factor of each sample.
#[derive(Debug)]
pub struct LossGradient<'a, T> {
    /// A factor for each sample: its weight, divided as the [`Reduction`] demands.
    pub scale: &'a [T],
    /// The gradient with respect to the predictions, which `score` overwrites.
    pub values: BatchMut<'a, T>,
}

/// Scores samples with a loss that is the mean over the outputs of a function of prediction and target.
///
/// `f(p, t)` returns its value and its derivative with respect to `p`.
///
/// ```
/// use layercake::losses::pointwise;
/// use layercake::{Batch, Shape};
///
/// let shape = Shape::from(2);
/// let mut losses = [0.0; 1];
/// let square = |p: f64, t: f64| ((p - t) * (p - t), 2.0 * (p - t));
/// pointwise(Batch::new(&shape, &[3.0, 1.0]), Batch::new(&shape, &[1.0, 1.0]), &mut losses, None, square);
/// assert_eq!(losses, [2.0]);
/// ```
pub fn pointwise<T: Scalar>(
    predicted: Batch<'_, T>,
    target: Batch<'_, T>,
    losses: &mut [T],
    gradient: Option<LossGradient<'_, T>>,
    f: impl Fn(T, T) -> (T, T),
) {
    sum_outputs(T::of(predicted.width() as f64).recip(), predicted, target, losses, gradient, f);
}

/// Does what [`pointwise`] does, with a function that replaces slices of predictions and targets by values and
/// derivatives.
pub(super) fn blockwise<T: Scalar>(
    predicted: Batch<'_, T>,
    target: Batch<'_, T>,
    losses: &mut [T],
    mut gradient: Option<LossGradient<'_, T>>,
    f: impl Fn(&mut [T], &mut [T]),
) {
    let width = predicted.width();
    let share = T::of(width as f64).recip();
    losses.fill(T::zero());
    // the loop ends early if there are fewer targets than predictions
    for block in predicted.blocks().take_while(|block| block.end <= target.values().len()) {
        let first = block.start / width;
        // `f` gets a multiple of four values, so that its vector loops leave no remainder; the padding is not used
        let padded = block.len().next_multiple_of(4);
        let (values, derivatives) = (&mut [T::zero(); BLOCK][..padded], &mut [T::zero(); BLOCK][..padded]);
        values[..block.len()].copy_from_slice(&predicted.values()[block.clone()]);
        derivatives[..block.len()].copy_from_slice(&target.values()[block.clone()]);
        f(values, derivatives);
        let (values, derivatives) = (&values[..block.len()], &mut derivatives[..block.len()]);
        if width == 1 {
            losses[first..block.end].copy_from_slice(values);
        } else {
            for (values, loss) in values.chunks(width).zip(&mut losses[first..]) {
                *loss += share * values.iter().copied().sum();
            }
        }
        if let Some(gradient) = &mut gradient {
            let written = &mut gradient.values.values()[block.clone()];
            let scales = &gradient.scale[first..];
            if width == 1 {
                written
                    .iter_mut()
                    .zip(derivatives)
                    .zip(scales)
                    .for_each(|((written, gradient), &scale)| *written = *gradient * scale);
            } else {
                written.copy_from_slice(derivatives);
                for (derivatives, &scale) in written.chunks_mut(width).zip(scales) {
                    derivatives.iter_mut().for_each(|gradient| *gradient *= scale * share);
                }
            }
        }
    }
}

/// Scores samples with a loss that is `share` times the sum over the outputs of a function of prediction and target.
pub(super) fn sum_outputs<T: Scalar>(
    share: T,
    predicted: Batch<'_, T>,
    target: Batch<'_, T>,
    losses: &mut [T],
    gradient: Option<LossGradient<'_, T>>,
    f: impl Fn(T, T) -> (T, T),
) {
    let samples = predicted.samples().zip(target.samples()).zip(losses);
    match gradient {
        None => {
            for ((predicted, target), loss) in samples {
                *loss = share * predicted.iter().zip(target).map(|(&p, &t)| f(p, t).0).sum::<T>();
            }
        }
        Some(mut gradient) => {
            for (((predicted, target), loss), (gradient, &scale)) in samples.zip(gradient.values.samples().zip(gradient.scale)) {
                let mut sum = T::zero();
                for ((&p, &t), gradient) in predicted.iter().zip(target).zip(gradient) {
                    let (value, derivative) = f(p, t);
                    sum += value;
                    *gradient = scale * share * derivative;
                }
                *loss = share * sum;
            }
        }
    }
}

/// Scores samples with a loss that is a function of all predictions and targets of a sample.
///
/// `f(predicted, target, gradient)` returns the loss. If a gradient is needed, `gradient` holds a factor and a slice with one
/// value for each output. `f` then sets each value to the factor times the derivative of the loss with respect to that
/// prediction.
///
/// ```
/// use layercake::losses::rowwise;
/// use layercake::{Batch, Shape};
///
/// let (outputs, label) = (Shape::from(3), Shape::from(1));
/// let mut losses = [0.0; 1];
/// rowwise(Batch::new(&outputs, &[0.2, 0.5, 0.3]), Batch::new(&label, &[1.0]), &mut losses, None, |p, t, gradient| {
///     let class = t[0] as usize;
///     if let Some((factor, gradient)) = gradient {
///         gradient.fill(0.0);
///         gradient[class] = -factor;
///     }
///     1.0 - p[class]
/// });
/// assert_eq!(losses, [0.5]);
/// ```
pub fn rowwise<T: Scalar>(
    predicted: Batch<'_, T>,
    target: Batch<'_, T>,
    losses: &mut [T],
    gradient: Option<LossGradient<'_, T>>,
    f: impl Fn(&[T], &[T], Option<(T, &mut [T])>) -> T,
) {
    let samples = predicted.samples().zip(target.samples()).zip(losses);
    match gradient {
        None => samples.for_each(|((predicted, target), loss)| *loss = f(predicted, target, None)),
        Some(mut gradient) => {
            for (((predicted, target), loss), (gradient, &scale)) in samples.zip(gradient.values.samples().zip(gradient.scale)) {
                *loss = f(predicted, target, Some((scale, gradient)));
            }
        }
    }
}

/// The values that a loss sums together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// All values of the batch: `None` in Keras.
    Batch,
    /// The values of one output in all samples: 0 in Keras.
    Outputs,
    /// The values of one sample: -1 or 1 in Keras.
    Samples,
}

impl Axis {
    pub(super) fn new(axis: Option<i64>) -> Self {
        match axis {
            None => Self::Batch,
            Some(0) => Self::Outputs,
            Some(_) => Self::Samples,
        }
    }
}

/// Scores samples with a loss that is computed from sums over groups of values.
///
/// `terms(p, t)` returns the three terms to be summed. `f` turns the sums into the loss and the coefficients `[a, b, c]` of
/// its derivative with respect to a prediction, `a t + b p + c`. A loss across samples is written for each sample. All
/// number types are computed in double precision, because the terms can cancel.
pub(super) fn groupwise<T: Scalar>(
    (axis, reduction): (Axis, Reduction),
    [predicted, target]: [Batch<'_, T>; 2],
    losses: &mut [T],
    mut gradient: Option<LossGradient<'_, T>>,
    terms: impl Fn(f64, f64) -> [f64; 3],
    f: impl Fn([f64; 3]) -> (f64, [f64; 3]),
) {
    let (width, p, t) = (predicted.width(), predicted.values(), target.values());
    let (groups, step) = match axis {
        Axis::Batch => (1, 1),
        Axis::Outputs => (width, width),
        Axis::Samples => (predicted.count(), 1),
    };
    let share = match reduction {
        Reduction::Sum | Reduction::None => 1.0,
        Reduction::SumOverBatchSize | Reduction::MeanWithSampleWeight => (groups as f64).recip(),
    };
    let mut total = 0.0;
    for group in 0..groups {
        let indices = match axis {
            Axis::Batch | Axis::Outputs => (group..p.len()).step_by(step),
            Axis::Samples => (group * width..(group + 1) * width).step_by(step),
        };
        let mut sums = [0.0; 3];
        for index in indices.clone() {
            sums.iter_mut().zip(terms(p[index].to_f64(), t[index].to_f64())).for_each(|(sum, term)| *sum += term);
        }
        let (loss, [by_target, by_prediction, constant]) = f(sums);
        if axis == Axis::Samples
            && let Some(own) = losses.get_mut(group)
        {
            *own = T::of(loss);
        }
        total += share * loss;
        if let Some(gradient) = &mut gradient {
            let all = gradient.scale.iter().map(|scale| scale.to_f64());
            let scale = if axis == Axis::Samples { gradient.scale[group].to_f64() } else { share * all.sum::<f64>() };
            let values = gradient.values.values();
            indices.for_each(|index| {
                let derivative = by_target * t[index].to_f64() + by_prediction * p[index].to_f64() + constant;
                values[index] = T::of(scale * derivative);
            });
        }
    }
    if axis != Axis::Samples {
        losses.fill(T::of(total));
    }
}

/// The derivative of `|x|`, which is 0 at 0 and NaN at NaN.
#[inline(always)]
pub(super) fn sign<T: Scalar>(x: T) -> T {
    if x > T::zero() {
        T::one()
    } else if x < T::zero() {
        -T::one()
    } else {
        x
    }
}

/// Clips `x` to `[low, high]` and tells whether it was in that range; NaN is returned as it is and counts as in range.
#[inline(always)]
pub(super) fn clip<T: Scalar>(x: T, low: T, high: T) -> (T, bool) {
    if x < low {
        (low, false)
    } else if x > high {
        (high, false)
    } else {
        (x, true)
    }
}
