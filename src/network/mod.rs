//! The network of a built model: its nodes with known shapes and all weights, the forward and backward pass, and prediction.

mod buffers;
mod build;
mod check;
mod infer;
mod pass;
mod penalties;
mod wiring;

pub(crate) use buffers::{Buffers, Trace, Traces};
pub(crate) use build::Start;
pub(crate) use pass::{Pass, Reach};

use crate::activations::Activation;
use crate::base::{Rng, Shape};
use crate::constraints::Constraint;
use crate::initializers::Initializer;
use crate::kernels::{Aligned, Scalar};
use crate::layers::{Layer, Memory, Numbers};
use crate::optimizers::{TrainedWeight, Variable};
use crate::regularizers::Regularizer;
use nalgebra::DMatrix;
use std::ops::Range;
use std::sync::Arc;
use wiring::Wiring;

/// The nodes in the order in which they are computed, and all their weights in two flat vectors: parameters and state.
#[derive(Debug, Clone)]
pub(crate) struct Network<T: Scalar> {
    input: Shape,
    nodes: Vec<Node<T>>,
    wiring: Wiring,
    /// The random number generator of each node that has a seed of its own.
    seeded: Vec<Option<Rng>>,
    tensors: Vec<Tensor<T>>,
    /// The numbers of the trained weights that have a regularizer.
    regularized: Vec<usize>,
    /// The numbers of the trained weights that have a constraint.
    constrained: Vec<usize>,
    params: Aligned<T>,
    state: Aligned<T>,
}

/// A layer with known shapes, and the ranges of its weights.
#[derive(Debug, Clone)]
pub(crate) struct Node<T: Scalar> {
    pub(crate) name: String,
    pub(crate) layer: Arc<dyn Layer<T>>,
    /// The numbers of the values that the node reads: 0 is the data, `i + 1` the output of node `i`.
    pub(crate) reads: Vec<usize>,
    pub(crate) activation: Option<Arc<dyn Activation<T>>>,
    activity_regularizer: Option<Arc<dyn Regularizer<T>>>,
    /// The shape of the layer's output before the activation.
    pub(crate) pre_activation: Shape,
    /// The shape of the output after the activation; it has at most as many values as the pre-activation.
    pub(crate) output: Shape,
    /// What is known about the numbers in the output.
    gives: Numbers,
    /// The number of classes, if the node reads the data as class numbers.
    checks: Option<usize>,
    /// The range of the node's parameters in the parameters of the network.
    params: Range<usize>,
    /// The range of the node's state in the state of the network.
    state: Range<usize>,
    /// The numbers of the node's weights.
    pub(crate) tensors: Range<usize>,
    /// The range of each weight in the parameters of the node.
    weights: Vec<Range<usize>>,
    memory: Memory,
    /// False if the layer, or a layer that contains it, is frozen.
    pub(crate) trainable: bool,
    /// False if the layer is frozen within the layer of the model that contains it, whether or not that one is frozen.
    trainable_within: bool,
    /// True if a trained weight of this node, or of a node before it, depends on the gradient of the output.
    needs_gradient: bool,
}

/// One weight of a layer: its range in a flat vector, and how it is initialised and trained.
#[derive(Debug, Clone)]
pub(crate) struct Tensor<T: Scalar> {
    pub(crate) name: &'static str,
    pub(crate) shape: Vec<usize>,
    /// The range in the parameters of the network, or in its state if `is_state`.
    pub(crate) range: Range<usize>,
    pub(crate) is_state: bool,
    pub(crate) trainable: bool,
    initializer: Arc<dyn Initializer>,
    regularizer: Option<Arc<dyn Regularizer<T>>>,
    constraint: Option<Arc<dyn Constraint<T>>>,
    learning_rate_factor: f64,
    weight_decay_factor: f64,
}

/// Whether the network applies the activation of the last layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastActivation {
    /// The network applies the activation.
    Applied,
    /// The network leaves the activation out, because the loss takes the pre-activation.
    LeftToLoss,
}

impl<T: Scalar> Network<T> {
    pub(crate) fn input(&self) -> &Shape {
        &self.input
    }

    pub(crate) fn output(&self) -> &Shape {
        self.shape(self.nodes.len())
    }

    /// Returns the shape of what a forward pass gives, whether it leaves out the last activation or not.
    pub(crate) fn result(&self, last: LastActivation) -> &Shape {
        match self.nodes.last() {
            Some(node) if last == LastActivation::LeftToLoss => &node.pre_activation,
            _ => self.output(),
        }
    }

    /// Returns the shape of a value: 0 is the data, `i + 1` the output of node `i`.
    pub(crate) fn shape(&self, value: usize) -> &Shape {
        shape_of(&self.input, &self.nodes, value)
    }

    pub(crate) fn nodes(&self) -> &[Node<T>] {
        &self.nodes
    }

    /// Returns the weights of all layers.
    pub(crate) fn tensors(&self) -> &[Tensor<T>] {
        &self.tensors
    }

    /// Returns the weights of these nodes.
    pub(crate) fn tensors_of(&self, nodes: Range<usize>) -> &[Tensor<T>] {
        let nodes = &self.nodes[nodes];
        let end = nodes.last().map_or(0, |node| node.tensors.end);
        &self.tensors[nodes.first().map_or(end, |node| node.tensors.start)..end]
    }

    /// Returns the weights of all layers, each with its name `layer/weight`.
    pub(crate) fn named(&self) -> impl Iterator<Item = (String, &Tensor<T>)> {
        let tensors = |node: &Node<T>| self.tensors[node.tensors.clone()].iter();
        self.nodes.iter().flat_map(move |node| tensors(node).map(|tensor| (format!("{}/{}", node.name, tensor.name), tensor)))
    }

    pub(crate) fn values(&self, tensor: &Tensor<T>) -> &[T] {
        let values = if tensor.is_state { &self.state } else { &self.params };
        &values[tensor.range.clone()]
    }

    /// Returns the values of the weight number `tensor`.
    pub(crate) fn values_mut(&mut self, tensor: usize) -> &mut [T] {
        let tensor = &self.tensors[tensor];
        let values = if tensor.is_state { &mut self.state } else { &mut self.params };
        &mut values[tensor.range.clone()]
    }

    /// Overwrites the weight number `tensor`.
    pub(crate) fn set_values(&mut self, tensor: usize, new: impl Iterator<Item = T>) {
        self.values_mut(tensor).iter_mut().zip(new).for_each(|(value, new)| *value = new);
    }

    /// Returns the random number generators of the layers that have a seed of their own.
    #[cfg(feature = "keras")]
    pub(crate) fn seeded(&self) -> impl Iterator<Item = &Rng> {
        self.seeded.iter().flatten()
    }

    /// Returns the random number generators of the layers that have a seed of their own, for overwriting.
    #[cfg(feature = "keras")]
    pub(crate) fn seeded_mut(&mut self) -> impl Iterator<Item = &mut Rng> {
        self.seeded.iter_mut().flatten()
    }

    /// Copies the values of all weights to `into`, for a later [`restore`](Self::restore).
    pub(crate) fn snapshot(&self, into: &mut Vec<T>) {
        into.clear();
        into.extend_from_slice(&self.params);
        into.extend_from_slice(&self.state);
    }

    /// Sets all weights to values that [`snapshot`](Self::snapshot) copied; does nothing if their number is another.
    pub(crate) fn restore(&mut self, values: &[T]) {
        if values.len() == self.params.len() + self.state.len() {
            let (params, state) = values.split_at(self.params.len());
            self.params.copy_from_slice(params);
            self.state.copy_from_slice(state);
        }
    }

    pub(crate) fn params(&self) -> &[T] {
        &self.params
    }

    pub(crate) fn params_mut(&mut self) -> &mut [T] {
        &mut self.params
    }

    /// Freezes or unfreezes the nodes of one layer of the model; a node that is frozen within that layer stays frozen.
    pub(crate) fn set_trainable(&mut self, nodes: Range<usize>, trainable: bool) {
        for node in &mut self.nodes[nodes] {
            node.trainable = trainable && node.trainable_within;
            let trainable = node.trainable;
            self.tensors[node.tensors.clone()].iter_mut().for_each(|tensor| tensor.trainable = trainable && !tensor.is_state);
        }
        self.settle();
    }

    /// Returns the activation of the last layer; `None` if it has none, or if an activity regularizer needs its output.
    pub(crate) fn last_activation(&self) -> Option<&Arc<dyn Activation<T>>> {
        self.nodes.last().filter(|node| node.activity_regularizer.is_none())?.activation.as_ref()
    }

    /// Returns whether any weight is trained.
    pub(crate) fn is_trained(&self) -> bool {
        self.nodes.iter().any(|node| node.needs_gradient)
    }

    /// Returns the weights that are trained, each with its range in the parameters.
    pub(crate) fn trained(&self) -> Vec<TrainedWeight> {
        self.named().filter(|(_, tensor)| tensor.trainable).map(|(name, tensor)| tensor.trained(name)).collect()
    }

    /// Returns whether the activation of node `i` is left out.
    fn leaves_out(&self, i: usize, last: LastActivation) -> bool {
        last == LastActivation::LeftToLoss && i + 1 == self.nodes.len()
    }
}

impl<T: Scalar> Node<T> {
    /// Returns the activation, unless it is left out.
    fn applied(&self, left_out: bool) -> Option<&dyn Activation<T>> {
        self.activation.as_deref().filter(|_| !left_out)
    }
}

impl<T: Scalar> Tensor<T> {
    fn trained(&self, path: String) -> TrainedWeight {
        let Self { learning_rate_factor, weight_decay_factor, .. } = *self;
        let variable = Variable { path, shape: self.shape.clone(), learning_rate_factor, weight_decay_factor };
        TrainedWeight { variable, range: self.range.clone(), is_complete: self.regularizer.is_none() }
    }

    /// Returns the rows and columns of the weight as a matrix: a vector is one row, and all axes but the last become rows.
    pub(crate) fn matrix_shape(&self) -> (usize, usize) {
        match self.shape.as_slice() {
            [] => (1, 1),
            [rows @ .., columns] => (rows.iter().product(), *columns),
        }
    }

    /// Returns these values, which are in row-major order as in Keras, as a matrix.
    pub(crate) fn to_matrix(&self, values: &[T]) -> DMatrix<T> {
        let (rows, columns) = self.matrix_shape();
        DMatrix::from_row_slice(rows, columns, values)
    }
}

/// Returns the shape of a value: 0 is the data, `i + 1` the output of node `i`.
fn shape_of<'a, T: Scalar>(input: &'a Shape, nodes: &'a [Node<T>], value: usize) -> &'a Shape {
    value.checked_sub(1).map_or(input, |node| &nodes[node].output)
}
