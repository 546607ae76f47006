//! Descriptions of parts, and files of models, both as in Keras.
//!
//! A *part* is anything that has a name in Keras: a layer, an activation, a loss, an optimizer, a metric, an initializer,
//! a regularizer, a constraint. Its [`Spec`] is Keras' description of it: a class name and the arguments. The
//! [`Registry`] makes a part from a spec or a name, and [`Part::spec`] returns the spec of a part.
//!
//! | item | meaning |
//! |---|---|
//! | [`Spec`], [`Value`] | a class name, and the values of the arguments |
//! | [`Describe`], [`Arguments`] | the list of the arguments of a part, with their ranges |
//! | [`Part`] | the methods of every part: its name, its spec, the check of its arguments |
//! | [`Registry`], [`Names`], [`Kind`] | the parts of each kind by name, including the user's own |
//! | [`IntoPart`], [`Choice`] | the values that can be given where a part is expected: the part, its name, or a shared part |
//!
//! # Files
//!
//! With the feature `keras` (on by default), models are saved in Keras' own formats: Keras 3 in Python loads the files of this
//! crate, and this crate loads the files of Keras. There is no other format for a whole model.
//!
//! | here | in Keras | content |
//! |---|---|---|
//! | [`Model::save`](crate::Model::save), [`load`](crate::Sequential::load) | `model.save`, `load_model` | `.keras`: the whole model; `load` also reads files of Keras 1.2 to 2.15 |
//! | [`to_bytes`](crate::Model::to_bytes), [`from_bytes`](crate::Sequential::from_bytes) | | the same in memory |
//! | [`save_weights`](crate::Model::save_weights), [`load_weights`](crate::Model::load_weights) | the same | `.weights.h5` |
//! | [`load_weights_by_name`](crate::Model::load_weights_by_name) | `load_weights(by_name=True)` | the weights of the layers that the file and the model both have |
//! | [`contents`] | | what a file holds, without loading it |
//! | [`to_json`](crate::Model::to_json), [`from_json`](crate::Sequential::from_json) | `to_json`, `model_from_json` | the architecture |
//! | `to_safetensors`, `load_safetensors` | | the weights for other libraries (feature `safetensors`) |
//!
//! The archive has one member that Keras ignores, `layercake.json`. It contains the seed, the states of the random number
//! generators, and the progress of an interrupted training. When a file is loaded, the seeds of single layers and
//! initializers are ignored, because a model has one seed here, and so are arguments that change no number here. An argument
//! that this crate does not know and that may change the output of a layer is an error with the name of the argument.
//! A model can be loaded and predicts even if its compile settings cannot be used: see [`load`](crate::Sequential::load).
//!
//! An activation with arguments, such as `Relu.max_value(6.0)`, is saved as the layer with the same formula (`ReLU`). If there
//! is no such layer (`gelu` with `approximate`), Python loads the activation only if it is given in `custom_objects`.
//!
//! A [`Functional`](crate::Functional) model and a model with branches are saved as a functional model of Keras: [`Residual`](crate::layers::Residual),
//! [`Add`](crate::layers::Add) and the other merging layers become the layers that they are made of, with the connections
//! between them. A [`Lambda`](crate::layers::Lambda) cannot be saved.

#[cfg(feature = "keras")]
mod archive;
pub(crate) mod atomic;
#[cfg(feature = "keras")]
mod beside;
#[cfg(feature = "keras")]
mod files;
#[cfg(feature = "keras")]
mod foreign;
#[cfg(feature = "keras")]
mod h5;
#[cfg(feature = "keras")]
mod hdf5;
#[cfg(feature = "keras")]
mod keras;
#[cfg(feature = "keras")]
mod load;
#[cfg(feature = "keras")]
mod load_options;
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
pub(crate) use beside::{Beside, Hashes, hash, save_beside};
#[cfg(feature = "keras")]
pub(crate) use keras::{Answer, Columns, Encoded, name_of_input};
#[cfg(feature = "keras")]
pub(crate) use place::{Place, check_ending};

pub use crate::part::{Arguments, ByName, ByValue, Choice, Describe, IntoPart, Kind, Names, Part, Shared, Spec, Value};
#[cfg(feature = "keras")]
pub use keras::{Contents, contents};
#[cfg(feature = "keras")]
pub use load_options::LoadOptions;
pub use registry::Registry;
