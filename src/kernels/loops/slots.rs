//! What an optimizer remembers of the parameters.

use crate::kernels::simd::threads::Parts;
use std::marker::PhantomData;
use std::ops::Range;

/// The memory of an optimizer for some of the parameters.
#[derive(Debug)]
pub struct Slots<'a, T> {
    /// The vectors of all slots without gaps, each with a value for every parameter.
    all: Parts<T>,
    params: usize,
    range: Range<usize>,
    lent: PhantomData<&'a mut [T]>,
}

impl<'a, T> Slots<'a, T> {
    /// Slots of `params` parameters each, whose vectors follow each other in `all`; an update sees this range of each.
    pub fn new(all: &'a mut [T], params: usize, range: Range<usize>) -> Self {
        Self { all: Parts::new(all), params, range, lent: PhantomData }
    }

    /// The first `N` slots; one that the optimizer did not ask for is empty.
    pub fn get<const N: usize>(self) -> [&'a mut [T]; N] {
        let Self { all, params, range, .. } = self;
        let exists = |slot: usize| (slot + 1) * params <= all.len() && range.start <= range.end && range.end <= params;
        // SAFETY: The vectors were lent, no slot overlaps another, and these are the only slots with this range.
        let slot = |slot: usize| unsafe { all.get(slot * params + range.start, range.len()) };
        std::array::from_fn(|number| if exists(number) { slot(number) } else { Default::default() })
    }

    /// The slots of a part of the range, counted from its start.
    pub(crate) fn part(&mut self, part: Range<usize>) -> Slots<'_, T> {
        // SAFETY: these slots cannot be used while those are.
        unsafe { self.shared_part(part) }
    }

    /// Where each slot begins.
    pub(crate) fn pointers(&self) -> impl Iterator<Item = *const T> {
        let (params, first) = (self.params, self.all.pointer().wrapping_add(self.range.start).cast_const());
        (0..self.all.len() / params.max(1)).map(move |slot| first.wrapping_add(slot * params))
    }

    /// The slots of a part of the range, several of which may be in use at once.
    ///
    /// # Safety
    ///
    /// No other part in use overlaps this one.
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
        // no further than the slots themselves
        assert_eq!(slots.part(5..20).get::<1>()[0], [7, 8]);
        assert!(slots.part(8..9).get::<1>()[0].is_empty());
        assert_eq!(slots.get::<2>()[1], [12, 13, 14, 15, 16, 17, 18]);
    }
}
