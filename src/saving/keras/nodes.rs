//! The names and the order of a model's nodes in Keras' files.

use super::operations;
use crate::base::free_name;
use crate::graph::{Graph, Group, Node};
use crate::kernels::Scalar;
use crate::layers::Layer;

/// A node with its name in Keras' files.
pub(super) struct NamedNode<'a, T: Scalar> {
    /// The number of the node in the graph.
    pub(super) number: usize,
    /// The name, which is unique and contains no `/`.
    pub(super) name: String,
    pub(super) node: &'a Node<T>,
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
    let merges = |node: &Node<T>| is_merging(&*node.layer);
    let is_next = |(number, node): (usize, &Node<T>)| node.reads == [number] && operations::count(&*node.layer).is_none();
    let has_merging =
        |group: &Group<T>| group.entry.layer.expand().is_some() && graph.nodes()[group.nodes.clone()].iter().any(merges);
    graph.nodes().iter().enumerate().all(is_next) && !graph.groups().iter().any(has_merging)
}

/// Returns the nodes in the order in which Keras lists the layers of a model.
pub(super) fn in_order<T: Scalar>(graph: &Graph<T>) -> Vec<NamedNode<'_, T>> {
    let mut names: Vec<String> = Vec::new();
    for node in graph.nodes() {
        names.push(free_name(node.name.replace('/', "_"), |name| !names.contains(name) && *name != INPUT));
    }
    let named = |number: usize| NamedNode { number, name: names[number].clone(), node: &graph.nodes()[number] };
    order(graph).into_iter().map(named).collect()
}

/// Returns the number of the value that is the output of a layer; layers are counted from 1, and 0 is the data.
///
/// A layer that holds stacks becomes several nodes; its output is the output of the last.
pub(super) fn output_of<T: Scalar>(graph: &Graph<T>, layer: usize) -> Option<usize> {
    match layer.checked_sub(1) {
        None => Some(0),
        Some(layer) => graph.groups().get(layer).map(|group| group.nodes.end),
    }
}

/// The name of the layer that represents the data.
pub(super) const INPUT: &str = "input_layer";

/// Returns the numbers of the nodes in Keras' order for a functional model.
///
/// Keras orders the layers by their distance from the output, the farthest first. Layers at the same distance are in the
/// order of a depth-first search from the output along the inputs.
fn order<T: Scalar>(graph: &Graph<T>) -> Vec<usize> {
    let nodes = graph.nodes();
    let mut distance = vec![0; nodes.len()];
    for (number, node) in nodes.iter().enumerate().rev() {
        for read in node.reads.iter().filter_map(|value| value.checked_sub(1)) {
            // a layer that becomes several operations has as many as steps
            let steps = operations::count(&*node.layer).unwrap_or(1);
            distance[read] = distance[read].max(distance[number] + steps);
        }
    }
    let mut met = vec![usize::MAX; nodes.len()];
    let (mut count, mut stack) = (0, Vec::from_iter(nodes.len().checked_sub(1)));
    while let Some(number) = stack.pop() {
        if met[number] == usize::MAX {
            met[number] = count;
            count += 1;
            // The first input must be on top of the stack, because it is visited first.
            stack.extend(nodes[number].reads.iter().rev().filter_map(|value| value.checked_sub(1)));
        }
    }
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by_key(|&number| (std::cmp::Reverse(distance[number]), met[number]));
    order
}
