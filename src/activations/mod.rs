//! Activations: what a layer does with its sums, value by value or sample by sample.
//!
//! | here | in Keras | formula |
//! |---|---|---|
//! | [`Celu`](struct@Celu) | `"celu"` | `z` above 0, `alpha (exp(z / alpha) - 1)` below |
//! | [`Elu`](struct@Elu) | `"elu"` | `z` above 0, `alpha (exp(z) - 1)` below |
//! | [`Exponential`] | `"exponential"` | `exp(z)` |
//! | [`Gelu`](struct@Gelu) | `"gelu"` | `z Phi(z)`, `Phi` being the normal distribution |
//! | [`Glu`] | `"glu"` | `x / (1 + exp(-y))` for the first and the second half of `z` |
//! | [`HardShrink`](struct@HardShrink) | `"hard_shrink"` | `z` unless `abs(z) <= threshold`, then 0 |
//! | [`HardSigmoid`] | `"hard_sigmoid"` | `clip(z / 6 + 1/2, 0, 1)` |
//! | [`HardSilu`] | `"hard_silu"`, `"hard_swish"` | `z clip(z / 6 + 1/2, 0, 1)` |
//! | [`HardTanh`] | `"hard_tanh"` | `clip(z, -1, 1)` |
//! | [`LeakyRelu`](struct@LeakyRelu) | `"leaky_relu"` | `z` above 0, `negative_slope z` below |
//! | [`Linear`] | `"linear"` | `z` |
//! | [`LogSigmoid`] | `"log_sigmoid"` | `-ln(1 + exp(-z))` |
//! | [`LogSoftmax`] | `"log_softmax"` | `z - ln(sum(exp(z)))` |
//! | [`Mish`] | `"mish"` | `z tanh(ln(1 + exp(z)))` |
//! | [`Relu`](struct@Relu) | `"relu"` | `max(z, 0)` |
//! | [`Relu6`] | `"relu6"` | `min(max(z, 0), 6)` |
//! | [`Selu`] | `"selu"` | `scale z` above 0, `scale alpha (exp(z) - 1)` below |
//! | [`Sigmoid`] | `"sigmoid"` | `1 / (1 + exp(-z))` |
//! | [`Silu`] | `"silu"`, `"swish"` | `z / (1 + exp(-z))` |
//! | [`SoftShrink`](struct@SoftShrink) | `"soft_shrink"` | `z` nearer to 0 by `threshold`, down to 0 |
//! | [`Softmax`] | `"softmax"` | `exp(z) / sum(exp(z))` |
//! | [`Softplus`] | `"softplus"` | `ln(1 + exp(z))` |
//! | [`Softsign`] | `"softsign"` | `z / (1 + abs(z))` |
//! | [`Sparsemax`] | `"sparsemax"` | `max(z - tau, 0)`, the threshold `tau` depending on the sample |
//! | [`SparsePlus`] | `"sparse_plus"` | `(z + 1)^2 / 4` between -1 and 1, 0 below, `z` above |
//! | [`SparseSigmoid`] | `"sparse_sigmoid"` | `clip((z + 1) / 2, 0, 1)` |
//! | [`Squareplus`](struct@Squareplus) | `"squareplus"` | `(z + sqrt(z^2 + b)) / 2` |
//! | [`Tanh`] | `"tanh"` | `tanh(z)` |
//! | [`TanhShrink`] | `"tanh_shrink"` | `z - tanh(z)` |
//! | [`Threshold`] | `"threshold"` | `z` above `threshold`, `default_value` up to it |
//!
//! Where a curve has a corner the slope is the one that Keras has on TensorFlow or on JAX. [`Glu`], [`LogSoftmax`],
//! [`Softmax`] and [`Sparsemax`] act on each sample, along the last axis of one with several; the others on each value.
//! One that takes arguments stands with their defaults as it is, and is changed from there:
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

mod clipped;
mod elementwise;
mod elu;
mod exponential;
mod gelu;
mod glu;
mod leaky_relu;
mod linear;
mod log_softmax;
mod mish;
mod relu;
mod shrink;
mod sigmoid;
mod silu;
mod softmax;
mod softplus;
mod softsign;
mod sparse_plus;
mod sparsemax;
mod squareplus;
mod tanh;
mod threshold;

pub use clipped::{HardSigmoid, HardSilu, HardTanh, Relu6, SparseSigmoid};
pub use elu::{Celu, Elu, Selu};
pub use exponential::Exponential;
pub use gelu::Gelu;
pub use glu::Glu;
pub use leaky_relu::LeakyRelu;
pub use linear::Linear;
pub use log_softmax::LogSoftmax;
pub use mish::Mish;
pub use relu::Relu;
pub use shrink::{HardShrink, SoftShrink, TanhShrink};
pub use sigmoid::Sigmoid;
pub use silu::Silu;
pub use softmax::Softmax;
pub use softplus::{LogSigmoid, Softplus};
pub use softsign::Softsign;
pub use sparse_plus::SparsePlus;
pub use sparsemax::Sparsemax;
pub use squareplus::Squareplus;
pub use tanh::Tanh;
pub use threshold::Threshold;

pub(crate) use softmax::largest;

use crate::base::{Batch, BatchMut, Error, Result, Shape};
use crate::kernels::Scalar;
use crate::part::Part;

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
