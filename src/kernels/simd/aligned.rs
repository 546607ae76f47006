//! Vectors that are aligned to cache lines.

use super::cache::LINE;
use crate::kernels::scalar::Scalar;
use std::collections::TryReserveError;
use std::ops::{Deref, DerefMut};

/// A vector that starts at a cache line, unless it is small.
///
/// A load or a store of a register then touches one cache line instead of two.
#[derive(Debug)]
pub(crate) struct Aligned<T> {
    room: Vec<T>,
    /// The index of the first value in the allocated memory; it is at most the length of `room`.
    first: usize,
}

/// The number of bytes up to which the alignment makes no difference.
const FEW: usize = 1 << 10;

impl<T: Scalar> Aligned<T> {
    /// Makes a vector of `length` zeros.
    pub(crate) fn zeros(length: usize) -> Self {
        let mut room = vec![T::zero(); length + spare::<T>(length)];
        let first = start(&room, length);
        room.truncate(first + length);
        Self { room, first }
    }

    /// Allocates memory for `more` values.
    pub(crate) fn try_reserve(&mut self, more: usize) -> Result<(), TryReserveError> {
        if more <= self.room.capacity() - self.room.len() {
            return Ok(());
        }
        // The length at least doubles, as in `Vec`.
        let length = self.len().saturating_add(more.max(self.len()));
        let mut room = Vec::new();
        room.try_reserve_exact(length.saturating_add(spare::<T>(length)))?;
        let first = start(&room, length);
        room.resize(first, T::zero());
        room.extend_from_slice(self);
        *self = Self { room, first };
        Ok(())
    }

    /// Adds values, for which there must be memory.
    pub(crate) fn extend(&mut self, values: impl ExactSizeIterator<Item = T>) {
        debug_assert!(values.len() <= self.room.capacity() - self.room.len());
        self.room.extend(values);
    }

    /// Keeps the first `length` values.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.room.truncate(self.first + length);
    }
}

/// Returns the largest number of unused values before the first value of a vector of this length.
fn spare<T>(length: usize) -> usize {
    if length > FEW / size_of::<T>() { LINE / size_of::<T>() - 1 } else { 0 }
}

/// Returns the index of the first of `length` values in their memory.
fn start<T>(room: &[T], length: usize) -> usize {
    room.as_ptr().align_offset(LINE).min(spare::<T>(length))
}

impl<T> Default for Aligned<T> {
    fn default() -> Self {
        Self { room: Vec::new(), first: 0 }
    }
}

impl<T: Clone> Clone for Aligned<T> {
    fn clone(&self) -> Self {
        let mut room = Vec::with_capacity(self.len() + spare::<T>(self.len()));
        let first = start(&room, self.len());
        // These values fill the unused memory before the first value.
        room.extend_from_slice(&self[..first]);
        room.extend_from_slice(self);
        Self { room, first }
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: `first` is at most the length of `room`.
        unsafe { self.room.get_unchecked(self.first..) }
    }
}

impl<T> DerefMut for Aligned<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: `first` is at most the length of `room`.
        unsafe { self.room.get_unchecked_mut(self.first..) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_aligned<T>(values: &[T]) -> bool {
        values.as_ptr().addr().is_multiple_of(LINE)
    }

    #[test]
    fn many_values_begin_with_a_line() {
        for length in [300, 1000, 100_000] {
            let mut values = Aligned::<f32>::zeros(length);
            values[length - 1] = 1.0;
            assert!(is_aligned(&values) && is_aligned(&values.clone()));
            assert_eq!((values.len(), values.iter().sum::<f32>(), &*values.clone()), (length, 1.0, &*values));
        }
        assert!(is_aligned(&Aligned::<f64>::zeros(129)));
    }

    #[test]
    fn values_stay_when_others_are_added() {
        let mut values = Aligned::<f64>::default();
        for i in 0..500 {
            values.try_reserve(3).unwrap();
            values.extend([i; 3].into_iter().map(f64::from));
        }
        assert!(is_aligned(&values));
        assert!(values.len() == 1500 && values.iter().enumerate().all(|(index, &value)| value == (index / 3) as f64));
        values.truncate(7);
        assert_eq!(*values, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0]);
        for absurd in [usize::MAX / 16, usize::MAX / 2, usize::MAX] {
            assert!(values.try_reserve(absurd).is_err());
        }
        assert_eq!(values.len(), 7);
    }
}
