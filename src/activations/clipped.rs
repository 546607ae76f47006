//! Piecewise linear activations, which clip a line to a range: `a = clip(factor z + offset, low, high)`.

use super::Sees;
use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::part::Describe;

/// The rectifier with outputs of at most 6, `a = min(max(z, 0), 6)`. It equals [`Relu`](struct@super::Relu) with
/// `max_value(6.0)`. [Keras](https://keras.io/api/layers/activations/#relu6-function)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "relu6")]
pub struct Relu6;

/// A piecewise linear sigmoid, `a = clip(z / 6 + 1/2, 0, 1)`.
/// [Keras](https://keras.io/api/layers/activations/#hard_sigmoid-function)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "hard_sigmoid")]
pub struct HardSigmoid;

/// A steeper piecewise linear sigmoid, `a = clip((z + 1) / 2, 0, 1)`.
/// (Blondel, Martins and Niculae, *Learning Classifiers with Fenchel-Young Losses*, 2019;
/// [Keras](https://keras.io/api/layers/activations/#sparse_sigmoid-function))
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "sparse_sigmoid")]
pub struct SparseSigmoid;

/// A piecewise linear hyperbolic tangent, `a = clip(z, -1, 1)`.
/// [Keras](https://keras.io/api/layers/activations/#hard_tanh-function)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "hard_tanh")]
pub struct HardTanh;

/// `a = z clip(z / 6 + 1/2, 0, 1)`: [`Silu`](super::Silu) with a piecewise linear sigmoid.
/// (Howard et al., *Searching for MobileNetV3*, 2019;
/// [Keras](https://keras.io/api/layers/activations/#hard_silu-function))
/// It is also found as `"hard_swish"`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "hard_silu")]
#[doc(alias = "hard_swish")]
pub struct HardSilu;

impl Describe for Relu6 {
    fn class_name(&self) -> &'static str {
        "relu6"
    }
}

impl Describe for HardSigmoid {
    fn class_name(&self) -> &'static str {
        "hard_sigmoid"
    }
}

impl Describe for SparseSigmoid {
    fn class_name(&self) -> &'static str {
        "sparse_sigmoid"
    }
}

impl Describe for HardTanh {
    fn class_name(&self) -> &'static str {
        "hard_tanh"
    }
}

impl Describe for HardSilu {
    fn class_name(&self) -> &'static str {
        "hard_silu"
    }
}

impl Elementwise for Relu6 {
    super::elementwise::compiled!(Relu6);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        clip(z, 0.0, 6.0)
    }

    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        between(a, 0.0, 6.0, 1.0)
    }
}

impl Elementwise for HardSigmoid {
    super::elementwise::compiled!(HardSigmoid);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        clip(z / T::of(6.0) + T::of(0.5), 0.0, 1.0)
    }

    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        between(a, 0.0, 1.0, 1.0 / 6.0)
    }
}

impl Elementwise for SparseSigmoid {
    super::elementwise::compiled!(SparseSigmoid);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        clip(T::of(0.5) * (z + T::one()), 0.0, 1.0)
    }

    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        between(a, 0.0, 1.0, 0.5)
    }
}

impl Elementwise for HardTanh {
    super::elementwise::compiled!(HardTanh);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        clip(z, -1.0, 1.0)
    }

    // Keras' derivative is 1 at z = -1 and z = 1, and 0 beyond: the output `a` is the same there, so `z` is needed.
    #[inline(always)]
    fn derivative<T: Scalar>(&self, z: T) -> T {
        if z.abs() > T::one() { T::zero() } else { T::one() }
    }

    fn derivative_sees(&self) -> Sees {
        Sees::Input
    }
}

impl Elementwise for HardSilu {
    super::elementwise::compiled!(HardSilu);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        z * HardSigmoid.value(z)
    }

    // The derivative is z / 3 + 1/2 between -3 and 3.
    #[inline(always)]
    fn derivative<T: Scalar>(&self, z: T) -> T {
        let three = T::of(3.0);
        if z >= three {
            T::one()
        } else if z <= -three {
            T::zero()
        } else {
            z / three + T::of(0.5)
        }
    }

    fn derivative_sees(&self) -> Sees {
        Sees::Input
    }
}

/// Returns `min(max(value, low), high)`, and NaN for NaN.
#[inline(always)]
fn clip<T: Scalar>(value: T, low: f64, high: f64) -> T {
    let (low, high) = (T::of(low), T::of(high));
    if value < low {
        low
    } else if value > high {
        high
    } else {
        value
    }
}

/// Returns `derivative` for an output strictly between `low` and `high`, and 0 otherwise.
#[inline(always)]
fn between<T: Scalar>(a: T, low: f64, high: f64, derivative: f64) -> T {
    if a <= T::of(low) || a >= T::of(high) { T::zero() } else { T::of(derivative) }
}
