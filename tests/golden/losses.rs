use crate::reference::{File, by_rows, config, matrix, numbers};
use layercake::losses::{Reduction, Slope, losses_and_gradient, value_and_gradient};
use layercake::prelude::*;
use layercake::saving::{Registry, Value};
use layercake::{Batch, Shape};
use std::sync::Arc;

/// Where 1 - 1e-7, which single precision does not have, decides, or a slope of 0 is the difference of two near 450.
const NOT_IN_F32: [&str; 4] =
    ["edge-bce-p-exactly-0-1", "edge-bce-p-exactly-0-1-mean", "edge-bfce-p-exactly-0-1", "edge-cosine-zero-vector"];

fn walk<T: Scalar>() -> File {
    let registry = Registry::<T>::default();
    let known: Vec<&str> = registry.losses.names().collect();
    let mut file = File::read("losses");
    let class = |case: &serde_json::Value| case["loss"].as_str().unwrap().to_string();
    file.each("cases", class, &known, |case, tolerance| {
        if T::DTYPE == "float32" && NOT_IN_F32.contains(&case["id"].as_str().unwrap()) {
            return;
        }
        let mut tolerance = tolerance.in_type::<T>();
        let (targets, predictions) = (matrix::<T>(&case["y_true"]), matrix::<T>(&case["y_pred"]));
        let weight: Option<Vec<T>> =
            (!case["sample_weight"].is_null()).then(|| numbers(&case["sample_weight"]).into_iter().map(T::of).collect());
        let reduction = Value::Text(case["reduction"].as_str().unwrap().to_string());
        let spec = config(&class(case), &case["kwargs"]).with("reduction", reduction);
        let loss: Arc<dyn Loss<T>> = registry.part(&spec).unwrap();
        let (value, gradient) = if loss.reduction() == Reduction::None {
            losses_and_gradient(&*loss, &targets, &predictions, weight.as_deref()).unwrap()
        } else {
            let (value, gradient) = value_and_gradient(&*loss, &targets, &predictions, weight.as_deref()).unwrap();
            (vec![value], gradient)
        };
        let value: Vec<f64> = value.into_iter().map(T::to_f64).collect();
        tolerance.assert(case, "value", &value);
        if T::DTYPE == "float32" && loss.name() == "Circle" {
            // its exponents are some 80 times as sensitive to the rounding of what they are given, and its terms cancel
            let largest = numbers(&case["grad_y_pred"]).into_iter().fold(0.0, |largest, slope| slope.abs().max(largest));
            tolerance.absolute = 2e-5 * largest;
        }
        tolerance.assert(case, "grad_y_pred", &by_rows(&gradient));
        assert_same_without_slope(&*loss, &targets, &predictions);
    });
    file
}

fn assert_same_without_slope<T: Scalar>(loss: &dyn Loss<T>, targets: &DMatrix<T>, predictions: &DMatrix<T>) {
    let (outputs, target) = (Shape::from(predictions.ncols()), Shape::from(targets.ncols()));
    let (predicted, wanted) = (predictions.transpose(), targets.transpose());
    let (predicted, wanted) = (Batch::new(&outputs, predicted.as_slice()), Batch::new(&target, wanted.as_slice()));
    let scale = vec![T::one(); predicted.count()];
    let (mut alone, mut losses, mut slope) = (scale.clone(), scale.clone(), predicted.values().to_vec());
    loss.score(predicted, wanted, &mut alone, None);
    let values = layercake::BatchMut::new(&outputs, &mut slope);
    loss.score(predicted, wanted, &mut losses, Some(Slope { scale: &scale, values }));
    assert_eq!(alone, losses, "{}", loss.spec());
}

#[test]
fn losses_and_their_slopes_are_those_of_keras() {
    walk::<f64>().assert_all_used(&[]);
    walk::<f32>().assert_all_used(&[]);
}
