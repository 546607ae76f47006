use super::reference::{File, Results, by_rows, matrix, numbers, spec, weight};
use layercake::check::layer_pass;
use layercake::prelude::*;
use layercake::regularizers::Regularizer;
use layercake::saving::Registry;
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

/// The numbers of several matrices, one behind the other.
fn all<T: Scalar>(matrices: &[DMatrix<T>]) -> Vec<f64> {
    matrices.iter().flat_map(by_rows).collect()
}

/// The kinds of cases in `layers.json`: a pass through a layer or a stack, steps of one, and those of the tests of preprocessing.
const PASSES: [&str; 2] = ["forward", "stack"];
const STEPS: [&str; 1] = ["steps"];
pub const PREPARED: [&str; 3] = ["adapt", "encode", "forward_only"];

fn pass<T: Scalar>(case: &Json, registry: &Registry<T>) -> Results {
    let (model, weights) = model(case, &case["x"], registry);
    let (x, training) = (matrix(&case["x"]), case["training"].as_bool().unwrap());
    let pass = layer_pass(&model, &weights, &x, &matrix(&case["upstream"]), training).unwrap();
    let mut results =
        vec![("y", by_rows(&pass.outputs)), ("weight_grads", all(&pass.gradient)), ("losses", vec![pass.penalty.to_f64()])];
    // numbers of classes have no slope
    if !case["dx"].is_null() {
        results.push(("dx", by_rows(&pass.input_slope)));
    }
    if training {
        results.push(("state_after", all(&pass.state)));
    } else {
        results.push(("y", by_rows(&model.predict(&x).unwrap())));
    }
    results
}

fn steps<T: Scalar>(case: &Json, registry: &Registry<T>) -> Results {
    let batches = case["batches"].as_array().unwrap();
    let (mut model, mut weights) = model(case, &batches[0], registry);
    let (mut outputs, mut states) = (Vec::new(), Vec::new());
    for x in batches {
        let x = matrix(x);
        let pass = layer_pass(&model, &weights, &x, &x, true).unwrap();
        outputs.extend(by_rows(&pass.outputs));
        states.extend(all(&pass.state));
        let params = weights.len() - pass.state.len();
        weights.splice(params.., pass.state);
    }
    model.set_weights(&weights).unwrap();
    let last = by_rows(&model.predict(&matrix(batches.last().unwrap())).unwrap());
    vec![("y", outputs), ("state_after", states), ("y_inference_last", last)]
}

/// Compares the cases of some kinds.
fn walk<T: Scalar>(kinds: &[&str], run: fn(&Json, &Registry<T>) -> Results, in_double: fn(&Json, &Registry<f64>) -> Results) {
    let (registry, double) = (Registry::<T>::default(), Registry::<f64>::default());
    let mut file = File::read("layers");
    file.each(
        "cases",
        |case| kind_of(case, &registry),
        kinds,
        |case, tolerance| {
            let mut case = case.clone();
            // the file has each regularizer's share, a pass their sum
            case["losses"] = numbers(&case["losses"]).iter().sum::<f64>().into();
            tolerance.compare::<T>(&case, |case| run(case, &registry), |case| in_double(case, &double));
        },
    );
    file.assert_all_used(&[&PASSES[..], &STEPS, &PREPARED].concat());
}

#[test]
fn layers_give_the_outputs_and_gradients_of_keras() {
    walk::<f64>(&PASSES, pass, pass);
    walk::<f32>(&PASSES, pass, pass);
}

#[test]
fn moving_statistics_follow_those_of_keras_step_by_step() {
    walk::<f64>(&STEPS, steps, steps);
    walk::<f32>(&STEPS, steps, steps);
}

fn regularize<T: Scalar>(case: &Json, registry: &Registry<T>) -> Results {
    let regularizer: Arc<dyn Regularizer<T>> = registry.part(&spec(&case["regularizer"])).unwrap();
    let weight = matrix::<T>(&case["weight"]);
    let (values, shape) = (weight.transpose().as_slice().to_vec(), [weight.nrows(), weight.ncols()]);
    let mut gradient = vec![T::zero(); values.len()];
    regularizer.add_gradient(&values, &shape, &mut gradient);
    let gradient = gradient.into_iter().map(T::to_f64).collect();
    vec![("value", vec![regularizer.penalty(&values, &shape).to_f64()]), ("grad", gradient)]
}

#[test]
fn regularizers_are_those_of_keras() {
    fn walk<T: Scalar>() {
        let (registry, double) = (Registry::<T>::default(), Registry::<f64>::default());
        let known: Vec<&str> = registry.regularizers.names().collect();
        let mut file = File::read("layers");
        let class = |case: &Json| case["regularizer"]["class_name"].as_str().unwrap().to_string();
        file.each("regularizers", class, &known, |case, tolerance| {
            tolerance.compare::<T>(case, |case| regularize(case, &registry), |case| regularize(case, &double));
        });
        file.assert_all_used(&[]);
    }
    walk::<f64>();
    walk::<f32>();
}

fn constrain<T: Scalar>(case: &Json, registry: &Registry<T>) -> Results {
    let constraint: Arc<dyn Constraint<T>> = registry.part(&spec(&case["constraint"])).unwrap();
    let weight = matrix::<T>(&case["weight"]);
    let mut values = weight.transpose().as_slice().to_vec();
    constraint.project(&mut values, &[weight.nrows(), weight.ncols()]);
    vec![("constrained", values.into_iter().map(T::to_f64).collect())]
}

#[test]
fn constraints_are_those_of_keras() {
    fn walk<T: Scalar>() {
        let (registry, double) = (Registry::<T>::default(), Registry::<f64>::default());
        let known: Vec<&str> = registry.constraints.names().collect();
        let mut file = File::read("layers");
        let class = |case: &Json| case["constraint"]["class_name"].as_str().unwrap().to_string();
        file.each("constraints", class, &known, |case, tolerance| {
            tolerance.compare::<T>(case, |case| constrain(case, &registry), |case| constrain(case, &double));
        });
        file.assert_all_used(&[]);
    }
    walk::<f64>();
    walk::<f32>();
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
