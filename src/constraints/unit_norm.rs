use super::Constraint;
use super::norms::{check_axis, scale_norms};
use crate::base::Result;
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// Scales norms to 1: `w /= norm + 1e-7`. [Keras](https://keras.io/api/layers/constraints/#unitnorm-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct UnitNorm {
    axis: usize,
}

impl UnitNorm {
    /// Sets the axis along which norms are computed, 0 (default) or 1.
    pub fn axis(mut self, axis: usize) -> Self {
        self.axis = axis;
        self
    }
}

impl Describe for UnitNorm {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("axis", &mut self.axis, 0..=1);
    }
}

impl<T: Scalar> Constraint<T> for UnitNorm {
    crate::part::compiled!(Constraint<T> for UnitNorm);

    fn project(&self, weight: &mut [T], shape: &[usize]) {
        scale_norms(weight, shape, self.axis, |_| T::one());
    }

    fn check(&self, shape: &[usize]) -> Result<()> {
        check_axis("UnitNorm", self.axis, shape)
    }
}
