//! Loads files that Keras wrote, and compares predictions, weights and optimizer state.

use super::reference::{File, by_rows, entry, folder, matrix, numbers, shape};
use layercake::prelude::*;
use layercake::saving::Registry;
use serde_json::Value as Json;
use std::path::PathBuf;

/// The keys that a case may have. The contents of the archives are listed in the file for human readers.
const KEYS: [&str; 14] = [
    "layers",
    "x",
    "predictions",
    "weights.layer",
    "weights.name",
    "weights.value",
    "keras_file",
    "weights_file",
    "legacy_file",
    "zip_members",
    "datasets_in_keras",
    "datasets_in_weights_file",
    "datasets_in_legacy_file",
    "legacy_root_attributes",
];

/// Whether this crate has all layers of a case, and its optimizer.
fn support(case: &Json) -> String {
    let registry = Registry::<f32>::default();
    let missing =
        case["layers"].as_array().unwrap().iter().find_map(|layer| entry(layer, &registry, shape(&case["x"]).len()).err());
    missing.map_or("supported".to_string(), |error| error.to_string())
}

fn path(case: &Json, kind: &str) -> Option<PathBuf> {
    Some(folder().join("files").join(case[kind].as_str()?))
}

fn walk<T: Scalar>() -> File {
    let mut file = File::read("files/index", &["cases"]);
    file.each("cases", &KEYS, support, &["supported"], |case, tolerance| {
        let x = matrix::<T>(&case["x"]);
        let whole = Sequential::<T>::load(path(case, "keras_file").unwrap()).unwrap();
        // some models cannot be saved in this format
        let legacy = path(case, "legacy_file");
        let older = legacy.as_ref().map(|path| Sequential::<T>::load(path).unwrap());
        let mut weighed = Sequential::<T>::from_json(&whole.to_json().unwrap()).unwrap();
        weighed.load_weights(path(case, "weights_file").unwrap()).unwrap();
        let from_older = legacy.map(|path| {
            let mut model = Sequential::<T>::from_json(&whole.to_json().unwrap()).unwrap();
            model.load_weights(path).unwrap();
            model
        });
        let again = Sequential::<T>::from_bytes(&whole.to_bytes().unwrap()).unwrap();
        for model in [&whole, &weighed, &again].into_iter().chain(&older).chain(&from_older) {
            tolerance.assert(case, "predictions", &by_rows(&model.predict(&x).unwrap()));
            let weights = case["weights"].as_array().unwrap().iter().filter(|weight| weight["name"] != "count");
            for (got, want) in model.get_weights().iter().zip(weights) {
                let want: Vec<_> = numbers(&want["value"]).into_iter().map(|value| value as f32).collect();
                assert_eq!(by_rows(got).into_iter().map(|value| value as f32).collect::<Vec<_>>(), want);
            }
        }
        assert_eq!(whole.iterations(), again.iterations());
        assert_eq!(whole.to_json().unwrap(), again.to_json().unwrap());
        assert_eq!(whole.to_bytes().unwrap(), again.to_bytes().unwrap());
        if let Some(older) = older {
            let first = |model: &Sequential<T>| model.layers().map(|layer| layer.name().to_string()).next();
            assert_eq!((whole.iterations(), first(&whole)), (older.iterations(), first(&older)));
        }
    });
    file
}

#[test]
fn files_of_keras_predict_what_keras_predicts() {
    walk::<f32>().assert_all_used(&[]);
    walk::<f64>().assert_all_used(&[]);
}
