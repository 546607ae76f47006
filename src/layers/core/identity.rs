use crate::base::{Batch, BatchMut, Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Layer, Plan, Weights, pass_back, pass_on};
use crate::part::Describe;

/// Passes its inputs on as they are. [Keras](https://keras.io/api/layers/core_layers/identity/)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(layers::Identity);
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![1.0, 2.0])?, dmatrix![1.0, 2.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Identity;

impl Describe for Identity {}

impl<T: Scalar> Layer<T> for Identity {
    crate::part::compiled!(Layer<T> for Identity);

    fn plan(&self, input: &Shape) -> Result<Plan<T>> {
        Ok(Plan::new(input.clone()).passes_values_on())
    }

    fn infer(&self, _weights: Weights<'_, T>, x: Batch<'_, T>, y: BatchMut<'_, T>) {
        pass_on(x, y);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        pass_back(pass);
    }
}
