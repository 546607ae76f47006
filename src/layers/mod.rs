//! Layers: the building blocks of a model.
//!
//! The most common layer is [`Dense`]. An activation may be an argument of a layer or a separate layer: [`Activation`],
//! [`Relu`], [`Softmax`] and others.
//!
//! Random layers draw from the model's random number generator, so a model with a seed draws the same numbers each time. A
//! layer with its own `seed` draws from its own generator, which is not restarted between batches.
//!
//! [`Normalization`], [`Rescaling`], [`Discretization`], [`PiecewiseLinear`] and [`CategoryEncoding`] prepare raw data. They
//! come before the first layer with weights, and training does not change them. [`PeriodicEmbedding`] and [`Embedding`] turn
//! numbers and classes into several values each, which are trained.
//!
//! [`BatchEnsembleDense`], with [`EinsumDense`], [`GlobalAveragePooling1D`] and the loss
//! [`MeanOfMembers`](crate::losses::MeanOfMembers), makes an ensemble in one network.
//!
//! Merging layers, such as [`Add`] and [`Concatenate`], take the outputs of several layers. In a `Sequential` a merging layer
//! holds the [`Stack`]s of layers that it merges, which all read the same input; [`Residual`] is the most common example.
//! Stacks may contain merging layers, to any depth, and their layers are named, frozen, counted, regularized and trained
//! like any other layer.

mod arguments;
mod entry;
mod gradient;
mod layer;
mod plan;
mod weights;

pub use entry::{Addition, Input, IntoEntry, IntoLayer, LayerEntry, LayerOptions};
pub(crate) use gradient::{FUSED_WEIGHTS, Target};
pub use gradient::{InputGradients, WeightGradients};
pub use layer::{Backward, Expansion, Forward, Infer, InferRows, Layer};
pub(crate) use layer::{pass_back, pass_on};
pub use plan::Plan;
pub(crate) use plan::{Memory, Numbers};
pub use weights::{Param, WeightOptions};
pub(crate) use weights::{factor_arguments, weight_arguments, weight_setters};

use crate::part::{folders, kind};

kind!(Layer<T>, "layer");

folders! { Layer<T>; core, merging, normalization, preprocessing, regularization, wrappers }

/// Defines the builder method `seed` of a random layer.
macro_rules! seed_argument {
    () => {
        /// Sets a seed for the layer's own random number generator (default: the layer draws from the model's generator).
        pub fn seed(mut self, seed: u64) -> Self {
            self.seed = Some(seed);
            self
        }
    };
}
use seed_argument;
