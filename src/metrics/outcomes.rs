//! True and false positives and negatives at thresholds, from which precision, recall, similar metrics and AUC are computed.
//!
//! The totals are grouped by the number of thresholds that a prediction exceeds, from none to all. Each group has two sums
//! of weights: one for targets of 0 and one for the others. A prediction therefore takes one addition, however many
//! thresholds there are, and one pass over the totals gives the outcomes at every threshold.

use crate::base::{EPSILON, Scored};
use crate::kernels::Scalar;

/// The four outcomes at one threshold, each a sum of weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcomes {
    pub(super) true_positives: f64,
    pub(super) false_positives: f64,
    pub(super) true_negatives: f64,
    pub(super) false_negatives: f64,
}

impl Outcomes {
    /// The share of predictions of 1 whose target is 1.
    pub(super) fn precision(&self) -> f64 {
        ratio(self.true_positives, self.true_positives + self.false_positives)
    }

    /// The share of targets of 1 that are predicted as 1, also called sensitivity.
    pub(super) fn recall(&self) -> f64 {
        ratio(self.true_positives, self.positives())
    }

    /// The share of targets of 0 that are predicted as 0.
    pub(super) fn specificity(&self) -> f64 {
        ratio(self.true_negatives, self.negatives())
    }

    pub(super) fn positives(&self) -> f64 {
        self.true_positives + self.false_negatives
    }

    pub(super) fn negatives(&self) -> f64 {
        self.true_negatives + self.false_positives
    }
}

/// Computes `a / b`, or 0 if `b` is 0.
pub(super) fn ratio(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

/// Iterates over the outcomes at each threshold, from the highest to the lowest.
pub(super) fn curve(totals: &[f64]) -> impl Iterator<Item = Outcomes> {
    let steps = || totals.chunks_exact(2).rev();
    let add = |(negatives, positives): (f64, f64), step: &[f64]| (negatives + step[0], positives + step[1]);
    let (negatives, positives) = steps().fold((0.0, 0.0), add);
    let above = steps().scan((0.0, 0.0), move |sums, step| {
        *sums = add(*sums, step);
        Some(*sums)
    });
    above.take(threshold_count(totals)).map(move |(false_positives, true_positives)| Outcomes {
        true_positives,
        false_positives,
        true_negatives: negatives - false_positives,
        false_negatives: positives - true_positives,
    })
}

/// Returns the number of totals for a number of thresholds.
pub(super) fn slots(thresholds: usize) -> usize {
    thresholds.saturating_add(1).saturating_mul(2)
}

fn threshold_count(totals: &[f64]) -> usize {
    (totals.len() / 2).saturating_sub(1)
}

/// Adds one prediction, whose target counts as 1 unless it is 0.
pub(super) fn count<T: Scalar>(totals: &mut [f64], exceeded: usize, target: T, weight: f64) {
    if let Some(total) = totals.get_mut(2 * exceeded + usize::from(target != T::zero())) {
        *total += weight;
    }
}

/// The thresholds of a metric.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thresholds<'a> {
    spacing: Spacing<'a>,
    /// True if one threshold below 0 and one above 1 are added.
    is_padded: bool,
}

#[derive(Debug, Clone, Copy)]
enum Spacing<'a> {
    /// This many thresholds, evenly spaced from 0 to 1.
    Even(usize),
    /// The listed thresholds, in any order.
    Listed(&'a [f64]),
}

impl<'a> Thresholds<'a> {
    /// Makes `count` thresholds that are evenly spaced from 0 to 1; a single one is 1/2.
    pub(super) fn even(count: usize) -> Self {
        let spacing = if count == 1 { Spacing::Listed(&[0.5]) } else { Spacing::Even(count) };
        Self { spacing, is_padded: false }
    }

    /// Takes a list of thresholds, in any order.
    pub(super) fn listed(values: &'a [f64]) -> Self {
        let spacing = if is_even(values.iter().copied()) { Spacing::Even(values.len()) } else { Spacing::Listed(values) };
        Self { spacing, is_padded: false }
    }

    /// Makes `count` evenly spaced thresholds, the first just below 0 and the last just above 1.
    pub(super) fn even_beyond(count: usize) -> Self {
        Self { spacing: Spacing::Even(count), is_padded: true }
    }

    /// Takes a list of thresholds and adds one just below 0 and one just above 1.
    pub(super) fn listed_beyond(values: &'a [f64]) -> Self {
        let all = [0.0].into_iter().chain(values.iter().copied()).chain([1.0]);
        let spacing = if is_even(all) { Spacing::Even(values.len() + 2) } else { Spacing::Listed(values) };
        Self { spacing, is_padded: true }
    }

    /// Returns the number of thresholds that the prediction exceeds.
    ///
    /// For even spacing the number is computed without a search, as in Keras: the prediction is clipped to `[0, 1]`, and a
    /// prediction equal to a threshold does not exceed it.
    pub(super) fn exceeded<T: Scalar>(&self, prediction: T) -> usize {
        let is_above = |threshold: f64| usize::from(prediction > T::of(threshold));
        match self.spacing {
            Spacing::Even(count) => {
                let inside = prediction.max(T::zero()).min(T::one());
                let exceeded = (inside * T::of(count.saturating_sub(1) as f64)).ceil().to_f64() as usize;
                exceeded.max(usize::from(self.is_padded))
            }
            Spacing::Listed(values) => {
                let inner: usize = values.iter().map(|&threshold| is_above(threshold)).sum();
                if self.is_padded { is_above(-EPSILON) + inner + is_above(1.0 + EPSILON) } else { inner }
            }
        }
    }
}

/// True if there are at least three thresholds, `0, 1 / (n - 1), ..., 1`, within the tolerance of Keras.
fn is_even(values: impl Iterator<Item = f64> + Clone) -> bool {
    let count = values.clone().count();
    let is_near = |(i, value): (usize, f64)| {
        let even = i as f64 / (count - 1) as f64;
        (value - even).abs() <= EPSILON + 1e-5 * even
    };
    count >= 3 && values.enumerate().all(is_near)
}

/// The outputs of a sample that are measured: all of them, the `top_k` largest or those of one class.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Selection {
    pub(super) top_k: Option<usize>,
    pub(super) class_id: Option<usize>,
}

/// Adds the predictions of a batch; predictions that are not among the `top_k` largest exceed no threshold.
pub(super) fn add_outcomes<T: Scalar>(
    batch: Scored<'_, T>,
    thresholds: &Thresholds<'_>,
    selection: Selection,
    totals: &mut [f64],
) {
    let last = batch.predicted.shape().last().max(1);
    let (first, number) = selection.class_id.map_or((0, last), |class| (class, 1));
    for (predicted, target, weight) in batch.samples() {
        for (predicted, target) in predicted.chunks_exact(last).zip(target.chunks_exact(last)) {
            let least = selection.top_k.and_then(|k| kth_largest(predicted, k));
            let is_selected = |index| least.is_none_or(|least| index == least || precedes(predicted, index, least));
            for (index, (&p, &t)) in predicted.iter().zip(target).enumerate().skip(first).take(number) {
                let exceeded = if is_selected(index) { thresholds.exceeded(p) } else { 0 };
                count(totals, exceeded, t, weight.to_f64());
            }
        }
    }
}

/// Finds the index of the `k`-th largest value in `k` passes without allocating; of equal values the first ranks higher.
fn kth_largest<T: Scalar>(values: &[T], k: usize) -> Option<usize> {
    let mut last = None;
    for _ in 0..k.min(values.len()) {
        let rest = (0..values.len()).filter(|&index| last.is_none_or(|last| precedes(values, last, index)));
        last = rest.reduce(|best, index| if precedes(values, index, best) { index } else { best }).or(last);
    }
    last
}

fn precedes<T: Scalar>(values: &[T], a: usize, b: usize) -> bool {
    values[a] > values[b] || (values[a] == values[b] && a < b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_thresholds_are_counted_as_those_of_a_list() {
        for count in [3, 5, 11, 200] {
            let list: Vec<f64> = (0..count).map(|i| i as f64 / (count - 1) as f64).collect();
            let (even, listed) = (Thresholds::even(count), Thresholds { spacing: Spacing::Listed(&list), is_padded: false });
            assert!(matches!(Thresholds::listed(&list).spacing, Spacing::Even(_)));
            for i in 0..1000 {
                let p = (f64::from(i) * 0.7371).fract();
                assert_eq!(even.exceeded(p), listed.exceeded(p), "{p} among {count}");
            }
            for threshold in [0.0, 0.5, 1.0] {
                assert_eq!(even.exceeded(threshold), listed.exceeded(threshold), "on a threshold");
            }
        }
        assert_eq!(Thresholds::even(1).exceeded(0.6), 1);
        assert!(matches!(Thresholds::listed(&[0.9, 0.1, 0.4]).spacing, Spacing::Listed(_)));
        assert!(matches!(Thresholds::listed_beyond(&[0.25, 0.5, 0.75]).spacing, Spacing::Even(5)));
    }

    #[test]
    fn the_outcomes_at_a_threshold_are_those_counted_one_by_one() {
        let thresholds = [0.7, 0.2, 0.2, 0.45];
        let scored = [(0.1, 0.0, 1.0), (0.3, 1.0, 2.0), (0.5, 0.0, 4.0), (0.7, 1.0, 8.0), (0.9, 1.0, 16.0)];
        let mut totals = vec![0.0; slots(4)];
        for (p, t, weight) in scored {
            count(&mut totals, Thresholds::listed(&thresholds).exceeded(p), t, weight);
        }
        let mut sorted = thresholds;
        sorted.sort_by(|a, b| b.total_cmp(a));
        for (outcomes, threshold) in curve(&totals).zip(sorted) {
            let sum = |positive: bool, above: bool| -> f64 {
                scored.iter().filter(|(p, t, _)| (*t == 1.0) == positive && (*p > threshold) == above).map(|s| s.2).sum()
            };
            // equal thresholds have the same outcomes, because no prediction can be between them
            assert_eq!(outcomes.true_positives, sum(true, true), "{threshold}");
            assert_eq!(outcomes.false_positives, sum(false, true), "{threshold}");
            assert_eq!(outcomes.true_negatives, sum(false, false), "{threshold}");
            assert_eq!(outcomes.false_negatives, sum(true, false), "{threshold}");
        }
        assert_eq!(curve(&totals).count(), 4);
    }

    #[test]
    fn of_equal_values_the_first_is_the_larger() {
        let values = [0.2, 0.5, 0.5, 0.9, 0.5];
        assert_eq!([1, 2, 3, 4, 5, 9].map(|k| kth_largest(&values, k)), [3, 1, 2, 4, 0, 0].map(Some));
        assert_eq!(kth_largest::<f64>(&[], 2), None);
    }
}
