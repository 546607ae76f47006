//! The description of a part: its class name and its arguments with their ranges. Parts are made from names and specs here.

mod arguments;
mod choice;
mod compiled;
mod convert;
mod describe;
mod lists;
mod names;
mod numbers;
mod spec;

pub use arguments::Arguments;
pub use choice::{ByName, ByValue, Choice, IntoPart, Shared};
pub(crate) use compiled::compiled;
pub(crate) use convert::{FINITE, POSITIVE};
pub use describe::{Describe, Part};
pub(crate) use lists::{folders, kind, parts};
pub use names::{Kind, Names};
pub(crate) use names::{Lookup, NoParts, find, named};
pub use spec::{Spec, Value};
