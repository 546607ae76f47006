//! Where in a file of Keras the arrays of each layer are.
//!
//! A layer has a group named after its class, `layers/dense_1` say, with its arrays in `vars`; a layer within a wrapper has
//! one named after the attribute that holds it, `layer`.

use super::nodes::NamedNode;
use super::quirks;
use crate::base::snake_case;
use crate::kernels::Scalar;
use crate::network::Network;
use std::collections::HashMap;

/// The arrays of one group, in their order, each as the number of a weight of the network.
pub(super) struct WeightGroup {
    pub(super) group: String,
    /// The name of the layer.
    pub(super) name: String,
    pub(super) tensors: Vec<usize>,
    /// The weight of which Keras keeps a second copy here, before the others.
    pub(super) repeated: Option<usize>,
    /// Whether Keras keeps, after the weights, how many samples they were computed from.
    pub(super) counts_samples: bool,
}

/// The names of groups, numbered from the second of a class on, whatever the layers are called.
#[derive(Default)]
pub(super) struct GroupNames(HashMap<String, usize>);

impl GroupNames {
    /// The name of the next group, of a layer of this class in snake case.
    pub(super) fn next(&mut self, class: &str, root: &str) -> String {
        let number = self.0.entry(class.to_string()).or_default();
        *number += 1;
        if *number == 1 { format!("{root}/{class}") } else { format!("{root}/{class}_{}", *number - 1) }
    }
}

/// The groups of each of these nodes.
pub(super) fn of_nodes<T: Scalar>(nodes: &[NamedNode<'_, T>], root: &str, network: &Network<T>) -> Vec<Vec<WeightGroup>> {
    let mut names = GroupNames::default();
    let groups = |node: &NamedNode<'_, T>| of_node(node, names.next(&snake_case(node.node.layer.name()), root), network);
    nodes.iter().map(groups).collect()
}

fn of_node<T: Scalar>(node: &NamedNode<'_, T>, group: String, network: &Network<T>) -> Vec<WeightGroup> {
    let layer = &*node.node.layer;
    let all = network.nodes()[node.number].tensors.clone();
    let Some(wrapped) = quirks::wrapped(layer) else {
        let counts_samples = quirks::counts_samples(layer) && !all.is_empty();
        let name = node.name.clone();
        return vec![WeightGroup { group, name, tensors: all.collect(), repeated: None, counts_samples }];
    };
    let (state, params): (Vec<usize>, Vec<usize>) = all.partition(|&number| network.tensors()[number].is_state);
    let repeated = params.iter().copied().rfind(|&number| quirks::is_repeated(network.tensors()[number].name));
    let inner = wrapped.name.clone().unwrap_or_else(|| snake_case(wrapped.layer.name()));
    vec![
        WeightGroup { group: format!("{group}/layer"), name: inner, tensors: params, repeated: None, counts_samples: false },
        WeightGroup { group, name: node.name.clone(), tensors: state, repeated, counts_samples: false },
    ]
}
