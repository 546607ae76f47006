//! Loops over one or two slices, element by element.

use super::{Kernel, dispatch};
use crate::Scalar;

/// `value = f(value)` for each value.
pub(crate) fn map<T: Scalar>(values: &mut [T], f: impl Fn(T) -> T) {
    dispatch(Map { values, f });
}

/// `value = f(value, other)` for each pair.
pub(crate) fn zip<T: Scalar>(values: &mut [T], others: &[T], f: impl Fn(T, T) -> T) {
    dispatch(Zip { values, others, f });
}

/// `(weight, slots) = rule(weight, gradient, slots)` for each value of a weight, in one pass.
///
/// The `N` slots lie one after the other, each as long as the weight.
pub(crate) fn step<T: Scalar, const N: usize>(
    weight: &mut [T],
    gradient: &[T],
    slots: &mut [T],
    rule: impl Fn(T, T, [T; N]) -> (T, [T; N]),
) {
    let mut chunks = slots.chunks_exact_mut(weight.len().max(1));
    let slots: [&mut [T]; N] = std::array::from_fn(|_| chunks.next().unwrap_or_default());
    dispatch(Step { weight, gradient, slots, rule });
}

struct Map<'a, T, F> {
    values: &'a mut [T],
    f: F,
}

impl<T: Scalar, F: Fn(T) -> T> Kernel for Map<'_, T, F> {
    #[inline(always)]
    fn run(self) {
        for value in self.values {
            *value = (self.f)(*value);
        }
    }
}

struct Zip<'a, T, F> {
    values: &'a mut [T],
    others: &'a [T],
    f: F,
}

impl<T: Scalar, F: Fn(T, T) -> T> Kernel for Zip<'_, T, F> {
    #[inline(always)]
    fn run(self) {
        for (value, &other) in self.values.iter_mut().zip(self.others) {
            *value = (self.f)(*value, other);
        }
    }
}

struct Step<'a, T, R, const N: usize> {
    weight: &'a mut [T],
    gradient: &'a [T],
    slots: [&'a mut [T]; N],
    rule: R,
}

impl<T: Scalar, const N: usize, R: Fn(T, T, [T; N]) -> (T, [T; N])> Kernel for Step<'_, T, R, N> {
    #[inline(always)]
    fn run(mut self) {
        // one length for all, so that the loop needs no further checks
        let count = self.slots.iter().map(|slot| slot.len()).fold(self.weight.len().min(self.gradient.len()), usize::min);
        let (weight, gradient) = (&mut self.weight[..count], &self.gradient[..count]);
        let mut slots = self.slots.each_mut().map(|slot| &mut slot[..count]);
        for i in 0..count {
            let (new, kept) = (self.rule)(weight[i], gradient[i], std::array::from_fn(|k| slots[k][i]));
            weight[i] = new;
            for (slot, kept) in slots.iter_mut().zip(kept) {
                slot[i] = kept;
            }
        }
    }
}
