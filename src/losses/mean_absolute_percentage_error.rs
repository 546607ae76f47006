use super::scoring::sign;
use super::{Loss, LossGradient, Reduction, only_reduction_argument, pointwise};
use crate::base::{Batch, EPSILON};
use crate::kernels::Scalar;

/// The mean of the absolute errors as percentages of the targets: `100 sum(abs(p - t) / max(abs(t), 1e-7)) / K` over
/// the `K` outputs of a sample. [Keras](https://keras.io/api/losses/regression_losses/#meanabsolutepercentageerror-class)
/// Its short name is `"mape"`.
///
/// The loss is very large if a target is close to 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "mape")]
pub struct MeanAbsolutePercentageError {
    reduction: Reduction,
}

only_reduction_argument!(MeanAbsolutePercentageError);

impl<T: Scalar> Loss<T> for MeanAbsolutePercentageError {
    crate::part::compiled!(Loss<T> for MeanAbsolutePercentageError);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let (smallest, hundred) = (T::of(EPSILON), T::of(100.0));
        pointwise(predicted, target, losses, gradient, |p, t| {
            let size = if t.abs() < smallest { smallest } else { t.abs() };
            (hundred * ((p - t).abs() / size), hundred * sign(p - t) / size)
        });
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}
