use crate::reference::{File, by_rows, matrix, spec};
use layercake::layers::{Discretization, Normalization};
use layercake::prelude::*;
use layercake::saving::Registry;
use serde_json::Value as Json;
use std::sync::Arc;

/// The layer of a case, adapted to its data where there are any.
fn layer<T: Scalar>(case: &Json) -> layercake::Result<Arc<dyn Layer<T>>> {
    let layer: Arc<dyn Layer<T>> = Registry::<T>::default().part(&spec(&case["layer"]))?;
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
    let mut file = File::read("layers");
    file.each("cases", kind, &["adapt", "encode", "forward_only"], |case, tolerance| {
        let x = matrix::<T>(&case["x"]);
        let mut model = Sequential::<T>::with_seed(1);
        model.add(layer::<T>(case).unwrap());
        model.build(x.ncols()).unwrap();
        tolerance.in_type::<T>().assert(case, "y", &by_rows(&model.predict(&x).unwrap()));
    });
    file
}

#[test]
fn layers_that_prepare_data_give_the_outputs_of_keras_in_both_number_types() {
    walk::<f64>().assert_used(15);
    walk::<f32>().assert_used(15);
}

#[test]
fn what_layers_adapt_to_is_what_those_of_keras_do() {
    let mut file = File::read("layers");
    let adapted = |case: &Json| if case["adapt_data"].is_null() { "given".to_string() } else { kind(case) };
    file.each("cases", adapted, &["adapt", "encode"], |case, tolerance| {
        let spec = layer::<f64>(case).unwrap().spec();
        let list = |argument: &str| match spec.get(argument) {
            Some(layercake::saving::Value::List(values)) => {
                values.iter().map(|value| value.to_string().parse::<f64>().unwrap()).collect::<Vec<f64>>()
            }
            other => panic!("{argument} is {other:?}"),
        };
        if case["kind"] == "encode" {
            return tolerance.assert(case, "bin_boundaries", &list("bin_boundaries"));
        }
        for weight in case["weights"].as_array().unwrap() {
            let name = weight["name"].as_str().unwrap();
            // Keras' third weight, a count, says nothing: it is 0
            if name != "count" {
                tolerance.assert(&serde_json::json!({"id": case["id"], name: weight["value"]}), name, &list(name));
            }
        }
    });
    file.assert_used(5);
}
