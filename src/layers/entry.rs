//! What every layer has in a model: a name, and whether it is trained.

use super::Layer;
use crate::base::Shape;
use crate::kernels::Scalar;
use crate::part::{ByValue, Shared};
use std::sync::Arc;

/// A layer with what belongs to its place in a model.
#[derive(Debug, Clone)]
pub struct LayerEntry<T: Scalar> {
    pub(crate) layer: Arc<dyn Layer<T>>,
    pub(crate) name: Option<String>,
    pub(crate) trainable: bool,
}

impl<T: Scalar> LayerEntry<T> {
    /// The name of the layer in this model (default: its class in snake case, numbered from the second on).
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether training moves the weights of the layer (default: true).
    pub fn trainable(mut self, trainable: bool) -> Self {
        self.trainable = trainable;
        self
    }
}

impl<T: Scalar> From<Arc<dyn Layer<T>>> for LayerEntry<T> {
    fn from(layer: Arc<dyn Layer<T>>) -> Self {
        Self { layer, name: None, trainable: true }
    }
}

/// What can be said of any layer, as the last words of its description.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f32>::new();
/// model.add(Input::new(4));
/// model.add(Dense::new(8).activation("relu").trainable(false).name("features"));
/// model.build(4)?;
/// assert_eq!(model.get_layer("features")?.count_params(), 40);
/// # Ok::<(), layercake::Error>(())
/// ```
pub trait LayerOptions<T: Scalar>: Layer<T> + Sized {
    /// The name of the layer in its model.
    fn name(self, name: impl Into<String>) -> LayerEntry<T> {
        LayerEntry::from(self.into_shared()).name(name)
    }

    /// Whether training moves the weights of the layer.
    fn trainable(self, trainable: bool) -> LayerEntry<T> {
        LayerEntry::from(self.into_shared()).trainable(trainable)
    }
}

impl<T: Scalar, L: Layer<T>> LayerOptions<T> for L {}

/// How wide the data are: lets a model be built before it has seen any.
/// [Keras](https://keras.io/api/layers/core_layers/input/)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f64>::new();
/// model.add(Input::new(3));
/// model.add(Dense::new(2));
/// assert_eq!(model.count_params(), 8);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[doc(alias = "InputLayer")]
pub struct Input {
    shape: Shape,
}

impl Input {
    /// Samples of this width or shape.
    pub fn new(shape: impl Into<Shape>) -> Self {
        Self { shape: shape.into() }
    }
}

/// What `Sequential::add` was given.
#[derive(Debug, Clone)]
pub enum Addition<T: Scalar> {
    /// The shape of the data.
    Input(Shape),
    /// A layer.
    Layer(LayerEntry<T>),
}

/// What can be added to a model: anything that [`IntoEntry`] makes a layer of, or an [`Input`].
///
/// The second parameter tells them apart and is always inferred.
pub trait IntoLayer<T: Scalar, Marker> {
    /// What it adds.
    fn into_layer(self) -> Addition<T>;
}

impl<T: Scalar, Marker, E: IntoEntry<T, Marker>> IntoLayer<T, (Marker,)> for E {
    fn into_layer(self) -> Addition<T> {
        Addition::Layer(self.into_entry())
    }
}

impl<T: Scalar> IntoLayer<T, Input> for Input {
    fn into_layer(self) -> Addition<T> {
        Addition::Input(self.shape)
    }
}

/// What is a layer in its place: a layer, one with [`LayerOptions`], a `Box` or `Arc` of a `dyn Layer`.
///
/// The second parameter tells them apart and is always inferred.
pub trait IntoEntry<T: Scalar, Marker> {
    /// The layer.
    fn into_entry(self) -> LayerEntry<T>;
}

impl<T: Scalar, L: Layer<T>> IntoEntry<T, ByValue> for L {
    fn into_entry(self) -> LayerEntry<T> {
        self.into_shared().into()
    }
}

impl<T: Scalar> IntoEntry<T, Shared> for Box<dyn Layer<T>> {
    fn into_entry(self) -> LayerEntry<T> {
        Arc::<dyn Layer<T>>::from(self).into()
    }
}

impl<T: Scalar> IntoEntry<T, Shared> for Arc<dyn Layer<T>> {
    fn into_entry(self) -> LayerEntry<T> {
        self.into()
    }
}

impl<T: Scalar> IntoEntry<T, LayerEntry<T>> for LayerEntry<T> {
    fn into_entry(self) -> LayerEntry<T> {
        self
    }
}
