use super::Activation;
use crate::kernels::{self, math};
use crate::saving::Describe;
use crate::{Batch, BatchMut, Scalar};

/// The hyperbolic tangent, `a = tanh(z)`, between -1 and 1. [Keras](https://keras.io/api/layers/activations/#tanh-function)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "tanh")]
pub struct Tanh;

impl Describe for Tanh {
    fn class_name(&self) -> &'static str {
        "tanh"
    }
}

impl<T: Scalar> Activation<T> for Tanh {
    fn apply(&self, mut z: BatchMut<'_, T>) {
        kernels::map(z.values(), math::tanh);
    }

    fn backprop(&self, a: Batch<'_, T>, mut slope: BatchMut<'_, T>) {
        // da/dz = 1 - a^2 = (1 - a)(1 + a)
        kernels::zip(slope.values(), a.values(), |d, a| d * ((T::one() - a) * (T::one() + a)));
    }
}
