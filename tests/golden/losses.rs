use crate::reference::{File, by_rows, config, matrix, numbers};
use layercake::losses::{Slope, value_and_gradient};
use layercake::prelude::*;
use layercake::saving::{Registry, Value};
use layercake::{Batch, BatchMut, Shape};
use std::sync::Arc;

fn walk<T: Scalar>() -> File {
    let registry = Registry::<T>::default();
    let known: Vec<&str> = registry.losses.names().collect();
    let mut file = File::read("losses");
    let class = |case: &serde_json::Value| case["loss"].as_str().unwrap().to_string();
    file.each("cases", class, &known, |case, tolerance| {
        let id = case["id"].as_str().unwrap();
        if T::DTYPE == "float32" && id.starts_with("edge-") {
            return; // 1 - 1e-7 and its like are for double precision
        }
        let tolerance = tolerance.in_type::<T>();
        let (targets, predictions) = (matrix::<T>(&case["y_true"]), matrix::<T>(&case["y_pred"]));
        let weight: Option<Vec<T>> =
            (!case["sample_weight"].is_null()).then(|| numbers(&case["sample_weight"]).into_iter().map(T::of).collect());
        let mut spec = config(&class(case), &case["kwargs"]);
        let reduction = case["reduction"].as_str().unwrap();
        let (value, gradient) = if reduction == "none" {
            // the losses of the samples, each times its weight, and the gradient of their sum
            let loss: Arc<dyn Loss<T>> = registry.part(&spec).unwrap();
            each_sample(&*loss, &targets, &predictions, weight.as_deref())
        } else {
            spec = spec.with("reduction", Value::Text(reduction.to_string()));
            let loss: Arc<dyn Loss<T>> = registry.part(&spec).unwrap();
            let (value, gradient) = value_and_gradient(&*loss, &targets, &predictions, weight.as_deref()).unwrap();
            (vec![value.to_f64()], gradient)
        };
        tolerance.assert(case, "value", &value);
        tolerance.assert(case, "grad_y_pred", &by_rows(&gradient));
    });
    file
}

fn each_sample<T: Scalar>(
    loss: &dyn Loss<T>,
    targets: &DMatrix<T>,
    predictions: &DMatrix<T>,
    weight: Option<&[T]>,
) -> (Vec<f64>, DMatrix<T>) {
    let (outputs, target) = (Shape::from(predictions.ncols()), Shape::from(targets.ncols()));
    let (predicted, wanted) = (predictions.transpose(), targets.transpose());
    let ones = vec![T::one(); predictions.nrows()];
    let scale = weight.unwrap_or(&ones);
    let (mut losses, mut gradient) = (vec![T::zero(); scale.len()], vec![T::zero(); predicted.len()]);
    let slope = Slope { scale, values: BatchMut::new(&outputs, &mut gradient) };
    let (predicted, wanted) = (Batch::new(&outputs, predicted.as_slice()), Batch::new(&target, wanted.as_slice()));
    loss.score(predicted, wanted, &mut losses, Some(slope));
    let mut alone = vec![T::zero(); scale.len()];
    loss.score(predicted, wanted, &mut alone, None);
    assert_eq!(alone, losses, "the losses are the same without a slope");
    let weighted = losses.iter().zip(scale).map(|(&loss, &scale)| (loss * scale).to_f64()).collect();
    (weighted, DMatrix::from_row_slice(predictions.nrows(), predictions.ncols(), &gradient))
}

#[test]
fn losses_and_their_slopes_are_those_of_keras() {
    walk::<f64>().assert_used(97);
    walk::<f32>().assert_used(97);
}
