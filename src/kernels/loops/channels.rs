//! Loops over the channels of many vectors, for batch normalization and for factors of single channels.
//!
//! The values are vectors, one after the other; a channel is one index in each of them. A loop runs over all vectors for a
//! block of channels, whose parameters or sums stay in registers.

// An index is used for the same value of several blocks.
#![allow(clippy::needless_range_loop)]

use crate::kernels::scalar::Scalar;
use crate::kernels::simd::dispatch::{Kernel, dispatch};

/// Sets each value to `f(value, others, at(channel))`, for vectors of `channels` channels.
///
/// `others` are the values with the same index in the other slices.
pub(crate) fn zip_channels<T: Scalar, const M: usize, const N: usize>(
    values: &mut [T],
    others: [&[T]; M],
    channels: usize,
    at: impl Fn(usize) -> [T; N],
    f: impl Fn(T, [T; M], [T; N]) -> T,
) {
    let others = others.map(|other| &other[..values.len()]);
    dispatch(ZipChannels { values, others, channels, at, f });
}

/// Calls `write(channel, sums)` for each channel, with the sums of `f(values, at(channel))` over all vectors.
///
/// `values` are the values with the same index in all slices.
pub(crate) fn sum_channels<T: Scalar, const M: usize, const N: usize, const S: usize>(
    values: [&[T]; M],
    channels: usize,
    at: impl Fn(usize) -> [T; N],
    f: impl Fn([T; M], [T; N]) -> [T; S],
    write: impl FnMut(usize, [T; S]),
) {
    let count = values.iter().map(|values| values.len()).min().unwrap_or(0);
    let values = values.map(|values| &values[..count]);
    dispatch(SumChannels { values, count, channels, at, f, write });
}

/// The number of channels in a block, as long as at least as many are left.
const WIDE: usize = 32;
/// The number of channels in a block of the remaining channels.
const NARROW: usize = 8;

/// Calls `$self.block::<B>(first)` for blocks that cover all channels.
macro_rules! in_blocks {
    ($self:ident) => {
        let mut first = 0;
        while first + WIDE <= $self.channels {
            $self.block::<WIDE>(first);
            first += WIDE;
        }
        while first + NARROW <= $self.channels {
            $self.block::<NARROW>(first);
            first += NARROW;
        }
        while first < $self.channels {
            $self.block::<1>(first);
            first += 1;
        }
    };
}

struct ZipChannels<'a, T, A, F, const M: usize> {
    values: &'a mut [T],
    others: [&'a [T]; M],
    channels: usize,
    at: A,
    f: F,
}

impl<T: Scalar, A: Fn(usize) -> [T; N], F: Fn(T, [T; M], [T; N]) -> T, const M: usize, const N: usize> Kernel
    for ZipChannels<'_, T, A, F, M>
{
    #[inline(always)]
    fn run(mut self) {
        in_blocks!(self);
    }
}

impl<T: Scalar, A: Fn(usize) -> [T; N], F: Fn(T, [T; M], [T; N]) -> T, const M: usize, const N: usize>
    ZipChannels<'_, T, A, F, M>
{
    /// Updates `B` channels from `first` on in all vectors.
    #[inline(always)]
    fn block<const B: usize>(&mut self, first: usize) {
        let each = block_of::<T, B, N>(first, &self.at);
        for start in (first..self.values.len()).step_by(self.channels) {
            let mut others = [[T::zero(); B]; M];
            for m in 0..M {
                others[m] = copy(self.others[m], start);
            }
            let mut values: [T; B] = copy(self.values, start);
            for i in 0..B {
                values[i] = (self.f)(values[i], across(&others, i), across(&each, i));
            }
            self.values[start..start + B].copy_from_slice(&values);
        }
    }
}

struct SumChannels<'a, T, A, F, W, const M: usize> {
    values: [&'a [T]; M],
    count: usize,
    channels: usize,
    at: A,
    f: F,
    write: W,
}

impl<T: Scalar, A, F, W, const M: usize, const N: usize, const S: usize> Kernel for SumChannels<'_, T, A, F, W, M>
where
    A: Fn(usize) -> [T; N],
    F: Fn([T; M], [T; N]) -> [T; S],
    W: FnMut(usize, [T; S]),
{
    #[inline(always)]
    fn run(mut self) {
        in_blocks!(self);
    }
}

impl<T: Scalar, A, F, W, const M: usize, const N: usize, const S: usize> SumChannels<'_, T, A, F, W, M>
where
    A: Fn(usize) -> [T; N],
    F: Fn([T; M], [T; N]) -> [T; S],
    W: FnMut(usize, [T; S]),
{
    /// Sums `B` channels from `first` on over all vectors.
    #[inline(always)]
    fn block<const B: usize>(&mut self, first: usize) {
        let each = block_of::<T, B, N>(first, &self.at);
        let mut sums = [[T::zero(); B]; S];
        for start in (first..self.count).step_by(self.channels) {
            let mut values = [[T::zero(); B]; M];
            for m in 0..M {
                values[m] = copy(self.values[m], start);
            }
            for i in 0..B {
                let terms = (self.f)(across(&values, i), across(&each, i));
                for s in 0..S {
                    sums[s][i] += terms[s];
                }
            }
        }
        for i in 0..B {
            (self.write)(first + i, across(&sums, i));
        }
    }
}

/// Returns the parameters of `B` channels from `first` on.
#[inline(always)]
fn block_of<T: Scalar, const B: usize, const N: usize>(first: usize, at: &impl Fn(usize) -> [T; N]) -> [[T; B]; N] {
    let mut each = [[T::zero(); B]; N];
    for i in 0..B {
        let values = at(first + i);
        for n in 0..N {
            each[n][i] = values[n];
        }
    }
    each
}

/// Returns the values with index `i` in several blocks.
#[inline(always)]
fn across<T: Scalar, const B: usize, const K: usize>(blocks: &[[T; B]; K], i: usize) -> [T; K] {
    let mut values = [T::zero(); K];
    for k in 0..K {
        values[k] = blocks[k][i];
    }
    values
}

/// Copies `B` values from `first` on; a copy overlaps no other memory, so the compiler can keep it in registers.
#[inline(always)]
fn copy<T: Scalar, const B: usize>(values: &[T], first: usize) -> [T; B] {
    let mut copy = [T::zero(); B];
    copy.copy_from_slice(&values[first..first + B]);
    copy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::dispatch::tests::with_every_level;

    #[test]
    fn every_channel_of_every_vector_is_reached() {
        with_every_level(|| {
            for channels in [1, 7, 8, 31, 32, 41, 77] {
                let values: Vec<f64> = (0..3 * channels).map(|i| i as f64).collect();
                let mut changed = values.clone();
                zip_channels(&mut changed, [&values], channels, |c| [c as f64], |v, [o], [c]| v + 2.0 * o + 1000.0 * c);
                for (i, changed) in changed.iter().enumerate() {
                    assert_eq!(*changed, 3.0 * i as f64 + 1000.0 * (i % channels) as f64);
                }
                let mut seen = 0;
                sum_channels(
                    [&values],
                    channels,
                    |c| [c as f64],
                    |[v], [c]| [v, v * c],
                    |channel, [plain, scaled]| {
                        let sum = (3 * channel + 3 * channels) as f64;
                        assert_eq!((plain, scaled), (sum, sum * channel as f64));
                        seen += 1;
                    },
                );
                assert_eq!(seen, channels);
            }
        });
    }
}
