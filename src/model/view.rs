use crate::base::Shape;
use crate::kernels::Scalar;
use crate::layers::LayerEntry;
use crate::network::{Network, Tensor};
use crate::part::Spec;
use nalgebra::DMatrix;

/// A layer as a model shows it.
#[derive(Debug, Clone, Copy)]
pub struct LayerView<'a, T: Scalar> {
    pub(super) entry: &'a LayerEntry<T>,
    /// The network, if it has the layer, and the layer's number there.
    pub(crate) built: Option<(&'a Network<T>, usize)>,
}

impl<'a, T: Scalar> LayerView<'a, T> {
    /// The name of the layer in the model.
    pub fn name(&self) -> &'a str {
        self.entry.name.as_deref().unwrap_or_default()
    }

    /// What the layer is: its class and its arguments.
    pub fn spec(&self) -> Spec {
        self.entry.layer.spec()
    }

    /// Whether training moves its weights.
    pub fn trainable(&self) -> bool {
        self.entry.trainable
    }

    /// The shape of one sample that it gives, once the model is built.
    pub fn output_shape(&self) -> Option<&'a Shape> {
        self.built.map(|(network, layer)| network.output_of(layer))
    }

    /// Its weights as in [`Sequential::get_weights`](crate::Sequential::get_weights); none before the model is built.
    pub fn get_weights(&self) -> Vec<DMatrix<T>> {
        let Some((network, layer)) = self.built else { return Vec::new() };
        network.tensors_of(layer).iter().map(|tensor| tensor.to_matrix(network.values(tensor))).collect()
    }

    /// How many weights it has; 0 before the model is built.
    pub fn count_params(&self) -> usize {
        self.tensors().iter().map(|tensor| tensor.place.len()).sum()
    }

    /// How many of its weights training moves.
    pub(crate) fn count_trainable(&self) -> usize {
        self.tensors().iter().filter(|tensor| tensor.trainable).map(|tensor| tensor.place.len()).sum()
    }

    fn tensors(&self) -> &'a [Tensor<T>] {
        self.built.map_or(&[], |(network, layer)| network.tensors_of(layer))
    }
}
