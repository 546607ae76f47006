use super::scoring::{clip, sum_outputs};
use super::{Loss, LossGradient, Reduction, check_probabilities, check_same_width, only_reduction_argument};
use crate::base::{Batch, EPSILON, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::math;

/// The Kullback-Leibler divergence of the predicted distribution from the target distribution: `sum(t ln(t / p))`.
/// [Keras](https://keras.io/api/losses/probabilistic_losses/#kldivergence-class)
/// Its short name is `"kld"`.
///
/// Predictions and targets are clipped to `[1e-7, 1]`. Targets are from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "kld")]
pub struct KLDivergence {
    reduction: Reduction,
}

only_reduction_argument!(KLDivergence);

impl<T: Scalar> Loss<T> for KLDivergence {
    crate::part::compiled!(Loss<T> for KLDivergence);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let (low, high) = (T::of(EPSILON), T::one());
        sum_outputs(T::one(), predicted, target, losses, gradient, |p, t| {
            let ((p, is_within), (t, _)) = (clip(p, low, high), clip(t, low, high));
            (t * math::ln(t / p), if is_within { -t / p } else { T::zero() })
        });
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_same_width("KLDivergence", outputs, targets.shape())?;
        check_probabilities("KLDivergence", targets)
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}
