//! The bins of the piecewise-linear encoding, for the layer [`PiecewiseLinear`](super::PiecewiseLinear) and the features of tables.

use crate::kernels::Scalar;

/// A bin: the output is `(x - low) factor`, clamped to `[0, 1]` except below in the first bin and above in the last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bin {
    pub(crate) low: f64,
    pub(crate) factor: f64,
    pub(crate) is_first: bool,
    pub(crate) is_last: bool,
}

impl Bin {
    /// Returns the bins between ascending boundaries; the factor of a bin is infinite or not positive if its ends do not ascend.
    pub(crate) fn between(boundaries: &[f64]) -> impl Iterator<Item = Self> + '_ {
        let last = boundaries.len().saturating_sub(2);
        boundaries.windows(2).enumerate().map(move |(number, ends)| {
            let factor = (ends[1] - ends[0]).recip();
            Self { low: ends[0], factor, is_first: number == 0, is_last: number == last }
        })
    }

    /// Returns whether the ends of the bin ascend so far that a number has a share of it.
    pub(crate) fn has_width(&self) -> bool {
        self.factor > 0.0 && self.factor.is_finite()
    }

    /// Returns the least output, minus infinity in the first bin.
    pub(crate) fn least(&self) -> f64 {
        if self.is_first { f64::NEG_INFINITY } else { 0.0 }
    }

    /// Returns the largest output, infinity in the last bin.
    pub(crate) fn most(&self) -> f64 {
        if self.is_last { f64::INFINITY } else { 1.0 }
    }

    /// Returns the output for a number.
    pub(crate) fn output(&self, x: f64) -> f64 {
        output(x, self.low, self.factor, self.least(), self.most())
    }
}

/// Returns the output of a bin, given its low end, its factor, and its least and largest output.
#[inline(always)]
pub(super) fn output<T: Scalar>(x: T, low: T, factor: T, least: T, most: T) -> T {
    // e = clamp((x - low) factor, least, most)
    let z = (x - low) * factor;
    // A comparison with NaN is false, so NaN stays NaN.
    let z = if z < least { least } else { z };
    if z > most { most } else { z }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_fills_the_bins_below_it() {
        let outputs = |number: f64| Bin::between(&[0.0, 1.0, 3.0, 4.0]).map(|bin| bin.output(number)).collect::<Vec<_>>();
        assert_eq!(outputs(2.0), [1.0, 0.5, 0.0]);
        assert_eq!(outputs(-2.0), [-2.0, 0.0, 0.0]);
        assert_eq!(outputs(6.0), [1.0, 1.0, 3.0]);
    }
}
