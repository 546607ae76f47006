use crate::reference::{File, by_rows, config, matrix};
use layercake::prelude::*;
use layercake::saving::Registry;
use layercake::{Batch, BatchMut, Shape};
use std::sync::Arc;

fn walk<T: Scalar>() -> File {
    let registry = Registry::<T>::default();
    let known: Vec<&str> = registry.activations.names().collect();
    let mut file = File::read("activations");
    let class = |case: &serde_json::Value| case["activation"].as_str().unwrap().to_string();
    file.each("cases", class, &known, |case, tolerance| {
        if T::DTYPE == "float32" && case["kind"] == "extreme" {
            return; // 700 and 1e-8 beside each other are for double precision
        }
        let tolerance = tolerance.in_type::<T>();
        let activation: Arc<dyn Activation<T>> = registry.part(&config(&class(case), &case["kwargs"])).unwrap();
        let (z, upstream) = (matrix::<T>(&case["x"]), matrix::<T>(&case["upstream"]));
        let shape = Shape::from(z.ncols());
        let sums = z.transpose().as_slice().to_vec();
        let mut outputs = sums.clone();
        activation.apply(BatchMut::new(&shape, &mut outputs));
        let seen = if activation.sees() == layercake::activations::Sees::Input { &sums } else { &outputs };
        let mut slope = upstream.transpose().as_slice().to_vec();
        activation.backprop(Batch::new(&shape, seen), BatchMut::new(&shape, &mut slope));
        let rows = |values: &[T]| by_rows(&DMatrix::from_row_slice(z.nrows(), z.ncols(), values));
        tolerance.assert(case, "y", &rows(&outputs));
        tolerance.assert(case, "dx", &rows(&slope));
    });
    file
}

#[test]
fn activations_and_their_slopes_are_those_of_keras() {
    walk::<f64>().assert_used(26);
    walk::<f32>().assert_used(26);
}
