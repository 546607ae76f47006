//! All tests that can share a process are in this one binary, so that it is compiled and linked once.

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
#[cfg(feature = "keras")]
mod strangers;
mod streaming;
#[cfg(feature = "parallel")]
mod threads;
mod training;
