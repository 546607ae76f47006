use super::scoring::sign;
use super::{Loss, LossGradient, Reduction, pointwise, reduction_argument};
use crate::base::Batch;
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};
use std::ops::Bound::Excluded;

/// The mean over the outputs of a sample of a loss that is quadratic for small errors and linear for large ones: with the
/// error `e = p - t`, it is `e^2 / 2` if `|e| <= delta` and `delta |e| - delta^2 / 2` otherwise.
/// [Keras](https://keras.io/api/losses/regression_losses/#huber-class); P. J. Huber, "Robust Estimation of a Location
/// Parameter", 1964.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile("sgd", Huber::default().delta(0.5), ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 40.0], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Huber {
    delta: f64,
    reduction: Reduction,
}

impl Huber {
    /// The size of an error above which the loss is linear, above 0 (default 1).
    pub fn delta(mut self, delta: f64) -> Self {
        self.delta = delta;
        self
    }

    reduction_argument!();
}

impl Default for Huber {
    fn default() -> Self {
        Self { delta: 1.0, reduction: Reduction::default() }
    }
}

impl Describe for Huber {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("delta", &mut self.delta, (Excluded(0.0), Excluded(f64::INFINITY)));
        self.reduction.describe(arguments);
    }
}

impl<T: Scalar> Loss<T> for Huber {
    crate::part::compiled!(Loss<T> for Huber);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let (delta, half) = (T::of(self.delta), T::of(0.5));
        pointwise(predicted, target, losses, gradient, |p, t| {
            let error = p - t;
            let far = (delta * error.abs() - half * delta * delta, delta * sign(error));
            if error.abs() <= delta { (half * error * error, error) } else { far }
        });
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}
