use crate::base::{Batch, BatchMut, Result, Shape};
use crate::kernels::{self, Scalar};
use crate::layers::{Backward, Infer, Layer, Plan};
use crate::part::Describe;
use std::fmt;
use std::sync::Arc;

/// A layer without weights that applies your own function, given with its derivative.
/// [Keras](https://keras.io/api/layers/core_layers/lambda/)
///
/// A closure has no name, so a model with this layer cannot be saved and loaded. To save your own layer, define a type for
/// it; see the [`guide`](crate::guide).
///
/// ```
/// use layercake::layers::Lambda;
/// use layercake::prelude::*;
///
/// let square = Lambda::elementwise(|x: f64| x * x, |x| 2.0 * x);
/// assert!(layercake::check::layer(square.clone(), &dmatrix![0.5, -1.0; 2.0, 0.3])? < 1e-6);
///
/// // a layer with one output: the sum of each sample
/// let sum = Lambda::samples(1, |x: &[f64], y| y[0] = x.iter().sum(), |_, dy, dx| dx.fill(dy[0]));
/// let mut model = Sequential::new();
/// model.add(square);
/// model.add(sum);
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![3.0, 4.0])?, dmatrix![25.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Clone)]
pub struct Lambda<T: Scalar> {
    /// The shape of one output sample; `None` if it is the shape of the inputs.
    output: Option<Shape>,
    value: Value<T>,
    gradient: GradientOf<T>,
}

type Value<T> = Arc<dyn Fn(Batch<'_, T>, BatchMut<'_, T>) + Send + Sync>;
type GradientOf<T> = Arc<dyn Fn(Batch<'_, T>, Batch<'_, T>, BatchMut<'_, T>) + Send + Sync>;

impl<T: Scalar> Lambda<T> {
    /// Creates a layer that computes `y = value(x)` for each value; `derivative(x)` is the derivative of `value` at `x`.
    pub fn elementwise(
        value: impl Fn(T) -> T + Send + Sync + 'static,
        derivative: impl Fn(T) -> T + Send + Sync + 'static,
    ) -> Self {
        Self {
            output: None,
            value: Arc::new(move |x, mut y| kernels::zip(y.values(), x.values(), |_, x| value(x))),
            gradient: Arc::new(move |x, dy, mut dx| {
                kernels::zip(dx.values(), x.values(), |_, x| derivative(x));
                kernels::multiply(dx.values(), dy.values());
            }),
        }
    }

    /// Creates a layer that acts on whole samples and has outputs of this width or shape.
    ///
    /// `value(x, y)` writes the outputs `y` for the inputs `x`. `gradient(x, dy, dx)` writes `dx`, the gradient of the loss
    /// with respect to the inputs, given `dy`, the gradient with respect to the outputs.
    pub fn samples(
        output: impl Into<Shape>,
        value: impl Fn(&[T], &mut [T]) + Send + Sync + 'static,
        gradient: impl Fn(&[T], &[T], &mut [T]) + Send + Sync + 'static,
    ) -> Self {
        Self {
            output: Some(output.into()),
            value: Arc::new(move |x, mut y| x.samples().zip(y.samples()).for_each(|(x, y)| value(x, y))),
            gradient: Arc::new(move |x, dy, mut dx| {
                x.samples().zip(dy.samples()).zip(dx.samples()).for_each(|((x, dy), dx)| gradient(x, dy, dx));
            }),
        }
    }
}

impl<T: Scalar> fmt::Debug for Lambda<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lambda").field("output", &self.output).finish_non_exhaustive()
    }
}

impl<T: Scalar> Describe for Lambda<T> {}

impl<T: Scalar> Layer<T> for Lambda<T> {
    crate::part::compiled!(Layer<T> for Lambda<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        Ok(Plan::new(self.output.as_ref().unwrap_or(&inputs[0]).clone()))
    }

    fn infer(&self, pass: Infer<'_, T>) {
        (self.value)(pass.inputs[0], pass.output);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let (x, dy) = (pass.inputs[0], pass.output_gradient);
        pass.input_gradients.write(0, |dx| (self.gradient)(x, dy, dx));
    }
}
