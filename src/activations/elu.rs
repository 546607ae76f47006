//! Activations that are linear above 0 and exponential below.
//!
//! The value is `a = up z` for `z > 0` and `a = low (exp(z / width) - 1)` otherwise. The derivative is `up` for `z > 0`
//! and `low exp(z / width) / width = (a + low) / width` otherwise.

use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::{Arguments, Describe, POSITIVE};

/// The exponential linear unit: `a = z` above 0 and `a = alpha (exp(z) - 1)` below.
/// (Clevert, Unterthiner and Hochreiter, *Fast and Accurate Deep Network Learning by Exponential Linear Units*, 2016;
/// [Keras](https://keras.io/api/layers/activations/#elu-function))
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(8).activation(Elu));
/// model.add(Dense::new(8).activation(Elu.alpha(0.5)));
/// model.add(Dense::new(8).activation(Selu).kernel_initializer(LecunNormal));
/// model.add(Dense::new(8).activation(Celu.alpha(2.0)));
/// # model.build(2)?;
/// # model.predict(&dmatrix![0.5, 1.0])?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "elu")]
pub struct Elu {
    alpha: f64,
}

/// [`Elu`](struct@Elu) with Keras' default, `alpha` = 1.
#[allow(non_upper_case_globals)]
pub const Elu: Elu = Elu { alpha: 1.0 };

/// The scaled exponential linear unit: `a = scale z` above 0 and `a = scale alpha (exp(z) - 1)` below. With `scale` =
/// 1.0507009873554805 and `alpha` = 1.6732632423543772, outputs keep mean 0 and variance 1 from layer to layer.
/// (Klambauer et al., *Self-Normalizing Neural Networks*, 2017;
/// [Keras](https://keras.io/api/layers/activations/#selu-function))
///
/// Use it with kernels initialised by [`LecunNormal`](struct@crate::initializers::LecunNormal).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "selu")]
pub struct Selu;

/// The continuously differentiable exponential linear unit: `a = z` above 0 and `a = alpha (exp(z / alpha) - 1)` below.
/// Its derivative is 1 on both sides of 0.
/// (Barron, *Continuously Differentiable Exponential Linear Units*, 2017;
/// [Keras](https://keras.io/api/layers/activations/#celu-function))
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "celu")]
pub struct Celu {
    alpha: f64,
}

/// [`Celu`](struct@Celu) with Keras' default, `alpha` = 1.
#[allow(non_upper_case_globals)]
pub const Celu: Celu = Celu { alpha: 1.0 };

/// The constants of the paper.
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

impl Elu {
    /// Sets `alpha`, at least 0 (default 1): outputs approach `-alpha` for very negative inputs.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }
}

impl Celu {
    /// Sets `alpha`, above 0 (default 1): outputs approach `-alpha` for very negative inputs.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }
}

impl Default for Elu {
    fn default() -> Self {
        Elu
    }
}

impl Default for Celu {
    fn default() -> Self {
        Celu
    }
}

impl Describe for Elu {
    fn class_name(&self) -> &'static str {
        "elu"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("alpha", &mut self.alpha, 0.0..f64::INFINITY);
    }
}

impl Describe for Selu {
    fn class_name(&self) -> &'static str {
        "selu"
    }
}

impl Describe for Celu {
    fn class_name(&self) -> &'static str {
        "celu"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("alpha", &mut self.alpha, POSITIVE);
    }
}

/// The coefficients in which the three activations differ.
struct Bend {
    up: f64,
    low: f64,
    width: f64,
}

impl Bend {
    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        if z > T::zero() { T::of(self.up) * z } else { T::of(self.low) * math::exp_m1(z / T::of(self.width)) }
    }

    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        if a > T::zero() { T::of(self.up) } else { (a + T::of(self.low)) / T::of(self.width) }
    }
}

impl Elu {
    #[inline(always)]
    fn bend(&self) -> Bend {
        Bend { up: 1.0, low: self.alpha, width: 1.0 }
    }
}

impl Selu {
    #[inline(always)]
    fn bend(&self) -> Bend {
        Bend { up: SELU_SCALE, low: SELU_SCALE * SELU_ALPHA, width: 1.0 }
    }
}

impl Celu {
    #[inline(always)]
    fn bend(&self) -> Bend {
        Bend { up: 1.0, low: self.alpha, width: self.alpha }
    }
}

macro_rules! bent {
    ($($activation:ident),+) => {
        $(impl Elementwise for $activation {
            super::elementwise::compiled!($activation);

            #[inline(always)]
            fn value<T: Scalar>(&self, z: T) -> T {
                self.bend().value(z)
            }

            #[inline(always)]
            fn derivative<T: Scalar>(&self, a: T) -> T {
                self.bend().derivative(a)
            }
        })+
    };
}

bent!(Elu, Selu, Celu);
