use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// The rectifier with a small gradient below 0: `a = z` above 0 and `a = negative_slope z` otherwise. Units with negative
/// pre-activations still receive a gradient.
/// (Maas, Hannun and Ng, *Rectifier Nonlinearities Improve Neural Network Acoustic Models*, 2013;
/// [Keras](https://keras.io/api/layers/activations/#leaky_relu-function))
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(layers::Activation::new(LeakyRelu.negative_slope(0.1)));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![-1.0, 2.0])?, dmatrix![-0.1, 2.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "leaky_relu")]
pub struct LeakyRelu {
    negative_slope: f64,
}

/// [`LeakyRelu`](struct@LeakyRelu) with Keras' default, a `negative_slope` of 0.2.
#[allow(non_upper_case_globals)]
pub const LeakyRelu: LeakyRelu = LeakyRelu { negative_slope: 0.2 };

impl LeakyRelu {
    /// Sets the derivative below 0, at least 0 (default 0.2).
    pub fn negative_slope(mut self, negative_slope: f64) -> Self {
        self.negative_slope = negative_slope;
        self
    }
}

impl Default for LeakyRelu {
    fn default() -> Self {
        LeakyRelu
    }
}

impl Describe for LeakyRelu {
    fn class_name(&self) -> &'static str {
        "leaky_relu"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("negative_slope", &mut self.negative_slope, 0.0..f64::INFINITY);
    }
}

impl Elementwise for LeakyRelu {
    super::elementwise::compiled!(LeakyRelu);

    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        // Both cases are computed, so that the loop has no branch.
        let below = T::of(self.negative_slope) * z;
        if z > T::zero() { z } else { below }
    }

    #[inline(always)]
    fn derivative<T: Scalar>(&self, a: T) -> T {
        let below = T::of(self.negative_slope);
        if a > T::zero() { T::one() } else { below }
    }
}
