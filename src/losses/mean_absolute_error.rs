use super::scoring::sign;
use super::{Loss, LossGradient, Reduction, only_reduction_argument, pointwise};
use crate::base::Batch;
use crate::kernels::Scalar;

/// The mean of the absolute errors: `sum(abs(p - t)) / K` over the `K` outputs of a sample. Outliers affect it less than
/// [`MeanSquaredError`](super::MeanSquaredError).
/// [Keras](https://keras.io/api/losses/regression_losses/)
/// Its short name is `"mae"`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Sgd::default(), MeanAbsoluteError::default(), ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "mae")]
pub struct MeanAbsoluteError {
    reduction: Reduction,
}

only_reduction_argument!(MeanAbsoluteError);

impl<T: Scalar> Loss<T> for MeanAbsoluteError {
    crate::part::compiled!(Loss<T> for MeanAbsoluteError);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        pointwise(predicted, target, losses, gradient, |p, t| ((p - t).abs(), sign(p - t)));
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}
