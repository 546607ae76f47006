//! The probability from which on the positive one of two classes is the answer.

use super::Threshold;
use crate::base::sort_by_score;

/// Returns the threshold with the best score, given the probability of the positive class of each row and whether the row is of
/// it; among equal scores, that nearest to 0.5. `None` if the rows are all of one class.
pub(super) fn choose(by: Threshold, rows: &[(f32, bool)]) -> Option<f64> {
    let mut rows = rows.to_vec();
    sort_by_score(&mut rows);
    let positives = rows.iter().filter(|(_, positive)| *positive).count() as f64;
    let negatives = rows.len() as f64 - positives;
    let score = |[true_positives, false_positives]: [f64; 2]| match by {
        Threshold::At(_) => 0.0,
        Threshold::Accuracy => true_positives + negatives - false_positives,
        Threshold::F1 => 2.0 * true_positives / (true_positives + false_positives + positives),
        Threshold::BalancedAccuracy => true_positives / positives - false_positives / negatives,
    };
    if let Threshold::At(at) = by {
        return Some(at);
    }
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let (mut above, mut below) = ([positives, negatives], 0.0);
    let mut best: Option<(f64, f64)> = None;
    for equal in rows.chunk_by(|a, b| a.0 == b.0) {
        let next = f64::from(equal[0].0);
        // between two probabilities, so that the rows from here on are positive
        consider(&mut best, score(above), 0.5 * (below + next));
        for (_, positive) in equal {
            above[usize::from(!positive)] -= 1.0;
        }
        below = next;
    }
    consider(&mut best, score(above), 0.5 * (below + 1.0));
    best.map(|(_, threshold)| threshold)
}

fn consider(best: &mut Option<(f64, f64)>, score: f64, threshold: f64) {
    let is_better =
        best.is_none_or(|(known, at)| score > known || (score == known && (threshold - 0.5).abs() < (at - 0.5).abs()));
    if threshold > 0.0 && threshold < 1.0 && is_better {
        *best = Some((score, threshold));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The score of a threshold, counted row by row.
    fn counted(by: Threshold, rows: &[(f32, bool)], threshold: f64) -> f64 {
        let count = |predicted: bool, actual: bool| {
            rows.iter().filter(|(p, is)| (f64::from(*p) >= threshold) == predicted && *is == actual).count() as f64
        };
        let (tp, fp, missed, tn) = (count(true, true), count(true, false), count(false, true), count(false, false));
        match by {
            Threshold::At(_) => 0.0,
            Threshold::Accuracy => (tp + tn) / rows.len() as f64,
            Threshold::F1 => 2.0 * tp / (2.0 * tp + fp + missed),
            Threshold::BalancedAccuracy => 0.5 * (tp / (tp + missed) + tn / (tn + fp)),
        }
    }

    /// No threshold on a fine grid is better than the chosen one.
    #[test]
    fn the_best_threshold() {
        let mut rng = crate::base::Rng::new(3);
        for round in 0..50 {
            let steps = if round % 2 == 0 { 6.0 } else { 1e6 };
            let rows: Vec<(f32, bool)> = (0..40)
                .map(|_| {
                    let p = (rng.uniform() * steps).round() / steps;
                    (p as f32, rng.uniform() < 0.3 * p + 0.1)
                })
                .collect();
            if rows.iter().all(|row| !row.1) {
                continue;
            }
            for by in [Threshold::Accuracy, Threshold::F1, Threshold::BalancedAccuracy] {
                let chosen = choose(by, &rows).unwrap();
                let best = (1..1000).map(|step| counted(by, &rows, f64::from(step) / 1000.0)).fold(0.0, f64::max);
                assert!(counted(by, &rows, chosen) >= best - 1e-12, "{by:?} {chosen}");
            }
        }
        // right from 0.3 to 0.8: the middle is nearest to 0.5
        assert_eq!(choose(Threshold::Accuracy, &[(0.25, false), (0.75, true)]), Some(0.5));
        assert_eq!(choose(Threshold::F1, &[(0.25, true)]), None);
        assert_eq!(choose(Threshold::At(0.3), &[]), Some(0.3));
    }
}
