use super::scoring::clip;
use super::{
    Loss, LossGradient, Reduction, check_one_hot_width, check_probabilities, from_logits_argument, fuse_with,
    label_smoothing_argument, reduction_argument,
};
use crate::activations::{Activation, Softmax, largest};
use crate::base::BLOCK;
use crate::base::{Batch, EPSILON, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::{self, math};
use crate::part::{Arguments, Describe};
use std::sync::Arc;

/// The cross-entropy of one-hot targets: `-sum(t ln p)` over the classes.
/// [Keras](https://keras.io/api/losses/probabilistic_losses/#categoricalcrossentropy-class)
///
/// Probabilities are divided by their sum, then clipped to `[1e-7, 1 - 1e-7]`. From logits, and in training after a
/// `Softmax`, the exact form with the logarithm of the sum of exponentials is used. Targets have one column for each
/// class; for class indices there is [`SparseCategoricalCrossentropy`](super::SparseCategoricalCrossentropy).
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(3).activation(Softmax));
/// model.compile("adam", CategoricalCrossentropy::default(), "accuracy")?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![0.0, 0.0, 1.0; 1.0, 0.0, 0.0], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CategoricalCrossentropy {
    from_logits: bool,
    label_smoothing: f64,
    reduction: Reduction,
}

impl CategoricalCrossentropy {
    from_logits_argument!();

    label_smoothing_argument!("`t (1 - s) + s / K` for `K` classes");

    reduction_argument!();
}

impl Describe for CategoricalCrossentropy {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.flag("from_logits", &mut self.from_logits);
        arguments.number("label_smoothing", &mut self.label_smoothing, 0.0..=1.0);
        arguments.integer("axis", &mut -1, -1..=-1);
        self.reduction.describe(arguments);
    }
}

impl<T: Scalar> Loss<T> for CategoricalCrossentropy {
    crate::part::compiled!(Loss<T> for CategoricalCrossentropy);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], slope: Option<LossGradient<'_, T>>) {
        let smoothing = self.label_smoothing;
        let (keep, shift) = (T::of(1.0 - smoothing), T::of(smoothing / predicted.width() as f64));
        score_classes(self.from_logits, predicted, losses, slope, &Shares { target, keep, shift });
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        let sparse = "a sparse loss (`SparseCategoricalCrossentropy`)";
        check_one_hot_width(self.class_name(), outputs, targets.shape(), "`Sigmoid` and `BinaryCrossentropy`", sparse)?;
        check_probabilities(self.class_name(), targets)
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn fuse(&self, last: &dyn Activation<T>, _outputs: &Shape) -> Result<Option<Arc<dyn Loss<T>>>> {
        fuse_with::<T, Softmax>(self.class_name(), self.from_logits, last, self.from_logits(true))
    }
}

/// What is wanted of the classes in each sample: their shares `t`.
pub(super) trait Wanted<T: Scalar> {
    /// `t` of a class.
    fn share(&self, sample: usize, class: usize) -> T;

    /// The sum of all `t`.
    fn total(&self, sample: usize, classes: usize) -> T {
        (0..classes).map(|class| self.share(sample, class)).sum()
    }

    /// `slope -= scale t`
    fn subtract(&self, sample: usize, scale: T, slope: &mut [T]) {
        slope.iter_mut().enumerate().for_each(|(class, slope)| *slope -= scale * self.share(sample, class));
    }

    /// `sum of t (log_sum - z)`; a class that is not wanted adds nothing, also where its logit is infinite.
    fn loss(&self, sample: usize, z: &[T], log_sum: T) -> T {
        let wanted = z.iter().enumerate().map(|(class, &z)| (self.share(sample, class), z)).filter(|(t, _)| *t != T::zero());
        wanted.map(|(t, z)| t * (log_sum - z)).sum()
    }
}

/// Shares that are given, perhaps drawn to equal parts.
struct Shares<'a, T> {
    target: Batch<'a, T>,
    keep: T,
    shift: T,
}

impl<T: Scalar> Wanted<T> for Shares<'_, T> {
    fn share(&self, sample: usize, class: usize) -> T {
        self.target.values()[sample * self.target.width() + class] * self.keep + self.shift
    }
}

/// `-sum over classes of t ln p` for each sample.
pub(super) fn score_classes<T: Scalar>(
    from_logits: bool,
    predicted: Batch<'_, T>,
    losses: &mut [T],
    mut slope: Option<LossGradient<'_, T>>,
    wanted: &impl Wanted<T>,
) {
    if from_logits {
        return score_logits(predicted, losses, slope, wanted);
    }
    let width = predicted.width();
    for (sample, (predicted, loss)) in predicted.samples().zip(losses).enumerate() {
        let slope = slope.as_mut().map(|slope| {
            let place = sample * width..(sample + 1) * width;
            (slope.scale[sample], &mut slope.values.values()[place])
        });
        let share = |class| wanted.share(sample, class);
        *loss = score_probabilities(predicted, |class, q| (-share(class) * math::ln(q), -share(class) / q), slope);
    }
}

/// `sum of t (ln sum exp(z) - z)`, with the slope `softmax(z) sum(t) - t`.
fn score_logits<T: Scalar>(z: Batch<'_, T>, losses: &mut [T], slope: Option<LossGradient<'_, T>>, wanted: &impl Wanted<T>) {
    match slope {
        None => sum_exponentials(z, losses, None),
        Some(mut slope) => {
            sum_exponentials(z, losses, Some(slope.values.values()));
            let samples = slope.values.samples().zip(slope.scale).zip(losses.iter());
            for (sample, ((slope, &scale), &sum)) in samples.enumerate() {
                let factor = scale * wanted.total(sample, slope.len()) / sum;
                slope.iter_mut().for_each(|slope| *slope *= factor);
                wanted.subtract(sample, scale, slope);
            }
        }
    }
    kernels::map(losses, math::ln);
    for (sample, (z, loss)) in z.samples().zip(losses).enumerate() {
        *loss = wanted.loss(sample, z, largest(z) + *loss);
    }
}

/// The sums of `exp(z - the sample's largest z)`, and on request the exponentials themselves.
fn sum_exponentials<T: Scalar>(z: Batch<'_, T>, sums: &mut [T], mut exponentials: Option<&mut [T]>) {
    let width = z.width();
    let mut top = T::zero();
    sums.fill(T::zero());
    for block in z.blocks() {
        let first = block.start / width;
        let values = &mut [T::zero(); BLOCK][..block.len()];
        values.copy_from_slice(&z.values()[block.clone()]);
        for (place, values) in block.clone().step_by(width).zip(values.chunks_mut(width)) {
            // else the block goes on within a sample
            if place % width == 0 {
                top = largest(&z.values()[place..place + width]);
            }
            values.iter_mut().for_each(|z| *z -= top);
        }
        kernels::map(values, math::exp);
        if let Some(exponentials) = &mut exponentials {
            exponentials[block].copy_from_slice(values);
        }
        for (values, sum) in values.chunks(width).zip(&mut sums[first..]) {
            *sum += values.iter().copied().sum();
        }
    }
}

/// The sum over classes of `f(class, q)`, value and derivative, with `q = p / sum(p)`.
pub(super) fn score_probabilities<T: Scalar>(p: &[T], f: impl Fn(usize, T) -> (T, T), slope: Option<(T, &mut [T])>) -> T {
    let sum: T = p.iter().copied().sum();
    score_shares(p.len(), |class| p[class] / sum, |_| sum.recip(), f, slope)
}

/// The sum over classes of `f(class, clip(q))`, flat where `q = share(class)` is clipped.
///
/// The derivative by what shares are made of is `factor(q_i) (dL/dq_i - sum over j of q_j dL/dq_j)`.
pub(super) fn score_shares<T: Scalar>(
    classes: usize,
    share: impl Fn(usize) -> T,
    factor: impl Fn(T) -> T,
    f: impl Fn(usize, T) -> (T, T),
    mut slope: Option<(T, &mut [T])>,
) -> T {
    let (low, high) = (T::of(EPSILON), T::of(1.0 - EPSILON));
    let mut loss = T::zero();
    let mut mean = T::zero();
    for class in 0..classes {
        let q = share(class);
        let (clipped, is_within) = clip(q, low, high);
        let (value, derivative) = f(class, clipped);
        loss += value;
        if let Some((_, slope)) = &mut slope {
            slope[class] = if is_within { derivative } else { T::zero() };
            mean += q * slope[class];
        }
    }
    if let Some((scale, slope)) = slope {
        slope.iter_mut().enumerate().for_each(|(class, slope)| *slope = scale * factor(share(class)) * (*slope - mean));
    }
    loss
}
