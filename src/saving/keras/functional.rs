//! Writes and reads models that are not a chain of layers: Keras' `Functional`.

use super::builder::{Builder, Container};
use super::json::Json;
use super::nodes::{self, NamedNode};
use super::operations;
use super::outline::Places;
use super::reader::Reader;
use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::network::Network;
use serde_json::json;
use std::collections::HashMap;

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
        let arguments = if nodes::is_merging(&*node.layer) { json!([tensors]) } else { json!(tensors) };
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
    /// Returns the shape of the input of a functional model, which has one.
    pub(super) fn input_of_graph(&self, config: &Json, layers: &[Json]) -> Result<Option<Shape>> {
        let input = self.only(&config["input_layers"], "input_layers")?;
        match layers.iter().find(|layer| name_of(layer) == input) {
            Some(layer) => self.input(&[&layer["config"]["batch_input_shape"], &layer["config"]["batch_shape"]]),
            None => Ok(None),
        }
    }

    /// Reads the layers of a functional model, each of which names the layers whose outputs it reads.
    pub(super) fn graph(&self, config: &Json, layers: &[Json], model: &Container, builder: &mut Builder<T>) -> Result<usize> {
        let [input, output] = ["input_layers", "output_layers"].map(|list| self.only(&config[list], list));
        let (input, output) = (input?, output?);
        let first = builder.values();
        let layers = &operations::collapse(layers);
        let mut values = HashMap::from([(input.clone(), model.input)]);
        // A layer is read when all layers whose outputs it reads have been read.
        let mut places = Places::within(model.place);
        let class_name = |layer: &Json| layer["class_name"].as_str().unwrap_or_default().to_string();
        let placed = layers.iter().enumerate().map(|(position, layer)| (layer, places.next(&class_name(layer), position)));
        let mut waiting: Vec<_> = placed.filter(|(layer, _)| name_of(layer) != input).collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut rest = Vec::new();
            for (layer, place) in waiting {
                let name = name_of(layer);
                let (reads, axes) = self.at(name).reads(&layer["inbound_nodes"])?;
                let reads: Option<Vec<usize>> = reads.iter().map(|read| values.get(read).copied()).collect();
                match reads {
                    None => rest.push((layer, place)),
                    Some(reads) => {
                        let value = self.placed(layer, reads, axes, place, model, builder)?;
                        values.insert(name.to_string(), value);
                    }
                }
            }
            if rest.len() == before {
                return Err(self.place.error("its layers read the outputs of layers that are not there"));
            }
            waiting = rest;
        }
        match values.get(&output) {
            Some(&value) if builder.reads_all_but(value, first) => Ok(value),
            _ => Err(self.place.error(format!("it has layers that its output, that of `{output}`, does not depend on"))),
        }
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
        let (mut reads, mut axes, mut has_constant) = (Vec::new(), None, false);
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
                    has_constant |= tensor.is_number()
                        || ["__numpy__", "__tensor__"].contains(&tensor["class_name"].as_str().unwrap_or_default());
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
        if has_constant {
            return Err(self.place.error("it is an operation with a constant, for which there is no layer here"));
        }
        Ok((reads, axes))
    }
}

/// Returns the name of a layer in a functional model.
fn name_of(layer: &Json) -> &str {
    layer["name"].as_str().or(layer["config"]["name"].as_str()).unwrap_or_default()
}

/// Returns the JSON of the shape of a batch.
pub(super) fn write_shape(shape: &Shape) -> Json {
    std::iter::once(Json::Null).chain(shape.dims().iter().map(|&extent| json!(extent))).collect()
}
