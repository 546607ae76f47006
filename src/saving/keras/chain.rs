//! The layers of a functional model that is a chain: one input, and each layer takes what the one before it gives.

use super::json::Json;
use std::collections::HashMap;

/// The layers in the order in which they follow each other, the input first.
///
/// # Errors
///
/// What makes the model another thing than a chain.
pub(super) fn layers(config: &Json) -> Result<Vec<&Json>, String> {
    let layers = config["layers"].as_array().ok_or("it has no list of `layers`")?;
    let mut followers: HashMap<&str, &Json> = HashMap::new();
    let mut inputs = Vec::new();
    for layer in layers {
        match source(layer)? {
            None => inputs.push(layer),
            Some(before) => {
                if followers.insert(before, layer).is_some() {
                    return Err(format!("several layers take what `{before}` gives"));
                }
            }
        }
    }
    if inputs.len() != 1 {
        return Err(format!("it has {} inputs", inputs.len()));
    }
    let mut chain = inputs;
    while let Some(next) = chain.last().and_then(|last| followers.remove(name(last))) {
        chain.push(next);
    }
    let last = chain.last().map_or("", |last| name(last));
    if chain.len() != layers.len() || outputs(&config["output_layers"]) != [last] {
        return Err("it gives something else than what its last layer gives".to_string());
    }
    Ok(chain)
}

fn name(layer: &Json) -> &str {
    layer["name"].as_str().or(layer["config"]["name"].as_str()).unwrap_or_default()
}

/// The layer that this one takes its input from; none for an input.
fn source(layer: &Json) -> Result<Option<&str>, String> {
    let odd = || format!("layer `{}` is called with more than what one layer gives", name(layer));
    match layer["inbound_nodes"].as_array().map_or(&[][..], Vec::as_slice) {
        [] => Ok(None),
        [call] => only_source(call).map(Some).ok_or_else(odd),
        _ => Err(format!("layer `{}` stands in it several times", name(layer))),
    }
}

/// The layer whose output a call is given, if it is given nothing else.
fn only_source(call: &Json) -> Option<&str> {
    let (history, options) = match call {
        // Keras 1 and 2: [[name, which call, which output, options]]
        Json::Array(tensors) => match tensors.as_slice() {
            [Json::Array(tensor)] => (tensor.as_slice(), tensor.get(3)),
            _ => return None,
        },
        // Keras 3
        call => match call["args"].as_array()?.as_slice() {
            [tensor] => (tensor["config"]["keras_history"].as_array()?.as_slice(), call.get("kwargs")),
            _ => return None,
        },
    };
    let are_off = options.is_none_or(|options| options.as_object().is_some_and(|options| options.values().all(Json::is_null)));
    let [source, node, tensor, ..] = history else { return None };
    (are_off && *node == 0 && *tensor == 0).then(|| source.as_str())?
}

/// The names of the layers that give the outputs: of a list of `[name, 0, 0]`, or of the only one.
fn outputs(json: &Json) -> Vec<&str> {
    match json.as_array().map_or(&[][..], Vec::as_slice) {
        [Json::String(only), ..] => vec![only],
        list => list.iter().map(|output| output[0].as_str().unwrap_or_default()).collect(),
    }
}
