use super::{Loss, LossGradient, Reduction, check_class_indices, check_class_width, class_index, reduction_argument, rowwise};
use crate::base::{Batch, Result, Shape};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};
use std::ops::Bound::Excluded;

/// A cross-entropy that tolerates wrong labels: `(1 - p[t]^q) / q` for a sample of class `t`.
/// [Keras](https://keras.io/api/losses/probabilistic_losses/); Z. Zhang and M. R. Sabuncu, "Generalized Cross Entropy Loss
/// for Training Deep Neural Networks with Noisy Labels", 2018.
///
/// The loss is close to the cross-entropy for `q` near 0 and to the error `1 - p[t]` for `q` near 1. Predictions are
/// probabilities. Targets are class indices: whole numbers from 0, below the number of units of the last layer.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(3).activation(Softmax));
/// model.compile("adam", CategoricalGeneralizedCrossEntropy::default().q(0.7), "accuracy")?;
/// model.fit(&dmatrix![1.0; 2.0], &[2, 0], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CategoricalGeneralizedCrossEntropy {
    q: f64,
    reduction: Reduction,
}

impl CategoricalGeneralizedCrossEntropy {
    /// The exponent, above 0 and below 1 (default 0.5).
    pub fn q(mut self, q: f64) -> Self {
        self.q = q;
        self
    }

    reduction_argument!();
}

impl Default for CategoricalGeneralizedCrossEntropy {
    fn default() -> Self {
        Self { q: 0.5, reduction: Reduction::default() }
    }
}

impl Describe for CategoricalGeneralizedCrossEntropy {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("q", &mut self.q, (Excluded(0.0), Excluded(1.0)));
        self.reduction.describe(arguments);
    }
}

impl<T: Scalar> Loss<T> for CategoricalGeneralizedCrossEntropy {
    crate::part::compiled!(Loss<T> for CategoricalGeneralizedCrossEntropy);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let (one, q) = (T::one(), T::of(self.q));
        // at p = 0 the derivative is infinite; that of a tiny p is used instead, because the softmax turns it into 0, not NaN
        let tiny = T::of(f32::MIN_POSITIVE.into());
        rowwise(predicted, target, losses, gradient, |predicted, target, gradient| {
            let class = target.first().and_then(|&target| class_index(target, predicted.len()));
            // a label that `check` would reject gives NaN
            let p = class.map_or(T::of(f64::NAN), |class| predicted[class]);
            if let Some((scale, gradient)) = gradient {
                gradient.fill(T::zero() * p);
                let base = if p == T::zero() { tiny } else { p };
                class.into_iter().for_each(|class| gradient[class] = -scale * base.powf(q - one));
            }
            (one - p.powf(q)) / q
        });
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_class_width(self.class_name(), outputs, targets.shape(), "`Sigmoid` and `BinaryCrossentropy`")?;
        check_class_indices(self.class_name(), outputs, targets, |_| false)
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}
