//! Writes and reads models that are not a chain of layers: Keras' `Functional`.

use super::builder::{Builder, Container};
use super::calls::{Call, CallNumbers, History, Order, count_calls_from_0, history};
use super::json::Json;
use super::nodes::{self, NamedNode};
use super::operations;
use super::outline::{LayerPlace, Places};
use super::reader::Reader;
use crate::base::{Result, Shape};
use crate::graph::Graph;
use crate::kernels::Scalar;
use crate::network::Network;
use serde_json::json;
use std::collections::HashMap;

/// Adds the connections to the JSON of each layer; the first layer is the data, if there is one input.
pub(super) fn connect<T: Scalar>(layers: &mut [Json], nodes: &[NamedNode<'_, T>], graph: &Graph<T>, network: &Network<T>) {
    let histories = Histories { nodes, graph };
    let tensor = |&value: &usize| {
        let shape = write_shape(network.shape(value));
        let config = json!({"shape": shape, "dtype": T::DTYPE, "keras_history": histories.of(value)});
        json!({"class_name": "__keras_tensor__", "config": config})
    };
    let call = |number: usize| {
        let node = &graph.nodes()[number];
        let tensors: Vec<Json> = node.reads.iter().map(tensor).collect();
        let arguments = if nodes::is_merging(&*node.layer) { json!([tensors]) } else { json!(tensors) };
        json!({"args": arguments, "kwargs": {}})
    };
    let data = (layers.len() > nodes.len()).then_some(None);
    for (layer, node) in layers.iter_mut().zip(data.into_iter().chain(nodes.iter().map(Some))) {
        let calls: Vec<Json> = match node {
            Some(node) if graph.input_of(node.number).is_none() => nodes::calls_of(graph, node.number).map(call).collect(),
            _ => Vec::new(),
        };
        layer["name"] = json!(node.map_or(nodes::name_of_data(graph), |node| &node.name));
        layer["inbound_nodes"] = json!(calls);
    }
}

/// Finds the histories of values: the layer that computes a value, and the number of its call.
struct Histories<'a, T: Scalar> {
    nodes: &'a [NamedNode<'a, T>],
    graph: &'a Graph<T>,
}

impl<T: Scalar> Histories<'_, T> {
    fn of(&self, value: usize) -> Json {
        let Some(number) = value.checked_sub(1) else { return json!([nodes::name_of_data(self.graph), 0, 0]) };
        let first = nodes::owner(self.graph, number);
        let name = self.nodes.iter().find(|node| node.number == first).map_or("", |node| &node.name);
        json!([name, nodes::calls_of(self.graph, first).take_while(|&call| call != number).count(), 0])
    }
}

/// Returns the JSON of a functional model with these layers.
pub(super) fn write<T: Scalar>(layers: Vec<Json>, nodes: &[NamedNode<'_, T>], graph: &Graph<T>) -> Json {
    let histories = Histories { nodes, graph };
    let list = |values: Vec<usize>| match &values[..] {
        &[only] => histories.of(only),
        several => several.iter().map(|&value| histories.of(value)).collect(),
    };
    json!({
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": "functional",
            "trainable": true,
            "layers": layers,
            "input_layers": list(graph.input_values()),
            "output_layers": list(graph.outputs()),
        },
        "registered_name": "Functional",
        "build_config": {"input_shape": null},
    })
}

impl<T: Scalar> Reader<'_, T> {
    /// Returns the names of the inputs of a functional model, with the shape of each.
    pub(super) fn inputs_of_graph(&self, config: &Json, layers: &[Json]) -> Result<Vec<(String, Option<Shape>)>> {
        let inputs = self.histories(&config["input_layers"], "input_layers")?;
        let has_several = inputs.len() > 1;
        let input = |(name, _, _): History| {
            let layer = layers.iter().find(|layer| name_of(layer) == name).unwrap_or(&Json::Null);
            let shape = self.input(&[&layer["config"]["batch_input_shape"], &layer["config"]["batch_shape"]])?;
            match shape {
                None if has_several => Err(self.at(&name).place.error("it is one of several inputs and has no shape")),
                // Keras 2 allowed `/` in a name.
                shape => Ok((name.replace('/', "_"), shape)),
            }
        };
        inputs.into_iter().map(input).collect()
    }

    /// Reads the layers of a functional model, each of which names the layers whose outputs it reads.
    ///
    /// Of the calls whose inputs have been read, the first in the order of the file is read next.
    pub(super) fn graph(
        &self,
        config: &Json,
        layers: &[Json],
        model: &Container,
        builder: &mut Builder<T>,
    ) -> Result<Vec<usize>> {
        let [inputs, outputs] = ["input_layers", "output_layers"].map(|list| self.histories(&config[list], list));
        let (inputs, mut outputs) = (inputs?, outputs?);
        if inputs.len() != model.inputs.len() {
            let problem = format!("it has {} inputs, and it is called with {} values", inputs.len(), model.inputs.len());
            return Err(self.place.error(problem));
        }
        let first = builder.values();
        let layers = &operations::collapse(layers);
        let (mut calls, numbers) = self.calls(&inputs, layers, model.place)?;
        let references = calls.iter_mut().flat_map(|call| &mut call.reads).chain(&mut outputs);
        count_calls_from_0(references.collect(), &numbers);

        let mut values: HashMap<(String, usize), Vec<usize>> = HashMap::new();
        for ((name, _, _), &value) in inputs.iter().zip(&model.inputs) {
            values.insert((name.clone(), 0), vec![value]);
        }
        let mut order = Order::new(&calls, &numbers, &inputs);
        while let Some(number) = order.next() {
            let Call { layer, place, reads, axes } = &calls[number];
            let found = |(name, call, output): &History| values.get(&(name.clone(), *call))?.get(*output).copied();
            let Some(reads) = reads.iter().map(found).collect::<Option<Vec<usize>>>() else {
                return Err(self.at(name_of(layer)).place.error("it reads an output that a layer does not have"));
            };
            let outputs = self.placed(layer, reads, *axes, place.clone(), model, builder)?;
            values.insert(order.key(number), outputs);
        }
        if order.done() < calls.len() {
            return Err(self.place.error("its layers read the outputs of layers that are not there"));
        }
        let found = |(name, call, output): &History| values.get(&(name.clone(), *call))?.get(*output).copied();
        match outputs.iter().map(found).collect::<Option<Vec<usize>>>() {
            Some(values) if builder.reads_all_but(&values, first) => {
                if model.name.is_none() && values.len() > 1 {
                    builder.name_outputs(values.iter().copied().zip(outputs.iter().map(|(name, ..)| name.as_str())));
                }
                Ok(values)
            }
            _ => {
                let names: Vec<String> = outputs.iter().map(|(name, ..)| format!("`{name}`")).collect();
                Err(self.place.error(match &names[..] {
                    [name] => format!("it has layers that its output, that of {name}, does not depend on"),
                    names => format!("it has layers that its outputs, those of {}, do not depend on", names.join(" and ")),
                }))
            }
        }
    }

    /// Returns the calls of all layers but the inputs, in the order of the file, and for each layer the numbers of its calls.
    fn calls<'j>(&self, inputs: &[History], layers: &'j [Json], place: &LayerPlace) -> Result<(Vec<Call<'j>>, CallNumbers)> {
        let mut places = Places::within(place);
        let (mut calls, mut numbers) = (Vec::new(), CallNumbers::new());
        for (position, layer) in layers.iter().enumerate() {
            let name = name_of(layer);
            let place = places.next(layer["class_name"].as_str().unwrap_or_default(), position);
            if inputs.iter().any(|(input, ..)| input == name) {
                continue;
            }
            let reader = self.at(name);
            let inbound = layer["inbound_nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
            if inbound.is_empty() {
                return Err(reader.place.error("it reads the output of no layer"));
            }
            for call in inbound {
                let (reads, axes) = reader.reads(call)?;
                numbers.entry(name.to_string()).or_default().push(calls.len());
                calls.push(Call { layer, place: place.clone(), reads, axes });
            }
        }
        Ok((calls, numbers))
    }

    /// Returns the inputs or outputs in the config of a model: one, or a list.
    fn histories(&self, list: &Json, what: &str) -> Result<Vec<History>> {
        let entries = list.as_array().map(Vec::as_slice).unwrap_or_default();
        let found: Option<Vec<History>> = match entries {
            [Json::String(_), ..] => history(entries).map(|one| vec![one]),
            several => several.iter().map(|entry| history(entry.as_array()?)).collect(),
        };
        match found {
            Some(found) if !found.is_empty() => Ok(found),
            _ => Err(self.place.error(format!("its `{what}` are no list of layers"))),
        }
    }

    /// Returns what a call of a layer reads, and the number of axes of the first value, if it is given.
    fn reads(&self, call: &Json) -> Result<(Vec<History>, Option<usize>)> {
        let (mut reads, mut axes, mut has_constant) = (Vec::new(), None, false);
        // Keras 3 writes `args` with tensors; Keras 2 writes lists of name, node, tensor and options.
        let arguments = call.get("args").unwrap_or(call);
        let mut rest = vec![arguments];
        let mut options = vec![&call["kwargs"]];
        while let Some(json) = rest.pop() {
            let entry = match json {
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
            let Some(read) = history(entry) else {
                return Err(self.place.error("what it reads is no output of a layer"));
            };
            reads.push(read);
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
