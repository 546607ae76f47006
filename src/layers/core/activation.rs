use crate::activations::{self, Linear};
use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Infer, Layer, Plan, pass_back, pass_on};
use crate::part::{Arguments, Choice, Describe, IntoPart};

/// A layer that applies an activation: `y = activation(x)`. [Keras](https://keras.io/api/layers/core_layers/activation/)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(layers::Activation::new("relu"));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![-1.0, 2.0])?, dmatrix![0.0, 2.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Activation<T: Scalar> {
    activation: Choice<dyn activations::Activation<T>>,
}

impl<T: Scalar> Activation<T> {
    /// Creates a layer that applies this activation, given by value or by name.
    pub fn new<Marker>(activation: impl IntoPart<dyn activations::Activation<T>, Marker>) -> Self {
        Self { activation: activation.into_part() }
    }
}

impl<T: Scalar> Default for Activation<T> {
    fn default() -> Self {
        Self::new(Linear)
    }
}

impl<T: Scalar> Describe for Activation<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.part("activation", &mut self.activation);
    }
}

impl<T: Scalar> Layer<T> for Activation<T> {
    crate::part::compiled!(Layer<T> for Activation<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        Plan::new(inputs[0].clone()).activation(&self.activation)
    }

    fn infer(&self, pass: Infer<'_, T>) {
        pass_on(pass);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        pass_back(pass);
    }
}
