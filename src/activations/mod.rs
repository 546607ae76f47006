//! Activations: the functions that layers apply to their pre-activations.
//!
//! An activation may be given by value or by Keras' name for it: `"relu"`, `"hard_sigmoid"`.
//!
//! [`Glu`], [`LogSoftmax`], [`Softmax`] and [`Sparsemax`] act along the last axis of each sample; all others act on each
//! value by itself. Where a function has a corner, its derivative is the one that Keras computes with TensorFlow or JAX.
//!
//! An activation with arguments starts from Keras' defaults, and methods change them:
//!
//! ```
//! use layercake::prelude::*;
//!
//! let mut model = Sequential::new();
//! model.add(Dense::new(8).activation(Gelu));
//! model.add(Dense::new(8).activation(LeakyRelu.negative_slope(0.1)));
//! model.add(Dense::new(8).activation("hard_swish"));
//! model.build(3)?;
//! assert_eq!(model.predict(&dmatrix![1.0, -2.0, 0.5])?.shape(), (1, 8));
//! # Ok::<(), layercake::Error>(())
//! ```

mod elementwise;
mod mean_of_steps;

pub(crate) use mean_of_steps::MeanOfSteps;
pub(crate) use softmax::largest;

use crate::base::{Batch, BatchMut, Error, Result, Shape};
use crate::kernels::Scalar;
use crate::part::{Part, kind, parts};
use std::sync::Arc;

kind!(Activation<T>, "activation");

parts! { Activation<T>;
    clipped: HardSigmoid, HardSilu => ["hard_swish"], HardTanh, Relu6, SparseSigmoid;
    elu: Celu, Elu, Selu;
    exponential: Exponential;
    gelu: Gelu;
    glu: Glu;
    leaky_relu: LeakyRelu;
    linear: Linear;
    log_softmax: LogSoftmax;
    mish: Mish;
    relu: Relu;
    shrink: HardShrink, SoftShrink, TanhShrink;
    sigmoid: Sigmoid;
    silu: Silu => ["swish"];
    softmax: Softmax;
    softplus: LogSigmoid, Softplus;
    softsign: Softsign;
    sparse_plus: SparsePlus;
    sparsemax: Sparsemax;
    squareplus: Squareplus;
    tanh: Tanh;
    threshold: Threshold = Threshold::new(0.0, 0.0);
}

/// A function from the pre-activations `z` of a layer to its outputs `a`, with its derivative.
///
/// To write your own activation, implement this trait for a struct, as the example `custom_parts` does, and check its
/// derivative with [`crate::check::activation`]. An activation must return NaN for NaN, so that broken data are noticed.
pub trait Activation<T: Scalar>: Part {
    /// Replaces the pre-activations `z` of a batch by the outputs `a`, in place.
    ///
    /// If samples of `a` are narrower than those of `z`, the outputs are written one sample after the other from the start
    /// of the batch's values; the values after them are ignored.
    fn apply(&self, z: BatchMut<'_, T>);

    /// Replaces the gradient of the loss with respect to `a` by the gradient with respect to `z`, in place.
    ///
    /// `seen` holds `a` or `z`, whichever [`sees`](Activation::sees) names. `gradient` has the size of `z`. If samples of
    /// `a` are narrower, the gradient with respect to `a` is at the start of its values, one sample after the other.
    fn backprop(&self, seen: Batch<'_, T>, gradient: BatchMut<'_, T>);

    /// Says whether [`backprop`](Activation::backprop) is given the outputs `a` or the pre-activations `z` (default: `a`).
    fn sees(&self) -> Sees {
        Sees::Output
    }

    /// Returns the shape of the outputs for pre-activations of this shape: at most as wide (default: the same shape).
    ///
    /// # Errors
    ///
    /// [`crate::Error::argument`] if the activation cannot be applied to this shape, for example a softmax over one unit.
    fn output(&self, pre_activation: &Shape) -> Result<Shape> {
        Ok(pre_activation.clone())
    }

    /// Converts the activation to a shared trait object; the crate's own parts do so in code compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Activation<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}

/// Returns the shape of an activation's outputs, and fails if they are wider than the pre-activations they overwrite.
pub(crate) fn output<T: Scalar>(activation: &dyn Activation<T>, pre_activation: &Shape) -> Result<Shape> {
    let output = activation.output(pre_activation)?;
    if output.width() <= pre_activation.width() {
        return Ok(output);
    }
    let allowed = format!("at most {}, the width of the pre-activations", pre_activation.width());
    Err(Error::argument(activation.name(), "outputs", output.width(), allowed))
}

/// The values that the derivative of an activation is computed from.
///
/// `Output` needs no extra memory; for `Input` the network keeps a copy of the pre-activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// The outputs `a`.
    Output,
    /// The pre-activations `z`.
    Input,
}
