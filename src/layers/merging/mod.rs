//! Layers that merge the outputs of several layers.

mod add;
mod arithmetic;
mod concatenate;
mod merge;
mod stack;

pub use add::{Add, Residual};
pub use arithmetic::{Average, Maximum, Minimum, Multiply, Subtract};
pub use concatenate::Concatenate;
pub use stack::{IntoStack, Stack, stack};
