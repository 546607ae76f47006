use crate::activations::MeanOfSteps;
use crate::base::{Error, Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Infer, Layer, Plan, pass_back, pass_on};
use crate::part::{Arguments, Describe, IntoPart};

/// The mean of the steps of a sample: `y[f] = (x[1, f] + .. + x[n, f]) / n` for samples of shape `[n, features]`.
/// [Keras](https://keras.io/api/layers/pooling_layers/global_average_pooling1d/)
///
/// The steps may be the members of an ensemble; see [`BatchEnsembleDense`](super::BatchEnsembleDense).
///
/// # Errors
///
/// Building the model fails if the samples do not have two axes.
///
/// ```
/// use layercake::layers::GlobalAveragePooling1D;
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(GlobalAveragePooling1D::default());
/// model.build([2, 3])?;
/// assert_eq!(model.predict(&dmatrix![1.0, 2.0, 3.0, 5.0, 6.0, 7.0])?, dmatrix![3.0, 4.0, 5.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GlobalAveragePooling1D {
    keepdims: bool,
}

impl GlobalAveragePooling1D {
    /// Sets whether the axis of the steps stays, with extent 1 (default: false).
    pub fn keepdims(mut self, keepdims: bool) -> Self {
        self.keepdims = keepdims;
        self
    }
}

impl Describe for GlobalAveragePooling1D {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.choice("data_format", &mut (), &[("channels_last", ())]);
        arguments.flag("keepdims", &mut self.keepdims);
    }
}

impl<T: Scalar> Layer<T> for GlobalAveragePooling1D {
    crate::part::compiled!(Layer<T> for GlobalAveragePooling1D);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let input = &inputs[0];
        if input.dims().len() != 2 {
            let (found, expected) = (input.clone(), "it takes samples with two axes, the steps and the features".to_string());
            return Err(Error::LayerInput { layer: String::new(), found, expected });
        }
        Plan::new(input.clone()).activation(&MeanOfSteps { keepdims: self.keepdims }.into_part())
    }

    fn infer(&self, pass: Infer<'_, T>) {
        pass_on(pass);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        pass_back(pass);
    }
}
