//! The inner loops: the only module with vector instructions, threads and `unsafe` code.
//!
//! It has the number types ([`Scalar`]), the code that depends on the CPU (`simd`), the matrix products (`matmul`) and all
//! other loops (`loops`). It uses no other module of the crate.
//!
//! Each loop is written once and compiled several times: for any CPU of the target, for AVX2 and for AVX-512. The loop with the
//! widest instructions of the running CPU is used. Simple loops are plain Rust, which the compiler vectorises; matrix products
//! use explicit vector registers. A loop always gives the same bits on the same machine. The last bits may differ between
//! machines, because not every CPU has fused multiply-add. With `RUSTFLAGS='--cfg layercake_plain'` only the version for any
//! CPU is used, so that it can be tested on every machine.

mod loops;
mod matmul;
mod scalar;
mod simd;

#[allow(unreachable_pub, unused_imports)]
pub use scalar::Family;
pub use scalar::Scalar;
pub(crate) use scalar::doubles;
pub(crate) use simd::aligned::Aligned;
pub(crate) use simd::cache::LINE;
#[cfg(feature = "keras")]
pub(crate) use simd::dispatch::machine;
pub(crate) use simd::jobs::{side_by_side, try_side_by_side};
pub(crate) use simd::threads::{share, with_threads};

pub(crate) use matmul::{
    Sizes, forward, forward_rows, input_gradient, reads_rows, sum_columns, weight_gradient, weight_gradient_in_parts,
};

pub(crate) use loops::arithmetic::{add, divide, multiply, scale};
pub(crate) use loops::channels::{sum_channels, zip_channels};
pub(crate) use loops::elementwise::{all_finite, map, step, zip, zip_both};
pub(crate) use loops::groups::{Groups, normalize_gradient, normalize_groups};
pub(crate) use loops::math;
pub(crate) use loops::reduce::{norm, sum};
pub use loops::slots::Slots;
pub(crate) use loops::transpose::{columns_to_rows, gather_rows, gather_samples, rows_to_columns};
