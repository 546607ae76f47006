//! The groups of a Keras file that hold the arrays of each layer.
//!
//! The group of a layer is named after its class, such as `layers/dense_1`, and has the arrays in the group `vars`. The group
//! of a layer within a wrapper is named after the attribute of the wrapper, `layer`.

use super::outline::Listed;
use super::quirks;
use super::view::{GraphView, NetworkView};

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

/// Returns the groups of a layer, which is in this place of a file.
pub(super) fn of_layer(listed: &Listed, graph: &GraphView<'_>, network: &NetworkView<'_>) -> Vec<WeightGroup> {
    let layer = graph.nodes[listed.node].layer;
    let (group, name) = (listed.group.clone(), listed.name.clone());
    let all = network.of_nodes[listed.node].clone();
    let Some(inner) = quirks::name_of_wrapped(layer) else {
        let counts_samples = quirks::counts_samples(layer) && !all.is_empty();
        return vec![WeightGroup { group, name, tensors: all.collect(), repeated: None, counts_samples }];
    };
    let (state, params): (Vec<usize>, Vec<usize>) = all.partition(|&number| network.tensors[number].is_state);
    let repeated = params.iter().copied().rfind(|&number| quirks::is_repeated(network.tensors[number].name));
    vec![
        WeightGroup { group: format!("{group}/layer"), name: inner, tensors: params, repeated: None, counts_samples: false },
        WeightGroup { group, name, tensors: state, repeated, counts_samples: false },
    ]
}
