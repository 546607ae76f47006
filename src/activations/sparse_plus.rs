use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::part::Describe;

/// A rectifier with a parabola around 0: `a = 0` for `z <= -1`, `a = (z + 1)^2 / 4` between -1 and 1, and `a = z` for
/// `z >= 1`.
/// [Keras](https://keras.io/api/layers/activations/#sparse_plus-function)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "sparse_plus")]
pub struct SparsePlus;

impl Describe for SparsePlus {
    fn class_name(&self) -> &'static str {
        "sparse_plus"
    }
}

impl Elementwise for SparsePlus {
    super::elementwise::compiled!(SparsePlus);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        let half = T::of(0.5) * (z + T::one());
        if z <= -T::one() {
            T::zero()
        } else if z >= T::one() {
            z
        } else {
            half * half
        }
    }

    // The derivative is (z + 1) / 2 = sqrt(a) between -1 and 1.
    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        if a >= T::one() { T::one() } else { a.sqrt() }
    }
}
