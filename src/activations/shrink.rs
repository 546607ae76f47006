//! What takes small values away.

use super::Sees;
use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::{Arguments, Describe};

/// Values nearer to 0 than `threshold` become 0, the others come that much nearer: `a = z - threshold` above it,
/// `z + threshold` below minus it, 0 between. [Keras](https://keras.io/api/layers/activations/#soft_shrink-function)
///
/// ```
/// use layercake::prelude::*;
///
/// let x = dmatrix![-2.0, 0.25, 0.75];
/// let mut soft = Sequential::new();
/// soft.add(layers::Activation::new(SoftShrink.threshold(0.25)));
/// soft.build(3)?;
/// assert_eq!(soft.predict(&x)?, dmatrix![-1.75, 0.0, 0.5]);
///
/// let mut hard = Sequential::new();
/// hard.add(layers::Activation::new(HardShrink.threshold(0.25)));
/// hard.build(3)?;
/// assert_eq!(hard.predict(&x)?, dmatrix![-2.0, 0.0, 0.75]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "soft_shrink")]
pub struct SoftShrink {
    threshold: f64,
}

/// [`SoftShrink`](struct@SoftShrink) with Keras' default, a threshold of 0.5.
#[allow(non_upper_case_globals)]
pub const SoftShrink: SoftShrink = SoftShrink { threshold: 0.5 };

/// Values nearer to 0 than `threshold`, or just as near, become 0; the others stay: `a = z` where `|z| > threshold`.
/// [Keras](https://keras.io/api/layers/activations/#hard_shrink-function)
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "hard_shrink")]
pub struct HardShrink {
    threshold: f64,
}

/// [`HardShrink`](struct@HardShrink) with Keras' default, a threshold of 0.5.
#[allow(non_upper_case_globals)]
pub const HardShrink: HardShrink = HardShrink { threshold: 0.5 };

/// `a = z - tanh(z)`. [Keras](https://keras.io/api/layers/activations/#tanh_shrink-function)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "tanh_shrink")]
pub struct TanhShrink;

impl SoftShrink {
    /// How far values shrink, at least 0 (default 0.5).
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }
}

impl HardShrink {
    /// How far from 0 a value must be to stay, at least 0 (default 0.5).
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }
}

impl Default for SoftShrink {
    fn default() -> Self {
        SoftShrink
    }
}

impl Default for HardShrink {
    fn default() -> Self {
        HardShrink
    }
}

impl Describe for SoftShrink {
    fn class_name(&self) -> &'static str {
        "soft_shrink"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("threshold", &mut self.threshold, 0.0..f64::INFINITY);
    }
}

impl Describe for HardShrink {
    fn class_name(&self) -> &'static str {
        "hard_shrink"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("threshold", &mut self.threshold, 0.0..f64::INFINITY);
    }
}

impl Describe for TanhShrink {
    fn class_name(&self) -> &'static str {
        "tanh_shrink"
    }
}

impl Elementwise for SoftShrink {
    super::elementwise::compiled!(SoftShrink);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        let threshold = T::of(self.threshold);
        if z.abs() <= threshold {
            T::zero()
        } else if z < T::zero() {
            z + threshold
        } else {
            z - threshold
        }
    }

    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        unless_zero(a)
    }
}

impl Elementwise for HardShrink {
    super::elementwise::compiled!(HardShrink);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        if z.abs() <= T::of(self.threshold) { T::zero() } else { z }
    }

    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        unless_zero(a)
    }
}

impl Elementwise for TanhShrink {
    super::elementwise::compiled!(TanhShrink);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        z - math::tanh(z)
    }

    // tanh(z)^2
    #[inline(always)]
    fn derivative<T: Scalar>(&self, z: T) -> T {
        let tanh = math::tanh(z);
        tanh * tanh
    }

    fn derivative_sees(&self) -> Sees {
        Sees::Input
    }
}

/// The slope of what is kept: 0 for an output of 0, 1 for any other.
#[inline(always)]
fn unless_zero<T: Scalar>(a: T) -> T {
    if a == T::zero() { T::zero() } else { T::one() }
}
