//! Helpers of the merging layers.

use super::Stack;
use crate::base::{Error, Result, Shape};
use crate::kernels::{self, Scalar};
use crate::layers::{Expansion, Infer, Layer, Plan};

/// Returns the expansion of a merging layer: its stacks and `merge`, the layer without stacks; `None` if it holds none.
pub(super) fn expand_stacks<'a, T: Scalar>(stacks: &'a Option<Vec<Stack<T>>>, merge: impl Layer<T>) -> Option<Expansion<'a, T>> {
    stacks.as_deref().map(|stacks| Expansion { stacks: stacks.into(), merge: merge.into_shared() })
}

/// Returns the plan of a layer whose inputs and output all have one shape, and fails if the inputs differ.
pub(super) fn same_shape<T: Scalar>(inputs: &[Shape]) -> Result<Plan<T>> {
    let first = &inputs[0];
    match inputs.iter().find(|shape| *shape != first) {
        None => Ok(Plan::new(first.clone()).merges()),
        Some(other) => {
            let (found, expected) = (other.clone(), format!("its inputs must all have the shape {first}"));
            Err(Error::LayerInput { layer: String::new(), found, expected })
        }
    }
}

/// Combines the inputs value by value, starting from the first input.
pub(super) fn fold<T: Scalar>(mut pass: Infer<'_, T>, combine: impl Fn(T, T) -> T + Sync) {
    let (first, others) = pass.inputs.split_at(1);
    let y = pass.output.values();
    y.copy_from_slice(first[0].values());
    others.iter().for_each(|x| kernels::zip(y, x.values(), &combine));
}

/// Defines a merging layer without arguments: its type, `new`, `stacks` and its description.
macro_rules! merging_layer {
    ($(#[$documentation:meta])* $name:ident, $inputs:expr) => {
        $(#[$documentation])*
        ///
        /// All inputs must have one shape, which is also the shape of the output. In a `Sequential`, create it with
        /// [`stacks`](Self::stacks): it then holds the stacks of layers that it merges, which all read the same input.
        ///
        /// # Errors
        ///
        /// Building the model fails if the number of inputs is not allowed, or if the inputs differ in shape.
        #[derive(Debug, Clone)]
        pub struct $name<T: Scalar> {
            stacks: Option<Vec<Stack<T>>>,
        }

        impl<T: Scalar> $name<T> {
            /// Creates a layer that merges the outputs of other layers.
            pub fn new() -> Self {
                Self { stacks: None }
            }

            /// Creates a layer that merges the outputs of these stacks; see [`stack`](super::stack).
            pub fn stacks(stacks: impl IntoIterator<Item = Stack<T>>) -> Self {
                Self { stacks: Some(stacks.into_iter().collect()) }
            }
        }

        impl<T: Scalar> Default for $name<T> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<T: Scalar> Describe for $name<T> {
            fn arguments(&mut self, arguments: &mut Arguments<'_>) {
                arguments.stacks("layers", &mut self.stacks, $inputs);
            }
        }
    };
}
pub(super) use merging_layer;
