use crate::base::{Batch, BatchMut, Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Branches, Join, Layer, Plan, Stack, Weights, pass_back, pass_on};
use crate::part::{Arguments, Describe};

/// Lays what its stacks give side by side. [Keras](https://keras.io/api/layers/merging_layers/concatenate/)
///
/// All stacks see the same input; their outputs have the same extents except along `axis`. In a spec they stand under
/// `layers`, a list of layers for each.
///
/// # Errors
///
/// When the model is built: no stack, shapes that do not fit together, an axis that they do not have.
///
/// ```
/// use layercake::layers::{Concatenate, stack};
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Concatenate::new([stack(()), stack(layers::Rescaling::new(10.0))]));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![1.0, 2.0])?, dmatrix![1.0, 2.0, 10.0, 20.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Concatenate<T: Scalar> {
    stacks: Vec<Stack<T>>,
    axis: i64,
}

impl<T: Scalar> Concatenate<T> {
    /// A layer on these stacks, at least one; see [`stack`](super::stack).
    pub fn new(stacks: impl IntoIterator<Item = Stack<T>>) -> Self {
        Self { stacks: stacks.into_iter().collect(), axis: -1 }
    }

    /// The axis along which they are laid, counted as in Keras with 0 for the samples (default: -1, the last).
    pub fn axis(mut self, axis: i64) -> Self {
        self.axis = axis;
        self
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

    fn plan(&self, input: &Shape) -> Result<Plan<T>> {
        Ok(Plan::new(input.clone()).passes_values_on())
    }

    fn branches(&self) -> Option<Branches<'_, T>> {
        Some(Branches { stacks: &self.stacks, join: Join::Axis(self.axis) })
    }

    fn infer(&self, _weights: Weights<'_, T>, x: Batch<'_, T>, y: BatchMut<'_, T>) {
        pass_on(x, y);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        pass_back(pass);
    }
}
