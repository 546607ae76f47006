use super::scoring::{blockwise, clip};
use super::{
    Loss, LossGradient, Reduction, check_probabilities, check_same_width, from_logits_argument, fuse_with,
    label_smoothing_argument, pointwise, reduction_argument,
};
use crate::activations::{Activation, Sigmoid};
use crate::base::{Batch, EPSILON, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::{self, math};
use crate::part::{Arguments, Describe};
use std::sync::Arc;

/// The cross-entropy of binary targets: `-sum(t ln p + (1 - t) ln(1 - p)) / K` over the `K` outputs of a sample.
/// [Keras](https://keras.io/api/losses/probabilistic_losses/#binarycrossentropy-class)
/// Its short name is `"bce"`.
///
/// Predictions are probabilities, which the loss clips to `[1e-7, 1 - 1e-7]`. For logits `z`, and in training after a
/// `Sigmoid`, it uses the exact form `max(z, 0) - z t + ln(1 + exp(-|z|))`. Targets are from 0 to 1.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1).activation(Sigmoid));
/// model.compile("adam", BinaryCrossentropy::default().label_smoothing(0.1), "accuracy")?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![0.0; 1.0], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "bce")]
pub struct BinaryCrossentropy {
    from_logits: bool,
    label_smoothing: f64,
    reduction: Reduction,
}

impl BinaryCrossentropy {
    from_logits_argument!();

    label_smoothing_argument!("`t (1 - s) + s / 2`");

    reduction_argument!();
}

impl Describe for BinaryCrossentropy {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.flag("from_logits", &mut self.from_logits);
        arguments.number("label_smoothing", &mut self.label_smoothing, 0.0..=1.0);
        arguments.integer("axis", &mut -1, -1..=-1);
        self.reduction.describe(arguments);
    }
}

impl<T: Scalar> Loss<T> for BinaryCrossentropy {
    crate::part::compiled!(Loss<T> for BinaryCrossentropy);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let (keep, shift) = (T::of(1.0 - self.label_smoothing), T::of(self.label_smoothing / 2.0));
        if self.from_logits {
            blockwise(predicted, target, losses, gradient, |z, t| {
                if self.label_smoothing > 0.0 {
                    kernels::map(t, |t| t * keep + shift);
                }
                kernels::zip_both(z, t, of_logit);
            });
        } else {
            pointwise(predicted, target, losses, gradient, |p, t| of_probability(p, t * keep + shift));
        }
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_same_width(self.class_name(), outputs, targets.shape())?;
        check_probabilities(self.class_name(), targets)
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn fuse(&self, last: &dyn Activation<T>, _outputs: &Shape) -> Result<Option<Arc<dyn Loss<T>>>> {
        fuse_with::<T, Sigmoid>(self.class_name(), self.from_logits, last, self.from_logits(true))
    }
}

/// Computes `max(z, 0) - z t + ln(1 + exp(-|z|))` and its derivative `sigmoid(z) - t`, which is accurate even near 0.
#[inline(always)]
pub(super) fn of_logit<T: Scalar>(z: T, t: T) -> (T, T) {
    let (one, e) = (T::one(), math::exp(-z.abs()));
    let (likely, unlikely) = (one / (one + e), e / (one + e));
    let (positive, p, rest) = if z < T::zero() { (T::zero(), unlikely, likely) } else { (z, likely, unlikely) };
    (positive - z * t + math::ln_1p(e), (one - t) * p - t * rest)
}

/// Computes `-(t ln p + (1 - t) ln(1 - p))` and its derivative, which is 0 where `p` is clipped.
#[inline(always)]
pub(super) fn of_probability<T: Scalar>(p: T, t: T) -> (T, T) {
    let one = T::one();
    let (p, rest, is_within) = clip_probability(p);
    let gradient = if is_within { (p - t) / (p * rest) } else { T::zero() };
    (-(t * math::ln(p) + (one - t) * math::ln(rest)), gradient)
}

/// Clips `p` to `[1e-7, 1 - 1e-7]` and returns it, the rest `1 - p`, and whether `p` was in that range.
///
/// Above the range the rest is 1e-7 even in single precision, which cannot represent `1 - 1e-7` exactly.
#[inline(always)]
pub(super) fn clip_probability<T: Scalar>(p: T) -> (T, T, bool) {
    let (low, high) = (T::of(EPSILON), T::of(1.0 - EPSILON));
    let (clipped, is_within) = clip(p, low, high);
    let rest = if p > high { T::of(1.0 - (1.0 - EPSILON)) } else { T::one() - clipped };
    (clipped, rest, is_within)
}
