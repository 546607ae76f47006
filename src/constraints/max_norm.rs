use super::Constraint;
use super::norms::{NORM, check_axis, scale_norms};
use crate::base::Result;
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// Limits norms to at most `max_value`: `w *= min(norm, max_value) / (norm + 1e-7)`.
/// [Keras](https://keras.io/api/layers/constraints/#maxnorm-class)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaxNorm {
    max_value: f64,
    axis: usize,
}

impl MaxNorm {
    /// Creates a constraint with this largest norm, at least 0 (Keras' default is 2).
    pub fn new(max_value: f64) -> Self {
        Self { max_value, axis: 0 }
    }

    /// Sets the axis along which norms are computed, 0 (default) or 1.
    pub fn axis(mut self, axis: usize) -> Self {
        self.axis = axis;
        self
    }
}

impl Default for MaxNorm {
    fn default() -> Self {
        Self::new(2.0)
    }
}

impl Describe for MaxNorm {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("max_value", &mut self.max_value, NORM);
        arguments.count("axis", &mut self.axis, 0..=1);
    }
}

impl<T: Scalar> Constraint<T> for MaxNorm {
    crate::part::compiled!(Constraint<T> for MaxNorm);

    fn project(&self, weight: &mut [T], shape: &[usize]) {
        let largest = T::of(self.max_value);
        scale_norms(weight, shape, self.axis, |norm| if norm > largest { largest } else { norm });
    }

    fn check(&self, shape: &[usize]) -> Result<()> {
        check_axis("MaxNorm", self.axis, shape)
    }
}
