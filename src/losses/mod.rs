//! Losses: what training makes small.
//!
//! Each is named in snake case where a name is taken, `"mean_squared_error"`, and some have a shorter name, `"mse"`. In the
//! formulas `p` is predicted and `t` is wanted, over the `K` outputs of one sample.
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

mod checks;
mod reduction;
mod scoring;

pub use reduction::{Reduction, losses_and_gradient, value_and_gradient};
pub use scoring::{LossGradient, pointwise, rowwise};

pub(crate) use checks::{
    check_class_indices, check_class_width, check_one_hot_width, check_probabilities, check_same_width, check_targets,
    class_index,
};
pub(crate) use reduction::scale_samples;

use crate::activations::Activation;
use crate::base::{Batch, Error, Result, Shape};
use crate::kernels::Scalar;
use crate::part::{Part, kind, parts};
use std::sync::Arc;

kind!(Loss<T>, "loss");

parts! { Loss<T>;
    binary_crossentropy: BinaryCrossentropy => ["bce"];
    binary_focal_crossentropy: BinaryFocalCrossentropy;
    categorical_crossentropy: CategoricalCrossentropy;
    categorical_focal_crossentropy: CategoricalFocalCrossentropy;
    categorical_generalized_cross_entropy: CategoricalGeneralizedCrossEntropy;
    circle: Circle;
    cosine_similarity: CosineSimilarity;
    crossentropy: #[internal] Crossentropy => ["ce"];
    hinge: CategoricalHinge, Hinge, SquaredHinge;
    huber: Huber;
    kl_divergence: KLDivergence => ["kld"];
    log_cosh: LogCosh;
    mean_absolute_error: MeanAbsoluteError => ["mae"];
    mean_absolute_percentage_error: MeanAbsolutePercentageError => ["mape"];
    mean_squared_error: MeanSquaredError => ["mse"];
    mean_squared_logarithmic_error: MeanSquaredLogarithmicError => ["msle"];
    overlap: Dice, Tversky;
    poisson: Poisson;
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy;
}

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
    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], slope: Option<LossGradient<'_, T>>);

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

    /// Makes the shared `dyn` of a part; a part of this crate does so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Loss<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
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
    Ok(Some(fused.into_shared()))
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
