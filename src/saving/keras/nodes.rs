//! The nodes of a model as Keras' files have them: their names and their order.

use crate::base::free_name;
use crate::graph::{Graph, Node};
use crate::kernels::Scalar;

/// A node with what Keras' files call it.
pub(super) struct NamedNode<'a, T: Scalar> {
    /// The number of the node in the graph.
    pub(super) number: usize,
    /// The name, which has no `/` in it and is that of no other layer.
    pub(super) name: String,
    pub(super) node: &'a Node<T>,
}

/// Whether each layer of the model is one node that reads the output of the one before, as in a Keras `Sequential`.
pub(super) fn is_chain<T: Scalar>(graph: &Graph<T>) -> bool {
    let is_next = |(number, node): (usize, &Node<T>)| node.reads == [number];
    graph.groups().iter().all(|group| group.nodes.len() == 1 && group.entry.layer.expand().is_none())
        && graph.nodes().iter().enumerate().all(is_next)
}

/// The nodes in the order in which Keras lists the layers of a model.
pub(super) fn in_order<T: Scalar>(graph: &Graph<T>) -> Vec<NamedNode<'_, T>> {
    let mut names: Vec<String> = Vec::new();
    for node in graph.nodes() {
        names.push(free_name(node.name.replace('/', "_"), |name| !names.contains(name) && *name != INPUT));
    }
    let named = |number: usize| NamedNode { number, name: names[number].clone(), node: &graph.nodes()[number] };
    order(graph).into_iter().map(named).collect()
}

/// The value that a layer gives, by its number from 1 on; 0 is the data. A layer of stacks is several nodes, of which
/// the last gives its output.
pub(super) fn output_of<T: Scalar>(graph: &Graph<T>, layer: usize) -> Option<usize> {
    match layer.checked_sub(1) {
        None => Some(0),
        Some(layer) => graph.groups().get(layer).map(|group| group.nodes.end),
    }
}

/// The name of the layer that stands for the data.
pub(super) const INPUT: &str = "input_layer";

/// Keras orders the layers of a functional model by how far they are from the output, the farthest first, and layers that
/// are equally far in the order in which a walk from the output back along the inputs meets them.
fn order<T: Scalar>(graph: &Graph<T>) -> Vec<usize> {
    let nodes = graph.nodes();
    let mut distance = vec![0; nodes.len()];
    for (number, node) in nodes.iter().enumerate().rev() {
        for read in node.reads.iter().filter_map(|value| value.checked_sub(1)) {
            distance[read] = distance[read].max(distance[number] + 1);
        }
    }
    let mut met = vec![usize::MAX; nodes.len()];
    let (mut count, mut stack) = (0, Vec::from_iter(nodes.len().checked_sub(1)));
    while let Some(number) = stack.pop() {
        if met[number] == usize::MAX {
            met[number] = count;
            count += 1;
            // the first input is walked through before the second
            stack.extend(nodes[number].reads.iter().rev().filter_map(|value| value.checked_sub(1)));
        }
    }
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by_key(|&number| (std::cmp::Reverse(distance[number]), met[number]));
    order
}
