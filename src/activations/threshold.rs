use super::Sees;
use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe, FINITE};

/// Replaces small values: `a = z` for `z > threshold`, and `a = default_value` otherwise.
/// [Keras](https://keras.io/api/layers/activations/#threshold-function)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(layers::Activation::new(Threshold::new(0.5, -1.0)));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![0.5, 2.0])?, dmatrix![-1.0, 2.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "threshold")]
pub struct Threshold {
    threshold: f64,
    default_value: f64,
}

impl Threshold {
    /// Creates the activation with this `threshold` and `default_value`, both finite; Keras has no defaults for them.
    pub fn new(threshold: f64, default_value: f64) -> Self {
        Self { threshold, default_value }
    }
}

impl Describe for Threshold {
    fn class_name(&self) -> &'static str {
        "threshold"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("threshold", &mut self.threshold, FINITE);
        arguments.number("default_value", &mut self.default_value, FINITE);
    }
}

impl Elementwise for Threshold {
    super::elementwise::compiled!(Threshold);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        // The value is read in both cases, so that the loop has no branch.
        let default_value = T::of(self.default_value);
        if z <= T::of(self.threshold) { default_value } else { z }
    }

    #[inline(always)]
    fn derivative<T: Scalar>(&self, z: T) -> T {
        if z <= T::of(self.threshold) { T::zero() } else { T::one() }
    }

    fn derivative_sees(&self) -> Sees {
        Sees::Input
    }
}
