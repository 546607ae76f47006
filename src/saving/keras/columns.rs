//! The encoding of the columns of a table as operations of Keras, in front of the networks.
//!
//! The model has an input for each column of numbers and for each list of levels, and the networks are a model within it. All
//! inputs are encoded together. An output of the encoding is `a + b` of an input `x`, with constants for each output:
//!
//! ```text
//! s = clamp((x - low) factor, least, most) + offset,  a = s / sqrt(1 + (s softness)^2),  b = 1 if from <= x < to, else 0
//! ```
//!
//! If `x` is NaN, the output is NaN, or the constant for a missing number.

use super::json::Json;
use super::operations::{constant, operation};
use super::outline::{GroupNames, LAYERS};
use super::quirks;
use crate::base::{Result, free_name, snake_case};
use crate::saving::h5::Tree;
use crate::saving::place::Place;
use serde_json::json;

/// The name of the whole model, by which a file of a table model is known.
const WHOLE: &str = "table_model";
/// The name of the networks within it.
const NETWORKS: &str = "networks";
/// The name of the output of the encoding, with which the names of all its operations start.
const FEATURES: &str = "features";
/// The name of the layer that gives a number its units.
const ANSWER: &str = "answer";

/// The columns of a table as inputs of a model of Keras, and how they become the inputs of the networks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Columns {
    /// The names of the inputs, which [`name_of_input`] made.
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<Encoded>,
    /// The scale and the offset of the answer, if it is a number.
    pub(crate) answer: Option<[f64; 2]>,
}

/// An output of the encoding; the formula is that of the module.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Encoded {
    /// The number of the input that is read.
    pub(crate) input: usize,
    pub(crate) low: f64,
    pub(crate) factor: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) offset: f64,
    pub(crate) softness: f64,
    /// `from` and `to`.
    pub(crate) range: Option<[f64; 2]>,
    /// The output for a missing number, if it is no error.
    pub(crate) missing: Option<f64>,
}

impl Encoded {
    /// The output that is 0 for every number.
    pub(crate) fn zero(input: usize) -> Self {
        let (low, factor, offset, softness) = (0.0, 0.0, 0.0, 0.0);
        let (least, most) = (f64::NEG_INFINITY, f64::INFINITY);
        Self { input, low, factor, least, most, offset, softness, range: None, missing: None }
    }
}

/// Returns a name for an input that Keras takes on every backend, and that is none of `taken`.
pub(crate) fn name_of_input(text: &str, taken: &[String]) -> String {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
    let name: String = text.chars().map(|letter| if is_allowed(letter) { letter } else { '_' }).collect();
    let own = [WHOLE, NETWORKS, FEATURES, ANSWER].iter().any(|own| name.starts_with(own));
    let name =
        if own || !name.starts_with(|letter: char| letter.is_ascii_alphanumeric()) { format!("column_{name}") } else { name };
    free_name(name, |name| !taken.contains(name))
}

/// Returns whether this is the JSON of a table model.
pub(super) fn is_table_model(config: &Json) -> bool {
    config["config"]["name"] == WHOLE
}

/// Takes the JSON of the networks out of that of a table model, with its compile settings; returns it with the group of its
/// weights.
pub(super) fn take_networks(mut config: Json, place: &Place) -> Result<(Json, String)> {
    let missing = || place.error(format!("it is no file of a table model: it has no model `{NETWORKS}` within the model"));
    let (key, settings) = quirks::settings(&config);
    let settings = (key, settings.clone());
    let layers = config["config"]["layers"].as_array_mut().ok_or_else(missing)?;
    let mut names = GroupNames::default();
    for layer in layers {
        let class_name = layer["class_name"].as_str().unwrap_or_default();
        let group = names.next(&snake_case(class_name), LAYERS);
        if layer["config"]["name"] == NETWORKS && layer["config"]["layers"].is_array() {
            let mut networks = layer.take();
            networks[settings.0] = settings.1;
            return Ok((networks, group));
        }
    }
    Err(missing())
}

/// Returns the content of the weights file of a table model, given that of its networks.
pub(super) fn weights(networks: Tree) -> Tree {
    let mut root = Tree::default();
    root.group("vars").set_name(WHOLE);
    let group = GroupNames::default().next("functional", LAYERS);
    for (name, tree) in networks.groups {
        let own = if name == "optimizer" { name } else { format!("{group}/{name}") };
        *root.group(&own) = tree;
    }
    root
}

impl Columns {
    /// Returns the JSON of the table model, given that of its networks and the number of their outputs.
    pub(super) fn around(&self, mut networks: Json, outputs: usize) -> Json {
        let mut layers = Layers { json: self.inputs.iter().map(|name| input(name)).collect(), width: self.outputs.len() };
        let features = self.encode(&mut layers);
        let mut object = json!({"module": "keras.src.models.functional", "class_name": "Functional"});
        let key = quirks::settings(&networks).0;
        let settings = networks[key].take();
        networks.as_object_mut().map(|networks| networks.shift_remove(key));
        networks["config"]["name"] = json!(NETWORKS);
        layers.width = outputs;
        let mut answer = layers.push(networks, NETWORKS, json!([features]), "float32");
        if let Some([scale, offset]) = self.answer {
            answer =
                layers.push(layer("Rescaling", json!({"scale": scale, "offset": offset})), ANSWER, json!([answer]), "float32");
        }
        let history = |name: &str| json!([name, 0, 0]);
        let inputs: serde_json::Map<String, Json> = self.inputs.iter().map(|name| (name.clone(), history(name))).collect();
        object["config"] = json!({
            "name": WHOLE,
            "trainable": true,
            "layers": layers.json,
            "input_layers": inputs,
            "output_layers": answer["config"]["keras_history"],
        });
        object["registered_name"] = json!("Functional");
        object["build_config"] = json!({"input_shape": null});
        object[key] = settings;
        object
    }

    /// Adds the operations of the encoding, and returns the tensor of the features.
    fn encode(&self, layers: &mut Layers) -> Json {
        let numbers = |value: &dyn Fn(&Encoded) -> f32| {
            let values = self.outputs.iter().map(|output| value(output).clamp(f32::MIN, f32::MAX));
            constant(values.collect::<Vec<f32>>(), "float32")
        };
        let columns: Vec<Json> = self.inputs.iter().map(|name| tensor(name, 1, "float32")).collect();
        let mut concatenate = layer("Concatenate", json!({"axis": -1}));
        concatenate["build_config"] = json!({"input_shape": vec![json!([null, 1]); columns.len()]});
        let (width, joined) = (std::mem::replace(&mut layers.width, columns.len()), format!("{FEATURES}_columns"));
        let columns = layers.push(concatenate, &joined, json!([columns]), "float32");
        layers.width = width;

        let places = constant(self.outputs.iter().map(|output| output.input).collect::<Vec<_>>(), "int32");
        let x = layers.numbers("Take", "column", json!([columns, places]));
        // two constants for `low`, so that the difference has the digits that single precision has near 0
        let s = layers.numbers("Subtract", "minus_low", json!([x, numbers(&|output| output.low as f32)]));
        let rest = |output: &Encoded| (output.low - f64::from(output.low as f32)) as f32;
        let s = layers.numbers("Subtract", "minus_rest", json!([s, numbers(&rest)]));
        let s = layers.numbers("Multiply", "times_factor", json!([s, numbers(&|output| output.factor as f32)]));
        let s = layers.numbers("Maximum", "at_least", json!([s, numbers(&|output| output.least as f32)]));
        let s = layers.numbers("Minimum", "at_most", json!([s, numbers(&|output| output.most as f32)]));
        let s = layers.numbers("Add", "plus_offset", json!([s, numbers(&|output| output.offset as f32)]));
        let soft = layers.numbers("Multiply", "times_softness", json!([s, numbers(&|output| output.softness as f32)]));
        let soft = layers.numbers("Square", "squared", json!([soft]));
        let soft = layers.numbers("Add", "plus_one", json!([soft, numbers(&|_| 1.0)]));
        let soft = layers.numbers("Sqrt", "root", json!([soft]));
        let a = layers.numbers("Divide", "clipped", json!([s, soft]));

        let end = |output: &Encoded, end: usize| output.range.map_or([f32::MAX, f32::MIN][end], |range| round_up(range[end]));
        let from = layers.flags("GreaterEqual", "is_from", json!([x, numbers(&|output| end(output, 0))]));
        let to = layers.flags("Less", "is_below", json!([x, numbers(&|output| end(output, 1))]));
        let within = layers.flags("LogicalAnd", "is_within", json!([from, to]));
        let b = layers.numbers("Cast", "level", json!([within]));
        let known = layers.numbers("Add", "known", json!([a, b]));

        let is_missing = layers.flags("Isnan", "is_missing", json!([x]));
        let may_be: Vec<bool> = self.outputs.iter().map(|output| output.missing.is_some()).collect();
        let is_missing = layers.flags("LogicalAnd", "is_filled", json!([is_missing, constant(may_be, "bool")]));
        let missing = numbers(&|output| output.missing.unwrap_or_default() as f32);
        layers.numbers("Where", "", json!([is_missing, missing, known]))
    }
}

/// Returns the smallest number in single precision that is not below a number.
fn round_up(number: f64) -> f32 {
    let rounded = number as f32;
    if f64::from(rounded) < number { rounded.next_up() } else { rounded }
}

/// The layers and operations of a model, in the order of their computation.
struct Layers {
    json: Vec<Json>,
    /// The width of the outputs.
    width: usize,
}

impl Layers {
    /// Adds an operation whose output is numbers; its name is made from `what` it computes.
    fn numbers(&mut self, class_name: &str, what: &str, reads: Json) -> Json {
        self.operation(class_name, what, reads, "float32")
    }

    /// Adds an operation whose output is true or false.
    fn flags(&mut self, class_name: &str, what: &str, reads: Json) -> Json {
        self.operation(class_name, what, reads, "bool")
    }

    fn operation(&mut self, class_name: &str, what: &str, reads: Json, dtype: &str) -> Json {
        let name = if what.is_empty() { FEATURES.to_string() } else { format!("{FEATURES}_{what}") };
        let mut json = operation(class_name, &name);
        match class_name {
            "Take" => json["config"]["axis"] = json!(-1),
            "Cast" => {
                json["module"] = json!("keras.src.ops.core");
                json["config"]["dtype"] = json!(dtype);
            }
            _ => {}
        }
        self.push(json, &name, reads, dtype)
    }

    /// Adds a layer or an operation, and returns its output.
    fn push(&mut self, mut json: Json, name: &str, reads: Json, dtype: &str) -> Json {
        json["config"]["name"] = json!(name);
        json["name"] = json!(name);
        json["inbound_nodes"] = json!([{"args": reads, "kwargs": {}}]);
        self.json.push(json);
        tensor(name, self.width, dtype)
    }
}

fn tensor(name: &str, width: usize, dtype: &str) -> Json {
    let config = json!({"shape": [null, width], "dtype": dtype, "keras_history": [name, 0, 0]});
    json!({"class_name": "__keras_tensor__", "config": config})
}

fn input(name: &str) -> Json {
    let config = json!({"batch_shape": [null, 1], "dtype": "float32", "sparse": false, "ragged": false, "name": name});
    let kind = ("keras.layers", "InputLayer");
    json!({"module": kind.0, "class_name": kind.1, "config": config, "registered_name": null, "name": name, "inbound_nodes": []})
}

/// Returns the JSON of a layer with these arguments, without its name and connections.
fn layer(class_name: &str, arguments: Json) -> Json {
    let policy = json!({"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null});
    let mut config = json!({"trainable": true, "dtype": policy});
    if let (Some(config), Json::Object(arguments)) = (config.as_object_mut(), arguments) {
        config.extend(arguments);
    }
    json!({"module": "keras.layers", "class_name": class_name, "config": config, "registered_name": null})
}
