//! The names and the order of a model's layers in Keras' files.

use super::operations;
use super::view::{GraphView, NodeView};
use crate::base::free_name;
use crate::graph::{Call, in_order};
use crate::model::DATA;
use crate::part::Part;

/// A layer with its name in Keras' files, or the node of an input.
pub(super) struct NamedNode<'a> {
    /// The number of the node in the graph; for a layer with several calls, that of the first.
    pub(super) number: usize,
    /// The name, which is unique and contains no `/`.
    pub(super) name: String,
    pub(super) node: NodeView<'a>,
}

/// The layers of Keras that take a list of inputs, even for a single input.
const MERGING: [&str; 7] = ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"];

pub(super) fn is_merging(layer: &dyn Part) -> bool {
    MERGING.contains(&layer.name())
}

impl<'a> GraphView<'a> {
    /// Returns whether each node reads the output of the previous node alone, as the layers of Keras' `Sequential` do.
    ///
    /// A `Sequential` can have no operations, and no layer of stacks that merges their outputs.
    pub(super) fn is_chain(&self) -> bool {
        let is_next = |(number, node): (usize, &NodeView<'_>)| *node.reads == [number] && operations::count(node.layer).is_none();
        let mut stacks = self.groups.iter().filter(|group| group.has_stacks);
        let merges = |node: &NodeView<'_>| is_merging(node.layer);
        self.inputs.is_empty()
            && self.nodes.iter().enumerate().all(is_next)
            && !stacks.any(|group| self.nodes[group.nodes.clone()].iter().any(merges))
    }

    /// Returns whether a layer takes a list of inputs, which Keras' `Sequential` never gives it.
    pub(super) fn has_merging(&self) -> bool {
        self.nodes.iter().any(|node| is_merging(node.layer))
    }

    /// Returns the layers, and the nodes of several inputs, in the order in which Keras lists them.
    pub(super) fn in_order_of_keras(&self) -> Vec<NamedNode<'a>> {
        let data = self.name_of_data();
        let (mut names, mut calls): (Vec<String>, Vec<Call>) = (Vec::new(), Vec::new());
        let before = |values: &[usize]| values.iter().filter_map(|value| value.checked_sub(1)).collect::<Vec<usize>>();
        for (number, node) in self.nodes.iter().enumerate() {
            let is_free = |name: &String| !names.contains(name) && *name != data;
            let name = if node.owner == number { free_name(node.name.replace('/', "_"), &is_free) } else { String::new() };
            names.push(name);
            calls.push(Call { layer: node.owner, reads: before(node.reads), steps: operations::count(node.layer).unwrap_or(1) });
        }
        let mut is_listed = vec![false; names.len()];
        let mut layers = Vec::new();
        for call in in_order(&calls, &before(&self.outputs)) {
            let number = calls[call].layer;
            if !std::mem::replace(&mut is_listed[number], true) {
                layers.push(NamedNode { number, name: names[number].clone(), node: self.nodes[number] });
            }
        }
        layers
    }

    /// Returns the numbers of the nodes of all calls of a layer, the first of which is `first`.
    pub(super) fn calls_of(&self, first: usize) -> Vec<usize> {
        (first..self.nodes.len()).filter(|&number| self.nodes[number].owner == first).collect()
    }

    /// Returns the name of the layer that represents the data, if there is one input.
    pub(super) fn name_of_data(&self) -> &'a str {
        match self.inputs {
            [input] => &input.name,
            _ => DATA,
        }
    }
}
