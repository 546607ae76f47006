//! The layers of a model with their weights, once shapes are known: infer, forward, backward.

use crate::activations::{Activation, Sees};
use crate::base::snake_case;
use crate::base::{Batch, BatchMut, Rng, Shape};
use crate::base::{Error, Result};
use crate::constraints::Constraint;
use crate::kernels::Scalar;
use crate::kernels::{self, Aligned, Sizes};
use crate::layers::{Backward, Branches, Layer, LayerEntry, Numbers, Param, Plan, Tape, Weights};
use crate::optimizers::{EarlyStep, Variable};
use crate::regularizers::Regularizer;
use nalgebra::DMatrix;
use std::ops::Range;
use std::sync::Arc;
use wiring::Wiring;

mod build;
mod infer;
mod wiring;

/// The layers in order, those within others before them, and all their values in two flat vectors.
#[derive(Debug, Clone)]
pub(crate) struct Network<T: Scalar> {
    input: Shape,
    nodes: Vec<Node<T>>,
    /// The node of each layer of the model; the nodes between it and the one before belong to it.
    layers: Vec<usize>,
    wiring: Wiring,
    /// The randomness of each node that has a seed of its own.
    seeded: Vec<Option<Rng>>,
    tensors: Vec<Tensor<T>>,
    /// The weights that are trained and have a regularizer, and those that have a constraint.
    regularized: Vec<usize>,
    constrained: Vec<usize>,
    params: Aligned<T>,
    state: Aligned<T>,
}

/// A step of the computation, its shapes known.
#[derive(Debug, Clone)]
struct Node<T: Scalar> {
    name: String,
    work: Work<T>,
    /// The values it reads: 0 is the data, `i + 1` what node `i` gives.
    from: Vec<usize>,
    activation: Option<Arc<dyn Activation<T>>>,
    activity_regularizer: Option<Arc<dyn Regularizer<T>>>,
    input: Shape,
    /// What the layer itself gives; `output` is what its activation makes of that, and never wider.
    sums: Shape,
    output: Shape,
    gives: Numbers,
    /// Of how many classes the data must be, if they come here as they are.
    checks: Option<usize>,
    params: Range<usize>,
    state: Range<usize>,
    tensors: Range<usize>,
    scratch: usize,
    batch_scratch: usize,
    /// Whether neither the layer is frozen nor one that it lies in.
    trainable: bool,
    /// The same, if the layer of the model that it lies in is not.
    trainable_within: bool,
    /// Whether its slope leads to a weight that is trained.
    wanted: bool,
    /// The place of its first weight, if that can be moved while its gradient is computed.
    early: Option<Range<usize>>,
}

/// What a node does.
#[derive(Debug, Clone)]
enum Work<T: Scalar> {
    Layer(Arc<dyn Layer<T>>),
    /// Lays what several stacks give side by side, in each sample this many times.
    Join {
        groups: usize,
    },
}

/// One weight of one layer: a place in the flat vectors.
#[derive(Debug, Clone)]
pub(crate) struct Tensor<T: Scalar> {
    pub(crate) name: &'static str,
    pub(crate) shape: Vec<usize>,
    /// Where its values are, in the parameters or in the state.
    pub(crate) place: Range<usize>,
    pub(crate) is_state: bool,
    pub(crate) trainable: bool,
    regularizer: Option<Arc<dyn Regularizer<T>>>,
    constraint: Option<Arc<dyn Constraint<T>>>,
}

/// What one layer keeps from the forward to the backward pass of a batch.
#[derive(Debug)]
pub(crate) struct Trace<T> {
    /// The sums, where the activation's derivative needs them.
    sums: Aligned<T>,
    outputs: Aligned<T>,
    scratch: Vec<T>,
    batch_scratch: Vec<T>,
}

/// Whether the last layer's activation is left out, because the loss takes its sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    Outputs,
    Sums,
}

/// How far the way back goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To every weight that is trained, in a step of training.
    Weights,
    /// To the data as well, and so through all layers, in training or as for prediction.
    Data { training: bool },
}

impl<T: Scalar> Network<T> {
    pub(crate) fn input(&self) -> &Shape {
        &self.input
    }

    pub(crate) fn output(&self) -> &Shape {
        self.shape(self.nodes.len())
    }

    /// The shape of a value: 0 is the data, `i + 1` what node `i` gives.
    fn shape(&self, value: usize) -> &Shape {
        value.checked_sub(1).map_or(&self.input, |node| &self.nodes[node].output)
    }

    /// How many layers the model has, not counting those within others.
    pub(crate) fn depth(&self) -> usize {
        self.layers.len()
    }

    /// The nodes of layer number `layer`: those of the layers within it, then its own.
    fn nodes_of(&self, layer: usize) -> Range<usize> {
        layer.checked_sub(1).map_or(0, |before| self.layers[before] + 1)..self.layers[layer] + 1
    }

    /// The shape of what layer number `layer` is given.
    #[cfg(feature = "keras")]
    pub(crate) fn input_of(&self, layer: usize) -> &Shape {
        layer.checked_sub(1).map_or(&self.input, |before| self.output_of(before))
    }

    pub(crate) fn output_of(&self, layer: usize) -> &Shape {
        &self.nodes[self.layers[layer]].output
    }

    /// The weights of all layers.
    pub(crate) fn tensors(&self) -> &[Tensor<T>] {
        &self.tensors
    }

    /// The weights of layer number `layer` and of those within it.
    pub(crate) fn tensors_of(&self, layer: usize) -> &[Tensor<T>] {
        let nodes = &self.nodes[self.nodes_of(layer)];
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
        &values[tensor.place.clone()]
    }

    /// The values of the weight number `tensor`.
    pub(crate) fn values_mut(&mut self, tensor: usize) -> &mut [T] {
        let tensor = &self.tensors[tensor];
        let values = if tensor.is_state { &mut self.state } else { &mut self.params };
        &mut values[tensor.place.clone()]
    }

    /// Overwrites the weight number `tensor`.
    pub(crate) fn set_values(&mut self, tensor: usize, new: impl Iterator<Item = T>) {
        self.values_mut(tensor).iter_mut().zip(new).for_each(|(value, new)| *value = new);
    }

    /// The generators of layers that have a seed of their own.
    #[cfg(feature = "keras")]
    pub(crate) fn seeded(&self) -> impl Iterator<Item = &Rng> {
        self.seeded.iter().flatten()
    }

    /// The same, to be put where they stood.
    #[cfg(feature = "keras")]
    pub(crate) fn seeded_mut(&mut self) -> impl Iterator<Item = &mut Rng> {
        self.seeded.iter_mut().flatten()
    }

    /// All values, to be put back by [`restore`](Self::restore).
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

    pub(crate) fn params_len(&self) -> usize {
        self.params.len()
    }

    /// Freezes or thaws a layer with those within it, each of which stays frozen if it was so there.
    pub(crate) fn set_trainable(&mut self, layer: usize, trainable: bool) {
        for place in self.nodes_of(layer) {
            let node = &mut self.nodes[place];
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

    /// Memory for the passes of batches of up to `count` samples.
    pub(crate) fn traces(&self, count: usize) -> Vec<Trace<T>> {
        let keeps_sums = |node: &Node<T>| node.activation.as_ref().is_some_and(|activation| activation.sees() == Sees::Input);
        let trace = |node: &Node<T>| Trace {
            sums: Aligned::zeros(if keeps_sums(node) { count * node.sums.width() } else { 0 }),
            outputs: Aligned::zeros(count * node.sums.width()),
            scratch: vec![T::zero(); count * node.scratch],
            batch_scratch: vec![T::zero(); node.batch_scratch],
        };
        self.nodes.iter().map(trace).collect()
    }

    /// The widest sample anywhere in the network.
    pub(crate) fn widest(&self) -> usize {
        self.nodes.iter().map(|node| node.sums.width()).fold(self.input.width(), usize::max)
    }

    /// How many buffers inference and the way back need.
    pub(crate) fn buffers(&self) -> usize {
        self.wiring.buffers
    }

    fn weights(&self, node: &Node<T>) -> Weights<'_, T> {
        Weights { params: &self.params[node.params.clone()], state: &self.state[node.state.clone()] }
    }

    /// Whether the activation of layer `i` is left out, being the last one's whose sums the loss takes.
    fn left_out(&self, i: usize, last: Last) -> bool {
        last == Last::Sums && i + 1 == self.nodes.len()
    }

    /// Runs a batch through on the way to a gradient, `training` or as for prediction. Returns what the outputs of layers
    /// cost.
    pub(crate) fn forward(&mut self, x: Batch<'_, T>, last: Last, training: bool, traces: &mut [Trace<T>], rng: &mut Rng) -> T {
        let count = x.count();
        let mut penalty = T::zero();
        for i in 0..self.nodes.len() {
            let (before, rest) = traces.split_at_mut(i);
            let Trace { sums, outputs, scratch, batch_scratch } = &mut rest[0];
            let left_out = self.left_out(i, last);
            let node = &self.nodes[i];
            let mut output = BatchMut::first(&node.sums, count, outputs);
            let layer = match &node.work {
                Work::Layer(layer) => layer,
                Work::Join { groups } => {
                    let values = node.from.iter().map(|&from| Batch::first(self.shape(from), count, traced(from, x, before)));
                    join(count * groups, values, output.values());
                    continue;
                }
            };
            let state = &mut self.state[node.state.clone()];
            let scratch = &mut scratch[..count * node.scratch];
            let rng = self.seeded[i].as_mut().unwrap_or(&mut *rng);
            let mut tape = Tape { training, trainable: node.trainable, state, scratch, batch_scratch, rng };
            let params = &mut self.params[node.params.clone()];
            layer.prepare(params, &mut tape);
            let input = Batch::first(&node.input, count, traced(node.from[0], x, before));
            layer.forward(params, input, output.reborrow(), tape);
            if let Some(activation) = node.applied(left_out) {
                if activation.sees() == Sees::Input {
                    sums[..output.values().len()].copy_from_slice(output.values());
                }
                activation.apply(output);
            }
            penalty += node.activity_penalty(count, outputs);
        }
        penalty
    }

    /// Whether any weight is trained.
    pub(crate) fn is_trained(&self) -> bool {
        self.nodes.iter().any(|node| node.wanted)
    }

    /// Runs the slope of the loss, which stands in the first of `slopes`, back through the layers and writes the
    /// gradient of their parameters; returns the slope of the data if that is asked for. Weights that an early step takes
    /// are moved, and of their gradient nothing is left.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn backward<'a>(
        &'a mut self,
        x: Batch<'_, T>,
        last: Last,
        traces: &mut [Trace<T>],
        slopes: &'a mut [Aligned<T>],
        gradient: &mut [T],
        reach: Reach,
        mut early: Option<EarlyStep<'_, T>>,
    ) -> Batch<'a, T> {
        let count = x.count();
        let training = !matches!(reach, Reach::Data { training: false });
        let wanted = |value: usize| reach != Reach::Weights || value.checked_sub(1).is_some_and(|node| self.nodes[node].wanted);
        for i in (0..self.nodes.len()).rev().filter(|&i| wanted(i + 1)) {
            let (node, place) = (&self.nodes[i], self.wiring.slopes[i + 1]);
            let mut dy = std::mem::take(&mut slopes[place]);
            let mut passed = BatchMut::first(&node.sums, count, &mut dy);
            match &node.work {
                Work::Join { groups } => self.split(i, *groups, passed.values(), slopes, wanted),
                Work::Layer(layer) => {
                    let (before, rest) = traces.split_at_mut(i);
                    let trace = &mut rest[0];
                    let given = Batch::first(&node.output, count, &trace.outputs);
                    node.add_activity_gradient(given, passed.values());
                    if let Some(activation) = node.applied(self.left_out(i, last)) {
                        let seen = match activation.sees() {
                            Sees::Input => Batch::first(&node.sums, count, &trace.sums),
                            Sees::Output => given,
                        };
                        activation.backprop(seen, passed.reborrow());
                    }
                    let from = node.from[0];
                    let adds = self.wiring.adds(i, &node.from, 0);
                    let into = if adds { self.wiring.spare } else { self.wiring.slopes[from] };
                    let mut dx = std::mem::take(&mut slopes[into]);
                    let input = Batch::first(&node.input, count, traced(from, x, before));
                    let kept = node.early.as_ref().filter(|place| early.as_ref().is_some_and(|step| step.takes(place)));
                    let others = kept.map_or(node.params.start, |kept| kept.end)..node.params.end;
                    layer.backward(Backward {
                        training,
                        trainable: node.trainable,
                        params: &self.params[node.params.clone()],
                        x: input,
                        scratch: &trace.scratch[..count * node.scratch],
                        batch_scratch: &mut trace.batch_scratch,
                        dy: passed.as_ref(),
                        gradient: &mut gradient[others],
                        dx: wanted(from).then(|| BatchMut::first(&node.input, count, &mut dx)),
                    });
                    if let (Some(kept), Some(early)) = (kept, &mut early) {
                        let sizes = Sizes { units: node.sums.last(), inputs: node.input.last(), count: input.vector_count() };
                        let product = [passed.as_ref().values(), input.values()];
                        early.weight(kept, &mut self.params, &mut gradient[kept.clone()], product, sizes);
                    }
                    if adds && wanted(from) {
                        let inputs = count * node.input.width();
                        kernels::zip(&mut slopes[self.wiring.slopes[from]][..inputs], &dx[..inputs], |slope, more| slope + more);
                    }
                    slopes[into] = dx;
                }
            }
            slopes[place] = dy;
        }
        Batch::first(&self.input, count, &slopes[self.wiring.slopes[0]])
    }

    /// The way back through join `i`: each stack gets its part of the slope.
    fn split(&self, i: usize, groups: usize, dy: &[T], slopes: &mut [Aligned<T>], wanted: impl Fn(usize) -> bool) {
        let node = &self.nodes[i];
        let (whole, mut first) = (node.output.width() / groups, 0);
        for (place, &value) in node.from.iter().enumerate() {
            let part = self.shape(value).width() / groups;
            let adds = self.wiring.adds(i, &node.from, place);
            let slope = &mut slopes[self.wiring.slopes[value]];
            for (slope, dy) in slope.chunks_exact_mut(part).zip(dy.chunks_exact(whole)).filter(|_| wanted(value)) {
                let dy = &dy[first..first + part];
                if adds {
                    kernels::zip(slope, dy, |slope, more| slope + more);
                } else {
                    slope.copy_from_slice(dy);
                }
            }
            first += part;
        }
    }

    /// What the last forward pass of `count` samples gave.
    pub(crate) fn outputs<'a>(&'a self, count: usize, traces: &'a [Trace<T>]) -> Batch<'a, T> {
        Batch::first(self.output(), count, traces.last().map_or(&[], |trace| &trace.outputs))
    }

    /// The sum of all penalties of regularizers, for weights that are trained.
    pub(crate) fn penalty(&self) -> T {
        self.regularized().map(|(tensor, regularizer)| regularizer.penalty(self.values(tensor), &tensor.shape)).sum()
    }

    /// Adds the derivative of the penalties.
    pub(crate) fn add_penalty_gradient(&self, gradient: &mut [T]) {
        for (tensor, regularizer) in self.regularized() {
            regularizer.add_gradient(self.values(tensor), &tensor.shape, &mut gradient[tensor.place.clone()]);
        }
    }

    fn regularized(&self) -> impl Iterator<Item = (&Tensor<T>, &Arc<dyn Regularizer<T>>)> {
        self.regularized
            .iter()
            .map(|&place| &self.tensors[place])
            .filter_map(|tensor| Some((tensor, tensor.regularizer.as_ref()?)))
    }

    /// The weights that are trained, each with its place among the parameters.
    pub(crate) fn trained(&self) -> impl Iterator<Item = (Variable, Range<usize>)> {
        let trained = self.named().filter(|(_, tensor)| tensor.trainable);
        trained.map(|(name, tensor)| (Variable::new(name, tensor.shape.clone()), tensor.place.clone()))
    }

    /// The places of the weights that can be moved while their gradient is computed.
    pub(crate) fn early(&self) -> impl Iterator<Item = &Range<usize>> {
        self.nodes.iter().filter_map(|node| node.early.as_ref())
    }

    #[cfg(feature = "keras")]
    pub(crate) fn params(&self) -> &[T] {
        &self.params
    }

    pub(crate) fn params_mut(&mut self) -> &mut [T] {
        &mut self.params
    }

    /// Holds each weight that is trained to its constraint.
    pub(crate) fn constrain(&mut self) {
        for tensor in self.constrained.iter().map(|&place| &self.tensors[place]) {
            if let Some(constraint) = &tensor.constraint {
                constraint.project(&mut self.params[tensor.place.clone()], &tensor.shape);
            }
        }
    }
}

impl<T: Scalar> Node<T> {
    /// The activation, unless it is left out.
    fn applied(&self, left_out: bool) -> Option<&dyn Activation<T>> {
        self.activation.as_deref().filter(|_| !left_out)
    }

    /// What the outputs of so many samples cost: the mean over the samples.
    fn activity_penalty(&self, count: usize, outputs: &[T]) -> T {
        let Some(regularizer) = &self.activity_regularizer else { return T::zero() };
        let outputs = Batch::first(&self.output, count, outputs);
        regularizer.penalty(outputs.values(), &rows_and_columns(outputs)) / T::of(outputs.count() as f64)
    }

    /// Adds the derivative of [`activity_penalty`](Self::activity_penalty) to the slope of the outputs.
    fn add_activity_gradient(&self, outputs: Batch<'_, T>, slope: &mut [T]) {
        let Some(regularizer) = &self.activity_regularizer else { return };
        // a regularizer adds its whole gradient, so the slope is held against the sum over the samples for a moment
        let slope = &mut slope[..outputs.values().len()];
        let count = T::of(outputs.count() as f64);
        kernels::map(slope, |d| d * count);
        regularizer.add_gradient(outputs.values(), &rows_and_columns(outputs), slope);
        kernels::map(slope, |d| d / count);
    }
}

/// The shape of outputs as a matrix.
fn rows_and_columns<T>(outputs: Batch<'_, T>) -> [usize; 2] {
    let columns = outputs.shape().last().max(1);
    [outputs.values().len() / columns, columns]
}

impl<T: Scalar> Tensor<T> {
    /// Rows and columns at the doors: a vector is one row, more than two axes are folded into the rows.
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

/// Where a value begins in training: the data, or what a node gave.
fn traced<'a, T: Scalar>(value: usize, x: Batch<'a, T>, traces: &'a [Trace<T>]) -> &'a [T] {
    value.checked_sub(1).map_or(x.values(), |node| &traces[node].outputs)
}

/// Lays the rows of several values side by side.
fn join<'a, T: Scalar>(rows: usize, values: impl Iterator<Item = Batch<'a, T>>, y: &mut [T]) {
    let (whole, mut first) = (y.len() / rows, 0);
    for value in values {
        let part = value.values().len() / rows;
        for (y, value) in y.chunks_exact_mut(whole).zip(value.values().chunks_exact(part)) {
            y[first..first + part].copy_from_slice(value);
        }
        first += part;
    }
}
