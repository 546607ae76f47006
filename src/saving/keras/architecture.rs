//! Writes and reads the architecture of a model as Keras' JSON.

use super::compiled::{self, Settings};
use super::json::{self, Json};
use super::nodes::{self, NamedNode};
use super::reader::{Reader, check_dtype};
use super::{functional, quirks};
use crate::base::{Result, Shape};
use crate::graph::Graph;
use crate::kernels::Scalar;
use crate::layers::{Layer, LayerEntry};
use crate::model::Model;
use crate::network::Network;
use crate::part::Kind;
use crate::saving::place::Place;
use serde_json::{Map, json};

/// The shape of the input, and the layers, each with the numbers of the values that it reads.
pub(super) type Connected<T> = (Option<Shape>, Vec<(LayerEntry<T>, Vec<usize>)>);

/// The content of a model file except the weights.
pub(super) struct Architecture<T: Scalar> {
    /// The layers, each with the numbers of the values that it reads: 0 is the data, `i + 1` is the output of layer `i`.
    pub(super) layers: Vec<(LayerEntry<T>, Vec<usize>)>,
    pub(super) input: Option<Shape>,
    /// The compile settings, or the reason why they cannot be used.
    pub(super) settings: Result<Settings<T>, String>,
}

/// Returns the JSON of a model without its weights: a `Sequential` if the model is a chain of layers, else a `Functional`.
pub(super) fn write<T: Scalar>(model: &Model<T>, place: &Place) -> Result<Json> {
    let policy = json!({"module": "keras", "class_name": "DTypePolicy", "config": {"name": T::DTYPE}, "registered_name": null});
    let network = model.network.as_ref().filter(|network| network.nodes().len() == model.graph.nodes().len());
    let input = model.input_shape().map(write_shape);
    let nodes = nodes::in_order(&model.graph);
    let is_chain = nodes::is_chain(&model.graph);
    let mut layers = Vec::new();
    if let Some(shape) = &input {
        let config = json!({"batch_shape": shape, "dtype": T::DTYPE, "sparse": false, "ragged": false, "name": nodes::INPUT});
        layers.push(json!({"module": "keras.layers", "class_name": "InputLayer", "config": config, "registered_name": null}));
    }
    for NamedNode { number, name, node } in &nodes {
        let mut layer = write_layer(&*node.layer, name, model.is_trainable(*number), &policy, &place.member(name))?;
        if let Some(network) = network {
            let shapes: Vec<Json> = node.reads.iter().map(|&value| write_shape(network.shape(value))).collect();
            layer["build_config"] = match <[Json; 1]>::try_from(shapes) {
                Ok([shape]) if !functional::is_merging(&*node.layer) => json!({"input_shape": shape}),
                Ok([shape]) => json!({"input_shape": [shape]}),
                Err(shapes) => json!({"input_shape": shapes}),
            };
        }
        layers.push(layer);
    }
    let mut object = if is_chain {
        let mut config = json!({"name": "sequential", "trainable": true, "dtype": policy, "layers": layers});
        let mut object = json!({"module": "keras", "class_name": "Sequential", "registered_name": null});
        if let Some(shape) = &input {
            config["build_input_shape"] = shape.clone();
            object["build_config"] = json!({"input_shape": shape});
        }
        object["config"] = config;
        object
    } else {
        let Some(network) = network else {
            return Err(place.error("the JSON of a model that is not a chain of layers needs shapes: build the model first"));
        };
        functional::connect(&mut layers, &nodes, network);
        functional::write(layers, &nodes)
    };
    object["compile_config"] = compiled::write(model, place)?;
    Ok(object)
}

/// Returns the JSON of a layer without its connections.
fn write_layer<T: Scalar>(layer: &dyn Layer<T>, name: &str, trainable: bool, policy: &Json, place: &Place) -> Result<Json> {
    if quirks::is_of_closures(layer) {
        let advice = "write it as a type of its own, or save the weights alone with `save_weights`";
        return Err(place.error(format!("a `Lambda` is of closures, which no file can hold: {advice}")));
    }
    let mut object = json::write(<dyn Layer<T>>::KIND, &layer.spec(), place)?;
    let mut config = Map::new();
    config.insert("name".to_string(), json!(name));
    if !quirks::refuses_trainable(layer) {
        config.insert("trainable".to_string(), json!(trainable));
    }
    config.insert("dtype".to_string(), policy.clone());
    if let Some(Json::Object(own)) = object.get_mut("config").map(Json::take) {
        config.extend(own);
    }
    set_dtype_within(&mut config, policy);
    object["config"] = config.into();
    Ok(object)
}

/// Returns the JSON of a model without its weights, as text.
pub(in crate::saving) fn to_json<T: Scalar>(model: &Model<T>, place: &Place) -> Result<String> {
    Ok(write(model, place)?.to_string())
}

/// Sets the number type of the layers within a layer to that of the model, because Keras does not do so.
fn set_dtype_within(config: &mut Map<String, Json>, policy: &Json) {
    for argument in ["layer", "layers"] {
        config.get_mut(argument).into_iter().for_each(|inner| set_dtype(inner, policy));
    }
}

fn set_dtype(layers: &mut Json, policy: &Json) {
    match layers {
        Json::Array(layers) => layers.iter_mut().for_each(|layer| set_dtype(layer, policy)),
        Json::Object(layer) => {
            if let Some(Json::Object(config)) = layer.get_mut("config") {
                config.insert("dtype".to_string(), policy.clone());
                set_dtype_within(config, policy);
            }
        }
        _ => {}
    }
}

pub(super) fn write_shape(shape: &Shape) -> Json {
    std::iter::once(Json::Null).chain(shape.dims().iter().map(|&extent| json!(extent))).collect()
}

/// The layers that were read so far, planned to know the shapes of their outputs; `None` after a layer that cannot be planned.
pub(super) struct Planned<T: Scalar>(Option<(Graph<T>, Network<T>)>);

impl<T: Scalar> Planned<T> {
    pub(super) fn new(input: Option<&Shape>) -> Self {
        Self(input.map(|input| (Graph::new(), Network::new(input.clone()))))
    }

    /// Returns the number of axes of a value, including the batch axis: 0 is the data, `i + 1` is the output of layer `i`.
    pub(super) fn axes(&self, value: usize) -> Option<usize> {
        let (graph, network) = self.0.as_ref()?;
        Some(network.shape(nodes::output_of(graph, value)?).dims().len() + 1)
    }

    pub(super) fn push(&mut self, entry: &LayerEntry<T>, reads: &[usize]) {
        self.0 = self.0.take().and_then(|(mut graph, mut network)| {
            let reads: Option<Vec<usize>> = reads.iter().map(|&layer| nodes::output_of(&graph, layer)).collect();
            graph.push_reading(entry.clone(), reads?);
            let group = graph.groups().last()?;
            network.plan(std::iter::once((group, &graph.nodes()[group.nodes.clone()]))).ok()?;
            Some((graph, network))
        });
    }
}

/// The classes of models.
const MODELS: [&str; 3] = ["Functional", "Model", "Sequential"];

impl<T: Scalar> Reader<'_, T> {
    /// Reads a model from the JSON of its architecture.
    pub(super) fn model(&self, json: &Json) -> Result<Architecture<T>> {
        let is_chain = match json.get("class_name").and_then(Json::as_str) {
            Some("Sequential") => true,
            Some("Functional" | "Model") => false,
            found => {
                let found = found.unwrap_or("nothing");
                let problem = format!("only `Sequential` and `Functional` models can be loaded, and this is a `{found}`");
                return Err(self.place.error(problem));
            }
        };
        let config = &json["config"];
        check_dtype(config.get("dtype"), &self.place)?;
        // In very old files the config is the list itself.
        let layers = config.get("layers").unwrap_or(config);
        let Some(layers) = layers.as_array() else { return Err(self.place.error("the model has no list of `layers`")) };
        let (input, layers) = if is_chain { self.chain(json, layers)? } else { self.functional(config, layers)? };
        let settings = match json.get("compile_config") {
            Some(Json::Object(settings)) if !settings.is_empty() => {
                self.at("compile_config").settings(settings).map_err(|error| error.to_string())
            }
            _ => Err(compiled::NEVER.to_string()),
        };
        Ok(Architecture { layers, input, settings })
    }

    /// Reads the layers of a chain, each of which reads the output of the previous layer.
    fn chain(&self, json: &Json, layers: &[Json]) -> Result<Connected<T>> {
        let mut shapes = vec![&json["config"]["build_input_shape"], &json["build_config"]["input_shape"]];
        shapes.extend(layers.first().into_iter().flat_map(|layer| {
            let config = &layer["config"];
            [&config["batch_input_shape"], &config["batch_shape"]]
        }));
        let input = self.input(&shapes)?;
        let mut planned = Planned::new(input.as_ref());
        let mut entries = Vec::new();
        for layer in layers.iter().filter(|layer| layer["class_name"] != "InputLayer") {
            let built_for = layer["build_config"]["input_shape"].as_array().map(Vec::len);
            let entry = self.layer(layer, planned.axes(entries.len()).or(built_for))?;
            planned.push(&entry, &[entries.len()]);
            entries.push((entry, vec![entries.len()]));
        }
        Ok((input, entries))
    }

    /// Returns the last of these shapes in which every axis has a size, without the batch axis; `None` if there are no shapes.
    ///
    /// # Errors
    ///
    /// There are shapes, but each of them has an axis without a size.
    pub(super) fn input(&self, shapes: &[&Json]) -> Result<Option<Shape>> {
        let settled = |json: &&&Json| Some(json.as_array()?.iter().skip(1).all(Json::is_u64));
        let there = || shapes.iter().rev().filter(|json| json.is_array());
        match there().find(|json| settled(json) == Some(true)).or(there().next()) {
            Some(json) => self.shape(json).map(Some),
            None => Ok(None),
        }
    }

    fn shape(&self, json: &Json) -> Result<Shape> {
        let extents = json.as_array().into_iter().flatten().skip(1);
        let extents = extents.map(|extent| extent.as_u64().and_then(|extent| usize::try_from(extent).ok()));
        let dims: Option<Vec<usize>> = extents.collect();
        dims.map(Shape::from).ok_or_else(|| self.place.error(format!("an axis of the input shape {json} has no size")))
    }

    /// Reads a layer; `axes` is the number of axes of its input, including the batch axis, if it is known.
    pub(super) fn layer(&self, json: &Json, axes: Option<usize>) -> Result<LayerEntry<T>> {
        let text = |value: &Json| value.as_str().map(str::to_string);
        let (Some(class_name), Some(config)) = (text(&json["class_name"]), json["config"].as_object()) else {
            return Err(self.place.error("a layer has no `class_name` or no `config`"));
        };
        let name = config.get("name").and_then(Json::as_str);
        let reader = self.at(name.unwrap_or(&class_name)).with_axes(axes);
        if MODELS.contains(&class_name.as_str()) {
            return Err(reader.place.error("it is a model within the model; only layers can be loaded there"));
        }
        check_dtype(config.get("dtype"), &reader.place)?;
        let kind = <dyn Layer<T>>::KIND;
        // These arguments belong to the entry of every layer and not to the part.
        let own: Map<_, _> = config
            .iter()
            .filter(|(name, _)| !["name", "trainable", "dtype"].contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let layer = reader.made::<dyn Layer<T>>(&reader.spec(kind, &class_name, &own)?)?;
        let trainable = config.get("trainable").and_then(Json::as_bool).unwrap_or(true);
        let entry = LayerEntry::from(layer).trainable(trainable);
        Ok(match name {
            Some(name) => entry.name(name),
            None => entry,
        })
    }
}
