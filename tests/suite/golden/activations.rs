use super::reference::{File, Results, config, matrix, part, shape};
use layercake::activations::Sees;
use layercake::prelude::*;
use layercake::saving::Registry;
use layercake::{Batch, BatchMut, Shape};
use serde_json::Value as Json;
use std::sync::Arc;

/// The keys that a case may have.
const KEYS: [&str; 7] = ["activation", "kwargs", "kind", "x", "upstream", "y", "dx"];

fn name(case: &Json) -> String {
    case["activation"].as_str().unwrap().to_string()
}

fn run<T: Scalar>(case: &Json, registry: &Registry<T>) -> Results {
    let activation: Arc<dyn Activation<T>> =
        part(registry, &config(&name(case), &case["kwargs"]), shape(&case["x"]).len()).unwrap();
    let (z, upstream) = (matrix::<T>(&case["x"]), matrix::<T>(&case["upstream"]));
    let shape = Shape::from(z.ncols());
    let output = activation.output(&shape).unwrap();
    let sums = z.transpose().as_slice().to_vec();
    let mut outputs = sums.clone();
    activation.apply(BatchMut::new(&shape, &mut outputs));
    outputs.truncate(z.nrows() * output.width());
    let seen = match activation.sees() {
        Sees::Input => Batch::new(&shape, &sums),
        Sees::Output => Batch::new(&output, &outputs),
    };
    let mut gradient = upstream.transpose().as_slice().to_vec();
    gradient.resize(sums.len(), T::zero());
    activation.backprop(seen, BatchMut::new(&shape, &mut gradient));
    let numbers = |values: &[T]| values.iter().map(|value| value.to_f64()).collect();
    vec![("y", numbers(&outputs)), ("dx", numbers(&gradient))]
}

fn walk<T: Scalar>() -> File {
    let (registry, double) = (Registry::<T>::default(), Registry::<f64>::default());
    let known: Vec<&str> = registry.activations.names().collect();
    let mut file = File::read("activations", &["cases"]);
    file.each("cases", &KEYS, name, &known, |case, tolerance| {
        tolerance.compare::<T>(case, |case| run(case, &registry), |case| run(case, &double));
    });
    file
}

#[test]
fn activations_and_their_gradients_are_those_of_keras() {
    walk::<f64>().assert_all_used(&[]);
    walk::<f32>().assert_all_used(&[]);
}
