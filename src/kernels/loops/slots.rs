//! The memory of an optimizer for each parameter, such as a momentum.

use crate::kernels::simd::threads::Parts;
use std::marker::PhantomData;
use std::ops::Range;

/// The memory of an optimizer for a range of the parameters.
///
/// A slot has one value for each parameter, e.g. the momentum.
#[derive(Debug)]
pub struct Slots<'a, T> {
    /// The vectors of all slots, one after the other; each has a value for every parameter.
    all: Parts<T>,
    params: usize,
    range: Range<usize>,
    lent: PhantomData<&'a mut [T]>,
}

impl<'a, T> Slots<'a, T> {
    /// Borrows the slots in `all`, which has the vectors of all slots one after the other; each has `params` values.
    ///
    /// The range is that of the parameters to be updated.
    pub fn new(all: &'a mut [T], params: usize, range: Range<usize>) -> Self {
        Self { all: Parts::new(all), params, range, lent: PhantomData }
    }

    /// Returns the first `N` slots; a slot that the optimizer did not request is empty.
    pub fn get<const N: usize>(self) -> [&'a mut [T]; N] {
        let Self { all, params, range, .. } = self;
        let exists = |slot: usize| (slot + 1) * params <= all.len() && range.start <= range.end && range.end <= params;
        // SAFETY: the vectors are borrowed, no two slots overlap, and these are the only slots with this range.
        let slot = |slot: usize| unsafe { all.get(slot * params + range.start, range.len()) };
        std::array::from_fn(|number| if exists(number) { slot(number) } else { Default::default() })
    }

    /// Returns the slots of a part of the range; `part` is counted from the start of the range.
    pub(crate) fn part(&mut self, part: Range<usize>) -> Slots<'_, T> {
        // SAFETY: `self` cannot be used while the returned slots are.
        unsafe { self.shared_part(part) }
    }

    /// Returns a pointer to the first value of each slot.
    pub(crate) fn pointers(&self) -> impl Iterator<Item = *const T> {
        let (params, first) = (self.params, self.all.pointer().wrapping_add(self.range.start).cast_const());
        (0..self.all.len() / params.max(1)).map(move |slot| first.wrapping_add(slot * params))
    }

    /// Returns the slots of a part of the range; several parts may be in use at once.
    ///
    /// # Safety
    ///
    /// No other part in use may overlap this one.
    pub(crate) unsafe fn shared_part<'p>(&self, part: Range<usize>) -> Slots<'p, T>
    where
        'a: 'p,
    {
        let end = self.range.end.min(self.range.start + part.end);
        let range = self.range.start + part.start..end;
        Slots { all: self.all.again(), params: self.params, range, lent: PhantomData }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_slots_is_that_of_each() {
        let mut all: Vec<usize> = (0..21).collect();
        let mut slots = Slots::new(&mut all, 10, 2..9);
        let [first, second, none] = slots.part(1..3).get();
        assert_eq!((&*first, &*second, &*none), (&[3, 4][..], &[13, 14][..], &[][..]));
        // The part is cut off at the end of the slots.
        assert_eq!(slots.part(5..20).get::<1>()[0], [7, 8]);
        assert!(slots.part(8..9).get::<1>()[0].is_empty());
        assert_eq!(slots.get::<2>()[1], [12, 13, 14, 15, 16, 17, 18]);
    }
}
