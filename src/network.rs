//! The layers of a model with their weights, once shapes are known: infer, forward, backward.

use crate::activations::{Activation, Sees};
use crate::constraints::Constraint;
use crate::error::{Error, Result};
use crate::layers::{Backward, Layer, LayerEntry, Param, Tape, Weights};
use crate::optimizers::Variable;
use crate::random::Stream;
use crate::regularizers::Regularizer;
use crate::{Batch, BatchMut, DMatrix, Rng, Scalar, Shape, kernels};
use std::ops::Range;
use std::sync::Arc;

/// The layers in order, and all their values in two flat vectors.
#[derive(Debug, Clone)]
pub(crate) struct Network<T: Scalar> {
    input: Shape,
    nodes: Vec<Node<T>>,
    /// The randomness of each layer that has a seed of its own.
    seeded: Vec<Option<Rng>>,
    tensors: Vec<Tensor<T>>,
    params: Vec<T>,
    state: Vec<T>,
}

/// A layer whose shapes are known.
#[derive(Debug, Clone)]
pub(crate) struct Node<T: Scalar> {
    pub(crate) name: String,
    pub(crate) layer: Arc<dyn Layer<T>>,
    activation: Option<Arc<dyn Activation<T>>>,
    activity_regularizer: Option<Arc<dyn Regularizer<T>>>,
    pub(crate) input: Shape,
    /// What the layer itself gives; `output` is what its activation makes of that, and never wider.
    sums: Shape,
    pub(crate) output: Shape,
    params: Range<usize>,
    state: Range<usize>,
    tensors: Range<usize>,
    scratch: usize,
    batch_scratch: usize,
    pub(crate) trainable: bool,
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
    sums: Vec<T>,
    outputs: Vec<T>,
    scratch: Vec<T>,
    batch_scratch: Vec<T>,
}

/// The most values a sample may have anywhere, so that sizes of batches do not overflow.
const WIDEST: usize = 1 << 30;

/// Whether the last layer's activation is left out, because the loss takes its sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    Outputs,
    Sums,
}

impl<T: Scalar> Network<T> {
    /// A network without layers, which passes its input on.
    pub(crate) fn new(input: Shape) -> Self {
        Self { input, nodes: Vec::new(), seeded: Vec::new(), tensors: Vec::new(), params: Vec::new(), state: Vec::new() }
    }

    /// Adds a layer and initialises its weights, or leaves them 0 where there is no `rng`; on an error nothing is added.
    pub(crate) fn push(&mut self, entry: &LayerEntry<T>, mut rng: Option<&mut Rng>) -> Result<()> {
        let input = self.output().clone();
        let name = entry.name.clone().unwrap_or_default();
        if self.nodes.iter().any(|node| node.name == name) {
            return Err(Error::DuplicateLayer { name });
        }
        entry.layer.check_arguments()?;
        let plan = entry.layer.plan(&input).map_err(|error| match error {
            Error::LayerInput { found, expected, .. } => Error::LayerInput { layer: name.clone(), found, expected },
            other => other,
        })?;
        let widths = [
            ("output", plan.output.width(), 1),
            ("sums", plan.sums.width(), 1),
            ("scratch", plan.scratch, 0),
            ("batch scratch", plan.batch_scratch, 0),
        ];
        for (what, width, least) in widths {
            if !(least..=WIDEST).contains(&width) {
                let allowed = format!("{least} to {WIDEST} values");
                return Err(Error::argument(entry.layer.name(), what, width, allowed));
            }
        }
        let (first_param, first_state, first_tensor) = (self.params.len(), self.state.len(), self.tensors.len());
        let params = plan.params.iter().map(|param| (param, false));
        let mut all = params.chain(plan.state.iter().map(|param| (param, true)));
        let allocated = all.try_for_each(|(param, is_state)| self.allocate(entry, param, is_state, rng.as_deref_mut()));
        if let Err(error) = allocated {
            self.params.truncate(first_param);
            self.state.truncate(first_state);
            self.tensors.truncate(first_tensor);
            return Err(error);
        }
        self.nodes.push(Node {
            name,
            layer: entry.layer.clone(),
            activation: plan.activation,
            activity_regularizer: plan.activity_regularizer,
            input,
            sums: plan.sums,
            output: plan.output,
            params: first_param..self.params.len(),
            state: first_state..self.state.len(),
            tensors: first_tensor..self.tensors.len(),
            scratch: plan.scratch,
            batch_scratch: plan.batch_scratch,
            trainable: entry.trainable,
        });
        self.seeded.push(plan.seed.map(|seed| Rng::stream(seed, Stream::Noise)));
        Ok(())
    }

    fn allocate(&mut self, entry: &LayerEntry<T>, param: &Param<T>, is_state: bool, rng: Option<&mut Rng>) -> Result<()> {
        let values = if is_state { &mut self.state } else { &mut self.params };
        let size = param.shape.iter().try_fold(1, |size: usize, &extent| size.checked_mul(extent));
        let mut drawn = Vec::new();
        let drawn_size = |size| if rng.is_some() { size } else { 0 };
        let room = size.filter(|&size| drawn.try_reserve_exact(drawn_size(size)).is_ok() && values.try_reserve(size).is_ok());
        let Some(size) = room else {
            let shape = Shape::from(param.shape.clone());
            let part = format!("{}, {}", entry.layer.name(), param.name);
            return Err(Error::argument(part, "shape", format!("{:?}", shape.dims()), "a size that fits in memory"));
        };
        let first = values.len();
        match rng {
            Some(rng) => {
                drawn.resize(size, 0.0);
                param.initializer.fill(&param.shape, rng, &mut drawn);
                values.extend(drawn.into_iter().map(T::of));
            }
            None => values.resize(first + size, T::zero()),
        }
        self.tensors.push(Tensor {
            name: param.name,
            shape: param.shape.clone(),
            place: first..values.len(),
            is_state,
            trainable: entry.trainable && !is_state,
            regularizer: param.regularizer.clone(),
            constraint: param.constraint.clone(),
        });
        Ok(())
    }

    /// Takes away all layers from number `count` on.
    pub(crate) fn truncate(&mut self, count: usize) {
        if let Some(first) = self.nodes.get(count) {
            self.params.truncate(first.params.start);
            self.state.truncate(first.state.start);
            self.tensors.truncate(first.tensors.start);
            self.nodes.truncate(count);
            self.seeded.truncate(count);
        }
    }

    pub(crate) fn input(&self) -> &Shape {
        &self.input
    }

    pub(crate) fn output(&self) -> &Shape {
        self.nodes.last().map_or(&self.input, |node| &node.output)
    }

    pub(crate) fn nodes(&self) -> &[Node<T>] {
        &self.nodes
    }

    /// The weights of one layer, or of all.
    pub(crate) fn tensors(&self) -> &[Tensor<T>] {
        &self.tensors
    }

    pub(crate) fn tensors_of(&self, node: &Node<T>) -> &[Tensor<T>] {
        &self.tensors[node.tensors.clone()]
    }

    pub(crate) fn values(&self, tensor: &Tensor<T>) -> &[T] {
        let values = if tensor.is_state { &self.state } else { &self.params };
        &values[tensor.place.clone()]
    }

    /// Overwrites the weight number `tensor`.
    pub(crate) fn set_values(&mut self, tensor: usize, new: impl Iterator<Item = T>) {
        let tensor = &self.tensors[tensor];
        let values = if tensor.is_state { &mut self.state } else { &mut self.params };
        values[tensor.place.clone()].iter_mut().zip(new).for_each(|(value, new)| *value = new);
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

    /// Freezes or thaws a layer.
    pub(crate) fn set_trainable(&mut self, node: usize, trainable: bool) {
        let node = &mut self.nodes[node];
        node.trainable = trainable;
        self.tensors[node.tensors.clone()].iter_mut().for_each(|tensor| tensor.trainable = trainable && !tensor.is_state);
    }

    /// The activation of the last layer, if a loss may take it over: not where a penalty needs its outputs.
    pub(crate) fn last_activation(&self) -> Option<&Arc<dyn Activation<T>>> {
        self.nodes.last().filter(|node| node.activity_regularizer.is_none())?.activation.as_ref()
    }

    /// Memory for the passes of batches of up to `count` samples.
    pub(crate) fn traces(&self, count: usize) -> Vec<Trace<T>> {
        let keeps_sums = |node: &Node<T>| node.activation.as_ref().is_some_and(|activation| activation.sees() == Sees::Input);
        let trace = |node: &Node<T>| Trace {
            sums: vec![T::zero(); if keeps_sums(node) { count * node.sums.width() } else { 0 }],
            outputs: vec![T::zero(); count * node.sums.width()],
            scratch: vec![T::zero(); count * node.scratch],
            batch_scratch: vec![T::zero(); node.batch_scratch],
        };
        self.nodes.iter().map(trace).collect()
    }

    /// The widest sample anywhere in the network.
    pub(crate) fn widest(&self) -> usize {
        self.nodes.iter().map(|node| node.sums.width()).fold(self.input.width(), usize::max)
    }

    /// Runs a batch through for prediction. `buffers` are two of at least `widest` values for each sample; the answer
    /// stands in the first. Returns what the outputs of layers cost.
    pub(crate) fn infer(&self, count: usize, last: Last, buffers: &mut [Vec<T>; 2]) -> T {
        let [x, y] = buffers;
        let mut penalty = T::zero();
        for (i, node) in self.nodes.iter().enumerate() {
            let input = Batch::new(&node.input, &x[..count * node.input.width()]);
            let mut output = BatchMut::new(&node.sums, &mut y[..count * node.sums.width()]);
            let weights = Weights { params: &self.params[node.params.clone()], state: &self.state[node.state.clone()] };
            node.layer.infer(weights, input, output.reborrow());
            if let Some(activation) = self.applied(i, last) {
                activation.apply(output);
            }
            penalty += node.activity_penalty(Batch::new(&node.output, &y[..count * node.output.width()]));
            std::mem::swap(x, y);
        }
        penalty
    }

    /// Runs a batch through on the way to a gradient, `training` or as for prediction. Returns what the outputs of layers
    /// cost.
    pub(crate) fn forward(&mut self, x: Batch<'_, T>, last: Last, training: bool, traces: &mut [Trace<T>], rng: &mut Rng) -> T {
        let count = x.count();
        let mut penalty = T::zero();
        for i in 0..self.nodes.len() {
            let node = &self.nodes[i];
            let (before, rest) = traces.split_at_mut(i);
            let Trace { sums, outputs, scratch, batch_scratch } = &mut rest[0];
            let input = input_of(node, x, before);
            let width = node.sums.width();
            let mut output = BatchMut::new(&node.sums, &mut outputs[..count * width]);
            let state = &mut self.state[node.state.clone()];
            let scratch = &mut scratch[..count * node.scratch];
            let rng = self.seeded[i].as_mut().unwrap_or(&mut *rng);
            let tape = Tape { training, trainable: node.trainable, state, scratch, batch_scratch, rng };
            node.layer.forward(&self.params[node.params.clone()], input, output.reborrow(), tape);
            if let Some(activation) = self.applied(i, last) {
                if activation.sees() == Sees::Input {
                    sums[..count * width].copy_from_slice(output.values());
                }
                activation.apply(output);
            }
            let node = &self.nodes[i];
            penalty += node.activity_penalty(Batch::new(&node.output, &outputs[..count * node.output.width()]));
        }
        penalty
    }

    /// The first layer that is trained: below it nobody needs a slope.
    pub(crate) fn first_trained(&self) -> Option<usize> {
        self.nodes.iter().position(|node| node.trainable && !node.params.is_empty())
    }

    /// Runs the slope of the loss, which stands in the first of `slopes`, back through the layers from the last down to
    /// number `first`, and writes the gradient of their parameters.
    ///
    /// With `first` left out it goes on to the input, whose slope then stands in the first of `slopes`.
    pub(crate) fn backward(
        &self,
        x: Batch<'_, T>,
        last: Last,
        training: bool,
        traces: &mut [Trace<T>],
        slopes: &mut [Vec<T>; 2],
        gradient: &mut [T],
        first: Option<usize>,
    ) {
        let count = x.count();
        let [dy, dx] = slopes;
        for (i, node) in self.nodes.iter().enumerate().skip(first.unwrap_or(0)).rev() {
            let (before, rest) = traces.split_at_mut(i);
            let trace = &mut rest[0];
            let outputs = count * node.output.width();
            node.add_activity_gradient(Batch::new(&node.output, &trace.outputs[..outputs]), &mut dy[..outputs]);
            let sums = count * node.sums.width();
            if let Some(activation) = self.applied(i, last) {
                let seen = match activation.sees() {
                    Sees::Input => Batch::new(&node.sums, &trace.sums[..sums]),
                    Sees::Output => Batch::new(&node.output, &trace.outputs[..outputs]),
                };
                activation.backprop(seen, BatchMut::new(&node.sums, &mut dy[..sums]));
            }
            let inputs = count * node.input.width();
            node.layer.backward(Backward {
                training,
                trainable: node.trainable,
                params: &self.params[node.params.clone()],
                x: input_of(node, x, before),
                scratch: &trace.scratch[..count * node.scratch],
                batch_scratch: &mut trace.batch_scratch,
                dy: Batch::new(&node.sums, &dy[..sums]),
                gradient: &mut gradient[node.params.clone()],
                dx: first.is_none_or(|first| i > first).then(|| BatchMut::new(&node.input, &mut dx[..inputs])),
            });
            std::mem::swap(dy, dx);
        }
    }

    /// What the last forward pass of `count` samples gave.
    pub(crate) fn outputs<'a>(&'a self, count: usize, traces: &'a [Trace<T>]) -> Batch<'a, T> {
        let output = self.output();
        Batch::new(output, traces.last().map_or(&[], |trace| &trace.outputs[..count * output.width()]))
    }

    /// The activation of layer `i`, unless it is the last one's and the loss takes the sums.
    fn applied(&self, i: usize, last: Last) -> Option<&dyn Activation<T>> {
        let left_out = last == Last::Sums && i + 1 == self.nodes.len();
        self.nodes[i].activation.as_deref().filter(|_| !left_out)
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
        let trained = self.tensors.iter().filter(|tensor| tensor.trainable);
        trained.filter_map(|tensor| Some((tensor, tensor.regularizer.as_ref()?)))
    }

    /// The weights that are trained, each with its place among the parameters.
    pub(crate) fn trained(&self) -> impl Iterator<Item = (Variable, Range<usize>)> {
        let variable = |node: &Node<T>, tensor: &Tensor<T>| {
            (Variable::new(format!("{}/{}", node.name, tensor.name), tensor.shape.clone()), tensor.place.clone())
        };
        let trained = |node| self.tensors_of(node).iter().filter(|tensor| tensor.trainable);
        self.nodes.iter().flat_map(move |node| trained(node).map(move |tensor| variable(node, tensor)))
    }

    pub(crate) fn params_mut(&mut self) -> &mut [T] {
        &mut self.params
    }

    /// Holds each weight that is trained to its constraint.
    pub(crate) fn constrain(&mut self) {
        for tensor in self.tensors.iter().filter(|tensor| tensor.trainable) {
            if let Some(constraint) = &tensor.constraint {
                constraint.project(&mut self.params[tensor.place.clone()], &tensor.shape);
            }
        }
    }
}

impl<T: Scalar> Node<T> {
    /// What these outputs cost: the mean over the samples.
    fn activity_penalty(&self, outputs: Batch<'_, T>) -> T {
        let Some(regularizer) = &self.activity_regularizer else { return T::zero() };
        regularizer.penalty(outputs.values(), &rows_and_columns(outputs)) / T::of(outputs.count() as f64)
    }

    /// Adds the derivative of [`activity_penalty`](Self::activity_penalty) to the slope of the outputs.
    fn add_activity_gradient(&self, outputs: Batch<'_, T>, slope: &mut [T]) {
        let Some(regularizer) = &self.activity_regularizer else { return };
        // a regularizer adds its whole gradient, so the slope is held against the sum over the samples for a moment
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

/// What goes into a layer: the data, or what the layer before it gave, in the shape that it takes.
fn input_of<'a, T: Scalar>(node: &'a Node<T>, x: Batch<'a, T>, before: &'a [Trace<T>]) -> Batch<'a, T> {
    let values = before.last().map_or(x.values(), |trace| &trace.outputs[..x.count() * node.input.width()]);
    Batch::new(&node.input, values)
}
