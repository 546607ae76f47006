use crate::reference::{File, config, matrix};
use layercake::activations::Sees;
use layercake::prelude::*;
use layercake::saving::Registry;
use layercake::{Batch, BatchMut, Shape};
use std::sync::Arc;

/// Cases with 700 and 1e-8 beside each other, which single precision cannot hold.
const IN_DOUBLE_ALONE: &str = "extreme";

fn name(case: &serde_json::Value) -> &str {
    case["activation"].as_str().unwrap()
}

fn walk<T: Scalar>() -> File {
    let registry = Registry::<T>::default();
    let known: Vec<&str> = registry.activations.names().collect();
    let mut file = File::read("activations");
    let class = |case: &serde_json::Value| {
        let too_much = T::DTYPE == "float32" && case["kind"] == "extreme";
        if too_much { IN_DOUBLE_ALONE.to_string() } else { name(case).to_string() }
    };
    file.each("cases", class, &known, |case, tolerance| {
        let tolerance = tolerance.in_type::<T>();
        let activation: Arc<dyn Activation<T>> = registry.part(&config(name(case), &case["kwargs"])).unwrap();
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
        let mut slope = upstream.transpose().as_slice().to_vec();
        slope.resize(sums.len(), T::zero());
        activation.backprop(seen, BatchMut::new(&shape, &mut slope));
        let numbers = |values: &[T]| values.iter().map(|value| value.to_f64()).collect::<Vec<_>>();
        tolerance.assert(case, "y", &numbers(&outputs));
        tolerance.assert(case, "dx", &numbers(&slope));
    });
    file
}

#[test]
fn activations_and_their_slopes_are_those_of_keras() {
    walk::<f64>().assert_all_used(&[]);
    walk::<f32>().assert_all_used(&[IN_DOUBLE_ALONE]);
}
