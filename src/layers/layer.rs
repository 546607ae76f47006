//! The contract between a layer and the network that runs it.

use super::{InputGradients, Plan, Stack, WeightGradients};
use crate::base::{Batch, BatchMut, Result, Rng, Shape};
use crate::kernels::Scalar;
use crate::part::Part;
use nalgebra::DMatrix;
use std::sync::Arc;

/// A step from the shapes of its inputs to the shape of its output, forward and backward.
///
/// A layer describes; it holds no weights. What it needs it declares once in a [`Plan`] - weights, an activation that
/// follows, memory - and the network allocates, initialises, regularizes, constrains, freezes, names and counts them. It
/// is lent slices for the length of one call.
///
/// What can be wrong is found in [`plan`](Layer::plan); the other methods cannot fail. They are called with slices of
/// the sizes that the plan says; called by hand with others, they may panic.
///
/// A layer that multiplies its inputs by a weight of its own:
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
    /// Says what the layer makes of samples of these shapes, one for each input, and what it needs for that.
    ///
    /// # Errors
    ///
    /// A shape that it cannot take, as [`crate::Error::LayerInput`]; the name is filled in by the network.
    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>>;

    /// Computes the output of the inputs, as for prediction.
    fn infer(&self, pass: Infer<'_, T>);

    /// Computes the output on the way to a gradient.
    ///
    /// It differs from [`infer`](Layer::infer) where a layer is random, keeps something for the backward pass, or changes
    /// its own weights before they are used.
    fn forward(&self, mut pass: Forward<'_, T>) {
        self.infer(pass.as_infer());
    }

    /// Turns the gradient of the output into the gradients of the weights and of the inputs.
    ///
    /// The weights are the same throughout, whatever is handed to [`WeightGradients::product`].
    fn backward(&self, pass: &mut Backward<'_, T>);

    /// Computes the output of samples that are rows of a matrix, and returns whether all of them are finite; `None` if
    /// the samples should be copied into columns first (default).
    fn infer_rows(&self, _rows: InferRows<'_, T>) -> Option<bool> {
        None
    }

    /// The stacks of layers whose outputs a merging layer takes, where this layer stands for all of them (default: none).
    ///
    /// The model then has the layers of the stacks and the merging layer in its place.
    fn expand(&self) -> Option<Expansion<'_, T>> {
        None
    }

    /// Makes the shared `dyn` of a part; a part of this crate does so in code that is compiled in this crate.
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
    /// The stacks, at least one; an empty one passes the input on.
    pub stacks: &'a [Stack<T>],
    /// What merges their outputs.
    pub merge: Arc<dyn Layer<T>>,
}

/// A batch to predict for.
#[derive(Debug)]
pub struct Infer<'a, T> {
    /// What training updates: the weights declared with [`Plan::param`], one after the other.
    pub params: &'a [T],
    /// What the layer keeps up to date itself: the values declared with [`Plan::state`], one after the other.
    pub state: &'a [T],
    /// A batch of samples for each input.
    pub inputs: &'a [Batch<'a, T>],
    /// To be written: the output.
    pub output: BatchMut<'a, T>,
    /// Memory to work in, as much as [`Plan::workspace`] asked for, with anything in it.
    pub workspace: &'a mut [T],
}

/// Samples to predict for that are rows of a matrix.
#[derive(Debug)]
pub struct InferRows<'a, T> {
    /// The weights, as in [`Infer::params`].
    pub params: &'a [T],
    /// The state, as in [`Infer::state`].
    pub state: &'a [T],
    /// The matrix, a row for each sample.
    pub rows: &'a DMatrix<T>,
    /// The row of the first sample.
    pub first: usize,
    /// To be written: the output, for as many samples as it has room for.
    pub output: BatchMut<'a, T>,
}

/// A batch on its way to a gradient.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Whether this is a step of training; if not, the gradient of the output as for prediction is computed.
    pub training: bool,
    /// Whether the layer is trained; a frozen layer leaves its state alone and runs as for prediction.
    pub trainable: bool,
    /// The share of the training that is done, from 0 to 1; 0 outside of `fit`.
    pub progress: f64,
    /// The weights, as in [`Infer::params`]. Few layers change them here.
    pub params: &'a mut [T],
    /// The state, as in [`Infer::state`], to be kept up to date.
    pub state: &'a mut [T],
    /// A batch of samples for each input.
    pub inputs: &'a [Batch<'a, T>],
    /// To be written: the output.
    pub output: BatchMut<'a, T>,
    /// Memory for each sample that [`Backward::scratch`] finds again: [`Plan::scratch`].
    pub scratch: &'a mut [T],
    /// Memory for the batch as a whole that [`Backward::batch_scratch`] finds again: [`Plan::batch_scratch`].
    pub batch_scratch: &'a mut [T],
    /// Memory to work in, as in [`Infer::workspace`].
    pub workspace: &'a mut [T],
    /// The source of randomness.
    pub rng: &'a mut Rng,
}

impl<T> Forward<'_, T> {
    /// The same batch, to be computed as for prediction.
    pub fn as_infer(&mut self) -> Infer<'_, T> {
        let Self { params, state, inputs, output, workspace, .. } = self;
        Infer { params, state, inputs, output: output.reborrow(), workspace }
    }
}

/// A batch on its way back: from the gradient of the output to those of the weights and the inputs.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// Whether this is a step of training, as in [`Forward::training`].
    pub training: bool,
    /// Whether the layer is trained, as in [`Forward::trainable`].
    pub trainable: bool,
    /// The inputs of the forward pass.
    pub inputs: &'a [Batch<'a, T>],
    /// What the layer wrote to [`Forward::scratch`].
    pub scratch: &'a [T],
    /// What the layer wrote to [`Forward::batch_scratch`]; it may be overwritten.
    pub batch_scratch: &'a mut [T],
    /// Memory to work in, as in [`Infer::workspace`].
    pub workspace: &'a mut [T],
    /// The gradient of the loss with respect to the output.
    pub output_gradient: Batch<'a, T>,
    /// The weights, as in [`Infer::params`], and what takes their gradients.
    pub weights: WeightGradients<'a, T>,
    /// Takes the gradients of the inputs.
    pub input_gradients: InputGradients<'a, T>,
}

/// Writes the input to the output as it is.
pub(crate) fn pass_on<T: Scalar>(mut pass: Infer<'_, T>) {
    pass.output.values().copy_from_slice(pass.inputs[0].values());
}

/// The backward pass of [`pass_on`].
pub(crate) fn pass_back<T: Scalar>(pass: &mut Backward<'_, T>) {
    let dy = pass.output_gradient.values();
    pass.input_gradients.write(0, |mut dx| dx.values().copy_from_slice(dy));
}
