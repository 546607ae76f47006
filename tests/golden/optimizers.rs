use crate::reference::{File, matrix, numbers, spec};
use layercake::optimizers::{Slots, Step};
use layercake::prelude::*;
use layercake::saving::{Registry, Spec};
use serde_json::Value as Json;
use std::sync::Arc;

fn walk<T: Scalar>() -> File {
    let registry = Registry::<T>::default();
    let supported = |case: &Json| match registry.part::<dyn Optimizer<T>>(&spec(&case["optimizer"])) {
        Ok(_) => "supported".to_string(),
        Err(error) => error.to_string(),
    };
    let mut file = File::read("optimizers");
    let problems = file.get("problems").clone();
    file.each("cases", supported, &["supported"], |case, tolerance| {
        let described: Spec = spec(&case["optimizer"]);
        let optimizer: Arc<dyn Optimizer<T>> = registry.part(&described).unwrap();
        let Some(layercake::saving::Value::Float(learning_rate)) = optimizer.spec().get("learning_rate").cloned() else {
            panic!("no learning rate in {}", optimizer.spec())
        };
        let problem = &problems[case["problem"].as_str().unwrap()];
        let flat = |json: &Json| -> Vec<T> { numbers(json).into_iter().map(T::of).collect() };
        let initial = problem["initial"].as_array().unwrap();
        let mut weights: Vec<Vec<T>> = initial.iter().map(flat).collect();
        let shapes: Vec<Vec<usize>> =
            initial.iter().map(|weight| vec![matrix::<T>(weight).nrows(), matrix::<T>(weight).ncols()]).collect();
        let mut slots: Vec<Vec<T>> = weights.iter().map(|weight| vec![T::zero(); weight.len() * optimizer.slots()]).collect();
        for (number, gradients) in problem["gradients"].as_array().unwrap().iter().enumerate() {
            for (tensor, gradient) in gradients.as_array().unwrap().iter().enumerate() {
                let size = weights[tensor].len();
                optimizer.update(Step {
                    number: number as u64 + 1,
                    learning_rate: T::of(learning_rate),
                    weight: &mut weights[tensor],
                    shape: &shapes[tensor],
                    gradient: &flat(gradient),
                    slots: Slots::new(&mut slots[tensor], size, 0..size),
                });
                let want = serde_json::json!({"id": case["id"], "weight": case["params"][number][tensor]});
                let got: Vec<f64> = weights[tensor].iter().map(|value| value.to_f64()).collect();
                tolerance.in_type::<T>().assert(&want, "weight", &got);
            }
            assert!((learning_rate - case["learning_rates"][number].as_f64().unwrap()).abs() < 1e-15);
        }
    });
    file
}

#[test]
fn optimizers_move_weights_as_those_of_keras() {
    walk::<f64>().assert_used(9);
    walk::<f32>().assert_used(9);
}
