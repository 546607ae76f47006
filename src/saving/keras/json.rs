//! Writes the specs of parts as Keras' JSON.
//!
//! A part is `{"module": .., "class_name": .., "config": {..}, "registered_name": ..}`; an activation is the name of a
//! function. A part of the user's own has no module; its `registered_name` is the name under which Python looks it up in
//! `custom_objects`.

use super::quirks;
use crate::base::{Result, snake_case};
use crate::kernels::Scalar;
use crate::part::{Lookup, Spec, Value};
use crate::saving::Registry;
use crate::saving::place::Place;
use serde_json::{Map, json};

pub(super) use serde_json::Value as Json;

/// The kinds of parts with their modules in Keras.
pub(super) const KINDS: [(&str, &str); 9] = [
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

/// The layers that replace an activation with arguments, because the name of a function cannot hold arguments.
const ACTIVATION_LAYERS: [&str; 4] = ["ELU", "LeakyReLU", "ReLU", "Softmax"];

/// A registry for models of any number type.
pub(super) trait Parts: Lookup {
    /// Returns the spec with all arguments of the part with this kind and name.
    fn every_argument(&self, kind: &str, name: &str) -> Option<Spec>;
}

impl<T: Scalar> Parts for Registry<T> {
    fn every_argument(&self, kind: &str, name: &str) -> Option<Spec> {
        match kind {
            "activation" => self.activations.every_argument(name),
            "constraint" => self.constraints.every_argument(name),
            "initializer" => self.initializers.every_argument(name),
            "layer" => self.layers.every_argument(name),
            "loss" => self.losses.every_argument(name),
            "metric" => self.metrics.every_argument(name),
            "optimizer" => self.optimizers.every_argument(name),
            "regularizer" => self.regularizers.every_argument(name),
            "schedule" => self.schedules.every_argument(name),
            _ => None,
        }
    }
}

/// Returns the kind of part that the name of an argument ends with: `kernel_initializer` is an initializer.
pub(super) fn kind_of_argument(argument: &str) -> &str {
    match argument {
        "learning_rate" => "schedule",
        "layers" => "layer",
        _ => argument.rsplit('_').next().unwrap_or(argument),
    }
}

/// Returns the JSON of a part; `built_in` holds the crate's own parts.
pub(super) fn write(built_in: &dyn Parts, kind: &str, spec: &Spec, place: &Place) -> Result<Json> {
    let known = built_in.every_argument(kind, &spec.class_name).filter(|known| known.class_name == spec.class_name);
    let (mut module, mut class_name) =
        (KINDS.iter().find(|(known, _)| *known == kind).map(|(_, module)| *module), &*spec.class_name);
    let mut registered = None;
    if known.is_some() && class_name == "crossentropy" {
        // This is the only name in Keras that stands for several classes; the shapes determine the class.
        return Ok(json!("crossentropy"));
    }
    if kind == "activation" {
        // Keras' function `threshold` has no defaults.
        if class_name != "threshold" && known.as_ref().is_some_and(|known| known == spec) {
            return Ok(json!(spec.class_name));
        }
        let layer = ACTIVATION_LAYERS.iter().find(|layer| snake_case(layer).replace('_', "") == class_name.replace('_', ""));
        match (&known, layer) {
            (Some(_), Some(layer)) => (module, class_name) = (Some("keras.layers"), layer),
            _ => (module, registered) = (None, Some(class_name)),
        }
    } else if known.is_none() || (kind == "layer" && spec.get("layers").is_some()) {
        // Keras has no class for a layer that holds stacks.
        (module, registered) = (None, Some(class_name));
    }
    let mut config = Map::new();
    for (argument, value) in &spec.config {
        config.insert(argument.clone(), write_value(built_in, argument, value, place)?);
    }
    quirks::join_clipping(class_name, &mut config);
    Ok(object(module, class_name, config.into(), registered))
}

fn write_value(built_in: &dyn Parts, argument: &str, value: &Value, place: &Place) -> Result<Json> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int(number) => json!(number),
        Value::Float(number) if number.is_finite() => json!(number),
        Value::Float(number) => return Err(place.error(format!("the argument `{argument}` is {number}, which JSON cannot hold"))),
        Value::Text(text) => json!(text),
        Value::List(values) => values.iter().map(|value| write_value(built_in, argument, value, place)).collect::<Result<_>>()?,
        Value::Spec(spec) => {
            let named = kind_of_argument(argument);
            let is_built_in = |kind: &&str| {
                built_in.every_argument(kind, &spec.class_name).is_some_and(|known| known.class_name == spec.class_name)
            };
            let kinds = std::iter::once(named).chain(KINDS.iter().map(|(kind, _)| *kind));
            write(built_in, kinds.clone().find(is_built_in).unwrap_or(named), spec, place)?
        }
    })
}

/// Returns the JSON of an object of a class.
pub(super) fn object(module: Option<&str>, class_name: &str, config: Json, registered_name: Option<&str>) -> Json {
    json!({"module": module, "class_name": class_name, "config": config, "registered_name": registered_name})
}

/// Returns the JSON of the number type of a layer.
pub(super) fn policy(dtype: &str) -> Json {
    object(Some("keras"), "DTypePolicy", json!({"name": dtype}), None)
}

/// Returns the JSON of a tensor, the output of a layer; the history has the layer, the number of its call and of its output.
pub(super) fn tensor(shape: Json, dtype: &str, history: Json) -> Json {
    json!({"class_name": "__keras_tensor__", "config": {"shape": shape, "dtype": dtype, "keras_history": history}})
}

/// Returns the JSON of a call of a layer with these arguments.
pub(super) fn call(arguments: Json) -> Json {
    json!({"args": arguments, "kwargs": {}})
}

/// Reads JSON; serde_json limits the depth of nesting.
pub(super) fn parse(bytes: &[u8], place: &Place) -> Result<Json> {
    serde_json::from_slice(bytes).map_err(|error| place.error(error))
}
