use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::Describe;

/// The exponential function, `a = exp(z)`, for outputs that must be positive, such as counts or rates.
/// [Keras](https://keras.io/api/layers/activations/#exponential-function)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "exponential")]
pub struct Exponential;

impl Describe for Exponential {
    fn class_name(&self) -> &'static str {
        "exponential"
    }
}

impl Elementwise for Exponential {
    super::elementwise::compiled!(Exponential);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        math::exp(z)
    }

    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        a
    }
}
