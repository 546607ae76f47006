use super::Sees;
use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::Describe;

/// A smooth rectifier that is negative for moderately negative inputs, `a = z tanh(ln(1 + exp(z)))`.
/// (Misra, *Mish: A Self Regularized Non-Monotonic Activation Function*, 2019;
/// [Keras](https://keras.io/api/layers/activations/#mish-function))
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "mish")]
pub struct Mish;

impl Describe for Mish {
    fn class_name(&self) -> &'static str {
        "mish"
    }
}

impl Elementwise for Mish {
    super::elementwise::compiled!(Mish);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        z * gate(z).0
    }

    #[inline(always)]
    fn derivative<T: Scalar>(&self, z: T) -> T {
        let (t, derivative) = gate(z);
        t + z * derivative
    }

    fn derivative_sees(&self) -> Sees {
        Sees::Input
    }
}

/// Returns `t = tanh(ln(1 + e))` and `dt/dz`, where `e = exp(z)`.
///
/// The formulas are `t = e (e + 2) / (e (e + 2) + 2)` and `dt/dz = 4 e (1 + e) / (e (e + 2) + 2)^2`. For positive `z` both
/// fractions are expanded by powers of `w = 1 / e`, so that nothing overflows.
#[inline(always)]
fn gate<T: Scalar>(z: T) -> (T, T) {
    let (one, two) = (T::one(), T::of(2.0));
    let w = math::exp(-z.abs());
    let (rising, rest, power) = if z > T::zero() { (one + two * w, two * w * w, w) } else { (w * (w + two), two, one) };
    let whole = (rising + rest).recip();
    (rising * whole, T::of(4.0) * w * (one + w) * power * whole * whole)
}
