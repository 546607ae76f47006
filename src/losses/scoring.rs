//! From a formula to the losses of samples and their slope.

use super::Reduction;
use crate::base::BLOCK;
use crate::base::{Batch, BatchMut};
use crate::kernels::Scalar;

/// Where [`Loss::score`](super::Loss::score) writes the slope, and how much each sample counts in it.
#[derive(Debug)]
pub struct LossGradient<'a, T> {
    /// A factor for each sample: its weight, divided as the reduction says.
    pub scale: &'a [T],
    /// The slope with respect to the predictions.
    pub values: BatchMut<'a, T>,
}

/// The loss of a sample as the mean over its outputs of a function of prediction and target.
///
/// `f(p, t)` gives the value and its derivative by `p`.
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
    slope: Option<LossGradient<'_, T>>,
    f: impl Fn(T, T) -> (T, T),
) {
    sum_outputs(T::of(predicted.width() as f64).recip(), predicted, target, losses, slope, f);
}

/// [`pointwise`] for a function that turns many predictions and targets into values and derivatives, in place.
pub(super) fn blockwise<T: Scalar>(
    predicted: Batch<'_, T>,
    target: Batch<'_, T>,
    losses: &mut [T],
    mut slope: Option<LossGradient<'_, T>>,
    f: impl Fn(&mut [T], &mut [T]),
) {
    let width = predicted.width();
    let share = T::of(width as f64).recip();
    losses.fill(T::zero());
    // as far as there are targets
    for block in predicted.blocks().take_while(|block| block.end <= target.values().len()) {
        let first = block.start / width;
        // up to whole registers, so that nothing is left over; what is too much is computed in vain
        let padded = block.len().next_multiple_of(4);
        let (values, slopes) = (&mut [T::zero(); BLOCK][..padded], &mut [T::zero(); BLOCK][..padded]);
        values[..block.len()].copy_from_slice(&predicted.values()[block.clone()]);
        slopes[..block.len()].copy_from_slice(&target.values()[block.clone()]);
        f(values, slopes);
        let (values, slopes) = (&values[..block.len()], &mut slopes[..block.len()]);
        if width == 1 {
            losses[first..block.end].copy_from_slice(values);
        } else {
            for (values, loss) in values.chunks(width).zip(&mut losses[first..]) {
                *loss += share * values.iter().copied().sum();
            }
        }
        if let Some(slope) = &mut slope {
            let written = &mut slope.values.values()[block.clone()];
            let scales = &slope.scale[first..];
            if width == 1 {
                written.iter_mut().zip(slopes).zip(scales).for_each(|((written, slope), &scale)| *written = *slope * scale);
            } else {
                written.copy_from_slice(slopes);
                for (slopes, &scale) in written.chunks_mut(width).zip(scales) {
                    slopes.iter_mut().for_each(|slope| *slope *= scale * share);
                }
            }
        }
    }
}

/// The loss of a sample as `share` times the sum over its outputs of a function of prediction and target.
pub(super) fn sum_outputs<T: Scalar>(
    share: T,
    predicted: Batch<'_, T>,
    target: Batch<'_, T>,
    losses: &mut [T],
    slope: Option<LossGradient<'_, T>>,
    f: impl Fn(T, T) -> (T, T),
) {
    let samples = predicted.samples().zip(target.samples()).zip(losses);
    match slope {
        None => {
            for ((predicted, target), loss) in samples {
                *loss = share * predicted.iter().zip(target).map(|(&p, &t)| f(p, t).0).sum::<T>();
            }
        }
        Some(mut slope) => {
            for (((predicted, target), loss), (slope, &scale)) in samples.zip(slope.values.samples().zip(slope.scale)) {
                let mut sum = T::zero();
                for ((&p, &t), slope) in predicted.iter().zip(target).zip(slope) {
                    let (value, derivative) = f(p, t);
                    sum += value;
                    *slope = scale * share * derivative;
                }
                *loss = share * sum;
            }
        }
    }
}

/// The loss of a sample as a function of all its predictions and targets.
///
/// `f(predicted, target, slope)` gives the loss. Where a slope is wanted, it comes as a factor and a place for each
/// output, which becomes the factor times the derivative of the loss by that prediction.
///
/// ```
/// use layercake::losses::rowwise;
/// use layercake::{Batch, Shape};
///
/// let (outputs, label) = (Shape::from(3), Shape::from(1));
/// let mut losses = [0.0; 1];
/// rowwise(Batch::new(&outputs, &[0.2, 0.5, 0.3]), Batch::new(&label, &[1.0]), &mut losses, None, |p, t, slope| {
///     let class = t[0] as usize;
///     if let Some((factor, slope)) = slope {
///         slope.fill(0.0);
///         slope[class] = -factor;
///     }
///     1.0 - p[class]
/// });
/// assert_eq!(losses, [0.5]);
/// ```
pub fn rowwise<T: Scalar>(
    predicted: Batch<'_, T>,
    target: Batch<'_, T>,
    losses: &mut [T],
    slope: Option<LossGradient<'_, T>>,
    f: impl Fn(&[T], &[T], Option<(T, &mut [T])>) -> T,
) {
    let samples = predicted.samples().zip(target.samples()).zip(losses);
    match slope {
        None => samples.for_each(|((predicted, target), loss)| *loss = f(predicted, target, None)),
        Some(mut slope) => {
            for (((predicted, target), loss), (slope, &scale)) in samples.zip(slope.values.samples().zip(slope.scale)) {
                *loss = f(predicted, target, Some((scale, slope)));
            }
        }
    }
}

/// Which values belong together in a loss over sums of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// All of the batch: Keras' `None`.
    Batch,
    /// Those of one output in all samples: 0.
    Outputs,
    /// Those of one sample: -1, or 1.
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

/// Losses over sums of values that belong together.
///
/// `terms(p, t)` gives what is summed, and `f` of these sums the loss and the three numbers `[a, b, c]` of its
/// derivative by a prediction, `a t + b p + c`. A loss across samples is written for each of them. Whatever the number
/// type, all is done in double precision: what is left of terms that cancel would else be rounding.
pub(super) fn groupwise<T: Scalar>(
    (axis, reduction): (Axis, Reduction),
    [predicted, target]: [Batch<'_, T>; 2],
    losses: &mut [T],
    mut slope: Option<LossGradient<'_, T>>,
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
        let places = match axis {
            Axis::Batch | Axis::Outputs => (group..p.len()).step_by(step),
            Axis::Samples => (group * width..(group + 1) * width).step_by(step),
        };
        let mut sums = [0.0; 3];
        for place in places.clone() {
            sums.iter_mut().zip(terms(p[place].to_f64(), t[place].to_f64())).for_each(|(sum, term)| *sum += term);
        }
        let (loss, [by_target, by_prediction, alone]) = f(sums);
        if axis == Axis::Samples
            && let Some(own) = losses.get_mut(group)
        {
            *own = T::of(loss);
        }
        total += share * loss;
        if let Some(slope) = &mut slope {
            let all = slope.scale.iter().map(|scale| scale.to_f64());
            let scale = if axis == Axis::Samples { slope.scale[group].to_f64() } else { share * all.sum::<f64>() };
            let values = slope.values.values();
            places.for_each(|place| {
                let derivative = by_target * t[place].to_f64() + by_prediction * p[place].to_f64() + alone;
                values[place] = T::of(scale * derivative);
            });
        }
    }
    if axis != Axis::Samples {
        losses.fill(T::of(total));
    }
}

/// The derivative of `|x|`: 0 at 0, and that of NaN is NaN.
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

/// The nearest value within bounds, and whether that is the value itself; NaN counts as within.
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
