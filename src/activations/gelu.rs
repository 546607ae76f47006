use super::{Activation, Sees};
use crate::base::{Batch, BatchMut};
use crate::kernels::Scalar;
use crate::kernels::{self, math};
use crate::part::{Arguments, Describe};

/// The Gaussian error linear unit: `a = z Phi(z)`, where `Phi` is the distribution function of the standard normal.
/// (Hendrycks and Gimpel, *Gaussian Error Linear Units*, 2016;
/// [Keras](https://keras.io/api/layers/activations/#gelu-function))
///
/// The approximate form is `a = z / (1 + exp(-2 u))` with `u = sqrt(2 / pi) (z + 0.044715 z^3)`. It equals
/// `a = z (1 + tanh(u)) / 2`, but keeps its precision at large negative `z`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(8).activation(Gelu));
/// model.add(Dense::new(8).activation(Gelu.approximate(true)));
/// # model.build(2)?;
/// # model.predict(&dmatrix![0.5, 1.0])?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "gelu")]
pub struct Gelu {
    approximate: bool,
}

/// [`Gelu`](struct@Gelu) with Keras' default, the exact form.
#[allow(non_upper_case_globals)]
pub const Gelu: Gelu = Gelu { approximate: false };

impl Gelu {
    /// Sets whether the approximate form is used (default: false).
    pub fn approximate(mut self, approximate: bool) -> Self {
        self.approximate = approximate;
        self
    }
}

impl Describe for Gelu {
    fn class_name(&self) -> &'static str {
        "gelu"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.flag("approximate", &mut self.approximate);
    }
}

impl<T: Scalar> Activation<T> for Gelu {
    crate::part::compiled!(Activation<T> for Gelu);

    fn apply(&self, mut z: BatchMut<'_, T>) {
        if self.approximate {
            kernels::map(z.values(), |z| z * logistic_curve(z).0);
        } else {
            kernels::map(z.values(), |z| z * math::normal(z).0);
        }
    }

    fn backprop(&self, z: Batch<'_, T>, mut gradient: BatchMut<'_, T>) {
        // With a = z p, the derivative is da/dz = p + z dp/dz.
        if self.approximate {
            kernels::zip(gradient.values(), z.values(), |d, z| d * product_rule(z, logistic_curve(z)));
        } else {
            kernels::zip(gradient.values(), z.values(), |d, z| d * product_rule(z, math::normal(z)));
        }
    }

    fn sees(&self) -> Sees {
        Sees::Input
    }
}

/// Returns the derivative of `z p` from `p` and its derivative.
#[inline(always)]
fn product_rule<T: Scalar>(z: T, (p, derivative): (T, T)) -> T {
    p + z * derivative
}

/// Returns `p = 1 / (1 + exp(-2 u))` and its derivative, `p (1 - p) 2 du/dz`.
#[inline(always)]
fn logistic_curve<T: Scalar>(z: T) -> (T, T) {
    let (scale, cubic) = (T::of(2.0 * (2.0 / std::f64::consts::PI).sqrt()), T::of(0.044_715));
    let square = z * z;
    let p = math::logistic(scale * z * (T::one() + cubic * square));
    (p, p * (T::one() - p) * scale * (T::one() + T::of(3.0) * cubic * square))
}
