//! Loops over values, written in plain Rust that the compiler vectorises.

pub(crate) mod arithmetic;
pub(crate) mod channels;
pub(crate) mod elementwise;
pub(crate) mod float;
pub(crate) mod groups;
#[allow(dead_code)]
pub(crate) mod math;
pub(crate) mod reduce;
pub(crate) mod slots;
pub(crate) mod transpose;
