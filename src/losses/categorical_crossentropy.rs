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
/// Predictions are probabilities, which the loss divides by their sum and clips to `[1e-7, 1 - 1e-7]`. For logits `z`, and in
/// training after a `Softmax`, it uses the exact form `sum(t (ln sum(exp(z)) - z))`. Targets have one column for each class;
/// for class indices use [`SparseCategoricalCrossentropy`](super::SparseCategoricalCrossentropy).
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

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let smoothing = self.label_smoothing;
        let (keep, shift) = (T::of(1.0 - smoothing), T::of(smoothing / predicted.width() as f64));
        score_classes(self.from_logits, predicted, losses, gradient, &Shares { target, keep, shift });
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

/// The target of each class in each sample: its share `t`.
pub(super) trait ClassTargets<T: Scalar> {
    /// The share `t` of a class.
    fn share(&self, sample: usize, class: usize) -> T;

    /// The sum of the shares of all classes.
    fn total(&self, sample: usize, classes: usize) -> T {
        (0..classes).map(|class| self.share(sample, class)).sum()
    }

    /// Computes `gradient -= scale t`.
    fn subtract(&self, sample: usize, scale: T, gradient: &mut [T]) {
        gradient.iter_mut().enumerate().for_each(|(class, gradient)| *gradient -= scale * self.share(sample, class));
    }

    /// Computes `sum(t (log_sum - z))`; a class with a share of 0 adds nothing, even if its logit is infinite.
    fn loss(&self, sample: usize, z: &[T], log_sum: T) -> T {
        let shares = z.iter().enumerate().map(|(class, &z)| (self.share(sample, class), z));
        shares.filter(|(t, _)| *t != T::zero()).map(|(t, z)| t * (log_sum - z)).sum()
    }
}

/// One-hot or smoothed targets: the share is `target * keep + shift`.
struct Shares<'a, T> {
    target: Batch<'a, T>,
    keep: T,
    shift: T,
}

impl<T: Scalar> ClassTargets<T> for Shares<'_, T> {
    fn share(&self, sample: usize, class: usize) -> T {
        self.target.values()[sample * self.target.width() + class] * self.keep + self.shift
    }
}

/// Computes the cross-entropy of each sample, `-sum(t ln p)` over the classes, from probabilities or logits.
pub(super) fn score_classes<T: Scalar>(
    from_logits: bool,
    predicted: Batch<'_, T>,
    losses: &mut [T],
    mut gradient: Option<LossGradient<'_, T>>,
    targets: &impl ClassTargets<T>,
) {
    if from_logits {
        return score_logits(predicted, losses, gradient, targets);
    }
    let width = predicted.width();
    for (sample, (predicted, loss)) in predicted.samples().zip(losses).enumerate() {
        let gradient = gradient.as_mut().map(|gradient| {
            let range = sample * width..(sample + 1) * width;
            (gradient.scale[sample], &mut gradient.values.values()[range])
        });
        let share = |class| targets.share(sample, class);
        *loss = score_probabilities(predicted, |class, q| (-share(class) * math::ln(q), -share(class) / q), gradient);
    }
}

/// Computes `sum(t (ln sum(exp(z)) - z))` and its gradient `softmax(z) sum(t) - t`.
fn score_logits<T: Scalar>(
    z: Batch<'_, T>,
    losses: &mut [T],
    gradient: Option<LossGradient<'_, T>>,
    targets: &impl ClassTargets<T>,
) {
    match gradient {
        None => sum_exponentials(z, losses, None),
        Some(mut gradient) => {
            sum_exponentials(z, losses, Some(gradient.values.values()));
            let samples = gradient.values.samples().zip(gradient.scale).zip(losses.iter());
            for (sample, ((gradient, &scale), &sum)) in samples.enumerate() {
                let factor = scale * targets.total(sample, gradient.len()) / sum;
                gradient.iter_mut().for_each(|gradient| *gradient *= factor);
                targets.subtract(sample, scale, gradient);
            }
        }
    }
    kernels::map(losses, math::ln);
    for (sample, (z, loss)) in z.samples().zip(losses).enumerate() {
        *loss = targets.loss(sample, z, largest(z) + *loss);
    }
}

/// Computes each sample's sum of `exp(z - largest z)`, and writes the exponentials themselves to `exponentials` if given.
fn sum_exponentials<T: Scalar>(z: Batch<'_, T>, sums: &mut [T], mut exponentials: Option<&mut [T]>) {
    let width = z.width();
    let mut top = T::zero();
    sums.fill(T::zero());
    for block in z.blocks() {
        let first = block.start / width;
        let values = &mut [T::zero(); BLOCK][..block.len()];
        values.copy_from_slice(&z.values()[block.clone()]);
        for (index, values) in block.clone().step_by(width).zip(values.chunks_mut(width)) {
            // a block of a wide batch can start within a sample, whose largest value is known already
            if index % width == 0 {
                top = largest(&z.values()[index..index + width]);
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

/// Computes the sum over classes of `f(class, q)` and its gradient, with `q = p / sum(p)`; `f` returns value and derivative.
pub(super) fn score_probabilities<T: Scalar>(p: &[T], f: impl Fn(usize, T) -> (T, T), gradient: Option<(T, &mut [T])>) -> T {
    let sum: T = p.iter().copied().sum();
    score_shares(p.len(), |class| p[class] / sum, |_| sum.recip(), f, gradient)
}

/// Computes the sum over classes of `f(class, clip(q))` with `q = share(class)`; the derivative is 0 where `q` is clipped.
///
/// The derivative of the loss `L` with respect to prediction `i`, from which the shares are computed, is
/// `factor(q_i) (dL/dq_i - sum over j of q_j dL/dq_j)`.
pub(super) fn score_shares<T: Scalar>(
    classes: usize,
    share: impl Fn(usize) -> T,
    factor: impl Fn(T) -> T,
    f: impl Fn(usize, T) -> (T, T),
    mut gradient: Option<(T, &mut [T])>,
) -> T {
    let (low, high) = (T::of(EPSILON), T::of(1.0 - EPSILON));
    let mut loss = T::zero();
    let mut mean = T::zero();
    for class in 0..classes {
        let q = share(class);
        let (clipped, is_within) = clip(q, low, high);
        let (value, derivative) = f(class, clipped);
        loss += value;
        if let Some((_, gradient)) = &mut gradient {
            gradient[class] = if is_within { derivative } else { T::zero() };
            mean += q * gradient[class];
        }
    }
    if let Some((scale, gradient)) = gradient {
        gradient
            .iter_mut()
            .enumerate()
            .for_each(|(class, gradient)| *gradient = scale * factor(share(class)) * (*gradient - mean));
    }
    loss
}
