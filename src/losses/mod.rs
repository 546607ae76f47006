//! Losses: what training makes small.
//!
//! | here | in Keras | of one sample, `p` predicted and `t` wanted, over `K` outputs |
//! |---|---|---|
//! | [`MeanSquaredError`] | `"mse"` | `sum((p - t)^2) / K` |
//! | [`MeanAbsoluteError`] | `"mae"` | `sum(abs(p - t)) / K` |
//! | [`MeanAbsolutePercentageError`] | `"mape"` | `100 sum(abs(p - t) / abs(t)) / K` |
//! | [`MeanSquaredLogarithmicError`] | `"msle"` | `sum((ln(p + 1) - ln(t + 1))^2) / K` |
//! | [`Huber`] | `"huber"` | `sum(e^2 / 2) / K`, straight lines beyond `abs(e) = delta` |
//! | [`LogCosh`] | `"log_cosh"` | `sum(ln cosh(p - t)) / K` |
//! | [`Poisson`] | `"poisson"` | `sum(p - t ln p) / K` |
//! | [`CosineSimilarity`] | `"cosine_similarity"` | `-sum(p t) / (norm(p) norm(t))` |
//! | [`Hinge`] | `"hinge"` | `sum(max(1 - t p, 0)) / K`, `t` -1 or 1 |
//! | [`SquaredHinge`] | `"squared_hinge"` | `sum(max(1 - t p, 0)^2) / K` |
//! | [`CategoricalHinge`] | `"categorical_hinge"` | `max(1 - sum(t p) + max((1 - t) p), 0)`, `t` one-hot |
//! | [`BinaryCrossentropy`] | `"bce"` | `-sum(t ln p + (1 - t) ln(1 - p)) / K` |
//! | [`BinaryFocalCrossentropy`] | `"binary_focal_crossentropy"` | the same, times `(1 - p)^gamma` for the probability `p` of `t` |
//! | [`CategoricalCrossentropy`] | `"categorical_crossentropy"` | `-sum(t ln p)`, `t` one-hot |
//! | [`CategoricalFocalCrossentropy`] | `"categorical_focal_crossentropy"` | `-sum(alpha (1 - p)^gamma t ln p)`, `t` one-hot |
//! | [`SparseCategoricalCrossentropy`] | `"sparse_categorical_crossentropy"` | `-ln p[t]`, `t` a class index |
//! | [`CategoricalGeneralizedCrossEntropy`] | `"categorical_generalized_cross_entropy"` | `(1 - p[t]^q) / q`, `t` a class index |
//! | [`KLDivergence`] | `"kld"` | `sum(t ln(t / p))` |
//! | [`Dice`] | `"dice"` | of the whole batch: `1 - 2 sum(t p) / (sum(t) + sum(p))` |
//! | [`Tversky`] | `"tversky"` | as `Dice`, with weights for what is missed and what is too much |
//! | [`Circle`] | `"circle"` | near samples of its class, far from those of others, `t` a class index |
//!
//! The string `"crossentropy"`, or `"ce"`, picks one of the binary, sparse and categorical cross-entropies by the widths
//! of outputs and targets, as in Keras. How the losses of samples become one number is a [`Reduction`];
//! [`value_and_gradient`] and [`losses_and_gradient`] score predictions without a model, and [`pointwise`] and [`rowwise`]
//! make a loss of a formula of one's own.
//!
//! ```
//! use layercake::prelude::*;
//!
//! let mut model = Sequential::new();
//! model.add(Dense::new(1));
//! for loss in ["mse", "mape", "huber", "log_cosh", "hinge", "kld"] {
//!     model.compile("adam", loss, ())?;
//!     model.fit(&dmatrix![1.0; 2.0], &dmatrix![0.0; 1.0], FitOptions::new())?;
//! }
//! # Ok::<(), layercake::Error>(())
//! ```

mod binary_crossentropy;
mod binary_focal_crossentropy;
mod categorical_crossentropy;
mod categorical_focal_crossentropy;
mod categorical_generalized_cross_entropy;
mod checks;
mod circle;
mod cosine_similarity;
mod crossentropy;
mod hinge;
mod huber;
mod kl_divergence;
mod log_cosh;
mod mean_absolute_error;
mod mean_absolute_percentage_error;
mod mean_squared_error;
mod mean_squared_logarithmic_error;
mod overlap;
mod poisson;
mod reduction;
mod scoring;
mod sparse_categorical_crossentropy;

pub use binary_crossentropy::BinaryCrossentropy;
pub use binary_focal_crossentropy::BinaryFocalCrossentropy;
pub use categorical_crossentropy::CategoricalCrossentropy;
pub use categorical_focal_crossentropy::CategoricalFocalCrossentropy;
pub use categorical_generalized_cross_entropy::CategoricalGeneralizedCrossEntropy;
pub use circle::Circle;
pub use cosine_similarity::CosineSimilarity;
pub use hinge::{CategoricalHinge, Hinge, SquaredHinge};
pub use huber::Huber;
pub use kl_divergence::KLDivergence;
pub use log_cosh::LogCosh;
pub use mean_absolute_error::MeanAbsoluteError;
pub use mean_absolute_percentage_error::MeanAbsolutePercentageError;
pub use mean_squared_error::MeanSquaredError;
pub use mean_squared_logarithmic_error::MeanSquaredLogarithmicError;
pub use overlap::{Dice, Tversky};
pub use poisson::Poisson;
pub use reduction::{Reduction, losses_and_gradient, value_and_gradient};
pub use scoring::{Slope, pointwise, rowwise};
pub use sparse_categorical_crossentropy::SparseCategoricalCrossentropy;

pub(crate) use checks::{
    check_class_indices, check_class_width, check_one_hot_width, check_probabilities, check_same_width, check_targets,
    class_index,
};
pub(crate) use crossentropy::Crossentropy;
pub(crate) use reduction::scale_samples;

use crate::activations::Activation;
use crate::base::{Batch, Error, Result, Shape};
use crate::kernels::Scalar;
use crate::part::Part;
use std::sync::Arc;

/// The loss of each sample, with its slope.
///
/// How the samples' losses become one number, and how weights of samples enter, is [`Reduction`], done once for all
/// losses. A loss of one's own is one struct and [`score`](Loss::score), usually one call of [`pointwise`] or
/// [`rowwise`]; check its slope with [`crate::check::loss`].
pub trait Loss<T: Scalar>: Part {
    /// Writes the loss of each sample to `losses`, and where a slope is wanted, that too.
    ///
    /// `slope.values` becomes the derivative by each prediction of the sum of `scale[i] * losses[i]`: that of its own
    /// sample, unless samples are compared with each other.
    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], slope: Option<Slope<'_, T>>);

    /// Fails if these targets cannot be compared with outputs of this shape; asked once, before training.
    ///
    /// # Errors
    ///
    /// By default when the widths differ; a loss over classes also looks at the labels.
    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_same_width(self.name(), outputs, targets.shape())
    }

    /// How the losses of the samples become one number.
    fn reduction(&self) -> Reduction {
        Reduction::SumOverBatchSize
    }

    /// Sets the scale of samples that shall not count to 0, and says how many do; by default all.
    fn mask(&self, targets: Batch<'_, T>, _scale: &mut [T]) -> usize {
        targets.count()
    }

    /// Whether it is one number for the whole batch, written for each sample; by default each sample has its own.
    fn of_batch(&self) -> bool {
        false
    }

    /// The same loss of the last layer's sums, where that is more exact than of its activation's outputs.
    ///
    /// # Errors
    ///
    /// A last activation that makes no sense under this loss.
    fn fuse(&self, _last: &dyn Activation<T>, _outputs: &Shape) -> Result<Option<Arc<dyn Loss<T>>>> {
        Ok(None)
    }
}

/// The form from logits of a cross-entropy, if the last activation is the `A` that makes its probabilities of logits.
///
/// Fails if the loss takes logits already, for then the activation would be applied twice.
pub(crate) fn fuse_with<T: Scalar, A: Activation<T>>(
    loss: &str,
    from_logits: bool,
    last: &dyn Activation<T>,
    fused: impl Loss<T>,
) -> Result<Option<Arc<dyn Loss<T>>>> {
    if !last.as_any().is::<A>() {
        return Ok(None);
    }
    if from_logits {
        let advice =
            format!("false behind a last layer with `{}`, whose outputs are probabilities, or no activation there", last.name());
        return Err(Error::argument(loss, "from_logits", true, advice));
    }
    Ok(Some(Arc::new(fused)))
}

/// Gives a cross-entropy its setter for logits.
macro_rules! from_logits_argument {
    () => {
        /// Whether predictions are sums rather than probabilities (default: false).
        pub fn from_logits(mut self, from_logits: bool) -> Self {
            self.from_logits = from_logits;
            self
        }
    };
}
pub(crate) use from_logits_argument;

/// Gives a loss its setter for the reduction.
macro_rules! reduction_argument {
    () => {
        /// How the losses of samples become one number (default: their sum divided by their number).
        pub fn reduction(mut self, reduction: crate::losses::Reduction) -> Self {
            self.reduction = reduction;
            self
        }
    };
}
use reduction_argument;

/// Gives a cross-entropy its setter for label smoothing, with what becomes of a target.
macro_rules! label_smoothing_argument {
    ($smoothed:literal) => {
        #[doc = concat!("How far targets are drawn to equal parts: ", $smoothed, ", from 0 (default) to 1.")]
        pub fn label_smoothing(mut self, label_smoothing: f64) -> Self {
            self.label_smoothing = label_smoothing;
            self
        }
    };
}
use label_smoothing_argument;

/// Describes a loss that has no argument but the reduction.
macro_rules! only_reduction_argument {
    ($loss:ident) => {
        impl $loss {
            crate::losses::reduction_argument!();
        }

        impl crate::part::Describe for $loss {
            fn arguments(&mut self, arguments: &mut crate::part::Arguments<'_>) {
                self.reduction.describe(arguments);
            }
        }
    };
}
use only_reduction_argument;
