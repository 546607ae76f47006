//! The model that is a stack of layers.

use super::Model;
use crate::base::Shape;
use crate::base::fresh_seed;
use crate::kernels::Scalar;
use crate::layers::{Addition, IntoLayer, LayerEntry};
use crate::part::compiled;
use std::ops::{Deref, DerefMut};

/// A model that is a stack of layers: each layer reads the output of the one before.
/// [Keras](https://keras.io/guides/sequential_model/)
///
/// The workflow is that of Keras: `add`, `compile`, `fit`, `evaluate`, `predict`. A `Sequential` has all methods of [`Model`].
/// The number type `T` is `f32` or `f64`, the same for the model and the data. In all matrices of data, each row is a sample.
/// A model is `Send` and `Sync`, and `predict` takes `&self`, so several threads can share one model in an `Arc`.
///
/// ```
/// use layercake::prelude::*;
///
/// let (x, y) = (dmatrix![0.0, 0.0; 0.0, 1.0; 1.0, 0.0; 1.0, 1.0], dmatrix![0.0; 1.0; 1.0; 1.0]);
/// let mut model = Sequential::with_seed(7);
/// model.add(Dense::new(1).activation(Sigmoid));
/// model.compile(Sgd::default().learning_rate(1.0), "binary_crossentropy", "accuracy")?;
/// model.fit(&x, &y, FitOptions::new().epochs(200))?;
/// assert_eq!(model.evaluate(&x, &y)?["accuracy"], 1.0);
/// assert!(model.predict(&dmatrix![1.0, 1.0])?[(0, 0)] > 0.9);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sequential<T: Scalar> {
    pub(crate) model: Model<T>,
}

impl<T: Scalar> Sequential<T> {
    /// Creates a model without layers and with a random seed, so that each model gets other initial weights.
    pub fn new() -> Self {
        Self::with_seed(fresh_seed())
    }

    /// Creates a model without layers and with this seed, which determines its initial weights, shuffling and dropout.
    ///
    /// On one machine, the same seed gives the same bits in every run and with every release of this crate.
    pub fn with_seed(seed: u64) -> Self {
        Self { model: compiled!(fn(seed: u64) -> Model<T> { Model::with_seed(seed) })(seed) }
    }

    /// Adds a layer that reads the output of the last layer; an `Input` sets the shape of the samples instead.
    ///
    /// The other layers keep their weights. If the layer is not valid, `build` or the first method that needs the model built
    /// returns the error. A compiled model must be compiled again after a layer is added.
    pub fn add<Marker>(&mut self, layer: impl IntoLayer<T, Marker>) {
        match layer.into_layer() {
            Addition::Layer(entry) => {
                compiled!(fn(model: &mut Model<T>, entry: LayerEntry<T>) { model.add(entry) })(&mut self.model, entry)
            }
            Addition::Input(shape) => {
                compiled!(fn(model: &mut Model<T>, shape: Shape) { model.set_input(shape) })(&mut self.model, shape)
            }
        }
    }

    /// Removes the last layer and returns whether there was one; a compiled model must then be compiled again.
    pub fn pop(&mut self) -> bool {
        compiled!(fn(model: &mut Model<T>) -> bool { model.pop() })(&mut self.model)
    }
}

impl<T: Scalar> From<Sequential<T>> for Model<T> {
    fn from(sequential: Sequential<T>) -> Self {
        sequential.model
    }
}

impl<T: Scalar> Deref for Sequential<T> {
    type Target = Model<T>;

    fn deref(&self) -> &Model<T> {
        &self.model
    }
}

impl<T: Scalar> DerefMut for Sequential<T> {
    fn deref_mut(&mut self) -> &mut Model<T> {
        &mut self.model
    }
}

impl<T: Scalar> Default for Sequential<T> {
    fn default() -> Self {
        Self::new()
    }
}
