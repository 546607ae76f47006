//! From a part to its description and back, in Keras' words.
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

mod config;
mod registry;
mod stacks;

pub use config::{Arguments, Describe, Part, Spec, Value};
pub(crate) use config::{FINITE, POSITIVE};
pub use registry::{ByName, ByValue, Choice, IntoPart, Kind, Names, Registry, Shared};
