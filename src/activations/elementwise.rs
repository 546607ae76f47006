use super::{Activation, Sees};
use crate::base::{Batch, BatchMut};
use crate::kernels;
use crate::kernels::Scalar;
use crate::part::Part;
use std::sync::Arc;

/// An activation that treats each value by itself: two formulas.
///
/// Both must be `#[inline(always)]`, or the loop around them is not vectorised; neither may lose a NaN.
pub(crate) trait Elementwise: Part {
    /// `a`, of `z`.
    fn value<T: Scalar>(&self, z: T) -> T;

    /// `da/dz`, of what it sees: `a` or `z`.
    fn derivative<T: Scalar>(&self, seen: T) -> T;

    /// Makes the shared `dyn` in code that is compiled in this crate, by the line `compiled!(Sigmoid);`.
    fn into_activation<T: Scalar>(self) -> Arc<dyn Activation<T>>;

    /// Whether the derivative is written in `a` or in `z`.
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

    fn backprop(&self, seen: Batch<'_, T>, mut slope: BatchMut<'_, T>) {
        kernels::zip(slope.values(), seen.values(), |d, seen| d * self.derivative(seen));
    }

    fn sees(&self) -> Sees {
        self.derivative_sees()
    }
}

/// [`crate::part::compiled!`] for an activation of two formulas.
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
