//! The inner loops: the only place that knows vector instructions, and the only one with `unsafe`.
//!
//! Each loop is written once, in plain Rust, and compiled several times: for any CPU of the target, for AVX2 and for
//! AVX-512. [`dispatch`] picks the widest that the running CPU has. A loop gives the same bits each time on one
//! machine; between machines the last bits may differ, because only some have fused multiply-add.

mod elementwise;
mod product;
mod transpose;

pub(crate) use elementwise::{map, step, zip};
pub(crate) use product::{add_outer_products, dot_products};
pub(crate) use transpose::{columns_to_rows, rows_to_columns};

use crate::Scalar;

/// A loop that [`dispatch`] can compile for several instruction sets.
///
/// `run` and all it calls must be `#[inline(always)]`, or the loop stays compiled for the plain target.
trait Kernel {
    /// Runs the loop; `FMA` says that fused multiply-add is one instruction here.
    fn run<const FMA: bool>(self);
}

/// Runs a kernel with the widest vector instructions of this CPU.
#[inline]
fn dispatch(kernel: impl Kernel) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx512f") && has!("avx512dq") && has!("avx512vl") && has!("fma") {
            // SAFETY: the features that the function is compiled for were just detected.
            return unsafe { with_avx512(kernel) };
        }
        if has!("avx2") && has!("fma") {
            // SAFETY: as above.
            return unsafe { with_avx2(kernel) };
        }
    }
    kernel.run::<{ cfg!(target_arch = "aarch64") }>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,fma")]
fn with_avx512(kernel: impl Kernel) {
    kernel.run::<true>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2(kernel: impl Kernel) {
    kernel.run::<true>();
}

/// `a * b + c`, rounded once where that is one instruction.
#[inline(always)]
fn multiply_add<T: Scalar, const FMA: bool>(a: T, b: T, c: T) -> T {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}
