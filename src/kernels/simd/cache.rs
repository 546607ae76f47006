//! What the kernels know of the caches between them and the memory.

#[cfg(not(test))]
use std::sync::OnceLock;

/// How many bytes a cache fetches at once.
pub(crate) const LINE: usize = 64;

/// The size of the second cache in bytes where the CPU does not tell.
const USUAL: usize = 1 << 20;

/// Half of the second cache in bytes: what is read again and again should fit there.
#[cfg(not(test))]
#[inline]
pub(crate) fn near() -> usize {
    static NEAR: OnceLock<usize> = OnceLock::new();
    *NEAR.get_or_init(|| second_cache().unwrap_or(USUAL).clamp(USUAL / 4, 2 * USUAL) / 2)
}

/// What tests take for half of the second cache, so that they choose the same algorithms on every machine.
#[cfg(test)]
pub(crate) fn near() -> usize {
    tests::NEAR.get()
}

/// The size of the second cache of this CPU in bytes.
fn second_cache() -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::__cpuid;
        /// The leaf that tells in kilobytes; makers agree on it.
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

/// Calls what is at this address into the cache; a hint, whatever the address.
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
        /// Half of the second cache, as a test has set it.
        pub(crate) static NEAR: Cell<usize> = const { Cell::new(USUAL / 2) };
    }

    #[test]
    fn a_cache_has_a_size_that_there_is() {
        assert!(second_cache().is_none_or(|bytes| (1 << 16..1 << 30).contains(&bytes)));
    }
}
