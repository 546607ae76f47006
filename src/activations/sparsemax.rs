use super::softmax::several_units;
use super::{Activation, Sees};
use crate::base::{Batch, BatchMut, Result, Shape};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// A softmax whose small outputs are 0, as Keras computes it: `a_i = max(z_i - tau, 0)`, for each sample.
/// (Martins and Astudillo, *From Softmax to Sparsemax*, 2016;
/// [Keras](https://keras.io/api/layers/activations/#sparsemax-function))
///
/// Let `s_n` be the sum of the `n` largest sums, and `k` the largest `n` for which the `n`-th of them exceeds
/// `(s_n - 1) / n`. Keras 3.15 takes `tau = (s_1 + ... + s_k - 1) / k`, where the paper has `tau = (s_k - 1) / k`; the
/// two agree for `k = 1`. So the outputs are those of Keras, but add up to 1 only there: for probabilities
/// use [`Softmax`](super::Softmax).
///
/// It takes time in proportion to `k` times the width.
///
/// # Errors
///
/// Over one unit it is always 1, so a model that ends so is refused.
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

    fn backprop(&self, z: Batch<'_, T>, mut slope: BatchMut<'_, T>) {
        for (z, slope) in z.vectors().zip(slope.vectors()) {
            let (k, tau) = support(z);
            slope.iter_mut().zip(z).filter(|&(_, &z)| z < tau).for_each(|(d, _)| *d = T::zero());
            // the n-th largest value stands in s_n to s_k: dtau/dz = (k - n + 1) / k
            let sum: T = slope.iter().copied().sum();
            for (before, place) in descending(z).take(k).enumerate() {
                slope[place] -= sum * T::of((k - before) as f64 / k as f64);
            }
        }
    }

    fn sees(&self) -> Sees {
        Sees::Input
    }

    fn output(&self, sums: &Shape) -> Result<Shape> {
        several_units("Sparsemax", sums)
    }
}

/// `k` and `tau`.
fn support<T: Scalar>(z: &[T]) -> (usize, T) {
    let (mut k, mut partial, mut partials) = (0, T::zero(), T::zero());
    for place in descending(z) {
        partial += z[place];
        if z[place] <= (partial - T::one()) / T::of((k + 1) as f64) {
            break;
        }
        k += 1;
        partials += partial;
    }
    (k, (partials - T::one()) / T::of(k as f64))
}

/// The places of the values from the largest on, of equal ones the first before the others; NaN is left out.
///
/// Sorting would be faster for long samples, but needs memory that a step of training must not ask for.
fn descending<T: Scalar>(z: &[T]) -> impl Iterator<Item = usize> {
    let first = largest_place(z, |place| z[place] >= T::of(f64::NEG_INFINITY));
    std::iter::successors(first, move |&last| {
        largest_place(z, |place| z[place] < z[last] || (z[place] == z[last] && place > last))
    })
}

fn largest_place<T: Scalar>(z: &[T], among: impl Fn(usize) -> bool) -> Option<usize> {
    (0..z.len()).filter(|&place| among(place)).reduce(|best, place| if z[place] > z[best] { place } else { best })
}
