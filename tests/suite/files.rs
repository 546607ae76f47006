//! Tests models as files: a saved model is read back unchanged, and an interrupted training resumes bit for bit.

use layercake::prelude::*;
use layercake::saving::{Arguments, Describe, Registry};
use layercake::{Batch, BatchMut, Error};
use std::path::{Path, PathBuf};

/// A folder for one test, which is removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("layercake-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn data<T: Scalar>(rows: usize) -> (DMatrix<T>, DMatrix<T>) {
    let x = DMatrix::from_fn(rows, 3, |row, column| T::of(((row * 3 + column) as f64 * 0.7).sin()));
    let y = DMatrix::from_fn(rows, 1, |row, _| if x[(row, 0)] > x[(row, 1)] { T::one() } else { T::zero() });
    (x, y)
}

fn model<T: Scalar>() -> Sequential<T> {
    let mut model = Sequential::with_seed(11);
    model.add(Dense::new(8).activation(Relu).kernel_regularizer(L2::new(1e-3)).name("first"));
    model.add(Dropout::new(0.3));
    model.add(Dense::new(4).activation(Relu.negative_slope(0.1)).kernel_constraint(MaxNorm::new(3.0)).trainable(false));
    model.add(Dense::new(1).activation("sigmoid"));
    let loss = BinaryCrossentropy::default().label_smoothing(0.05);
    model.compile(Adam::default().amsgrad(true), loss, ("accuracy", "mae", weighted("mse"))).unwrap();
    model
}

/// Everything that a model shows of itself, with the bits of all numbers.
fn seen<T: Scalar>(model: &Sequential<T>) -> Vec<u8> {
    model.to_bytes().unwrap()
}

fn goes_round<T: Scalar>() {
    let (x, y) = data::<T>(20);
    let mut model = model::<T>();
    model.fit(&x, &y, FitOptions::new().epochs(2).batch_size(4)).unwrap();
    let mut loaded = Sequential::<T>::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert!(seen(&loaded) == seen(&model), "{}\n{}", loaded.to_json().unwrap(), model.to_json().unwrap());
    assert_eq!(loaded.evaluate(&x, &y).unwrap(), model.evaluate(&x, &y).unwrap());
    for model in [&mut loaded, &mut model] {
        model.set_learning_rate(0.0123).unwrap();
        model.fit(&x, &y, FitOptions::new().epochs(2).batch_size(4)).unwrap();
    }
    assert_eq!(loaded.get_weights(), model.get_weights());
    assert!(seen(&loaded) == seen(&model), "{}\n{}", loaded.to_json().unwrap(), model.to_json().unwrap());
}

#[test]
fn a_loaded_model_goes_on_like_the_one_that_was_saved() {
    goes_round::<f32>();
    goes_round::<f64>();
}

#[test]
fn weights_go_from_one_model_to_another_with_the_optimizer() {
    let folder = Folder::new("weights");
    let (x, y) = data::<f32>(20);
    let mut trained = model::<f32>();
    trained.fit(&x, &y, FitOptions::new().epochs(2)).unwrap();
    trained.save_weights(folder.file("some.weights.h5")).unwrap();
    let mut other = model::<f32>();
    other.build(3).unwrap();
    other.load_weights(folder.file("some.weights.h5")).unwrap();
    assert_eq!(other.get_weights(), trained.get_weights());
    assert_eq!(other.iterations(), 2);
    // another optimizer starts afresh
    other.compile("sgd", "mse", ()).unwrap();
    trained.save(folder.file("whole.keras")).unwrap();
    other.load_weights(folder.file("whole.keras")).unwrap();
    assert_eq!((other.get_weights(), other.iterations()), (trained.get_weights(), 0));
    assert_eq!(folder.names(), ["some.weights.h5", "whole.keras"]);
}

#[test]
fn a_file_of_doubles_can_be_loaded_as_singles_unless_they_are_too_large() {
    let mut model = Sequential::<f64>::with_seed(1);
    model.add(Input::new(1));
    model.add(Dense::new(1));
    let singles = Sequential::<f32>::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(singles.get_weights()[0], model.get_weights()[0].map(|weight| weight as f32));
    model.set_weights(&[dmatrix![1e300], dmatrix![0.0]]).unwrap();
    let refused = Sequential::<f32>::from_bytes(&model.to_bytes().unwrap()).unwrap_err().to_string();
    assert!(refused.contains("model.weights.h5/layers/dense/vars/0") && refused.contains("1e300"), "{refused}");
}

#[test]
fn names_and_states_of_files_are_checked() {
    let folder = Folder::new("names");
    let mut model = Sequential::<f64>::with_seed(1);
    model.add(Dense::new(1));
    assert!(matches!(model.save(folder.file("a.keras")), Err(Error::NotBuilt { .. })));
    model.build(2).unwrap();
    assert!(model.save(folder.file("a.h5")).unwrap_err().to_string().contains("must end with `.keras`"));
    assert!(model.save_weights(folder.file("a.h5")).unwrap_err().to_string().contains("must end with `.weights.h5`"));
    assert!(matches!(Sequential::<f64>::load(folder.file("none.keras")), Err(Error::Io { .. })));
    assert!(matches!(model.save(folder.file("none/a.keras")), Err(Error::Io { .. })));
    assert!(folder.names().is_empty());
}

#[test]
fn a_closure_is_not_saved() {
    let mut model = Sequential::<f64>::with_seed(1);
    model.add(Input::new(1));
    model.add(Dense::new(1));
    model.compile("sgd", "mse", metric_fn("mine", |_: &[f64], _| 0.0)).unwrap();
    let refused = model.to_bytes().unwrap_err().to_string();
    assert!(refused.contains("the metric `mine` is a closure"), "{refused}");
}

#[derive(Debug, Clone)]
struct Scaled {
    factor: f64,
}

impl Describe for Scaled {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("factor", &mut self.factor, 0.0..);
    }
}

impl<T: Scalar> Activation<T> for Scaled {
    fn apply(&self, mut z: BatchMut<'_, T>) {
        z.values().iter_mut().for_each(|z| *z *= T::of(self.factor));
    }

    fn backprop(&self, _: Batch<'_, T>, mut gradient: BatchMut<'_, T>) {
        gradient.values().iter_mut().for_each(|d| *d *= T::of(self.factor));
    }
}

#[test]
fn a_part_of_ones_own_is_found_once_it_is_registered() {
    let folder = Folder::new("own");
    let mut model = Sequential::<f32>::with_seed(1);
    model.add(Input::new(2));
    model.add(Dense::new(3).activation(Scaled { factor: 2.5 }));
    model.save(folder.file("own.keras")).unwrap();
    let refused = Sequential::<f32>::load(folder.file("own.keras")).unwrap_err().to_string();
    for part in ["own.keras", "config.json/dense", "no activation named `Scaled`", "registry.activations.register"] {
        assert!(refused.contains(part), "{refused}");
    }
    let mut registry = Registry::default();
    registry.activations.register(Scaled { factor: 1.0 }, &[]);
    let loaded = Sequential::load_with(&registry, folder.file("own.keras")).unwrap();
    let x = dmatrix![1.0, -2.0];
    assert_eq!(loaded.predict(&x).unwrap(), model.predict(&x).unwrap());
    let json = Sequential::from_json_with(&registry, &model.to_json().unwrap()).unwrap();
    assert_eq!(json.to_json().unwrap(), model.to_json().unwrap());
}

#[test]
fn what_keras_writes_in_other_ways_is_understood() {
    let json = r#"{"class_name": "Sequential", "config": {"layers": [
        {"class_name": "Dense", "config": {"name": "a", "trainable": false, "dtype": "float32", "batch_input_shape": [null, 3],
            "units": 2, "activation": {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"},
            "kernel_initializer": {"class_name": "HeNormal", "config": {"seed": 3}}, "lora_rank": null}},
        {"class_name": "Dense", "config": {"units": 2, "activation": {"module": "keras.layers", "class_name": "ReLU",
            "config": {"max_value": 6.0, "negative_slope": 0.0, "threshold": 0.0, "name": "r", "trainable": true}}}}]},
        "compile_config": {"optimizer": "adam", "loss": {"module": "keras.losses", "class_name": "MeanSquaredError",
            "config": {"name": "m", "reduction": "sum_over_batch_size"}}, "metrics": ["mae", "accuracy",
            {"module": "keras.metrics", "class_name": "BinaryAccuracy", "config": {"name": "bin", "dtype": "float32", "threshold": 0.4}}],
            "weighted_metrics": [["mse"]], "loss_weights": null}}"#;
    let mut model = Sequential::<f32>::from_json(json).unwrap();
    assert_eq!(model.input_shape().unwrap().dims(), [3]);
    assert!(!model.layers().next().unwrap().trainable());
    let scores = model.train_on_batch(&dmatrix![1.0, 2.0, 3.0], &dmatrix![1.0, 2.0]).unwrap();
    let names: Vec<_> = scores.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, ["loss", "mae", "accuracy", "bin", "mse"]);
}

#[test]
fn what_would_change_numbers_is_refused_by_name() {
    let dense = |arguments: &str| {
        let json = format!(
            r#"{{"class_name": "Sequential", "config": {{"layers": [{{"class_name": "Dense", "config": {arguments}}}]}}}}"#
        );
        Sequential::<f32>::from_json(&json).unwrap_err().to_string()
    };
    for (arguments, named) in [
        (r#"{"units": 2, "quantization_config": {"class_name": "Int8", "config": {}}}"#, "quantization_config"),
        (r#"{"units": 2, "gain": 2.0}"#, "gain"),
        (r#"{"units": -2}"#, "units = -2"),
        (r#"{"units": 1e400}"#, "JSON"),
        (r#"{"units": 2, "dtype": "mixed_float16"}"#, "mixed_float16"),
        (r#"{"units": 2, "kernel_initializer": {"class_name": "Magic", "config": {}}}"#, "Magic"),
    ] {
        assert!(dense(arguments).contains(named), "{}", dense(arguments));
    }
    let of_ones_own = Sequential::<f32>::from_json(r#"{"class_name": "MyModel", "config": {}}"#).unwrap_err().to_string();
    assert!(of_ones_own.contains("and this is a `MyModel`"), "{of_ones_own}");
}

/// Trains with a backup; with `interrupted`, the run fails after this many batches in all.
fn run<T: Scalar>(folder: &Path, save_freq: Option<usize>, interrupted: Option<usize>) -> layercake::Result<(Vec<u8>, usize)> {
    let (x, y) = data::<T>(22);
    let mut model = model::<T>();
    let mut backup = BackupAndRestore::new(folder);
    if let Some(batches) = save_freq {
        backup = backup.save_freq(batches);
    }
    let mut batches = 0;
    let fail = on_batch_end(|_| {
        batches += 1;
        if Some(batches) == interrupted { Err(Error::callback("the power went away")) } else { Ok(()) }
    });
    let mut stop = EarlyStopping::new("val_loss").patience(2).restore_best_weights(true);
    let options = FitOptions::new().epochs(8).batch_size(5).validation_split(0.2);
    let history = model.fit(&x, &y, options.callback(backup).callback(&mut stop).callback(fail));
    let epochs = history?.epochs().len();
    // later steps depend on the random generators, too
    model.fit(&x, &y, FitOptions::new().epochs(1))?;
    Ok((seen(&model), epochs))
}

fn resumes<T: Scalar>() {
    let folder = Folder::new(T::DTYPE);
    let (whole, epochs) = run::<T>(&folder.file("whole"), None, None).unwrap();
    for save_freq in [None, Some(1), Some(3)] {
        for interrupted in [1, 4, 6, 9, 15] {
            let kept = folder.file(&format!("kept-{save_freq:?}-{interrupted}"));
            assert!(run::<T>(&kept, save_freq, Some(interrupted)).is_err());
            // once more, so that a resumed run is resumed again
            let _ = run::<T>(&kept, save_freq, Some(3));
            let (resumed, rest) = run::<T>(&kept, save_freq, None).unwrap();
            assert!(resumed == whole, "{save_freq:?}, interrupted at {interrupted}");
            assert!(rest <= epochs);
            assert_eq!(std::fs::read_dir(&kept).unwrap().count(), 0, "the backup is removed");
        }
    }
}

#[test]
fn an_interrupted_training_ends_with_the_same_bits() {
    resumes::<f32>();
    resumes::<f64>();
}

#[test]
fn a_backup_of_another_training_is_refused() {
    let folder = Folder::new("another");
    assert!(run::<f32>(&folder.0, Some(1), Some(7)).is_err());
    let (x, y) = data::<f32>(10);
    let mut other = model::<f32>();
    let refused = other.fit(&x, &y, FitOptions::new().callback(BackupAndRestore::new(&folder.0))).unwrap_err().to_string();
    assert!(refused.contains("17 samples in batches of 5 and 3 callbacks"), "{refused}");
    std::fs::write(folder.file("latest.keras"), b"PK no more").unwrap();
    let refused = other.fit(&x, &y, FitOptions::new().callback(BackupAndRestore::new(&folder.0))).unwrap_err();
    assert!(matches!(refused, Error::File { .. }), "{refused}");
}

#[test]
fn a_cancelled_training_keeps_its_backup() {
    let folder = Folder::new("cancelled");
    let (x, y) = data::<f32>(10);
    let token = CancelToken::new();
    let cancel = on_epoch_end(|run| {
        if run.epoch() == 1 {
            token.cancel()
        }
    });
    let options = FitOptions::new().epochs(5).callback(BackupAndRestore::new(&folder.0)).callback(cancel).cancel(&token);
    model::<f32>().fit(&x, &y, options).unwrap();
    assert_eq!(folder.names(), ["latest.keras"]);
}

#[test]
fn checkpoints_are_written_when_they_should_be() {
    let folder = Folder::new("checkpoints");
    let (x, y) = data::<f32>(12);
    let every = ModelCheckpoint::new(folder.file("{epoch:02d}-{loss:.1f}.keras"));
    let weights = ModelCheckpoint::new(folder.file("b{epoch}-{batch}.weights.h5")).save_weights_only(true).save_freq(4);
    let mut best = ModelCheckpoint::new(folder.file("best.keras")).monitor("accuracy").save_best_only(true);
    let never =
        ModelCheckpoint::new(folder.file("never.keras")).monitor("loss").save_best_only(true).initial_value_threshold(0.0);
    let mut model = model::<f32>();
    let options = FitOptions::new().epochs(2).batch_size(4).callback(every).callback(weights).callback(&mut best).callback(never);
    let history = model.fit(&x, &y, options).unwrap();
    let names = folder.names();
    assert_eq!(names.iter().filter(|name| name.starts_with("01-") || name.starts_with("02-")).count(), 2, "{names:?}");
    assert!(names.contains(&"b2-1.weights.h5".to_string()) && names.contains(&"best.keras".to_string()), "{names:?}");
    assert_eq!(names.len(), 4, "{names:?}");
    let largest = history["accuracy"].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    assert_eq!(best.best(), Some(largest));
    let last = folder.file(names.iter().find(|name| name.starts_with("02-")).unwrap());
    assert_eq!(Sequential::<f32>::load(last).unwrap().get_weights(), model.get_weights());

    for (path, cause) in [("a.h5", "must end with"), ("{nothing}.keras", "`nothing`"), ("{epoch:q}.keras", "{epoch:q}")] {
        let refused = model.fit(&x, &y, FitOptions::new().callback(ModelCheckpoint::new(folder.file(path)))).unwrap_err();
        assert!(refused.to_string().contains(cause), "{refused}");
    }
}

#[cfg(feature = "safetensors")]
#[test]
fn safetensors_go_round_and_broken_ones_are_refused() {
    let mut model = model::<f32>();
    model.build(3).unwrap();
    let bytes = model.to_safetensors().unwrap();
    let mut other = self::model::<f32>();
    assert!(matches!(other.load_safetensors_bytes(&bytes), Err(Error::NotBuilt { .. })));
    other.build(3).unwrap();
    other.load_safetensors_bytes(&bytes).unwrap();
    assert_eq!(other.get_weights(), model.get_weights());
    let mut wide = self::model::<f32>();
    wide.build(4).unwrap();
    let refused = wide.load_safetensors_bytes(&bytes).unwrap_err().to_string();
    assert!(refused.contains("first/kernel") && refused.contains("[3, 8]"), "{refused}");
    for cut in 0..bytes.len() {
        assert!(other.load_safetensors_bytes(&bytes[..cut]).is_err());
    }
}

/// A model with nested layers, an adapted layer and a kernel with a norm constraint.
fn nested<T: Scalar>(x: &DMatrix<T>) -> Sequential<T> {
    let mut model = Sequential::with_seed(3);
    model.add(Normalization::default().adapt(x).unwrap());
    model.add(SpectralNormalization::new(Dense::new(4).activation(Tanh).name("held")).power_iterations(2));
    let deep = stack((Dense::new(5).trainable(false), layers::BatchNormalization::default(), Dense::new(4).name("last")));
    model.add(Residual::new((Dropout::new(0.2).seed(5), Residual::new(deep))));
    model.add(Concatenate::stacks([stack(()), stack((layers::Identity, Dense::new(2))), stack(Dense::new(3))]).name("wide"));
    model.add(layers::Add::stacks([stack(Dense::new(1)), stack((layers::Relu::default(), Dense::new(1).activation("sigmoid")))]));
    model.compile("adam", "mse", "mae").unwrap();
    model
}

fn layers_within_layers_go_round<T: Scalar>() {
    let (x, y) = data::<T>(20);
    let mut model = nested::<T>(&x);
    model.fit(&x, &y, FitOptions::new().epochs(2).batch_size(4)).unwrap();
    let mut loaded = Sequential::<T>::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(loaded.get_weights(), model.get_weights());
    assert!(seen(&loaded) == seen(&model), "{}\n{}", loaded.to_json().unwrap(), model.to_json().unwrap());
    for model in [&mut loaded, &mut model] {
        model.fit(&x, &y, FitOptions::new().epochs(2).batch_size(4)).unwrap();
    }
    assert_eq!(loaded.get_weights(), model.get_weights());
    assert_eq!(loaded.predict(&x).unwrap(), model.predict(&x).unwrap());
    assert_eq!(loaded.summary().trainable_params(), model.summary().trainable_params());
}

#[test]
fn layers_within_layers_are_saved_and_go_on() {
    layers_within_layers_go_round::<f64>();
    layers_within_layers_go_round::<f32>();
}

#[test]
fn weights_of_layers_within_layers_must_fit() {
    let folder = Folder::new("nested");
    let (x, _) = data::<f64>(20);
    let mut model = nested::<f64>(&x);
    model.build(3).unwrap();
    model.save_weights(folder.file("a.weights.h5")).unwrap();
    // the JSON has the layers but not the weights
    let mut other = Sequential::<f64>::from_json(&model.to_json().unwrap()).unwrap();
    other.load_weights(folder.file("a.weights.h5")).unwrap();
    assert_eq!(other.predict(&x).unwrap(), model.predict(&x).unwrap());
    let mut wider = Sequential::<f64>::new();
    wider.add(Normalization::default().adapt(&x).unwrap());
    wider.add(SpectralNormalization::new(Dense::new(5)));
    wider.build(3).unwrap();
    let refused = wider.load_weights(folder.file("a.weights.h5")).unwrap_err().to_string();
    assert!(refused.contains("layers/spectral_normalization/layer/vars/0") && refused.contains("[3, 5]"), "{refused}");
}

#[test]
fn a_lambda_is_refused_wherever_it_is() {
    let lambda = || Lambda::elementwise(|x: f64| x, |_| 1.0);
    for layer in [Residual::new(lambda()).name("outer"), lambda().name("outer")] {
        let mut model = Sequential::<f64>::with_seed(1);
        model.add(Dense::new(2));
        model.add(layer);
        model.build(2).unwrap();
        for refused in [model.to_json().map(|_| ()), model.to_bytes().map(|_| ())] {
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains("outer") && refused.contains("a `Lambda` is of closures"), "{refused}");
        }
        let folder = Folder::new("lambda");
        model.save_weights(folder.file("a.weights.h5")).unwrap();
        model.load_weights(folder.file("a.weights.h5")).unwrap();
    }
}
