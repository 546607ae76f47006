use crate::reference::{File, by_rows, matrix, spec, weight};
use layercake::check::layer_pass;
use layercake::prelude::*;
use layercake::regularizers::Regularizer;
use layercake::saving::Registry;
use serde_json::Value as Json;
use std::sync::Arc;

fn supported<T: Scalar>(case: &Json, registry: &Registry<T>) -> String {
    let layer = registry.part::<dyn Layer<T>>(&spec(&case["layer"]));
    match case["kind"].as_str().unwrap() {
        "forward" if layer.is_ok() => "supported".to_string(),
        kind => format!("{} ({kind})", case["layer"]["class_name"]),
    }
}

fn model<T: Scalar>(case: &Json, registry: &Registry<T>) -> (Sequential<T>, Vec<DMatrix<T>>) {
    let layer: Arc<dyn Layer<T>> = registry.part(&spec(&case["layer"])).unwrap();
    let mut model = Sequential::with_seed(1);
    model.add(layer);
    model.build(matrix::<T>(&case["x"]).ncols()).unwrap();
    let weights: Vec<_> = case["initial_weights"].as_array().into_iter().flatten().map(weight).collect();
    model.set_weights(&weights).unwrap();
    (model, weights)
}

#[test]
fn layers_give_the_outputs_of_keras_in_both_number_types() {
    fn walk<T: Scalar>() -> File {
        let registry = Registry::<T>::default();
        let mut file = File::read("layers");
        file.each(
            "cases",
            |case| supported(case, &registry),
            &["supported"],
            |case, tolerance| {
                let (model, _) = model(case, &registry);
                let outputs = model.predict(&matrix(&case["x"])).unwrap();
                tolerance.in_type::<T>().assert(case, "y", &by_rows(&outputs));
            },
        );
        file
    }
    walk::<f64>().assert_used(16);
    walk::<f32>().assert_used(16);
}

#[test]
fn layers_give_the_gradients_of_keras() {
    let registry = Registry::<f64>::default();
    let mut file = File::read("layers");
    file.each(
        "cases",
        // a pass for gradients is one in training, where a dropout in inference has no place
        |case| match supported(case, &registry) {
            _ if case["layer"]["class_name"] == "Dropout" && case["training"] == false => "Dropout in inference".to_string(),
            other => other,
        },
        &["supported"],
        |case, tolerance| {
            let (model, weights) = model(case, &registry);
            let pass = layer_pass(&model, &weights, &matrix(&case["x"]), &matrix(&case["upstream"])).unwrap();
            tolerance.assert(case, "y", &by_rows(&pass.outputs));
            // numbers of classes have no slope
            if !case["dx"].is_null() {
                tolerance.assert(case, "dx", &by_rows(&pass.input_slope));
            }
            let expected = case["weight_grads"].as_array().map_or(&[][..], |gradients| gradients);
            assert_eq!(pass.gradient.len(), expected.len());
            for (got, want) in pass.gradient.iter().zip(expected) {
                let want = serde_json::json!({"id": case["id"], "gradient": want["value"]});
                tolerance.assert(&want, "gradient", &by_rows(got));
            }
            let losses: f64 = crate::reference::numbers(&case["losses"]).iter().sum();
            assert!((pass.penalty - losses).abs() <= 1e-9 * losses.abs(), "{}: {} {losses}", case["id"], pass.penalty);
        },
    );
    file.assert_used(15);
}

#[test]
fn regularizers_are_those_of_keras() {
    let registry = Registry::<f64>::default();
    let known: Vec<&str> = registry.regularizers.names().collect();
    let mut file = File::read("layers");
    let class = |case: &Json| case["regularizer"]["class_name"].as_str().unwrap().to_string();
    file.each("regularizers", class, &known, |case, tolerance| {
        let regularizer: Arc<dyn Regularizer<f64>> = registry.part(&spec(&case["regularizer"])).unwrap();
        let weight = matrix::<f64>(&case["weight"]);
        let values = by_rows(&weight);
        let shape = [weight.nrows(), weight.ncols()];
        let mut gradient = vec![0.0; values.len()];
        regularizer.add_gradient(&values, &shape, &mut gradient);
        tolerance.assert(case, "value", &[regularizer.penalty(&values, &shape)]);
        tolerance.assert(case, "grad", &gradient);
    });
    file.assert_used(5);
}

#[test]
fn constraints_are_those_of_keras() {
    let registry = Registry::<f64>::default();
    let known: Vec<&str> = registry.constraints.names().collect();
    let mut file = File::read("layers");
    let class = |case: &Json| case["constraint"]["class_name"].as_str().unwrap().to_string();
    file.each("constraints", class, &known, |case, tolerance| {
        let constraint: Arc<dyn Constraint<f64>> = registry.part(&spec(&case["constraint"])).unwrap();
        let weight = matrix::<f64>(&case["weight"]);
        let mut values = by_rows(&weight);
        constraint.project(&mut values, &[weight.nrows(), weight.ncols()]);
        tolerance.assert(case, "constrained", &values);
    });
    file.assert_used(8);
}

#[test]
fn dropout_sets_the_share_to_zero_that_keras_does_and_scales_the_rest() {
    let registry = Registry::<f64>::default();
    let mut file = File::read("layers");
    let class = |case: &Json| case["layer"]["class_name"].as_str().unwrap().to_string();
    file.each("stochastic", class, &["Dropout"], |case, _| {
        let layer: Arc<dyn Layer<f64>> = registry.part(&spec(&case["layer"])).unwrap();
        let mut model = Sequential::with_seed(1);
        model.add(layer);
        model.build(100).unwrap();
        let ones = DMatrix::from_element(1000, 100, 1.0);
        let outputs = layer_pass(&model, &[], &ones, &ones).unwrap().outputs;
        let values = crate::reference::numbers(&case["values"]);
        let probabilities = crate::reference::numbers(&case["probabilities"]);
        for (value, probability) in values.iter().zip(&probabilities) {
            let share = outputs.iter().filter(|&&output| (output - value).abs() < 1e-12).count() as f64 / 1e5;
            // five standard errors of a share of 100,000 draws
            let within = 5.0 * (probability * (1.0 - probability) / 1e5).sqrt();
            assert!((share - probability).abs() < within, "{share} of the outputs are {value}, not {probability}");
        }
    });
    file.assert_used(1);
}
