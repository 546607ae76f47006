//! What the layers that merge value by value share.

use super::Stack;
use crate::base::{Error, Result, Shape};
use crate::kernels::{self, Scalar};
use crate::layers::{Expansion, Infer, Layer, Plan};

/// The expansion of a merging layer that holds stacks into these and `merge`, the layer without them.
pub(super) fn expand_stacks<'a, T: Scalar>(stacks: &'a Option<Vec<Stack<T>>>, merge: impl Layer<T>) -> Option<Expansion<'a, T>> {
    stacks.as_deref().map(|stacks| Expansion { stacks, merge: merge.into_shared() })
}

/// The plan of a layer whose inputs have one shape, which is that of its output.
pub(super) fn same_shape<T: Scalar>(inputs: &[Shape]) -> Result<Plan<T>> {
    let first = &inputs[0];
    match inputs.iter().find(|shape| *shape != first) {
        None => Ok(Plan::new(first.clone()).merges()),
        Some(other) => {
            let (found, expected) = (other.clone(), format!("its stacks must all give {first}"));
            Err(Error::LayerInput { layer: String::new(), found, expected })
        }
    }
}

/// Combines the inputs value by value, from the first on.
pub(super) fn fold<T: Scalar>(mut pass: Infer<'_, T>, combine: impl Fn(T, T) -> T + Sync) {
    let (first, others) = pass.inputs.split_at(1);
    let y = pass.output.values();
    y.copy_from_slice(first[0].values());
    others.iter().for_each(|x| kernels::zip(y, x.values(), &combine));
}

/// A merging layer without arguments: `new`, `stacks`, its description and its expansion.
macro_rules! merging_layer {
    ($(#[$documentation:meta])* $name:ident, $inputs:expr) => {
        $(#[$documentation])*
        ///
        /// All inputs have one shape, which is that of the output. In a `Sequential` it holds the layers that it merges,
        /// with [`stacks`](Self::stacks); they all read the same input.
        ///
        /// # Errors
        ///
        /// When the model is built: another number of inputs, or inputs of different shapes.
        #[derive(Debug, Clone)]
        pub struct $name<T: Scalar> {
            stacks: Option<Vec<Stack<T>>>,
        }

        impl<T: Scalar> $name<T> {
            /// A layer on the outputs of several others.
            pub fn new() -> Self {
                Self { stacks: None }
            }

            /// A layer on these stacks; see [`stack`](super::stack).
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
