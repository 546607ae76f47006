use super::Sees;
use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::Describe;

/// The sigmoid linear unit, also called swish: `a = z / (1 + exp(-z))`.
/// (Ramachandran, Zoph and Le, *Searching for Activation Functions*, 2017;
/// [Keras](https://keras.io/api/layers/activations/#silu-function))
/// It is also found as `"swish"`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "silu")]
#[doc(alias = "swish")]
pub struct Silu;

impl Describe for Silu {
    fn class_name(&self) -> &'static str {
        "silu"
    }
}

impl Elementwise for Silu {
    super::elementwise::compiled!(Silu);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        z * math::logistic(z)
    }

    // The derivative is p (1 + z (1 - p)) with p = 1 / (1 + exp(-z)).
    #[inline(always)]
    fn derivative<T: Scalar>(&self, z: T) -> T {
        let p = math::logistic(z);
        p * (T::one() + z * (T::one() - p))
    }

    fn derivative_sees(&self) -> Sees {
        Sees::Input
    }
}
