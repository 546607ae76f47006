//! Every test that can share a process, in one binary: the crate's generic code is compiled and linked once for all of them.

mod activations;
mod arguments;
mod bad_input;
mod callbacks;
mod common;
mod composites;
mod contract;
mod data;
#[cfg(feature = "keras")]
mod files;
mod golden;
mod gradients;
#[cfg(feature = "keras")]
mod interrupted;
mod losses;
mod metrics;
mod minimise;
mod optimizers;
#[path = "../common/process.rs"]
mod process;
mod streaming;
#[cfg(feature = "keras")]
mod strangers;
#[cfg(feature = "parallel")]
mod threads;
mod training;
