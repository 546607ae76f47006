//! What depends on all nodes of a network: its outputs, the gradients that are needed, shared weights, and the buffers.

use super::wiring::Reader;
use super::{LeftOut, Network, Node, Tensor, Wiring};
use crate::base::Result;
use crate::kernels::Scalar;

impl<T: Scalar> Network<T> {
    /// Notes at each node which output it is, and computes what depends on all nodes.
    ///
    /// # Errors
    ///
    /// There are more than 64 outputs.
    pub(super) fn mark_outputs(&mut self) -> Result<()> {
        self.nodes.iter_mut().for_each(|node| node.output_bit = 0);
        let mut marked = Ok(());
        for (output, &value) in self.outputs.iter().enumerate() {
            let is_read = self.nodes.iter().any(|node| node.reads.contains(&value));
            let is_once = self.outputs.iter().filter(|other| **other == value).count() == 1;
            match (value.checked_sub(1), LeftOut::bit(output)) {
                (Some(node), Ok(bit)) if !is_read && is_once && self.nodes[node].activity_regularizer.is_none() => {
                    self.nodes[node].output_bit = bit;
                }
                (_, Ok(_)) => {}
                (_, Err(error)) => marked = Err(error),
            }
        }
        self.settle();
        marked
    }

    /// Computes what depends on all nodes: which gradients are needed, which trained weights have a regularizer or a
    /// constraint, and which buffer holds which value.
    pub(super) fn settle(&mut self) {
        let trained = |wanted: fn(&Tensor<T>) -> bool| {
            let numbers = self.tensors.iter().enumerate().filter(|(_, tensor)| tensor.trainable && wanted(tensor));
            numbers.map(|(number, _)| number).collect()
        };
        (self.regularized, self.constrained) =
            (trained(|tensor| tensor.regularizer.is_some()), trained(|tensor| tensor.constraint.is_some()));
        for i in 0..self.nodes.len() {
            let node = &self.nodes[i];
            let above = node.reads.iter().filter_map(|value| value.checked_sub(1)).any(|node| self.nodes[node].needs_gradient);
            self.nodes[i].needs_gradient = above || (node.trainable && !node.params.is_empty());
        }
        for i in 0..self.nodes.len() {
            let owner = self.nodes[i].owner;
            let has_weights = !self.nodes[i].params.is_empty();
            let mut others = self.nodes.iter().enumerate().filter(|(other, node)| *other != i && node.owner == owner);
            let last = others.clone().map(|(other, _)| other).max();
            self.nodes[i].is_shared = has_weights && others.next().is_some();
            self.nodes[i].adds_gradient = has_weights && last > Some(i);
        }
        let readers: Vec<Reader<'_>> = self.nodes.iter().map(Reader::of).collect();
        self.wiring = Wiring::new(self.input.width(), &readers, &self.outputs);
    }
}

impl<'a> Reader<'a> {
    fn of<T: Scalar>(node: &'a Node<T>) -> Self {
        Self { reads: &node.reads, width: node.pre_activation.width(), needs_gradient: node.needs_gradient }
    }
}
