use super::reference::{File, by_rows, matrix, part, shape, spec};
use layercake::layers::{Discretization, Normalization};
use layercake::prelude::*;
use layercake::saving::{Registry, Value};
use serde_json::Value as Json;
use std::sync::Arc;

/// The layer of a case, adapted to the case's data if it has any.
fn layer<T: Scalar>(case: &Json) -> layercake::Result<Arc<dyn Layer<T>>> {
    let layer: Arc<dyn Layer<T>> = part(&Registry::<T>::default(), &spec(&case["layer"]), super::layers::axes(case))?;
    if case["adapt_data"].is_null() {
        return Ok(layer);
    }
    let data = matrix::<f64>(&case["adapt_data"]);
    if let Some(normalization) = layer.as_any().downcast_ref::<Normalization>() {
        return Ok(Arc::new(normalization.clone().adapt(&data)?));
    }
    let discretization = layer.as_any().downcast_ref::<Discretization>().unwrap();
    Ok(Arc::new(discretization.clone().adapt(&data)?))
}

fn kind(case: &Json) -> String {
    let kind = case["kind"].as_str().unwrap();
    match layer::<f64>(case) {
        Err(error) if kind == "forward_only" => error.to_string(),
        _ => kind.to_string(),
    }
}

fn walk<T: Scalar>() -> File {
    let mut file = File::read("layers", &super::layers::LISTS);
    file.each("cases", &super::layers::KEYS, kind, &super::layers::PREPARED, |case, tolerance| {
        let x = matrix::<T>(&case["x"]);
        let mut model = Sequential::<T>::with_seed(1);
        model.add(layer::<T>(case).unwrap());
        model.build(&shape(&case["x"])[1..]).unwrap();
        tolerance.in_type::<T>().assert(case, "y", &by_rows(&model.predict(&x).unwrap()));
    });
    file
}

#[test]
fn layers_that_prepare_data_give_the_outputs_of_keras_in_both_number_types() {
    walk::<f64>().assert_all_used(&["forward", "stack", "steps"]);
    walk::<f32>().assert_all_used(&["forward", "stack", "steps"]);
}

#[test]
fn what_layers_adapt_to_is_what_those_of_keras_do() {
    let mut file = File::read("layers", &super::layers::LISTS);
    let adapted = |case: &Json| if case["adapt_data"].is_null() { "given".to_string() } else { kind(case) };
    file.each("cases", &super::layers::KEYS, adapted, &["adapt", "encode"], |case, tolerance| {
        let layer = layer::<f64>(case).unwrap();
        if case["kind"] == "encode" {
            let Some(Value::List(boundaries)) = layer.spec().get("bin_boundaries").cloned() else { panic!("none") };
            let boundaries: Vec<f64> = boundaries.iter().map(|value| value.to_string().parse().unwrap()).collect();
            return tolerance.assert(case, "bin_boundaries", &boundaries);
        }
        let mut model = Sequential::<f64>::new();
        model.add(layer);
        model.build(matrix::<f64>(&case["adapt_data"]).ncols()).unwrap();
        // Keras' third weight is a count that is always 0
        let wanted: Vec<_> = case["weights"].as_array().unwrap().iter().filter(|weight| weight["name"] != "count").collect();
        let weights = model.get_weights();
        assert_eq!(weights.len(), wanted.len());
        for (got, want) in weights.iter().zip(wanted) {
            tolerance.assert(&serde_json::json!({"id": case["id"], "weight": want["value"]}), "weight", &by_rows(got));
        }
    });
    file.assert_all_used(&["given", "forward", "stack", "steps", "forward_only"]);
}
