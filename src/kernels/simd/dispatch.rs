//! Compiles a loop for several instruction sets, and runs the version for the widest that the CPU has.

use super::cache::near;
use super::lanes::{Lanes, Registers};
use std::sync::OnceLock;

/// A loop that [`dispatch`] can compile for several instruction sets.
///
/// `run` and all functions that it calls must be `#[inline(always)]`; otherwise the loop is compiled for any CPU only.
pub(crate) trait Kernel {
    /// Runs the loop with vector instructions.
    fn run(self);

    /// Runs the loop on a CPU without vector instructions.
    #[inline(always)]
    fn run_plain(self)
    where
        Self: Sized,
    {
        self.run();
    }
}

/// A loop that uses explicit vector registers.
pub(crate) trait VectorKernel<T> {
    /// Runs the loop with registers of type `V`; a tile of two registers by `COLUMNS` columns fills all registers of the CPU.
    ///
    /// # Safety
    ///
    /// The CPU must have the instructions of `V`.
    unsafe fn run<V: Lanes<T>, const COLUMNS: usize>(self);
}

/// The instruction set of the running CPU.
#[cfg_attr(layercake_plain, allow(dead_code))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Plain,
}

#[inline(always)]
pub(crate) fn level() -> Level {
    #[cfg(test)]
    if let Some(level) = tests::FORCED.get() {
        return level;
    }
    // It is detected once, because a query of the standard library in every call would slow down small models.
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(detect)
}

/// Names what the bits of results depend on beside the inputs: the processor's family, its instruction set and its cache.
#[cfg_attr(not(feature = "keras"), expect(dead_code, reason = "only files name the machine"))]
pub(crate) fn machine() -> String {
    format!("{} {:?} {}", std::env::consts::ARCH, level(), near())
}

fn detect() -> Level {
    #[cfg(all(target_arch = "x86_64", not(layercake_plain)))]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx512f") && has!("avx512dq") && has!("avx512vl") && has!("fma") {
            return Level::Avx512;
        }
        if has!("avx2") && has!("fma") {
            return Level::Avx2;
        }
    }
    Level::Plain
}

/// Runs a kernel with the widest vector instructions of this CPU.
#[inline]
pub(crate) fn dispatch(kernel: impl Kernel) {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
    fn with_avx512(kernel: impl Kernel) {
        kernel.run();
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn with_avx2(kernel: impl Kernel) {
        kernel.run();
    }

    match level() {
        // SAFETY: the CPU has the features that the function is compiled for.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { with_avx512(kernel) },
        // SAFETY: the CPU has the features that the function is compiled for.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { with_avx2(kernel) },
        // On other architectures, the compiler may use vector instructions for every CPU.
        Level::Plain if cfg!(any(not(target_arch = "x86_64"), layercake_plain)) => kernel.run(),
        Level::Plain => kernel.run_plain(),
    }
}

/// Runs a kernel with the widest registers of this CPU.
#[inline]
pub(crate) fn dispatch_vector<T: Registers>(kernel: impl VectorKernel<T>) {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
    fn with_avx512<T: Registers>(kernel: impl VectorKernel<T>) {
        // SAFETY: the function has the features that the registers need.
        unsafe { kernel.run::<T::Avx512, 12>() }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn with_avx2<T: Registers>(kernel: impl VectorKernel<T>) {
        // SAFETY: the function has the features that the registers need.
        unsafe { kernel.run::<T::Avx2, 6>() }
    }

    // It is never inlined, because every call of the caller would then touch each page of the memory for copies.
    #[inline(never)]
    fn plain<T: Registers>(kernel: impl VectorKernel<T>) {
        // SAFETY: an array needs no special instructions.
        unsafe { kernel.run::<T::Plain, 4>() }
    }

    match level() {
        // SAFETY: the CPU has the features that the function is compiled for.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { with_avx512(kernel) },
        // SAFETY: the CPU has the features that the function is compiled for.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { with_avx2(kernel) },
        Level::Plain => plain(kernel),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::cell::Cell;

    thread_local! {
        /// The instruction set that a test uses.
        pub(crate) static FORCED: Cell<Option<Level>> = const { Cell::new(None) };
    }

    /// Runs a test with every instruction set that this CPU has.
    pub(crate) fn with_every_level(test: impl Fn()) {
        let mut levels = vec![Level::Plain, detect()];
        #[cfg(target_arch = "x86_64")]
        if detect() == Level::Avx512 {
            levels.push(Level::Avx2);
        }
        for level in levels {
            FORCED.set(Some(level));
            test();
        }
        FORCED.set(None);
    }
}
