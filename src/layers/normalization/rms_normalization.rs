use super::{EPSILON, Scales, to_variance_1, vectors};
use crate::base::{Batch, BatchMut, Result, Shape};
use crate::initializers::Ones;
use crate::kernels::Scalar;
use crate::layers::{Backward, Layer, Param, Plan, Tape, Weights};
use crate::part::{Arguments, Describe, IntoPart};

/// Brings each sample to a mean square of 1 along its last axis: `y = scale * x / sqrt(mean(x^2) + epsilon)`.
/// (Zhang and Sennrich, *Root Mean Square Layer Normalization*, 2019;
/// [Keras](https://keras.io/api/layers/normalization_layers/rms_normalization/))
///
/// Does the same in training and in prediction. Weight: `scale`, one value for each channel, from 1.
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
    /// What is added to the mean square, at least 0 (default 1e-6).
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

    fn plan(&self, input: &Shape) -> Result<Plan<T>> {
        let scale = Param::new("scale", [input.last()], &Ones.into_part())?;
        Ok(Plan::new(input.clone()).param(scale).scratch(input.width()))
    }

    fn infer(&self, weights: Weights<'_, T>, x: Batch<'_, T>, y: BatchMut<'_, T>) {
        let scales = Scales { gamma: Some(weights.params), beta: None };
        to_variance_1(vectors(x.shape()), false, self.epsilon).infer(x, y, scales);
    }

    fn forward(&self, params: &[T], x: Batch<'_, T>, y: BatchMut<'_, T>, tape: Tape<'_, T>) {
        let scales = Scales { gamma: Some(params), beta: None };
        to_variance_1(vectors(x.shape()), false, self.epsilon).forward(x, y, scales, tape);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let scales = Scales { gamma: Some(pass.params), beta: None };
        to_variance_1(vectors(pass.x.shape()), false, self.epsilon).backward(pass, scales);
    }
}
