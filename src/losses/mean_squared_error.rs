use super::{Loss, LossGradient, Reduction, only_reduction_argument, pointwise};
use crate::base::Batch;
use crate::kernels::Scalar;

/// The mean of the squared errors: `sum((p - t)^2) / K` over the `K` outputs of a sample.
/// [Keras](https://keras.io/api/losses/regression_losses/)
/// Its short name is `"mse"`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Sgd::default(), MeanSquaredError::default(), ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "mse")]
pub struct MeanSquaredError {
    reduction: Reduction,
}

only_reduction_argument!(MeanSquaredError);

impl<T: Scalar> Loss<T> for MeanSquaredError {
    crate::part::compiled!(Loss<T> for MeanSquaredError);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        pointwise(predicted, target, losses, gradient, |p, t| {
            let error = p - t;
            (error * error, error + error)
        });
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}
