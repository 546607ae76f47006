//! Writes and reads the architecture of a model as Keras' JSON.

use super::builder::{Builder, Container, DescribedLayer, Layers};
use super::compiled::{self, Settings};
use super::functional::{Connections, write_shape};
use super::json::{self, Json, Parts};
use super::nodes::{self, NamedNode};
use super::operations;
use super::outline::{LayerPlace, Places};
use super::quirks;
use super::reader::{Reader, check_dtype};
use super::view::ModelView;
use crate::base::{Result, Shape};
use crate::graph::Graph;
use crate::kernels::Scalar;
use crate::model::Model;
use crate::part::Part;
use crate::saving::Registry;
use crate::saving::place::Place;
use serde_json::{Map, json};

/// The layers of a model in a file.
pub(super) struct Architecture<T: Scalar> {
    pub(super) graph: Graph<T>,
    /// The place of each layer in the file.
    pub(super) places: Vec<LayerPlace>,
    /// The shape of a sample, with the values of all inputs, if it is known.
    pub(super) input: Option<Shape>,
}

/// Returns the JSON of a model without its weights: a `Sequential` if the model is a chain of layers, else a `Functional`.
pub(super) fn write<T: Scalar>(model: &Model<T>, place: &Place) -> Result<Json> {
    write_view(&ModelView::of(model), &Registry::<T>::default(), place)
}

/// Returns the JSON of a model without its weights, as text.
pub(in crate::saving) fn to_json<T: Scalar>(model: &Model<T>, place: &Place) -> Result<String> {
    Ok(write(model, place)?.to_string())
}

fn write_view(model: &ModelView<'_>, built_in: &dyn Parts, place: &Place) -> Result<Json> {
    let (graph, shapes) = (&model.graph, model.shapes.as_deref());
    let policy = json::policy(model.dtype);
    let input = model.input.map(write_shape);
    let nodes = graph.in_order_of_keras();
    let mut layers = Vec::new();
    if let (Some(shape), [] | [_]) = (&input, graph.inputs) {
        layers.push(write_input(graph.name_of_data(), shape, model.dtype));
    }
    for named in &nodes {
        layers.push(match named.node.input {
            Some(input) => write_input(&named.name, &write_shape(&input.shape), model.dtype),
            None => write_built(model, named, built_in, &policy, &place.member(&named.name))?,
        });
    }
    // a layer that takes a list is in a functional model, which needs the shapes of a model that is built
    let is_chain = graph.is_chain() && (shapes.is_none() || !graph.has_merging());
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
        let Some(shapes) = shapes else {
            return Err(place.error("the JSON of a model that is not a chain of layers needs shapes: build the model first"));
        };
        let connections = Connections { graph, nodes: &nodes, shapes, dtype: model.dtype };
        connections.connect(&mut layers);
        connections.write(operations::expand(layers, &nodes, graph, model.dtype, place)?)
    };
    let key = quirks::key_of_settings(model.settings.as_ref());
    object[key] = compiled::write(built_in, model, place)?;
    Ok(object)
}

/// Returns the JSON of an input without its connections, of which it has none.
pub(super) fn write_input(name: &str, shape: &Json, dtype: &str) -> Json {
    let config = json!({"batch_shape": shape, "dtype": dtype, "sparse": false, "ragged": false, "name": name});
    json::object(Some("keras.layers"), "InputLayer", config, None)
}

/// Returns the JSON of a layer without its connections, with the shapes of its inputs if they are known.
fn write_built(model: &ModelView<'_>, named: &NamedNode<'_>, built_in: &dyn Parts, policy: &Json, place: &Place) -> Result<Json> {
    let layer = named.node.layer;
    let mut json = write_layer(built_in, layer, &named.name, model.trainable[named.number], policy, place)?;
    if let Some(shapes) = &model.shapes {
        if quirks::needs_output_shape(layer) {
            json["config"]["output_shape"] = shapes[named.number + 1].dims().into();
        }
        let inputs: Vec<Json> = named.node.reads.iter().map(|&value| write_shape(shapes[value])).collect();
        json["build_config"] = match <[Json; 1]>::try_from(inputs) {
            Ok([shape]) if !nodes::is_merging(layer) => json!({"input_shape": shape}),
            Ok([shape]) => json!({"input_shape": [shape]}),
            Err(shapes) => json!({"input_shape": shapes}),
        };
    }
    Ok(json)
}

/// Returns the JSON of a layer without its connections and shapes.
fn write_layer(
    built_in: &dyn Parts,
    layer: &dyn Part,
    name: &str,
    trainable: bool,
    policy: &Json,
    place: &Place,
) -> Result<Json> {
    if quirks::is_of_closures(layer) {
        let advice = "write it as a type of its own, or save the weights alone with `save_weights`";
        return Err(place.error(format!("a `Lambda` is of closures, which no file can hold: {advice}")));
    }
    let mut object = json::write(built_in, "layer", &layer.spec(), place)?;
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

/// Reads the layers of a model from its JSON.
pub(super) fn read<T: Scalar>(reader: &Reader<'_>, json: &Json) -> Result<Architecture<T>> {
    let class = reader.class(json)?;
    let layers = layers_of(json, &reader.place)?;
    let mut builder = match class {
        ModelClass::Chain => Builder::new(Vec::new(), reader.input_of_chain(json, layers)?),
        ModelClass::Graph => Builder::new(reader.inputs_of_graph(&json["config"], layers)?, None),
    };
    let whole = Container { inputs: builder.inputs(), place: &LayerPlace::default(), name: None, trainable: true };
    let outputs = reader.layers(json, class, &whole, &mut builder)?;
    let (graph, places, input) = builder.finish(outputs);
    Ok(Architecture { graph, places, input })
}

impl<'r> Reader<'r> {
    /// Returns how the layers of a whole model are connected.
    fn class(&self, json: &Json) -> Result<ModelClass> {
        let found = json.get("class_name").and_then(Json::as_str).unwrap_or("nothing");
        let Some(class) = ModelClass::of(found) else {
            let advice = "load its weights into a model with the same layers with `load_weights`";
            let problem = format!("only `Sequential` and `Functional` models can be loaded, and this is a `{found}`: {advice}");
            return Err(self.place.error(problem));
        };
        check_dtype(json["config"].get("dtype"), &self.place)?;
        Ok(class)
    }

    /// Returns the compile settings in the JSON of a model with these outputs, or the reason why they cannot be used.
    pub(super) fn settings_within(&self, json: &Json, outputs: &[String]) -> Result<Settings<'r>, String> {
        match quirks::settings(json) {
            (key, Json::Object(settings)) if !settings.is_empty() => {
                self.at(key).settings(settings, outputs).map_err(|error| error.to_string())
            }
            _ => Err(compiled::NEVER.to_string()),
        }
    }

    /// Reads the layers of a model, and returns the numbers of the values that are its outputs.
    fn layers(&self, json: &Json, class: ModelClass, model: &Container, builder: &mut dyn Layers) -> Result<Vec<usize>> {
        let layers = layers_of(json, &self.place)?;
        match class {
            ModelClass::Chain => self.chain(layers, model, builder),
            ModelClass::Graph => self.graph(&json["config"], layers, model, builder),
        }
    }

    fn input_of_chain(&self, json: &Json, layers: &[Json]) -> Result<Option<Shape>> {
        let mut shapes = vec![&json["config"]["build_input_shape"], &json["build_config"]["input_shape"]];
        // The first layer of a chain may be a model, whose input is that of the chain.
        let (mut first, mut depth) = (layers.first(), 0);
        while let Some(layer) = first.filter(|_| depth < DEEPEST) {
            let config = &layer["config"];
            let inner = [&config["build_input_shape"], &layer["build_config"]["input_shape"]];
            let is_model = layer["class_name"].as_str().and_then(ModelClass::of).is_some();
            shapes.extend(inner.into_iter().filter(|_| is_model));
            shapes.extend([&config["batch_input_shape"], &config["batch_shape"]]);
            first = layers_of(layer, &self.place).ok().and_then(|layers| layers.first()).filter(|_| is_model);
            depth += 1;
        }
        self.input(&shapes)
    }

    /// Reads the layers of a chain, each of which reads the output of the previous layer.
    fn chain(&self, layers: &[Json], model: &Container, builder: &mut dyn Layers) -> Result<Vec<usize>> {
        let &[mut value] = &model.inputs[..] else {
            return Err(self
                .place
                .error(format!("it is a `Sequential` that reads {} values, and it has one input", model.inputs.len())));
        };
        let mut places = Places::within(model.place);
        for (position, layer) in layers.iter().enumerate() {
            let place = places.next(layer["class_name"].as_str().unwrap_or_default(), position);
            if layer["class_name"] != "InputLayer" {
                let outputs = self.placed(layer, vec![value], None, place, model, builder)?;
                let &[output] = &outputs[..] else {
                    let problem = format!("a model with {} outputs is within a `Sequential`", outputs.len());
                    return Err(self.place.error(problem));
                };
                value = output;
            }
        }
        Ok(vec![value])
    }

    /// Reads a layer, or the layers of a model within the model, and returns the numbers of the values that are its outputs.
    ///
    /// `axes` is the number of axes of its input, if only the file has it.
    pub(super) fn placed(
        &self,
        layer: &Json,
        reads: Vec<usize>,
        axes: Option<usize>,
        place: LayerPlace,
        model: &Container,
        builder: &mut dyn Layers,
    ) -> Result<Vec<usize>> {
        let class_name = layer["class_name"].as_str().unwrap_or_default();
        let Some(class) = ModelClass::of(class_name) else {
            let built_for = axes.or(layer["build_config"]["input_shape"].as_array().map(Vec::len));
            let axes = reads.first().and_then(|&first| builder.axes(first)).or(built_for);
            return Ok(vec![builder.push(self.layer(layer, axes)?, reads, place, model)?]);
        };
        let config = &layer["config"];
        let name = config["name"].as_str().unwrap_or(class_name);
        let reader = self.at(name);
        check_dtype(config.get("dtype"), &reader.place)?;
        if place.position.len() > DEEPEST {
            return Err(reader.place.error(format!("models are within models more than {DEEPEST} deep")));
        }
        let trainable = model.trainable && config["trainable"].as_bool().unwrap_or(true);
        reader.layers(layer, class, &Container { inputs: reads, place: &place, name: Some(name), trainable }, builder)
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
    fn layer(&self, json: &Json, axes: Option<usize>) -> Result<DescribedLayer<'r>> {
        let text = |value: &Json| value.as_str().map(str::to_string);
        let (Some(class_name), Some(config)) = (text(&json["class_name"]), json["config"].as_object()) else {
            return Err(self.place.error("a layer has no `class_name` or no `config`"));
        };
        let name = config.get("name").and_then(Json::as_str);
        let reader = self.at(name.unwrap_or(&class_name)).with_axes(axes);
        check_dtype(config.get("dtype"), &reader.place)?;
        // These arguments belong to the entry of every layer and not to the part.
        let own: Map<_, _> = config
            .iter()
            .filter(|(name, _)| !["name", "trainable", "dtype"].contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let spec = reader.spec("layer", &class_name, &own)?;
        let trainable = config.get("trainable").and_then(Json::as_bool).unwrap_or(true);
        // Keras 2 allowed `/` in a name.
        let name = name.filter(|name| !name.is_empty()).map(|name| name.replace('/', "_"));
        Ok(DescribedLayer { reader, spec, name, trainable })
    }
}

/// How the layers of a model are connected.
#[derive(Clone, Copy)]
pub(super) enum ModelClass {
    /// Each layer reads the output of the previous layer.
    Chain,
    /// Each layer names the layers whose outputs it reads.
    Graph,
}

impl ModelClass {
    pub(super) fn of(class_name: &str) -> Option<Self> {
        match class_name {
            "Sequential" => Some(Self::Chain),
            "Functional" | "Model" => Some(Self::Graph),
            _ => None,
        }
    }
}

/// The largest depth of models within models.
const DEEPEST: usize = 16;

/// Returns the list of the layers of a model.
fn layers_of<'j>(json: &'j Json, place: &Place) -> Result<&'j [Json]> {
    // Before Keras 2.2.3, the config of a `Sequential` was the list itself.
    let layers = json["config"].get("layers").unwrap_or(&json["config"]);
    layers.as_array().map(Vec::as_slice).ok_or_else(|| place.error("the model has no list of `layers`"))
}
