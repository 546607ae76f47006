//! Layers that apply an activation with arguments, named as in Keras.

use crate::activations;
use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Infer, Layer, Plan, pass_back, pass_on};
use crate::part::{Arguments, Describe, IntoPart};

/// The rectifier as a layer: `y = max(x, 0)`, with the arguments of [`activations::Relu`](struct@activations::Relu).
/// [Keras](https://keras.io/api/layers/activation_layers/relu/)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(layers::Relu::default().max_value(6.0));
/// model.build(3)?;
/// assert_eq!(model.predict(&dmatrix![-1.0, 2.0, 7.0])?, dmatrix![0.0, 2.0, 6.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "ReLU")]
pub struct Relu {
    activation: activations::Relu,
}

impl Relu {
    /// Sets the largest output, at least 0 (default: none).
    pub fn max_value(mut self, max_value: f64) -> Self {
        self.activation = self.activation.max_value(max_value);
        self
    }

    /// Sets the derivative below the threshold, at least 0 (default 0).
    pub fn negative_slope(mut self, negative_slope: f64) -> Self {
        self.activation = self.activation.negative_slope(negative_slope);
        self
    }

    /// Sets the input up to which `negative_slope` applies, at least 0 (default 0).
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.activation = self.activation.threshold(threshold);
        self
    }
}

/// The leaky rectifier as a layer: `y = x` above 0 and `y = negative_slope * x` below.
///
/// As in Keras the default `negative_slope` is 0.3, while [`activations::LeakyRelu`](struct@activations::LeakyRelu) has 0.2.
/// [Keras](https://keras.io/api/layers/activation_layers/leaky_relu/)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(layers::LeakyRelu::default());
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![-1.0, 2.0])?, dmatrix![-0.3, 2.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "LeakyReLU")]
pub struct LeakyRelu {
    activation: activations::LeakyRelu,
}

impl LeakyRelu {
    /// Sets the derivative below 0, at least 0 (default 0.3).
    pub fn negative_slope(mut self, negative_slope: f64) -> Self {
        self.activation = self.activation.negative_slope(negative_slope);
        self
    }
}

impl Default for LeakyRelu {
    fn default() -> Self {
        Self { activation: activations::LeakyRelu.negative_slope(0.3) }
    }
}

/// The exponential linear unit as a layer: `y = x` above 0 and `y = alpha * (exp(x) - 1)` below.
/// [Keras](https://keras.io/api/layers/activation_layers/elu/)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(layers::Elu::default().alpha(0.5));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![-1000.0, 2.0])?, dmatrix![-0.5, 2.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "ELU")]
pub struct Elu {
    activation: activations::Elu,
}

impl Elu {
    /// Sets `alpha`, at least 0 (default 1): outputs approach `-alpha` for very negative inputs.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.activation = self.activation.alpha(alpha);
        self
    }
}

/// Implements a layer that applies its activation and is saved under this name with the activation's arguments.
macro_rules! activation_layer {
    ($layer:ident, $name:literal) => {
        impl Describe for $layer {
            fn class_name(&self) -> &'static str {
                $name
            }

            fn arguments(&mut self, arguments: &mut Arguments<'_>) {
                self.activation.arguments(arguments);
            }
        }

        impl<T: Scalar> Layer<T> for $layer {
            crate::part::compiled!(Layer<T> for $layer);

            fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
                Plan::new(inputs[0].clone()).activation(&self.activation.into_part())
            }

            fn infer(&self, pass: Infer<'_, T>) {
                pass_on(pass);
            }

            fn backward(&self, pass: &mut Backward<'_, T>) {
                pass_back(pass);
            }
        }
    };
}

activation_layer!(Relu, "ReLU");
activation_layer!(LeakyRelu, "LeakyReLU");
activation_layer!(Elu, "ELU");
