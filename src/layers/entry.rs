//! What a model stores with each layer: its name, and whether it is trained.

use super::Layer;
use crate::base::Shape;
use crate::kernels::Scalar;
use crate::part::{ByValue, Shared};
use std::sync::Arc;

/// A layer with its name in a model and whether it is trained.
#[derive(Debug, Clone)]
pub struct LayerEntry<T: Scalar> {
    pub(crate) layer: Arc<dyn Layer<T>>,
    pub(crate) name: Option<String>,
    pub(crate) trainable: bool,
}

impl<T: Scalar> LayerEntry<T> {
    /// Sets the name of the layer in its model (default: its class in snake case, with a number from the second one on).
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets whether training updates the weights of the layer (default: true).
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

/// Options that every layer has; call them after the layer's own methods.
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
    /// Sets the name of the layer in its model.
    fn name(self, name: impl Into<String>) -> LayerEntry<T> {
        LayerEntry::from(self.into_shared()).name(name)
    }

    /// Sets whether training updates the weights of the layer.
    fn trainable(self, trainable: bool) -> LayerEntry<T> {
        LayerEntry::from(self.into_shared()).trainable(trainable)
    }
}

impl<T: Scalar, L: Layer<T>> LayerOptions<T> for L {}

/// The shape of the data. A model that starts with it is built before it is given data.
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
    /// Creates an input for samples of this width or shape.
    pub fn new(shape: impl Into<Shape>) -> Self {
        Self { shape: shape.into() }
    }
}

/// The argument of `Sequential::add`: a layer or the shape of the data.
#[derive(Debug, Clone)]
pub enum Addition<T: Scalar> {
    /// The shape of the data.
    Input(Shape),
    /// A layer.
    Layer(LayerEntry<T>),
}

/// A value that can be added to a model: an [`Input`], or anything that implements [`IntoEntry`].
///
/// The type parameter `Marker` keeps the implementations apart and is always inferred.
pub trait IntoLayer<T: Scalar, Marker> {
    /// Converts the value to a layer or the shape of the data.
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

/// A value that can be used as a layer: a layer, a layer with [`LayerOptions`], or a `Box` or `Arc` of a `dyn Layer`.
///
/// The type parameter `Marker` keeps the implementations apart and is always inferred.
pub trait IntoEntry<T: Scalar, Marker> {
    /// Converts the value to a layer with its options.
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
