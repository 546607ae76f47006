use super::reference::{File, matrix, numbers, part, shape, spec};
use layercake::prelude::*;
use layercake::saving::{Registry, Spec};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The keys that a case may have.
const KEYS: [&str; 6] = ["metric", "batches.y_true", "batches.y_pred", "batches.sample_weight", "results", "result_after_reset"];

fn class(case: &Json) -> String {
    case["metric"]["class_name"].as_str().unwrap().to_string()
}

fn walk<T: Scalar>() -> File {
    let registry = Registry::<T>::default();
    let known: Vec<&str> = registry.metrics.names().collect();
    let mut file = File::read("metrics", &["cases"]);
    file.each("cases", &KEYS, class, &known, |case, tolerance| {
        let metric: Arc<dyn Metric<T>> =
            part(&registry, &spec(&case["metric"]), shape(&case["batches"][0]["y_pred"]).len()).unwrap();
        let mut meter = Meter::new(metric).unwrap();
        let mut results = Vec::new();
        for batch in case["batches"].as_array().unwrap() {
            let predicted = matrix::<T>(&batch["y_pred"]);
            // `Mean` and `Sum` have no targets
            let target = if batch["y_true"].is_null() { predicted.clone() } else { matrix::<T>(&batch["y_true"]) };
            let weight: Option<Vec<T>> =
                (!batch["sample_weight"].is_null()).then(|| numbers(&batch["sample_weight"]).into_iter().map(T::of).collect());
            meter.update(&target, &predicted, weight.as_deref()).unwrap();
            results.extend(meter.results());
        }
        tolerance.in_type::<T>().assert(case, "results", &results);
        meter.reset();
        if case["result_after_reset"].is_null() {
            // Keras computes 0 / 0 here, and JSON cannot represent the NaN
            assert!(meter.results().iter().all(|result| result.is_nan()), "{}: {:?}", case["id"], meter.results());
        } else {
            tolerance.assert(case, "result_after_reset", &meter.results());
        }
    });
    file
}

#[test]
fn metrics_are_those_of_keras_after_each_batch() {
    walk::<f64>().assert_all_used(&[]);
    walk::<f32>().assert_all_used(&[]);
}

/// `documentation.rs` tests that each metric of Keras that is registered has a case.
#[test]
fn every_metric_in_the_file_is_registered() {
    let file = File::read("metrics", &["cases"]);
    let in_file: BTreeSet<String> = file.get("cases").as_array().into_iter().flatten().map(class).collect();
    let registry = Registry::<f64>::default();
    for name in &in_file {
        let known = registry.metrics.names().any(|known| known == name);
        assert!(known, "{name} of Keras is missing: {:?}", Spec::named(name));
    }
}
