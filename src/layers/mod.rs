//! Layers: what a model is stacked from.
//!
//! | here | in Keras | what it does |
//! |---|---|---|
//! | [`Input`] | `Input` | says how wide the data are, without waiting for them |
//! | [`Dense`] | `Dense` | `activation(x W + b)` |
//! | [`Activation`] | `Activation` | an activation by itself |
//! | [`Relu`], [`LeakyRelu`], [`Elu`], [`Softmax`] | `ReLU`, `LeakyReLU`, `ELU`, `Softmax` | these activations, with their arguments |
//! | [`PRelu`] | `PReLU` | a rectifier that learns its slope below 0 |
//! | [`Identity`] | `Identity` | passes its inputs on |
//! | [`BatchNormalization`] | `BatchNormalization` | brings each channel to mean 0 and variance 1 over the batch |
//! | [`LayerNormalization`] | `LayerNormalization` | brings each sample to mean 0 and variance 1 |
//! | [`GroupNormalization`] | `GroupNormalization` | the same, for groups of channels of a sample |
//! | [`RmsNormalization`] | `RMSNormalization` | brings each sample to a mean square of 1 |
//! | [`UnitNormalization`] | `UnitNormalization` | brings each sample to length 1 |
//! | [`Dropout`] | `Dropout` | in training, sets a random share of its inputs to 0 |
//! | [`AlphaDropout`] | `AlphaDropout` | the same for self-normalizing networks, keeping mean and variance |
//! | [`GaussianDropout`] | `GaussianDropout` | in training, multiplies its inputs by normal numbers around 1 |
//! | [`GaussianNoise`] | `GaussianNoise` | in training, adds normal numbers around 0 |
//! | [`ActivityRegularization`] | `ActivityRegularization` | adds a price for large inputs to the loss |
//! | [`Flatten`] | `Flatten` | makes one row of a sample |
//! | [`Reshape`] | `Reshape` | gives samples another shape |
//! | [`Permute`] | `Permute` | puts the axes of a sample in another order |
//! | [`RepeatVector`] | `RepeatVector` | repeats a sample |
//! | [`Lambda`] | `Lambda` | a function of one's own, with its derivative |
//! | [`SpectralNormalization`] | `SpectralNormalization` | a layer whose kernel is held to the spectral norm 1 |
//!
//! The random layers draw from the model's own randomness, so that a seeded model draws the same numbers each time; one
//! with a `seed` of its own has a stream of its own, which goes on from batch to batch.
//!
//! Before the first layer with weights, for data as they come; they learn nothing in training:
//!
//! | here | in Keras | what it does |
//! |---|---|---|
//! | [`Normalization`] | `Normalization` | `(x - mean) / sqrt(variance)`, from data or given |
//! | [`Rescaling`] | `Rescaling` | `scale x + offset` |
//! | [`Discretization`] | `Discretization` | the number of the bin that a value lies in |
//! | [`CategoryEncoding`] | `CategoryEncoding` | numbers of classes as ones among zeros, or as counts |
//! | [`Embedding`] | `Embedding` | a vector of weights for each class |
//!
//! Layers that hold others. In Keras they take the outputs of several layers of a functional model; here each holds
//! [`Stack`]s of layers, which all see the same input:
//!
//! | here | in Keras | what it does |
//! |---|---|---|
//! | [`Residual`] | `Add()([x, f(x)])` | adds its input to what its stack makes of it |
//! | [`Add`], [`Subtract`], [`Multiply`], [`Average`], [`Maximum`], [`Minimum`] | the same | what their names say, value by value |
//! | [`Concatenate`] | `Concatenate` | lays the outputs side by side |
//!
//! They nest to any depth, and are named, frozen, counted, regularized and trained like any layer.

mod arguments;
mod core;
mod entry;
mod gradient;
mod layer;
mod merging;
mod normalization;
mod plan;
mod preprocessing;
mod regularization;
mod weights;
mod wrappers;

pub use self::core::{
    Activation, Dense, Elu, Embedding, Flatten, Identity, Lambda, LeakyRelu, PRelu, Permute, Relu, RepeatVector, Reshape, Softmax,
};
pub use entry::{Addition, Input, IntoEntry, IntoLayer, LayerEntry, LayerOptions};
pub(crate) use gradient::{FUSED_WEIGHTS, Target, WeightPlace};
pub use gradient::{InputGradients, WeightGradients};
pub use layer::{Backward, Expansion, Forward, Infer, InferRows, Layer};
pub(crate) use layer::{pass_back, pass_on};
pub use merging::{Add, Average, Concatenate, IntoStack, Maximum, Minimum, Multiply, Residual, Stack, Subtract, stack};
pub use normalization::{BatchNormalization, GroupNormalization, LayerNormalization, RmsNormalization, UnitNormalization};
pub use plan::Plan;
pub(crate) use plan::{Memory, Numbers};
pub use preprocessing::{CategoryEncoding, Discretization, Normalization, OutputMode, Rescaling};
pub use regularization::{ActivityRegularization, AlphaDropout, Dropout, GaussianDropout, GaussianNoise};
pub use weights::{Param, WeightOptions};
pub(crate) use weights::{factor_arguments, weight_setters};
pub use wrappers::SpectralNormalization;

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
