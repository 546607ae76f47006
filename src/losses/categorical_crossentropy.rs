use super::scoring::clip;
use super::{
    Loss, Reduction, Slope, check_one_hot_width, check_probabilities, from_logits_argument, fuse_with, label_smoothing_argument,
    reduction_argument, rowwise,
};
use crate::activations::{Activation, Softmax, largest};
use crate::kernels::math;
use crate::saving::{Arguments, Describe};
use crate::{Batch, EPSILON, Result, Scalar, Shape};
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
    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], slope: Option<Slope<'_, T>>) {
        let classes = predicted.width() as f64;
        let (keep, shift) = (T::of(1.0 - self.label_smoothing), T::of(self.label_smoothing / classes));
        rowwise(predicted, target, losses, slope, |predicted, target, slope| {
            score_classes(self.from_logits, predicted, |class| target[class] * keep + shift, slope)
        });
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

/// `-sum over classes of t ln p` of one sample, where `target(class)` is `t`.
pub(super) fn score_classes<T: Scalar>(
    from_logits: bool,
    predicted: &[T],
    target: impl Fn(usize) -> T,
    slope: Option<(T, &mut [T])>,
) -> T {
    if from_logits {
        return score_logits(predicted, &target, slope);
    }
    score_probabilities(predicted, |class, q| (-target(class) * math::ln(q), -target(class) / q), slope)
}

/// `sum of t (ln sum exp(z) - z)`, with the slope `softmax(z) sum(t) - t`.
fn score_logits<T: Scalar>(z: &[T], target: &impl Fn(usize) -> T, slope: Option<(T, &mut [T])>) -> T {
    let largest = largest(z);
    let score = |sum: T| {
        let log_sum = largest + math::ln(sum);
        // a class that is not wanted adds nothing, also where its logit is infinite
        let wanted = z.iter().enumerate().map(|(class, &z)| (target(class), z)).filter(|(t, _)| *t != T::zero());
        wanted.map(|(t, z)| t * (log_sum - z)).sum()
    };
    let Some((scale, slope)) = slope else {
        return score(z.iter().map(|&z| math::exp(z - largest)).sum());
    };
    let mut sum = T::zero();
    let mut total = T::zero();
    for (class, (slope, &z)) in slope.iter_mut().zip(z).enumerate() {
        *slope = math::exp(z - largest);
        sum += *slope;
        total += target(class);
    }
    let factor = scale * total / sum;
    slope.iter_mut().enumerate().for_each(|(class, slope)| *slope = *slope * factor - scale * target(class));
    score(sum)
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
