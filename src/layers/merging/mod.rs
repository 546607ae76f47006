//! Layers that put the outputs of several layers together.

mod concatenate;
mod merge;
mod stack;

pub use concatenate::Concatenate;
pub use merge::{Add, Average, Maximum, Minimum, Multiply, Residual, Subtract};
pub use stack::{Branches, IntoStack, Join, Stack, stack};
