use super::Activation;
use crate::base::{Batch, BatchMut};
use crate::kernels::Scalar;
use crate::part::Describe;

/// The identity, `a = z`. [Keras](https://keras.io/api/layers/activations/#linear-function)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "linear")]
pub struct Linear;

impl Describe for Linear {
    fn class_name(&self) -> &'static str {
        "linear"
    }
}

impl<T: Scalar> Activation<T> for Linear {
    crate::part::compiled!(Activation<T> for Linear);

    fn apply(&self, _z: BatchMut<'_, T>) {}

    fn backprop(&self, _seen: Batch<'_, T>, _gradient: BatchMut<'_, T>) {}
}
