//! The layers of this crate that are operations of Keras in a file, which Keras loads without `custom_objects`.
//!
//! `Cos` and `Sin` are one operation each. A `PiecewiseLinear` is the operations `Take`, `Subtract`, `Multiply`, `Maximum` and
//! `Minimum` with constants; the last one has the name of the layer. Keras ignores the key `layercake`, which has the
//! arguments of the layer; without it, in a file that Keras has saved again, they are computed from the constants.

use super::json::{self, Json};
use super::nodes::NamedNode;
use super::view::GraphView;
use crate::base::{Result, free_name};
use crate::layers::{Bin, Cos, PiecewiseLinear, Sin};
use crate::part::Part;
use crate::saving::place::Place;
use serde_json::json;

/// The module of Keras that has the operations.
const MODULE: &str = "keras.src.ops.numpy";

/// The operations that a `PiecewiseLinear` becomes, in the order of their computation.
const CHAIN: [&str; 5] = ["Take", "Subtract", "Multiply", "Maximum", "Minimum"];

/// The key of the arguments of the layer that operations stand for.
const OWN: &str = "layercake";

/// Returns the number of operations that a layer becomes in a file; `None` for a layer that Keras has.
pub(super) fn count(layer: &dyn Part) -> Option<usize> {
    let layer = layer.as_any();
    let piecewise = layer.downcast_ref::<PiecewiseLinear>().filter(|layer| layer.boundaries(0).is_some());
    if piecewise.is_some() { Some(CHAIN.len()) } else { (layer.is::<Cos>() || layer.is::<Sin>()).then_some(1) }
}

/// Returns the JSON of a constant array of one axis.
pub(super) fn constant(values: Json, dtype: &str) -> Json {
    json!({"class_name": "__numpy__", "config": {"value": values, "dtype": dtype}})
}

/// Returns the JSON of an operation of this class without its connections.
pub(super) fn operation(class_name: &str, name: &str) -> Json {
    let mut operation = json::object(Some(MODULE), class_name, json!({"name": name}), Some(class_name));
    operation["name"] = json!(name);
    operation
}

/// Replaces the JSON of each layer that operations stand for by that of the operations.
///
/// The first of `layers` is the data, if there is one input.
///
/// # Errors
///
/// Several nodes share a layer that becomes several operations.
pub(super) fn expand(
    layers: Vec<Json>,
    nodes: &[NamedNode<'_>],
    graph: &GraphView<'_>,
    dtype: &str,
    place: &Place,
) -> Result<Vec<Json>> {
    let data = layers.len() - nodes.len();
    let mut names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
    if data > 0 {
        names.push(graph.name_of_data().to_string());
    }
    let mut expanded = Vec::new();
    for (number, layer) in layers.into_iter().enumerate() {
        let node = number.checked_sub(data).map(|number| &nodes[number]);
        let Some((node, count)) = node.and_then(|node| Some((node, count(node.node.layer)?))) else {
            expanded.push(layer);
            continue;
        };
        match node.node.layer.as_any().downcast_ref::<PiecewiseLinear>() {
            Some(_) if count == CHAIN.len() && graph.calls_of(node.number).len() > 1 => {
                let problem =
                    "several nodes share it, which is saved as a chain of operations: give each node a layer of its own";
                return Err(place.member(&node.name).error(problem));
            }
            Some(piecewise) if count == CHAIN.len() => {
                expanded.extend(chain(piecewise, &layer, &node.name, &mut names, dtype));
            }
            _ => {
                let mut operation = operation(node.node.layer.name(), &node.name);
                operation["inbound_nodes"] = layer["inbound_nodes"].clone();
                expanded.push(operation);
            }
        }
    }
    Ok(expanded)
}

/// Returns the JSON of the operations that a `PiecewiseLinear` becomes, with constants of this number type.
fn chain(piecewise: &PiecewiseLinear, layer: &Json, name: &str, names: &mut Vec<String>, dtype: &str) -> Vec<Json> {
    let input = &layer["inbound_nodes"][0]["args"][0];
    let columns = input["config"]["shape"][1].as_u64().unwrap_or_default() as usize;
    // a model that is built has bins
    let bins = piecewise.bins(columns).unwrap_or_default();
    let rounded = |value: f64| match dtype {
        "float64" => value.clamp(f64::MIN, f64::MAX),
        _ => (value as f32).clamp(f32::MIN, f32::MAX).into(),
    };
    let numbers = |value: fn(&Bin) -> f64| constant(bins.iter().map(|(_, bin)| rounded(value(bin))).collect(), dtype);
    let indices = constant(bins.iter().map(|(column, _)| *column).collect(), "int32");
    let constants = [indices, numbers(|bin| bin.low), numbers(|bin| bin.factor), numbers(Bin::least), numbers(Bin::most)];
    let mut tensor = input.clone();
    let mut operations = Vec::new();
    for (number, (class_name, constant)) in CHAIN.into_iter().zip(constants).enumerate() {
        let is_last = number + 1 == CHAIN.len();
        let own = if is_last { name.to_string() } else { format!("{name}_{}", class_name.to_lowercase()) };
        let own = if is_last { own } else { free_name(own, &|name| !names.contains(name)) };
        let mut json = operation(class_name, &own);
        if number == 0 {
            json["config"]["axis"] = json!(-1);
        }
        json["inbound_nodes"] = json!([json::call(json!([tensor, constant]))]);
        tensor = json::tensor(json!([null, bins.len()]), dtype, json!([own, 0, 0]));
        names.push(own);
        operations.push(json);
    }
    if let Some(last) = operations.last_mut() {
        let mut own = layer["config"].clone();
        for argument in ["name", "trainable", "dtype"] {
            own.as_object_mut().map(|own| own.shift_remove(argument));
        }
        last[OWN] = own;
    }
    operations
}

/// Replaces the operations that stand for a layer by the JSON of the layer.
pub(super) fn collapse(layers: &[Json]) -> Vec<Json> {
    let mut rest: Vec<Option<&Json>> = layers.iter().map(Some).collect();
    let mut collapsed = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        let Some((numbers, piecewise)) = piecewise(layers, number) else { continue };
        let last = numbers[CHAIN.len() - 1];
        collapsed.push((last, piecewise));
        numbers.into_iter().for_each(|number| rest[number] = None);
        debug_assert!(layer["class_name"] == CHAIN[0]);
    }
    let mut all = Vec::new();
    for (number, layer) in rest.into_iter().enumerate() {
        all.extend(collapsed.iter().filter(|(last, _)| *last == number).map(|(_, piecewise)| piecewise.clone()));
        all.extend(layer.cloned());
    }
    all
}

/// Returns the numbers of the operations from number `first` on and the layer that they stand for, if they are one.
fn piecewise(layers: &[Json], first: usize) -> Option<([usize; 5], Json)> {
    let mut numbers = [first; 5];
    for (place, class_name) in CHAIN.into_iter().enumerate() {
        if place > 0 {
            let before = &layers[numbers[place - 1]]["name"];
            let reads = |layer: &Json| layer["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0] == *before;
            let mut readers = layers.iter().enumerate().filter(|(_, layer)| reads(layer));
            // another reader would need the values in between
            let (Some((reader, _)), None) = (readers.next(), readers.next()) else { return None };
            numbers[place] = reader;
        }
        let layer = &layers[numbers[place]];
        let is_operation = layer["module"].as_str().is_some_and(|module| module.contains(".ops"));
        if !is_operation || layer["class_name"] != class_name {
            return None;
        }
    }
    let [take, .., last] = numbers.map(|number| &layers[number]);
    let input = &take["inbound_nodes"][0]["args"][0];
    let mut config = match &last[OWN] {
        Json::Object(own) => Json::Object(own.clone()),
        _ => json!({"bin_boundaries": boundaries(numbers.map(|number| &layers[number]), &input["config"]["shape"][1])?}),
    };
    config["name"] = last["name"].clone();
    let inbound = json!([json::call(json!([input]))]);
    Some((numbers, json!({"class_name": "PiecewiseLinear", "config": config, "name": last["name"], "inbound_nodes": inbound})))
}

/// Returns the boundaries of each column, if the constants of the operations are those of bins.
fn boundaries(operations: [&Json; 5], columns: &Json) -> Option<Vec<Vec<f64>>> {
    let constant = |number: usize| -> Option<Vec<f64>> {
        let value = operations[number]["inbound_nodes"][0]["args"][1]["config"]["value"].as_array()?;
        value.iter().map(Json::as_f64).collect()
    };
    let [indices, lows, factors] = [constant(0)?, constant(1)?, constant(2)?];
    let [least, most] = [constant(3)?, constant(4)?];
    let count = indices.len();
    if [&lows, &factors, &least, &most].into_iter().any(|values| values.len() != count) {
        return None;
    }
    let mut boundaries = vec![Vec::new(); usize::try_from(columns.as_u64()?).ok()?];
    for bin in 0..count {
        let own: &mut Vec<f64> = boundaries.get_mut(indices[bin] as usize)?;
        let is_last = bin + 1 == count || indices[bin + 1] != indices[bin];
        let is_as_open = (least[bin] < -1e30) == own.is_empty() && (most[bin] > 1e30) == is_last;
        if !is_as_open || !(own.is_empty() || least[bin] == 0.0) || !(is_last || most[bin] == 1.0) {
            return None;
        }
        own.push(lows[bin]);
        if is_last {
            own.push(lows[bin] + factors[bin].recip());
        }
    }
    Some(boundaries)
}
