//! The nodes of a model once shapes are known, with all their numbers: forward, backward, and prediction.

mod backward;
mod buffers;
mod build;
mod check;
mod forward;
mod infer;
mod penalties;
mod wiring;

pub(crate) use backward::Reach;
pub(crate) use buffers::{Buffers, Trace, Traces};
pub(crate) use build::Start;
pub(crate) use forward::Pass;

use crate::activations::Activation;
use crate::base::{Rng, Shape};
use crate::constraints::Constraint;
use crate::initializers::Initializer;
use crate::kernels::{Aligned, Scalar};
use crate::layers::{Layer, Memory, Numbers, WeightPlace};
use crate::optimizers::{TrainedWeight, Variable};
use crate::regularizers::Regularizer;
use nalgebra::DMatrix;
use std::ops::Range;
use std::sync::Arc;
use wiring::Wiring;

/// The nodes in the order in which they are computed, and all their weights in two flat vectors.
#[derive(Debug, Clone)]
pub(crate) struct Network<T: Scalar> {
    input: Shape,
    nodes: Vec<Node<T>>,
    wiring: Wiring,
    /// The randomness of each node that has a seed of its own.
    seeded: Vec<Option<Rng>>,
    tensors: Vec<Tensor<T>>,
    /// The weights that are trained and have a regularizer.
    regularized: Vec<usize>,
    /// The weights that are trained and have a constraint.
    constrained: Vec<usize>,
    params: Aligned<T>,
    state: Aligned<T>,
}

/// A layer whose shapes are known.
#[derive(Debug, Clone)]
pub(crate) struct Node<T: Scalar> {
    pub(crate) name: String,
    layer: Arc<dyn Layer<T>>,
    /// The values that it reads: 0 is the data, `i + 1` the output of node `i`.
    reads: Vec<usize>,
    activation: Option<Arc<dyn Activation<T>>>,
    activity_regularizer: Option<Arc<dyn Regularizer<T>>>,
    /// The shape of what the layer itself writes.
    pub(crate) pre_activation: Shape,
    /// The shape of what its activation makes of that, which is never wider.
    pub(crate) output: Shape,
    gives: Numbers,
    /// The number of classes that the data must be of, if the node reads the data as classes.
    checks: Option<usize>,
    params: Range<usize>,
    state: Range<usize>,
    pub(crate) tensors: Range<usize>,
    /// Each weight's range among the parameters of the node.
    weights: Vec<WeightPlace>,
    memory: Memory,
    /// False if the layer or one around it is frozen.
    pub(crate) trainable: bool,
    /// The same, without regard to the layer of the model that it belongs to.
    trainable_within: bool,
    /// Whether the gradient of its output leads to a weight that is trained.
    needs_gradient: bool,
}

/// One weight of one layer: a range of the flat vectors.
#[derive(Debug, Clone)]
pub(crate) struct Tensor<T: Scalar> {
    pub(crate) name: &'static str,
    pub(crate) shape: Vec<usize>,
    /// Its range among the parameters, or in the state.
    pub(crate) range: Range<usize>,
    pub(crate) is_state: bool,
    pub(crate) trainable: bool,
    initializer: Arc<dyn Initializer>,
    regularizer: Option<Arc<dyn Regularizer<T>>>,
    constraint: Option<Arc<dyn Constraint<T>>>,
    learning_rate_factor: f64,
    weight_decay_factor: f64,
}

/// What becomes of the activation of the last layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastActivation {
    /// It is applied.
    Applied,
    /// It is left out, because the loss takes the pre-activation.
    LeftToLoss,
}

impl<T: Scalar> Network<T> {
    pub(crate) fn input(&self) -> &Shape {
        &self.input
    }

    pub(crate) fn output(&self) -> &Shape {
        self.shape(self.nodes.len())
    }

    /// The shape of a value.
    pub(crate) fn shape(&self, value: usize) -> &Shape {
        shape_of(&self.input, &self.nodes, value)
    }

    pub(crate) fn nodes(&self) -> &[Node<T>] {
        &self.nodes
    }

    /// The weights of all layers.
    pub(crate) fn tensors(&self) -> &[Tensor<T>] {
        &self.tensors
    }

    /// The weights of these nodes.
    pub(crate) fn tensors_of(&self, nodes: Range<usize>) -> &[Tensor<T>] {
        let nodes = &self.nodes[nodes];
        let end = nodes.last().map_or(0, |node| node.tensors.end);
        &self.tensors[nodes.first().map_or(end, |node| node.tensors.start)..end]
    }

    /// The weights of all layers, each as `layer/weight`.
    pub(crate) fn named(&self) -> impl Iterator<Item = (String, &Tensor<T>)> {
        let tensors = |node: &Node<T>| self.tensors[node.tensors.clone()].iter();
        self.nodes.iter().flat_map(move |node| tensors(node).map(|tensor| (format!("{}/{}", node.name, tensor.name), tensor)))
    }

    pub(crate) fn values(&self, tensor: &Tensor<T>) -> &[T] {
        let values = if tensor.is_state { &self.state } else { &self.params };
        &values[tensor.range.clone()]
    }

    /// The values of the weight number `tensor`.
    pub(crate) fn values_mut(&mut self, tensor: usize) -> &mut [T] {
        let tensor = &self.tensors[tensor];
        let values = if tensor.is_state { &mut self.state } else { &mut self.params };
        &mut values[tensor.range.clone()]
    }

    /// Overwrites the weight number `tensor`.
    pub(crate) fn set_values(&mut self, tensor: usize, new: impl Iterator<Item = T>) {
        self.values_mut(tensor).iter_mut().zip(new).for_each(|(value, new)| *value = new);
    }

    /// The generators of layers that have a seed of their own.
    pub(crate) fn seeded(&self) -> impl Iterator<Item = &Rng> {
        self.seeded.iter().flatten()
    }

    /// The generators of layers that have a seed of their own, to be overwritten.
    #[cfg(feature = "keras")]
    pub(crate) fn seeded_mut(&mut self) -> impl Iterator<Item = &mut Rng> {
        self.seeded.iter_mut().flatten()
    }

    /// Copies all values, to be put back by [`restore`](Self::restore).
    pub(crate) fn snapshot(&self, into: &mut Vec<T>) {
        into.clear();
        into.extend_from_slice(&self.params);
        into.extend_from_slice(&self.state);
    }

    /// Puts back what [`snapshot`](Self::snapshot) took, if it has the right size.
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

    /// Freezes or thaws nodes of one layer, each of which stays frozen if it is so within that layer.
    pub(crate) fn set_trainable(&mut self, nodes: Range<usize>, trainable: bool) {
        for node in &mut self.nodes[nodes] {
            node.trainable = trainable && node.trainable_within;
            let trainable = node.trainable;
            self.tensors[node.tensors.clone()].iter_mut().for_each(|tensor| tensor.trainable = trainable && !tensor.is_state);
        }
        self.settle();
    }

    /// The activation of the last layer, if a loss may take it over: not where a penalty needs its outputs.
    pub(crate) fn last_activation(&self) -> Option<&Arc<dyn Activation<T>>> {
        self.nodes.last().filter(|node| node.activity_regularizer.is_none())?.activation.as_ref()
    }

    /// Whether any weight is trained.
    pub(crate) fn is_trained(&self) -> bool {
        self.nodes.iter().any(|node| node.needs_gradient)
    }

    /// The weights that are trained, each with its range among the parameters.
    pub(crate) fn trained(&self) -> Vec<TrainedWeight> {
        self.named().filter(|(_, tensor)| tensor.trainable).map(|(name, tensor)| tensor.trained(name)).collect()
    }

    /// Whether the activation of node `i` is left out.
    fn leaves_out(&self, i: usize, last: LastActivation) -> bool {
        last == LastActivation::LeftToLoss && i + 1 == self.nodes.len()
    }
}

impl<T: Scalar> Node<T> {
    /// The activation, unless it is left out.
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

    /// Rows and columns in the public methods: a vector is one row, more than two axes are folded into the rows.
    pub(crate) fn matrix_shape(&self) -> (usize, usize) {
        match self.shape.as_slice() {
            [] => (1, 1),
            [rows @ .., columns] => (rows.iter().product(), *columns),
        }
    }

    /// Values of this shape, in Keras' order, as a matrix.
    pub(crate) fn to_matrix(&self, values: &[T]) -> DMatrix<T> {
        let (rows, columns) = self.matrix_shape();
        DMatrix::from_row_slice(rows, columns, values)
    }
}

/// The shape of a value: 0 is the data, `i + 1` the output of node `i`.
fn shape_of<'a, T: Scalar>(input: &'a Shape, nodes: &'a [Node<T>], value: usize) -> &'a Shape {
    value.checked_sub(1).map_or(input, |node| &nodes[node].output)
}
