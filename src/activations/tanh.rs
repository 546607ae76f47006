use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::Describe;

/// The hyperbolic tangent, `a = tanh(z)`, between -1 and 1. [Keras](https://keras.io/api/layers/activations/#tanh-function)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "tanh")]
pub struct Tanh;

impl Describe for Tanh {
    fn class_name(&self) -> &'static str {
        "tanh"
    }
}

impl Elementwise for Tanh {
    super::elementwise::compiled!(Tanh);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        math::tanh(z)
    }

    // The derivative is 1 - a^2 = (1 - a)(1 + a).
    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        (T::one() - a) * (T::one() + a)
    }
}
