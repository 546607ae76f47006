//! The names and the order of a model's layers in Keras' files.

use super::operations;
use crate::base::free_name;
use crate::graph::{Call, Graph, GraphNode, Group, in_order};
use crate::kernels::Scalar;
use crate::layers::Layer;
use crate::model::DATA;

/// A layer with its name in Keras' files, or the node of an input.
pub(super) struct NamedNode<'a, T: Scalar> {
    /// The number of the node in the graph; for a layer with several calls, that of the first.
    pub(super) number: usize,
    /// The name, which is unique and contains no `/`.
    pub(super) name: String,
    pub(super) node: &'a GraphNode<T>,
}

/// The layers of Keras that take a list of inputs, even for a single input.
const MERGING: [&str; 7] = ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"];

pub(super) fn is_merging<T: Scalar>(layer: &dyn Layer<T>) -> bool {
    MERGING.contains(&layer.name())
}

/// Returns whether each node reads the output of the previous node alone, as the layers of Keras' `Sequential` do.
///
/// A `Sequential` can have no operations, and no layer of stacks that merges their outputs.
pub(super) fn is_chain<T: Scalar>(graph: &Graph<T>) -> bool {
    let merges = |node: &GraphNode<T>| is_merging(&*node.layer);
    let is_next = |(number, node): (usize, &GraphNode<T>)| node.reads == [number] && operations::count(&*node.layer).is_none();
    let has_merging =
        |group: &Group<T>| group.entry.layer.expand().is_some() && graph.nodes()[group.nodes.clone()].iter().any(merges);
    graph.inputs().is_empty() && graph.nodes().iter().enumerate().all(is_next) && !graph.groups().iter().any(has_merging)
}

/// Returns whether a layer takes a list of inputs, which Keras' `Sequential` never gives it.
pub(super) fn has_merging<T: Scalar>(graph: &Graph<T>) -> bool {
    graph.nodes().iter().any(|node| is_merging(&*node.layer))
}

/// Returns the layers, and the nodes of several inputs, in the order in which Keras lists them.
pub(super) fn in_order_of_keras<T: Scalar>(graph: &Graph<T>) -> Vec<NamedNode<'_, T>> {
    let (nodes, data) = (graph.nodes(), name_of_data(graph));
    let mut names: Vec<String> = Vec::new();
    for (number, node) in nodes.iter().enumerate() {
        let is_free = |name: &String| !names.contains(name) && *name != data;
        let name = if owner(graph, number) == number { free_name(node.name.replace('/', "_"), &is_free) } else { String::new() };
        names.push(name);
    }
    let call = |(number, node): (usize, &GraphNode<T>)| {
        let reads = node.reads.iter().filter_map(|value| value.checked_sub(1)).collect();
        Call { layer: owner(graph, number), reads, steps: operations::count(&*node.layer).unwrap_or(1) }
    };
    let calls: Vec<Call> = nodes.iter().enumerate().map(call).collect();
    let outputs: Vec<usize> = graph.outputs().iter().filter_map(|value| value.checked_sub(1)).collect();
    let mut is_listed = vec![false; nodes.len()];
    let mut layers = Vec::new();
    for number in in_order(&calls, &outputs).into_iter().map(|number| owner(graph, number)) {
        if !std::mem::replace(&mut is_listed[number], true) {
            layers.push(NamedNode { number, name: names[number].clone(), node: &nodes[number] });
        }
    }
    layers
}

/// Returns the number of the node of the first call of the layer of a node.
pub(super) fn owner<T: Scalar>(graph: &Graph<T>, number: usize) -> usize {
    graph.nodes()[number].shares.unwrap_or(number)
}

/// Returns the numbers of the nodes of all calls of a layer, the first of which is `first`.
pub(super) fn calls_of<T: Scalar>(graph: &Graph<T>, first: usize) -> impl Iterator<Item = usize> + '_ {
    (first..graph.nodes().len()).filter(move |&number| owner(graph, number) == first)
}

/// Returns the name of the layer that represents the data, if there is one input.
pub(super) fn name_of_data<T: Scalar>(graph: &Graph<T>) -> &str {
    match graph.inputs() {
        [input] => &input.name,
        _ => DATA,
    }
}
