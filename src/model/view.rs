//! A layer as a model shows it.

use crate::base::Shape;
use crate::graph::Group;
use crate::kernels::Scalar;
use crate::network::{Network, Tensor};
use crate::part::{Spec, compiled};
use nalgebra::DMatrix;

/// A layer as a model shows it.
#[derive(Debug, Clone, Copy)]
pub struct LayerView<'a, T: Scalar> {
    pub(super) group: &'a Group<T>,
    /// The network, if it has the layer.
    pub(super) built: Option<&'a Network<T>>,
}

impl<'a, T: Scalar> LayerView<'a, T> {
    /// The name of the layer in the model.
    pub fn name(&self) -> &'a str {
        self.group.entry.name.as_deref().unwrap_or_default()
    }

    /// What the layer is: its class and its arguments.
    pub fn spec(&self) -> Spec {
        self.group.entry.layer.spec()
    }

    /// Whether training updates its weights.
    pub fn trainable(&self) -> bool {
        self.group.entry.trainable
    }

    /// The shape of one sample that it gives, once the model is built.
    pub fn output_shape(&self) -> Option<&'a Shape> {
        self.built.map(|network| network.shape(self.group.nodes.end))
    }

    /// Its weights as in [`Model::get_weights`](crate::Model::get_weights); none before the model is built.
    pub fn get_weights(&self) -> Vec<DMatrix<T>> {
        compiled!(
            fn(layer: &LayerView<'_, T>) -> Vec<DMatrix<T>> {
                let Some(network) = layer.built else { return Vec::new() };
                layer.tensors().iter().map(|tensor| tensor.to_matrix(network.values(tensor))).collect()
            }
        )(self)
    }

    /// How many weights it has; 0 before the model is built.
    pub fn count_params(&self) -> usize {
        self.tensors().iter().map(|tensor| tensor.range.len()).sum()
    }

    /// How many of its weights training updates.
    pub(crate) fn count_trainable(&self) -> usize {
        self.tensors().iter().filter(|tensor| tensor.trainable).map(|tensor| tensor.range.len()).sum()
    }

    fn tensors(&self) -> &'a [Tensor<T>] {
        self.built.map_or(&[], |network| network.tensors_of(self.group.nodes.clone()))
    }
}
