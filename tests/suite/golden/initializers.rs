use super::reference::{File, numbers, spec};
use layercake::Rng;
use layercake::prelude::*;
use layercake::saving::{Registry, Spec, Value};
use std::sync::Arc;

/// The keys that a case may have.
const KEYS: [&str; 15] = [
    "initializer",
    "shape",
    "distribution",
    "mean",
    "std",
    "min",
    "max",
    "bounds",
    "keras_sample",
    "mean_tolerance",
    "std_tolerance",
    "stddev_argument",
    "fan",
    "variance",
    "gain",
];

#[test]
fn initializers_draw_from_the_distributions_of_keras() {
    let registry = Registry::<f64>::default();
    let known: Vec<&str> = registry.initializers.names().collect();
    let mut file = File::read("initializers", &["cases"]);
    let class = |case: &serde_json::Value| case["initializer"]["class_name"].as_str().unwrap().to_string();
    file.each("cases", &KEYS, class, &known, |case, _| {
        let initializer: Arc<dyn Initializer> = registry.part(&spec(&case["initializer"])).unwrap();
        let shape: Vec<usize> = numbers(&case["shape"]).into_iter().map(|extent| extent as usize).collect();
        let mut values = vec![f64::NAN; shape.iter().product()];
        initializer.fill(&shape, &mut Rng::new(1), &mut values);
        // a weight of one axis is a column
        let (rows, columns) = (shape[0], shape[1..].iter().product());
        let weight = DMatrix::from_row_slice(rows, columns, &values);
        match case["distribution"].as_str() {
            Some("constant") => {
                assert!(values.iter().all(|value| Some(*value) == case["mean"].as_f64()), "{}", case["id"]);
                return;
            }
            Some("identity") => {
                assert_eq!(weight, DMatrix::identity(rows, columns) * case["gain"].as_f64().unwrap());
                return;
            }
            Some("orthogonal") => {
                let products = if rows < columns { &weight * weight.transpose() } else { weight.transpose() * &weight };
                let gain = case["gain"].as_f64().unwrap();
                let expected = DMatrix::identity(products.nrows(), products.ncols()) * (gain * gain);
                assert!((products - expected).amax() < 1e-12, "{} is not orthogonal", case["id"]);
                return;
            }
            _ => {}
        }
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
    file.assert_all_used(&[]);
}

#[test]
fn a_seeded_initializer_draws_the_same_whatever_the_seed_of_the_model() {
    let registry = Registry::<f64>::default();
    let mut random = 0;
    for name in registry.initializers.names() {
        let drawn = |spec: &Spec, seed: u64| {
            let initializer: Arc<dyn Initializer> = registry.part(spec).unwrap();
            let mut model = Sequential::<f64>::with_seed(seed);
            model.add(Dense::new(3).kernel_initializer(initializer));
            model.build(4).unwrap();
            model.get_weights()[0].clone()
        };
        let plain = Spec::named(name);
        let seeded = |seed| plain.clone().with("seed", Value::Int(seed));
        if registry.part::<dyn Initializer>(&seeded(7)).is_err() {
            assert_eq!(drawn(&plain, 1), drawn(&plain, 2), "{name} is not random");
            continue;
        }
        random += 1;
        assert_ne!(drawn(&plain, 1), drawn(&plain, 2), "{name} without a seed");
        assert_eq!(drawn(&seeded(7), 1), drawn(&seeded(7), 2), "{name} with a seed");
        assert_ne!(drawn(&seeded(7), 1), drawn(&seeded(-8), 1), "{name} with another seed");
        let part: Arc<dyn Initializer> = registry.part(&seeded(-8)).unwrap();
        assert_eq!(part.spec().get("seed"), Some(&Value::Int(-8)));
    }
    assert_eq!(random, 11);
}
