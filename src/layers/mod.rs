//! Layers: what a model is made of.
//!
//! [`Dense`] is the one that most models are made of. An activation may be an argument of a layer or a layer of its own:
//! [`Activation`], [`Relu`], [`Softmax`] and others.
//!
//! The random layers draw from the model's own randomness, so that a seeded model draws the same numbers each time; one
//! with a `seed` of its own has a stream of its own, which goes on from batch to batch.
//!
//! [`Normalization`], [`Rescaling`], [`Discretization`] and [`CategoryEncoding`] come before the first layer with weights, for
//! data as they are; they learn nothing in training.
//!
//! Merging layers, [`Add`] and [`Concatenate`] for instance, take the outputs of several layers. In a `Sequential` a merging
//! layer holds the [`Stack`]s of layers that it merges, which all read the same input; [`Residual`] is the most common of
//! these. They nest to any depth, and are named, frozen, counted, regularized and trained like any layer.

mod arguments;
mod entry;
mod gradient;
mod layer;
mod plan;
mod weights;

pub use entry::{Addition, Input, IntoEntry, IntoLayer, LayerEntry, LayerOptions};
pub(crate) use gradient::{FUSED_WEIGHTS, Target, WeightPlace};
pub use gradient::{InputGradients, WeightGradients};
pub use layer::{Backward, Expansion, Forward, Infer, InferRows, Layer};
pub(crate) use layer::{pass_back, pass_on};
pub use plan::Plan;
pub(crate) use plan::{Memory, Numbers};
pub use weights::{Param, WeightOptions};
pub(crate) use weights::{factor_arguments, weight_setters};

use crate::part::{folders, kind};

kind!(Layer<T>, "layer");

folders! { Layer<T>; core, merging, normalization, preprocessing, regularization, wrappers }

/// The builder method of the argument `seed` of a random layer.
macro_rules! seed_argument {
    () => {
        /// Draws from a stream of its own, always the same for this seed (default: from the model's).
        pub fn seed(mut self, seed: u64) -> Self {
            self.seed = Some(seed);
            self
        }
    };
}
use seed_argument;
