use super::reference::{File, Results, by_rows, config, matrix, numbers, part, shape};
use layercake::losses::{LossGradient, Reduction, losses_and_gradient, value_and_gradient};
use layercake::prelude::*;
use layercake::saving::{Registry, Value};
use layercake::{Batch, Shape};
use serde_json::Value as Json;
use std::sync::Arc;

/// The keys that a case may have.
const KEYS: [&str; 8] = ["loss", "kwargs", "reduction", "y_true", "y_pred", "sample_weight", "value", "grad_y_pred"];

fn class(case: &Json) -> String {
    case["loss"].as_str().unwrap().to_string()
}

fn run<T: Scalar>(case: &Json, registry: &Registry<T>) -> Results {
    let (targets, predictions) = (matrix::<T>(&case["y_true"]), matrix::<T>(&case["y_pred"]));
    let weight: Option<Vec<T>> =
        (!case["sample_weight"].is_null()).then(|| numbers(&case["sample_weight"]).into_iter().map(T::of).collect());
    let reduction = Value::Text(case["reduction"].as_str().unwrap().to_string());
    let loss: Arc<dyn Loss<T>> =
        part(registry, &config(&class(case), &case["kwargs"]).with("reduction", reduction), shape(&case["y_pred"]).len())
            .unwrap();
    let (value, gradient) = if loss.reduction() == Reduction::None {
        losses_and_gradient(&*loss, &targets, &predictions, weight.as_deref()).unwrap()
    } else {
        let (value, gradient) = value_and_gradient(&*loss, &targets, &predictions, weight.as_deref()).unwrap();
        (vec![value], gradient)
    };
    assert_same_without_gradient(&*loss, &targets, &predictions);
    vec![("value", value.into_iter().map(T::to_f64).collect()), ("grad_y_pred", by_rows(&gradient))]
}

fn walk<T: Scalar>() -> File {
    let (registry, double) = (Registry::<T>::default(), Registry::<f64>::default());
    let known: Vec<&str> = registry.losses.names().collect();
    let mut file = File::read("losses", &["cases"]);
    file.each("cases", &KEYS, class, &known, |case, tolerance| {
        tolerance.compare::<T>(case, |case| run(case, &registry), |case| run(case, &double));
    });
    file
}

fn assert_same_without_gradient<T: Scalar>(loss: &dyn Loss<T>, targets: &DMatrix<T>, predictions: &DMatrix<T>) {
    let (outputs, target) = (Shape::from(predictions.ncols()), Shape::from(targets.ncols()));
    let (predicted, wanted) = (predictions.transpose(), targets.transpose());
    let (predicted, wanted) = (Batch::new(&outputs, predicted.as_slice()), Batch::new(&target, wanted.as_slice()));
    let scale = vec![T::one(); predicted.count()];
    let (mut alone, mut losses, mut gradient) = (scale.clone(), scale.clone(), predicted.values().to_vec());
    loss.score(predicted, wanted, &mut alone, None);
    let values = layercake::BatchMut::new(&outputs, &mut gradient);
    loss.score(predicted, wanted, &mut losses, Some(LossGradient { scale: &scale, values }));
    assert_eq!(alone, losses, "{}", loss.spec());
}

#[test]
fn losses_and_their_gradients_are_those_of_keras() {
    walk::<f64>().assert_all_used(&[]);
    walk::<f32>().assert_all_used(&[]);
}
