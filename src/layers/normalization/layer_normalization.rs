use super::affine::Affine;
use super::{EPSILON, affine_arguments, to_variance_1, vectors};
use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Forward, Infer, Layer, Plan};
use crate::part::{Arguments, Describe};

/// Normalizes each sample to mean 0 and variance 1 along its last axis:
/// `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`. (Ba, Kiros and Hinton, *Layer Normalization*, 2016;
/// [Keras](https://keras.io/api/layers/normalization_layers/layer_normalization/))
///
/// The layer computes the same in training and in prediction. The weights are `gamma` and `beta`, with one value for each
/// channel.
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
    /// Sets the number added to the variance, at least 0 (default 1e-3).
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

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let input = &inputs[0];
        self.affine.declare(Plan::new(input.clone()).scratch(input.width()), input.last())
    }

    fn infer(&self, pass: Infer<'_, T>) {
        let scales = self.affine.scales(pass.params);
        to_variance_1(vectors(pass.inputs[0].shape()), true, self.epsilon).infer(pass, scales);
    }

    fn forward(&self, pass: Forward<'_, T>) {
        to_variance_1(vectors(pass.inputs[0].shape()), true, self.epsilon).forward(pass, |params| self.affine.scales(params));
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        to_variance_1(vectors(pass.inputs[0].shape()), true, self.epsilon).backward(pass, |params| self.affine.scales(params));
    }
}
