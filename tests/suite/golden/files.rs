//! The files that Keras wrote: what they predict, and what they keep of weights and optimizer.

use super::reference::{File, by_rows, matrix, numbers, spec};
use layercake::layers::Layer;
use layercake::prelude::*;
use layercake::saving::Registry;
use serde_json::Value as Json;

/// Whether all layers of a case exist, and its optimizer does.
fn support(case: &Json) -> String {
    let registry = Registry::<f32>::default();
    let missing = case["layers"].as_array().unwrap().iter().find_map(|layer| registry.part::<dyn Layer<f32>>(&spec(layer)).err());
    missing.map_or("supported".to_string(), |error| error.to_string())
}

fn path(case: &Json, kind: &str) -> String {
    format!("{}/tests/golden/files/{}", env!("CARGO_MANIFEST_DIR"), case[kind].as_str().unwrap())
}

fn walk<T: Scalar>() -> File {
    let mut file = File::read("files/index");
    file.each("cases", support, &["supported"], |case, tolerance| {
        let x = matrix::<T>(&case["x"]);
        let whole = Sequential::<T>::load(path(case, "keras_file")).unwrap();
        let older = Sequential::<T>::load(path(case, "legacy_file")).unwrap();
        let mut weighed = Sequential::<T>::from_json(&whole.to_json().unwrap()).unwrap();
        weighed.load_weights(path(case, "weights_file")).unwrap();
        let mut from_older = Sequential::<T>::from_json(&whole.to_json().unwrap()).unwrap();
        from_older.load_weights(path(case, "legacy_file")).unwrap();
        let again = Sequential::<T>::from_bytes(&whole.to_bytes().unwrap()).unwrap();
        for model in [&whole, &older, &weighed, &from_older, &again] {
            tolerance.assert(case, "predictions", &by_rows(&model.predict(&x).unwrap()));
            let weights = case["weights"].as_array().unwrap().iter().filter(|weight| weight["name"] != "count");
            for (got, want) in model.get_weights().iter().zip(weights) {
                let want: Vec<_> = numbers(&want["value"]).into_iter().map(|value| value as f32).collect();
                assert_eq!(by_rows(got).into_iter().map(|value| value as f32).collect::<Vec<_>>(), want);
            }
        }
        assert_eq!(whole.iterations(), older.iterations());
        assert_eq!(whole.iterations(), again.iterations());
        assert_eq!(whole.to_json().unwrap(), again.to_json().unwrap());
        assert_eq!(whole.to_bytes().unwrap(), again.to_bytes().unwrap());
        assert_eq!(
            whole.layers().map(|layer| layer.name().to_string()).next(),
            older.layers().map(|layer| layer.name().to_string()).next()
        );
    });
    file
}

#[test]
fn files_of_keras_predict_what_keras_predicts() {
    walk::<f32>().assert_all_used(&[]);
    walk::<f64>().assert_all_used(&[]);
}
