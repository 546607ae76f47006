//! Tests the loading of weights by name, the list of what a file holds, the options of loading, and what is said about files
//! that hold no model of Keras.
#![cfg(feature = "keras")]

use layercake::losses::LossGradient;
use layercake::prelude::*;
use layercake::saving::{Describe, Registry, contents};
use layercake::{Batch, Shape};
use std::path::{Path, PathBuf};

/// A folder of its own, which is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("layercake-contents-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn golden(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/golden/strangers", file].iter().collect()
}

fn refused(path: &Path) -> String {
    let message = Sequential::<f32>::load(path).unwrap_err().to_string();
    let name = path.display().to_string();
    message.strip_prefix(&format!("{name}: ")).unwrap_or_else(|| panic!("it names no file: {message}")).to_string()
}

#[test]
fn a_file_that_is_no_model_is_told_for_what_it_is() {
    let folder = Folder::new("foreign");
    let zip = |member: &str| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file(member, zip::write::SimpleFileOptions::default()).unwrap();
        zip.finish().unwrap().into_inner()
    };
    let in_python = "load it in Python and save it again with `model.save(\"name.keras\")`";
    for (name, bytes, told) in [
        ("model.pkl", b"\x80\x04\x95abc".to_vec(), format!("it is a Python pickle, not HDF5: {in_python}")),
        ("empty.keras", Vec::new(), "it is empty: save the model again".to_string()),
        (
            "page.h5",
            b"<!DOCTYPE html>".to_vec(),
            "it is a page of HTML or XML: the download was not the file itself: fetch it again".to_string(),
        ),
        (
            "model.json",
            b" {\"class_name\": 1}".to_vec(),
            "it is JSON without weights: use `Sequential::from_json`, then `load_weights`".to_string(),
        ),
        (
            "lfs.h5",
            b"version https://git-lfs.github.com".to_vec(),
            "it is a pointer of Git LFS: fetch the file itself with `git lfs pull`".to_string(),
        ),
        ("a.gz", b"\x1f\x8b\x08".to_vec(), "it is a gzip archive: unpack it first".to_string()),
        (
            "w.npy",
            b"\x93NUMPY\x01".to_vec(),
            "it is an array of NumPy: build the model, and give its weights to `set_weights`".to_string(),
        ),
        (
            "x.bin",
            b"abcdefgh".to_vec(),
            "it is neither a `.keras` archive nor an HDF5 file: save the model with `model.save` in Python".to_string(),
        ),
        (
            "torch.pt",
            zip("model/data.pkl"),
            "it is a file of PyTorch: save its weights as safetensors in Python, and load them with `load_safetensors`"
                .to_string(),
        ),
        (
            "w.npz",
            zip("a.npy"),
            "it is an archive of NumPy arrays: build the model, and give its weights to `set_weights`".to_string(),
        ),
        (
            "other.zip",
            zip("a.txt"),
            "this zip archive has no `config.json` of a model: save the model with `model.save` in Python".to_string(),
        ),
    ] {
        let path = folder.write(name, &bytes);
        assert_eq!(refused(&path), told);
        assert!(contents(&path).unwrap_err().to_string().ends_with(&told));
        let mut model = Sequential::<f32>::new();
        model.add(Input::new(2));
        model.add(Dense::new(1));
        assert!(model.load_weights(&path).unwrap_err().to_string().ends_with(&told));
    }
    let checkpoints = folder.write("checkpoints/checkpoint", b"model_checkpoint_path: \"cp\"");
    assert_eq!(
        refused(checkpoints.parent().unwrap()),
        format!("it is a folder of checkpoints of TensorFlow, which hold weights alone: {in_python}")
    );
    assert_eq!(refused(&checkpoints), format!("it is the index of a folder of checkpoints of TensorFlow: {in_python}"));
    let saved = folder.write("saved/saved_model.pb", b"");
    assert_eq!(refused(saved.parent().unwrap()), format!("it is the folder of a SavedModel of TensorFlow: {in_python}"));
    assert_eq!(
        refused(&golden("bad_pandas_store.h5")),
        "it is a store of pandas or PyTables and no model of Keras: load the file that `model.save` has written"
    );
    assert_eq!(refused(&golden("tfk_240_save_weights.h5")), "it has weights alone: build the model, then call `load_weights`");
}

#[test]
fn a_file_is_recognised_by_its_content_and_not_by_its_name() {
    let folder = Folder::new("names");
    let mut model = Sequential::<f32>::with_seed(1);
    model.add(Input::new(3));
    model.add(Dense::new(2));
    let zip = folder.write("archive.h5", &model.to_bytes().unwrap());
    assert_eq!(Sequential::<f32>::load(zip).unwrap().get_weights(), model.get_weights());
    Sequential::<f32>::load(golden("tf212_h5_named_keras.keras")).unwrap();
}

#[test]
fn weights_are_loaded_by_the_names_of_their_layers() {
    for file in ["tfk_240_save_weights.h5", "k333_h5_adam.h5", "k305_keras_norm_adam.keras"] {
        let listed = contents(golden(file)).unwrap();
        let path = "dense/kernel:0";
        let of_kernel = |(name, _): &(&str, &[usize])| {
            name.ends_with(path) || name.contains("dense/kernel") || name.ends_with("dense/vars/0")
        };
        let (_, shape) = listed.arrays().find(of_kernel).unwrap_or_else(|| panic!("{listed}"));
        let mut model = Sequential::<f32>::with_seed(1);
        model.add(Input::new(shape[0]));
        model.add(Dense::new(shape[1]).name("dense"));
        model.add(Dense::new(7).name("head"));
        let before = model.get_weights();
        let names = model.load_weights_by_name(golden(file));
        assert_eq!(names.unwrap(), ["dense"], "{file}");
        let after = model.get_weights();
        assert_ne!(after[0], before[0], "{file}");
        assert_eq!(after[2..], before[2..], "{file}");
    }
    // `dense` is a layer of a model within the model there, and the group `layers/dense` is that of `dense_3`
    for file in ["nested_keras3.keras", "nested_keras3.h5"] {
        let mut model = Sequential::<f32>::with_seed(1);
        model.add(Input::new(3));
        model.add(Dense::new(3).name("first"));
        model.add(Dense::new(1).name("dense_3"));
        assert_eq!(model.load_weights_by_name(golden(file)).unwrap(), ["dense_3"], "{file}");
    }
}

#[test]
fn weights_of_models_within_the_model_are_loaded_from_the_file_of_the_whole() {
    for file in ["nested_keras3.keras", "nested_keras3.h5"] {
        let loaded = Sequential::<f32>::load(golden(file)).unwrap();
        let mut model = Sequential::<f32>::from_json(&loaded.to_json().unwrap()).unwrap();
        assert_ne!(model.get_weights(), loaded.get_weights());
        model.load_weights(golden(file)).unwrap();
        assert_eq!(model.get_weights(), loaded.get_weights(), "{file}");
        assert_eq!(model.iterations(), 3, "{file}");
    }
}

#[test]
fn weights_by_name_are_refused_where_nothing_fits() {
    let load = |name: &str, units: usize| {
        let mut model = Sequential::<f32>::with_seed(1);
        model.add(Input::new(4));
        model.add(Dense::new(units).name(name));
        let before = model.get_weights();
        let error = model.load_weights_by_name(golden("tfk_240_save_weights.h5")).unwrap_err().to_string();
        assert_eq!(model.get_weights(), before);
        error
    };
    let none = load("mine", 2);
    assert!(none.ends_with(
        "no layer with weights has a name of the model; it has `dense`, `dense_1`, `dense_2`: name the layers of the model as the \
         file does, or load its weights by their order with `load_weights`"
    ), "{none}");
    let shape = load("dense", 99);
    assert!(shape.contains("its shape is"), "{shape}");
}

#[test]
fn the_contents_of_a_file_are_listed() {
    let listed = contents(golden("k36_keras_two_custom_metric.keras")).unwrap();
    assert_eq!((listed.keras_version(), listed.model()), (Some("3.6.0"), Some("Functional")));
    assert_eq!((listed.optimizer(), listed.loss()), (Some("Adam"), Some("binary_crossentropy")));
    assert!(listed.layers().any(|layer| layer.1 == "Concatenate"));
    assert!(listed.arrays().any(|(path, _)| path == "layers/dense/vars/0"));
    let weights = contents(golden("tfk_240_save_weights.h5")).unwrap();
    assert_eq!((weights.model(), weights.layers().count()), (None, 0));
    assert!(weights.to_string().starts_with("an HDF5 file of weights alone"), "{weights}");
    let nested = contents(golden("tfk_224tf_nested_adam.h5")).unwrap();
    assert!(nested.layers().any(|layer| layer == ("sequential/dense", "Dense")), "{nested}");
    for file in std::fs::read_dir(golden("")).unwrap().map(|file| file.unwrap().path()) {
        let is_model = file.extension().is_some_and(|ending| ending == "keras" || ending == "h5");
        assert!(!is_model || file.ends_with("bad_pickle.h5") || contents(&file).is_ok(), "{}", file.display());
    }
}

/// The loss of `tf215_keras_custom_loss.keras`, twice the squared error.
#[derive(Debug, Clone)]
struct ScaledSquare;

impl Describe for ScaledSquare {
    fn class_name(&self) -> &'static str {
        "scaled_square"
    }
}

impl<T: Scalar> Loss<T> for ScaledSquare {
    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        MeanSquaredError::default().score(predicted, target, losses, gradient);
    }

    fn check(&self, _outputs: &Shape, _targets: Batch<'_, T>) -> layercake::Result<()> {
        Ok(())
    }
}

#[test]
fn a_registered_part_keeps_the_state_of_the_optimizer() {
    let file = golden("tf215_keras_custom_loss.keras");
    let mut registry = Registry::<f32>::default();
    registry.losses.register(ScaledSquare, &[]);
    let mut model = Sequential::<f32>::load_with(LoadOptions::new().registry(&registry), &file).unwrap();
    assert_eq!((model.why_uncompiled(), model.why_fresh_optimizer(), model.iterations()), (None, None, 4));
    model.compile("sgd", "mse", ()).unwrap();
    assert_eq!(model.iterations(), 0);

    let model = Sequential::<f32>::load_with(LoadOptions::new().registry(&registry).compile(false), &file).unwrap();
    assert_eq!(model.why_uncompiled(), Some("it was loaded with `compile(false)`"));
    let model = Sequential::<f32>::load_with(LoadOptions::new().compile(false), golden("k333_h5_adam.h5")).unwrap();
    assert_eq!(model.why_uncompiled(), Some("it was loaded with `compile(false)`"));
}
