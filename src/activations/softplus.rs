use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::Describe;

/// A smooth rectifier, `a = ln(1 + exp(z))`, always positive.
/// [Keras](https://keras.io/api/layers/activations/#softplus-function)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "softplus")]
pub struct Softplus;

/// The logarithm of a sigmoid, `a = ln(1 / (1 + exp(-z))) = -ln(1 + exp(-z))`. It stays exact where the sigmoid would
/// round to 0 or 1. [Keras](https://keras.io/api/layers/activations/#log_sigmoid-function)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "log_sigmoid")]
pub struct LogSigmoid;

impl Describe for Softplus {
    fn class_name(&self) -> &'static str {
        "softplus"
    }
}

impl Describe for LogSigmoid {
    fn class_name(&self) -> &'static str {
        "log_sigmoid"
    }
}

impl Elementwise for Softplus {
    super::elementwise::compiled!(Softplus);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        math::softplus(z)
    }

    // The derivative is 1 / (1 + exp(-z)) = 1 - exp(-a).
    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        -math::exp_m1(-a)
    }
}

impl Elementwise for LogSigmoid {
    super::elementwise::compiled!(LogSigmoid);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        -math::softplus(-z)
    }

    // The derivative is 1 / (1 + exp(z)) = 1 - exp(a).
    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        -math::exp_m1(a)
    }
}
