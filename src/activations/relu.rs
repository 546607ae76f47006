use super::{Activation, Sees};
use crate::base::{Batch, BatchMut};
use crate::kernels;
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// The rectifier, `a = max(z, 0)`; NaN stays NaN. [Keras](https://keras.io/api/layers/activations/#relu-function)
///
/// With arguments, `a = max_value` for `z >= max_value`, `a = z` for `z` between `threshold` and `max_value`, and
/// `a = negative_slope * (z - threshold)` for `z` up to `threshold`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(8).activation(Relu));
/// model.add(Dense::new(8).activation(Relu.max_value(6.0).negative_slope(0.1)));
/// # model.build(2)?;
/// # model.predict(&dmatrix![0.5, 1.0])?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "relu")]
pub struct Relu {
    negative_slope: f64,
    max_value: Option<f64>,
    threshold: f64,
}

/// [`Relu`](struct@Relu) with Keras' defaults: `max(z, 0)`.
#[allow(non_upper_case_globals)]
pub const Relu: Relu = Relu { negative_slope: 0.0, max_value: None, threshold: 0.0 };

impl Relu {
    /// Sets the derivative below the threshold, at least 0 (default 0).
    pub fn negative_slope(mut self, negative_slope: f64) -> Self {
        self.negative_slope = negative_slope;
        self
    }

    /// Sets the largest output, at least 0 (default: none).
    pub fn max_value(mut self, max_value: f64) -> Self {
        self.max_value = Some(max_value);
        self
    }

    /// Sets the input up to which `negative_slope` applies, at least 0 (default 0).
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    fn is_plain(&self) -> bool {
        *self == Relu
    }
}

impl Describe for Relu {
    fn class_name(&self) -> &'static str {
        "relu"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("negative_slope", &mut self.negative_slope, 0.0..f64::INFINITY);
        arguments.optional_number("max_value", &mut self.max_value, 0.0..f64::INFINITY);
        arguments.number("threshold", &mut self.threshold, 0.0..f64::INFINITY);
    }
}

impl<T: Scalar> Activation<T> for Relu {
    crate::part::compiled!(Activation<T> for Relu);

    fn apply(&self, mut z: BatchMut<'_, T>) {
        if self.is_plain() {
            // A comparison with NaN is false, so NaN stays NaN.
            return kernels::map(z.values(), |z| if z < T::zero() { T::zero() } else { z });
        }
        let (negative_slope, threshold) = (T::of(self.negative_slope), T::of(self.threshold));
        let top = self.max_value.map_or(T::of(f64::INFINITY), T::of);
        // A factor of 0 is handled separately, because 0 times infinity would be NaN.
        let below = |z: T| if negative_slope == T::zero() { T::zero() } else { negative_slope * (z - threshold) };
        kernels::map(z.values(), |z| {
            if z > top {
                top
            } else if z <= threshold {
                below(z)
            } else {
                z
            }
        });
    }

    fn backprop(&self, seen: Batch<'_, T>, mut gradient: BatchMut<'_, T>) {
        if self.is_plain() {
            return kernels::zip(gradient.values(), seen.values(), |d, a| if a <= T::zero() { T::zero() } else { d });
        }
        let (below, threshold) = (T::of(self.negative_slope), T::of(self.threshold));
        let top = self.max_value.map_or(T::of(f64::INFINITY), T::of);
        // At `max_value` Keras' derivative is 1, except for a `max_value` of 6 with a threshold of 0, where Keras calls
        // `relu6` and it is 0. At `threshold` it is `negative_slope` for a threshold of 0, and 0 for any other.
        let flat_at_top = self.max_value == Some(6.0) && self.threshold == 0.0;
        let at_threshold = if self.threshold == 0.0 { below } else { T::zero() };
        kernels::zip(gradient.values(), seen.values(), |d, z| {
            if z > top || (flat_at_top && z == top) {
                T::zero()
            } else if z < threshold {
                d * below
            } else if z == threshold {
                d * at_threshold
            } else {
                d
            }
        });
    }

    fn sees(&self) -> Sees {
        if self.is_plain() { Sees::Output } else { Sees::Input }
    }
}
