use super::reference::{self, File, Results, by_rows, entry, matrix, numbers, shape, spec, unknown_keys};
use layercake::check::layer_pass;
use layercake::prelude::*;
use layercake::regularizers::Regularizer;
use layercake::saving::Registry;
use serde_json::Value as Json;
use std::sync::Arc;

/// The layers of a case: one layer, or the layers of a `Sequential`.
fn layers_of(case: &Json) -> Vec<&Json> {
    let config = &case["layer"]["config"];
    if case["layer"]["class_name"] != "Sequential" {
        return vec![&case["layer"]];
    }
    let mut unknown = Vec::new();
    unknown_keys(config, "", &["layers", "name"], &mut unknown);
    assert!(unknown.is_empty(), "{}: a Sequential has keys that no test knows: {unknown:?}", case["id"]);
    config["layers"].as_array().unwrap().iter().collect()
}

/// The number of axes of a case's data, which are its inputs or its batches.
pub fn axes(case: &Json) -> usize {
    shape(if case["x"].is_null() { &case["batches"][0] } else { &case["x"] }).len()
}

/// The kind of a case, if this crate has its layers.
fn kind_of<T: Scalar>(case: &Json, registry: &Registry<T>) -> String {
    let kind = case["kind"].as_str().unwrap();
    let axes = axes(case);
    let mut layers = layers_of(case).into_iter().filter(|layer| layer["class_name"] != "InputLayer");
    match layers.find_map(|layer| entry(layer, registry, axes).err()) {
        Some(error) => format!("{} ({kind}): {error}", case["id"]),
        None => kind.to_string(),
    }
}

/// A model with the layers and the weights of a case, for samples like these.
fn model<T: Scalar>(case: &Json, x: &Json, registry: &Registry<T>) -> (Sequential<T>, Vec<DMatrix<T>>) {
    let model = reference::model(&layers_of(case), x, &case["initial_weights"], registry).unwrap();
    let weights = model.get_weights();
    (model, weights)
}

/// The numbers of several matrices, one matrix after the other.
fn all<T: Scalar>(matrices: &[DMatrix<T>]) -> Vec<f64> {
    matrices.iter().flat_map(by_rows).collect()
}

/// The keys that cases may have.
pub const LISTS: [&str; 4] = ["cases", "regularizers", "constraints", "stochastic"];
pub const KEYS: [&str; 18] = [
    "kind",
    "layer",
    "x",
    "training",
    "initial_weights",
    "weights.name",
    "weights.value",
    "y",
    "upstream",
    "dx",
    "weight_grads.name",
    "weight_grads.value",
    "losses",
    "state_after",
    "batches",
    "y_inference_last",
    "adapt_data",
    "bin_boundaries",
];
const OF_STOCHASTIC: [&str; 9] = ["layer", "values", "probabilities", "mean", "std", "keras_sample", "alpha_p", "a", "b"];

/// The weights that are state: training does not update them by a gradient.
const STATE: [&str; 7] = ["moving_mean", "moving_variance", "mean", "variance", "count", "vector_u", "seed_generator_state"];

/// The kinds of cases in `layers.json`: a pass through a layer or a stack, steps of one, and those of the tests of preprocessing.
const PASSES: [&str; 2] = ["forward", "stack"];
const STEPS: [&str; 1] = ["steps"];
pub const PREPARED: [&str; 3] = ["adapt", "encode", "forward_only"];

/// The gradients in a case; Keras gives none for the weights of a frozen layer.
fn wanted_gradients<T: Scalar>(case: &Json, gradients: Vec<DMatrix<T>>) -> Vec<DMatrix<T>> {
    let names = |key: &str| -> Vec<String> {
        let weights = case[key].as_array().into_iter().flatten();
        weights.filter_map(|weight| weight["name"].as_str().map(str::to_string)).collect()
    };
    let is_state = |name: &String| STATE.iter().any(|state| name.rsplit('/').next() == Some(state));
    let (params, wanted): (Vec<_>, _) =
        (names("weights").into_iter().filter(|name| !is_state(name)).collect(), names("weight_grads"));
    if wanted.len() == gradients.len() {
        return gradients;
    }
    assert_eq!(params.len(), gradients.len(), "{}: {params:?}", case["id"]);
    params.iter().zip(gradients).filter(|(name, _)| wanted.contains(name)).map(|(_, gradient)| gradient).collect()
}

fn pass<T: Scalar>(case: &Json, registry: &Registry<T>) -> Results {
    let (model, weights) = model(case, &case["x"], registry);
    let (x, training) = (matrix(&case["x"]), case["training"].as_bool().unwrap());
    let pass = layer_pass(&model, &weights, &x, &matrix(&case["upstream"]), training).unwrap();
    let mut results = vec![
        ("y", by_rows(&pass.outputs)),
        ("weight_grads", all(&wanted_gradients(case, pass.gradient))),
        ("losses", vec![pass.penalty.to_f64()]),
    ];
    // class numbers have no gradient
    if !case["dx"].is_null() {
        results.push(("dx", by_rows(&pass.input_gradient)));
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
    let mut file = File::read("layers", &LISTS);
    file.each(
        "cases",
        &KEYS,
        |case| kind_of(case, &registry),
        kinds,
        |case, tolerance| {
            let mut case = case.clone();
            // the file has the penalty of each regularizer, a pass has their sum
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
    let (values, shape): (Vec<T>, _) = (numbers(&case["weight"]).into_iter().map(T::of).collect(), shape(&case["weight"]));
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
        let mut file = File::read("layers", &LISTS);
        let class = |case: &Json| case["regularizer"]["class_name"].as_str().unwrap().to_string();
        file.each("regularizers", &["regularizer", "weight", "value", "grad"], class, &known, |case, tolerance| {
            tolerance.compare::<T>(case, |case| regularize(case, &registry), |case| regularize(case, &double));
        });
        file.assert_all_used(&[]);
    }
    walk::<f64>();
    walk::<f32>();
}

fn constrain<T: Scalar>(case: &Json, registry: &Registry<T>) -> Results {
    let constraint: Arc<dyn Constraint<T>> = registry.part(&spec(&case["constraint"])).unwrap();
    let mut values: Vec<T> = numbers(&case["weight"]).into_iter().map(T::of).collect();
    constraint.project(&mut values, &shape(&case["weight"]));
    vec![("constrained", values.into_iter().map(T::to_f64).collect())]
}

#[test]
fn constraints_are_those_of_keras() {
    fn walk<T: Scalar>() {
        let (registry, double) = (Registry::<T>::default(), Registry::<f64>::default());
        let known: Vec<&str> = registry.constraints.names().collect();
        let mut file = File::read("layers", &LISTS);
        let class = |case: &Json| case["constraint"]["class_name"].as_str().unwrap().to_string();
        file.each("constraints", &["constraint", "weight", "constrained"], class, &known, |case, tolerance| {
            tolerance.compare::<T>(case, |case| constrain(case, &registry), |case| constrain(case, &double));
        });
        file.assert_all_used(&[]);
    }
    walk::<f64>();
    walk::<f32>();
}

/// The outputs of the layer for a hundred thousand ones in training mode.
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
        let mut file = File::read("layers", &LISTS);
        let class = |case: &Json| case["layer"]["class_name"].as_str().unwrap().to_string();
        file.each("stochastic", &OF_STOCHASTIC, class, &known, |case, _| {
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
                // five standard errors of a proportion
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
