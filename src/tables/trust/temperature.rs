//! A temperature: one number that scales the logits of all rows.

use crate::tables::scores::SMALLEST;
use nalgebra::DMatrix;

/// The smallest and the largest temperature.
const RANGE: [f64; 2] = [0.1, 10.0];

/// Returns the temperature with the lowest log loss of `p_c^(1/T) / sum_k p_k^(1/T)`, within the range.
///
/// It is 1 if the log loss still falls at the lowest temperature, as it does when every answer is right.
pub(super) fn fit(probabilities: &DMatrix<f32>, actual: &[usize]) -> f64 {
    let logits = probabilities.map(logit);
    let (mut low, mut high) = (RANGE[0].ln(), RANGE[1].ln());
    // the log loss is convex in 1/T, so that its derivative has one sign on each side of the minimum
    if falls(&logits, actual, RANGE[0]) {
        return 1.0;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if falls(&logits, actual, middle.exp()) { high = middle } else { low = middle }
    }
    (0.5 * (low + high)).exp()
}

/// Returns whether the log loss falls when the temperature falls: `sum over rows (E[z] - z_actual) < 0`, where `z` are the
/// logits and the mean `E` is by the scaled probabilities.
fn falls(logits: &DMatrix<f64>, actual: &[usize], temperature: f64) -> bool {
    let mut sum = 0.0;
    let mut scaled = vec![0.0; logits.ncols()];
    for (row, &class) in actual.iter().enumerate() {
        scaled.iter_mut().zip(logits.row(row).iter()).for_each(|(scaled, logit)| *scaled = *logit);
        softmax(&mut scaled, temperature);
        let mean: f64 = scaled.iter().zip(logits.row(row).iter()).map(|(p, logit)| p * logit).sum();
        sum += mean - logits[(row, class)];
    }
    sum < 0.0
}

/// Scales the probabilities of one row; they stay as they are at a temperature of 1.
pub(super) fn scale(row: &mut [f32], temperature: f64) {
    if temperature == 1.0 {
        return;
    }
    let mut scaled: Vec<f64> = row.iter().copied().map(logit).collect();
    softmax(&mut scaled, temperature);
    row.iter_mut().zip(scaled).for_each(|(p, scaled)| *p = scaled as f32);
}

fn logit(probability: f32) -> f64 {
    f64::from(probability).max(SMALLEST).ln()
}

/// Replaces logits by their probabilities at a temperature.
fn softmax(logits: &mut [f64], temperature: f64) {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logits.iter_mut().for_each(|logit| *logit = ((*logit - largest) / temperature).exp());
    let sum: f64 = logits.iter().sum();
    logits.iter_mut().for_each(|p| *p /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    /// Rows of classes that are drawn with known probabilities, of which the model knows those at another temperature.
    fn planted(temperature: f64, classes: usize, rows: usize) -> (DMatrix<f32>, Vec<usize>) {
        let mut rng = Rng::new(7);
        let mut known = DMatrix::zeros(rows, classes);
        let mut actual = Vec::with_capacity(rows);
        for row in 0..rows {
            let logits: Vec<f64> = (0..classes).map(|_| 4.0 * rng.uniform() - 2.0).collect();
            let (mut truth, mut model) = (logits.clone(), logits);
            softmax(&mut truth, 1.0);
            softmax(&mut model, 1.0 / temperature);
            let mut left = rng.uniform();
            let class = truth.iter().position(|p| {
                left -= p;
                left < 0.0
            });
            actual.push(class.unwrap_or(classes - 1));
            model.iter().enumerate().for_each(|(class, &p)| known[(row, class)] = p as f32);
        }
        (known, actual)
    }

    #[test]
    fn a_planted_temperature_is_found() {
        for temperature in [0.5, 1.0, 1.7, 3.0] {
            for classes in [2, 4] {
                let (probabilities, actual) = planted(temperature, classes, 40_000);
                let found = fit(&probabilities, &actual);
                assert!((found / temperature - 1.0).abs() < 0.02, "{found} for {temperature}, {classes} classes");
            }
        }
    }

    /// The order of the classes of a row stays, and two classes are scaled as a logit is.
    #[test]
    fn scaled_probabilities() {
        let mut row = [0.2f32, 0.8];
        scale(&mut row, 2.0);
        let expected = 1.0 / (1.0 + (-0.5 * 4f64.ln()).exp());
        assert!((f64::from(row[1]) - expected).abs() < 1e-7, "{row:?}");
        let (probabilities, actual) = planted(1.0, 3, 500);
        let right = DMatrix::from_fn(3, 2, |_, class| [0.9, 0.1][class]);
        assert_eq!(fit(&right, &[0, 0, 0]), 1.0, "no minimum");
        assert!(fit(&right, &[1, 1, 1]) > 9.99, "the largest");
        assert_eq!(actual.len(), probabilities.nrows());
        for row in probabilities.row_iter() {
            let before: Vec<f32> = row.iter().copied().collect();
            let mut after = before.clone();
            scale(&mut after, 0.3);
            let is_ordered = |a: usize, b: usize| before[a] <= before[b] || after[a] >= after[b];
            assert!((0..3).all(|a| (0..3).all(|b| is_ordered(a, b))));
            assert!((after.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
    }
}
