use crate::reference::{File, Tolerance, by_rows, matrix, numbers, spec, weight};
use layercake::check::layer_pass;
use layercake::prelude::*;
use layercake::regularizers::Regularizer;
use layercake::saving::{Registry, Value};
use serde_json::Value as Json;
use std::sync::Arc;

/// The layers of a case: one, or those of a `Sequential`.
fn layers_of<T: Scalar>(case: &Json, registry: &Registry<T>) -> layercake::Result<Vec<Arc<dyn Layer<T>>>> {
    let described = match case["layer"]["config"]["layers"].as_array() {
        Some(layers) => layers.iter().collect(),
        None => vec![&case["layer"]],
    };
    described.into_iter().map(|layer| registry.part(&spec(layer))).collect()
}

/// The kind of a case, if its layers exist here.
fn kind_of<T: Scalar>(case: &Json, registry: &Registry<T>) -> String {
    let kind = case["kind"].as_str().unwrap();
    if layers_of(case, registry).is_ok() { kind.to_string() } else { format!("{} ({kind})", case["layer"]["class_name"]) }
}

/// A model of the layers of a case, for samples like these, and its weights.
fn model<T: Scalar>(case: &Json, x: &Json, registry: &Registry<T>) -> (Sequential<T>, Vec<DMatrix<T>>) {
    let mut model = Sequential::with_seed(1);
    layers_of(case, registry).unwrap().into_iter().for_each(|layer| model.add(layer));
    let shape: Vec<usize> = numbers(&x["shape"]).into_iter().map(|extent| extent as usize).collect();
    model.build(&shape[1..]).unwrap();
    let weights: Vec<_> = case["initial_weights"].as_array().into_iter().flatten().map(weight).collect();
    model.set_weights(&weights).unwrap();
    (model, weights)
}

/// Compares a list of weights, plain or named.
fn assert_each<T: Scalar>(case: &Json, what: &str, got: &[DMatrix<T>], tolerance: Tolerance) {
    let want = case[what].as_array().map_or(&[][..], |weights| weights);
    assert_eq!(got.len(), want.len(), "{}: count of {what}", case["id"]);
    for (got, want) in got.iter().zip(want) {
        let mut named = serde_json::json!({"id": case["id"], what: want["value"]});
        if let Some(other) = want.get("value_alt") {
            named[format!("{what}_alt")] = other.clone();
        }
        tolerance.assert(&named, what, &by_rows(got));
    }
}

/// A normalization of values that are nearly the same makes up to `1 / sqrt(epsilon)` times as much of their last bits, which
/// single precision does not have.
fn conditioned<T: Scalar>(tolerance: Tolerance, case: &Json, registry: &Registry<T>) -> Tolerance {
    if T::DTYPE == "float64" {
        return tolerance;
    }
    let epsilon =
        |layer: &Arc<dyn Layer<T>>| if let Some(Value::Float(epsilon)) = layer.spec().get("epsilon") { *epsilon } else { 1.0 };
    let smallest = layers_of(case, registry).unwrap().iter().map(epsilon).fold(1.0, f64::min);
    Tolerance { absolute: tolerance.absolute / smallest.sqrt(), ..tolerance }
}

/// The kinds of cases in `layers.json`: a pass through a layer or a stack, steps of one, and those of the tests of preprocessing.
const PASSES: [&str; 2] = ["forward", "stack"];
const STEPS: [&str; 1] = ["steps"];
pub const PREPARED: [&str; 3] = ["adapt", "encode", "forward_only"];

#[test]
fn layers_give_the_outputs_and_gradients_of_keras() {
    fn walk<T: Scalar>() -> File {
        let registry = Registry::<T>::default();
        let mut file = File::read("layers");
        let kind = |case: &Json| kind_of(case, &registry);
        file.each("cases", kind, &PASSES, |case, tolerance| {
            let tolerance = conditioned(tolerance.in_type::<T>(), case, &registry);
            let (model, weights) = model(case, &case["x"], &registry);
            let (x, training) = (matrix(&case["x"]), case["training"].as_bool().unwrap());
            if !training {
                tolerance.assert(case, "y", &by_rows(&model.predict(&x).unwrap()));
            }
            let pass = layer_pass(&model, &weights, &x, &matrix(&case["upstream"]), training).unwrap();
            tolerance.assert(case, "y", &by_rows(&pass.outputs));
            // numbers of classes have no slope
            if !case["dx"].is_null() {
                tolerance.assert(case, "dx", &by_rows(&pass.input_slope));
            }
            assert_each(case, "weight_grads", &pass.gradient, tolerance);
            let losses = serde_json::json!({"id": case["id"], "losses": numbers(&case["losses"]).iter().sum::<f64>()});
            tolerance.assert(&losses, "losses", &[pass.penalty.to_f64()]);
            if training {
                assert_each(case, "state_after", &pass.state, tolerance);
            }
        });
        file
    }
    walk::<f64>().assert_all_used(&[&STEPS[..], &PREPARED].concat());
    walk::<f32>().assert_all_used(&[&STEPS[..], &PREPARED].concat());
}

#[test]
fn moving_statistics_follow_those_of_keras_step_by_step() {
    fn walk<T: Scalar>() -> File {
        let registry = Registry::<T>::default();
        let mut file = File::read("layers");
        let kind = |case: &Json| kind_of(case, &registry);
        file.each("cases", kind, &STEPS, |case, tolerance| {
            let tolerance = conditioned(tolerance.in_type::<T>(), case, &registry);
            let batches = case["batches"].as_array().unwrap();
            let (mut model, mut weights) = model(case, &batches[0], &registry);
            for (step, x) in batches.iter().enumerate() {
                let want = serde_json::json!({"id": case["id"], "y": case["y"][step], "state_after": case["state_after"][step]});
                let x = matrix(x);
                let pass = layer_pass(&model, &weights, &x, &x, true).unwrap();
                tolerance.assert(&want, "y", &by_rows(&pass.outputs));
                assert_each(&want, "state_after", &pass.state, tolerance);
                let params = weights.len() - pass.state.len();
                weights.splice(params.., pass.state);
            }
            model.set_weights(&weights).unwrap();
            let outputs = model.predict(&matrix(batches.last().unwrap())).unwrap();
            tolerance.assert(case, "y_inference_last", &by_rows(&outputs));
        });
        file
    }
    walk::<f64>().assert_all_used(&[&PASSES[..], &PREPARED].concat());
    walk::<f32>().assert_all_used(&[&PASSES[..], &PREPARED].concat());
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
    file.assert_all_used(&[]);
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
    file.assert_all_used(&[]);
}

/// What the layer makes of ones, in training: a hundred thousand numbers.
fn noise<T: Scalar>(case: &Json) -> Vec<f64> {
    let registry = Registry::<T>::default();
    let layer: Arc<dyn Layer<T>> = registry.part(&spec(&case["layer"])).unwrap();
    let mut model = Sequential::with_seed(1);
    model.add(layer);
    model.build(100).unwrap();
    let ones = DMatrix::from_element(1000, 100, T::one());
    by_rows(&layer_pass(&model, &[], &ones, &ones, true).unwrap().outputs)
}

#[test]
fn random_layers_do_to_ones_what_those_of_keras_do() {
    fn walk<T: Scalar>() -> File {
        let registry = Registry::<T>::default();
        let known: Vec<&str> = registry.layers.names().collect();
        let mut file = File::read("layers");
        let class = |case: &Json| case["layer"]["class_name"].as_str().unwrap().to_string();
        file.each("stochastic", class, &known, |case, _| {
            let outputs = noise::<T>(case);
            let count = outputs.len() as f64;
            let (mean, std) = (case["mean"].as_f64().unwrap(), case["std"].as_f64().unwrap());
            let got_mean = outputs.iter().sum::<f64>() / count;
            let got_std = (outputs.iter().map(|output| (output - got_mean).powi(2)).sum::<f64>() / count).sqrt();
            // five standard errors of a mean, and of a standard deviation with a fourth moment of at most 9 variances squared
            assert!((got_mean - mean).abs() < 5.0 * std / count.sqrt(), "{}: mean {got_mean}, not {mean}", case["id"]);
            assert!((got_std - std).abs() < 5.0 * std * (2.0 / count).sqrt(), "{}: std {got_std}, not {std}", case["id"]);
            let list = |key: &str| case[key].as_array().map_or(Vec::new(), |_| numbers(&case[key]));
            let mut found = 0.0;
            for (value, probability) in list("values").iter().zip(list("probabilities")) {
                let share = outputs.iter().filter(|&&output| (output - value).abs() < 1e-6).count() as f64 / count;
                found += share;
                // five standard errors of a share
                let within = 5.0 * (probability * (1.0 - probability) / count).sqrt();
                assert!((share - probability).abs() < within, "{share} of the outputs are {value}, not {probability}");
            }
            assert!(list("values").is_empty() || found == 1.0, "{}: other values than those of Keras", case["id"]);
        });
        file
    }
    walk::<f64>().assert_all_used(&[]);
    walk::<f32>().assert_all_used(&[]);
}
