use super::{EPSILON, Scales, to_variance_1, vectors};
use crate::base::{Result, Shape};
use crate::initializers::Ones;
use crate::kernels::Scalar;
use crate::layers::{Backward, Forward, Infer, Layer, Param, Plan, WeightOptions};
use crate::part::{Arguments, Describe};

/// Normalizes each sample to a mean square of 1 along its last axis: `y = scale * x / sqrt(mean(x^2) + epsilon)`.
/// (Zhang and Sennrich, *Root Mean Square Layer Normalization*, 2019;
/// [Keras](https://keras.io/api/layers/normalization_layers/rms_normalization/))
///
/// The layer computes the same in training and in prediction. The weight is `scale`, with one value for each channel,
/// initialised to 1.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(RmsNormalization::default().epsilon(0.0));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![3.0, -3.0])?, dmatrix![1.0, -1.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "RMSNormalization")]
pub struct RmsNormalization {
    epsilon: f64,
}

impl RmsNormalization {
    /// Sets the number added to the mean square, at least 0 (default 1e-6).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }
}

impl Default for RmsNormalization {
    fn default() -> Self {
        Self { epsilon: 1e-6 }
    }
}

impl Describe for RmsNormalization {
    fn class_name(&self) -> &'static str {
        "RMSNormalization"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("epsilon", &mut self.epsilon, EPSILON);
    }
}

impl<T: Scalar> Layer<T> for RmsNormalization {
    crate::part::compiled!(Layer<T> for RmsNormalization);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let input = &inputs[0];
        let scale = Param::new("scale", [input.last()], &WeightOptions::new(Ones))?;
        Ok(Plan::new(input.clone()).param(scale).scratch(input.width()))
    }

    fn infer(&self, pass: Infer<'_, T>) {
        let scales = Scales { gamma: Some(pass.params), beta: None };
        to_variance_1(vectors(pass.inputs[0].shape()), false, self.epsilon).infer(pass, scales);
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let normalizer = to_variance_1(vectors(pass.inputs[0].shape()), false, self.epsilon);
        normalizer.forward(pass, |params| Scales { gamma: Some(params), beta: None });
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let normalizer = to_variance_1(vectors(pass.inputs[0].shape()), false, self.epsilon);
        normalizer.backward(pass, |params| Scales { gamma: Some(params), beta: None });
    }
}
