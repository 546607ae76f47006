use super::Constraint;
use crate::kernels::Scalar;
use crate::part::Describe;

/// Sets negative weights to 0: `w = max(w, 0)`. [Keras](https://keras.io/api/layers/constraints/#nonneg-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NonNeg;

impl Describe for NonNeg {}

impl<T: Scalar> Constraint<T> for NonNeg {
    crate::part::compiled!(Constraint<T> for NonNeg);

    fn project(&self, weight: &mut [T], _shape: &[usize]) {
        weight.iter_mut().filter(|w| **w < T::zero()).for_each(|w| *w = T::zero());
    }
}
