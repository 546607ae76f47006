use crate::activations;
use crate::base::{Error, Result, Shape};
use crate::kernels::{Scalar, math};
use crate::layers::{Backward, Forward, Infer, Layer, Plan, pass_back, pass_on};
use crate::part::{Arguments, Describe, IntoPart};

/// The softmax as a layer: it applies [`activations::Softmax`] along an axis, which gives probabilities of classes.
/// [Keras](https://keras.io/api/layers/activation_layers/softmax/)
///
/// # Errors
///
/// Building the model fails if the last axis is used and has a single value, for which the output would always be 1, or if
/// there is no such axis.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(layers::Softmax::default());
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![3.0, 3.0])?, dmatrix![0.5, 0.5]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Softmax {
    axis: i64,
}

impl Softmax {
    /// Sets the axis, counted from 0, or from -1 back to front (default: -1, the last).
    ///
    /// Axis 0 is that of the samples: as in Keras, the output for a sample then depends on the other samples of its batch.
    pub fn axis(mut self, axis: i64) -> Self {
        self.axis = axis;
        self
    }

    /// Returns the axis, counted from 0, of samples with this shape; `None` if there is no such axis.
    fn number(&self, input: &Shape) -> Option<usize> {
        let axes = input.dims().len() + 1;
        let axis = if self.axis < 0 { self.axis.checked_add(axes as i64)? } else { self.axis };
        usize::try_from(axis).ok().filter(|&axis| axis < axes)
    }

    fn is_last(&self, input: &Shape) -> bool {
        self.number(input) == Some(input.dims().len())
    }

    /// Calls `each` with the index of the first value of each group that sums to 1, and with the distance between its values.
    fn groups(&self, input: &Shape, values: usize, mut each: impl FnMut(usize, usize, usize)) {
        let axis = self.number(input).unwrap_or_default();
        let step = input.dims().iter().skip(axis).product::<usize>();
        let size = if axis == 0 { values / step.max(1) } else { input.dims()[axis - 1] };
        let block = (step * size).max(1);
        for first in (0..values).step_by(block).flat_map(|block| (0..step).map(move |inner| block + inner)) {
            each(first, step, size);
        }
    }

    fn apply<T: Scalar>(&self, input: &Shape, y: &mut [T]) {
        let values = y.len();
        self.groups(input, values, |first, step, size| {
            let indices = || (0..size).map(move |number| first + number * step);
            let largest = indices().map(|i| y[i]).reduce(|a, b| if b > a { b } else { a }).unwrap_or(T::zero());
            indices().for_each(|i| y[i] = math::exp(y[i] - largest));
            let scale = indices().map(|i| y[i]).sum::<T>().recip();
            indices().for_each(|i| y[i] *= scale);
        });
    }
}

impl Default for Softmax {
    /// Along the last axis.
    fn default() -> Self {
        Self { axis: -1 }
    }
}

impl Describe for Softmax {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.integer("axis", &mut self.axis, ..);
    }
}

impl<T: Scalar> Layer<T> for Softmax {
    crate::part::compiled!(Layer<T> for Softmax);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let input = &inputs[0];
        if self.number(input).is_none() {
            let axes = input.dims().len() + 1;
            let allowed = format!("an axis of the {axes} axes of a batch, of which the first is that of the samples");
            return Err(Error::argument("Softmax", "axis", self.axis, allowed));
        }
        let plan = Plan::new(input.clone());
        if self.is_last(input) {
            return plan.activation(&activations::Softmax.into_part());
        }
        Ok(plan.scratch(input.width()))
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        let shape = pass.inputs[0].shape();
        if self.is_last(shape) {
            return pass_on(pass);
        }
        pass.output.values().copy_from_slice(pass.inputs[0].values());
        self.apply(shape, pass.output.values());
    }

    fn forward(&self, mut pass: Forward<'_, T>) {
        self.infer(pass.as_infer());
        if !self.is_last(pass.inputs[0].shape()) {
            pass.scratch.copy_from_slice(pass.output.values());
        }
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let shape = pass.inputs[0].shape();
        if self.is_last(shape) {
            return pass_back(pass);
        }
        let (y, dy) = (pass.scratch, pass.output_gradient.values());
        pass.input_gradients.write(0, |mut dx| {
            let dx = dx.values();
            self.groups(shape, y.len(), |first, step, size| {
                let indices = || (0..size).map(move |number| first + number * step);
                // dx_i = y_i (dy_i - sum over j of y_j dy_j)
                let mean: T = indices().map(|i| y[i] * dy[i]).sum();
                indices().for_each(|i| dx[i] = y[i] * (dy[i] - mean));
            });
        });
    }
}
