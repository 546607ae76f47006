use super::{Activation, Sees};
use crate::base::{Batch, BatchMut};
use crate::kernels;
use crate::kernels::Scalar;
use crate::part::Part;
use std::sync::Arc;

/// An activation that acts on each value by itself, given by the formulas of its value and its derivative.
///
/// Both methods must be `#[inline(always)]`, or the loop around them is not vectorised. Both must return NaN for NaN.
pub(crate) trait Elementwise: Part {
    /// Returns the output `a` for the pre-activation `z`.
    fn value<T: Scalar>(&self, z: T) -> T;

    /// Returns `da/dz`, computed from `a` or from `z`, whichever [`derivative_sees`](Self::derivative_sees) names.
    fn derivative<T: Scalar>(&self, seen: T) -> T;

    /// Converts the activation to a shared trait object; the macro `compiled!(Sigmoid);` writes this method.
    fn into_activation<T: Scalar>(self) -> Arc<dyn Activation<T>>;

    /// Says whether the derivative is computed from `a` or from `z` (default: from `a`).
    fn derivative_sees(&self) -> Sees {
        Sees::Output
    }
}

impl<T: Scalar, E: Elementwise> Activation<T> for E {
    fn into_shared(self) -> Arc<dyn Activation<T>> {
        self.into_activation()
    }

    fn apply(&self, mut z: BatchMut<'_, T>) {
        kernels::map(z.values(), |z| self.value(z));
    }

    fn backprop(&self, seen: Batch<'_, T>, mut gradient: BatchMut<'_, T>) {
        kernels::zip(gradient.values(), seen.values(), |d, seen| d * self.derivative(seen));
    }

    fn sees(&self) -> Sees {
        self.derivative_sees()
    }
}

/// Implements [`Elementwise::into_activation`] so that its code is compiled in this crate.
macro_rules! compiled {
    ($part:ty) => {
        fn into_activation<T: Scalar>(self) -> ::std::sync::Arc<dyn crate::activations::Activation<T>> {
            crate::part::compiled!(fn(part: $part) -> ::std::sync::Arc<dyn crate::activations::Activation<T>> {
                ::std::sync::Arc::new(part)
            })(self)
        }
    };
}
pub(super) use compiled;
