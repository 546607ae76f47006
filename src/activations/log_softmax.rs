use super::Activation;
use super::softmax::{largest, several_units};
use crate::base::{Batch, BatchMut, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::{Arguments, Describe};

/// The logarithms of the probabilities that [`Softmax`](super::Softmax) gives, exact where those would round to 0:
/// `a_i = z_i - ln(sum over j of exp(z_j))`, for each sample.
/// [Keras](https://keras.io/api/layers/activations/#log_softmax-function)
///
/// # Errors
///
/// Over one unit it is always 0, so a model that ends so is refused.
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
            // in this order, for `rest` may be too small to be added to `largest`
            z.iter_mut().for_each(|z| *z = *z - largest - rest);
        }
    }

    fn backprop(&self, a: Batch<'_, T>, mut slope: BatchMut<'_, T>) {
        // dL/dz_i = dL/da_i - exp(a_i) sum over j of dL/da_j
        for (a, slope) in a.vectors().zip(slope.vectors()) {
            let sum: T = slope.iter().copied().sum();
            slope.iter_mut().zip(a).for_each(|(d, &a)| *d -= math::exp(a) * sum);
        }
    }

    fn output(&self, sums: &Shape) -> Result<Shape> {
        several_units("LogSoftmax", sums)
    }
}
