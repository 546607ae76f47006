use super::Activation;
use crate::base::{Batch, BatchMut, Error, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::{self, math};
use crate::part::{Arguments, Describe};

/// Probabilities of classes that exclude each other: `a_i = exp(z_i) / sum over j of exp(z_j)`, for each sample.
/// [Keras](https://keras.io/api/layers/activations/#softmax-function)
///
/// Under a categorical cross-entropy training uses the sums directly, which stays exact for confident predictions.
///
/// # Errors
///
/// Over one unit it is always 1, so a model that ends so is refused: use [`Sigmoid`](super::Sigmoid) there.
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
        // of all samples at once, for few classes do not fill a register
        kernels::map(z.values(), math::exp);
        for z in z.vectors() {
            let scale = z.iter().copied().sum::<T>().recip();
            z.iter_mut().for_each(|z| *z *= scale);
        }
    }

    fn backprop(&self, a: Batch<'_, T>, mut slope: BatchMut<'_, T>) {
        // dL/dz_i = a_i (dL/da_i - sum over j of a_j dL/da_j)
        for (a, slope) in a.vectors().zip(slope.vectors()) {
            let mean: T = a.iter().zip(slope.iter()).map(|(&a, &d)| a * d).sum();
            slope.iter_mut().zip(a).for_each(|(d, &a)| *d = a * (*d - mean));
        }
    }

    fn output(&self, sums: &Shape) -> Result<Shape> {
        several_units("Softmax", sums)
    }
}

/// Fails for what is the same whatever the value of a single unit.
pub(super) fn several_units(part: &str, sums: &Shape) -> Result<Shape> {
    if sums.last() > 1 {
        return Ok(sums.clone());
    }
    let advice = "at least 2 units, for of one unit it is always the same: use `Sigmoid` for one probability";
    Err(Error::argument(part, "units", sums.last(), advice))
}

/// The largest value, not counting NaN.
pub(crate) fn largest<T: Scalar>(values: &[T]) -> T {
    values.iter().copied().reduce(|a, b| if b > a { b } else { a }).unwrap_or(T::zero())
}
