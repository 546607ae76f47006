//! Layers that add the outputs of other layers.

use super::merge::{expand_stacks, fold, merging_layer, same_shape};
use super::{IntoStack, Stack};
use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Expansion, Infer, Layer, Plan};
use crate::part::{Arguments, Describe};

merging_layer!(
    /// The sum of the outputs of several layers: `y = a + b + ...`
    /// [Keras](https://keras.io/api/layers/merging_layers/add/)
    ///
    /// ```
    /// use layercake::layers::{self, stack};
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::new();
    /// model.add(layers::Add::stacks([stack(Dense::new(4)), stack((Dense::new(8).activation(Relu), Dense::new(4)))]));
    /// model.build(2)?;
    /// assert_eq!(model.predict(&dmatrix![1.0, 2.0])?.shape(), (1, 4));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    Add, 1..
);

impl<T: Scalar> Layer<T> for Add<T> {
    crate::part::compiled!(Layer<T> for Add<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        same_shape(inputs)
    }

    fn infer(&self, pass: Infer<'_, T>) {
        fold(pass, |y, x| y + x);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let dy = pass.output_gradient.values();
        for input in 0..pass.inputs.len() {
            pass.input_gradients.write(input, |mut dx| dx.values().copy_from_slice(dy));
        }
    }

    fn expand(&self) -> Option<Expansion<'_, T>> {
        expand_stacks(&self.stacks, Self::new())
    }
}

/// A residual connection: it adds its input to the output of its stack, `y = x + f(x)`.
/// (He et al., *Deep Residual Learning for Image Recognition*, 2016)
///
/// The output of the stack must have the shape of its input. The model, and its file, contain the layers of the stack
/// and an [`Add`] instead of this layer.
///
/// # Errors
///
/// Building the model fails if the output of the stack has another shape than its input.
///
/// ```
/// use layercake::layers::Residual;
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(16).activation(Relu));
/// for _ in 0..3 {
///     model.add(Residual::new((Dense::new(16).activation(Relu), Dropout::new(0.1), Dense::new(16))));
/// }
/// model.add(Dense::new(1));
/// model.compile("adam", "mse", ())?;
/// model.fit(&dmatrix![1.0, 2.0; 3.0, 4.0], &dmatrix![1.0; 2.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Residual<T: Scalar> {
    /// An empty stack, which returns the input, and the stack of the layer.
    stacks: [Stack<T>; 2],
}

impl<T: Scalar> Residual<T> {
    /// Creates a layer that adds its input to the output of this stack: a layer, a tuple of layers or a [`Stack`].
    pub fn new<Marker>(stack: impl IntoStack<T, Marker>) -> Self {
        Self { stacks: [Stack::new(), stack.into_stack()] }
    }
}

impl<T: Scalar> Describe for Residual<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.stack("layers", &mut self.stacks[1]);
    }
}

impl<T: Scalar> Layer<T> for Residual<T> {
    crate::part::compiled!(Layer<T> for Residual<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        same_shape(inputs)
    }

    fn infer(&self, pass: Infer<'_, T>) {
        Add::new().infer(pass);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        Add::new().backward(pass);
    }

    fn expand(&self) -> Option<Expansion<'_, T>> {
        Some(Expansion { stacks: self.stacks.as_slice().into(), merge: Add::new().into_shared() })
    }
}
