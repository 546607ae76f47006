use crate::reference::{File, matrix, numbers, spec};
use layercake::prelude::*;
use layercake::saving::Registry;
use layercake::{Batch, Scored, Shape};
use std::sync::Arc;

fn walk<T: Scalar>() -> File {
    let registry = Registry::<T>::default();
    let known: Vec<&str> = registry.metrics.names().collect();
    let mut file = File::read("metrics");
    let class = |case: &serde_json::Value| case["metric"]["class_name"].as_str().unwrap().to_string();
    file.each("cases", class, &known, |case, tolerance| {
        let metric: Arc<dyn Metric<T>> = registry.part(&spec(&case["metric"])).unwrap();
        let batches = case["batches"].as_array().unwrap();
        let outputs = Shape::from(matrix::<T>(&batches[0]["y_pred"]).ncols());
        let mut totals = vec![0.0; metric.slots(&outputs)];
        let mut results = Vec::new();
        for batch in batches {
            let (predicted, target) = (matrix::<T>(&batch["y_pred"]).transpose(), matrix::<T>(&batch["y_true"]).transpose());
            let weight: Option<Vec<T>> =
                (!batch["sample_weight"].is_null()).then(|| numbers(&batch["sample_weight"]).into_iter().map(T::of).collect());
            let targets = Shape::from(target.nrows());
            metric.update(
                Scored {
                    predicted: Batch::new(&outputs, predicted.as_slice()),
                    target: Batch::new(&targets, target.as_slice()),
                    weight: weight.as_deref(),
                },
                &mut totals,
            );
            results.push(metric.result(&totals));
        }
        tolerance.in_type::<T>().assert(case, "results", &results);
        totals.fill(0.0);
        tolerance.assert(case, "result_after_reset", &[metric.result(&totals)]);
    });
    file
}

#[test]
fn metrics_are_those_of_keras_after_each_batch() {
    walk::<f64>().assert_used(19);
    walk::<f32>().assert_used(19);
}
