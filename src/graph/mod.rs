//! The layers of a model and their connections, before any shape is known.

mod change;
mod functional;
mod input;
mod order;

pub(crate) use functional::assemble;
pub use functional::{Connect, IntoNodes, Node, Shared};
pub(crate) use input::GraphInput;
pub(crate) use order::{Call, in_order};

use crate::base::{Shape, free_name, snake_case};
use crate::kernels::Scalar;
use crate::layers::{Layer, LayerEntry, Stack};
use std::ops::Range;
use std::sync::Arc;

/// The layers of a model, each with the nodes that compute it.
///
/// Values are numbered in the order in which they are computed: value 0 is the data, value `i + 1` the output of node `i`. A
/// node reads only values with lower numbers than its output. A sample of the data of several inputs has the values of all
/// inputs, one input after the other; for each input there is a node that copies its values.
#[derive(Debug, Clone)]
pub(crate) struct Graph<T: Scalar> {
    /// The inputs, if they have names; empty for a model of layers that were added one after the other.
    inputs: Vec<GraphInput>,
    nodes: Vec<GraphNode<T>>,
    groups: Vec<Group<T>>,
    /// The values that are the outputs; empty if the output of the last node is the only one.
    outputs: Vec<usize>,
}

/// One call of a layer, which computes an output; a layer of stacks is replaced by the layers that it contains.
#[derive(Debug, Clone)]
pub(crate) struct GraphNode<T: Scalar> {
    /// The name of the layer; a layer within another has the name `outer/inner`.
    pub(crate) name: String,
    pub(crate) layer: Arc<dyn Layer<T>>,
    /// The numbers of the values that the layer reads.
    pub(crate) reads: Vec<usize>,
    /// False if this layer is frozen, or a layer that contains it within its group.
    pub(crate) trainable: bool,
    /// The number of the node of the layer's first call, whose weights this call uses; `None` for the first call.
    pub(crate) shares: Option<usize>,
}

/// A layer as it was added to the model, with the nodes that compute its first call.
#[derive(Debug, Clone)]
pub(crate) struct Group<T: Scalar> {
    pub(crate) entry: LayerEntry<T>,
    pub(crate) nodes: Range<usize>,
}

impl<T: Scalar> Graph<T> {
    /// Creates a graph without layers, whose output is its input.
    pub(crate) fn new() -> Self {
        Self { inputs: Vec::new(), nodes: Vec::new(), groups: Vec::new(), outputs: Vec::new() }
    }

    /// Creates a graph with these inputs and without layers.
    pub(crate) fn with_inputs(inputs: Vec<(String, Shape)>) -> Self {
        let mut graph = Self { inputs: GraphInput::list(inputs), ..Self::new() };
        if let several @ [_, _, ..] = &graph.inputs[..] {
            let nodes = several.iter().map(|input| GraphNode {
                name: input.name.clone(),
                layer: input.layer(),
                reads: vec![0],
                trainable: true,
                shares: None,
            });
            graph.nodes = nodes.collect();
        }
        graph
    }

    /// Returns the inputs; empty for a model of layers that were added one after the other.
    pub(crate) fn inputs(&self) -> &[GraphInput] {
        &self.inputs
    }

    /// Returns the shape of a sample of the data, with the values of all inputs; `None` if the inputs have no names.
    pub(crate) fn input_shape(&self) -> Option<Shape> {
        match &self.inputs[..] {
            [input] => Some(input.shape.clone()),
            several => several.last().map(|last| last.columns.end.into()),
        }
    }

    /// Returns the input that a node copies, if it does so.
    pub(crate) fn input_of(&self, node: usize) -> Option<&GraphInput> {
        self.inputs.get(node).filter(|_| self.inputs.len() > 1)
    }

    /// Returns the number of the value of an input.
    pub(crate) fn value_of_input(&self, input: usize) -> usize {
        if self.inputs.len() > 1 { input + 1 } else { 0 }
    }

    /// Returns the name of the input or layer whose value this is; `None` for data without a name.
    pub(crate) fn name_of_value(&self, value: usize) -> Option<String> {
        let Some(node) = value.checked_sub(1) else { return self.inputs.first().map(|input| input.name.clone()) };
        match self.input_of(node) {
            Some(input) => Some(input.name.clone()),
            None => self.group_of(self.nodes[node].shares.unwrap_or(node))?.entry.name.clone(),
        }
    }

    /// Returns the numbers of the values of all inputs; the data alone, if the inputs have no names.
    #[cfg(feature = "keras")]
    pub(crate) fn input_values(&self) -> Vec<usize> {
        (0..self.inputs.len().max(1)).map(|input| self.value_of_input(input)).collect()
    }

    /// Returns whether the model takes one matrix and gives one.
    pub(crate) fn has_one_input_and_output(&self) -> bool {
        self.inputs.len() < 2 && self.outputs.len() < 2
    }

    pub(crate) fn nodes(&self) -> &[GraphNode<T>] {
        &self.nodes
    }

    pub(crate) fn groups(&self) -> &[Group<T>] {
        &self.groups
    }

    /// Returns the layer whose first call a node belongs to; `None` for an input or a later call.
    pub(crate) fn group_of(&self, node: usize) -> Option<&Group<T>> {
        let after = self.groups.partition_point(|group| group.nodes.end <= node);
        self.groups.get(after).filter(|group| group.nodes.contains(&node))
    }

    /// Returns the numbers of the values that are the outputs.
    pub(crate) fn outputs(&self) -> Vec<usize> {
        if self.outputs.is_empty() { vec![self.nodes.len()] } else { self.outputs.clone() }
    }

    /// Returns the name of each output: that of the layer that computes it, with a number if another output has the same.
    pub(crate) fn output_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for value in self.outputs() {
            let node = value.checked_sub(1).map(|number| self.nodes[number].shares.unwrap_or(number));
            let name = node.and_then(|node| self.group_of(node)?.entry.name.clone()).unwrap_or_else(|| "output".to_string());
            names.push(free_name(name, &|name| !names.contains(name)));
        }
        names
    }

    /// Gives the layer that computes a value this name, if the layer is a single node and no other layer or input has the name.
    #[cfg(feature = "keras")]
    pub(crate) fn rename(&mut self, value: usize, name: &str) {
        let Some(node) = value.checked_sub(1).map(|number| self.nodes[number].shares.unwrap_or(number)) else { return };
        if self.free_name(name.to_string()) != name {
            return;
        }
        if let Some(group) = self.groups.iter_mut().find(|group| group.nodes == (node..node + 1)) {
            group.entry.name = Some(name.to_string());
            let calls = self.nodes.iter_mut().enumerate().filter(|(number, call)| call.shares.unwrap_or(*number) == node);
            calls.for_each(|(_, call)| call.name = name.to_string());
        }
    }

    /// Makes these values the outputs.
    pub(crate) fn set_outputs(&mut self, values: Vec<usize>) {
        self.outputs = values;
    }

    /// Adds a layer that reads the only output, and makes its output the only one.
    pub(crate) fn push(&mut self, entry: LayerEntry<T>) {
        let reads = self.outputs().first().copied().into_iter().collect();
        self.push_reading(entry, reads);
        self.outputs.clear();
    }

    /// Adds a layer that reads the values with these numbers; a layer of stacks reads only the first of them.
    pub(crate) fn push_reading(&mut self, mut entry: LayerEntry<T>, reads: Vec<usize>) {
        entry.name.get_or_insert_with(|| self.free_name(snake_case(entry.layer.name())));
        let first = self.nodes.len();
        self.place(&entry, entry.name.clone().unwrap_or_default(), reads, true);
        self.groups.push(Group { entry, nodes: first..self.nodes.len() });
    }

    /// Adds another call of a layer, which reads the values with these numbers.
    pub(crate) fn push_call(&mut self, group: usize, reads: Vec<usize>) {
        let Group { entry, nodes } = self.groups[group].clone();
        let first = self.nodes.len();
        self.place(&entry, entry.name.clone().unwrap_or_default(), reads, true);
        self.nodes[first..].iter_mut().zip(nodes).for_each(|(node, of_first_call)| node.shares = Some(of_first_call));
    }

    /// Removes the last layer and returns whether there was one.
    pub(crate) fn pop(&mut self) -> bool {
        let popped = self.groups.pop();
        popped.iter().for_each(|group| self.nodes.truncate(group.nodes.start));
        self.outputs.clear();
        popped.is_some()
    }

    /// Freezes or unfreezes a layer.
    pub(crate) fn set_trainable(&mut self, group: usize, trainable: bool) {
        self.groups[group].entry.trainable = trainable;
    }

    /// Returns `name` if no layer or input has it, else `name` with the first number that makes it unique.
    fn free_name(&self, name: String) -> String {
        free_name(name, &|name| {
            self.groups.iter().all(|group| group.entry.name.as_ref() != Some(name))
                && self.inputs.iter().all(|input| input.name != *name)
        })
    }

    /// Adds the nodes of a layer, those of the layers within it first; returns the number of the layer's output.
    fn place(&mut self, entry: &LayerEntry<T>, name: String, reads: Vec<usize>, trainable: bool) -> usize {
        let node = match entry.layer.expand() {
            None => GraphNode { name, layer: entry.layer.clone(), reads, trainable, shares: None },
            Some(expansion) => {
                let input = reads.first().copied().unwrap_or_default();
                let mut taken = Vec::new();
                let ends = expansion.stacks.iter().map(|stack| self.place_stack(stack, &name, input, trainable, &mut taken));
                let reads = ends.collect();
                GraphNode { name, layer: expansion.merge, reads, trainable, shares: None }
            }
        };
        self.nodes.push(node);
        self.nodes.len()
    }

    /// Adds the layers of a stack, which belong to the layer named `outer`; returns the number of the stack's output.
    fn place_stack(&mut self, stack: &Stack<T>, outer: &str, input: usize, trainable: bool, taken: &mut Vec<String>) -> usize {
        let mut value = input;
        for entry in stack.entries() {
            let free = || free_name(snake_case(entry.layer.name()), &|name| !taken.contains(name));
            let own = entry.name.clone().unwrap_or_else(free);
            value = self.place(entry, format!("{outer}/{own}"), vec![value], trainable && entry.trainable);
            taken.push(own);
        }
        value
    }
}
