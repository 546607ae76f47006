//! Between our descriptions of parts and Keras' JSON.
//!
//! A part is `{"module": .., "class_name": .., "config": {..}, "registered_name": ..}` there, an activation the bare name
//! of a function. A part of the user's own has no module, and its name as `registered_name`, under which Python finds
//! it in `custom_objects`.

use super::Registry;
use super::place::Place;
use crate::base::snake_case;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::layers::Layer;
use crate::part::{Kind, Spec, Value};
use serde_json::{Map, json};

pub(super) use serde_json::Value as Json;

/// Each kind of part, and the module of Keras it is in.
const KINDS: [(&str, &str); 9] = [
    ("activation", "keras.activations"),
    ("constraint", "keras.constraints"),
    ("initializer", "keras.initializers"),
    ("layer", "keras.layers"),
    ("loss", "keras.losses"),
    ("metric", "keras.metrics"),
    ("optimizer", "keras.optimizers"),
    ("regularizer", "keras.regularizers"),
    ("schedule", "keras.optimizers.schedules"),
];

/// The layers that can stand in for an activation with arguments, which a function's name has no place for.
const ACTIVATION_LAYERS: [&str; 4] = ["ELU", "LeakyReLU", "ReLU", "Softmax"];

/// The layers on stacks of layers; those of these names in Keras take the outputs of other layers instead.
const COMPOSITES: [&str; 8] = ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Residual", "Subtract"];

fn built_in(kind: &str, class_name: &str) -> Option<Spec> {
    Registry::<f64>::default().defaults(kind, class_name)
}

impl<T: Scalar> Registry<T> {
    /// The spec with all its arguments of the part of this kind and name.
    pub(super) fn defaults(&self, kind: &str, name: &str) -> Option<Spec> {
        match kind {
            "activation" => self.activations.defaults(name),
            "constraint" => self.constraints.defaults(name),
            "initializer" => self.initializers.defaults(name),
            "layer" => self.layers.defaults(name),
            "loss" => self.losses.defaults(name),
            "metric" => self.metrics.defaults(name),
            "optimizer" => self.optimizers.defaults(name),
            "regularizer" => self.regularizers.defaults(name),
            "schedule" => self.schedules.defaults(name),
            _ => None,
        }
    }
}

/// The kind that an argument is named after: `kernel_initializer` is an initializer.
fn kind_of_argument(argument: &str) -> &str {
    match argument {
        "learning_rate" => "schedule",
        "layers" => "layer",
        _ => argument.rsplit('_').next().unwrap_or(argument),
    }
}

/// What a part is in Keras' JSON.
pub(super) fn write(kind: &str, spec: &Spec, place: &Place) -> Result<Json> {
    let known = built_in(kind, &spec.class_name).filter(|known| known.class_name == spec.class_name);
    let (mut module, mut class_name) =
        (KINDS.iter().find(|(known, _)| *known == kind).map(|(_, module)| *module), &*spec.class_name);
    let mut registered = Json::Null;
    if known.is_some() && class_name == "crossentropy" {
        // the one name of Keras that stands for several classes, of which the shapes choose
        return Ok(json!("crossentropy"));
    }
    if kind == "activation" {
        // Keras' function `threshold` has no defaults
        if class_name != "threshold" && known.as_ref().is_some_and(|known| known == spec) {
            return Ok(json!(spec.class_name));
        }
        let layer = ACTIVATION_LAYERS.iter().find(|layer| snake_case(layer).replace('_', "") == class_name.replace('_', ""));
        match (&known, layer) {
            (Some(_), Some(layer)) => (module, class_name) = (Some("keras.layers"), layer),
            _ => (module, registered) = (None, json!(spec.class_name)),
        }
    } else if known.is_none() || (kind == "layer" && COMPOSITES.contains(&class_name)) {
        (module, registered) = (None, json!(spec.class_name));
    }
    let mut config = Map::new();
    for (argument, value) in &spec.config {
        config.insert(argument.clone(), write_value(argument, value, place)?);
    }
    Ok(json!({"module": module, "class_name": class_name, "config": config, "registered_name": registered}))
}

fn write_value(argument: &str, value: &Value, place: &Place) -> Result<Json> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int(number) => json!(number),
        Value::Float(number) if number.is_finite() => json!(number),
        Value::Float(number) => return Err(place.error(format!("the argument `{argument}` is {number}, which JSON cannot hold"))),
        Value::Text(text) => json!(text),
        Value::List(values) => values.iter().map(|value| write_value(argument, value, place)).collect::<Result<_>>()?,
        Value::Spec(spec) => {
            let named = kind_of_argument(argument);
            let is_built_in =
                |kind: &&str| built_in(kind, &spec.class_name).is_some_and(|known| known.class_name == spec.class_name);
            let kinds = std::iter::once(named).chain(KINDS.iter().map(|(kind, _)| *kind));
            write(kinds.clone().find(is_built_in).unwrap_or(named), spec, place)?
        }
    })
}

/// Reads parts, as far as a registry knows them.
#[derive(Clone)]
pub(super) struct Reader<'r, T: Scalar> {
    pub(super) registry: &'r Registry<T>,
    pub(super) place: Place,
}

impl<T: Scalar> Reader<'_, T> {
    /// Makes the part that stands here: an object, or the bare name.
    pub(super) fn part<P: Kind + ?Sized>(&self, json: &Json) -> Result<std::sync::Arc<P>> {
        let spec = match json {
            Json::String(name) => Spec::named(name),
            Json::Object(object) => match self.object(P::KIND, object)? {
                Value::Spec(spec) => spec,
                Value::Text(name) => Spec::named(name),
                other => return Err(self.place.error(format!("{other} stands where a {} is wanted", P::KIND))),
            },
            other => return Err(self.place.error(format!("{other} stands where a {} is wanted", P::KIND))),
        };
        self.made(&spec)
    }

    /// Makes the part that a spec describes.
    pub(super) fn made<P: Kind + ?Sized>(&self, spec: &Spec) -> Result<std::sync::Arc<P>> {
        let part = self.registry.part::<P>(spec).and_then(|part| part.check_arguments().map(|()| part));
        part.map_err(|error| match error {
            Error::UnknownName(unknown) => self.place.error(format!(
                "{unknown}; a part of your own must be registered before: `registry.{}.register(..)`, then `load_with(&registry, ..)`",
                plural(unknown.kind),
            )),
            other => self.place.error(other),
        })
    }

    /// The spec of an object with a class name and a config.
    fn object(&self, kind: &str, object: &Map<String, Json>) -> Result<Value> {
        let Some(class_name) = object.get("class_name").and_then(Json::as_str) else {
            return Err(self.place.error("an object without `class_name` stands where a part is described"));
        };
        let config = object.get("config").unwrap_or(&Json::Null);
        match (class_name, config) {
            ("function", Json::String(name)) => Ok(Value::Text(name.rsplit('>').next().unwrap_or(name).to_string())),
            ("__numpy__" | "__tensor__", _) => self.value("value", None, config.get("value").unwrap_or(&Json::Null)),
            (_, Json::Object(config)) => Ok(Value::Spec(self.spec(kind, class_name, config)?)),
            (_, Json::Null) => Ok(Value::Spec(Spec::named(class_name))),
            _ => Err(self.place.error(format!("the config of `{class_name}` is not an object"))),
        }
    }

    /// The arguments of a part, without those it does not know and that change nothing.
    pub(super) fn spec(&self, kind: &str, class_name: &str, config: &Map<String, Json>) -> Result<Spec> {
        let known = self.registry.defaults(kind, class_name);
        let mut spec = Spec::named(class_name);
        for (argument, json) in config {
            let default = known.as_ref().map(|known| known.get(argument));
            if default == Some(None) && is_harmless(argument, json) {
                continue;
            }
            spec.config.push((argument.clone(), self.value(argument, default.flatten(), json)?));
        }
        Ok(spec)
    }

    /// A layer within another keeps its name, and whether it is trained, beside its arguments.
    fn inner_layer(&self, object: &Map<String, Json>) -> Result<Value> {
        let kind = <dyn Layer<T>>::KIND;
        let mut value = self.object(kind, object)?;
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
            Json::String(text) => Value::Text(text.clone()),
            // Keras writes some axes as lists: one, or none
            Json::Array(values) if values.is_empty() && argument == "axis" => Value::Null,
            Json::Array(values) if values.len() == 1 && matches!(default, Some(Value::Int(_))) => {
                return self.value(argument, default, &values[0]);
            }
            Json::Array(values) => {
                Value::List(values.iter().map(|value| self.value(argument, None, value)).collect::<Result<_>>()?)
            }
            Json::Object(object) => {
                let module = object.get("module").and_then(Json::as_str).unwrap_or_default();
                let kind = KINDS.iter().find(|(_, known)| *known == module).map_or(kind_of_argument(argument), |(kind, _)| kind);
                // a layer may stand in for an activation
                let kind = if kind_of_argument(argument) == "activation" { "activation" } else { kind };
                return if kind == "layer" { self.inner_layer(object) } else { self.object(kind, object) };
            }
        })
    }
}

fn plural(kind: &str) -> String {
    if kind == "loss" { "losses".to_string() } else { format!("{kind}s") }
}

/// Whether an argument of Keras changes no number with this value, so that a part need not know it.
fn is_harmless(argument: &str, json: &Json) -> bool {
    let is_off = json.is_null() || *json == json!(false);
    match argument {
        "axis" => is_off || *json == json!(-1) || *json == json!([-1]),
        "dtype" | "name" | "seed" | "trainable" => true,
        // they say nothing while `use_ema` and `renorm` are off
        "ema_momentum" | "renorm_momentum" => true,
        _ => is_off,
    }
}

/// Fails for a number type whose arithmetic is not that of this crate.
pub(super) fn check_dtype(dtype: Option<&Json>, place: &Place) -> Result<()> {
    let name = dtype.and_then(|dtype| dtype.as_str().or_else(|| dtype.get("config")?.get("name")?.as_str()));
    match name {
        Some(name) if ["16", "int8", "int4", "float8"].iter().any(|part| name.contains(part)) => {
            Err(place.error(format!("the dtype is `{name}`; only `float32` and `float64` models can be loaded")))
        }
        _ => Ok(()),
    }
}
