//! Writes and reads models that are not a chain of layers: Keras' `Functional`.

use super::architecture::{Connected, Planned, write_shape};
use super::json::Json;
use super::nodes::{self, NamedNode};
use super::reader::Reader;
use crate::base::Result;
use crate::kernels::Scalar;
use crate::layers::Layer;
use crate::network::Network;
use serde_json::json;

/// The layers of Keras that take a list of inputs, even for a single input.
const MERGING: [&str; 7] = ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"];

pub(super) fn is_merging<T: Scalar>(layer: &dyn Layer<T>) -> bool {
    MERGING.contains(&layer.name())
}

/// Adds the connections to the JSON of each layer; the first layer is the data.
pub(super) fn connect<T: Scalar>(layers: &mut [Json], nodes: &[NamedNode<'_, T>], network: &Network<T>) {
    let name_of = |value: usize| match value.checked_sub(1) {
        None => nodes::INPUT,
        Some(number) => nodes.iter().find(|node| node.number == number).map_or("", |node| &node.name),
    };
    let tensor = |&value: &usize| {
        let shape = write_shape(network.shape(value));
        let config = json!({"shape": shape, "dtype": T::DTYPE, "keras_history": [name_of(value), 0, 0]});
        json!({"class_name": "__keras_tensor__", "config": config})
    };
    for (layer, node) in layers.iter_mut().zip(std::iter::once(None).chain(nodes.iter().map(Some))) {
        let Some(NamedNode { name, node, .. }) = node else {
            layer["name"] = json!(nodes::INPUT);
            layer["inbound_nodes"] = json!([]);
            continue;
        };
        let tensors: Vec<Json> = node.reads.iter().map(tensor).collect();
        let arguments = if is_merging(&*node.layer) { json!([tensors]) } else { json!(tensors) };
        layer["name"] = json!(name);
        layer["inbound_nodes"] = json!([{"args": arguments, "kwargs": {}}]);
    }
}

/// Returns the JSON of a functional model with these layers.
pub(super) fn write<T: Scalar>(layers: Vec<Json>, nodes: &[NamedNode<'_, T>]) -> Json {
    let last = nodes.iter().max_by_key(|node| node.number).map_or(nodes::INPUT, |node| &node.name);
    json!({
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": "functional",
            "trainable": true,
            "layers": layers,
            "input_layers": [nodes::INPUT, 0, 0],
            "output_layers": [last, 0, 0],
        },
        "registered_name": "Functional",
        "build_config": {"input_shape": null},
    })
}

impl<T: Scalar> Reader<'_, T> {
    /// Reads the layers of a functional model, each of which names the layers whose outputs it reads.
    pub(super) fn functional(&self, config: &Json, layers: &[Json]) -> Result<Connected<T>> {
        let [input, output] = ["input_layers", "output_layers"].map(|list| self.only(&config[list], list));
        let (input, output) = (input?, output?);
        let mut values = vec![input.clone()];
        let mut shape = None;
        let mut planned = Planned::new(None);
        let mut entries = Vec::new();
        // A layer is read when all layers whose outputs it reads have been read.
        let mut waiting: Vec<&Json> = layers.iter().collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut rest = Vec::new();
            for layer in waiting {
                let name = layer["name"].as_str().or(layer["config"]["name"].as_str()).unwrap_or_default();
                if name == input {
                    shape = self.input(&[&layer["config"]["batch_input_shape"], &layer["config"]["batch_shape"]])?;
                    planned = Planned::new(shape.as_ref());
                    continue;
                }
                let (reads, said) = self.at(name).reads(&layer["inbound_nodes"])?;
                let reads: Option<Vec<usize>> = reads.iter().map(|read| values.iter().position(|value| value == read)).collect();
                match reads {
                    None => rest.push(layer),
                    Some(reads) => {
                        let axes = reads.first().and_then(|&first| planned.axes(first)).or(said);
                        let entry = self.layer(layer, axes)?;
                        planned.push(&entry, &reads);
                        entries.push((entry, reads));
                        values.push(name.to_string());
                    }
                }
            }
            if rest.len() == before {
                return Err(self.place.error("its layers read the outputs of layers that are not there"));
            }
            waiting = rest;
        }
        let is_read = |value: usize| entries.iter().any(|(_, reads): &(_, Vec<usize>)| reads.contains(&value));
        if values.last() != Some(&output) || !(0..entries.len()).all(is_read) {
            return Err(self.place.error(format!("it has layers that its output, that of `{output}`, does not depend on")));
        }
        Ok((shape, entries))
    }

    /// Returns the name of the only input or output of a model.
    fn only(&self, list: &Json, what: &str) -> Result<String> {
        let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
        let name = match list {
            [Json::String(name), ..] => Some(name.clone()),
            [Json::Array(one)] => one.first().and_then(Json::as_str).map(str::to_string),
            _ => None,
        };
        name.ok_or_else(|| {
            let problem = format!("it has {} `{what}`; models of one input and one output can be loaded", list.len());
            self.place.error(problem)
        })
    }

    /// Returns the names of the layers whose outputs a layer reads, and the number of axes of the first, if it is given.
    fn reads(&self, inbound: &Json) -> Result<(Vec<String>, Option<usize>)> {
        let calls = inbound.as_array().map(Vec::as_slice).unwrap_or_default();
        let [call] = calls else {
            let problem = format!("it is called {} times; layers that are called once can be loaded", calls.len());
            return Err(self.place.error(problem));
        };
        let (mut reads, mut axes) = (Vec::new(), None);
        // Keras 3 writes `args` with tensors; Keras 2 writes lists of name, node, tensor and options.
        let arguments = call.get("args").unwrap_or(call);
        let mut rest = vec![arguments];
        let mut options = vec![&call["kwargs"]];
        while let Some(json) = rest.pop() {
            let history = match json {
                Json::Array(list) if !list.first().is_some_and(Json::is_string) => {
                    rest.extend(list.iter().rev());
                    continue;
                }
                Json::Array(list) => {
                    options.extend(list.get(3));
                    list
                }
                tensor => {
                    axes = axes.or(tensor["config"]["shape"].as_array().map(Vec::len));
                    let Some(history) = tensor["config"]["keras_history"].as_array() else { continue };
                    history
                }
            };
            match history.as_slice() {
                [Json::String(name), node, tensor, ..] if *node == 0 && *tensor == 0 => reads.push(name.clone()),
                _ => return Err(self.place.error("it reads the second call or the second output of a layer")),
            }
        }
        let mut given = options.iter().filter_map(|options| options.as_object()).flatten();
        if let Some((option, value)) = given.find(|(_, value)| !value.is_null()) {
            let problem = format!("it is called with `{option}` = {value}, and layers are called with their inputs alone");
            return Err(self.place.error(problem));
        }
        if reads.is_empty() {
            return Err(self.place.error("it reads the output of no layer"));
        }
        Ok((reads, axes))
    }
}
