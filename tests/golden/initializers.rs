use crate::reference::{File, numbers, spec};
use layercake::Rng;
use layercake::prelude::*;
use layercake::saving::Registry;
use std::sync::Arc;

#[test]
fn initializers_draw_from_the_distributions_of_keras() {
    let registry = Registry::<f64>::default();
    let known: Vec<&str> = registry.initializers.names().collect();
    let mut file = File::read("initializers");
    let class = |case: &serde_json::Value| case["initializer"]["class_name"].as_str().unwrap().to_string();
    file.each("cases", class, &known, |case, _| {
        let initializer: Arc<dyn Initializer> = registry.part(&spec(&case["initializer"])).unwrap();
        let shape: Vec<usize> = numbers(&case["shape"]).into_iter().map(|extent| extent as usize).collect();
        let mut values = vec![f64::NAN; shape.iter().product()];
        initializer.fill(&shape, &mut Rng::new(1), &mut values);
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let std = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        let near = |key: &str, got: f64, within: f64| {
            let want = case[key].as_f64().unwrap();
            assert!((got - want).abs() <= within, "{}: {key} is {got}, not {want}", case["id"]);
        };
        near("mean", mean, case["mean_tolerance"].as_f64().unwrap_or(0.0) + 1e-15);
        near("std", std, case["std_tolerance"].as_f64().unwrap_or(0.0) + 1e-15);
        for (key, bound) in [("min", f64::min as fn(f64, f64) -> f64), ("max", f64::max)] {
            if let Some(limit) = case[key].as_f64() {
                let extreme = values.iter().copied().reduce(bound).unwrap();
                let outside = if key == "min" { limit - extreme } else { extreme - limit };
                assert!(outside <= 1e-12, "{}: {key} is {extreme}, beyond {limit}", case["id"]);
            }
        }
    });
    file.assert_used(6);
}
