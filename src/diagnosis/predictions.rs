//! Outputs of a model as classes or numbers, and their losses.

use super::constant::is_cross_entropy;
use super::targets::{Reading, Values, is_set};
use crate::base::{Batch, Result, Shape, sort_by_score};
use crate::kernels::{Scalar, doubles};
use crate::model::Model;
use nalgebra::DMatrix;

/// Returns outputs in double precision.
pub(super) fn in_doubles<T: Scalar>(outputs: &DMatrix<T>) -> DMatrix<f64> {
    DMatrix::from_vec(outputs.nrows(), outputs.ncols(), doubles(outputs.as_slice()))
}

/// Turns outputs into what the targets are: classes, or numbers.
pub(super) fn values_of(outputs: &DMatrix<f64>, actual: &Values, reading: &Reading) -> Values {
    match actual {
        Values::Numbers(_) => Values::Numbers(outputs.as_slice()[..outputs.nrows()].to_vec()),
        Values::Classes(_, count) if outputs.ncols() == 1 => {
            // halfway between the two targets; logits have 0 there
            let (low, high) = reading.two.unwrap_or((0.0, 1.0));
            let middle = if is_set(&reading.loss, "from_logits") { 0.0 } else { (low + high) / 2.0 };
            Values::Classes(outputs.as_slice().iter().map(|value| usize::from(*value > middle)).collect(), *count)
        }
        Values::Classes(_, count) => {
            let best = |row: usize| {
                let larger = |best: usize, class: usize| if outputs[(row, class)] > outputs[(row, best)] { class } else { best };
                (1..outputs.ncols()).fold(0, larger)
            };
            Values::Classes((0..outputs.nrows()).map(best).collect(), (*count).max(outputs.ncols()))
        }
    }
}

/// Returns the probability that the model states for each row, sorted, and whether it came true; none if outputs are no
/// probabilities.
///
/// Of two classes it is that of the second one, of more that of the most probable one.
pub(super) fn stated(outputs: &DMatrix<f64>, actual: &Values, reading: &Reading) -> Vec<(f32, bool)> {
    let Values::Classes(classes, _) = actual else { return Vec::new() };
    let takes_classes = outputs.ncols() > 1 || reading.two == Some((0.0, 1.0));
    if !is_cross_entropy(&reading.loss.class_name) || !takes_classes {
        return Vec::new();
    }
    let from_logits = is_set(&reading.loss, "from_logits");
    let is_for_each = reading.loss.class_name.starts_with("Binary");
    let row = |(row, &class): (usize, &usize)| {
        let own: Vec<f64> = outputs.row(row).iter().copied().collect();
        let own = probabilities(own, from_logits, is_for_each);
        let largest = (1..own.len()).fold(0, |best, other| if own[other] > own[best] { other } else { best });
        match own[..] {
            [second] | [_, second] => (second as f32, class == 1),
            _ => (own[largest] as f32, class == largest),
        }
    };
    let mut rows: Vec<(f32, bool)> = classes.iter().enumerate().map(row).collect();
    if rows.iter().any(|(probability, _)| !(0.0..=1.0).contains(probability)) {
        return Vec::new();
    }
    sort_by_score(&mut rows);
    // of equal probabilities, those that came true are last
    for equal in rows.chunk_by_mut(|a, b| a.0.to_bits() == b.0.to_bits()) {
        let failed = equal.iter().filter(|(_, came_true)| !came_true).count();
        equal.iter_mut().enumerate().for_each(|(place, row)| row.1 = place >= failed);
    }
    rows
}

/// Turns the outputs of a row into probabilities, as the loss does; `is_for_each` if each of them is one of its own.
fn probabilities(outputs: Vec<f64>, from_logits: bool, is_for_each: bool) -> Vec<f64> {
    let is_for_each = is_for_each || outputs.len() == 1;
    let highest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let positive: Vec<f64> = match (from_logits, is_for_each) {
        (false, _) => outputs,
        (true, true) => outputs.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect(),
        (true, false) => outputs.iter().map(|logit| (logit - highest).exp()).collect(),
    };
    let sum: f64 = if is_for_each { 1.0 } else { positive.iter().sum() };
    positive.iter().map(|value| value / sum).collect()
}

/// Returns the loss of each row of outputs.
pub(super) fn loss_of_rows<T: Scalar>(model: &Model<T>, outputs: &DMatrix<T>, targets: &[T]) -> Result<Vec<f64>> {
    let (loss, _) = &model.check_compiled("fit")?.losses[0];
    let (rows, width) = outputs.shape();
    let shapes = [Shape::from(width), Shape::from(targets.len() / rows.max(1))];
    let predicted = outputs.transpose();
    let mut losses = vec![T::zero(); rows];
    loss.score(Batch::new(&shapes[0], predicted.as_slice()), Batch::new(&shapes[1], targets), &mut losses, None);
    Ok(doubles(&losses))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dmatrix;
    use crate::part::{Spec, Value};

    fn reading(loss: &str, from_logits: bool) -> Reading {
        let loss = Spec::named(loss).with("from_logits", Value::Bool(from_logits));
        Reading { loss, outputs: 1, two: Some((0.0, 1.0)) }
    }

    #[test]
    fn stated_probabilities_are_those_of_the_loss() {
        let two = Values::Classes(vec![1, 0], 2);
        let of_one = |outputs, from_logits| stated(&outputs, &two, &reading("BinaryCrossentropy", from_logits));
        assert_eq!(of_one(dmatrix![0.75; 0.5], false), [(0.5, false), (0.75, true)]);
        assert_eq!(of_one(dmatrix![3.0_f64.ln(); 0.0], true), [(0.5, false), (0.75, true)]);
        let three = Values::Classes(vec![2, 0], 3);
        let of_three = |outputs, from_logits| stated(&outputs, &three, &reading("SparseCategoricalCrossentropy", from_logits));
        let expected = [(0.5, true), (0.6, false)];
        assert_eq!(of_three(dmatrix![0.25, 0.25, 0.5; 0.1, 0.3, 0.6], false), expected);
        // logits, and outputs that the loss divides by their sum
        assert_eq!(of_three(dmatrix![0.25_f64, 0.25, 0.5; 0.1, 0.3, 0.6].map(f64::ln), true), expected);
        assert_eq!(of_three(dmatrix![0.5, 0.5, 1.0; 0.2, 0.6, 1.2], false), expected);
        // of two classes the second
        let pair = stated(&dmatrix![0.9, 0.1; 0.2, 0.8], &two, &reading("SparseCategoricalCrossentropy", false));
        assert_eq!(pair, [(0.1, true), (0.8, false)]);
    }

    #[test]
    fn what_is_no_probability_states_nothing() {
        let two = Values::Classes(vec![1, 0], 2);
        let outputs = dmatrix![0.75; 0.5];
        assert!(stated(&outputs, &two, &reading("MeanSquaredError", false)).is_empty());
        assert!(stated(&dmatrix![1.75; 0.5], &two, &reading("BinaryCrossentropy", false)).is_empty());
        assert!(stated(&dmatrix![f64::NAN; 0.5], &two, &reading("BinaryCrossentropy", false)).is_empty());
        assert!(stated(&outputs, &Values::Numbers(vec![1.0, 0.0]), &reading("BinaryCrossentropy", false)).is_empty());
        let hinge = Reading { two: Some((-1.0, 1.0)), ..reading("BinaryCrossentropy", false) };
        assert!(stated(&outputs, &two, &hinge).is_empty());
    }
}
