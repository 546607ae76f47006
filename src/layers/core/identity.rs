use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Infer, Layer, Plan, pass_back, pass_on};
use crate::part::Describe;

/// A layer that returns its inputs unchanged: `y = x`. [Keras](https://keras.io/api/layers/core_layers/identity/)
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

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        Ok(Plan::new(inputs[0].clone()).passes_values_on())
    }

    fn infer(&self, pass: Infer<'_, T>) {
        pass_on(pass);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        pass_back(pass);
    }
}
