use super::{Loss, Reduction, Slope, pointwise, reduction_argument};
use crate::saving::{Arguments, Describe};
use crate::{Batch, Scalar};

/// The mean of the absolute errors, which minds outliers less: `sum(abs(p - t)) / K` over the `K` outputs of a sample.
/// [Keras](https://keras.io/api/losses/regression_losses/)
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

impl MeanAbsoluteError {
    reduction_argument!();
}

impl Describe for MeanAbsoluteError {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.choice("reduction", &mut self.reduction, &Reduction::WORDS);
    }
}

impl<T: Scalar> Loss<T> for MeanAbsoluteError {
    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], slope: Option<Slope<'_, T>>) {
        pointwise(predicted, target, losses, slope, |p, t| {
            let error = p - t;
            // the derivative at 0 is 0, and that of NaN is NaN
            let sign = if error > T::zero() {
                T::one()
            } else if error < T::zero() {
                -T::one()
            } else {
                error
            };
            (error.abs(), sign)
        });
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}
