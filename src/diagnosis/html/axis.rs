//! An axis of a plot: the range of its values, where each is drawn, and its ticks.

/// A linear or logarithmic axis.
pub(super) struct Axis {
    /// The smallest and the largest value; of a logarithmic axis, their logarithms.
    low: f64,
    high: f64,
    /// Where the two are drawn.
    from: f64,
    to: f64,
    is_log: bool,
}

/// About this many ticks are drawn.
const TICKS: f64 = 5.0;

impl Axis {
    /// Creates an axis for finite values; it is logarithmic if it may be, and all values are above 0 and not equal.
    pub(super) fn new(values: &[f64], (from, to): (f64, f64), may_be_log: bool) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let is_log = may_be_log && low > 0.0 && low < high;
        let (low, high) = if is_log { (low.ln(), high.ln()) } else { (low, high) };
        // a span too small to tell its ends apart, or too large for a number, is no range
        let span = high - low;
        let is_range = span.is_finite() && span > 1e-9 * high.abs().max(low.abs());
        let (low, high) = if is_range { (low, high) } else { (low.min(0.0), low.max(0.0).max(low.min(0.0) + 1.0)) };
        Self { low, high, from, to, is_log }
    }

    pub(super) fn is_log(&self) -> bool {
        self.is_log
    }

    /// Returns whether a value can be drawn.
    pub(super) fn has(&self, value: f64) -> bool {
        value.is_finite() && (!self.is_log || value > 0.0)
    }

    /// Returns where a value is drawn.
    pub(super) fn at(&self, value: f64) -> f64 {
        let value = if self.is_log { value.ln() } else { value };
        self.from + ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0) * (self.to - self.from)
    }

    /// Returns round values within the range.
    pub(super) fn ticks(&self) -> Vec<f64> {
        if !self.is_log {
            return linear(self.low, self.high);
        }
        let all = |digits: &[f64]| -> Vec<f64> {
            let powers = (self.low / 10.0_f64.ln()).floor() as i32..=(self.high / 10.0_f64.ln()).ceil() as i32;
            let each = powers.flat_map(|power| digits.iter().map(move |digit| digit * 10.0_f64.powi(power)));
            each.filter(|tick| (self.low - 1e-9..=self.high + 1e-9).contains(&tick.ln())).collect()
        };
        let found = [&[1.0][..], &[1.0, 2.0, 5.0][..]].into_iter().map(all).find(|ticks| ticks.len() >= 3);
        let ticks = found.unwrap_or_else(|| linear(self.low.exp(), self.high.exp()));
        let step = (ticks.len() as f64 / (TICKS + 2.0)).ceil().max(1.0) as usize;
        ticks.into_iter().step_by(step).collect()
    }
}

/// Returns multiples of 1, 2 or 5 times a power of ten.
fn linear(low: f64, high: f64) -> Vec<f64> {
    let raw = (high - low) / TICKS;
    let power = 10.0_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power).into_iter().find(|step| *step >= raw * 0.999).unwrap_or(raw);
    let first = (low / step - 1e-9).ceil();
    // a sum of zero and a negative zero is zero
    (0..).map(|number| (first + f64::from(number)) * step + 0.0).take_while(|tick| *tick <= high + 1e-9 * step).take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within_the_range() {
        let ticks = |values: &[f64], log| Axis::new(values, (0.0, 100.0), log).ticks();
        assert_eq!(ticks(&[1.0, 60.0], false), [20.0, 40.0, 60.0]);
        assert_eq!(ticks(&[-1.0, 1.0], false), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        let close = |found: Vec<f64>, expected: &[f64]| {
            assert_eq!(found.len(), expected.len(), "{found:?}");
            found.iter().zip(expected).for_each(|(a, b)| approx::assert_relative_eq!(*a, *b, max_relative = 1e-12));
        };
        close(ticks(&[1e-3, 2.0], true), &[1e-3, 1e-2, 1e-1, 1.0]);
        close(ticks(&[0.1, 1.0], true), &[0.1, 0.2, 0.5, 1.0]);
        assert!(!ticks(&[0.5, 0.6], true).is_empty());
        // zero has no logarithm
        assert!(!Axis::new(&[0.0, 1.0], (0.0, 1.0), true).is_log());
        for values in [[3.0, 3.0], [0.0, 0.0], [-2.0, -2.0], [-f64::MAX, f64::MAX]] {
            let axis = Axis::new(&values, (0.0, 100.0), true);
            assert!(axis.at(values[0]).is_finite() && axis.ticks().len() <= 20, "{values:?}");
        }
    }

    #[test]
    fn a_logarithmic_axis_has_equal_steps_for_equal_factors() {
        let axis = Axis::new(&[1.0, 100.0], (0.0, 200.0), true);
        approx::assert_relative_eq!(axis.at(10.0), 100.0, max_relative = 1e-12);
        assert!(!axis.has(0.0) && !axis.has(f64::NAN) && axis.has(5.0));
    }
}
