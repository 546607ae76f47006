use super::Stack;
use super::merge::expand_stacks;
use crate::base::{Error, Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Expansion, Infer, Layer, Plan};
use crate::part::{Arguments, Describe};

/// Concatenates the outputs of several layers along an axis.
/// [Keras](https://keras.io/api/layers/merging_layers/concatenate/)
///
/// The inputs must have the same extents except along `axis`. In a `Sequential`, create it with [`stacks`](Self::stacks):
/// it then holds the stacks of layers that it merges, which all read the same input.
///
/// # Errors
///
/// Building the model fails if the inputs do not have the axis, or differ in extent along another axis.
///
/// ```
/// use layercake::layers::{Concatenate, stack};
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Concatenate::stacks([stack(()), stack(layers::Rescaling::new(10.0))]));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![1.0, 2.0])?, dmatrix![1.0, 2.0, 10.0, 20.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Concatenate<T: Scalar> {
    stacks: Option<Vec<Stack<T>>>,
    axis: i64,
}

impl<T: Scalar> Concatenate<T> {
    /// Creates a layer that concatenates the outputs of other layers.
    pub fn new() -> Self {
        Self { stacks: None, axis: -1 }
    }

    /// Creates a layer that concatenates the outputs of these stacks, at least one; see [`stack`](super::stack).
    pub fn stacks(stacks: impl IntoIterator<Item = Stack<T>>) -> Self {
        Self { stacks: Some(stacks.into_iter().collect()), axis: -1 }
    }

    /// Sets the axis to concatenate along, counted as in Keras, where axis 0 is the samples (default: -1, the last).
    pub fn axis(mut self, axis: i64) -> Self {
        self.axis = axis;
        self
    }

    /// Returns the index of the axis in the extents of a sample of this shape, or `None` if there is no such axis.
    fn index(&self, shape: &Shape) -> Option<usize> {
        let index = if self.axis < 0 { self.axis + shape.dims().len() as i64 } else { self.axis - 1 };
        usize::try_from(index).ok().filter(|&index| index < shape.dims().len())
    }

    /// Returns the number of groups of consecutive values that the output takes from each input in turn.
    fn groups(&self, shape: &Shape) -> usize {
        shape.dims()[..self.index(shape).unwrap_or_default()].iter().product()
    }
}

impl<T: Scalar> Default for Concatenate<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Scalar> Describe for Concatenate<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.stacks("layers", &mut self.stacks, 1..);
        arguments.integer("axis", &mut self.axis, ..);
    }
}

impl<T: Scalar> Layer<T> for Concatenate<T> {
    crate::part::compiled!(Layer<T> for Concatenate<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let refused =
            |found: &Shape, expected: String| Err(Error::LayerInput { layer: String::new(), found: found.clone(), expected });
        let first = &inputs[0];
        let Some(index) = self.index(first) else {
            return refused(first, format!("axis {} does not exist there, or is the axis of the samples", self.axis));
        };
        let mut joined = first.dims().to_vec();
        joined[index] = 0;
        for shape in inputs {
            let fits =
                shape.dims().len() == joined.len() && (0..joined.len()).all(|i| i == index || shape.dims()[i] == joined[i]);
            if !fits {
                return refused(shape, format!("its inputs must all have the shape {first}, except along axis {}", self.axis));
            }
            joined[index] = joined[index].saturating_add(shape.dims()[index]);
        }
        Ok(Plan::new(joined).passes_values_on().merges())
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        let groups = self.groups(pass.inputs[0].shape());
        let (whole, mut first) = (pass.output.width() / groups, 0);
        for input in pass.inputs {
            let part = input.width() / groups;
            for (y, x) in pass.output.values().chunks_exact_mut(whole).zip(input.values().chunks_exact(part)) {
                y[first..first + part].copy_from_slice(x);
            }
            first += part;
        }
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let groups = self.groups(pass.inputs[0].shape());
        let (whole, mut first) = (pass.output_gradient.width() / groups, 0);
        for (number, input) in pass.inputs.iter().enumerate() {
            let part = input.width() / groups;
            pass.input_gradients.write(number, |mut dx| {
                for (dx, dy) in dx.values().chunks_exact_mut(part).zip(pass.output_gradient.values().chunks_exact(whole)) {
                    dx.copy_from_slice(&dy[first..first + part]);
                }
            });
            first += part;
        }
    }

    fn expand(&self) -> Option<Expansion<'_, T>> {
        expand_stacks(&self.stacks, Self { stacks: None, axis: self.axis })
    }
}
