//! The layers of a model and their connections, before any shape is known.

use crate::base::{free_name, snake_case};
use crate::kernels::Scalar;
use crate::layers::{Layer, LayerEntry, Stack};
use std::ops::Range;
use std::sync::Arc;

/// The layers of a model, each with the nodes that compute it.
///
/// Values are numbered in the order in which they are computed: value 0 is the data, value `i + 1` the output of node
/// `i`. A node reads only values with lower numbers than its output. The output of the last node is the output of the model.
#[derive(Debug, Clone)]
pub(crate) struct Graph<T: Scalar> {
    nodes: Vec<Node<T>>,
    groups: Vec<Group<T>>,
}

/// One layer that computes an output; a layer of stacks is replaced by the layers that it contains.
#[derive(Debug, Clone)]
pub(crate) struct Node<T: Scalar> {
    /// The name of the layer; a layer within another has the name `outer/inner`.
    pub(crate) name: String,
    pub(crate) layer: Arc<dyn Layer<T>>,
    /// The numbers of the values that the layer reads.
    pub(crate) reads: Vec<usize>,
    /// False if this layer is frozen, or a layer that contains it within its group.
    pub(crate) trainable: bool,
}

/// A layer as it was added to the model, with the nodes that compute it.
#[derive(Debug, Clone)]
pub(crate) struct Group<T: Scalar> {
    pub(crate) entry: LayerEntry<T>,
    pub(crate) nodes: Range<usize>,
}

impl<T: Scalar> Graph<T> {
    /// Creates a graph without layers, whose output is its input.
    pub(crate) fn new() -> Self {
        Self { nodes: Vec::new(), groups: Vec::new() }
    }

    pub(crate) fn nodes(&self) -> &[Node<T>] {
        &self.nodes
    }

    pub(crate) fn groups(&self) -> &[Group<T>] {
        &self.groups
    }

    /// Adds a layer that reads the output of the last layer.
    pub(crate) fn push(&mut self, entry: LayerEntry<T>) {
        self.push_reading(entry, vec![self.nodes.len()]);
    }

    /// Adds a layer that reads the values with these numbers; a layer of stacks reads only the first of them.
    pub(crate) fn push_reading(&mut self, mut entry: LayerEntry<T>, reads: Vec<usize>) {
        entry.name.get_or_insert_with(|| self.free_name(snake_case(entry.layer.name())));
        let first = self.nodes.len();
        self.place(&entry, entry.name.clone().unwrap_or_default(), reads, true);
        self.groups.push(Group { entry, nodes: first..self.nodes.len() });
    }

    /// Removes the last layer and returns whether there was one.
    pub(crate) fn pop(&mut self) -> bool {
        let popped = self.groups.pop();
        popped.iter().for_each(|group| self.nodes.truncate(group.nodes.start));
        popped.is_some()
    }

    /// Freezes or unfreezes a layer.
    pub(crate) fn set_trainable(&mut self, group: usize, trainable: bool) {
        self.groups[group].entry.trainable = trainable;
    }

    /// Returns `name` if no layer has it, else `name` with the first number that makes it unique.
    fn free_name(&self, name: String) -> String {
        free_name(name, |name| self.groups.iter().all(|group| group.entry.name.as_ref() != Some(name)))
    }

    /// Adds the nodes of a layer, those of the layers within it first; returns the number of the layer's output.
    fn place(&mut self, entry: &LayerEntry<T>, name: String, reads: Vec<usize>, trainable: bool) -> usize {
        let node = match entry.layer.expand() {
            None => Node { name, layer: entry.layer.clone(), reads, trainable },
            Some(expansion) => {
                let input = reads.first().copied().unwrap_or_default();
                let mut taken = Vec::new();
                let ends = expansion.stacks.iter().map(|stack| self.place_stack(stack, &name, input, trainable, &mut taken));
                let reads = ends.collect();
                Node { name, layer: expansion.merge, reads, trainable }
            }
        };
        self.nodes.push(node);
        self.nodes.len()
    }

    /// Adds the layers of a stack, which belong to the layer named `outer`; returns the number of the stack's output.
    fn place_stack(&mut self, stack: &Stack<T>, outer: &str, input: usize, trainable: bool, taken: &mut Vec<String>) -> usize {
        let mut value = input;
        for entry in stack.entries() {
            let free = || free_name(snake_case(entry.layer.name()), |name| !taken.contains(name));
            let own = entry.name.clone().unwrap_or_else(free);
            value = self.place(entry, format!("{outer}/{own}"), vec![value], trainable && entry.trainable);
            taken.push(own);
        }
        value
    }
}
