//! Outputs of a model as classes or numbers, and their losses.

use super::targets::{Reading, Values, is_set};
use crate::base::{Batch, Result, Shape};
use crate::kernels::Scalar;
use crate::model::Model;
use nalgebra::DMatrix;

/// Turns outputs into what the targets are: classes, or numbers.
pub(super) fn values_of<T: Scalar>(outputs: &DMatrix<T>, actual: &Values, reading: &Reading) -> Values {
    match actual {
        Values::Numbers(_) => Values::Numbers(outputs.column(0).iter().map(|value| value.to_f64()).collect()),
        Values::Classes(_, count) if outputs.ncols() == 1 => {
            // halfway between the two targets; logits have 0 there
            let (low, high) = reading.two.unwrap_or((0.0, 1.0));
            let middle = if is_set(&reading.loss, "from_logits") { 0.0 } else { (low + high) / 2.0 };
            Values::Classes(outputs.iter().map(|value| usize::from(value.to_f64() > middle)).collect(), *count)
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

/// Returns the loss of each row of outputs.
pub(super) fn loss_of_rows<T: Scalar>(model: &Model<T>, outputs: &DMatrix<T>, targets: &[T]) -> Result<Vec<f64>> {
    let (loss, _) = &model.check_compiled("fit")?.losses[0];
    let (rows, width) = outputs.shape();
    let shapes = [Shape::from(width), Shape::from(targets.len() / rows.max(1))];
    let predicted = outputs.transpose();
    let mut losses = vec![T::zero(); rows];
    loss.score(Batch::new(&shapes[0], predicted.as_slice()), Batch::new(&shapes[1], targets), &mut losses, None);
    Ok(losses.iter().map(|loss| loss.to_f64()).collect())
}
