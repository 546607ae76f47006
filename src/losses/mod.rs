//! Losses: the numbers that training minimises.
//!
//! A loss is given by value, [`MeanSquaredError::default()`](MeanSquaredError), or by its name in snake case,
//! `"mean_squared_error"`; some losses also have a short name, `"mse"`. In the formulas, `p` is a prediction and `t` its
//! target, and a sample has `K` outputs.
//!
//! The string `"crossentropy"`, or `"ce"`, picks the binary, sparse or categorical cross-entropy by the widths of outputs
//! and targets, as in Keras. A [`Reduction`] combines the losses of the samples into one number. [`value_and_gradient`] and
//! [`losses_and_gradient`] score predictions without a model. [`pointwise`] and [`rowwise`] turn a formula of your own into
//! a loss.
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
mod several;

pub use reduction::{Reduction, losses_and_gradient, value_and_gradient};
pub use scoring::{LossGradient, pointwise, rowwise};
pub(crate) use several::WeightedLoss;
pub use several::{IntoLosses, Losses};

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
    mean_of_members: MeanOfMembers = MeanOfMembers::<T>::new(MeanSquaredError::default());
    mean_squared_error: MeanSquaredError => ["mse"];
    mean_squared_logarithmic_error: MeanSquaredLogarithmicError => ["msle"];
    overlap: Dice, Tversky;
    poisson: Poisson;
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy;
}

/// A loss: it gives the loss of each sample and the gradient with respect to the predictions.
///
/// [`Reduction`] weights the losses of the samples and combines them into one number, in the same way for every loss. To
/// write a loss of your own, implement [`score`](Loss::score) for a struct, usually with one call of [`pointwise`] or
/// [`rowwise`], and check its gradient with [`crate::check::loss`].
pub trait Loss<T: Scalar>: Part {
    /// Writes the loss of each sample to `losses`, and its gradient to `gradient` if that is given.
    ///
    /// `gradient.values` becomes the derivative of the sum of `scale[i] * losses[i]` with respect to each prediction. Only
    /// the loss of the prediction's own sample contributes to it, unless the loss compares samples with each other.
    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>);

    /// Checks, once before training, that these targets can be compared with outputs of this shape.
    ///
    /// # Errors
    ///
    /// By default, the call fails if the widths differ. A loss over classes also checks the labels.
    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_same_width(self.name(), outputs, targets.shape())
    }

    /// The reduction that combines the losses of the samples into one number.
    fn reduction(&self) -> Reduction {
        Reduction::SumOverBatchSize
    }

    /// Sets the scale of each ignored sample to 0 and returns how many samples count; by default all of them do.
    fn mask(&self, targets: Batch<'_, T>, _scale: &mut [T]) -> usize {
        targets.count()
    }

    /// True if the loss is one number for the whole batch, which `score` writes for every sample; false by default.
    fn of_batch(&self) -> bool {
        false
    }

    /// A form of this loss that takes the last layer's pre-activations, if that is more exact than taking its outputs.
    ///
    /// # Errors
    ///
    /// The call fails if this loss cannot follow the last activation.
    fn fuse(&self, _last: &dyn Activation<T>, _outputs: &Shape) -> Result<Option<Arc<dyn Loss<T>>>> {
        Ok(None)
    }

    /// Converts the loss to a shared trait object; losses of this crate do so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Loss<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}

/// Returns the form of a cross-entropy that takes logits, if the last activation is `A`, which turns logits into
/// probabilities.
///
/// The call fails if the loss takes logits already, because the activation would be applied twice.
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
        let advice = format!("false, because the last layer's `{}` gives probabilities; or remove that activation", last.name());
        return Err(Error::argument(loss, "from_logits", true, advice));
    }
    Ok(Some(fused.into_shared()))
}

/// Gives a cross-entropy its setter for logits.
macro_rules! from_logits_argument {
    () => {
        /// Whether predictions are logits rather than probabilities (default: false).
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
        /// The reduction of the losses of the samples to one number (default: their sum divided by the number of samples).
        pub fn reduction(mut self, reduction: crate::losses::Reduction) -> Self {
            self.reduction = reduction;
            self
        }
    };
}
use reduction_argument;

/// Gives a loss its setter for label smoothing; `$smoothed` is the formula of a smoothed target.
macro_rules! label_smoothing_argument {
    ($smoothed:literal) => {
        #[doc = concat!("The label smoothing `s`, from 0 (default) to 1: a target `t` becomes ", $smoothed, ".")]
        pub fn label_smoothing(mut self, label_smoothing: f64) -> Self {
            self.label_smoothing = label_smoothing;
            self
        }
    };
}
use label_smoothing_argument;

/// Implements the setter and `Describe` of a loss whose only argument is the reduction.
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
