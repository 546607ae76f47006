//! The code that depends on the CPU: registers and instructions, caches, and the number of threads.

pub(crate) mod aligned;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod cache;
pub(crate) mod dispatch;
pub(crate) mod jobs;
pub(crate) mod lanes;
pub(crate) mod threads;
