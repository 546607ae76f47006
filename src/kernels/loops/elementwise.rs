//! Loops over values with the same index in one or several slices.
//!
//! Each loop is compiled for every instruction set and for every function that is passed to it, so it must be short: it has
//! blocks of constant length for most values, and single values for the rest. Without vector instructions, it has single values
//! only.
//!
//! The compiler may not inline a large closure, and it does not vectorise a loop with a call. So functions of
//! [`math`](super::math) are passed by name, and longer formulas are functions that are always inlined.

// An index is used for the same value of several blocks.
#![allow(clippy::needless_range_loop)]

use crate::kernels::scalar::Scalar;
use crate::kernels::simd::cache::prefetch_line;
use crate::kernels::simd::dispatch::{Kernel, dispatch};
use crate::kernels::simd::threads::{self, Parts, share};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// The number of values that a thread takes at a time; the calling thread processes fewer than two such pieces alone.
const PIECE: usize = 1 << 16;

/// Calls `work` with ranges that together cover `0..count`: one range, unless several threads share many values.
#[inline]
fn in_pieces(count: usize, work: impl Fn(Range<usize>) + Sync) {
    #[cold]
    fn shared(count: usize, work: &(dyn Fn(Range<usize>) + Sync)) {
        share(count.div_ceil(PIECE), |number| work(number * PIECE..count.min((number + 1) * PIECE)));
    }
    if count >= 2 * PIECE && threads::available() > 1 { shared(count, &work) } else { work(0..count) }
}

/// Sets each value to `f(value)`.
pub(crate) fn map<T: Scalar>(values: &mut [T], f: impl Fn(T) -> T + Sync) {
    let parts = Parts::new(values);
    in_pieces(parts.len(), |range| {
        // SAFETY: the ranges are within the slice and do not overlap.
        let values = unsafe { parts.pointer().add(range.start) };
        dispatch(InBlocks(Map { values, from: hidden(values), count: range.len(), f: &f }));
    });
}

/// Sets each value to `f(value, other)`, where `other` has the same index.
pub(crate) fn zip<T: Scalar>(values: &mut [T], others: &[T], f: impl Fn(T, T) -> T + Sync) {
    let parts = Parts::new(values);
    in_pieces(parts.len().min(others.len()), |range| {
        // SAFETY: the ranges are within both slices and do not overlap.
        let (values, others) = unsafe { (parts.pointer().add(range.start), others.as_ptr().add(range.start)) };
        dispatch(InBlocks(Zip { values, from: hidden(values), others, count: range.len(), f: &f }));
    });
}

/// Sets each pair of values with the same index to `f(value, other)`.
pub(crate) fn zip_both<T: Scalar>(values: &mut [T], others: &mut [T], f: impl Fn(T, T) -> (T, T)) {
    let count = values.len().min(others.len());
    let (values, others) = (values.as_mut_ptr(), others.as_mut_ptr());
    dispatch(InBlocks(ZipBoth { values, from: hidden(values), others, from_others: hidden(others), count, f: &f }));
}

/// Returns whether all values are finite.
pub(crate) fn all_finite<T: Scalar>(values: &[T]) -> bool {
    let finite = AtomicBool::new(true);
    in_pieces(values.len(), |range| {
        let mut all = true;
        dispatch(AllFinite { values: &values[range], finite: &mut all });
        finite.fetch_and(all, Ordering::Relaxed);
    });
    finite.into_inner()
}

/// Sets each weight and its slots to `rule(weight, gradient, slots)`, in one pass.
pub(crate) fn step<T: Scalar, const N: usize>(
    weight: &mut [T],
    gradient: &[T],
    slots: [&mut [T]; N],
    rule: impl Fn(T, T, [T; N]) -> (T, [T; N]) + Sync,
) {
    let mut count = weight.len().min(gradient.len());
    let mut parts = [const { None }; N];
    for k in 0..N {
        count = count.min(slots[k].len());
        parts[k] = Some(Parts::new(slots[k]));
    }
    let weight = Parts::new(weight);
    in_pieces(count, |range| {
        let first = range.start;
        let mut slots = [std::ptr::null_mut(); N];
        // SAFETY: the ranges are within all slices and do not overlap.
        let (weight, gradient) = unsafe { (weight.pointer().add(first), gradient.as_ptr().add(first)) };
        for k in 0..N {
            slots[k] = parts[k].as_ref().map_or(slots[k], |slot| slot.pointer().wrapping_add(first));
        }
        dispatch(InBlocks(Step { weight, gradient, slots, count: range.len(), rule: &rule }));
    });
}

/// The number of values in a block; a block is copied, so that it overlaps no other memory and the compiler can use registers.
const BLOCK: usize = 16;

/// A loop over blocks of values.
trait Blocks {
    /// Returns the number of values.
    fn count(&self) -> usize;

    /// Processes `B` values from index `first` on.
    ///
    /// # Safety
    ///
    /// The values must exist, and no other code may use them meanwhile.
    unsafe fn block<const B: usize>(&self, first: usize);
}

struct InBlocks<K>(K);

impl<K: Blocks> Kernel for InBlocks<K> {
    #[inline(always)]
    fn run(self) {
        let (mut first, count) = (0, self.0.count());
        let (blocks, fours) = (count / BLOCK * BLOCK, count / 4 * 4);
        // SAFETY: all these values exist, and the loop has exclusive access to them.
        unsafe {
            while first < blocks {
                stay_a_loop();
                self.0.block::<BLOCK>(first);
                first += BLOCK;
            }
            while first < fours {
                stay_a_loop();
                self.0.block::<4>(first);
                first += 4;
            }
            while first < count {
                stay_a_loop();
                self.0.block::<1>(first);
                first += 1;
            }
        }
    }

    #[inline(always)]
    fn run_plain(self) {
        for first in 0..self.0.count() {
            stay_a_loop();
            // SAFETY: as in `run`.
            unsafe { self.0.block::<1>(first) }
        }
    }
}

/// Copies `B` values from index `first` on.
///
/// # Safety
///
/// The values must exist.
#[inline(always)]
unsafe fn load<T: Copy, const B: usize>(values: *const T, first: usize) -> [T; B] {
    // SAFETY: guaranteed by the caller.
    unsafe { values.add(first).cast::<[T; B]>().read() }
}

/// Returns the same pointer, but hides from the compiler that it is the same.
///
/// If a function leaves some values unchanged, the compiler would otherwise store only the changed values, with a mask, which
/// takes some CPUs twenty times as long.
#[allow(clippy::pointers_in_nomem_asm_block)]
#[inline(always)]
fn hidden<T>(values: *mut T) -> *const T {
    #[cfg(not(target_arch = "x86_64"))]
    return values;
    #[cfg(target_arch = "x86_64")]
    {
        let mut from = values.cast_const();
        // SAFETY: the assembly is only a comment; the pointer is returned and not read.
        #[allow(clippy::pointers_in_nomem_asm_block)]
        unsafe {
            std::arch::asm!("/* {0} */", inout(reg) from, options(pure, nomem, nostack, preserves_flags))
        }
        from
    }
}

/// Prevents the compiler from vectorising the loop with this call: a block is in vector registers already, and few values
/// remain after the blocks. Vectorising them as well would double the code.
#[inline(always)]
fn stay_a_loop() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the assembly has no instructions.
    unsafe {
        std::arch::asm!("", options(nomem, nostack, preserves_flags));
    }
}

/// Stores a block of values from index `first` on.
///
/// # Safety
///
/// The values must exist, and no other code may use them meanwhile.
#[inline(always)]
unsafe fn store<T: Copy, const B: usize>(values: *mut T, first: usize, block: [T; B]) {
    // SAFETY: guaranteed by the caller.
    unsafe { values.add(first).cast::<[T; B]>().write(block) }
}

struct Map<'a, T, F> {
    values: *mut T,
    from: *const T,
    count: usize,
    f: &'a F,
}

impl<T: Scalar, F: Fn(T) -> T> Blocks for Map<'_, T, F> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.count
    }

    #[inline(always)]
    unsafe fn block<const B: usize>(&self, first: usize) {
        // SAFETY: guaranteed by the caller.
        unsafe {
            let mut values: [T; B] = load(self.from, first);
            for i in 0..B {
                values[i] = (self.f)(values[i]);
            }
            store(self.values, first, values);
        }
    }
}

struct Zip<'a, T, F> {
    values: *mut T,
    from: *const T,
    others: *const T,
    count: usize,
    f: &'a F,
}

impl<T: Scalar, F: Fn(T, T) -> T> Blocks for Zip<'_, T, F> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.count
    }

    #[inline(always)]
    unsafe fn block<const B: usize>(&self, first: usize) {
        // SAFETY: guaranteed by the caller.
        unsafe {
            let mut values: [T; B] = load(self.from, first);
            let others = self.others.add(first).cast::<[T; B]>().read();
            for i in 0..B {
                values[i] = (self.f)(values[i], others[i]);
            }
            store(self.values, first, values);
        }
    }
}

struct ZipBoth<'a, T, F> {
    values: *mut T,
    from: *const T,
    others: *mut T,
    from_others: *const T,
    count: usize,
    f: &'a F,
}

impl<T: Scalar, F: Fn(T, T) -> (T, T)> Blocks for ZipBoth<'_, T, F> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.count
    }

    #[inline(always)]
    unsafe fn block<const B: usize>(&self, first: usize) {
        // SAFETY: guaranteed by the caller.
        unsafe {
            let mut values: [T; B] = load(self.from, first);
            let mut others: [T; B] = load(self.from_others, first);
            for i in 0..B {
                (values[i], others[i]) = (self.f)(values[i], others[i]);
            }
            store(self.values, first, values);
            store(self.others, first, others);
        }
    }
}

/// The number of values by which weights and slots are prefetched before their use. A CPU prefetches so many vectors too late
/// by itself.
const AHEAD: usize = 512;

struct Step<'a, T, R, const N: usize> {
    weight: *mut T,
    gradient: *const T,
    slots: [*mut T; N],
    count: usize,
    rule: &'a R,
}

impl<T: Scalar, const N: usize, R: Fn(T, T, [T; N]) -> (T, [T; N])> Blocks for Step<'_, T, R, N> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.count
    }

    #[inline(always)]
    unsafe fn block<const B: usize>(&self, first: usize) {
        if B == BLOCK {
            prefetch_line(self.weight.wrapping_add(first + AHEAD));
            for k in 0..N {
                prefetch_line(self.slots[k].wrapping_add(first + AHEAD));
            }
        }
        // SAFETY: guaranteed by the caller.
        unsafe {
            let mut weight: [T; B] = load(self.weight, first);
            let gradient = self.gradient.add(first).cast::<[T; B]>().read();
            let mut slots = [[T::zero(); B]; N];
            for k in 0..N {
                slots[k] = load(self.slots[k], first);
            }
            for i in 0..B {
                let mut kept = [T::zero(); N];
                for k in 0..N {
                    kept[k] = slots[k][i];
                }
                (weight[i], kept) = (self.rule)(weight[i], gradient[i], kept);
                for k in 0..N {
                    slots[k][i] = kept[k];
                }
            }
            store(self.weight, first, weight);
            for k in 0..N {
                store(self.slots[k], first, slots[k]);
            }
        }
    }
}

struct AllFinite<'a, T> {
    values: &'a [T],
    finite: &'a mut bool,
}

impl<T: Scalar> Kernel for AllFinite<'_, T> {
    #[inline(always)]
    fn run(self) {
        // `0 v` is 0 for a finite `v` and NaN for any other. Several partial sums need not wait for each other.
        let mut sums = [T::zero(); 4 * BLOCK];
        let chunks = self.values.chunks_exact(sums.len());
        let rest: T = chunks.remainder().iter().map(|&value| value * T::zero()).sum();
        for chunk in chunks {
            for (sum, &value) in sums.iter_mut().zip(chunk) {
                *sum += value * T::zero();
            }
        }
        *self.finite = rest + sums.into_iter().sum() == T::zero();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::dispatch::tests::with_every_level;

    #[test]
    fn a_value_that_is_not_finite_is_found_wherever_it_is() {
        with_every_level(|| {
            for count in [1, 63, 64, 65, 200] {
                let mut values = vec![1.5f32; count];
                assert!(all_finite(&values));
                for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    for index in [0, count / 2, count - 1] {
                        values[index] = bad;
                        assert!(!all_finite(&values), "{bad} at {index} of {count}");
                        values[index] = -1.0;
                    }
                }
            }
        });
    }

    #[test]
    fn a_rule_reaches_every_value_and_slot() {
        with_every_level(|| {
            for count in [1, 15, 16, 17, 50] {
                let mut weight: Vec<f64> = (0..count).map(|i| i as f64).collect();
                let (mut first, mut second) = (vec![1.0; count], vec![2.0; count]);
                let gradient = vec![3.0; count];
                let rule = |w, g, [a, b]: [f64; 2]| (w + g, [a + w, b + g]);
                step(&mut weight, &gradient, [&mut first, &mut second], rule);
                for i in 0..count {
                    assert_eq!((weight[i], first[i], second[i]), (i as f64 + 3.0, 1.0 + i as f64, 5.0));
                }
            }
        });
    }
}
