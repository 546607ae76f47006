//! Activations: what a layer does with its sums, value by value or sample by sample.
//!
//! | here | in Keras | formula |
//! |---|---|---|
//! | [`Linear`] | `"linear"` | `z` |
//! | [`Relu`](struct@Relu) | `"relu"` | `max(z, 0)` |
//! | [`Sigmoid`] | `"sigmoid"` | `1 / (1 + exp(-z))` |
//! | [`Softmax`] | `"softmax"` | `exp(z) / sum(exp(z))` |
//! | [`Tanh`] | `"tanh"` | `tanh(z)` |

mod linear;
mod relu;
mod sigmoid;
mod softmax;
mod tanh;

pub use linear::Linear;
pub use relu::Relu;
pub use sigmoid::Sigmoid;
pub use softmax::Softmax;
pub use tanh::Tanh;

pub(crate) use softmax::largest;

use crate::saving::Part;
use crate::{Batch, BatchMut, Result, Scalar, Shape};

/// A function from the sums of a layer to its outputs, with its derivative.
///
/// An activation of one's own is one struct and this trait, as in the example `custom_parts`; check its derivative
/// with [`crate::check::activation`]. A NaN must stay a NaN, or broken data train in silence.
pub trait Activation<T: Scalar>: Part {
    /// Turns the sums `z` into the outputs `a`, in place, for the whole batch.
    fn apply(&self, z: BatchMut<'_, T>);

    /// Turns the slope of the loss with respect to `a` into that with respect to `z`, in place.
    ///
    /// `seen` is what [`sees`](Activation::sees) asks for: `a` or `z`.
    fn backprop(&self, seen: Batch<'_, T>, slope: BatchMut<'_, T>);

    /// Whether the derivative is computed from the outputs or from the inputs of [`apply`](Activation::apply).
    fn sees(&self) -> Sees {
        Sees::Output
    }

    /// Fails if the activation makes no sense for samples of this shape.
    ///
    /// # Errors
    ///
    /// What [`crate::Error::argument`] makes of it, for a softmax over one unit, say.
    fn check(&self, _shape: &Shape) -> Result<()> {
        Ok(())
    }
}

/// What the derivative of an activation is computed from; the output costs no extra memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// The outputs `a`.
    Output,
    /// The sums `z`.
    Input,
}
