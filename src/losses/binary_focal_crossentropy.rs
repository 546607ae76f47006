use super::binary_crossentropy::{of_logit, of_probability};
use super::{
    Loss, LossGradient, Reduction, check_probabilities, check_same_width, from_logits_argument, fuse_with,
    label_smoothing_argument, pointwise, reduction_argument,
};
use crate::activations::{Activation, Sigmoid};
use crate::base::{Batch, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::{Arguments, Describe};
use std::sync::Arc;

/// The binary cross-entropy with less weight for confident correct predictions: each output's cross-entropy is multiplied by
/// `(1 - r)^gamma`, where `r = t p + (1 - t)(1 - p)` is the predicted probability of the target. The loss is the mean over
/// the outputs of a sample.
/// [Keras](https://keras.io/api/losses/probabilistic_losses/#binaryfocalcrossentropy-class); T.-Y. Lin et al., "Focal
/// Loss for Dense Object Detection", 2017.
///
/// For logits, and in training after a `Sigmoid`, the cross-entropy has the exact form of
/// [`BinaryCrossentropy`](super::BinaryCrossentropy). Targets are from 0 to 1.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1).activation(Sigmoid));
/// model.compile("adam", BinaryFocalCrossentropy::default().gamma(1.5).apply_class_balancing(true), "accuracy")?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![0.0; 1.0], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinaryFocalCrossentropy {
    apply_class_balancing: bool,
    alpha: f64,
    gamma: f64,
    from_logits: bool,
    label_smoothing: f64,
    reduction: Reduction,
}

impl BinaryFocalCrossentropy {
    /// Whether targets of 1 are weighted by `alpha` and targets of 0 by `1 - alpha` (default: false).
    pub fn apply_class_balancing(mut self, apply_class_balancing: bool) -> Self {
        self.apply_class_balancing = apply_class_balancing;
        self
    }

    /// The weight of targets of 1 with `apply_class_balancing`, from 0 to 1 (default 0.25).
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// The exponent of `1 - r`, at least 0 (default 2): a larger one gives correct predictions less weight.
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = gamma;
        self
    }

    from_logits_argument!();

    label_smoothing_argument!("`t (1 - s) + s / 2`");

    reduction_argument!();

    /// Computes the loss of an output and its derivative from `1 - r` and the cross-entropy, each with its derivative.
    #[inline(always)]
    fn focus<T: Scalar>(&self, t: T, (rest, by_rest): (T, T), (loss, by_loss): (T, T)) -> (T, T) {
        let (one, gamma, alpha) = (T::one(), T::of(self.gamma), T::of(self.alpha));
        let weight = if self.apply_class_balancing { t * alpha + (one - t) * (one - alpha) } else { one };
        let power = rest.powf(gamma);
        // at `1 - r = 0` the cross-entropy is 0 as well, and a gamma below 1 would give 0 times infinity
        let by_power = if rest == T::zero() && gamma < one { T::zero() } else { gamma * rest.powf(gamma - one) };
        (weight * power * loss, weight * (by_power * by_rest * loss + power * by_loss))
    }
}

impl Default for BinaryFocalCrossentropy {
    fn default() -> Self {
        Self {
            apply_class_balancing: false,
            alpha: 0.25,
            gamma: 2.0,
            from_logits: false,
            label_smoothing: 0.0,
            reduction: Reduction::default(),
        }
    }
}

impl Describe for BinaryFocalCrossentropy {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.flag("apply_class_balancing", &mut self.apply_class_balancing);
        arguments.number("alpha", &mut self.alpha, 0.0..=1.0);
        arguments.number("gamma", &mut self.gamma, 0.0..f64::INFINITY);
        arguments.flag("from_logits", &mut self.from_logits);
        arguments.number("label_smoothing", &mut self.label_smoothing, 0.0..=1.0);
        arguments.integer("axis", &mut -1, -1..=-1);
        self.reduction.describe(arguments);
    }
}

impl<T: Scalar> Loss<T> for BinaryFocalCrossentropy {
    crate::part::compiled!(Loss<T> for BinaryFocalCrossentropy);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let one = T::one();
        let (keep, shift) = (T::of(1.0 - self.label_smoothing), T::of(self.label_smoothing / 2.0));
        if self.from_logits {
            pointwise(predicted, target, losses, gradient, |z, t| {
                let t = t * keep + shift;
                let (p, rest) = (math::logistic(z), math::logistic(-z));
                self.focus(t, (t * rest + (one - t) * p, (one - t - t) * p * rest), of_logit(z, t))
            });
        } else {
            pointwise(predicted, target, losses, gradient, |p, t| {
                let t = t * keep + shift;
                self.focus(t, (t * (one - p) + (one - t) * p, one - t - t), of_probability(p, t))
            });
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
