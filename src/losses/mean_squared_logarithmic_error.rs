use super::{Loss, LossGradient, Reduction, only_reduction_argument, pointwise};
use crate::base::{Batch, EPSILON};
use crate::kernels::Scalar;
use crate::kernels::math;

/// The mean of the squared differences of logarithms: `sum((ln(p + 1) - ln(t + 1))^2) / K` over the `K` outputs of a
/// sample. [Keras](https://keras.io/api/losses/regression_losses/#meansquaredlogarithmicerror-class)
/// Its short name is `"msle"`.
///
/// The loss suits quantities from 0 up, of which the ratio matters. Predictions and targets below 1e-7 are replaced by 1e-7;
/// for such a prediction the gradient is 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "msle")]
pub struct MeanSquaredLogarithmicError {
    reduction: Reduction,
}

only_reduction_argument!(MeanSquaredLogarithmicError);

impl<T: Scalar> Loss<T> for MeanSquaredLogarithmicError {
    crate::part::compiled!(Loss<T> for MeanSquaredLogarithmicError);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let smallest = T::of(EPSILON);
        let raised = |x: T| if x < smallest { smallest } else { x };
        pointwise(predicted, target, losses, gradient, |p, t| {
            let error = math::ln_1p(raised(p)) - math::ln_1p(raised(t));
            let derivative = if p < smallest { T::zero() } else { (error + error) / (p + T::one()) };
            (error * error, derivative)
        });
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}
