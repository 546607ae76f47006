//! A part's description: its class name, its arguments with their ranges, and what makes one from a name.

mod arguments;
mod choice;
mod names;

pub use arguments::{Arguments, Describe, Part, Spec, Value};
pub(crate) use arguments::{FINITE, POSITIVE};
pub use choice::{ByName, ByValue, Choice, IntoPart, Shared};
pub(crate) use names::Lookup;
pub use names::{Kind, Names};
