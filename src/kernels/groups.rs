//! Loops over groups of values within a sample: what the normalizations of single samples are made of.

use super::{Kernel, dispatch};
use crate::Scalar;

/// Which values of a sample belong together: `size` neighbouring channels, at all positions of the sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Groups {
    /// How many values a sample has.
    pub(crate) width: usize,
    /// How many channels it has at each position.
    pub(crate) channels: usize,
    /// How many channels a group has; divides `channels`.
    pub(crate) size: usize,
}

impl Groups {
    /// How many groups a sample has.
    pub(crate) fn count(self) -> usize {
        self.channels / self.size
    }

    /// How many values a group has.
    pub(crate) fn len(self) -> usize {
        self.width / self.channels * self.size
    }

    /// The places of the runs of a group number `group` in a sample.
    #[inline(always)]
    fn runs(self, group: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
        let first = group * self.size;
        (first..self.width).step_by(self.channels).map(move |start| start..start + self.size)
    }
}

/// Scales each group by `factor(sum of squares)`, after taking away its mean if it is to be `centered`.
///
/// Each factor goes to `keep` with the number of its group.
pub(crate) fn normalize_groups<T: Scalar>(
    values: &mut [T],
    groups: Groups,
    centered: bool,
    factor: impl Fn(T) -> T,
    keep: impl FnMut(usize, T),
) {
    dispatch(Normalize { values, groups, centered, factor, keep });
}

/// The way back of [`normalize_groups`]: the slope of its outputs becomes that of its inputs.
///
/// With `d` the slope and `y` the outputs of a group it is `factor * (d - mean(d) - y * sum(d * y) / spread(factor))`, the
/// mean only where the group was centered.
pub(crate) fn normalize_slope<T: Scalar>(
    slope: &mut [T],
    outputs: &[T],
    groups: Groups,
    centered: bool,
    factors: &[T],
    spread: impl Fn(T) -> T,
) {
    dispatch(Slope { slope, outputs, groups, centered, factors, spread });
}

struct Normalize<'a, T, F, K> {
    values: &'a mut [T],
    groups: Groups,
    centered: bool,
    factor: F,
    keep: K,
}

impl<T: Scalar, F: Fn(T) -> T, K: FnMut(usize, T)> Kernel for Normalize<'_, T, F, K> {
    #[inline(always)]
    fn run(mut self) {
        let (groups, count) = (self.groups, T::of(self.groups.len() as f64));
        for (number, sample) in self.values.chunks_exact_mut(groups.width).enumerate() {
            for group in 0..groups.count() {
                if self.centered {
                    let mean = groups.runs(group).map(|run| sum(&sample[run.clone()], &sample[run], |a, _| a)).sum::<T>() / count;
                    for run in groups.runs(group) {
                        sample[run].iter_mut().for_each(|value| *value -= mean);
                    }
                }
                let squares = groups.runs(group).map(|run| sum(&sample[run.clone()], &sample[run], |a, b| a * b)).sum();
                let factor = (self.factor)(squares);
                for run in groups.runs(group) {
                    sample[run].iter_mut().for_each(|value| *value *= factor);
                }
                (self.keep)(number * groups.count() + group, factor);
            }
        }
    }
}

struct Slope<'a, T, S> {
    slope: &'a mut [T],
    outputs: &'a [T],
    groups: Groups,
    centered: bool,
    factors: &'a [T],
    spread: S,
}

impl<T: Scalar, S: Fn(T) -> T> Kernel for Slope<'_, T, S> {
    #[inline(always)]
    fn run(self) {
        let (groups, count) = (self.groups, T::of(self.groups.len() as f64));
        let samples = self.slope.chunks_exact_mut(groups.width).zip(self.outputs.chunks_exact(groups.width));
        for ((slope, outputs), factors) in samples.zip(self.factors.chunks_exact(groups.count())) {
            for (group, &factor) in factors.iter().enumerate() {
                let total: T = groups.runs(group).map(|run| sum(&slope[run.clone()], &slope[run], |d, _| d)).sum();
                let mean = if self.centered { total / count } else { T::zero() };
                let along: T = groups.runs(group).map(|run| sum(&slope[run.clone()], &outputs[run], |d, y| d * y)).sum();
                let along = along / (self.spread)(factor);
                for run in groups.runs(group) {
                    for (d, &y) in slope[run.clone()].iter_mut().zip(&outputs[run]) {
                        *d = factor * (*d - mean - y * along);
                    }
                }
            }
        }
    }
}

/// How many sums run beside each other, so that none waits for another.
const LANES: usize = 16;

/// The sum of `f` over pairs of values.
#[inline(always)]
fn sum<T: Scalar>(a: &[T], b: &[T], f: impl Fn(T, T) -> T) -> T {
    let mut sums = [T::zero(); LANES];
    let (chunks_a, chunks_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: T = chunks_a.remainder().iter().zip(chunks_b.remainder()).map(|(&a, &b)| f(a, b)).sum();
    for (a, b) in chunks_a.zip(chunks_b) {
        for (sum, (&a, &b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += f(a, b);
        }
    }
    rest + sums.into_iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::tests::with_every_level;

    #[test]
    fn groups_have_mean_0_and_variance_1() {
        with_every_level(|| {
            for (positions, channels, size) in [(1, 5, 5), (1, 64, 16), (3, 6, 2), (2, 40, 20)] {
                let groups = Groups { width: positions * channels, channels, size };
                let mut values: Vec<f64> = (0..2 * groups.width).map(|i| 1e3 + (7.0 * i as f64).sin()).collect();
                let (count, mut kept) = (groups.len() as f64, 0);
                normalize_groups(
                    &mut values,
                    groups,
                    true,
                    |squares| (squares / count).sqrt().recip(),
                    |number, _| {
                        assert_eq!(number, kept);
                        kept += 1;
                    },
                );
                assert_eq!(kept, 2 * channels / size);
                for sample in values.chunks(groups.width) {
                    for group in 0..groups.count() {
                        let of_group: Vec<f64> = groups.runs(group).flat_map(|run| sample[run].to_vec()).collect();
                        assert_eq!(of_group.len(), groups.len());
                        assert!(of_group.iter().sum::<f64>().abs() < 1e-9);
                        assert!((of_group.iter().map(|v| v * v).sum::<f64>() / count - 1.0).abs() < 1e-9);
                    }
                }
            }
        });
    }
}
