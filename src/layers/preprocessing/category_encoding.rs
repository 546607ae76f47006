use super::encoding::{OutputMode, class_of};
use crate::base::Error;
use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Infer, Layer, Plan};
use crate::part::{Arguments, Describe};

/// Encodes class numbers `0..num_tokens` as vectors of zeros and ones, or of counts.
/// [Keras](https://keras.io/api/layers/preprocessing_layers/categorical/category_encoding/)
///
/// The layer must be the first, or follow layers whose outputs are classes. Its modes are those of [`OutputMode`] except
/// `Int`.
///
/// # Errors
///
/// Building the model fails if the layer follows one whose outputs are not classes. `fit`, `evaluate` and `predict` fail
/// if a number in the data is not a whole number from 0 to below `num_tokens`.
///
/// ```
/// use layercake::layers::CategoryEncoding;
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(CategoryEncoding::new(4));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![3.0, 1.0; 2.0, 2.0])?, dmatrix![0.0, 1.0, 0.0, 1.0; 0.0, 0.0, 1.0, 0.0]);
/// assert!(model.predict(&dmatrix![4.0, 0.5]).is_err());
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CategoryEncoding {
    num_tokens: usize,
    output_mode: OutputMode,
}

impl CategoryEncoding {
    /// Creates a layer for this number of classes, at least 1.
    pub fn new(num_tokens: usize) -> Self {
        Self { num_tokens, output_mode: OutputMode::MultiHot }
    }

    /// Sets how the classes are encoded (default: `MultiHot`).
    pub fn output_mode(mut self, output_mode: OutputMode) -> Self {
        self.output_mode = output_mode;
        self
    }
}

impl Describe for CategoryEncoding {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("num_tokens", &mut self.num_tokens, 1..);
        let modes = [("multi_hot", OutputMode::MultiHot), ("one_hot", OutputMode::OneHot), ("count", OutputMode::Count)];
        arguments.choice("output_mode", &mut self.output_mode, &modes);
    }
}

impl<T: Scalar> Layer<T> for CategoryEncoding {
    crate::part::compiled!(Layer<T> for CategoryEncoding);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let input = &inputs[0];
        if self.output_mode == OutputMode::Int {
            let allowed = "`MultiHot`, `OneHot` or `Count`: omit the layer to keep the class numbers";
            return Err(Error::argument("CategoryEncoding", "output_mode", "Int", allowed));
        }
        Ok(Plan::new(self.output_mode.shape(input, self.num_tokens)).takes_classes(self.num_tokens))
    }

    fn infer(&self, pass: Infer<'_, T>) {
        self.output_mode.encode(self.num_tokens, pass.inputs[0], pass.output, class_of);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        // A class number is not a continuous value, so its gradient is 0.
        pass.input_gradients.write(0, |mut dx| dx.values().fill(T::zero()));
    }
}
