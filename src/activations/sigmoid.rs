use super::Activation;
use crate::kernels::{self, math};
use crate::saving::Describe;
use crate::{Batch, BatchMut, Scalar};

/// The logistic function, `a = 1 / (1 + exp(-z))`, between 0 and 1: the probability of a class against its opposite.
/// [Keras](https://keras.io/api/layers/activations/#sigmoid-function)
///
/// Under `BinaryCrossentropy` training uses the sums directly, which stays exact where `a` would round to 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "sigmoid")]
pub struct Sigmoid;

impl Describe for Sigmoid {
    fn class_name(&self) -> &'static str {
        "sigmoid"
    }
}

impl<T: Scalar> Activation<T> for Sigmoid {
    fn apply(&self, mut z: BatchMut<'_, T>) {
        kernels::map(z.values(), math::logistic);
    }

    fn backprop(&self, a: Batch<'_, T>, mut slope: BatchMut<'_, T>) {
        // da/dz = a (1 - a)
        kernels::zip(slope.values(), a.values(), |d, a| d * a * (T::one() - a));
    }
}
