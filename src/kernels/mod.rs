//! The inner loops: the only module that knows vector instructions and threads, and the only one with `unsafe`.
//!
//! It has the number types ([`Scalar`]), what differs between CPUs (`simd`), the products of matrices (`matmul`) and all other
//! loops (`loops`), and it uses no other module of the crate.
//!
//! Each loop is written once and compiled several times: for any CPU of the target, for AVX2 and for AVX-512. The widest that the
//! running CPU has is used. Simple loops are plain Rust that the compiler vectorises; products name their registers. A loop gives
//! the same bits each time on one machine; between machines the last bits may differ, because only some have fused multiply-add.
//! Compiled with `RUSTFLAGS='--cfg layercake_plain'` only the plain form is used, so that it can be tested on any machine.

mod loops;
mod matmul;
mod scalar;
mod simd;

#[allow(unreachable_pub, unused_imports)]
pub use scalar::Family;
pub use scalar::Scalar;
pub(crate) use simd::aligned::Aligned;
pub(crate) use simd::cache::LINE;
pub(crate) use simd::threads::{share, with_threads};

pub(crate) use matmul::{
    Sizes, forward, forward_rows, input_gradient, reads_rows, sum_columns, weight_gradient, weight_gradient_in_parts,
};

pub(crate) use loops::channels::{sum_channels, zip_channels};
pub(crate) use loops::elementwise::{all_finite, map, step, zip, zip_both};
pub(crate) use loops::groups::{Groups, normalize_gradient, normalize_groups};
pub(crate) use loops::math;
pub(crate) use loops::reduce::{norm, sum};
pub use loops::slots::Slots;
pub(crate) use loops::transpose::{columns_to_rows, gather_rows, gather_samples, rows_to_columns};
