use crate::base::{Result, Shape};
use crate::kernels::{self, Scalar};
use crate::layers::{Backward, Infer, Layer, Plan};
use crate::part::{Arguments, Describe, FINITE};

/// Scales and shifts its inputs: `y = scale x + offset`.
/// [Keras](https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/)
///
/// ```
/// use layercake::layers::Rescaling;
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Rescaling::new(1.0 / 127.5).offset(-1.0));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![0.0, 255.0])?, dmatrix![-1.0, 1.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rescaling {
    scale: f64,
    offset: f64,
}

impl Rescaling {
    /// Creates a layer with this factor, any finite number.
    pub fn new(scale: f64) -> Self {
        Self { scale, offset: 0.0 }
    }

    /// Sets the number that is added, any finite number (default: 0).
    pub fn offset(mut self, offset: f64) -> Self {
        self.offset = offset;
        self
    }
}

impl Describe for Rescaling {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("scale", &mut self.scale, FINITE);
        arguments.number("offset", &mut self.offset, FINITE);
    }
}

impl<T: Scalar> Layer<T> for Rescaling {
    crate::part::compiled!(Layer<T> for Rescaling);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        Ok(Plan::new(inputs[0].clone()))
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        let (scale, offset) = (T::of(self.scale), T::of(self.offset));
        kernels::zip(pass.output.values(), pass.inputs[0].values(), |_, x| x * scale + offset);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let (scale, dy) = (T::of(self.scale), pass.output_gradient.values());
        pass.input_gradients.write(0, |mut dx| kernels::zip(dx.values(), dy, |_, dy| dy * scale));
    }
}
