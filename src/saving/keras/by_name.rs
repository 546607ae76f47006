//! Loads weights into the layers that have the same names in a file and in a model.

use super::json::Json;
use super::outline::{self, LayerPlace, Listed, Places};
use super::weights::Stored;
use super::whole;
use crate::base::{Result, closest};
use crate::kernels::Scalar;
use crate::model::Model;
use crate::saving::place::Place;
use crate::saving::source::Source;

/// Loads the weights of the layers whose names the file has, and returns these names.
pub(in crate::saving) fn load_weights_by_name<T: Scalar>(
    model: &mut Model<T>,
    source: Source,
    place: &Place,
) -> Result<Vec<String>> {
    let config = whole::config(source.clone(), place)?;
    let h5 = whole::open_weights(source, place)?;
    let network = model.built("load_weights_by_name")?;
    let mut stored = Stored::new(h5, Vec::new())?;
    let mut named_groups = Vec::new();
    if let Some(config) = &config {
        name_groups(config, &LayerPlace::default(), &mut named_groups);
    }
    let named = stored.named(&named_groups)?;
    let mut loaded = Vec::new();
    for listed in outline::written(&model.graph) {
        let Listed { node, name, .. } = &listed;
        let has_weights = !network.nodes()[*node].tensors.is_empty();
        if let Some((_, arrays)) = named.iter().find(|(known, _)| known == name && has_weights) {
            stored.assign(&listed, arrays.clone(), &model.graph, network)?;
            loaded.push(name.clone());
        }
    }
    if loaded.is_empty() {
        if named.is_empty() {
            return Err(place.error("it does not name its layers: load their weights by their order with `load_weights`"));
        }
        let names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
        let own = model.layers().next().map(|layer| layer.name().to_string()).unwrap_or_default();
        let advice = "name the layers of the model as the file does, or load its weights by their order with `load_weights`";
        let known = closest(&own, &mut names.into_iter());
        return Err(place.error(format!("no layer with weights has a name of the model; it has {known}: {advice}")));
    }
    let mut changed = model.clone();
    stored.weights(&mut changed)?;
    *model = changed;
    Ok(loaded)
}

/// Adds the group and the name of each layer of a model in JSON, those of the models within it included.
fn name_groups(model: &Json, place: &LayerPlace, named: &mut Vec<(String, String)>) {
    let config = &model["config"];
    let layers = config.get("layers").unwrap_or(config).as_array();
    let mut places = Places::within(place);
    for (position, layer) in layers.into_iter().flatten().enumerate() {
        let place = places.next(layer["class_name"].as_str().unwrap_or_default(), position);
        let name = layer["config"]["name"].as_str().or(layer["name"].as_str()).unwrap_or_default();
        named.push((place.group.clone(), name.replace('/', "_")));
        if layer["config"]["layers"].is_array() {
            name_groups(layer, &place, named);
        }
    }
}
