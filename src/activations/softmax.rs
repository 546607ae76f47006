use super::Activation;
use crate::base::{Batch, BatchMut, Error, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::{self, math};
use crate::part::{Arguments, Describe};

/// Probabilities of mutually exclusive classes: `a_i = exp(z_i) / sum over j of exp(z_j)`, along the last axis.
/// [Keras](https://keras.io/api/layers/activations/#softmax-function)
///
/// With a categorical cross-entropy, training computes loss and gradient from the pre-activations, which stays exact for
/// confident predictions.
///
/// # Errors
///
/// The last axis has a single unit, for which the output would always be 1: use [`Sigmoid`](super::Sigmoid) there.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "softmax")]
pub struct Softmax;

impl Describe for Softmax {
    fn class_name(&self) -> &'static str {
        "softmax"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.last_axis("axis");
    }
}

impl<T: Scalar> Activation<T> for Softmax {
    crate::part::compiled!(Activation<T> for Softmax);

    fn apply(&self, mut z: BatchMut<'_, T>) {
        for z in z.vectors() {
            let largest = largest(z);
            z.iter_mut().for_each(|z| *z -= largest);
        }
        // All samples are exponentiated in one call, because a few classes do not fill a vector register.
        kernels::map(z.values(), math::exp);
        for z in z.vectors() {
            let scale = z.iter().copied().sum::<T>().recip();
            z.iter_mut().for_each(|z| *z *= scale);
        }
    }

    fn backprop(&self, a: Batch<'_, T>, mut gradient: BatchMut<'_, T>) {
        // dL/dz_i = a_i (dL/da_i - sum over j of a_j dL/da_j)
        for (a, gradient) in a.vectors().zip(gradient.vectors()) {
            let mean: T = a.iter().zip(gradient.iter()).map(|(&a, &d)| a * d).sum();
            gradient.iter_mut().zip(a).for_each(|(d, &a)| *d = a * (*d - mean));
        }
    }

    fn output(&self, pre_activation: &Shape) -> Result<Shape> {
        several_units("Softmax", pre_activation)
    }
}

/// Fails if the last axis has a single unit, for which the output would be constant.
pub(super) fn several_units(part: &str, pre_activation: &Shape) -> Result<Shape> {
    if pre_activation.last() > 1 {
        return Ok(pre_activation.clone());
    }
    let advice = "at least 2, because the output of one unit would be constant: use `Sigmoid` for one probability";
    Err(Error::argument(part, "units", pre_activation.last(), advice))
}

/// Returns the largest value, ignoring NaN after the first value, and 0 for no values.
pub(crate) fn largest<T: Scalar>(values: &[T]) -> T {
    values.iter().copied().reduce(|a, b| if b > a { b } else { a }).unwrap_or(T::zero())
}
