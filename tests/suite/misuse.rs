//! Misuse that Keras, or an earlier state of this crate, accepts in silence: each is told, with this text.

use layercake::prelude::*;

fn x() -> DMatrix<f64> {
    dmatrix![1.0, 2.0; 3.0, 4.0; 5.0, 6.0; 7.0, 9.0]
}

fn classes() -> DMatrix<f64> {
    dmatrix![0.0; 1.0; 1.0; 0.0]
}

fn binary(metric: &str) -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(1).activation(Sigmoid));
    model.compile("sgd", "binary_crossentropy", metric).unwrap();
    model
}

#[track_caller]
fn assert_told<V: std::fmt::Debug>(result: layercake::Result<V>, text: &str) {
    assert_eq!(result.unwrap_err().to_string(), text);
}

#[test]
fn class_weights_on_targets_that_are_no_classes() {
    let options = || FitOptions::new().class_weight([(0, 1.0), (1, 2.0)]);
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(1));
    model.compile("sgd", "mse", ()).unwrap();
    assert_told(
        model.fit(&x(), &dmatrix![0.0; 1.0; 1.5; 0.0], options()),
        "class_weight: target 1.5 at row 2 of y is not allowed; expected a class, because there are class weights: a whole number, \
         or one column for each class that sum to 1; for other targets use `sample_weight`",
    );
    assert_eq!(model.input_shape(), None, "the model is unchanged");
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(2));
    model.compile("sgd", "mse", ()).unwrap();
    assert_told(
        model.fit(&x(), &dmatrix![0.0, 1.0; 1.0, 0.0; 3.5, 0.2; 0.0, 1.0], options()),
        "class_weight: target 3.5 at row 2 of y is not allowed; expected a class, because there are class weights: a whole number, \
         or one column for each class that sum to 1; for other targets use `sample_weight`",
    );
    // smoothed one-hot targets are those of classes
    model.fit(&x(), &dmatrix![0.1, 0.9; 1.0, 0.0; 0.8, 0.2; 0.0, 1.0], options()).unwrap();
}

#[test]
fn a_class_weight_for_a_class_that_cannot_occur() {
    let mut model = binary("accuracy");
    assert_told(
        model.fit(&x(), &classes(), FitOptions::new().class_weight([(0, 1.0), (2, 3.0)])),
        "FitOptions: class_weight of class 2 = 3 is not allowed; expected weights for classes that can occur: the model has the \
         classes 0 to 1",
    );
    assert_eq!(model.input_shape(), None, "the model is unchanged");
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(3).activation(Softmax));
    model.compile("sgd", "sparse_categorical_crossentropy", ()).unwrap();
    assert_told(
        model.fit(&x(), &classes(), FitOptions::new().class_weight([(3, 2.0)])),
        "FitOptions: class_weight of class 3 = 2 is not allowed; expected weights for classes that can occur: the model has the \
         classes 0 to 2",
    );
    // class 2 can occur, although no sample here is of it
    model.fit(&x(), &classes(), FitOptions::new().class_weight([(2, 2.0)])).unwrap();
}

#[test]
fn weights_of_samples_that_are_all_0() {
    let told = |what: &str| {
        format!(
            "{what}: weight = 0 for each sample is not allowed; expected a weight above 0 for at least one sample, because samples \
             of weight 0 count for nothing"
        )
    };
    let zeros = [0.0; 4];
    assert_told(binary("accuracy").fit(&x(), &classes(), FitOptions::new().sample_weight(&zeros)), &told("sample_weight"));
    let weights = [0.0, 0.0, 0.0, 1.0];
    assert_told(
        binary("accuracy").fit(&x(), &classes(), FitOptions::new().sample_weight(&weights).validation_split(0.25)),
        &told("sample_weight of the rows for training"),
    );
    assert_told(
        binary("accuracy").fit(&x(), &classes(), FitOptions::new().class_weight([(0, 0.0), (1, 0.0)])),
        &told("sample weights times class weights"),
    );
    let mut model = binary("accuracy");
    model.build(2).unwrap();
    let options = EvaluateOptions::new().sample_weight(&zeros);
    assert_told(model.evaluate_with(&x(), &classes(), options), &told("sample_weight"));
}

#[test]
fn a_metric_that_is_undefined_is_monitored() {
    let ones = dmatrix![1.0; 1.0];
    let x_val = dmatrix![1.0, 2.0; 3.0, 4.0];
    let mut model = binary("auc");
    let fit = |model: &mut Sequential<f64>, monitor: &str| {
        let options = FitOptions::new().epochs(2).validation_data(&x_val, &ones);
        model.fit(&x(), &classes(), options.callback(EarlyStopping::new(monitor))).map(|_| ())
    };
    assert_told(
        fit(&mut model, "val_auc"),
        "EarlyStopping: monitor = val_auc is not allowed; expected a series that is defined for these data: AUC compares two \
         classes, and all targets are of the class 1",
    );
    fit(&mut model, "auc").unwrap();
    fit(&mut model, "val_loss").unwrap();
}

#[test]
fn the_stop_reason_says_nan_where_the_loss_is_nan() {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(1));
    model.compile(Sgd::default().learning_rate(1e150), "mse", "mae").unwrap();
    let options = || FitOptions::new().epochs(50);
    let history = model.fit(&x(), &classes(), options().callback(EarlyStopping::new("mae").patience(9))).unwrap();
    let nan = history["loss"].len();
    assert_eq!(
        history.stop_reason().to_string(),
        format!("EarlyStopping: the loss is NaN in epoch {nan}: lower the learning rate or scale the inputs")
    );
    let history = model.fit(&x(), &classes(), options()).unwrap();
    let last = "stopped after 50 epoch(s): all epochs were run\nthe loss is no number from epoch 1 on: add \
                `.callback(TerminateOnNan::default())` to the options, which says where it came from";
    assert!(history.to_string().ends_with(last), "{history}");
}

/// A model of so many layers.
fn deep(layers: usize) -> Sequential<f64> {
    let mut model = Sequential::with_seed(layers as u64);
    model.add(Input::new(2));
    (0..layers).for_each(|_| model.add(Dense::new(2)));
    model
}

#[test]
#[cfg(feature = "keras")]
fn weights_of_another_number_of_layers() {
    let path = std::env::temp_dir().join(format!("layercake-misuse-{}.weights.h5", std::process::id()));
    deep(3).save_weights(&path).unwrap();
    let name = path.display().to_string();
    let mut model = deep(2);
    let before = model.get_weights();
    assert_told(
        model.load_weights(&path),
        &format!(
            "{name}, member `layers/dense_2`: the model has no layer for these weights: give it the layers of the file, or load the \
             weights of the layers with the same names with `load_weights_by_name`"
        ),
    );
    assert_eq!(model.get_weights(), before);
    assert_told(
        deep(4).load_weights(&path),
        &format!("{name}, member `dense_3`: the file has 0 arrays for this layer, which has 2 weights"),
    );
    std::fs::remove_file(&path).unwrap();
}

#[test]
#[cfg(feature = "safetensors")]
fn tensors_of_another_number_of_layers() {
    let bytes = deep(3).to_safetensors().unwrap();
    let mut model = deep(2);
    let before = model.get_weights();
    let told = model.load_safetensors_bytes(&bytes).unwrap_err().to_string();
    assert!(told.ends_with(": the model has no such weight: it has 4 weights, and the file 6 tensors"), "{told}");
    assert_eq!(model.get_weights(), before);
}

#[test]
fn a_layer_name_that_keras_refuses() {
    let mut model = Sequential::<f64>::with_seed(1);
    model.add(Dense::new(1).name("a/b"));
    assert_told(
        model.build(2),
        "Dense: name = `a/b` is not allowed; expected a name that is not empty and has no `/`, because Keras refuses such names",
    );
}

#[test]
#[cfg(feature = "keras")]
fn a_model_with_nan_weights_is_not_saved() {
    let mut model = Sequential::<f64>::with_seed(1);
    model.add(Dense::new(1));
    model.compile(Sgd::default().learning_rate(1e150), "mse", ()).unwrap();
    model.fit(&x(), &classes(), FitOptions::new().epochs(9)).unwrap();
    let told = |name: &str| {
        format!(
            "{name}: `kernel` of layer `dense` has the value NaN, with which no file can be loaded: train again with a lower \
             learning rate or scaled inputs, or set finite weights"
        )
    };
    assert_told(model.to_bytes(), &told("bytes in memory"));
    assert_told(model.save("nan.keras"), &told("nan.keras"));
    assert_told(model.save_weights("nan.weights.h5"), &told("nan.weights.h5"));
    assert!(!std::path::Path::new("nan.keras").exists() && !std::path::Path::new("nan.weights.h5").exists());
}

#[test]
fn a_list_of_names_has_at_most_the_five_closest() {
    let mut model = Sequential::<f64>::with_seed(1);
    model.add(Input::new(2));
    (0..9).for_each(|_| model.add(Dense::new(2)));
    assert_told(
        model.get_layer("dense_77"),
        "there is no layer `dense_77`; use the name of one of these layers: `dense_7`, `dense_1`, `dense_2`, `dense_3`, `dense_4` \
         and 4 others",
    );
    assert_told(
        model.compile("adm", "mse", ()),
        "there is no optimizer named `adm`; did you mean `Adam`? Known: `Adam`, `AdamW`, `Nadam`, `SGD`, `Lamb` and 9 others",
    );
}

#[test]
#[cfg(feature = "keras")]
fn a_layer_of_keras_that_is_not_supported() {
    let load = |class: &str| {
        let json = r#"{"class_name": "Sequential", "config": {"layers": [{"class_name": "#.to_string();
        Sequential::<f64>::from_json(&format!("{json}\"{class}\", \"config\": {{\"name\": \"a\", \"units\": 2}}}}]}}}}"))
    };
    assert_told(
        load("LSTM"),
        "JSON, member `a`: `LSTM` is a layer of Keras that this crate does not have: the module `layercake::layers` lists those \
         that it has, and `registry.layers.register(..)` adds your own for `load_with(&registry, ..)`",
    );
    assert_told(
        load("Mine"),
        "JSON, member `a`: there is no layer named `Mine` here: register your own with `registry.layers.register(..)` and call \
         `load_with(&registry, ..)`",
    );
}
