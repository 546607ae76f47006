//! Writes and reads models that are not a chain of layers: Keras' `Functional`.

use super::builder::{Container, Layers};
use super::calls::{Call, CallNumbers, History, Order, count_calls_from_0, history};
use super::json::{self, Json};
use super::nodes::{self, NamedNode};
use super::operations;
use super::outline::{LayerPlace, Places};
use super::reader::Reader;
use super::view::GraphView;
use crate::base::{Result, Shape};
use serde_json::json;

/// The connections of a model that is written: what each layer reads.
pub(super) struct Connections<'a> {
    pub(super) graph: &'a GraphView<'a>,
    /// The layers in the order of the file.
    pub(super) nodes: &'a [NamedNode<'a>],
    /// The shape of each value.
    pub(super) shapes: &'a [&'a Shape],
    pub(super) dtype: &'static str,
}

impl Connections<'_> {
    /// Adds the connections to the JSON of each layer; the first layer is the data, if there is one input.
    pub(super) fn connect(&self, layers: &mut [Json]) {
        let data = layers.len() - self.nodes.len();
        for (number, layer) in layers.iter_mut().enumerate() {
            let (name, calls): (&str, Vec<Json>) = match number.checked_sub(data).map(|number| &self.nodes[number]) {
                None => (self.graph.name_of_data(), Vec::new()),
                Some(node) if node.node.input.is_some() => (&node.name, Vec::new()),
                Some(node) => {
                    let calls = self.graph.calls_of(node.number).into_iter();
                    (&node.name, calls.map(|call| self.call(call)).collect())
                }
            };
            layer["name"] = json!(name);
            layer["inbound_nodes"] = json!(calls);
        }
    }

    /// Returns the JSON of a call of a layer.
    fn call(&self, number: usize) -> Json {
        let node = &self.graph.nodes[number];
        let tensors: Vec<Json> = node.reads.iter().map(|&value| self.tensor(value)).collect();
        let arguments = if nodes::is_merging(node.layer) { json!([tensors]) } else { json!(tensors) };
        json::call(arguments)
    }

    fn tensor(&self, value: usize) -> Json {
        json::tensor(write_shape(self.shapes[value]), self.dtype, self.history(value))
    }

    /// Returns the history of a value: the layer that computes it, and the number of its call.
    fn history(&self, value: usize) -> Json {
        let Some(number) = value.checked_sub(1) else { return json!([self.graph.name_of_data(), 0, 0]) };
        let first = self.graph.nodes[number].owner;
        let name = self.nodes.iter().find(|node| node.number == first).map_or("", |node| &node.name);
        let call = self.graph.calls_of(first).into_iter().take_while(|&call| call != number).count();
        json!([name, call, 0])
    }

    fn histories(&self, values: &[usize]) -> Json {
        match values {
            &[only] => self.history(only),
            several => several.iter().map(|&value| self.history(value)).collect(),
        }
    }

    /// Returns the JSON of a functional model with these layers.
    pub(super) fn write(&self, layers: Vec<Json>) -> Json {
        let (inputs, outputs) = (self.histories(&self.graph.input_values), self.histories(&self.graph.outputs));
        write("functional", layers, inputs, outputs)
    }
}

/// Returns the JSON of a functional model with these layers and the histories of its inputs and outputs.
pub(super) fn write(name: &str, layers: Vec<Json>, inputs: Json, outputs: Json) -> Json {
    let config = json!({"name": name, "trainable": true, "layers": layers, "input_layers": inputs, "output_layers": outputs});
    let mut model = json::object(Some("keras.src.models.functional"), "Functional", config, Some("Functional"));
    model["build_config"] = json!({"input_shape": null});
    model
}

impl Reader<'_> {
    /// Returns the inputs of a functional model; none if the shape of an only input is not known.
    pub(super) fn inputs_of_graph(&self, config: &Json, layers: &[Json]) -> Result<Vec<(String, Shape)>> {
        let inputs = self.histories(&config["input_layers"], "input_layers")?;
        let has_several = inputs.len() > 1;
        let input = |(name, _, _): History| {
            let layer = layers.iter().find(|layer| name_of(layer) == name).unwrap_or(&Json::Null);
            let shape = self.input(&[&layer["config"]["batch_input_shape"], &layer["config"]["batch_shape"]])?;
            match shape {
                None if has_several => Err(self.at(&name).place.error("it is one of several inputs and has no shape")),
                // Keras 2 allowed `/` in a name.
                shape => Ok(shape.map(|shape| (name.replace('/', "_"), shape))),
            }
        };
        inputs.into_iter().filter_map(|named| input(named).transpose()).collect()
    }

    /// Reads the layers of a functional model, each of which names the layers whose outputs it reads.
    ///
    /// Of the calls whose inputs have been read, the first in the order of the file is read next.
    pub(super) fn graph(
        &self,
        config: &Json,
        layers: &[Json],
        model: &Container,
        builder: &mut dyn Layers,
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

        let mut values = Values {
            inputs: inputs.iter().zip(model.inputs.iter().copied()).collect(),
            numbers: &numbers,
            outputs: vec![Vec::new(); calls.len()],
        };
        let mut order = Order::new(&calls, &numbers, &inputs);
        while let Some(number) = order.next() {
            let Call { layer, place, reads, axes } = &calls[number];
            let Some(reads) = values.of(reads) else {
                return Err(self.at(name_of(layer)).place.error("it reads an output that a layer does not have"));
            };
            values.outputs[number] = self.placed(layer, reads, *axes, place.clone(), model, builder)?;
        }
        if order.done() < calls.len() {
            return Err(self.place.error("its layers read the outputs of layers that are not there"));
        }
        match values.of(&outputs) {
            Some(values) if builder.reads_all_but(&values, first) => {
                if model.name.is_none() && values.len() > 1 {
                    values.iter().zip(&outputs).for_each(|(&value, (name, ..))| builder.name_output(value, name));
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

/// The numbers of the values that have been read.
struct Values<'a> {
    inputs: Vec<(&'a History, usize)>,
    /// The numbers of the calls of each layer.
    numbers: &'a CallNumbers,
    /// The values that are the outputs of each call; none before it is read.
    outputs: Vec<Vec<usize>>,
}

impl Values<'_> {
    /// Returns the numbers of the values that have these histories, if they all have been read.
    fn of(&self, histories: &[History]) -> Option<Vec<usize>> {
        let value = |(name, call, output): &History| match self.numbers.get(name) {
            Some(calls) => self.outputs[*calls.get(*call)?].get(*output).copied(),
            None => {
                let (_, value) = self.inputs.iter().rfind(|(input, _)| input.0 == *name)?;
                (*call == 0 && *output == 0).then_some(*value)
            }
        };
        histories.iter().map(value).collect()
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
