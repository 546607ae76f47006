//! Views of a model without its number type, on which little in a file depends. Code that is generic in the number type is
//! compiled for each; so the generic functions here make a view once, and the rest of the module works on it.

use crate::base::Shape;
use crate::graph::{Graph, GraphInput};
use crate::kernels::Scalar;
use crate::model::Model;
use crate::network::Network;
use crate::part::Part;
use std::ops::Range;
use std::sync::Arc;

/// What the JSON of a model is made of.
pub(super) struct ModelView<'a> {
    pub(super) graph: GraphView<'a>,
    /// The shape of a sample of the data, if it is known.
    pub(super) input: Option<&'a Shape>,
    /// The shape of each value, if the model is built with all its layers.
    pub(super) shapes: Option<Vec<&'a Shape>>,
    /// For each node, whether it is trained.
    pub(super) trainable: Vec<bool>,
    pub(super) settings: Option<SettingsView<'a>>,
    pub(super) dtype: &'static str,
}

/// The layers of a model with their connections.
pub(super) struct GraphView<'a> {
    pub(super) nodes: Vec<NodeView<'a>>,
    pub(super) groups: Vec<GroupView<'a>>,
    /// The inputs, if they have names.
    pub(super) inputs: &'a [GraphInput],
    /// The numbers of the values of the inputs.
    pub(super) input_values: Vec<usize>,
    /// The numbers of the values that are the outputs.
    pub(super) outputs: Vec<usize>,
}

/// A call of a layer.
#[derive(Clone, Copy)]
pub(super) struct NodeView<'a> {
    pub(super) name: &'a str,
    pub(super) layer: &'a dyn Part,
    /// The numbers of the values that the layer reads.
    pub(super) reads: &'a [usize],
    /// The number of the node of the layer's first call.
    pub(super) owner: usize,
    /// The input that the node copies, if it does so.
    pub(super) input: Option<&'a GraphInput>,
}

/// A layer as it was added to the model.
pub(super) struct GroupView<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) layer: &'a dyn Part,
    /// The numbers of the nodes of its first call.
    pub(super) nodes: Range<usize>,
    pub(super) has_stacks: bool,
}

/// The compile settings of a model.
pub(super) struct SettingsView<'a> {
    pub(super) optimizer: &'a dyn Part,
    pub(super) learning_rate: f64,
    /// The losses with their factors.
    pub(super) losses: Vec<(&'a dyn Part, f64)>,
    pub(super) metrics: Vec<MetricView<'a>>,
    /// The names of the outputs.
    pub(super) outputs: Vec<String>,
}

/// A metric with the name that it is logged under.
pub(super) struct MetricView<'a> {
    pub(super) name: &'a str,
    /// The metric; `None` if the shapes select it.
    pub(super) metric: Option<Arc<dyn Part>>,
    pub(super) weighted: bool,
    /// The name of its output, if one was given.
    pub(super) output: Option<&'a str>,
}

/// The weights of a network.
pub(super) struct NetworkView<'a> {
    pub(super) tensors: Vec<TensorView<'a>>,
    /// The numbers of the weights of each node.
    pub(super) of_nodes: Vec<Range<usize>>,
}

/// A weight without its values.
pub(super) struct TensorView<'a> {
    pub(super) name: &'static str,
    pub(super) shape: &'a [usize],
    pub(super) is_state: bool,
    pub(super) trainable: bool,
}

impl<'a> ModelView<'a> {
    pub(super) fn of<T: Scalar>(model: &'a Model<T>) -> Self {
        let graph = GraphView::of(&model.graph);
        let count = graph.nodes.len();
        let network = model.network.as_ref().filter(|network| network.nodes().len() == count);
        Self {
            input: model.input_shape(),
            shapes: network.map(|network| (0..=count).map(|value| network.shape(value)).collect()),
            trainable: (0..count).map(|node| model.is_trainable(node)).collect(),
            settings: SettingsView::of(model),
            dtype: T::DTYPE,
            graph,
        }
    }
}

impl<'a> GraphView<'a> {
    pub(super) fn of<T: Scalar>(graph: &'a Graph<T>) -> Self {
        let (mut nodes, mut groups) = (Vec::new(), Vec::new());
        for (number, node) in graph.nodes().iter().enumerate() {
            let owner = node.shares.unwrap_or(number);
            nodes.push(NodeView {
                name: &node.name,
                layer: &*node.layer,
                reads: &node.reads,
                owner,
                input: graph.input_of(number),
            });
        }
        for group in graph.groups() {
            let (name, layer) = (group.entry.name.as_deref(), &*group.entry.layer);
            groups.push(GroupView { name, layer, nodes: group.nodes.clone(), has_stacks: layer.expand().is_some() });
        }
        Self { nodes, groups, inputs: graph.inputs(), input_values: graph.input_values(), outputs: graph.outputs() }
    }
}

impl<'a> SettingsView<'a> {
    fn of<T: Scalar>(model: &'a Model<T>) -> Option<Self> {
        let compiled = model.compiled.as_ref()?;
        let (mut losses, mut metrics) = (Vec::new(), Vec::new());
        for (loss, factor) in &compiled.losses {
            losses.push((&**loss as &dyn Part, *factor));
        }
        for choice in &compiled.metrics {
            let (name, metric) = choice.chosen();
            let metric = metric.map(|metric| metric as Arc<dyn Part>);
            metrics.push(MetricView { name, metric, weighted: choice.is_weighted(), output: choice.output() });
        }
        let (optimizer, learning_rate) = (compiled.optimizer.rule(), compiled.optimizer.learning_rate());
        Some(Self { optimizer, learning_rate, losses, metrics, outputs: model.graph.output_names() })
    }
}

impl<'a> NetworkView<'a> {
    pub(super) fn of<T: Scalar>(network: &'a Network<T>) -> Self {
        let mut tensors = Vec::new();
        for tensor in network.tensors() {
            let (name, shape) = (tensor.name, &*tensor.shape);
            tensors.push(TensorView { name, shape, is_state: tensor.is_state, trainable: tensor.trainable });
        }
        Self { tensors, of_nodes: network.nodes().iter().map(|node| node.tensors.clone()).collect() }
    }
}
