use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::Describe;

/// The logistic function, `a = 1 / (1 + exp(-z))`, between 0 and 1: the probability of a class against its opposite.
/// [Keras](https://keras.io/api/layers/activations/#sigmoid-function)
///
/// With the loss `BinaryCrossentropy`, training computes loss and gradient from the pre-activations, which stays exact
/// where `a` would round to 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "sigmoid")]
pub struct Sigmoid;

impl Describe for Sigmoid {
    fn class_name(&self) -> &'static str {
        "sigmoid"
    }
}

impl Elementwise for Sigmoid {
    super::elementwise::compiled!(Sigmoid);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        math::logistic(z)
    }

    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        a * (T::one() - a)
    }
}
