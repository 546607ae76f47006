//! A read-only view of a layer in a model.

use crate::base::Shape;
use crate::graph::{Graph, Group};
use crate::kernels::Scalar;
use crate::network::{Network, Tensor};
use crate::part::{Spec, compiled};
use nalgebra::DMatrix;

/// A read-only view of a layer in a model, with its name, arguments, output shape and weights.
///
/// [`Model::layers`](crate::Model::layers) and [`Model::get_layer`](crate::Model::get_layer) return it.
#[derive(Debug, Clone, Copy)]
pub struct LayerView<'a, T: Scalar> {
    pub(super) group: &'a Group<T>,
    pub(super) graph: &'a Graph<T>,
    /// The network, if it contains the layer.
    pub(super) built: Option<&'a Network<T>>,
}

impl<'a, T: Scalar> LayerView<'a, T> {
    /// Returns the name of the layer in the model.
    pub fn name(&self) -> &'a str {
        self.group.entry.name.as_deref().unwrap_or_default()
    }

    /// Returns the class and the arguments of the layer.
    pub fn spec(&self) -> Spec {
        self.group.entry.layer.spec()
    }

    /// Returns whether training updates the weights of the layer.
    pub fn trainable(&self) -> bool {
        self.group.entry.trainable
    }

    /// Returns for each call of the layer the names of the layers and inputs that it reads.
    ///
    /// A layer has one call, unless several nodes of a [`Functional`](crate::Functional) model share it. The data of a
    /// [`Sequential`](crate::Sequential) have no name.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let (left, right) = (Node::input("left", 3), Node::input("right", 3));
    /// let tower = Shared::new(Dense::new(8).name("tower"));
    /// let both = Concatenate::new().of([&tower.of(&left), &tower.of(&right)]);
    /// let model = Functional::<f32>::with_seed(1, [&left, &right], &both)?;
    /// assert_eq!(model.get_layer("tower")?.connections(), [["left"], ["right"]]);
    /// assert_eq!(model.get_layer("concatenate")?.connections(), [["tower", "tower"]]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn connections(&self) -> Vec<Vec<String>> {
        let first = self.group.nodes.clone();
        let nodes = self.graph.nodes();
        let own = |number: &usize| first.contains(&nodes[*number].shares.unwrap_or(*number));
        let mut calls: Vec<Vec<String>> = Vec::new();
        for number in (0..nodes.len()).filter(own) {
            let place = nodes[number].shares.unwrap_or(number) - first.start;
            if place == 0 {
                calls.push(Vec::new());
            }
            // a layer of stacks reads what the layers in it read from outside
            let call = number - place..number;
            let outside =
                nodes[number].reads.iter().filter(|value| value.checked_sub(1).is_none_or(|node| !call.contains(&node)));
            let names = outside.filter_map(|&value| self.graph.name_of_value(value));
            for name in names.collect::<Vec<_>>() {
                match calls.last_mut() {
                    Some(reads) if first.len() == 1 || !reads.contains(&name) => reads.push(name),
                    _ => {}
                }
            }
        }
        calls
    }

    /// Returns the shape of the layer's output for one sample; `None` before the model is built.
    pub fn output_shape(&self) -> Option<&'a Shape> {
        self.built.map(|network| network.shape(self.group.nodes.end))
    }

    /// Returns the weights of the layer, as [`Model::get_weights`](crate::Model::get_weights) does; empty before the model is
    /// built.
    pub fn get_weights(&self) -> Vec<DMatrix<T>> {
        compiled!(
            fn(layer: &LayerView<'_, T>) -> Vec<DMatrix<T>> {
                let Some(network) = layer.built else { return Vec::new() };
                layer.tensors().iter().map(|tensor| tensor.to_matrix(network.values(tensor))).collect()
            }
        )(self)
    }

    /// Returns the number of values in the layer's weights; 0 before the model is built.
    pub fn count_params(&self) -> usize {
        self.tensors().iter().map(|tensor| tensor.range.len()).sum()
    }

    /// Returns the number of values in the layer's weights that training updates.
    pub(crate) fn count_trainable(&self) -> usize {
        self.tensors().iter().filter(|tensor| tensor.trainable).map(|tensor| tensor.range.len()).sum()
    }

    fn tensors(&self) -> &'a [Tensor<T>] {
        self.built.map_or(&[], |network| network.tensors_of(self.group.nodes.clone()))
    }
}
