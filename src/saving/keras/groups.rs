//! The groups of a Keras file that hold the arrays of each layer.
//!
//! The group of a layer is named after its class, such as `layers/dense_1`, and has the arrays in the group `vars`. The group
//! of a layer within a wrapper is named after the attribute of the wrapper, `layer`.

use super::nodes::NamedNode;
use super::quirks;
use crate::base::snake_case;
use crate::kernels::Scalar;
use crate::network::Network;
use std::collections::HashMap;

/// A group of a file, with the numbers of the weights of the network that are its arrays, in their order.
pub(super) struct WeightGroup {
    pub(super) group: String,
    /// The name of the layer.
    pub(super) name: String,
    pub(super) tensors: Vec<usize>,
    /// The number of the weight that Keras stores a second time in this group, before the others.
    pub(super) repeated: Option<usize>,
    /// True if Keras stores the number of samples after the weights.
    pub(super) counts_samples: bool,
}

/// The names of groups: the class, with a number from the second layer of a class on. The names of the layers do not matter.
#[derive(Default)]
pub(super) struct GroupNames(HashMap<String, usize>);

impl GroupNames {
    /// Returns the name of the group of the next layer of this class, which is in snake case.
    pub(super) fn next(&mut self, class: &str, root: &str) -> String {
        let number = self.0.entry(class.to_string()).or_default();
        *number += 1;
        if *number == 1 { format!("{root}/{class}") } else { format!("{root}/{class}_{}", *number - 1) }
    }
}

/// Returns the groups of each of these nodes.
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
