//! Loops over one or two slices, element by element.
//!
//! The compiler may leave a large closure a call, which no loop is vectorised around: functions of
//! [`math`](super::math) are handed over by name, and longer formulas as functions that are always inlined.

use super::threads::{self, Parts, share, share_chunks};
use super::{Kernel, dispatch, prefetch_line};
use crate::kernels::Scalar;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many values are a piece of work for one of several threads; fewer are left to the thread that has them.
const PIECE: usize = 1 << 16;

/// Whether there are values enough for several threads.
#[inline]
fn shared(count: usize) -> bool {
    count >= 2 * PIECE && threads::available() > 1
}

/// `value = f(value)` for each value.
pub(crate) fn map<T: Scalar>(values: &mut [T], f: impl Fn(T) -> T + Sync) {
    if shared(values.len()) {
        share_chunks(values, PIECE, |_, values| dispatch(Map { values, f: &f }));
    } else {
        dispatch(Map { values, f: &f });
    }
}

/// `value = f(value, other)` for each pair.
pub(crate) fn zip<T: Scalar>(values: &mut [T], others: &[T], f: impl Fn(T, T) -> T + Sync) {
    if shared(values.len()) {
        share_chunks(values, PIECE, |number, values| {
            let others = others.get(number * PIECE..).unwrap_or_default();
            dispatch(Zip { values, others, f: &f });
        });
    } else {
        dispatch(Zip { values, others, f: &f });
    }
}

/// `(value, other) = f(value, other)` for each pair.
pub(crate) fn zip_both<T: Scalar>(values: &mut [T], others: &mut [T], f: impl Fn(T, T) -> (T, T)) {
    dispatch(ZipBoth { values, others, f });
}

/// Whether no value is NaN or infinite.
pub(crate) fn all_finite<T: Scalar>(values: &[T]) -> bool {
    let finite = AtomicBool::new(true);
    let length = if shared(values.len()) { PIECE } else { values.len() };
    share(values.len().div_ceil(length.max(1)), |number| {
        let mut all = true;
        let values = &values[number * length..values.len().min((number + 1) * length)];
        dispatch(AllFinite { values, finite: &mut all });
        finite.fetch_and(all, Ordering::Relaxed);
    });
    finite.into_inner()
}

/// `(weight, slots) = rule(weight, gradient, slots)` for each value, in one pass.
pub(crate) fn step<T: Scalar, const N: usize>(
    weight: &mut [T],
    gradient: &[T],
    slots: [&mut [T]; N],
    rule: impl Fn(T, T, [T; N]) -> (T, [T; N]) + Sync,
) {
    if !shared(gradient.len()) {
        return dispatch(Step { weight, gradient, slots, rule: &rule });
    }
    let (weight, slots) = (Parts::new(weight), slots.map(Parts::new));
    share(gradient.len().div_ceil(PIECE), |number| {
        let first = number * PIECE;
        let gradient = &gradient[first..gradient.len().min(first + PIECE)];
        // SAFETY: each number is taken once, and pieces of different numbers do not overlap.
        let (weight, slots) = unsafe { (weight.get(first, PIECE), slots.each_ref().map(|slot| slot.get(first, PIECE))) };
        dispatch(Step { weight, gradient, slots, rule: &rule });
    });
}

/// How many values are taken at once: copies of them cannot overlap, which lets the compiler use registers.
const BLOCK: usize = 16;

/// `written = f(written, read)` for each place that all slices have.
#[inline(always)]
fn in_blocks<T: Scalar, const W: usize, const R: usize>(
    mut written: [&mut [T]; W],
    read: [&[T]; R],
    f: impl Fn([T; W], [T; R]) -> [T; W],
) {
    let lengths = written.iter().map(|slice| slice.len()).chain(read.iter().map(|slice| slice.len()));
    let count = lengths.min().unwrap_or(0);
    let to = written.each_mut().map(|slice| slice.as_mut_ptr());
    // The compiler is not to know that a value is stored where it was loaded: where one may stay as it is, it would store the others
    // alone, with a mask, which takes some CPUs twenty times as long.
    let from = to.map(|slice| std::hint::black_box(slice.cast_const()));
    let whole = count / BLOCK * BLOCK;
    let fours = count / 4 * 4;
    // SAFETY: all slices have `count` values, and nothing else uses them here.
    unsafe {
        for first in (0..whole).step_by(BLOCK) {
            block::<_, BLOCK, W, R>(to, from, &read, first, &f);
        }
        for first in (whole..fours).step_by(4) {
            block::<_, 4, W, R>(to, from, &read, first, &f);
        }
        for place in fours..count {
            block::<_, 1, W, R>(to, from, &read, place, &f);
        }
    }
}

/// `B` values from `first` on.
///
/// # Safety
///
/// The slices have so many values, and nothing else uses what `to` and `from`, which are the same, lead to.
#[inline(always)]
unsafe fn block<T: Scalar, const B: usize, const W: usize, const R: usize>(
    to: [*mut T; W],
    from: [*const T; W],
    read: &[&[T]; R],
    first: usize,
    f: &impl Fn([T; W], [T; R]) -> [T; W],
) {
    let mut new = [[T::zero(); B]; W];
    let mut given = [[T::zero(); B]; R];
    for (copy, from) in new.iter_mut().zip(from) {
        // SAFETY: the caller's promise.
        *copy = unsafe { from.add(first).cast::<[T; B]>().read() };
    }
    for (copy, slice) in given.iter_mut().zip(read) {
        copy.copy_from_slice(&slice[first..first + B]);
    }
    for i in 0..B {
        let values = f(std::array::from_fn(|k| new[k][i]), std::array::from_fn(|k| given[k][i]));
        for k in 0..W {
            new[k][i] = values[k];
        }
    }
    for (to, new) in to.into_iter().zip(new) {
        // SAFETY: the caller's promise.
        unsafe { to.add(first).cast::<[T; B]>().write(new) }
    }
}

struct Map<'a, T, F> {
    values: &'a mut [T],
    f: F,
}

impl<T: Scalar, F: Fn(T) -> T> Kernel for Map<'_, T, &F> {
    #[inline(always)]
    fn run(self) {
        in_blocks([self.values], [], |[value], []| [(self.f)(value)]);
    }
}

struct Zip<'a, T, F> {
    values: &'a mut [T],
    others: &'a [T],
    f: F,
}

impl<T: Scalar, F: Fn(T, T) -> T> Kernel for Zip<'_, T, &F> {
    #[inline(always)]
    fn run(self) {
        in_blocks([self.values], [self.others], |[value], [other]| [(self.f)(value, other)]);
    }
}

struct ZipBoth<'a, T, F> {
    values: &'a mut [T],
    others: &'a mut [T],
    f: F,
}

impl<T: Scalar, F: Fn(T, T) -> (T, T)> Kernel for ZipBoth<'_, T, F> {
    #[inline(always)]
    fn run(self) {
        in_blocks([self.values, self.others], [], |[value, other], []| (self.f)(value, other).into());
    }
}

struct AllFinite<'a, T> {
    values: &'a [T],
    finite: &'a mut bool,
}

impl<T: Scalar> Kernel for AllFinite<'_, T> {
    #[inline(always)]
    fn run(self) {
        // 0 v is 0 for a finite v and NaN for any other; lanes of sums do not wait for each other
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

/// How many values before they are wanted weights and slots are called into the cache, which a CPU by itself does too late for so
/// many vectors side by side.
const AHEAD: usize = 512;

struct Step<'a, T, R, const N: usize> {
    weight: &'a mut [T],
    gradient: &'a [T],
    slots: [&'a mut [T]; N],
    rule: R,
}

impl<T: Scalar, const N: usize, R: Fn(T, T, [T; N]) -> (T, [T; N])> Kernel for Step<'_, T, R, N> {
    #[inline(always)]
    fn run(mut self) {
        // one length for all, so that nothing is checked within the loop
        let count = self.slots.iter().map(|slot| slot.len()).fold(self.weight.len().min(self.gradient.len()), usize::min);
        let whole = count / BLOCK * BLOCK;
        for first in (0..whole).step_by(BLOCK) {
            prefetch_line(self.weight.as_ptr().wrapping_add(first + AHEAD));
            for slot in &self.slots {
                prefetch_line(slot.as_ptr().wrapping_add(first + AHEAD));
            }
            self.block::<BLOCK>(first);
        }
        let fours = count / 4 * 4;
        for first in (whole..fours).step_by(4) {
            self.block::<4>(first);
        }
        for place in fours..count {
            self.block::<1>(place);
        }
    }
}

impl<T: Scalar, const N: usize, R: Fn(T, T, [T; N]) -> (T, [T; N])> Step<'_, T, R, N> {
    /// Applies the rule to `B` values from `first` on.
    #[inline(always)]
    fn block<const B: usize>(&mut self, first: usize) {
        let mut weight = [T::zero(); B];
        let mut gradient = [T::zero(); B];
        let mut slots = [[T::zero(); B]; N];
        weight.copy_from_slice(&self.weight[first..first + B]);
        gradient.copy_from_slice(&self.gradient[first..first + B]);
        for (copy, slot) in slots.iter_mut().zip(&self.slots) {
            copy.copy_from_slice(&slot[first..first + B]);
        }
        for i in 0..B {
            let (new, kept) = (self.rule)(weight[i], gradient[i], std::array::from_fn(|k| slots[k][i]));
            weight[i] = new;
            for k in 0..N {
                slots[k][i] = kept[k];
            }
        }
        self.weight[first..first + B].copy_from_slice(&weight);
        for (slot, copy) in self.slots.iter_mut().zip(&slots) {
            slot[first..first + B].copy_from_slice(copy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::tests::with_every_level;

    #[test]
    fn a_value_that_is_not_finite_is_found_wherever_it_is() {
        with_every_level(|| {
            for count in [1, 63, 64, 65, 200] {
                let mut values = vec![1.5f32; count];
                assert!(all_finite(&values));
                for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    for place in [0, count / 2, count - 1] {
                        values[place] = bad;
                        assert!(!all_finite(&values), "{bad} at {place} of {count}");
                        values[place] = -1.0;
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
