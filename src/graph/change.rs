//! Changes of a graph that has layers already: another layer in the place of one, a layer before all others, another width.

use super::{Graph, GraphInput, GraphNode, Group};
use crate::base::snake_case;
use crate::kernels::Scalar;
use crate::layers::{Layer, LayerEntry};
use std::sync::Arc;

impl<T: Scalar> Graph<T> {
    /// Replaces a layer in all its calls, and returns true; returns false for a layer of stacks, which is several nodes.
    pub(crate) fn replace(&mut self, group: usize, layer: Arc<dyn Layer<T>>) -> bool {
        let nodes = self.groups[group].nodes.clone();
        if nodes.len() != 1 {
            return false;
        }
        let is_call = |number: usize, call: &GraphNode<T>| call.shares.unwrap_or(number) == nodes.start;
        let calls = self.nodes.iter_mut().enumerate().filter(|(number, call)| is_call(*number, call));
        calls.for_each(|(_, call)| call.layer = layer.clone());
        self.groups[group].entry.layer = layer;
        true
    }

    /// Inserts a layer between the data and all layers that read them; the graph has at most one input.
    pub(crate) fn insert_first(&mut self, layer: Arc<dyn Layer<T>>) {
        let name = self.free_name(snake_case(layer.name()));
        // value 0 stays the data, and value 1 becomes what was value 0
        for node in &mut self.nodes {
            node.reads.iter_mut().for_each(|value| *value += 1);
            node.shares = node.shares.map(|first| first + 1);
        }
        self.groups.iter_mut().for_each(|group| group.nodes = group.nodes.start + 1..group.nodes.end + 1);
        self.outputs.iter_mut().for_each(|value| *value += 1);
        let node = GraphNode { name: name.clone(), layer: layer.clone(), reads: vec![0], trainable: true, shares: None };
        self.nodes.insert(0, node);
        self.groups.insert(0, Group { entry: LayerEntry::from(layer).name(name), nodes: 0..1 });
    }

    /// Sets the width of the only input, if the graph has one.
    pub(crate) fn set_input_width(&mut self, width: usize) {
        if let [input] = &self.inputs[..] {
            self.inputs = GraphInput::list(vec![(input.name.clone(), width.into())]);
        }
    }
}
