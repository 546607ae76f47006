//! Every test that can share a process, in one binary: the crate's generic code is compiled and linked once for all of them.

mod activations;
mod arguments;
mod bad_input;
mod callbacks;
mod composites;
mod contract;
mod data;
mod documentation;
#[cfg(feature = "keras")]
mod files;
mod golden;
mod gradients;
mod initial_weights;
#[cfg(feature = "keras")]
mod interrupted;
mod losses;
mod metrics;
mod minimise;
mod optimizers;
mod probe;
#[path = "../common/process.rs"]
mod process;
#[path = "../common/registered.rs"]
mod registered;
#[cfg(feature = "keras")]
mod round_trip;
#[cfg(feature = "keras")]
mod strangers;
mod streaming;
#[cfg(feature = "parallel")]
mod threads;
mod training;
mod weight_options;
