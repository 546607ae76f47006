//! The architecture of a model as Keras' JSON.

use super::compiled::{self, Settings};
use super::json::{self, Json};
use super::reader::{Reader, check_dtype};
use super::{chain, groups, quirks};
use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Layer, LayerEntry, Stack};
use crate::model::Sequential;
use crate::part::Kind;
use crate::saving::place::Place;
use serde_json::{Map, json};

/// What a model file says of the model besides its weights.
pub(super) struct Architecture<T: Scalar> {
    pub(super) entries: Vec<LayerEntry<T>>,
    pub(super) input: Option<Shape>,
    /// What it was compiled with, or why that cannot be given again.
    pub(super) settings: Result<Settings<T>, String>,
}

/// The whole model, without its weights.
pub(super) fn write<T: Scalar>(model: &Sequential<T>, place: &Place) -> Result<Json> {
    let policy = json!({"module": "keras", "class_name": "DTypePolicy", "config": {"name": T::DTYPE}, "registered_name": null});
    let input = model.input_shape().map(write_shape);
    let mut layers = Vec::new();
    if let Some(shape) = &input {
        let config = json!({"batch_shape": shape, "dtype": T::DTYPE, "sparse": false, "ragged": false, "name": "input_layer"});
        layers.push(json!({"module": "keras.layers", "class_name": "InputLayer", "config": config, "registered_name": null}));
    }
    for (layer, entry) in model.layers().zip(&model.entries) {
        let place = place.member(layer.name());
        refuse_closures(entry, &place)?;
        let mut object = json::write(<dyn Layer<T>>::KIND, &layer.spec(), &place)?;
        let mut config = Map::new();
        config.insert("name".to_string(), json!(layer.name()));
        if !quirks::refuses_trainable(&*entry.layer) {
            config.insert("trainable".to_string(), json!(layer.trainable()));
        }
        config.insert("dtype".to_string(), policy.clone());
        if let Some(Json::Object(own)) = object.get_mut("config").map(Json::take) {
            config.extend(own);
        }
        set_dtype_within(&mut config, &policy);
        object["config"] = config.into();
        if let Some((network, number)) = layer.built {
            object["build_config"] = json!({"input_shape": write_shape(network.input_of(number))});
        }
        layers.push(object);
    }
    let mut config = json!({"name": "sequential", "trainable": true, "dtype": policy, "layers": layers});
    let mut object = json!({"module": "keras", "class_name": "Sequential", "registered_name": null});
    if let Some(shape) = &input {
        config["build_input_shape"] = shape.clone();
        object["build_config"] = json!({"input_shape": shape});
    }
    object["config"] = config;
    object["compile_config"] = compiled::write(model, place)?;
    Ok(object)
}

/// The whole model, without its weights, as text.
pub(in crate::saving) fn to_json<T: Scalar>(model: &Sequential<T>, place: &Place) -> Result<String> {
    Ok(write(model, place)?.to_string())
}

/// Gives the layers within a layer the number type of the model, which Keras does not pass on to them.
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

/// Fails for a layer that is, or holds, one of closures.
fn refuse_closures<T: Scalar>(entry: &LayerEntry<T>, place: &Place) -> Result<()> {
    if quirks::is_of_closures(&*entry.layer) {
        let advice = "write it as a type of its own, or save the weights alone with `save_weights`";
        return Err(place.error(format!("a `Lambda` is of closures, which no file can hold: {advice}")));
    }
    let stacks = entry.layer.branches().map_or(&[][..], |branches| branches.stacks);
    stacks.iter().flat_map(Stack::entries).try_for_each(|entry| refuse_closures(entry, place))
}

fn write_shape(shape: &Shape) -> Json {
    std::iter::once(Json::Null).chain(shape.dims().iter().map(|&extent| json!(extent))).collect()
}

/// The classes that hold layers connected to each other.
const MODELS: [&str; 3] = ["Functional", "Model", "Sequential"];

impl<T: Scalar> Reader<'_, T> {
    /// Reads a model from what Keras calls its config.
    pub(super) fn model(&self, json: &Json) -> Result<Architecture<T>> {
        let config = &json["config"];
        check_dtype(config.get("dtype"), &self.place)?;
        let layers = self.in_order(json)?;
        let mut shapes = vec![&config["build_input_shape"], &json["build_config"]["input_shape"]];
        shapes.extend(layers.first().into_iter().flat_map(|layer| {
            let config = &layer["config"];
            [&config["batch_input_shape"], &config["batch_shape"]]
        }));
        let input = self.input(&shapes)?;
        let mut entries = Vec::new();
        let mut shape = input.clone();
        for layer in layers.into_iter().filter(|layer| layer["class_name"] != "InputLayer") {
            let built_for = layer["build_config"]["input_shape"].as_array().map(Vec::len);
            let axes = shape.as_ref().map(|shape| shape.dims().len() + 1).or(built_for);
            let entry = self.layer(layer, axes)?;
            shape = shape.and_then(|shape| groups::of_layer(&entry, "", &shape, &self.place, &mut Vec::new()).ok());
            entries.push(entry);
        }
        let settings = match json.get("compile_config") {
            Some(Json::Object(settings)) if !settings.is_empty() => {
                self.at("compile_config").settings(settings).map_err(|error| error.to_string())
            }
            _ => Err(compiled::NEVER.to_string()),
        };
        Ok(Architecture { entries, input, settings })
    }

    /// The layers of a model in the order in which they follow each other.
    fn in_order<'j>(&self, json: &'j Json) -> Result<Vec<&'j Json>> {
        let config = &json["config"];
        let problem = match json["class_name"].as_str() {
            Some("Sequential") => {
                // very old files have the list itself as config
                let layers = config.get("layers").unwrap_or(config).as_array();
                let missing = || self.place.error("the model has no list of `layers`");
                return layers.map(|layers| layers.iter().collect()).ok_or_else(missing);
            }
            Some(found @ ("Functional" | "Model")) => match chain::layers(config) {
                Ok(layers) => return Ok(layers),
                Err(problem) => format!("this is a `{found}`, and {problem}"),
            },
            found => format!("this is a `{}`", found.unwrap_or("nothing")),
        };
        Err(self.place.error(format!("only a `Sequential` model or a chain of layers can be loaded; {problem}")))
    }

    /// The last of these shapes, each with that of the batch in front, that says how long every axis is; none if none
    /// is there.
    fn input(&self, shapes: &[&Json]) -> Result<Option<Shape>> {
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
        dims.map(Shape::from).ok_or_else(|| self.place.error(format!("the input shape {json} is not settled")))
    }

    /// Reads a layer whose input has so many axes, with that of the batch.
    fn layer(&self, json: &Json, axes: Option<usize>) -> Result<LayerEntry<T>> {
        let text = |value: &Json| value.as_str().map(str::to_string);
        let (Some(class_name), Some(config)) = (text(&json["class_name"]), json["config"].as_object()) else {
            return Err(self.place.error("a layer without `class_name` or `config`"));
        };
        let name = config.get("name").and_then(Json::as_str);
        let reader = self.at(name.unwrap_or(&class_name)).with_axes(axes);
        if MODELS.contains(&class_name.as_str()) {
            return Err(reader.place.error("it is a model within the model, and only layers can be loaded there"));
        }
        check_dtype(config.get("dtype"), &reader.place)?;
        let kind = <dyn Layer<T>>::KIND;
        // what every layer has is said here and not to the part
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
