//! A table model in a file: an input for each column of numbers and for each list of levels, the encoding of all inputs together
//! as operations of Keras, and the networks as a model within the model.

use super::encoding::{ANSWER, Answer, Encoded, FEATURES, Layers, encode, input};
use super::functional;
use super::json::Json;
use super::outline::{GroupNames, LAYERS};
use super::quirks;
use crate::base::{Result, free_name, in_order, snake_case};
use crate::saving::h5::Tree;
use crate::saving::place::Place;
use serde_json::json;

/// The name of the whole model, by which a file of a table model is known.
const WHOLE: &str = "table_model";
/// The name of the networks within it.
const NETWORKS: &str = "networks";

/// The columns of a table as inputs of a model of Keras, and how they become the inputs of the networks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Columns {
    /// The names of the inputs, which [`name_of_input`] made.
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<Encoded>,
    pub(crate) answer: Answer,
}

/// Returns a name for an input that Keras takes on every backend, and that is none of `taken`.
pub(crate) fn name_of_input(text: &str, taken: &[String]) -> String {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
    let name: String = text.chars().map(|letter| if is_allowed(letter) { letter } else { '_' }).collect();
    let own = [WHOLE, NETWORKS, FEATURES, ANSWER].iter().any(|own| name.starts_with(own));
    let name =
        if own || !name.starts_with(|letter: char| letter.is_ascii_alphanumeric()) { format!("column_{name}") } else { name };
    free_name(name, &|name| !taken.contains(name))
}

/// Returns whether this is the JSON of a table model.
pub(super) fn is_table_model(config: &Json) -> bool {
    config["config"]["name"] == WHOLE
}

/// Returns the inputs and the operations around the networks, in the order of their names, each with its constants.
pub(super) fn encoding(config: &Json) -> Vec<(String, Vec<f64>)> {
    let layers = config["config"]["layers"].as_array().into_iter().flatten();
    let around = layers.filter(|layer| layer["config"]["name"] != NETWORKS);
    let named: Vec<(&str, &Json)> = around.map(|layer| (layer["config"]["name"].as_str().unwrap_or_default(), layer)).collect();
    let order = in_order(named.len(), &|one, other| named[one].0.cmp(named[other].0));
    order.into_iter().map(|number| (named[number].0.to_string(), constants(named[number].1))).collect()
}

/// Returns the constants of an operation, and the arguments of a layer that are numbers.
fn constants(layer: &Json) -> Vec<f64> {
    let number = |json: &Json| json.as_f64().or(json.as_bool().map(|flag| f64::from(u8::from(flag))));
    let reads = layer["inbound_nodes"][0]["args"].as_array().into_iter().flatten();
    let values = reads.flat_map(|read| read["config"]["value"].as_array().map_or(std::slice::from_ref(read), Vec::as_slice));
    let arguments = ["scale", "offset", "axis"].into_iter().map(|name| &layer["config"][name]);
    values.chain(arguments).filter_map(number).collect()
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
        let features = encode(&self.inputs, &self.outputs, &mut layers);
        let key = quirks::settings(&networks).0;
        let settings = networks[key].take();
        networks.as_object_mut().map(|networks| networks.shift_remove(key));
        networks["config"]["name"] = json!(NETWORKS);
        layers.width = outputs;
        let answer = layers.push(networks, NETWORKS, json!([features]), "float32");
        let mut answer = self.answer.write(answer, &mut layers);
        let history = |name: &str| json!([name, 0, 0]);
        let inputs: serde_json::Map<String, Json> = self.inputs.iter().map(|name| (name.clone(), history(name))).collect();
        let mut object = functional::write(WHOLE, layers.json, inputs.into(), answer["config"]["keras_history"].take());
        object[key] = settings;
        object
    }
}
