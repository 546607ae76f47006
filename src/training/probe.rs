//! The values and gradients of one step, for callbacks that diagnose a training.

use super::gathering::DataBatch;
use crate::base::{Batch, Shape};
use crate::kernels::Scalar;
use crate::network::{Network, Traces};

/// The values and gradients of one step of training, copied for callbacks that ask for them.
///
/// A callback asks for a probe with [`Callback::probes`](crate::callbacks::Callback::probes) and reads it with
/// [`Run::probe`](crate::callbacks::Run::probe).
#[derive(Debug, Clone, Default)]
pub struct Probe<T> {
    input_shape: Option<Shape>,
    inputs: Vec<T>,
    /// The targets of each output with their shape.
    targets: Vec<(Shape, Vec<T>)>,
    nodes: Vec<NodeProbe<T>>,
    weights: Vec<WeightProbe<T>>,
}

/// The values and gradients of one layer in one step.
#[derive(Debug, Clone)]
pub struct NodeProbe<T> {
    name: String,
    shapes: [Shape; 2],
    pre_activation: Vec<T>,
    output: Vec<T>,
    gradient: Vec<T>,
}

/// The values of one trained weight before and after a step, and its gradient.
#[derive(Debug, Clone)]
pub struct WeightProbe<T> {
    path: String,
    shape: Vec<usize>,
    gradient: Vec<T>,
    before: Vec<T>,
    after: Vec<T>,
}

impl<T: Scalar> Probe<T> {
    /// Returns the inputs of the batch; `None` before a step was recorded.
    ///
    /// A sample of a model with several inputs has the values of all of them, one input after the other.
    pub fn inputs(&self) -> Option<Batch<'_, T>> {
        self.input_shape.as_ref().map(|shape| Batch::new(shape, &self.inputs))
    }

    /// Returns the targets of the first output of the batch; `None` before a step was recorded.
    pub fn targets(&self) -> Option<Batch<'_, T>> {
        self.targets_of(0)
    }

    /// Returns the targets of an output of the batch, counted from 0; `None` before a step was recorded.
    pub fn targets_of(&self, output: usize) -> Option<Batch<'_, T>> {
        self.targets.get(output).map(|(shape, values)| Batch::new(shape, values))
    }

    /// Returns the values and gradients of the layers, in the order in which they are computed.
    pub fn nodes(&self) -> &[NodeProbe<T>] {
        &self.nodes
    }

    /// Returns the values and gradients of the weights that are trained.
    pub fn weights(&self) -> &[WeightProbe<T>] {
        &self.weights
    }

    /// Copies the values that the forward and the backward pass computed, and the weights before the update.
    pub(super) fn record(&mut self, network: &Network<T>, batch: DataBatch<'_, T>, traces: &Traces<T>, gradient: &[T]) {
        let count = batch.x.count();
        self.input_shape = Some(batch.x.shape().clone());
        copy(&mut self.inputs, batch.x.values());
        if self.targets.len() != network.output_count() {
            self.targets = vec![(Shape::from(1), Vec::new()); network.output_count()];
        }
        for (output, (shape, values)) in self.targets.iter_mut().enumerate() {
            let targets = batch.y(output);
            shape.clone_from(targets.shape());
            copy(values, targets.values());
        }
        if self.nodes.len() != network.nodes().len() {
            self.nodes = network.nodes().iter().map(NodeProbe::new).collect();
        }
        for (node, trace) in self.nodes.iter_mut().zip(&traces.nodes) {
            let [before, after] = node.shapes.each_ref().map(|shape| count * shape.width());
            copy(&mut node.pre_activation, &trace.pre_activation[..before]);
            copy(&mut node.output, &trace.outputs[..after]);
            copy(&mut node.gradient, &trace.gradient[..before]);
        }
        if self.weights.len() != network.trained_ranges().count() {
            let new = |path: &str, shape: &[usize]| WeightProbe {
                path: path.to_string(),
                shape: shape.to_vec(),
                gradient: Vec::new(),
                before: Vec::new(),
                after: Vec::new(),
            };
            self.weights = network.trained().iter().map(|weight| new(&weight.variable.path, &weight.variable.shape)).collect();
        }
        for (weight, range) in self.weights.iter_mut().zip(network.trained_ranges()) {
            copy(&mut weight.gradient, &gradient[range.clone()]);
            copy(&mut weight.before, &network.params()[range]);
        }
    }

    /// Copies the weights after the update.
    pub(super) fn record_update(&mut self, network: &Network<T>) {
        for (weight, range) in self.weights.iter_mut().zip(network.trained_ranges()) {
            copy(&mut weight.after, &network.params()[range]);
        }
    }
}

fn copy<T: Copy>(into: &mut Vec<T>, values: &[T]) {
    into.clear();
    into.extend_from_slice(values);
}

impl<T: Scalar> NodeProbe<T> {
    fn new(node: &crate::network::Node<T>) -> Self {
        let shapes = [node.pre_activation.clone(), node.output.clone()];
        Self { name: node.name.clone(), shapes, pre_activation: Vec::new(), output: Vec::new(), gradient: Vec::new() }
    }

    /// Returns the name of the layer; a layer within another has the name `outer/inner`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the output of the layer before its activation.
    pub fn pre_activation(&self) -> Batch<'_, T> {
        Batch::new(&self.shapes[0], &self.pre_activation)
    }

    /// Returns the output of the layer after its activation.
    ///
    /// For the last layer it is the pre-activation if the loss takes that, for example a cross-entropy after `Softmax`.
    pub fn output(&self) -> Batch<'_, T> {
        Batch::new(&self.shapes[1], &self.output)
    }

    /// Returns the gradient of the loss with respect to the pre-activation.
    pub fn gradient(&self) -> Batch<'_, T> {
        Batch::new(&self.shapes[0], &self.gradient)
    }
}

impl<T: Scalar> WeightProbe<T> {
    /// Returns the name of the weight: `layer/weight`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the shape of the weight, as in Keras.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the gradient of the loss and of the penalties, before clipping.
    pub fn gradient(&self) -> &[T] {
        &self.gradient
    }

    /// Returns the values before the step.
    pub fn before(&self) -> &[T] {
        &self.before
    }

    /// Returns the values after the step.
    pub fn after(&self) -> &[T] {
        &self.after
    }

    /// Returns the size of the update relative to the weight, `norm(after - before) / norm(before)`, with the L2 norm.
    pub fn relative_update(&self) -> f64 {
        let square = |value: T| value.to_f64() * value.to_f64();
        let update: f64 = self.after.iter().zip(&self.before).map(|(&after, &before)| square(after - before)).sum();
        let weight: f64 = self.before.iter().map(|&value| square(value)).sum();
        (update / weight).sqrt()
    }
}
