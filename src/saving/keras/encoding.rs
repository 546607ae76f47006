//! The encoding of the columns of a table, and of the answer, as operations of Keras.
//!
//! An output of the encoding is `a + b` of an input `x`, with constants for each output:
//!
//! ```text
//! s = clamp((x - low) factor, least, most) + offset,  a = s / sqrt(1 + (s softness)^2),  b = 1 if from <= x < to, else 0
//! ```
//!
//! If `x` is NaN, the output is NaN, or the constant for a missing number.

use super::architecture::write_input;
use super::json::{self, Json};
use super::operations::{constant, operation};
use serde_json::json;

/// The name of the output of the encoding, with which the names of all its operations start.
pub(super) const FEATURES: &str = "features";
/// The name of the answer, with which the names of the layers that make it start.
pub(super) const ANSWER: &str = "answer";

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

/// What the outputs of the networks become.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    /// Probabilities that stay as they are.
    Probabilities,
    /// Probabilities `softmax(ln(max(p, smallest)) / temperature)` of all classes, or of the second of two.
    Scaled { temperature: f64, smallest: f64 },
    /// The number `scale y + offset`.
    Number { scale: f64, offset: f64 },
}

/// Adds the operations of the encoding, and returns the tensor of the features.
pub(super) fn encode(inputs: &[String], outputs: &[Encoded], layers: &mut Layers) -> Json {
    let numbers = |value: &dyn Fn(&Encoded) -> f32| {
        let values = outputs.iter().map(|output| value(output).clamp(f32::MIN, f32::MAX));
        constant(values.collect(), "float32")
    };
    let columns: Vec<Json> = inputs.iter().map(|name| tensor(name, 1, "float32")).collect();
    let columns = layers.concatenate(&format!("{FEATURES}_columns"), &columns);

    let places = constant(outputs.iter().map(|output| output.input).collect(), "int32");
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
    let may_be: Json = outputs.iter().map(|output| output.missing.is_some()).collect();
    let is_missing = layers.flags("LogicalAnd", "is_filled", json!([is_missing, constant(may_be, "bool")]));
    let missing = numbers(&|output| output.missing.unwrap_or_default() as f32);
    layers.numbers("Where", "", json!([is_missing, missing, known]))
}

impl Answer {
    /// Adds the layers that make the answer from the output of the networks, and returns the answer.
    pub(super) fn write(self, output: Json, layers: &mut Layers) -> Json {
        match self {
            Self::Probabilities => output,
            Self::Number { scale, offset } => {
                layers.push(layer("Rescaling", json!({"scale": scale, "offset": offset})), ANSWER, json!([output]), "float32")
            }
            Self::Scaled { temperature, smallest } => {
                let (mut is_second, mut all) = (false, output);
                if layers.width == 1 {
                    let first = layer("Rescaling", json!({"scale": -1.0, "offset": 1.0}));
                    let first = layers.push(first, &format!("{ANSWER}_first"), json!([all]), "float32");
                    (is_second, all) = (true, layers.concatenate(&format!("{ANSWER}_both"), &[first, all]));
                    layers.width = 2;
                }
                let all = layers.answers("Maximum", "at_least", json!([all, smallest]));
                let logits = layers.answers("Log", "logits", json!([all]));
                let logits = layers.answers("Divide", "by_temperature", json!([logits, temperature]));
                if !is_second {
                    return layers.answers("Softmax", "", json!([logits]));
                }
                let both = layers.answers("Softmax", "scaled", json!([logits]));
                layers.width = 1;
                layers.answers("Take", "", json!([both, constant(json!([1]), "int32")]))
            }
        }
    }
}

/// Returns the smallest number in single precision that is not below a number.
fn round_up(number: f64) -> f32 {
    let rounded = number as f32;
    if f64::from(rounded) < number { rounded.next_up() } else { rounded }
}

/// The layers and operations of a model, in the order of their computation.
pub(super) struct Layers {
    pub(super) json: Vec<Json>,
    /// The width of the outputs.
    pub(super) width: usize,
}

impl Layers {
    /// Adds an operation of the encoding whose output is numbers; its name is made from `what` it computes.
    fn numbers(&mut self, class_name: &str, what: &str, reads: Json) -> Json {
        self.operation(class_name, (FEATURES, what), reads, "float32")
    }

    /// Adds an operation that makes the answer.
    fn answers(&mut self, class_name: &str, what: &str, reads: Json) -> Json {
        self.operation(class_name, (ANSWER, what), reads, "float32")
    }

    /// Adds an operation of the encoding whose output is true or false.
    fn flags(&mut self, class_name: &str, what: &str, reads: Json) -> Json {
        self.operation(class_name, (FEATURES, what), reads, "bool")
    }

    fn operation(&mut self, class_name: &str, (part, what): (&str, &str), reads: Json, dtype: &str) -> Json {
        let name = if what.is_empty() { part.to_string() } else { format!("{part}_{what}") };
        let mut json = operation(class_name, &name);
        match class_name {
            "Take" => json["config"]["axis"] = json!(-1),
            "Softmax" => {
                json["module"] = json!("keras.src.ops.nn");
                json["config"]["axis"] = json!(-1);
            }
            "Cast" => {
                json["module"] = json!("keras.src.ops.core");
                json["config"]["dtype"] = json!(dtype);
            }
            _ => {}
        }
        self.push(json, &name, reads, dtype)
    }

    /// Adds a layer that joins outputs of one number each.
    fn concatenate(&mut self, name: &str, outputs: &[Json]) -> Json {
        let mut concatenate = layer("Concatenate", json!({"axis": -1}));
        concatenate["build_config"] = json!({"input_shape": vec![json!([null, 1]); outputs.len()]});
        let width = std::mem::replace(&mut self.width, outputs.len());
        let joined = self.push(concatenate, name, json!([outputs]), "float32");
        self.width = width;
        joined
    }

    /// Adds a layer or an operation, and returns its output.
    pub(super) fn push(&mut self, mut json: Json, name: &str, reads: Json, dtype: &str) -> Json {
        json["config"]["name"] = json!(name);
        json["name"] = json!(name);
        json["inbound_nodes"] = json!([json::call(reads)]);
        self.json.push(json);
        tensor(name, self.width, dtype)
    }
}

fn tensor(name: &str, width: usize, dtype: &str) -> Json {
    json::tensor(json!([null, width]), dtype, json!([name, 0, 0]))
}

pub(super) fn input(name: &str) -> Json {
    let mut input = write_input(name, &json!([null, 1]), "float32");
    input["name"] = json!(name);
    input["inbound_nodes"] = json!([]);
    input
}

/// Returns the JSON of a layer with these arguments, without its name and connections.
fn layer(class_name: &str, arguments: Json) -> Json {
    let mut config = json!({"trainable": true, "dtype": json::policy("float32")});
    if let (Some(config), Json::Object(arguments)) = (config.as_object_mut(), arguments) {
        config.extend(arguments);
    }
    json::object(Some("keras.layers"), class_name, config, None)
}
