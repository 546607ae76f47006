//! Layers that change the shape of samples, or the order of their values.

use crate::base::{Error, Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Infer, Layer, Plan, pass_back, pass_on};
use crate::part::{Arguments, Describe};

/// Flattens samples to a single axis; the values keep their order. [Keras](https://keras.io/api/layers/reshaping_layers/flatten/)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f32>::new();
/// model.add(Input::new([28, 28]));
/// model.add(Flatten);
/// assert_eq!(model.get_layer("flatten")?.output_shape().unwrap().dims(), [784]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flatten;

impl Describe for Flatten {}

impl<T: Scalar> Layer<T> for Flatten {
    crate::part::compiled!(Layer<T> for Flatten);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        Ok(Plan::new(inputs[0].width()).passes_values_on())
    }

    fn infer(&self, pass: Infer<'_, T>) {
        pass_on(pass);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        pass_back(pass);
    }
}

/// Changes the shape of samples; the values keep their order.
/// [Keras](https://keras.io/api/layers/reshaping_layers/reshape/)
///
/// # Errors
///
/// Building the model fails if the shape is for another number of values, or contains `-1` more than once.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f32>::new();
/// model.add(Input::new(6));
/// model.add(Reshape::new([2, -1]));
/// assert_eq!(model.get_layer("reshape")?.output_shape().unwrap().dims(), [2, 3]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reshape {
    target_shape: Vec<i64>,
}

impl Reshape {
    /// Creates a layer with this shape of output samples; one extent may be -1, and is then computed from the others.
    pub fn new(target_shape: impl Into<Vec<i64>>) -> Self {
        Self { target_shape: target_shape.into() }
    }

    /// Returns the shape of the outputs, or `None` if the input has another number of values.
    fn output(&self, input: &Shape) -> Option<Shape> {
        let known = self.target_shape.iter().filter(|&&extent| extent != -1);
        if known.clone().count() + 1 < self.target_shape.len() {
            return None;
        }
        let known =
            known.map(|&extent| usize::try_from(extent).ok()).try_fold(1, |size: usize, extent| size.checked_mul(extent?))?;
        let unknown = input.width().checked_div(known)?;
        let extents = self.target_shape.iter().map(|&extent| usize::try_from(extent).unwrap_or(unknown));
        Some(Shape::from(extents.collect::<Vec<_>>())).filter(|output| output.width() == input.width())
    }
}

impl Describe for Reshape {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.integers("target_shape", &mut self.target_shape, -1..);
    }
}

impl<T: Scalar> Layer<T> for Reshape {
    crate::part::compiled!(Layer<T> for Reshape);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let input = &inputs[0];
        self.output(input).map(|output| Plan::new(output).passes_values_on()).ok_or_else(|| {
            let allowed = format!("a shape of {} values with at most one extent of -1", input.width());
            Error::argument("Reshape", "target_shape", format!("{:?}", self.target_shape), allowed)
        })
    }

    fn infer(&self, pass: Infer<'_, T>) {
        pass_on(pass);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        pass_back(pass);
    }
}

/// Reorders the axes of samples. [Keras](https://keras.io/api/layers/reshaping_layers/permute/)
///
/// # Errors
///
/// Building the model fails if the order does not name each axis of a sample once.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Permute::new([2, 1]));
/// model.build([2, 3])?;
/// assert_eq!(model.predict(&dmatrix![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?, dmatrix![1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permute {
    dims: Vec<i64>,
}

impl Permute {
    /// Creates a layer with this order of the axes, which are counted from 1.
    pub fn new(dims: impl Into<Vec<i64>>) -> Self {
        Self { dims: dims.into() }
    }

    /// Calls `pair(input index, output index)` for each value of a sample.
    fn each_index(&self, input: &Shape, mut pair: impl FnMut(usize, usize)) {
        let extent = |axis: i64| input.dims()[axis as usize - 1];
        for output in 0..input.width() {
            let (mut rest, mut index) = (output, 0);
            for &axis in self.dims.iter().rev() {
                let step: usize = input.dims()[axis as usize..].iter().product();
                index += rest % extent(axis) * step;
                rest /= extent(axis);
            }
            pair(index, output);
        }
    }
}

impl Describe for Permute {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.integers("dims", &mut self.dims, 1..);
    }
}

impl<T: Scalar> Layer<T> for Permute {
    crate::part::compiled!(Layer<T> for Permute);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let input = &inputs[0];
        let axes = input.dims().len() as i64;
        if self.dims.len() as i64 != axes || (1..=axes).any(|axis| !self.dims.contains(&axis)) {
            let allowed = format!("each of the axes 1 to {axes} of a sample {input} once");
            return Err(Error::argument("Permute", "dims", format!("{:?}", self.dims), allowed));
        }
        Ok(Plan::new(self.dims.iter().map(|&axis| input.dims()[axis as usize - 1]).collect::<Vec<_>>()).passes_values_on())
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        let (shape, x) = (pass.inputs[0].shape(), pass.inputs[0].values());
        let (width, y) = (shape.width(), pass.output.values());
        self.each_index(shape, |from, to| {
            let starts = (0..y.len()).step_by(width);
            starts.for_each(|sample| y[sample + to] = x[sample + from]);
        });
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let (shape, dy) = (pass.inputs[0].shape(), pass.output_gradient.values());
        pass.input_gradients.write(0, |mut dx| {
            let dx = dx.values();
            self.each_index(shape, |from, to| {
                let starts = (0..dy.len()).step_by(shape.width());
                starts.for_each(|sample| dx[sample + from] = dy[sample + to]);
            });
        });
    }
}

/// Repeats each sample `n` times along a new axis: `[width]` becomes `[n, width]`.
/// [Keras](https://keras.io/api/layers/reshaping_layers/repeat_vector/)
///
/// # Errors
///
/// Building the model fails if the samples have several axes.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(RepeatVector::new(2));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![1.0, 2.0])?, dmatrix![1.0, 2.0, 1.0, 2.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepeatVector {
    n: usize,
}

impl RepeatVector {
    /// Creates a layer that repeats each sample `n` times, at least once.
    pub fn new(n: usize) -> Self {
        Self { n }
    }
}

impl Describe for RepeatVector {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("n", &mut self.n, 1..);
    }
}

impl<T: Scalar> Layer<T> for RepeatVector {
    crate::part::compiled!(Layer<T> for RepeatVector);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let input = &inputs[0];
        match input.dims() {
            [width] => Ok(Plan::new([self.n, *width]).passes_values_on()),
            _ => {
                let (found, expected) = (input.clone(), "it takes samples with one axis".to_string());
                Err(Error::LayerInput { layer: String::new(), found, expected })
            }
        }
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        for (x, y) in pass.inputs[0].samples().zip(pass.output.samples()) {
            y.chunks_exact_mut(x.len()).for_each(|y| y.copy_from_slice(x));
        }
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let dy = pass.output_gradient;
        pass.input_gradients.write(0, |mut dx| {
            for (dx, dy) in dx.samples().zip(dy.samples()) {
                dx.fill(T::zero());
                for dy in dy.chunks_exact(dx.len()) {
                    dx.iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += dy);
                }
            }
        });
    }
}
