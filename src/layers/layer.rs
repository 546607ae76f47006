//! The trait [`Layer`] and the arguments of its methods.

use super::{InputGradients, Plan, Stack, WeightGradients};
use crate::base::{Batch, BatchMut, Result, Rng, Shape};
use crate::kernels::Scalar;
use crate::part::Part;
use nalgebra::DMatrix;
use std::borrow::Cow;
use std::sync::Arc;

/// A layer: it computes an output from its inputs, and the gradients in the backward pass.
///
/// A layer holds no weights. It declares its weights, activation and memory once, in a [`Plan`]; the network allocates and
/// initialises the weights and applies their regularizers and constraints. Each method borrows the slices for one call.
///
/// Only [`plan`](Layer::plan) can fail, so it must check the layer's arguments and the shapes. The other methods are given
/// slices of the planned sizes; they may panic if you call them with others.
///
/// This layer multiplies each input by a weight:
///
/// ```
/// use layercake::layers::{Backward, Infer, Param, Plan, WeightOptions};
/// use layercake::prelude::*;
/// use layercake::saving::Describe;
/// use layercake::Shape;
///
/// #[derive(Debug, Clone)]
/// struct Scale;
///
/// impl Describe for Scale {}
///
/// impl<T: Scalar> Layer<T> for Scale {
///     fn plan(&self, inputs: &[Shape]) -> layercake::Result<Plan<T>> {
///         let factor = Param::new("factor", [inputs[0].width()], &WeightOptions::new(Ones))?;
///         Ok(Plan::new(inputs[0].clone()).param(factor))
///     }
///
///     fn infer(&self, mut pass: Infer<'_, T>) {
///         for (x, y) in pass.inputs[0].samples().zip(pass.output.samples()) {
///             (0..x.len()).for_each(|i| y[i] = x[i] * pass.params[i]);
///         }
///     }
///
///     fn backward(&self, pass: &mut Backward<'_, T>) {
///         let (x, dy) = (pass.inputs[0], pass.output_gradient);
///         let (factor, gradient) = pass.weights.split();
///         gradient.fill(T::zero());
///         for (x, dy) in x.samples().zip(dy.samples()) {
///             (0..x.len()).for_each(|i| gradient[i] += x[i] * dy[i]);
///         }
///         pass.input_gradients.write(0, |mut dx| {
///             for (dx, dy) in dx.samples().zip(dy.samples()) {
///                 (0..dx.len()).for_each(|i| dx[i] = dy[i] * factor[i]);
///             }
///         });
///     }
/// }
///
/// assert!(layercake::check::layer(Scale, &dmatrix![0.5, -1.0; 2.0, 0.25])? < 1e-6);
/// # Ok::<(), layercake::Error>(())
/// ```
pub trait Layer<T: Scalar>: Part {
    /// Returns the shape of the output for inputs of these shapes, and the weights and memory that the layer needs.
    ///
    /// # Errors
    ///
    /// [`crate::Error::LayerInput`] if the layer cannot take such an input; the network fills in the layer's name.
    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>>;

    /// Computes the output for prediction.
    fn infer(&self, pass: Infer<'_, T>);

    /// Computes the output in a forward pass that a backward pass follows (default: as [`infer`](Layer::infer) does).
    ///
    /// Override it if the layer is random, stores values for the backward pass, or changes its weights before their use.
    fn forward(&self, mut pass: Forward<'_, T>) {
        self.infer(pass.as_infer());
    }

    /// Computes the gradients of the weights and of the inputs from the gradient of the output.
    ///
    /// The weights do not change during the call, even if [`WeightGradients::product`] leads to a fused update.
    fn backward(&self, pass: &mut Backward<'_, T>);

    /// Computes the output for samples that are rows of a matrix, and returns whether all of their values are finite.
    ///
    /// If it returns `None` (default), the network copies the samples and calls [`infer`](Layer::infer).
    fn infer_rows(&self, _rows: InferRows<'_, T>) -> Option<bool> {
        None
    }

    /// Returns the stacks that this layer holds and the layer that merges their outputs (default: `None`).
    ///
    /// The model replaces a layer with an expansion by the layers of the stacks and the merging layer.
    fn expand(&self) -> Option<Expansion<'_, T>> {
        None
    }

    /// Converts the layer to a shared trait object; the crate's own parts do so in code compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Layer<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}

/// Several stacks that read the same input, and the layer that merges their outputs.
#[derive(Debug)]
pub struct Expansion<'a, T: Scalar> {
    /// The stacks, at least one; an empty stack returns its input.
    pub stacks: Cow<'a, [Stack<T>]>,
    /// The layer that merges the outputs of the stacks; for a single stack it may be any layer.
    pub merge: Arc<dyn Layer<T>>,
}

/// The arguments of [`Layer::infer`]: a batch in prediction.
#[derive(Debug)]
pub struct Infer<'a, T> {
    /// The weights that training updates, declared with [`Plan::param`], one after the other.
    pub params: &'a [T],
    /// The state that the layer itself updates in training, declared with [`Plan::state`], one value after the other.
    pub state: &'a [T],
    /// The inputs, one batch each.
    pub inputs: &'a [Batch<'a, T>],
    /// The output, which the layer must write.
    pub output: BatchMut<'a, T>,
    /// Memory for this call, of the size given to [`Plan::workspace`]; it is not initialised.
    pub workspace: &'a mut [T],
}

/// The arguments of [`Layer::infer_rows`]: samples in prediction that are rows of a matrix.
#[derive(Debug)]
pub struct InferRows<'a, T> {
    /// The weights, as in [`Infer::params`].
    pub params: &'a [T],
    /// The state, as in [`Infer::state`].
    pub state: &'a [T],
    /// The matrix, with one row for each sample.
    pub rows: &'a DMatrix<T>,
    /// The row of the first sample to read.
    pub first: usize,
    /// The output, which the layer must write; its number of samples is the number of rows to read.
    pub output: BatchMut<'a, T>,
}

/// The arguments of [`Layer::forward`]: a batch in a forward pass that a backward pass follows.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// True in training; false if the gradient is computed for the output in prediction.
    pub training: bool,
    /// False if the layer is frozen: it must then keep its state and compute the output as in prediction.
    pub trainable: bool,
    /// How far the training is, from 0 at its start to 1 at its end; 0 outside of `fit`.
    pub progress: f64,
    /// The weights, as in [`Infer::params`]; the layer may change them.
    pub params: &'a mut [T],
    /// The state, as in [`Infer::state`], which the layer updates.
    pub state: &'a mut [T],
    /// The inputs, one batch each.
    pub inputs: &'a [Batch<'a, T>],
    /// The output, which the layer must write.
    pub output: BatchMut<'a, T>,
    /// Memory for each sample, of the size given to [`Plan::scratch`]; [`Backward::scratch`] holds what is written here.
    pub scratch: &'a mut [T],
    /// Memory for the whole batch, of the size given to [`Plan::batch_scratch`]; [`Backward::batch_scratch`] holds what is
    /// written here.
    pub batch_scratch: &'a mut [T],
    /// Memory for this call, as in [`Infer::workspace`].
    pub workspace: &'a mut [T],
    /// The random number generator.
    pub rng: &'a mut Rng,
}

impl<T> Forward<'_, T> {
    /// Returns the arguments of [`Layer::infer`] for this batch.
    pub fn as_infer(&mut self) -> Infer<'_, T> {
        let Self { params, state, inputs, output, workspace, .. } = self;
        Infer { params, state, inputs, output: output.reborrow(), workspace }
    }
}

/// The arguments of [`Layer::backward`]: a batch in the backward pass.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// True in training, as in [`Forward::training`].
    pub training: bool,
    /// False if the layer is frozen, as in [`Forward::trainable`].
    pub trainable: bool,
    /// The inputs of the forward pass.
    pub inputs: &'a [Batch<'a, T>],
    /// The values that the layer wrote to [`Forward::scratch`].
    pub scratch: &'a [T],
    /// The values that the layer wrote to [`Forward::batch_scratch`]; the layer may overwrite them.
    pub batch_scratch: &'a mut [T],
    /// Memory for this call, as in [`Infer::workspace`].
    pub workspace: &'a mut [T],
    /// The gradient of the loss with respect to the output.
    pub output_gradient: Batch<'a, T>,
    /// The weights, as in [`Infer::params`], and the memory for their gradients.
    pub weights: WeightGradients<'a, T>,
    /// The memory for the gradients of the inputs.
    pub input_gradients: InputGradients<'a, T>,
}

/// Copies the input to the output.
pub(crate) fn pass_on<T: Scalar>(mut pass: Infer<'_, T>) {
    pass.output.values().copy_from_slice(pass.inputs[0].values());
}

/// The backward pass of [`pass_on`].
pub(crate) fn pass_back<T: Scalar>(pass: &mut Backward<'_, T>) {
    let dy = pass.output_gradient.values();
    pass.input_gradients.write(0, |mut dx| dx.values().copy_from_slice(dy));
}
