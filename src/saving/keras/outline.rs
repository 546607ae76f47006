//! The layers of a model in the order, and with the groups of arrays, that a file has for them.
//!
//! A model within the model is read as the layers that it contains. Its file keeps them together, in a group within a group or
//! in one list of arrays, so a layer has a place in the file that does not follow from the graph.

use super::json::Json;
use super::nodes::NamedNode;
use super::view::GraphView;
use crate::base::{in_order, snake_case};
use std::collections::HashMap;

/// The name of the group of all layers in Keras 3.
pub(super) const LAYERS: &str = "layers";

/// The names of groups: the class, with a number from the second layer of a class in the same root on. The names of the layers do
/// not matter.
#[derive(Debug, Default)]
pub(super) struct GroupNames(HashMap<String, usize>);

impl GroupNames {
    /// Returns the name of the group of the next layer of this class, which is in snake case.
    pub(super) fn next(&mut self, class: &str, root: &str) -> String {
        let first = format!("{root}/{class}");
        let number = self.0.entry(first.clone()).or_default();
        *number += 1;
        if *number == 1 { first } else { format!("{first}_{}", *number - 1) }
    }
}

/// The place of a layer in a file.
#[derive(Debug, Clone, Default)]
pub(super) struct LayerPlace {
    /// The group of its arrays, such as `layers/sequential/layers/dense`.
    pub(super) group: String,
    /// Its position in the list of layers of each model that contains it, the outermost first.
    pub(super) position: Vec<usize>,
}

/// The places of the layers of one model, which may itself be within another.
pub(super) struct Places {
    root: String,
    position: Vec<usize>,
    names: GroupNames,
}

impl Places {
    /// Makes the places of the layers of the whole model, or of the model that is at `outer`.
    pub(super) fn within(outer: &LayerPlace) -> Self {
        let root = if outer.group.is_empty() { LAYERS.to_string() } else { format!("{}/{LAYERS}", outer.group) };
        Self { root, position: outer.position.clone(), names: GroupNames::default() }
    }

    /// Returns the place of the next layer of this class, which is number `position` in the list of layers.
    pub(super) fn next(&mut self, class_name: &str, position: usize) -> LayerPlace {
        let group = self.names.next(&snake_case(class_name), &self.root);
        LayerPlace { group, position: self.position.iter().copied().chain([position]).collect() }
    }
}

/// A layer in the JSON of a model.
pub(super) struct Described {
    class_name: String,
    pub(super) name: String,
    pub(super) place: LayerPlace,
}

/// Lists the layers in the JSON of a model, those of the models within it in their place; serde_json limits the depth.
pub(super) fn described(model: &Json) -> Vec<Described> {
    let mut layers = Vec::new();
    describe(model, &LayerPlace::default(), &mut layers);
    layers
}

fn describe(model: &Json, outer: &LayerPlace, layers: &mut Vec<Described>) {
    let config = &model["config"];
    let list = config.get("layers").unwrap_or(config).as_array();
    let mut places = Places::within(outer);
    for (position, layer) in list.into_iter().flatten().enumerate() {
        let class_name = layer["class_name"].as_str().unwrap_or_default();
        let place = places.next(class_name, position);
        if layer["config"]["layers"].is_array() || layer["config"].is_array() {
            describe(layer, &place, layers);
        } else if class_name != "InputLayer" {
            let name = layer["config"]["name"].as_str().or(layer["name"].as_str()).unwrap_or_default();
            layers.push(Described { class_name: class_name.to_string(), name: name.replace('/', "_"), place });
        }
    }
}

/// Lists the layers of a model as the file with this JSON does, if they are the same and some are in a model within the model;
/// otherwise as [`written`] does.
pub(super) fn of_file(graph: &GraphView<'_>, model: Option<&Json>) -> Vec<Listed> {
    let layers = model.map(described).unwrap_or_default();
    let classes = graph.groups.iter().map(|group| group.layer.name());
    let has_models = layers.iter().any(|layer| layer.place.position.len() > 1);
    if !has_models || !classes.eq(layers.iter().map(|layer| layer.class_name.as_str())) {
        return written(graph);
    }
    let places: Vec<LayerPlace> = layers.into_iter().map(|layer| layer.place).collect();
    read(graph, &places)
}

/// A layer of the network with its place in a file.
pub(super) struct Listed {
    /// The number of its node in the graph.
    pub(super) node: usize,
    pub(super) name: String,
    pub(super) group: String,
    /// The position of the layer, or of the model that contains it, in the whole model.
    pub(super) outermost: usize,
}

/// Lists the layers of a model in the order in which this crate, and Keras for the same graph, writes them.
pub(super) fn written(graph: &GraphView<'_>) -> Vec<Listed> {
    let (mut names, mut list) = (GroupNames::default(), Vec::new());
    for NamedNode { number, name, node } in graph.in_order_of_keras() {
        if node.input.is_none() {
            let group = names.next(&snake_case(node.layer.name()), LAYERS);
            list.push(Listed { node: number, name, group, outermost: list.len() });
        }
    }
    list
}

/// Lists the layers of a model that was read from a file in which they have these places.
pub(super) fn read(graph: &GraphView<'_>, places: &[LayerPlace]) -> Vec<Listed> {
    // A layer of stacks is several nodes, which Keras has as layers of their own.
    if graph.groups.len() != places.len() || graph.groups.iter().any(|group| group.nodes.len() != 1) {
        return written(graph);
    }
    let listed = |layer: usize| {
        let (node, place) = (graph.groups[layer].nodes.start, &places[layer]);
        let outermost = place.position.first().copied().unwrap_or_default();
        Listed { node, name: graph.nodes[node].name.to_string(), group: place.group.clone(), outermost }
    };
    let order = in_order(places.len(), &|one, other| places[one].position.cmp(&places[other].position));
    order.into_iter().map(listed).collect()
}
