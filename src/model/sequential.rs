//! A model as a stack of layers.

use super::Model;
use crate::base::Shape;
use crate::base::fresh_seed;
use crate::kernels::Scalar;
use crate::layers::{Addition, IntoLayer, LayerEntry};
use crate::part::compiled;
use std::ops::{Deref, DerefMut};

/// A stack of layers, with Keras' workflow: `add`, `compile`, `fit`, `evaluate`, `predict`.
/// [Keras](https://keras.io/guides/sequential_model/)
///
/// The number type `T`, `f32` or `f64`, is that of the data. Samples are rows wherever data go in or come out.
/// A model is `Send` and `Sync`, and `predict` takes `&self`: shared in an `Arc`, one model serves every thread.
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
///
/// All of [`Model`]'s methods are methods of a `Sequential`.
#[derive(Debug, Clone)]
pub struct Sequential<T: Scalar> {
    pub(crate) model: Model<T>,
}

impl<T: Scalar> Sequential<T> {
    /// A model without layers, with a fresh seed: it starts from other weights each time.
    pub fn new() -> Self {
        Self::with_seed(fresh_seed())
    }

    /// A model whose initial weights, shuffling and dropout follow from this seed: the same bits each time, on one
    /// machine, in every release.
    pub fn with_seed(seed: u64) -> Self {
        Self { model: compiled!(fn(seed: u64) -> Model<T> { Model::with_seed(seed) })(seed) }
    }

    /// Adds a layer that reads the output of the model so far, or says with an `Input` how wide the data are.
    ///
    /// Weights of layers that are there already are kept. What is wrong with a layer is reported by `build`, or by the
    /// first method that needs it built. A compiled model must be compiled again.
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

    /// Takes the last layer away; says whether there was one. A compiled model must be compiled again.
    pub fn pop(&mut self) -> bool {
        compiled!(fn(model: &mut Model<T>) -> bool { model.pop() })(&mut self.model)
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
