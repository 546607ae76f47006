//! From a part to its description and back, in Keras' words; and models as Keras' files.
//!
//! A *part* is anything with a Keras name: a layer, an activation, a loss, an optimizer, a metric, an initializer,
//! a regularizer, a constraint. Its [`Spec`] is Keras' object spec, a class name and the arguments. The
//! [`Registry`] turns a spec or a bare name into the part, and [`Part::spec`] gives the spec of a part.
//!
//! | here | what it is |
//! |---|---|
//! | [`Spec`], [`Value`] | a class name, and the values of its arguments |
//! | [`Describe`], [`Arguments`] | how a part lists its arguments, each with its range, once |
//! | [`Part`] | what every part can do: name, spec, check of its arguments |
//! | [`Registry`], [`Names`], [`Kind`] | the parts of each kind by name, the user's own among them |
//! | [`IntoPart`], [`Choice`] | what can stand where a part is wanted: it, its name, or a shared one |
//!
//! # Files
//!
//! With the feature `keras` (on by default) the file of a model is Keras' own: what is saved here, Keras 3 in Python
//! opens, and the other way round. There is no other format.
//!
//! | here | in Keras | what |
//! |---|---|---|
//! | [`Model::save`](crate::Model::save), [`load`](crate::Sequential::load) | `model.save`, `load_model` | `.keras`: all of it; files of Keras 1.2 to 2.15 are read |
//! | [`to_bytes`](crate::Model::to_bytes), [`from_bytes`](crate::Sequential::from_bytes) | | the same in memory |
//! | [`save_weights`](crate::Model::save_weights), [`load_weights`](crate::Model::load_weights) | the same | `.weights.h5` |
//! | [`to_json`](crate::Model::to_json), [`from_json`](crate::Sequential::from_json) | `to_json`, `model_from_json` | the architecture |
//! | `to_safetensors`, `load_safetensors` | | the weights for other libraries (feature `safetensors`) |
//!
//! What Keras has no place for - the seed, where the random generators stand, how far an interrupted training has
//! come - is in one more member of the archive, `layercake.json`, which Keras ignores. Keras in turn has what is not
//! taken over: seeds of single layers and initializers, for a model has one seed here, and arguments that change no
//! number here. An argument that this crate does not know and that may change what a layer computes is an error that
//! names it. What a model was compiled with never stands in the way of its predictions: see
//! [`load`](crate::Sequential::load).
//!
//! An activation with arguments, `Relu.max_value(6.0)` say, is saved as the layer that does the same (`ReLU`); one for
//! which there is no such layer (`gelu` with `approximate`) Python finds only if it is given in `custom_objects`.
//!
//! A model with branches is saved as a functional model of Keras: [`Residual`](crate::layers::Residual),
//! [`Add`](crate::layers::Add) and the other merging layers become the layers that they are made of, with the connections
//! between them. A [`Lambda`](crate::layers::Lambda) cannot be saved.

#[cfg(feature = "keras")]
mod archive;
#[cfg(any(feature = "keras", feature = "safetensors"))]
pub(crate) mod atomic;
#[cfg(feature = "keras")]
mod files;
#[cfg(feature = "keras")]
mod h5;
#[cfg(feature = "keras")]
mod hdf5;
#[cfg(feature = "keras")]
mod keras;
#[cfg(any(feature = "keras", feature = "safetensors"))]
mod place;
mod registry;
#[cfg(feature = "safetensors")]
mod safetensors;
#[cfg(feature = "keras")]
mod session;
#[cfg(feature = "keras")]
mod source;

#[cfg(feature = "keras")]
pub(crate) use place::check_ending;

pub use crate::part::{Arguments, ByName, ByValue, Choice, Describe, IntoPart, Kind, Names, Part, Shared, Spec, Value};
pub use registry::Registry;
