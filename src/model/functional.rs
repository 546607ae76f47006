//! The model that is no chain of layers.

use super::Model;
use crate::base::{Result, fresh_seed};
use crate::graph::{IntoNodes, Node, assemble};
use crate::kernels::Scalar;
use crate::part::compiled;
use std::ops::{Deref, DerefMut};

/// A model of connected layers, with one or several inputs and outputs.
/// [Keras](https://keras.io/guides/functional_api/)
///
/// Describe the connections with [`Node`]s, then use the model as a [`Sequential`](crate::Sequential): it has all methods of
/// [`Model`]. With several inputs or outputs, `x` and `y` are tuples, in the order that `new` was given them.
///
/// ```
/// use layercake::prelude::*;
///
/// let (numbers, town) = (Node::input("numbers", 2), Node::input("town", 1));
/// let embedded = town.then(Embedding::new(3, 2)).then(Flatten);
/// let hidden = Concatenate::new().of([&numbers, &embedded]).then(Dense::new(8).activation(Relu));
/// let output = hidden.then(Dense::new(1).activation(Sigmoid));
/// let mut model = Functional::with_seed(1, [&numbers, &town], [&output])?;
///
/// let x_numbers = dmatrix![0.5, 1.0; -0.5, 0.0; 1.5, 0.5];
/// let x_town = dmatrix![0.0; 2.0; 1.0];
/// model.compile("adam", "binary_crossentropy", "accuracy")?;
/// model.fit((&x_numbers, &x_town), &[1, 0, 1], FitOptions::new().epochs(2))?;
/// assert_eq!(model.predict((&x_numbers, &x_town))?.shape(), (3, 1));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Functional<T: Scalar> {
    pub(crate) model: Model<T>,
}

impl<T: Scalar> Functional<T> {
    /// Creates the model between these inputs and outputs, with a random seed; see [`with_seed`](Self::with_seed).
    ///
    /// # Errors
    ///
    /// It fails as `with_seed` does.
    pub fn new(inputs: impl IntoNodes<T>, outputs: impl IntoNodes<T>) -> Result<Self> {
        Self::with_seed(fresh_seed(), inputs, outputs)
    }

    /// Creates the model between these inputs and outputs; the same seed gives the same random numbers.
    ///
    /// The model is built: it has weights. Its layers are in the order in which Keras lists them.
    ///
    /// # Errors
    ///
    /// It fails if there is no input or no output, if an output depends on an input that is not given or no output depends on an
    /// input, if two layers or inputs have the same name, or if a layer cannot take what it reads.
    pub fn with_seed(seed: u64, inputs: impl IntoNodes<T>, outputs: impl IntoNodes<T>) -> Result<Self> {
        let made = compiled!(
            fn(seed: u64, inputs: Vec<Node<T>>, outputs: Vec<Node<T>>) -> Result<Model<T>> {
                Model::with_graph(seed, assemble(&inputs, &outputs)?)
            }
        );
        Ok(Self { model: made(seed, inputs.into_nodes(), outputs.into_nodes())? })
    }
}

impl<T: Scalar> From<Functional<T>> for Model<T> {
    fn from(functional: Functional<T>) -> Self {
        functional.model
    }
}

impl<T: Scalar> Deref for Functional<T> {
    type Target = Model<T>;

    fn deref(&self) -> &Model<T> {
        &self.model
    }
}

impl<T: Scalar> DerefMut for Functional<T> {
    fn deref_mut(&mut self) -> &mut Model<T> {
        &mut self.model
    }
}
