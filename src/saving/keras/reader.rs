//! Reads parts from Keras' JSON.

use super::accepted::{self, Fate};
use super::json::{Json, KINDS, Parts, kind_of_argument};
use super::quirks;
use crate::base::{Error, Result};
use crate::part::{Kind, Spec, Value};
use crate::saving::place::Place;
use serde_json::Map;
use std::sync::Arc;

/// Reads the parts that a registry knows.
#[derive(Clone)]
pub(super) struct Reader<'r> {
    registry: &'r dyn Parts,
    pub(super) place: Place,
    /// The number of axes of the layer's input, including the batch axis, if it is known.
    axes: Option<usize>,
    /// True if a version before Keras 3 wrote the file.
    is_older: bool,
}

impl<'r> Reader<'r> {
    /// Makes a reader for a file of this version of Keras; a file of an unknown version is read as one of Keras 3.
    pub(super) fn new(registry: &'r dyn Parts, place: Place, version: Option<&str>) -> Self {
        let is_older = version.is_some_and(|version| version.starts_with(['1', '2']));
        Self { registry, place, axes: None, is_older }
    }

    /// Returns whether a version before Keras 3 wrote the file.
    pub(super) fn is_older(&self) -> bool {
        self.is_older
    }

    /// Returns a reader for a member of this reader's place.
    pub(super) fn at(&self, member: &str) -> Self {
        Self { place: self.place.member(member), axes: None, ..*self }
    }

    /// Sets the number of axes of the layer's input, including the batch axis.
    pub(super) fn with_axes(mut self, axes: Option<usize>) -> Self {
        self.axes = axes;
        self
    }

    /// Returns the spec of the part that JSON describes by an object or by a name.
    pub(super) fn part(&self, kind: &str, json: &Json) -> Result<Spec> {
        match json {
            Json::String(name) => Ok(Spec::named(name)),
            Json::Object(object) => match self.object(kind, object)? {
                Value::Spec(spec) => Ok(spec),
                Value::Text(name) => Ok(Spec::named(name)),
                other => Err(self.place.error(format!("{other} stands where a {kind} is wanted"))),
            },
            other => Err(self.place.error(format!("{} stands where a {kind} is wanted", shortened(other)))),
        }
    }

    /// Makes the part that a spec describes.
    pub(super) fn made<P: Kind + ?Sized>(&self, spec: &Spec) -> Result<Arc<P>> {
        let part = P::find(self.registry, spec).map_err(|error| self.refused(error))?;
        part.check_arguments().map_err(|error| self.refused(error))?;
        Ok(part)
    }

    /// Returns the error for a part that cannot be made.
    fn refused(&self, error: Error) -> Error {
        let Error::UnknownName(unknown) = error else { return self.place.error(error) };
        let (kind, name, kinds) = (unknown.kind, &unknown.name, plural(unknown.kind));
        if kind == "layer" && accepted::is_layer_of_keras(name) {
            let advice = "the module `layercake::layers` lists those that it has, and `registry.layers.register(..)` adds \
                          your own for `load_with(&registry, ..)`";
            return self.place.error(format!("`{name}` is a layer of Keras that this crate does not have: {advice}"));
        }
        let advice = format!("register your own with `registry.{kinds}.register(..)` and call `load_with(&registry, ..)`");
        self.place.error(format!("there is no {kind} named `{name}` here: {advice}"))
    }

    /// Returns the spec of an object with a class name and a config.
    fn object(&self, kind: &str, object: &Map<String, Json>) -> Result<Value> {
        let config = object.get("config").unwrap_or(&Json::Null);
        let Some(class_name) = object.get("class_name").and_then(Json::as_str) else {
            // Versions before 2.4 wrote an array of NumPy as an object with `value`.
            // Keras 1 wrote a regularizer or a constraint with its name among its arguments.
            let name = object.get("name").and_then(Json::as_str).filter(|_| ["regularizer", "constraint"].contains(&kind));
            return match (object.get("value"), name) {
                (Some(value), _) => self.value("value", None, value),
                (None, Some(name)) => Ok(Value::Spec(self.spec(kind, accepted::name_of_keras_1(name), object)?)),
                (None, None) => Err(self.place.error("an object without `class_name` stands where a part is described")),
            };
        };
        match (class_name, config) {
            ("function", Json::String(name)) if kind == "activation" => Ok(Value::Text(self.activation(name)?)),
            ("function", Json::String(name)) => Ok(Value::Text(without_package(name).to_string())),
            ("__numpy__" | "__tensor__", _) => self.value("value", None, config.get("value").unwrap_or(&Json::Null)),
            (_, Json::Object(config)) => Ok(Value::Spec(self.spec(kind, class_name, config)?)),
            (_, Json::Null) => Ok(Value::Spec(Spec::named(without_package(class_name)))),
            _ => Err(self.place.error(format!("the config of `{class_name}` is not an object"))),
        }
    }

    /// Returns the spec of a part, without the arguments that the part does not have and that change nothing.
    ///
    /// # Errors
    ///
    /// The part does not have an argument that may change what it computes.
    pub(super) fn spec(&self, kind: &str, class_name: &str, config: &Map<String, Json>) -> Result<Spec> {
        let class_name = without_package(class_name);
        let mut spec = Spec::named(class_name);
        let Some(known) = self.registry.every_argument(kind, class_name) else {
            // The error for an unknown name is returned when the part is made.
            return Ok(spec);
        };
        for (argument, json) in &*quirks::split_clipping(config) {
            match accepted::fate(kind, &known, argument, json, self.axes) {
                Fate::Taken(name, json) => {
                    spec.config.push((name.to_string(), self.value(name, known.get(name), &json)?));
                }
                Fate::PassedOver => {}
                Fate::Unsupported => {
                    let value = shortened(json);
                    let advice = format!("save the model without it, or register a {kind} of your own that has it");
                    let problem = format!("`{class_name}` has no `{argument}` here, and {value} may change numbers: {advice}");
                    return Err(self.place.error(problem));
                }
            }
        }
        Ok(spec)
    }

    /// Returns the name of an activation, whose formula must be the same as when the file was written.
    fn activation(&self, name: &str) -> Result<String> {
        let name = without_package(name);
        match accepted::CHANGED.iter().find(|(changed, _)| self.is_older && *changed == name) {
            None => Ok(name.to_string()),
            Some((_, formula)) => {
                let advice = "save the model with an activation under another name, and register that here";
                Err(self.place.error(format!("before Keras 3 `{name}` was {formula}, which differs from today: {advice}")))
            }
        }
    }

    /// Returns the spec of a layer within another layer, with its name and the flag `trainable` as arguments.
    fn inner_layer(&self, object: &Map<String, Json>) -> Result<Value> {
        let mut value = self.object("layer", object)?;
        if let (Value::Spec(spec), Some(Json::Object(config))) = (&mut value, object.get("config")) {
            check_dtype(config.get("dtype"), &self.place)?;
            spec.config.retain(|(argument, _)| !["name", "trainable", "dtype"].contains(&argument.as_str()));
            for argument in ["name", "trainable"] {
                if let Some(json) = config.get(argument).filter(|json| !json.is_null()) {
                    spec.config.push((argument.to_string(), self.value(argument, None, json)?));
                }
            }
        }
        Ok(value)
    }

    fn value(&self, argument: &str, default: Option<&Value>, json: &Json) -> Result<Value> {
        Ok(match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Value::Int(whole),
                (None, number) => Value::Float(number.unwrap_or(f64::NAN)),
            },
            Json::String(name) if kind_of_argument(argument) == "activation" => Value::Text(self.activation(name)?),
            Json::String(text) => Value::Text(text.clone()),
            // Keras writes some axes as a list of one axis, or as an empty list.
            Json::Array(values) if values.is_empty() && argument == "axis" => Value::Null,
            Json::Array(values) if values.len() == 1 && matches!(default, Some(Value::Int(_) | Value::Float(_))) => {
                return self.value(argument, default, &values[0]);
            }
            Json::Array(values) => {
                Value::List(values.iter().map(|value| self.value(argument, None, value)).collect::<Result<_>>()?)
            }
            // Versions before 2.4 wrote an array of NumPy as an object with `value`.
            Json::Object(object) if !object.contains_key("class_name") && object.contains_key("value") => {
                return self.value(argument, default, &object["value"]);
            }
            Json::Object(object) => {
                let module = object.get("module").and_then(Json::as_str).unwrap_or_default();
                let kind = KINDS.iter().find(|(_, known)| *known == module).map_or(kind_of_argument(argument), |(kind, _)| kind);
                // A layer may replace an activation.
                let kind = if kind_of_argument(argument) == "activation" { "activation" } else { kind };
                return if kind == "layer" { self.inner_layer(object) } else { self.object(kind, object) };
            }
        })
    }
}

/// Returns a name without the package in which it is registered: `Custom>Adam` becomes `Adam`.
pub(super) fn without_package(name: &str) -> &str {
    name.rsplit('>').next().unwrap_or(name)
}

/// Formats JSON for an error message; a long text is cut off.
fn shortened(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}

fn plural(kind: &str) -> String {
    if kind == "loss" { "losses".to_string() } else { format!("{kind}s") }
}

/// Fails if the name of the number type is that of a type with less than 32 bits.
pub(super) fn check_dtype(dtype: Option<&Json>, place: &Place) -> Result<()> {
    let name = dtype.and_then(|dtype| dtype.as_str().or_else(|| dtype.get("config")?.get("name")?.as_str()));
    match name {
        Some(name) if ["16", "int8", "int4", "float8"].iter().any(|part| name.contains(part)) => {
            Err(place.error(format!("the dtype is `{name}`; only `float32` and `float64` models can be loaded")))
        }
        _ => Ok(()),
    }
}
