//! The inputs of a model that has several.

use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Infer, Layer, Plan};
use crate::part::Describe;
use std::ops::Range;
use std::sync::Arc;

/// An input of a model: its name, the shape of a sample, and its range of values in a sample of the data.
#[derive(Debug, Clone)]
pub(crate) struct GraphInput {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) columns: Range<usize>,
}

impl GraphInput {
    /// Assigns the values of a sample to the inputs, one after the other.
    pub(super) fn list(inputs: Vec<(String, Shape)>) -> Vec<Self> {
        let mut end: usize = 0;
        let of = |(name, shape): (String, Shape)| {
            let start = end;
            end = end.saturating_add(shape.width());
            Self { name, shape, columns: start..end }
        };
        inputs.into_iter().map(of).collect()
    }

    /// Returns the layer that copies the values of this input from the data.
    pub(super) fn layer<T: Scalar>(&self) -> Arc<dyn Layer<T>> {
        InputLayer { first: self.columns.start, shape: self.shape.clone() }.into_shared()
    }
}

/// Copies the values of one input from the samples of the data, which have the values of all inputs.
#[derive(Debug, Clone)]
struct InputLayer {
    first: usize,
    shape: Shape,
}

impl Describe for InputLayer {}

impl<T: Scalar> Layer<T> for InputLayer {
    crate::part::compiled!(Layer<T> for InputLayer);

    fn plan(&self, _inputs: &[Shape]) -> Result<Plan<T>> {
        Ok(Plan::new(self.shape.clone()).passes_values_on())
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        for (y, x) in pass.output.samples().zip(pass.inputs[0].samples()) {
            y.copy_from_slice(&x[self.first..self.first + y.len()]);
        }
    }

    /// Writes zeros for the values of the other inputs; the gradients of all inputs are added.
    fn backward(&self, pass: &mut Backward<'_, T>) {
        let dy = pass.output_gradient;
        pass.input_gradients.write(0, |mut dx| {
            for (dx, dy) in dx.samples().zip(dy.samples()) {
                dx.fill(T::zero());
                dx[self.first..self.first + dy.len()].copy_from_slice(dy);
            }
        });
    }
}
