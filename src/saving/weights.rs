//! The weights of a model and what its optimizer remembers, as arrays of an HDF5 file.
//!
//! Keras 3 keeps them under `layers/<class>[_k]/vars/<i>`, `k` counting the layers of a class whatever they are called,
//! and `optimizer/vars/<i>`. Older files say themselves which arrays a layer has.

use super::h5::{H5, Tree};
use super::place::Place;
use crate::error::Result;
use crate::layers::{LayerEntry, Param};
use crate::names::snake_case;
use crate::network::Network;
use crate::optimizers::OptimizerState;
use crate::{Scalar, Sequential, Shape};

/// Which arrays of a file belong to which layer, and to the optimizer.
pub(super) struct Stored {
    h5: H5,
    /// The arrays of each layer, in the order of its weights.
    layers: Vec<Vec<String>>,
    /// Whether layers without weights are left out there.
    with_weights_only: bool,
    /// What the optimizer remembers, in Keras' order.
    optimizer: Vec<String>,
}

/// Keras' names of the groups of layers, from the classes of the layers.
fn groups<'c>(classes: impl Iterator<Item = &'c str>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    classes
        .map(|class| {
            let class = snake_case(class);
            let earlier = seen.iter().filter(|other| **other == class).count();
            let number = if earlier > 0 { format!("_{earlier}") } else { String::new() };
            let group = format!("layers/{class}{number}");
            seen.push(class);
            group
        })
        .collect()
}

fn numbered(group: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{group}/{number}")).collect()
}

impl Stored {
    /// Finds the arrays of these layers.
    pub(super) fn find<T: Scalar>(h5: H5, entries: &[LayerEntry<T>]) -> Result<Self> {
        if h5.has("model_weights")? || h5.texts("", "layer_names")?.is_some() {
            return Self::find_older(h5);
        }
        let groups = groups(entries.iter().map(|entry| entry.layer.name()));
        let counted = |group: &str| -> Result<Vec<String>> { Ok(numbered(group, h5.count(group)?)) };
        let layers = groups.iter().map(|group| counted(&format!("{group}/vars"))).collect::<Result<_>>()?;
        let optimizer = counted("optimizer/vars")?;
        Ok(Self { h5, layers, with_weights_only: false, optimizer })
    }

    /// Files of Keras 2, and of `.h5` in Keras 3: the layers with weights, in order, each listing its arrays.
    fn find_older(h5: H5) -> Result<Self> {
        let root = if h5.has("model_weights")? { "model_weights" } else { "" };
        let inside = |group: &str, name: &str| if group.is_empty() { name.to_string() } else { format!("{group}/{name}") };
        let mut layers: Vec<Vec<String>> = Vec::new();
        for layer in h5.texts(root, "layer_names")?.unwrap_or_default() {
            let group = inside(root, &layer);
            let weights = h5.texts(&group, "weight_names")?.unwrap_or_default();
            if !weights.is_empty() {
                layers.push(weights.iter().map(|weight| inside(&group, weight)).collect());
            }
        }
        let optimizer = match h5.has("optimizer_weights")? {
            true => h5.texts("optimizer_weights", "weight_names")?.unwrap_or_default(),
            false => Vec::new(),
        };
        let optimizer = optimizer.iter().map(|name| inside("optimizer_weights", name)).collect();
        Ok(Self { h5, layers, with_weights_only: true, optimizer })
    }

    /// Fails unless each weight that the layers will have for this input is there, in its shape. Nothing is built for
    /// that, so that a file cannot ask for more memory than it has arrays for.
    pub(super) fn check<T: Scalar>(&mut self, entries: &[LayerEntry<T>], input: &Shape) -> Result<()> {
        let mut shape = input.clone();
        let mut listed = std::mem::take(&mut self.layers).into_iter();
        for entry in entries {
            let name = entry.name.as_deref().unwrap_or_default();
            let place = self.h5.place().member(name);
            entry.layer.check_arguments().map_err(|error| place.error(error))?;
            let plan = entry.layer.plan(&shape).map_err(|error| place.error(error))?;
            let wanted: Vec<&Param<T>> = plan.params.iter().chain(&plan.state).collect();
            let is_left_out = self.with_weights_only && wanted.is_empty();
            let mut found = if is_left_out { Vec::new() } else { listed.next().unwrap_or_default() };
            if entry.layer.name() == "Normalization" && found.len() == wanted.len() + 1 {
                // the number of samples it has seen, which nothing depends on
                found.pop();
            }
            if found.len() != wanted.len() {
                let (found, wanted) = (found.len(), wanted.len());
                return Err(place.error(format!("the file has {found} arrays for this layer, which has {wanted} weights")));
            }
            for (path, param) in found.iter().zip(&wanted) {
                let stands = self.h5.shape(path)?;
                if stands != param.shape {
                    let wanted = format!("`{}` of layer `{name}` needs {:?}", param.name, param.shape);
                    return Err(self.h5.place().member(path).error(format!("its shape is {stands:?}, but {wanted}")));
                }
            }
            self.layers.push(found);
            shape = plan.output;
        }
        match listed.next() {
            None => Ok(()),
            Some(_) => Err(self.h5.place().error("it has the weights of more layers than the model has")),
        }
    }

    /// All weights, in the order of the network.
    pub(super) fn weights<T: Scalar>(&self, network: &Network<T>) -> Result<Vec<Vec<T>>> {
        let paths = self.layers.iter().flatten();
        paths.zip(network.tensors()).map(|(path, tensor)| self.h5.values(path, &tensor.shape)).collect()
    }

    /// Whether the optimizer of this model remembers as many arrays as the file has of one.
    pub(super) fn fits_optimizer<T: Scalar>(&self, model: &Sequential<T>) -> bool {
        let (Some(network), Some(compiled)) = (&model.network, &model.compiled) else { return false };
        self.optimizer.len() == compiled.optimizer.built_for(network).saved().len()
    }

    /// The optimizer of a model as it is in the file; none if it was never at work.
    pub(super) fn optimizer<T: Scalar>(&self, model: &Sequential<T>) -> Result<Option<OptimizerState<T>>> {
        let (Some(network), Some(compiled)) = (&model.network, &model.compiled) else { return Ok(None) };
        if self.optimizer.is_empty() {
            return Ok(None);
        }
        let mut optimizer = compiled.optimizer.built_for(network);
        let mut variables = optimizer.saved();
        let place = self.h5.place().member("optimizer");
        if self.optimizer.len() != variables.len() {
            let (found, rule, wanted) = (self.optimizer.len(), optimizer.rule().name(), variables.len());
            return Err(place.error(format!("it has {found} arrays, but {rule} has {wanted} for these weights")));
        }
        for (path, variable) in self.optimizer.iter().zip(&mut variables) {
            variable.values = match variable.shape.as_slice() {
                [] => self.h5.values(path, &[])?,
                shape => self.h5.values::<T>(path, shape)?.into_iter().map(Scalar::to_f64).collect(),
            };
            let value = variable.values.first().copied().unwrap_or(0.0);
            let is_count = || value.fract() == 0.0 && value < 9e15;
            let is_allowed = match variable.name.as_str() {
                "iteration" => value >= 0.0 && is_count(),
                "learning_rate" => value >= 0.0,
                _ => true,
            };
            if !is_allowed {
                return Err(self.h5.place().member(path).error(format!("{value} is no `{}`", variable.name)));
            }
        }
        optimizer.restore(&variables).map_err(|error| place.error(error))?;
        Ok(Some(optimizer))
    }
}

/// The file of weights of a model that is built.
pub(super) fn write<T: Scalar>(model: &Sequential<T>, network: &Network<T>, place: &Place) -> Result<Vec<u8>> {
    let mut root = Tree::default();
    root.group("vars").set_name("sequential");
    let groups = groups(network.nodes().iter().map(|node| node.layer.name()));
    for (group, node) in groups.iter().zip(network.nodes()) {
        let vars = root.group(&format!("{group}/vars"));
        vars.set_name(&node.name);
        for tensor in network.tensors_of(node) {
            vars.push(&tensor.shape, network.values(tensor));
        }
        if node.layer.name() == "Normalization" && network.tensors_of(node).len() == 2 {
            vars.push_integer(0);
        }
    }
    if let Some(compiled) = &model.compiled {
        let optimizer = compiled.optimizer.built_for(network);
        let vars = root.group("optimizer/vars");
        vars.set_name(&snake_case(optimizer.rule().name()));
        for variable in optimizer.saved() {
            let value = variable.values.first().copied().unwrap_or(0.0);
            match (variable.name.as_str(), variable.shape.as_slice()) {
                ("iteration", _) => vars.push_integer(value as i64),
                // single numbers with all their digits, whatever the type of the model
                (_, []) => vars.push(&[], &[value]),
                (_, shape) => vars.push(shape, &variable.values.into_iter().map(T::of).collect::<Vec<_>>()),
            }
        }
    }
    root.into_bytes(place)
}
