//! Activations: what a layer applies to its pre-activations, value by value or sample by sample.
//!
//! Each is named in Keras' way where a name is taken: `"relu"`, `"hard_sigmoid"`.
//!
//! Where a curve has a corner the derivative is the one that Keras has on TensorFlow or on JAX. [`Glu`], [`LogSoftmax`],
//! [`Softmax`] and [`Sparsemax`] act on each sample, along the last axis of one with several; the others on each value.
//! One that takes arguments has their defaults as it is, and is changed from there:
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

/// A function from the sums of a layer to its outputs, with its derivative.
///
/// An activation of one's own is one struct and this trait, as in the example `custom_parts`; check its derivative
/// with [`crate::check::activation`]. A NaN must stay a NaN, or broken data train in silence.
pub trait Activation<T: Scalar>: Part {
    /// Turns the sums `z` into the outputs `a`, in place, for the whole batch.
    ///
    /// Outputs that are narrower than the sums stand at the front, sample after sample; what is behind is ignored.
    fn apply(&self, z: BatchMut<'_, T>);

    /// Turns the slope of the loss with respect to `a` into that with respect to `z`, in place.
    ///
    /// `seen` is what [`sees`](Activation::sees) asks for: `a` or `z`. Where `a` is narrower, its slope stands at the
    /// front of `slope`, which has room for that of `z`.
    fn backprop(&self, seen: Batch<'_, T>, slope: BatchMut<'_, T>);

    /// Whether the derivative is computed from the outputs or from the inputs of [`apply`](Activation::apply).
    fn sees(&self) -> Sees {
        Sees::Output
    }

    /// The shape of what it makes of sums of this shape: the same, or a narrower one.
    ///
    /// # Errors
    ///
    /// A shape for which it makes no sense, as [`crate::Error::argument`]: a softmax over one unit, say.
    fn output(&self, sums: &Shape) -> Result<Shape> {
        Ok(sums.clone())
    }

    /// Makes the shared `dyn` of a part; a part of this crate does so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Activation<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}

/// The shape of the outputs, which must fit where the sums are.
pub(crate) fn output<T: Scalar>(activation: &dyn Activation<T>, sums: &Shape) -> Result<Shape> {
    let output = activation.output(sums)?;
    if output.width() <= sums.width() {
        return Ok(output);
    }
    let allowed = format!("at most the {} sums of a sample, in whose place they stand", sums.width());
    Err(Error::argument(activation.name(), "outputs", output.width(), allowed))
}

/// What the derivative of an activation is computed from; the output costs no extra memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// The outputs `a`.
    Output,
    /// The sums `z`.
    Input,
}
