use super::softmax::several_units;
use super::{Activation, Sees};
use crate::base::{Batch, BatchMut, Result, Shape};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// A variant of softmax that sets small outputs to 0, as Keras computes it: `a_i = max(z_i - tau, 0)`, along the last
/// axis.
/// (Martins and Astudillo, *From Softmax to Sparsemax*, 2016;
/// [Keras](https://keras.io/api/layers/activations/#sparsemax-function))
///
/// Let `s_n` be the sum of the `n` largest values of `z`, and `k` the largest `n` for which the `n`-th largest exceeds
/// `(s_n - 1) / n`. Keras 3.15 computes `tau = (s_1 + ... + s_k - 1) / k`, where the paper has `tau = (s_k - 1) / k`. The
/// outputs equal those of Keras, so they add up to 1 only for `k = 1`: use [`Softmax`](super::Softmax) for probabilities.
///
/// The running time is proportional to `k` times the width.
///
/// # Errors
///
/// The last axis has a single unit, for which the output would always be 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "sparsemax")]
pub struct Sparsemax;

impl Describe for Sparsemax {
    fn class_name(&self) -> &'static str {
        "sparsemax"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.last_axis("axis");
    }
}

impl<T: Scalar> Activation<T> for Sparsemax {
    crate::part::compiled!(Activation<T> for Sparsemax);

    fn apply(&self, mut z: BatchMut<'_, T>) {
        for z in z.vectors() {
            let (_, tau) = support(z);
            z.iter_mut().for_each(|z| *z = if *z < tau { T::zero() } else { *z - tau });
        }
    }

    fn backprop(&self, z: Batch<'_, T>, mut gradient: BatchMut<'_, T>) {
        for (z, gradient) in z.vectors().zip(gradient.vectors()) {
            let (k, tau) = support(z);
            gradient.iter_mut().zip(z).filter(|&(_, &z)| z < tau).for_each(|(d, _)| *d = T::zero());
            // The n-th largest value is a term of s_n to s_k, so dtau/dz = (k - n + 1) / k for it.
            let sum: T = gradient.iter().copied().sum();
            for (before, index) in descending(z).take(k).enumerate() {
                gradient[index] -= sum * T::of((k - before) as f64 / k as f64);
            }
        }
    }

    fn sees(&self) -> Sees {
        Sees::Input
    }

    fn output(&self, pre_activation: &Shape) -> Result<Shape> {
        several_units("Sparsemax", pre_activation)
    }
}

/// Returns `k` and `tau`.
fn support<T: Scalar>(z: &[T]) -> (usize, T) {
    let (mut k, mut partial, mut partials) = (0, T::zero(), T::zero());
    for index in descending(z) {
        partial += z[index];
        if z[index] <= (partial - T::one()) / T::of((k + 1) as f64) {
            break;
        }
        k += 1;
        partials += partial;
    }
    (k, (partials - T::one()) / T::of(k as f64))
}

/// Iterates over the indices of the values in descending order; equal values keep their order, and NaN is left out.
///
/// Sorting would be faster for long samples, but would allocate memory in every training step.
fn descending<T: Scalar>(z: &[T]) -> impl Iterator<Item = usize> {
    let first = largest_index(z, |index| z[index] >= T::of(f64::NEG_INFINITY));
    std::iter::successors(first, move |&last| {
        largest_index(z, |index| z[index] < z[last] || (z[index] == z[last] && index > last))
    })
}

/// Returns the index of the largest value among the indices that `among` accepts, and the first of equal ones.
fn largest_index<T: Scalar>(z: &[T], among: impl Fn(usize) -> bool) -> Option<usize> {
    (0..z.len()).filter(|&index| among(index)).reduce(|best, index| if z[index] > z[best] { index } else { best })
}
