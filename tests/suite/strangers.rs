//! Tests files of other versions of Keras, from 1.2 to 3.6. Those that load predict what Keras predicts, whether or not
//! their compile settings could be used. The others are refused with an error that says why.
#![cfg(feature = "keras")]

use layercake::prelude::*;
use serde_json::Value as Json;
use std::path::PathBuf;

/// The files that do not load, each with the words of its error.
const REFUSED: [(&str, &str); 4] = [
    ("tfk_240_save_weights.h5", "it has weights alone"),
    ("tf215_weights_h5.weights.h5", "it has weights alone"),
    ("bad_pickle.h5", "a Python pickle, not HDF5"),
    ("bad_pandas_store.h5", "a store of pandas"),
];

/// The files whose optimizer starts afresh, each with the reason that is given.
const FRESH: [(&str, &str); 0] = [];

fn path(entry: &Json) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/golden/strangers", entry["file"].as_str().unwrap()].iter().collect()
}

fn entries() -> Vec<Json> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/strangers/index.json");
    let mut index: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    std::mem::take(index["files"].as_array_mut().unwrap())
}

fn matrix<T: Scalar>(rows: &Json) -> DMatrix<T> {
    let rows: Vec<&Vec<Json>> = rows.as_array().unwrap().iter().map(|row| row.as_array().unwrap()).collect();
    DMatrix::from_fn(rows.len(), rows[0].len(), |row, column| T::of(rows[row][column].as_f64().unwrap()))
}

/// The samples of each input.
fn samples<T: Scalar>(entry: &Json) -> Vec<DMatrix<T>> {
    let (x, inputs) = (entry["x"].as_object().unwrap(), entry["inputs"].as_array().unwrap());
    match inputs.len() {
        1 => x.values().map(matrix).collect(),
        _ => inputs.iter().map(|input| matrix(&x[input[0].as_str().unwrap()])).collect(),
    }
}

fn assert_predicts<T: Scalar>(model: &layercake::Model<T>, entry: &Json) {
    let (found, expected) = (model.predict(&samples(entry)).unwrap(), matrix::<T>(&entry["predictions"]));
    let largest = (found - expected).iter().map(|difference| difference.to_f64().abs()).fold(0.0, f64::max);
    assert!(largest < 1e-5, "{}: predictions differ by {largest}", entry["file"]);
}

fn name(entry: &Json) -> &str {
    entry["file"].as_str().unwrap()
}

fn expected<'e>(list: &[(&str, &'e str)], entry: &Json) -> Option<&'e str> {
    list.iter().find(|(file, _)| *file == name(entry)).map(|(_, cause)| *cause)
}

/// Asserts that the error for this file is short and contains these words.
fn assert_says(entry: &Json, error: &str, cause: &str) {
    assert!(error.contains(cause) && error.contains(name(entry)), "{}: {error}", name(entry));
    assert!(error.lines().count() <= 5 && error.len() < 600, "{error}");
}

fn load_all<T: Scalar>() {
    for entry in entries() {
        match (Functional::<T>::load(path(&entry)), expected(&REFUSED, &entry)) {
            (Err(error), Some(cause)) => assert_says(&entry, &error.to_string(), cause),
            (Ok(model), None) => assert_predicts(&model, &entry),
            (Err(error), None) => panic!("{}: {error}", name(&entry)),
            (Ok(_), Some(_)) => panic!("{} loads", name(&entry)),
        }
    }
}

#[test]
fn files_of_other_versions_predict_what_keras_predicts() {
    load_all::<f32>();
    load_all::<f64>();
}

/// The files that load, with their models.
fn loaded() -> impl Iterator<Item = (Json, Functional<f32>)> {
    let entries = entries().into_iter().filter(|entry| expected(&REFUSED, entry).is_none());
    entries.map(|entry| (Functional::load(path(&entry)).unwrap(), entry)).map(|(model, entry)| (entry, model))
}

#[test]
fn compile_settings_are_read_or_it_is_said_why_not() {
    for (entry, mut model) in loaded() {
        let Some(cause) = entry["expect"].as_str().unwrap().strip_prefix("loads uncompiled: ") else {
            assert_eq!(model.why_uncompiled(), None, "{}", name(&entry));
            let rate = entry["compile"]["hyper"]["learning_rate"].as_f64().unwrap();
            assert_eq!(model.learning_rate(), Some(rate), "{}", name(&entry));
            let json: Json = serde_json::from_str(&model.to_json().unwrap()).unwrap();
            assert_eq!(json["compile_config"]["metrics"].to_string().contains("accuracy"), {
                entry["compile"]["metrics"].to_string().contains("accuracy")
            });
            continue;
        };
        let told = model.why_uncompiled().unwrap().to_string();
        match cause.split_whitespace().find(|word| word.contains('_')) {
            Some(part) => assert_says(&entry, &told, &format!("named `{part}`")),
            None => assert_eq!(told, "it was not compiled when it was saved"),
        }
        let (x, y) = (samples(&entry), matrix(&entry["y"]));
        let refused = model.fit(&x, &y, FitOptions::new()).unwrap_err().to_string();
        assert!(refused.contains("before `fit`") && refused.contains(&told), "{refused}");
        model.compile("adam", "mse", ()).unwrap();
        assert_eq!(model.why_uncompiled(), None);
        model.fit(&x, &y, FitOptions::new()).unwrap();
    }
}

#[test]
fn optimizers_go_on_where_they_were_or_it_is_said_why_not() {
    for (entry, mut model) in loaded().filter(|(_, model)| model.why_uncompiled().is_none()) {
        if let Some(cause) = expected(&FRESH, &entry) {
            assert_says(&entry, model.why_fresh_optimizer().unwrap(), cause);
            assert_eq!(model.iterations(), 0);
            continue;
        }
        assert_eq!(model.why_fresh_optimizer(), None, "{}", name(&entry));
        let steps = &entry["five_steps"];
        if steps.is_null() {
            continue;
        }
        assert_eq!(model.iterations(), entry["iterations"].as_u64().unwrap_or(0), "{}", name(&entry));
        let (x, y) = (samples(&entry), matrix(&entry["y"]));
        let (mut losses, number) = (vec![model.evaluate(&x, &y).unwrap().loss()], |of: &str| steps[of].as_f64());
        for _ in 0..5 {
            model.train_on_batch(&x, &y).unwrap();
        }
        losses.push(model.evaluate(&x, &y).unwrap().loss());
        let tolerance = number("tolerance").unwrap();
        let wanted = [number("loss_before"), number("numpy_keras3_rule").or(number("loss_after"))];
        for (found, wanted) in losses.iter().zip(wanted) {
            assert!((found - wanted.unwrap()).abs() < tolerance, "{}: {losses:?}, {steps}", name(&entry));
        }
    }
}

#[test]
fn weights_alone_are_loaded_into_a_model() {
    let entries: Vec<_> =
        entries().into_iter().filter(|entry| entry["expect"].as_str().unwrap().contains("weights only")).collect();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        let mut model = Sequential::<f32>::new();
        for layer in entry["layers"].as_array().unwrap() {
            let units = layer["config"]["units"].as_u64().unwrap() as usize;
            model.add(Dense::new(units).activation(layer["config"]["activation"].as_str().unwrap()));
        }
        model.build(samples::<f32>(&entry)[0].ncols()).unwrap();
        model.load_weights(path(&entry)).unwrap();
        assert_predicts(&model, &entry);
    }
}

/// A model of these layers in JSON; layers without a name get a Keras 2 name.
fn model(version: &str, layers: &str, compile: &str) -> layercake::Result<Sequential<f64>> {
    Sequential::from_json(&format!(
        r#"{{"class_name": "Sequential", "keras_version": "{version}", "config": {{"layers": [{layers}]}},
            "compile_config": {compile}}}"#
    ))
}

fn layer(class: &str, config: &str) -> String {
    format!(r#"{{"class_name": "{class}", "config": {{{config}}}}}"#)
}

#[test]
fn arguments_that_change_nothing_are_passed_over() {
    for (class, config) in [
        (
            "Dense",
            r#""batch_input_shape": [null, 3], "units": 2, "lora_rank": null, "lora_alpha": 4, "quantization_config": null"#,
        ),
        (
            "Dense",
            r#""batch_input_shape": [null, 3], "output_dim": 2, "init": "glorot_uniform", "W_regularizer": null, "bias": true"#,
        ),
        (
            "Dense",
            r#""input_dim": 3, "batch_input_shape": [null, 3], "output_dim": 2, "W_regularizer": {"l1": 0.0, "l2": 0.01, "name":
            "WeightRegularizer"}, "W_constraint": {"name": "MaxNorm", "m": 2, "axis": 0}, "b_constraint": {"name": "NonNeg"}"#,
        ),
        ("Dense", r#""batch_shape": [8, 3], "units": 2, "activation": {"class_name": "function", "config": "Custom>tanh"}"#),
        (
            "Embedding",
            r#""batch_input_shape": [null, 3], "input_dim": 4, "output_dim": 2, "input_length": 3, "mask_zero": false"#,
        ),
        ("Flatten", r#""batch_input_shape": [null, 3, 2], "data_format": "channels_last""#),
        ("Flatten", r#""batch_input_shape": [null, 3], "data_format": "channels_first""#),
        (
            "BatchNormalization",
            r#""batch_input_shape": [null, 3], "axis": [1], "renorm": false, "fused": true, "synchronized": true"#,
        ),
        ("BatchNormalization", r#""batch_input_shape": [null, 4, 3], "axis": [2], "renorm_momentum": 0.9, "mode": 0"#),
        ("Softmax", r#""batch_input_shape": [null, 3], "axis": 1"#),
        ("Normalization", r#""batch_input_shape": [null, 3], "axis": [1]"#),
        ("LayerNormalization", r#""batch_input_shape": [null, 3], "axis": 1, "rms_scaling": false"#),
        ("Dropout", r#""batch_input_shape": [null, 3], "p": 0.5, "noise_shape": null, "seed": 7"#),
        ("LeakyReLU", r#""batch_input_shape": [null, 3], "alpha": {"dtype": "float32", "value": 0.2}"#),
        ("LeakyReLU", r#""batch_input_shape": [null, 3], "alpha": {"type": "ndarray", "value": [0.2]}"#),
        ("LeakyReLU", r#""batch_input_shape": [null, 3], "alpha": [0.2]"#),
        (
            "Dense",
            r#""batch_input_shape": [null, 3], "units": 2, "ragged": false, "sparse": false, "dtype": {"class_name": "Policy",
            "config": {"name": "float32"}}"#,
        ),
    ] {
        let model = model("2.3.1", &layer(class, config), "{}").unwrap_or_else(|error| panic!("{error}"));
        assert!(model.input_shape().is_some(), "{class} {config}");
    }
}

#[test]
fn arguments_that_may_change_numbers_are_refused() {
    for (class, config, named) in [
        ("Dense", r#""batch_input_shape": [null, 3], "units": 2, "lora_rank": 4"#, "lora_rank"),
        (
            "Dense",
            r#""batch_input_shape": [null, 3], "units": 2, "activation": "hard_sigmoid""#,
            "before Keras 3 `hard_sigmoid` was",
        ),
        ("Embedding", r#""batch_input_shape": [null, 3], "input_dim": 4, "output_dim": 2, "mask_zero": true"#, "mask_zero"),
        ("Flatten", r#""batch_input_shape": [null, 3, 2], "data_format": "channels_first""#, "data_format"),
        ("BatchNormalization", r#""batch_input_shape": [null, 4, 3], "axis": [1]"#, "axis"),
        ("BatchNormalization", r#""axis": 1"#, "axis"),
        ("BatchNormalization", r#""batch_input_shape": [null, 3], "axis": 9223372036854775807"#, "axis"),
        ("Softmax", r#""batch_input_shape": [null, 4, 3], "axis": 3"#, "axis"),
        ("Softmax", r#""batch_input_shape": [null, 4, 3], "axis": [1, 2]"#, "axis"),
        ("Dropout", r#""batch_input_shape": [null, 3], "rate": 0.5, "noise_shape": [null, 1]"#, "noise_shape"),
        ("LSTM", r#""units": 2"#, "`LSTM` is a layer of Keras"),
    ] {
        let refused = model("2.3.1", &layer(class, config), "{}").unwrap_err().to_string();
        assert!(refused.contains(named) && refused.len() < 400, "{refused}");
    }
    // In a file of Keras 3 this name means the present function.
    model("3.15.1", &layer("Dense", r#""units": 2, "activation": "hard_sigmoid""#), "{}").unwrap();
}

/// A model with one input and these compile settings.
fn compiled(settings: &str) -> Sequential<f64> {
    model("2.3.1", &layer("Dense", r#""batch_input_shape": [null, 1], "units": 1"#), settings).unwrap()
}

#[test]
fn compile_settings_of_other_versions_are_understood() {
    for (settings, names) in [
        (
            r#"{"optimizer": {"class_name": "Custom>SGD", "config": {"lr": 0.1, "jit_compile": true}}, "loss": {"dense": "mse"},
            "metrics": {"dense": ["mae", null]}, "loss_weights": [1.0]}"#,
            "loss, mae",
        ),
        (
            r#"{"optimizer_config": {"class_name": "Adam", "config": {"lr": 0.1, "epsilon": null, "decay": 0.0}},
            "loss": {"class_name": "LossFunctionWrapper", "config": {"fn": "mse", "name": "mse", "reduction": "auto"}},
            "metrics": [[{"class_name": "MeanMetricWrapper", "config": {"name": "m", "fn": "mean_absolute_error"}}]]}"#,
            "loss, m",
        ),
        (
            r#"{"optimizer": {"class_name": "RMSprop", "config": {"learning_rate": 0.1, "rho": 0.9}}, "loss": ["mse"],
            "weighted_metrics": ["acc"]}"#,
            "loss, acc",
        ),
    ] {
        let mut model = compiled(settings);
        assert_eq!((model.why_uncompiled(), model.learning_rate()), (None, Some(0.1)), "{settings}");
        let logs = model.train_on_batch(&dmatrix![1.0; 2.0], &dmatrix![0.0; 1.0]).unwrap();
        assert_eq!(logs.iter().map(|(name, _)| name).collect::<Vec<_>>().join(", "), names);
    }
    // r / (1 + decay t)
    let mut model = compiled(r#"{"optimizer": {"class_name": "SGD", "config": {"lr": 0.1, "decay": 0.5}}, "loss": "mse"}"#);
    model.train_on_batch(&dmatrix![1.0; 2.0], &dmatrix![0.0; 1.0]).unwrap();
    assert_eq!(model.learning_rate(), Some(0.1 / 1.5));
}

#[test]
fn compile_settings_that_are_not_known_leave_a_model_that_predicts() {
    for (settings, cause) in [
        (r#"{"optimizer": null, "loss": "mse"}"#, "saved without an optimizer"),
        (r#"{"optimizer": "sgd", "loss": null}"#, "saved without a loss"),
        (r#"{"optimizer": "sgd", "loss": 3}"#, "3 stands where a loss is wanted"),
        (r#"{"optimizer": "sgd", "loss": {"a": "mse", "b": "mse"}}"#, "stands where a part is described"),
        (r#"{"optimizer": "sgd", "loss": "mse", "loss_weights": ["a"]}"#, "`loss_weights` has \"a\", which is no number"),
        (r#"{"optimizer": "sgd", "loss": "mse", "metrics": ["mine"]}"#, "no metric named `mine`"),
        (r#"{"optimizer": {"class_name": "SGD", "config": {"warmup": 3}}, "loss": "mse"}"#, "`SGD` has no `warmup` here"),
        (r#"{"optimizer": {"class_name": "SGD", "config": {"lr": -1}}, "loss": "mse"}"#, "learning_rate = -1"),
        (r#"{"optimizer": "sgd", "loss": {"class_name": "MeanSquaredError", "config": {"reduction": "none"}}}"#, "reduction"),
        (
            r#"{"optimizer": "sgd", "loss": {"class_name": "LossFunctionWrapper", "config": {"fn": "mse", "reduction": "no"}}}"#,
            "reduction",
        ),
    ] {
        let mut model = compiled(settings);
        let told = model.why_uncompiled().unwrap().to_string();
        assert!(told.contains(cause) && told.len() < 400, "{told}");
        model.predict(&dmatrix![1.0]).unwrap();
        assert!(model.fit(&dmatrix![1.0], &dmatrix![1.0], FitOptions::new()).unwrap_err().to_string().contains(&told));
    }
}

#[test]
fn a_model_of_keras_3_that_was_never_fitted_is_ready_to_be() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/strangers/never_fitted_adam.keras");
    let mut model = Sequential::<f32>::load(file).unwrap();
    assert_eq!((model.why_uncompiled(), model.why_fresh_optimizer()), (None, None));
    assert!((model.predict(&dmatrix![1.0, 2.0, 3.0]).unwrap()[0] - 0.44919744).abs() < 1e-5);
    model.fit(&dmatrix![1.0, 2.0, 3.0], &dmatrix![1.0], FitOptions::new()).unwrap();
    assert_eq!(model.iterations(), 1);
}

/// A functional model of layers that read the input `x` or each other.
fn functional(layers: &str, outputs: &str) -> layercake::Result<Sequential<f64>> {
    Sequential::from_json(&format!(
        r#"{{"class_name": "Functional", "config": {{"layers": [
            {{"class_name": "InputLayer", "name": "x", "config": {{"batch_shape": [null, 2]}}, "inbound_nodes": []}}, {layers}],
            "input_layers": [["x", 0, 0]], "output_layers": {outputs}}}}}"#
    ))
}

fn node(class: &str, name: &str, config: &str, calls: &str) -> String {
    format!(r#"{{"class_name": "{class}", "name": "{name}", "config": {{{config}}}, "inbound_nodes": {calls}}}"#)
}

#[test]
fn layers_of_a_functional_model_are_found_in_any_order() {
    let first = node("Dense", "a", r#""name": "a", "units": 2"#, r#"[[["x", 0, 0, {}]]]"#);
    let last = node("BatchNormalization", "b", r#""name": "b", "axis": [1]"#, r#"[[["a", 0, 0, {"training": null}]]]"#);
    let model = functional(&format!("{last}, {first}"), r#"["b", 0, 0]"#).unwrap();
    assert_eq!(model.layers().map(|layer| layer.name()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn a_layer_that_merges_reads_several_layers_and_no_other_does() {
    let first = node("Dense", "a", r#""units": 2"#, r#"[[["x", 0, 0, {}]]]"#);
    let reads_both = r#"[[["x", 0, 0, {}], ["a", 0, 0, {}]]]"#;
    let mut model = functional(&format!("{first}, {}", node("Add", "c", "", reads_both)), r#"[["c", 0, 0]]"#).unwrap();
    model.set_weights(&[dmatrix![1.0, 0.0; 0.0, 2.0], dmatrix![0.0, 10.0]]).unwrap();
    assert_eq!(model.predict(&dmatrix![1.0, 2.0]).unwrap(), dmatrix![2.0, 16.0]);
    let dense = node("Dense", "c", r#""units": 2"#, reads_both);
    let refused = functional(&format!("{first}, {dense}"), r#"[["c", 0, 0]]"#).unwrap_err().to_string();
    assert!(refused.contains("it takes one input, and reads the outputs of 2 layers"), "{refused}");
}

#[test]
fn a_functional_model_that_cannot_be_loaded_says_why() {
    let dense = |name: &str, calls: &str| node("Dense", name, r#""units": 2"#, calls);
    let (a, b) = (dense("a", r#"[[["x", 0, 0, {}]]]"#), dense("b", r#"[[["a", 0, 0, {}]]]"#));
    for (layers, outputs, problem) in [
        (format!("{a}, {b}"), r#"[["a", 0, 0], ["b", 0, 0]]"#, "the model has 1 inputs and 2 outputs: load it with `Functional`"),
        (format!("{a}, {b}"), r#"[["a", 0, 0]]"#, "layers that its output, that of `a`, does not depend on"),
        (format!("{a}, {}", dense("b", "[]")), r#"[["b", 0, 0]]"#, "it reads the output of no layer"),
        (format!("{a}, {}", dense("b", r#"[[["x", 0, 0, {}]]]"#)), r#"[["b", 0, 0]]"#, "does not depend on"),
        (dense("a", r#"[[["x", 1, 0, {}]]]"#), r#"[["a", 0, 0]]"#, "it reads an output that a layer does not have"),
        (dense("a", r#"[[["a", 0, 0, {}]]]"#), r#"[["a", 0, 0]]"#, "layers that are not there"),
        (dense("a", r#"[[["x", 0, 0, {"training": true}]]]"#), r#"[["a", 0, 0]]"#, "called with `training` = true"),
        (
            dense("a", r#"[[["x", 0, 0, {}]], [["x", 0, 0, {}]]]"#),
            r#"[["a", 0, 0]]"#,
            "layers that its output, that of `a`, does not depend on",
        ),
        (dense("a", r#"[{"args": [3], "kwargs": {}}]"#), r#"[["a", 0, 0]]"#, "it reads the output of no layer"),
    ] {
        let refused = functional(&layers, outputs).unwrap_err().to_string();
        assert!(refused.contains(problem), "{refused}");
    }
}

#[test]
fn models_within_the_model_are_read_as_their_layers() {
    let x = dmatrix![
        0.125_730_22_f32, -0.132_104_86, 0.640_422_64; 0.104_900_114, -0.535_669_4, 0.361_595_06;
        1.304, 0.947_081, -0.703_735_23; -1.265_421_5, -0.623_274_45, 0.041_325_98;
        -2.325_030_8, -0.218_791_66, -1.245_911; -0.732_267_4, -0.544_259, -0.316_300_15;
        0.411_630_54, 1.042_513_4, -0.128_534_66; 1.366_463_4, -0.665_194_7, 0.351_510_08
    ];
    let y = DMatrix::from_fn(8, 1, |row, _| f32::from(x.row(row).sum() > 0.0));
    let expected = [0.584156, 0.476902, 0.332787, 0.465821, 0.706418, 0.486056, 0.588747, 0.507229];
    for file in ["nested_keras3.keras", "nested_keras3.h5"] {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/golden/strangers", file].iter().collect();
        let mut model = Sequential::<f32>::load(path).unwrap();
        let names: Vec<_> = model.layers().map(|layer| layer.name().to_string()).collect();
        assert_eq!(names, ["dense", "batch_normalization", "dense_1", "dense_2", "add", "dense_3"]);
        for (found, expected) in model.predict(&x).unwrap().iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{file}: {found} is not {expected}");
        }
        assert_eq!((model.why_fresh_optimizer(), model.iterations()), (None, 3), "{file}");
        for _ in 0..5 {
            model.train_on_batch(&x, &y).unwrap();
        }
        let loss = model.evaluate(&x, &y).unwrap().loss();
        assert!((loss - 0.733_027_94).abs() < 1e-5, "{file}: {loss}");
    }
}

#[test]
fn models_within_the_model_can_be_called_twice_and_have_several_outputs() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/golden/strangers"].iter().collect();
    let text = std::fs::read(folder.join("shared_nested_keras3.json")).unwrap();
    let expected: Json = serde_json::from_slice(&text).unwrap();
    let each = |what: &str| expected[what].as_array().unwrap().iter().map(matrix::<f32>).collect::<Vec<_>>();
    let (x, y) = (each("x"), each("y"));
    for ending in ["keras", "h5"] {
        let file = format!("shared_nested_keras3.{ending}");
        let mut model = Functional::<f32>::load(folder.join(&file)).unwrap();
        assert_eq!((model.why_uncompiled(), model.why_fresh_optimizer(), model.iterations()), (None, None, 3), "{file}");
        let names: Vec<_> = model.layers().map(|layer| layer.name().to_string()).collect();
        assert_eq!(names, ["h", "left", "right", "sum", "head_h", "norm", "head", "cat", "flag"], "{file}");
        for (found, expected) in model.predict_all(&x).unwrap().iter().zip(each("predictions")) {
            assert!((found - expected).amax() < 1e-5, "{file}");
        }
        for _ in 0..5 {
            model.train_on_batch(&x, y.iter().collect::<Vec<_>>()).unwrap();
        }
        let scores = model.evaluate(&x, y.iter().collect::<Vec<_>>()).unwrap();
        for (name, expected) in expected["evaluate"].as_object().unwrap() {
            let difference = (scores[name.as_str()] - expected.as_f64().unwrap()).abs();
            assert!(difference < 1e-4, "{file}: {name} differs by {difference}");
        }
        let again = Functional::<f32>::from_bytes(&model.to_bytes().unwrap()).unwrap();
        assert_eq!(again.predict_all(&x).unwrap(), model.predict_all(&x).unwrap());
        assert_eq!(again.evaluate(&x, y.iter().collect::<Vec<_>>()).unwrap(), scores);
    }
}

#[test]
fn calls_of_a_shared_layer_in_a_file_of_keras_2_are_told_apart() {
    let dense = node("Dense", "d", r#""units": 2, "use_bias": false"#, r#"[[["x", 0, 0, {}]], [["d", 0, 0, {}]]]"#);
    // a model within the model counts its calls from 1 there
    let inner = layer("Dense", r#""name": "e", "batch_input_shape": [null, 2], "units": 2, "use_bias": false"#);
    let inner =
        node("Sequential", "s", &format!(r#""name": "s", "layers": [{inner}]"#), r#"[[["d", 0, 0, {}]], [["d", 1, 0, {}]]]"#);
    let sum = node("Add", "c", "", r#"[[["d", 1, 0, {}], ["s", 1, 0, {}], ["s", 2, 0, {}]]]"#);
    let mut model = functional(&format!("{dense}, {inner}, {sum}"), r#"[["c", 0, 0]]"#).unwrap();
    model.set_weights(&[dmatrix![2.0, 0.0; 0.0, 3.0], dmatrix![10.0, 0.0; 0.0, 100.0]]).unwrap();
    // x d d + x d e + x d d e
    assert_eq!(model.predict(&dmatrix![1.0, 1.0]).unwrap(), dmatrix![4.0 + 20.0 + 40.0, 9.0 + 300.0 + 900.0]);
}

#[test]
fn settings_of_several_outputs_are_understood_in_each_form() {
    let outputs = r#"[["a", 0, 0], ["b", 0, 0]]"#;
    let dense = |name: &str| node("Dense", name, r#""units": 1"#, r#"[[["x", 0, 0, {}]]]"#);
    let read = |version: &str, settings: &str| {
        Functional::<f64>::from_json(&format!(
            r#"{{"class_name": "Functional", "keras_version": "{version}", "config": {{"layers": [
            {{"class_name": "InputLayer", "name": "x", "config": {{"batch_shape": [null, 2]}}, "inbound_nodes": []}}, {}, {}],
            "input_layers": [["x", 0, 0]], "output_layers": {outputs}}}, "compile_config": {{"optimizer": "sgd", {settings}}}}}"#,
            dense("a"),
            dense("b")
        ))
        .unwrap()
    };
    let y = [dmatrix![1.0; 2.0], dmatrix![0.0; 1.0]];
    for (version, settings, names) in [
        ("3.15.1", r#""loss": "mse""#, "loss, a_loss, b_loss"),
        (
            "3.15.1",
            r#""loss": ["mse", "mae"], "loss_weights": [1.0, 0.5], "metrics": [["mae"], null]"#,
            "loss, a_loss, b_loss, a_mae",
        ),
        (
            "3.15.1",
            r#""loss": {"b": "mse", "a": "mae"}, "loss_weights": {"a": 2}, "metrics": {"b": ["mae", "mse"]}"#,
            "loss, a_loss, b_loss, b_mae, b_mse",
        ),
        ("3.15.1", r#""loss": "mse", "metrics": ["mae", "mse"]"#, "loss, a_loss, b_loss, a_mae, b_mse"),
        ("2.3.1", r#""loss": "mse", "metrics": ["mae", "mse"]"#, "loss, a_loss, b_loss, a_mae, a_mse, b_mae, b_mse"),
        ("2.3.1", r#""loss": "mse", "metrics": {"a": "mae"}"#, "loss, a_loss, b_loss, a_mae"),
    ] {
        let model = read(version, settings);
        assert_eq!(model.why_uncompiled(), None, "{settings}");
        let scores = model.evaluate(&dmatrix![1.0, 2.0; 3.0, 4.0], [&y[0], &y[1]]).unwrap();
        assert_eq!(scores.iter().map(|(name, _)| name).collect::<Vec<_>>().join(", "), names, "{settings}");
    }
    for (settings, cause) in [
        (r#""loss": ["mse", null]"#, "it was saved without a loss for the output `b`"),
        (r#""loss": ["mse", "mse", "mse"]"#, "`loss` has 3 entries, and the model has 2 outputs"),
        (r#""loss": {"a": "mse", "c": "mse"}"#, "`loss` has an entry for `c`, which is no output"),
        (r#""loss": "mse", "metrics": [["mae"]]"#, "`metrics` has 1 entries, and the model has 2 outputs"),
    ] {
        let model = read("3.15.1", settings);
        let told = model.why_uncompiled().unwrap();
        assert!(told.contains(cause), "{told}");
        model.predict_all(&dmatrix![1.0, 2.0]).unwrap();
    }
}

#[test]
fn layers_of_one_name_in_two_models_get_names_of_their_own() {
    let inner = |outer: &str, config: &str| {
        let dense = layer("Dense", r#""name": "dense", "batch_input_shape": [null, 2], "units": 2"#);
        format!(r#"{{"class_name": "Sequential", "config": {{"name": "{outer}", {config} "layers": [{dense}]}}}}"#)
    };
    let layers = format!("{}, {}", inner("a", ""), inner("b", r#""trainable": false,"#));
    let model = model("2.3.1", &layers, "{}").unwrap();
    let names: Vec<_> = model.layers().map(|layer| (layer.name().to_string(), layer.trainable())).collect();
    assert_eq!(names, [("dense".to_string(), true), ("b_dense".to_string(), false)]);
    assert_eq!(model.input_shape().unwrap().dims(), [2]);
}

#[test]
fn batch_renormalization_and_softmax_along_any_axis_are_those_of_keras() {
    let x = DMatrix::from_fn(8, 6, |row, column| ((6 * row + column) * 7 % 13) as f32 / 13.0);
    let y = DMatrix::from_fn(8, 3, |row, column| ((3 * row + column) * 5 % 11) as f32 / 11.0);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/strangers/renorm_keras3.keras");
    let mut model = Sequential::<f32>::load(path).unwrap();
    let expected = dmatrix![0.103150, 0.145219, 0.132463; 0.103150, 0.145219, 0.132463; 0.141458, 0.087965, 0.128824; 0.141458, 0.087965, 0.128824; 0.109263, 0.175578, 0.098707; 0.103150, 0.145219, 0.132463; 0.156913, 0.124872, 0.117434; 0.141458, 0.087965, 0.128824];
    let found = model.predict(&x).unwrap();
    assert!((&found - expected).amax() < 1e-5, "{found}");
    for _ in 0..5 {
        model.train_on_batch(&x, &y).unwrap();
    }
    let loss = model.evaluate(&x, &y).unwrap().loss();
    assert!((loss - 0.17311250).abs() < 1e-6, "{loss}");
    let again = Sequential::<f32>::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(again.to_json().unwrap(), model.to_json().unwrap());
    assert_eq!(again.predict(&x).unwrap(), model.predict(&x).unwrap());
}

#[test]
fn keys_of_keras_3_16_are_understood() {
    let layers = [
        layer("CategoryEncoding", r#""batch_shape": [null, 2], "num_tokens": 3, "output_mode": "multi_hot", "sparse": true"#),
        layer(
            "Dense",
            r#""units": 3, "kernel_initializer": {"class_name": "Orthogonal", "config": {"gain": 2.0, "seed": null}}"#,
        ),
    ];
    let settings = |loss: &str| {
        format!(
            r#"{{"optimizer": "sgd", "loss": {loss}, "metrics": [
                {{"class_name": "MeanAbsoluteError", "config": {{"axis": -1, "name": "mae"}}}},
                {{"class_name": "CosineSimilarity", "config": {{"axis": -1, "name": "cosine"}}}}]}}"#
        )
    };
    let sparse = r#"{"class_name": "SparseCategoricalCrossentropy", "config": {"from_logits": true, "label_smoothing": 0.1}}"#;
    let model = model("3.16.0", &layers.join(", "), &settings(sparse)).unwrap();
    assert_eq!(model.why_uncompiled(), None);
    assert!(model.to_json().unwrap().contains(r#""label_smoothing":0.1"#));
    // a file for Keras 3.15 must not name it
    assert!(
        !serde_json::to_string(
            &compiled(r#"{"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}"#).to_json().unwrap()
        )
        .unwrap()
        .contains("label_smoothing")
    );
}
