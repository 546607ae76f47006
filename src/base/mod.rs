//! The foundation of all other modules: shapes, samples, targets, errors and random numbers.

mod batch;
mod commas;
mod error;
mod inputs;
mod lines;
mod markup;
mod names;
mod non_finite;
mod order;
mod random;
mod samples;
mod shape;
mod suggestion;
mod targets;

pub(crate) use batch::BLOCK;
pub use batch::{Batch, BatchMut, Scored};
pub(crate) use commas::with_commas;
pub use error::{Error, Result, UnknownName};
pub use inputs::Inputs;
pub(crate) use lines::Lines;
pub(crate) use markup::escaped;
pub(crate) use names::{free_name, snake_case};
pub use non_finite::{NonFinite, NonFiniteCause, TensorRole};
pub(crate) use order::{ascending, in_order, ordered, sort_by_score};
pub use random::Rng;
pub(crate) use random::{Stream, derived_seed, fresh_seed};
pub(crate) use samples::{Data, Samples, check_finite};
pub use shape::Shape;
pub(crate) use suggestion::{closest, did_you_mean};
pub use targets::{TargetList, Targets};

/// Keras' small number that avoids a division by zero and the logarithm of zero.
pub const EPSILON: f64 = 1e-7;
