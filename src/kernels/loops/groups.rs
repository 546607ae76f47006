//! Loops over groups of values within a sample, for the normalizations of single samples.

use crate::kernels::scalar::Scalar;
use crate::kernels::simd::dispatch::{Kernel, dispatch};

/// The groups of a sample: a group is `size` neighbouring channels, at all positions of the sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Groups {
    /// The number of values in a sample.
    pub(crate) width: usize,
    /// The number of channels at each position.
    pub(crate) channels: usize,
    /// The number of channels in a group; it divides `channels`.
    pub(crate) size: usize,
}

impl Groups {
    /// Returns the number of groups in a sample.
    pub(crate) fn count(self) -> usize {
        self.channels / self.size
    }

    /// Returns the number of values in a group.
    pub(crate) fn len(self) -> usize {
        self.width / self.channels * self.size
    }

    /// Returns the ranges of a sample's values that belong to group number `group`.
    #[inline(always)]
    fn runs(self, group: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
        let first = group * self.size;
        (first..self.width).step_by(self.channels).map(move |start| start..start + self.size)
    }
}

/// Subtracts its mean from each group if `centered` is true, and multiplies the group by `factor(sum of squares)`.
///
/// The computation is in double precision, because differences of almost equal values would otherwise be rounding errors.
pub(crate) fn normalize_groups<T: Scalar>(values: &mut [T], groups: Groups, centered: bool, factor: impl Fn(f64) -> f64) {
    dispatch(Normalize { values, groups, centered, factor });
}

/// Computes the backward pass of [`normalize_groups`]: the gradient of the outputs is replaced by that of the inputs `x`.
///
/// The result is `factor * (d - mean(d) - y * sum(d * y) / spread(factor))`, where `d` is the gradient and `y` are the outputs
/// of a group; `mean(d)` is left out unless `centered` is true.
pub(crate) fn normalize_gradient<T: Scalar>(
    gradient: &mut [T],
    x: &[T],
    groups: Groups,
    centered: bool,
    factor: impl Fn(f64) -> f64,
    spread: impl Fn(f64) -> f64,
) {
    dispatch(NormalizeGradient { gradient, x, groups, centered, factor, spread });
}

/// Returns the mean of a group, which is 0 unless `centered` is true, and its factor.
#[inline(always)]
fn moments<T: Scalar>(sample: &[T], groups: Groups, group: usize, centered: bool, factor: impl Fn(f64) -> f64) -> (f64, f64) {
    let runs = || groups.runs(group).map(|run| &sample[run]);
    let total: f64 = if centered { runs().map(|run| sum(run, run, |x, _| x)).sum() } else { 0.0 };
    let mean = total / groups.len() as f64;
    (mean, factor(runs().map(|run| sum(run, run, |x, _| (x - mean) * (x - mean))).sum()))
}

struct Normalize<'a, T, F> {
    values: &'a mut [T],
    groups: Groups,
    centered: bool,
    factor: F,
}

impl<T: Scalar, F: Fn(f64) -> f64> Kernel for Normalize<'_, T, F> {
    #[inline(always)]
    fn run(self) {
        let groups = self.groups;
        for sample in self.values.chunks_exact_mut(groups.width) {
            for group in 0..groups.count() {
                let (mean, factor) = moments(sample, groups, group, self.centered, &self.factor);
                for run in groups.runs(group) {
                    sample[run].iter_mut().for_each(|value| *value = T::of((value.to_f64() - mean) * factor));
                }
            }
        }
    }
}

struct NormalizeGradient<'a, T, F, S> {
    gradient: &'a mut [T],
    x: &'a [T],
    groups: Groups,
    centered: bool,
    factor: F,
    spread: S,
}

impl<T: Scalar, F: Fn(f64) -> f64, S: Fn(f64) -> f64> Kernel for NormalizeGradient<'_, T, F, S> {
    #[inline(always)]
    fn run(self) {
        let (groups, count) = (self.groups, self.groups.len() as f64);
        for (gradient, x) in self.gradient.chunks_exact_mut(groups.width).zip(self.x.chunks_exact(groups.width)) {
            for group in 0..groups.count() {
                let (mean, factor) = moments(x, groups, group, self.centered, &self.factor);
                let total: f64 = groups.runs(group).map(|run| sum(&gradient[run.clone()], &gradient[run], |d, _| d)).sum();
                let shift = if self.centered { total / count } else { 0.0 };
                let along = |d: f64, x: f64| d * ((x - mean) * factor);
                let along: f64 = groups.runs(group).map(|run| sum(&gradient[run.clone()], &x[run], along)).sum();
                let along = along / (self.spread)(factor);
                for run in groups.runs(group) {
                    for (d, &x) in gradient[run.clone()].iter_mut().zip(&x[run]) {
                        *d = T::of(factor * (d.to_f64() - shift - (x.to_f64() - mean) * factor * along));
                    }
                }
            }
        }
    }
}

/// The number of partial sums, so that an addition need not wait for the previous one.
const LANES: usize = 16;

/// Sums `f` over pairs of values, in double precision, because sums that cancel would otherwise be rounding errors.
#[inline(always)]
fn sum<T: Scalar>(a: &[T], b: &[T], f: impl Fn(f64, f64) -> f64) -> f64 {
    let mut sums = [0.0; LANES];
    let (chunks_a, chunks_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = chunks_a.remainder().iter().zip(chunks_b.remainder()).map(|(&a, &b)| f(a.to_f64(), b.to_f64())).sum();
    for (a, b) in chunks_a.zip(chunks_b) {
        for (sum, (&a, &b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += f(a.to_f64(), b.to_f64());
        }
    }
    rest + sums.into_iter().sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::dispatch::tests::with_every_level;

    #[test]
    fn groups_have_mean_0_and_variance_1() {
        with_every_level(|| {
            for (positions, channels, size) in [(1, 5, 5), (1, 64, 16), (3, 6, 2), (2, 40, 20)] {
                let groups = Groups { width: positions * channels, channels, size };
                let mut values: Vec<f64> = (0..2 * groups.width).map(|i| 1e3 + (7.0 * i as f64).sin()).collect();
                let count = groups.len() as f64;
                normalize_groups(&mut values, groups, true, |squares| (squares / count).sqrt().recip());
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
