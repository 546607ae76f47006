//! The network of a built model: its nodes with known shapes and all weights, the forward and backward pass, and prediction.

mod buffers;
mod build;
mod check;
mod infer;
mod left_out;
mod pass;
mod penalties;
mod settle;
mod wiring;

pub(crate) use buffers::{Buffers, Trace, Traces};
pub(crate) use build::Start;
pub(crate) use left_out::LeftOut;
pub(crate) use pass::{Pass, Reach};

use crate::activations::Activation;
use crate::base::{Rng, Shape};
use crate::constraints::Constraint;
use crate::initializers::Initializer;
use crate::kernels::{self, Aligned, Scalar};
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
    /// The range of each input in a sample of the data, if there are several inputs; else empty.
    inputs: Vec<Range<usize>>,
    nodes: Vec<Node<T>>,
    /// The numbers of the values that are the outputs, at least one.
    outputs: Vec<usize>,
    /// The name of each output.
    output_names: Vec<String>,
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
    /// True if the activation's gradient is computed from its inputs and not from its outputs.
    sees_input: bool,
    pub(crate) activity_regularizer: Option<Arc<dyn Regularizer<T>>>,
    /// The shape of the layer's output before the activation.
    pub(crate) pre_activation: Shape,
    /// The shape of the output after the activation; it has at most as many values as the pre-activation.
    pub(crate) output: Shape,
    /// What is known about the numbers in the output.
    gives: Numbers,
    /// The number of classes and the ranges of the data, if the node reads the data as class numbers.
    checks: Option<(usize, Vec<Range<usize>>)>,
    /// The range of the node's parameters in the parameters of the network.
    params: Range<usize>,
    /// The range of the node's state in the state of the network.
    state: Range<usize>,
    /// The numbers of the node's weights.
    pub(crate) tensors: Range<usize>,
    /// The range of each weight in the parameters of the node.
    weights: Vec<Range<usize>>,
    memory: Memory,
    /// The number of the node whose weights this node uses: its own, unless it is a later call of a shared layer.
    owner: usize,
    /// True if other nodes use the same weights.
    is_shared: bool,
    /// True if the backward pass of a later node writes the gradient of the weights first, so that this node adds to it.
    adds_gradient: bool,
    /// The bit of this output in a `LeftOut`; 0 for a node that is no output or whose activation must be applied.
    output_bit: u64,
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
    pub(crate) regularizer: Option<Arc<dyn Regularizer<T>>>,
    pub(crate) constraint: Option<Arc<dyn Constraint<T>>>,
    learning_rate_factor: f64,
    weight_decay_factor: f64,
}

impl<T: Scalar> Network<T> {
    pub(crate) fn input(&self) -> &Shape {
        &self.input
    }

    /// Returns the shape of the first output.
    pub(crate) fn output(&self) -> &Shape {
        self.shape_of_output(0)
    }

    /// Returns the number of outputs, at least one.
    pub(crate) fn output_count(&self) -> usize {
        self.outputs.len()
    }

    /// Returns the name of each output.
    pub(crate) fn output_names(&self) -> &[String] {
        &self.output_names
    }

    /// Returns the name of an output, if there are several.
    pub(crate) fn output_name(&self, output: usize) -> Option<&str> {
        self.output_names.get(output).map(String::as_str).filter(|_| self.outputs.len() > 1)
    }

    pub(crate) fn shape_of_output(&self, output: usize) -> &Shape {
        self.shape(self.outputs[output])
    }

    /// Returns the number of values in all outputs of a sample.
    pub(crate) fn output_width(&self) -> usize {
        (0..self.outputs.len()).map(|output| self.shape_of_output(output).width()).sum()
    }

    /// Returns the shape of what a forward pass gives for an output: that of the pre-activation, if the activation is left out.
    pub(crate) fn result(&self, output: usize, left_out: LeftOut) -> &Shape {
        self.outputs[output].checked_sub(1).map_or(&self.input, |node| self.nodes[node].result(left_out))
    }

    /// Returns the number of values in a sample of the widest output before its activation.
    pub(crate) fn widest_result(&self) -> usize {
        let node =
            |value: &usize| value.checked_sub(1).map_or(self.input.width(), |node| self.nodes[node].pre_activation.width());
        self.outputs.iter().map(node).max().unwrap_or(0)
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
    #[cfg(feature = "safetensors")]
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
    pub(crate) fn seeded(&self) -> impl Iterator<Item = &Rng> {
        self.seeded.iter().flatten()
    }

    /// Returns the random number generators of the layers that have a seed of their own, for overwriting.
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

    /// Returns whether all weights are finite.
    pub(crate) fn is_finite(&self) -> bool {
        kernels::all_finite(&self.params) && kernels::all_finite(&self.state)
    }

    /// Returns whether a constraint limits a weight that is trained.
    pub(crate) fn is_constrained(&self) -> bool {
        !self.constrained.is_empty()
    }

    pub(crate) fn params(&self) -> &[T] {
        &self.params
    }

    pub(crate) fn params_mut(&mut self) -> &mut [T] {
        &mut self.params
    }

    /// Freezes or unfreezes the nodes of one layer of the model; a node that is frozen within that layer stays frozen.
    pub(crate) fn set_trainable(&mut self, nodes: Range<usize>, trainable: bool) {
        for node in self.nodes.iter_mut().filter(|node| nodes.contains(&node.owner)) {
            node.trainable = trainable && node.trainable_within;
            let trainable = node.trainable;
            self.tensors[node.tensors.clone()].iter_mut().for_each(|tensor| tensor.trainable = trainable && !tensor.is_state);
        }
        self.settle();
    }

    /// Returns the activation of an output that a loss can apply; `None` if it has none, or if anything else needs it applied.
    pub(crate) fn last_activation(&self, output: usize) -> Option<&Arc<dyn Activation<T>>> {
        let node = &self.nodes[self.outputs[output].checked_sub(1)?];
        node.activation.as_ref().filter(|_| node.output_bit != 0)
    }

    /// Returns whether any weight is trained.
    pub(crate) fn is_trained(&self) -> bool {
        self.nodes.iter().any(|node| node.needs_gradient)
    }

    /// Returns the weights that are trained, each with its range in the parameters.
    pub(crate) fn trained(&self) -> Vec<TrainedWeight> {
        let mut trained = Vec::with_capacity(self.tensors.len());
        for node in &self.nodes {
            let tensors = self.tensors[node.tensors.clone()].iter().filter(|tensor| tensor.trainable);
            trained.extend(tensors.map(|tensor| tensor.trained(node)));
        }
        trained
    }

    /// Iterates over the ranges of the trained weights in the parameters, in the order of [`trained`](Self::trained).
    pub(crate) fn trained_ranges(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let tensors = self.nodes.iter().flat_map(|node| &self.tensors[node.tensors.clone()]);
        tensors.filter(|tensor| tensor.trainable).map(|tensor| tensor.range.clone())
    }
}

impl<T: Scalar> Node<T> {
    /// Returns the shape of the output: that of the pre-activation, if the activation is left out.
    #[inline(always)]
    fn result(&self, left_out: LeftOut) -> &Shape {
        if left_out.has(self.output_bit) { &self.pre_activation } else { &self.output }
    }

    /// Returns the activation, unless it is left out.
    pub(crate) fn applied(&self, left_out: LeftOut) -> Option<&dyn Activation<T>> {
        self.activation.as_deref().filter(|_| !left_out.has(self.output_bit))
    }
}

impl<T: Scalar> Tensor<T> {
    /// Describes this weight of a node for the optimizer.
    fn trained(&self, node: &Node<T>) -> TrainedWeight {
        let path = format!("{}/{}", node.name, self.name);
        // a fused update would come before the regularizer's or another call's part of the gradient
        let is_complete = self.regularizer.is_none() && !node.is_shared;
        let Self { learning_rate_factor, weight_decay_factor, .. } = *self;
        let variable = Variable { path, shape: self.shape.clone(), learning_rate_factor, weight_decay_factor };
        TrainedWeight { variable, range: self.range.clone(), is_complete }
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
