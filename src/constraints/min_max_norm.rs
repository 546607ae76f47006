use super::Constraint;
use super::norms::{NORM, check_axis, scale_norms};
use crate::base::Result;
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// Limits norms to a range: `w *= (rate * clip(norm, min_value, max_value) + (1 - rate) * norm) / (norm + 1e-7)`.
/// [Keras](https://keras.io/api/layers/constraints/#minmaxnorm-class)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinMaxNorm {
    min_value: f64,
    max_value: f64,
    rate: f64,
    axis: usize,
}

impl MinMaxNorm {
    /// Creates a constraint with this range of norms, `0 <= min_value <= max_value` (Keras' defaults are 0 and 1).
    pub fn new(min_value: f64, max_value: f64) -> Self {
        Self { min_value, max_value, rate: 1.0, axis: 0 }
    }

    /// Sets how far norms outside the range are brought to its nearest end after each update, from 0 to 1 (default 1:
    /// completely).
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }

    /// Sets the axis along which norms are computed, 0 (default) or 1.
    pub fn axis(mut self, axis: usize) -> Self {
        self.axis = axis;
        self
    }
}

impl Default for MinMaxNorm {
    fn default() -> Self {
        Self::new(0.0, 1.0)
    }
}

impl Describe for MinMaxNorm {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("min_value", &mut self.min_value, NORM);
        arguments.number("max_value", &mut self.max_value, self.min_value..f64::INFINITY);
        arguments.number("rate", &mut self.rate, 0.0..=1.0);
        arguments.count("axis", &mut self.axis, 0..=1);
    }
}

impl<T: Scalar> Constraint<T> for MinMaxNorm {
    crate::part::compiled!(Constraint<T> for MinMaxNorm);

    fn project(&self, weight: &mut [T], shape: &[usize]) {
        let (smallest, largest, rate) = (T::of(self.min_value), T::of(self.max_value), T::of(self.rate));
        scale_norms(weight, shape, self.axis, |norm| rate * norm.clamp(smallest, largest) + (T::one() - rate) * norm);
    }

    fn check(&self, shape: &[usize]) -> Result<()> {
        check_axis("MinMaxNorm", self.axis, shape)
    }
}
