use crate::base::{Error, Result, Shape};
use crate::initializers::Zeros;
use crate::kernels;
use crate::kernels::Scalar;
use crate::layers::{Backward, Infer, Layer, Param, Plan, WeightOptions, factor_arguments, weight_setters};
use crate::part::{Arguments, Describe};

/// A rectifier with a trainable factor for negative inputs: `y = x` for `x > 0`, and `y = alpha * x` otherwise.
/// (He et al., *Delving Deep into Rectifiers*, 2015; [Keras](https://keras.io/api/layers/activation_layers/prelu/))
///
/// The weight is `alpha`. It has the shape of a sample, with extent 1 along `shared_axes`.
///
/// # Errors
///
/// Building the model fails if `shared_axes` names an axis that the samples do not have.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(PRelu::default().alpha_initializer("ones").alpha_regularizer(L2::new(1e-3)));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![-3.0, 4.0])?, dmatrix![-3.0, 4.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "PReLU")]
pub struct PRelu<T: Scalar> {
    alpha: WeightOptions<T>,
    shared_axes: Option<Vec<i64>>,
}

impl<T: Scalar> PRelu<T> {
    weight_setters!(
        alpha: "alpha", "Zeros", alpha_initializer, alpha_regularizer, alpha_constraint, alpha_learning_rate_factor,
        alpha_weight_decay_factor
    );

    /// Sets the axes of a sample, counted from 1, along which all values share one alpha (default: none).
    pub fn shared_axes(mut self, axes: impl Into<Vec<i64>>) -> Self {
        self.shared_axes = Some(axes.into());
        self
    }

    fn is_shared(&self, axis: usize) -> bool {
        self.shared_axes.as_ref().is_some_and(|axes| axes.contains(&(axis as i64 + 1)))
    }

    /// Returns the index of the alpha for the value at `index` of a sample.
    fn alpha_of(&self, shape: &Shape, mut index: usize) -> usize {
        if self.shared_axes.is_none() {
            return index;
        }
        let (mut number, mut step) = (0, 1);
        for (axis, &extent) in shape.dims().iter().enumerate().rev() {
            if !self.is_shared(axis) {
                number += index % extent * step;
                step *= extent;
            }
            index /= extent;
        }
        number
    }
}

impl<T: Scalar> Default for PRelu<T> {
    fn default() -> Self {
        Self { alpha: WeightOptions::new(Zeros), shared_axes: None }
    }
}

impl<T: Scalar> Describe for PRelu<T> {
    fn class_name(&self) -> &'static str {
        "PReLU"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        let factors = ["alpha_learning_rate_factor", "alpha_weight_decay_factor"];
        factor_arguments(arguments, factors, &mut self.alpha);
        arguments.part("alpha_initializer", &mut self.alpha.initializer);
        arguments.optional_part("alpha_regularizer", &mut self.alpha.regularizer);
        arguments.optional_part("alpha_constraint", &mut self.alpha.constraint);
        arguments.optional_integers("shared_axes", &mut self.shared_axes, 1..);
    }
}

impl<T: Scalar> Layer<T> for PRelu<T> {
    crate::part::compiled!(Layer<T> for PRelu<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let input = &inputs[0];
        let axes = input.dims().len();
        if let Some(axis) = self.shared_axes.iter().flatten().find(|&&axis| axis < 1 || axis > axes as i64) {
            return Err(Error::argument("PReLU", "shared_axes", axis, format!("1 to {axes}, the axes of a sample {input}")));
        }
        let extents = input.dims().iter().enumerate();
        let shape: Vec<usize> = extents.map(|(axis, &extent)| if self.is_shared(axis) { 1 } else { extent }).collect();
        Ok(Plan::new(input.clone()).param(Param::new("alpha", shape, &self.alpha)?))
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        let (x, y) = (pass.inputs[0], pass.output.values());
        y.copy_from_slice(x.values());
        let at = |index: usize| [pass.params[self.alpha_of(x.shape(), index)]];
        // A comparison with NaN is false, so NaN stays NaN.
        kernels::zip_channels(y, [], x.width(), at, |x, [], [alpha]| if x < T::zero() { alpha * x } else { x });
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let (x, dy) = (pass.inputs[0].values(), pass.output_gradient.values());
        let (shape, width) = (pass.inputs[0].shape(), pass.inputs[0].width());
        let (alpha, gradient) = pass.weights.split();
        gradient.fill(T::zero());
        let terms = |[x, d]: [T; 2], []: [T; 0]| [if x > T::zero() { T::zero() } else { d * x }];
        kernels::sum_channels([x, dy], width, |_| [], terms, |index, [sum]| gradient[self.alpha_of(shape, index)] += sum);
        pass.input_gradients.write(0, |mut dx| {
            dx.values().copy_from_slice(dy);
            let at = |index: usize| [alpha[self.alpha_of(shape, index)]];
            // At 0 the gradient is 0, as in Keras.
            kernels::zip_channels(dx.values(), [x], width, at, |d, [x], [alpha]| {
                if x < T::zero() {
                    d * alpha
                } else if x == T::zero() {
                    T::zero()
                } else {
                    d
                }
            });
        });
    }
}
