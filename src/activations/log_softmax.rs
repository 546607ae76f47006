use super::Activation;
use super::softmax::{largest, several_units};
use crate::base::{Batch, BatchMut, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::{Arguments, Describe};

/// The logarithm of [`Softmax`](super::Softmax), `a_i = z_i - ln(sum over j of exp(z_j))`, along the last axis.
///
/// It stays exact where the probabilities would round to 0.
/// [Keras](https://keras.io/api/layers/activations/#log_softmax-function)
///
/// # Errors
///
/// The last axis has a single unit, for which the output would always be 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "log_softmax")]
pub struct LogSoftmax;

impl Describe for LogSoftmax {
    fn class_name(&self) -> &'static str {
        "log_softmax"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.last_axis("axis");
    }
}

impl<T: Scalar> Activation<T> for LogSoftmax {
    crate::part::compiled!(Activation<T> for LogSoftmax);

    fn apply(&self, mut z: BatchMut<'_, T>) {
        for z in z.vectors() {
            let largest = largest(z);
            let sum: T = z.iter().map(|&z| math::exp(z - largest)).sum();
            let rest = math::ln(sum);
            // The two are subtracted one after the other, because `largest + rest` may round to `largest`.
            z.iter_mut().for_each(|z| *z = *z - largest - rest);
        }
    }

    fn backprop(&self, a: Batch<'_, T>, mut gradient: BatchMut<'_, T>) {
        // dL/dz_i = dL/da_i - exp(a_i) sum over j of dL/da_j
        for (a, gradient) in a.vectors().zip(gradient.vectors()) {
            let sum: T = gradient.iter().copied().sum();
            gradient.iter_mut().zip(a).for_each(|(d, &a)| *d -= math::exp(a) * sum);
        }
    }

    fn output(&self, pre_activation: &Shape) -> Result<Shape> {
        several_units("LogSoftmax", pre_activation)
    }
}
