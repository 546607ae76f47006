//! The weights of a model and the state of its optimizer as the arrays of an HDF5 file.
//!
//! Keras 3 stores weights under `layers/<class>[_k]/vars/<i>`, where `k` is the number of the layer among those of its class,
//! and the state of the optimizer under `optimizer/vars/<i>`. Older files have a list of the arrays of each layer. The module
//! `groups` has the rules for the groups of a layer, and the module `optimizer` those for the arrays of the optimizer.

use super::groups::{WeightGroup, of_layer};
use super::older_groups::{self, OlderGroups, ROOTS};
use super::optimizer::StoredOptimizer;
use super::outline::{self, Listed};
use super::view::{GraphView, NetworkView};
use crate::base::{Error, Result, snake_case};
use crate::kernels::Scalar;
use crate::model::Model;
use crate::network::Network;
use crate::optimizers::{Item, Lent};
use crate::saving::h5::{H5, Tree};
use crate::saving::place::Place;
use std::collections::{HashMap, HashSet};

/// An HDF5 file with the weights of layers, and the state of an optimizer if there is one.
pub(super) struct Stored {
    h5: H5,
    layout: Layout,
    /// The layers of the model in the order of the file.
    order: Vec<Listed>,
    /// The numbers of the weights that [`check`](Self::check) has found, each with the path of its array.
    arrays: Vec<(usize, String)>,
}

/// The problem of a file with the weights of more layers than the model has.
const MORE_LAYERS: &str = "the model has no layer for these weights: give it the layers of the file, or load the weights of the \
                           layers with the same names with `load_weights_by_name`";

/// How the arrays of a layer are found in a file.
enum Layout {
    /// Each layer has a group, which is named after its class.
    Groups(OlderGroups),
    /// The file has a list of the arrays of each layer with weights.
    Lists(Vec<List>),
}

/// Returns whether a file has weights of layers, in one of Keras' layouts.
pub(super) fn has_weights(h5: &H5) -> Result<bool> {
    let is_root = |group: &String| ROOTS.contains(&group.split('\\').next().unwrap_or_default());
    Ok(h5.has("model_weights")? || h5.texts("", "layer_names")?.is_some() || h5.groups("")?.iter().any(is_root))
}

impl Stored {
    /// Opens the weights of a model whose layers the file lists in this order.
    pub(super) fn new(h5: H5, order: Vec<Listed>) -> Result<Self> {
        let is_listed = h5.has("model_weights")? || h5.texts("", "layer_names")?.is_some();
        let layout = match is_listed {
            true => Layout::Lists(lists(&h5)?),
            false => Layout::Groups(OlderGroups::find(&h5)?),
        };
        Ok(Self { h5, layout, order, arrays: Vec::new() })
    }

    /// Fails unless the file has each weight of a planned network, with its shape.
    ///
    /// The weights of the network need not be allocated yet, so that a broken file cannot cause a large allocation.
    pub(super) fn check(&mut self, graph: &GraphView<'_>, network: &NetworkView<'_>) -> Result<()> {
        let order = std::mem::take(&mut self.order);
        let groups: Vec<Vec<WeightGroup>> = order.iter().map(|listed| of_layer(listed, graph, network)).collect();
        match &mut self.layout {
            Layout::Groups(_) => {
                groups.iter().flatten().try_for_each(|group| self.check_group(group, network))?;
                self.check_all_groups_used(&groups)?;
            }
            Layout::Lists(lists) => {
                let lists = std::mem::take(lists);
                self.check_lists(lists, &order, &groups, network)?;
            }
        }
        self.order = order;
        Ok(())
    }

    /// Fails if the file has arrays for a layer that the model does not have.
    fn check_all_groups_used(&self, groups: &[Vec<WeightGroup>]) -> Result<()> {
        let Layout::Groups(older) = &self.layout else { return Ok(()) };
        let used: HashSet<String> = groups.iter().flatten().map(|group| older.name_in_file(&group.group)).collect();
        for group in older_groups::paths(&self.h5)?.into_iter().filter(|group| !used.contains(group)) {
            if !self.h5.arrays(&format!("{group}/vars"))?.is_empty() {
                return Err(self.h5.place().member(&group).error(MORE_LAYERS));
            }
        }
        Ok(())
    }

    /// Assigns the arrays of a group to the weights of the group.
    fn check_group(&mut self, group: &WeightGroup, network: &NetworkView<'_>) -> Result<()> {
        let vars = match &self.layout {
            Layout::Groups(older) => format!("{}/vars", older.name_in_file(&group.group)),
            Layout::Lists(_) => format!("{}/vars", group.group),
        };
        let mut found = self.h5.numbered(&vars)?;
        if group.repeated.is_some() && !found.is_empty() {
            found.remove(0);
        }
        self.take(&group.name, expected(group), found, network)
    }

    /// Assigns the arrays of each list to the weights of a layer, or of all layers of a model within the model.
    fn check_lists(
        &mut self,
        lists: Vec<List>,
        order: &[Listed],
        groups: &[Vec<WeightGroup>],
        network: &NetworkView<'_>,
    ) -> Result<()> {
        let mut lists = lists.into_iter();
        let numbers: Vec<usize> = (0..order.len()).collect();
        for layers in numbers.chunk_by(|&one, &next| order[one].outermost == order[next].outermost) {
            let mut wanted: Vec<_> = layers.iter().flat_map(|&layer| groups[layer].iter().flat_map(expected)).collect();
            let Some(&first) = layers.first().filter(|_| !wanted.is_empty()) else { continue };
            if layers.len() > 1 {
                // Keras lists the trained weights of a model first, then the others.
                let is_trained = |weight: &Option<usize>| weight.is_some_and(|number| network.tensors[number].trainable);
                let (trained, others): (Vec<_>, Vec<_>) = wanted.into_iter().partition(is_trained);
                wanted = [trained, others].concat();
            }
            let found = lists.next().map(|list| list.arrays).unwrap_or_default();
            self.take(&order[first].name, wanted, found, network)?;
        }
        match lists.next() {
            None => Ok(()),
            Some(list) => Err(self.h5.place().member(&list.layer).error(MORE_LAYERS)),
        }
    }

    /// Assigns these arrays to the weights of a layer, and checks their number and shapes.
    ///
    /// The array of a weight that is `None` is a number of samples, on which nothing depends; it may be missing.
    fn take(&mut self, name: &str, mut wanted: Vec<Option<usize>>, found: Vec<String>, network: &NetworkView<'_>) -> Result<()> {
        if found.len() != wanted.len() {
            wanted.retain(Option::is_some);
        }
        if found.len() != wanted.len() {
            let (found, wanted) = (found.len(), wanted.len());
            let problem = format!("the file has {found} arrays for this layer, which has {wanted} weights");
            return Err(self.h5.place().member(name).error(problem));
        }
        for (number, path) in wanted.into_iter().zip(found) {
            let Some(number) = number else { continue };
            let tensor = &network.tensors[number];
            let stored = self.h5.shape(&path)?;
            if stored != tensor.shape {
                let wanted = format!("`{}` of layer `{name}` needs {:?}", tensor.name, tensor.shape);
                return Err(self.h5.place().member(&path).error(format!("its shape is {stored:?}, but {wanted}")));
            }
            self.arrays.push((number, path));
        }
        Ok(())
    }

    /// Returns the names of the layers with weights in the file, each with the paths of its arrays.
    ///
    /// `known` has the names of groups; a group that is not in it may have a name as an attribute.
    pub(super) fn named(&self, known: &[(String, String)]) -> Result<Vec<(String, Vec<String>)>> {
        let older = match &self.layout {
            Layout::Groups(older) => older,
            Layout::Lists(lists) => {
                return Ok(lists.iter().map(|list| (list.layer.replace('/', "_"), list.arrays.clone())).collect());
            }
        };
        let known: HashMap<String, String> =
            known.iter().map(|(group, name)| (older.name_in_file(group), name.clone())).collect();
        let mut named = Vec::new();
        for group in older_groups::paths(&self.h5)? {
            let vars = format!("{group}/vars");
            let arrays = self.h5.numbered(&vars)?;
            let name = match known.get(&group) {
                _ if arrays.is_empty() => None,
                Some(name) => Some(name.clone()),
                None => self.h5.texts(&vars, "name")?.map(|texts| texts.concat()),
            };
            named.extend(name.map(|name| (name, arrays)));
        }
        Ok(named)
    }

    /// Assigns these arrays to the weights of a layer.
    pub(super) fn assign(
        &mut self,
        listed: &Listed,
        arrays: Vec<String>,
        graph: &GraphView<'_>,
        network: &NetworkView<'_>,
    ) -> Result<()> {
        let groups = of_layer(listed, graph, network);
        self.take(&listed.name, groups.iter().flat_map(expected).collect(), arrays, network)
    }

    /// Reads all weights into the network.
    pub(super) fn weights<T: Scalar>(&self, model: &mut Model<T>) -> Result<()> {
        let Some(network) = &mut model.network else { return Ok(()) };
        for (number, path) in &self.arrays {
            let shape = network.tensors()[*number].shape.clone();
            self.h5.read(path, &shape, network.values_mut(*number))?;
        }
        Ok(())
    }

    /// Returns a copy of a model with all weights of the file.
    pub(super) fn loaded<T: Scalar>(&self, model: &Model<T>) -> Result<Model<T>> {
        let mut loaded = model.clone();
        self.weights(&mut loaded)?;
        Ok(loaded)
    }

    /// Returns whether the file has a state that fits the optimizer of this model.
    pub(super) fn fits_optimizer<T: Scalar>(&self, model: &Model<T>) -> bool {
        let (Some(network), Some(compiled)) = (&model.network, &model.compiled) else { return false };
        let optimizer = compiled.optimizer.built_for(|| network.trained(), network.params());
        self.stored_optimizer(network).is_ok_and(|stored| stored.fits(&optimizer, &self.h5))
    }

    /// Reads the state of the optimizer; does nothing if the file has no arrays for it.
    pub(super) fn optimizer<T: Scalar>(&self, model: &mut Model<T>) -> Result<()> {
        let (Some(network), Some(compiled)) = (&model.network, &mut model.compiled) else { return Ok(()) };
        self.stored_optimizer(network)?.read(&mut compiled.optimizer, network, &self.h5)
    }

    fn stored_optimizer<T: Scalar>(&self, network: &Network<T>) -> Result<StoredOptimizer> {
        let order = trained_order(&self.order, &NetworkView::of(network));
        match &self.layout {
            Layout::Groups(_) => StoredOptimizer::numbered(&self.h5, order),
            Layout::Lists(_) => StoredOptimizer::listed(&self.h5, order),
        }
    }
}

/// The layer of a file, with the paths of its arrays in their order.
pub(super) struct List {
    pub(super) layer: String,
    pub(super) arrays: Vec<String>,
}

/// Returns the arrays of each layer with weights, in order, for files of Keras 2 and `.h5` files of Keras 3.
pub(super) fn lists(h5: &H5) -> Result<Vec<List>> {
    let root = if h5.has("model_weights")? { "model_weights" } else { "" };
    let inside = |group: &str, name: &str| if group.is_empty() { name.to_string() } else { format!("{group}/{name}") };
    let mut lists = Vec::new();
    for layer in h5.texts(root, "layer_names")?.unwrap_or_default() {
        let group = inside(root, &layer);
        let weights = h5.texts(&group, "weight_names")?.unwrap_or_default();
        if !weights.is_empty() {
            let arrays = weights.iter().map(|weight| inside(&group, weight)).collect();
            lists.push(List { layer, arrays });
        }
    }
    Ok(lists)
}

/// Returns the weights of a group in the order of its arrays; the number of samples that Keras may store is `None`.
fn expected(group: &WeightGroup) -> Vec<Option<usize>> {
    let weights = group.tensors.iter().copied().map(Some);
    weights.chain(group.counts_samples.then_some(None)).collect()
}

/// Returns the trained weights in the order of Keras' layers; each is given by its number among the trained weights.
fn trained_order(order: &[Listed], network: &NetworkView<'_>) -> Vec<usize> {
    let mut trained = Vec::new();
    for tensor in order.iter().flat_map(|listed| network.of_nodes[listed.node].clone()) {
        if network.tensors[tensor].trainable {
            trained.push(network.tensors[..tensor].iter().filter(|tensor| tensor.trainable).count());
        }
    }
    trained
}

/// Fails if a weight is NaN or infinite, because a file with such a weight cannot be loaded.
pub(in crate::saving) fn check_finite<T: Scalar>(model: &Model<T>, network: &Network<T>, place: &Place) -> Result<()> {
    for (node, described) in network.nodes().iter().zip(model.graph.nodes()) {
        for tensor in &network.tensors()[node.tensors.clone()] {
            if let Some(value) = network.values(tensor).iter().find(|value| !value.is_finite()) {
                return Err(not_finite(tensor.name, &described.name, value.to_f64(), place));
            }
        }
    }
    Ok(())
}

fn not_finite(weight: &str, layer: &str, value: f64, place: &Place) -> Error {
    let advice = "train again with a lower learning rate or scaled inputs, or set finite weights";
    place.error(format!("`{weight}` of layer `{layer}` has the value {value}, with which no file can be loaded: {advice}"))
}

/// Returns the content of the weights file of a built model.
pub(in crate::saving) fn tree<T: Scalar>(model: &Model<T>, network: &Network<T>) -> Tree {
    let mut root = Tree::default();
    let (graph, view) = (GraphView::of(&model.graph), NetworkView::of(network));
    let order = outline::written(&graph);
    root.group("vars").set_name(if graph.is_chain() { "sequential" } else { "functional" });
    for group in groups(&order, &graph, &view) {
        let vars = root.group(&format!("{}/vars", group.group));
        vars.set_name(&group.name);
        for &tensor in group.repeated.iter().chain(&group.tensors) {
            vars.push(view.tensors[tensor].shape, network.values(&network.tensors()[tensor]));
        }
        if group.counts_samples {
            vars.push_integer(0);
        }
    }
    if let Some(compiled) = &model.compiled {
        let optimizer = compiled.optimizer.built_for(|| network.trained(), network.params());
        let vars = root.group("optimizer/vars");
        vars.set_name(&snake_case(optimizer.rule().name()));
        for memory in optimizer.memories_in(&trained_order(&order, &view)) {
            match optimizer.lend(&memory) {
                Lent::Number(value) if memory.item == Item::Iteration => vars.push_integer(value as i64),
                // Single numbers are written in double precision, whatever the number type of the model.
                Lent::Number(value) => vars.push(&[], &[value]),
                Lent::Values(values) => vars.push(&memory.shape, values),
            }
        }
    }
    root
}

/// Returns the groups of all layers.
fn groups(order: &[Listed], graph: &GraphView<'_>, network: &NetworkView<'_>) -> Vec<WeightGroup> {
    order.iter().flat_map(|listed| of_layer(listed, graph, network)).collect()
}
