//! The layers of sine and cosine, which are operations of Keras and not activations.

use crate::base::{Result, Shape};
use crate::kernels::{self, Scalar};
use crate::layers::{Backward, Infer, Layer, Plan};
use crate::part::Describe;

/// Defines a layer that applies a function to each value.
macro_rules! wave {
    ($(#[$documentation:meta])* $name:ident, |$x:ident| $value:expr, $derivative:expr) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name;

        impl Describe for $name {}

        impl<T: Scalar> Layer<T> for $name {
            crate::part::compiled!(Layer<T> for $name);

            fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
                Ok(Plan::new(inputs[0].clone()))
            }

            fn infer(&self, mut pass: Infer<'_, T>) {
                kernels::zip(pass.output.values(), pass.inputs[0].values(), |_, $x| $value);
            }

            fn backward(&self, pass: &mut Backward<'_, T>) {
                let (x, dy) = (pass.inputs[0].values(), pass.output_gradient.values());
                pass.input_gradients.write(0, |mut dx| {
                    dx.values().copy_from_slice(dy);
                    kernels::zip(dx.values(), x, |dy, $x| dy * $derivative);
                });
            }
        }
    };
}

wave!(
    /// The cosine of each value, `y = cos(x)`, for periodic features of numbers. In Keras it is the operation `keras.ops.cos`.
    ///
    /// ```
    /// use layercake::layers::Cos;
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::new();
    /// model.add(Cos);
    /// model.build(2)?;
    /// assert_eq!(model.predict(&dmatrix![0.0, 1.0])?, dmatrix![1.0, 1.0f64.cos()]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    Cos, |x| x.cos(), -x.sin()
);
wave!(
    /// The sine of each value, `y = sin(x)`, for periodic features of numbers. In Keras it is the operation `keras.ops.sin`.
    ///
    /// ```
    /// use layercake::layers::Sin;
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::new();
    /// model.add(Sin);
    /// model.build(2)?;
    /// assert_eq!(model.predict(&dmatrix![0.0, 1.0])?, dmatrix![0.0, 1.0f64.sin()]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    Sin, |x| x.sin(), x.cos()
);
