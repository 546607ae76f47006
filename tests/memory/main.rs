//! Tests of memory use, with an allocator that counts.

mod allocations;
#[cfg(feature = "keras")]
mod broken_files;
mod counting;
#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "keras")]
mod files;
mod fit;
#[path = "../common/process.rs"]
mod process;
#[path = "../common/registered.rs"]
#[allow(dead_code)] // the other binary uses the rest
mod registered;
