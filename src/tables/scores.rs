//! Scores of answers: log loss, accuracy, area under the curve; errors of numbers.

use crate::base::sort_by_score;
use crate::training::Logs;
use nalgebra::DMatrix;

/// The smallest probability that the log loss takes, so that one wrong answer does not make it infinite.
pub(super) const SMALLEST: f64 = 1e-7;

fn logs(scores: &[(&str, f64)]) -> Logs {
    let names: Vec<String> = scores.iter().map(|(name, _)| name.to_string()).collect();
    let mut logs = Logs::new(names.into());
    logs.set_from(0, scores.iter().map(|(_, value)| *value));
    logs
}

/// Returns the log loss, the accuracy of the answers and the area under the ROC curve of probabilities, one row for each actual
/// class, and other scores.
pub(super) fn of_classes(actual: &[usize], answers: &[usize], probabilities: &DMatrix<f32>, others: &[(&str, f64)]) -> Logs {
    let (rows, classes) = (actual.len() as f64, probabilities.ncols());
    let log_loss = log_loss(actual, probabilities);
    let right = actual.iter().zip(answers).filter(|(actual, answer)| actual == answer).count() as f64;
    let against_rest = |class: usize| {
        let stated = probabilities.column(class);
        area_under_curve(stated.iter().zip(actual).map(|(stated, &actual)| (*stated, actual == class)).collect())
    };
    // With two classes, both have the same area.
    let areas: Vec<f64> = (usize::from(classes == 2)..classes).filter_map(against_rest).collect();
    let mut scores = vec![("loss", log_loss), ("accuracy", right / rows)];
    if !areas.is_empty() {
        scores.push(("auc", areas.iter().sum::<f64>() / areas.len() as f64));
    }
    scores.extend(others);
    logs(&scores)
}

/// Returns the mean of `-ln(p)`, where `p` is the probability of the actual class of a row.
pub(super) fn log_loss(actual: &[usize], probabilities: &DMatrix<f32>) -> f64 {
    let loss = |(row, &class): (usize, &usize)| -f64::from(probabilities[(row, class)]).max(SMALLEST).ln();
    actual.iter().enumerate().map(loss).sum::<f64>() / actual.len() as f64
}

/// Returns the class with the largest probability; the first of equal ones.
pub(super) fn largest(probabilities: &DMatrix<f32>, row: usize) -> usize {
    (1..probabilities.ncols())
        .fold(0, |best, class| if probabilities[(row, class)] > probabilities[(row, best)] { class } else { best })
}

/// Returns the class with the largest of the probabilities of a row; the first of equal ones.
pub(super) fn largest_of(row: &[f32]) -> usize {
    (1..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best })
}

/// Returns the area under the ROC curve: the share of pairs of a positive and a negative row in which the positive one has
/// the higher score; equal scores count half. `None` if a kind of row is missing.
fn area_under_curve(mut rows: Vec<(f32, bool)>) -> Option<f64> {
    sort_by_score(&mut rows);
    let (mut below, mut positives, mut pairs) = (0.0, 0.0, 0.0);
    for equal in rows.chunk_by(|a, b| a.0 == b.0) {
        let own = equal.iter().filter(|(_, is_positive)| *is_positive).count() as f64;
        let negatives = equal.len() as f64 - own;
        pairs += own * (below + 0.5 * negatives);
        below += negatives;
        positives += own;
    }
    (below * positives > 0.0).then(|| pairs / (below * positives))
}

/// Returns the mean squared error, its root, the mean absolute error and R2, in the units of the target, and other scores.
pub(super) fn of_numbers(actual: &[f64], predicted: &[f64], others: &[(&str, f64)]) -> Logs {
    let count = actual.len() as f64;
    let mean = actual.iter().sum::<f64>() / count;
    let errors = || actual.iter().zip(predicted).map(|(actual, predicted)| actual - predicted);
    let squares = errors().map(|error| error * error).sum::<f64>();
    let spread = actual.iter().map(|actual| (actual - mean).powi(2)).sum::<f64>();
    let absolute = errors().map(f64::abs).sum::<f64>() / count;
    let mse = squares / count;
    let mut scores = vec![("loss", mse), ("root_mean_squared_error", mse.sqrt()), ("mean_absolute_error", absolute)];
    if spread > 0.0 {
        scores.push(("r2_score", 1.0 - squares / spread));
    }
    scores.extend(others);
    logs(&scores)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dmatrix;

    #[test]
    fn the_area_counts_pairs() {
        // pairs of positive and negative: (0.4, 0.1) and (0.8, 0.1), (0.8, 0.4) are right, (0.4, 0.4) is half
        let area = area_under_curve(vec![(0.1, false), (0.4, true), (0.4, false), (0.8, true)]);
        assert_eq!(area, Some(3.5 / 4.0));
        assert_eq!(area_under_curve(vec![(0.1, true), (0.4, true)]), None);
    }

    #[test]
    fn scores_of_classes_and_numbers() {
        let scores = of_classes(&[0, 1, 1], &[0, 1, 0], &dmatrix![0.5, 0.5; 0.25, 0.75; 1.0, 0.0], &[("other", 7.0)]);
        let log_loss = -(0.5f64.ln() + 0.75f64.ln() + SMALLEST.ln()) / 3.0;
        assert!((scores.loss() - log_loss).abs() < 1e-12);
        assert_eq!(scores["accuracy"], 2.0 / 3.0);
        assert_eq!((scores["auc"], scores["other"]), (0.5, 7.0));
        let scores = of_numbers(&[1.0, 3.0], &[2.0, 5.0], &[]);
        assert_eq!((scores.loss(), scores["mean_absolute_error"], scores["r2_score"]), (2.5, 1.5, -1.5));
    }
}
