use super::{Loss, LossGradient, Reduction, check_same_width, check_targets, only_reduction_argument, pointwise};
use crate::base::{Batch, EPSILON, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::math;

/// The negative log-likelihood of counts without its constant term: `sum(p - t ln(p + 1e-7)) / K` over the `K` outputs of a
/// sample. [Keras](https://keras.io/api/losses/probabilistic_losses/#poisson-class)
///
/// Predictions are rates above 0, so let the last layer have an activation that gives positive numbers, such as `Softplus`.
/// Targets are counts, at least 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Poisson {
    reduction: Reduction,
}

only_reduction_argument!(Poisson);

impl<T: Scalar> Loss<T> for Poisson {
    crate::part::compiled!(Loss<T> for Poisson);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let epsilon = T::of(EPSILON);
        pointwise(predicted, target, losses, gradient, |p, t| (p - t * math::ln(p + epsilon), T::one() - t / (p + epsilon)));
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_same_width("Poisson", outputs, targets.shape())?;
        check_targets("Poisson", targets, |t| t >= T::zero(), || "a count, at least 0".to_string())
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}
