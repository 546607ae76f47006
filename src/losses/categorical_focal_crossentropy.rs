use super::categorical_crossentropy::{score_probabilities, score_shares};
use super::{
    Loss, LossGradient, Reduction, check_one_hot_width, check_probabilities, from_logits_argument, fuse_with,
    label_smoothing_argument, reduction_argument, rowwise,
};
use crate::activations::{Activation, Softmax, largest};
use crate::base::{Batch, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::{Arguments, Describe};
use std::sync::Arc;

/// The categorical cross-entropy with less weight for confident correct predictions: `-sum(alpha (1 - p)^gamma t ln p)` over
/// the classes. [Keras](https://keras.io/api/losses/probabilistic_losses/#categoricalfocalcrossentropy-class); T.-Y. Lin
/// et al., "Focal Loss for Dense Object Detection", 2017.
///
/// Predictions are probabilities, which the loss divides by their sum and clips to `[1e-7, 1 - 1e-7]`. It clips the softmax of
/// logits in the same way. Targets have one column for each class.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(3).activation(Softmax));
/// model.compile("adam", CategoricalFocalCrossentropy::default().gamma(1.5), "accuracy")?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![0.0, 0.0, 1.0; 1.0, 0.0, 0.0], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CategoricalFocalCrossentropy {
    alpha: f64,
    gamma: f64,
    from_logits: bool,
    label_smoothing: f64,
    reduction: Reduction,
}

impl CategoricalFocalCrossentropy {
    /// The factor of the loss of every class, at least 0 (default 0.25).
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// The exponent of `1 - p`, at least 0 (default 2): a larger one gives correct predictions less weight.
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = gamma;
        self
    }

    from_logits_argument!();

    label_smoothing_argument!("`t (1 - s) + s / K` for `K` classes");

    reduction_argument!();
}

impl Default for CategoricalFocalCrossentropy {
    fn default() -> Self {
        Self { alpha: 0.25, gamma: 2.0, from_logits: false, label_smoothing: 0.0, reduction: Reduction::default() }
    }
}

impl Describe for CategoricalFocalCrossentropy {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("alpha", &mut self.alpha, 0.0..f64::INFINITY);
        arguments.number("gamma", &mut self.gamma, 0.0..f64::INFINITY);
        arguments.flag("from_logits", &mut self.from_logits);
        arguments.number("label_smoothing", &mut self.label_smoothing, 0.0..=1.0);
        arguments.integer("axis", &mut -1, -1..=-1);
        self.reduction.describe(arguments);
    }
}

impl<T: Scalar> Loss<T> for CategoricalFocalCrossentropy {
    crate::part::compiled!(Loss<T> for CategoricalFocalCrossentropy);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let (one, alpha, gamma) = (T::one(), T::of(self.alpha), T::of(self.gamma));
        let classes = predicted.width() as f64;
        let (keep, shift) = (T::of(1.0 - self.label_smoothing), T::of(self.label_smoothing / classes));
        rowwise(predicted, target, losses, gradient, |predicted, target, gradient| {
            // this computes -alpha t (1 - q)^gamma ln q and its derivative; q is clipped, so never 0 or 1
            let focal = |class: usize, q: T| {
                let (weight, log) = (alpha * (target[class] * keep + shift), math::ln(q));
                let power = (one - q).powf(gamma);
                (-weight * power * log, weight * power * (gamma * log / (one - q) - q.recip()))
            };
            if !self.from_logits {
                return score_probabilities(predicted, focal, gradient);
            }
            let largest = largest(predicted);
            let sum: T = predicted.iter().map(|&z| math::exp(z - largest)).sum();
            score_shares(predicted.len(), |class| math::exp(predicted[class] - largest) / sum, |q| q, focal, gradient)
        });
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        let sparse = "`SparseCategoricalCrossentropy`";
        check_one_hot_width(self.class_name(), outputs, targets.shape(), "`Sigmoid` and `BinaryFocalCrossentropy`", sparse)?;
        check_probabilities(self.class_name(), targets)
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn fuse(&self, last: &dyn Activation<T>, _outputs: &Shape) -> Result<Option<Arc<dyn Loss<T>>>> {
        fuse_with::<T, Softmax>(self.class_name(), self.from_logits, last, self.from_logits(true))
    }
}
