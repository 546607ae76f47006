use super::affine::Affine;
use super::{EPSILON, affine_arguments, to_variance_1, vectors};
use crate::base::{Batch, BatchMut, Result, Shape};
use crate::constraints::Constraint;
use crate::initializers::Initializer;
use crate::kernels::Scalar;
use crate::layers::{Backward, Layer, Plan, Tape, Weights};
use crate::part::{Arguments, Describe, IntoPart};
use crate::regularizers::Regularizer;

/// Brings each sample to mean 0 and variance 1 along its last axis:
/// `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`. (Ba, Kiros and Hinton, *Layer Normalization*, 2016;
/// [Keras](https://keras.io/api/layers/normalization_layers/layer_normalization/))
///
/// Does the same in training and in prediction. Weights, one value for each channel: `gamma` and `beta`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(LayerNormalization::default().epsilon(0.0));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![1.0, 3.0; -20.0, 20.0])?, dmatrix![-1.0, 1.0; -1.0, 1.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LayerNormalization<T: Scalar> {
    epsilon: f64,
    affine: Affine<T>,
}

impl<T: Scalar> LayerNormalization<T> {
    /// What is added to the variance, at least 0 (default 1e-3).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    affine_arguments!();
}

impl<T: Scalar> Default for LayerNormalization<T> {
    fn default() -> Self {
        Self { epsilon: 1e-3, affine: Affine::default() }
    }
}

impl<T: Scalar> Describe for LayerNormalization<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("epsilon", &mut self.epsilon, EPSILON);
        self.affine.arguments(arguments);
    }
}

impl<T: Scalar> Layer<T> for LayerNormalization<T> {
    crate::part::compiled!(Layer<T> for LayerNormalization<T>);

    fn plan(&self, input: &Shape) -> Result<Plan<T>> {
        self.affine.declare(Plan::new(input.clone()).scratch(input.width()), input.last())
    }

    fn infer(&self, weights: Weights<'_, T>, x: Batch<'_, T>, y: BatchMut<'_, T>) {
        let normalizer = to_variance_1(vectors(x.shape()), true, self.epsilon);
        normalizer.infer(x, y, self.affine.scales(weights.params));
    }

    fn forward(&self, params: &[T], x: Batch<'_, T>, y: BatchMut<'_, T>, tape: Tape<'_, T>) {
        let normalizer = to_variance_1(vectors(x.shape()), true, self.epsilon);
        normalizer.forward(x, y, self.affine.scales(params), tape);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let scales = self.affine.scales(pass.params);
        to_variance_1(vectors(pass.x.shape()), true, self.epsilon).backward(pass, scales);
    }
}
