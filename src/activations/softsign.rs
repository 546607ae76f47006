use super::Sees;
use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::part::Describe;

/// A sigmoid function that approaches -1 and 1 slowly, `a = z / (1 + |z|)`.
/// [Keras](https://keras.io/api/layers/activations/#softsign-function)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "softsign")]
pub struct Softsign;

impl Describe for Softsign {
    fn class_name(&self) -> &'static str {
        "softsign"
    }
}

impl Elementwise for Softsign {
    super::elementwise::compiled!(Softsign);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        z / (T::one() + z.abs())
    }

    // The derivative is 1 / (1 + |z|)^2. The equal form (1 - |a|)^2 would lose precision where |a| is nearly 1.
    #[inline(always)]
    fn derivative<T: Scalar>(&self, z: T) -> T {
        let root = (T::one() + z.abs()).recip();
        root * root
    }

    fn derivative_sees(&self) -> Sees {
        Sees::Input
    }
}
