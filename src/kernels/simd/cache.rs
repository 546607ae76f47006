//! The sizes of the caches, and prefetching.

#[cfg(not(test))]
use std::sync::OnceLock;

/// The size of a cache line in bytes.
pub(crate) const LINE: usize = 64;

/// The assumed size of the L2 cache in bytes, if the CPU does not report it.
const USUAL: usize = 1 << 20;

/// Returns half of the size of the L2 cache in bytes; values that are read repeatedly should fit into it.
#[cfg(not(test))]
#[inline]
pub(crate) fn near() -> usize {
    static NEAR: OnceLock<usize> = OnceLock::new();
    *NEAR.get_or_init(|| second_cache().unwrap_or(USUAL).clamp(USUAL / 4, 2 * USUAL) / 2)
}

/// Returns the size that tests use for half of the L2 cache, so that they choose the same algorithms on every machine.
#[cfg(test)]
pub(crate) fn near() -> usize {
    tests::NEAR.get()
}

/// Returns the size of the L2 cache of this CPU in bytes, if the CPU reports it.
fn second_cache() -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::__cpuid;
        /// The leaf of `cpuid` with the size in KiB, which is the same for all manufacturers.
        const CACHES: u32 = 0x8000_0006;
        if __cpuid(0x8000_0000).eax >= CACHES {
            return Some((__cpuid(CACHES).ecx >> 16) as usize * 1024).filter(|&bytes| bytes > 0);
        }
    }
    None
}

/// Prefetches values.
#[inline(always)]
pub(crate) fn prefetch<T>(values: &[T]) {
    let first = values.as_ptr().cast::<u8>();
    for line in (0..size_of_val(values) + LINE - 1).step_by(LINE) {
        prefetch_line(first.wrapping_add(line));
    }
}

/// Prefetches the cache line at this address, which may be invalid.
#[inline(always)]
pub(crate) fn prefetch_line<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every CPU of this architecture has the instruction, which reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::cell::Cell;

    thread_local! {
        /// Half of the size of the L2 cache, which a test can set.
        pub(crate) static NEAR: Cell<usize> = const { Cell::new(USUAL / 2) };
    }

    #[test]
    fn a_cache_has_a_size_that_there_is() {
        assert!(second_cache().is_none_or(|bytes| (1 << 16..1 << 30).contains(&bytes)));
    }
}
