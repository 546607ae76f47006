use super::{Loss, LossGradient, Reduction, only_reduction_argument, pointwise};
use crate::base::{Batch, EPSILON};
use crate::kernels::Scalar;
use crate::kernels::math;

/// The mean of the squared differences of logarithms: `sum((ln(p + 1) - ln(t + 1))^2) / K` over the `K` outputs of a
/// sample. [Keras](https://keras.io/api/losses/regression_losses/#meansquaredlogarithmicerror-class)
/// It is also found as `"msle"`.
///
/// For quantities from 0 up whose ratio matters. Both are raised to 1e-7 where they are below, and the loss is flat there.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "msle")]
pub struct MeanSquaredLogarithmicError {
    reduction: Reduction,
}

only_reduction_argument!(MeanSquaredLogarithmicError);

impl<T: Scalar> Loss<T> for MeanSquaredLogarithmicError {
    crate::part::compiled!(Loss<T> for MeanSquaredLogarithmicError);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], slope: Option<LossGradient<'_, T>>) {
        let smallest = T::of(EPSILON);
        let raised = |x: T| if x < smallest { smallest } else { x };
        pointwise(predicted, target, losses, slope, |p, t| {
            let error = math::ln_1p(raised(p)) - math::ln_1p(raised(t));
            let derivative = if p < smallest { T::zero() } else { (error + error) / (p + T::one()) };
            (error * error, derivative)
        });
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}
