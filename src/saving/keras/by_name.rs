//! Loads weights into the layers that have the same names in a file and in a model.

use super::outline::{self, Listed};
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
    let described = config.as_ref().map(outline::described).unwrap_or_default();
    let groups: Vec<_> = described.into_iter().map(|layer| (layer.place.group, layer.name)).collect();
    let named = stored.named(&groups)?;
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
