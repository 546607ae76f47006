//! Loads weights into the layers that have the same names in a file and in a model.

use super::outline::{self, Listed};
use super::view::{GraphView, NetworkView};
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
    let network = model.built("load_weights_by_name")?;
    let (stored, loaded) = found(&GraphView::of(&model.graph), &NetworkView::of(network), source, place)?;
    *model = stored.loaded(model)?;
    Ok(loaded)
}

/// Finds the weights of the layers whose names the file has, and returns these names.
fn found(graph: &GraphView<'_>, network: &NetworkView<'_>, source: Source, place: &Place) -> Result<(Stored, Vec<String>)> {
    let config = whole::config(source.clone(), place)?;
    let mut stored = Stored::new(whole::open_weights(source, place)?, Vec::new())?;
    let described = config.as_ref().map(outline::described).unwrap_or_default();
    let groups: Vec<_> = described.into_iter().map(|layer| (layer.place.group, layer.name)).collect();
    let named = stored.named(&groups)?;
    let mut loaded = Vec::new();
    for listed in outline::written(graph) {
        let Listed { node, name, .. } = &listed;
        let has_weights = !network.of_nodes[*node].is_empty();
        if let Some((_, arrays)) = named.iter().find(|(known, _)| known == name && has_weights) {
            stored.assign(&listed, arrays.clone(), graph, network)?;
            loaded.push(name.clone());
        }
    }
    if !loaded.is_empty() {
        return Ok((stored, loaded));
    }
    if named.is_empty() {
        return Err(place.error("it does not name its layers: load their weights by their order with `load_weights`"));
    }
    let own = graph.groups.first().and_then(|layer| layer.name).unwrap_or_default();
    let advice = "name the layers of the model as the file does, or load its weights by their order with `load_weights`";
    let known = closest(own, &mut named.iter().map(|(name, _)| name.as_str()));
    Err(place.error(format!("no layer with weights has a name of the model; it has {known}: {advice}")))
}
