//! What differs between CPUs: their registers and instructions, their caches and how many threads they run at once.

pub(crate) mod aligned;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod cache;
pub(crate) mod dispatch;
pub(crate) mod lanes;
pub(crate) mod threads;
