//! The weights of a model and the state of its optimizer as the arrays of an HDF5 file.
//!
//! Keras 3 stores weights under `layers/<class>[_k]/vars/<i>`, where `k` is the number of the layer among those of its class,
//! and the state of the optimizer under `optimizer/vars/<i>`. Older files have a list of the arrays of each layer. The module
//! `groups` has the rules for the groups of a layer, and the module `optimizer` those for the arrays of the optimizer.

use super::groups::{GroupNames, WeightGroup, of_nodes};
use super::nodes;
use super::optimizer::StoredOptimizer;
use crate::base::{Result, snake_case};
use crate::graph::Graph;
use crate::kernels::Scalar;
use crate::model::Model;
use crate::network::Network;
use crate::optimizers::{Item, Lent};
use crate::saving::h5::{H5, Tree};
use std::collections::HashMap;

/// An HDF5 file with the weights of layers, and the state of an optimizer if there is one.
pub(super) struct Stored {
    h5: H5,
    layout: Layout,
    /// The numbers of the weights that [`check`](Self::check) has found, each with the path of its array.
    arrays: Vec<(usize, String)>,
}

/// How the arrays of a layer are found in a file.
enum Layout {
    /// The groups are named after the classes, except those in this map: from the expected name to the name in the file.
    Groups(HashMap<String, String>),
    /// The file has a list of the arrays of each layer with weights.
    Lists(Vec<Vec<String>>),
}

/// Returns the paths of the arrays `0`, `1` and so on of a group.
pub(super) fn numbered(group: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{group}/{number}")).collect()
}

/// The names of the group of all layers, in Keras 3 and in Keras 2.12 to 2.14.
const ROOTS: [&str; 2] = ["layers", "_layer_checkpoint_dependencies"];

/// Returns whether a file has weights of layers, in one of Keras' layouts.
pub(super) fn has_weights(h5: &H5) -> Result<bool> {
    let is_root = |group: &String| ROOTS.contains(&group.split('\\').next().unwrap_or_default());
    Ok(h5.has("model_weights")? || h5.texts("", "layer_names")?.is_some() || h5.groups("")?.iter().any(is_root))
}

/// Returns the groups of layers that have another name in Keras 2.12 to 2.15, from the name in Keras 3 to the name in the file.
///
/// Those versions number the layers of a class with gaps, and on Windows they write a path as one name with backslashes.
fn renamed_groups(h5: &H5) -> Result<HashMap<String, String>> {
    let mut found: Vec<(String, usize, String)> = Vec::new();
    let mut add = |path: String| {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(&path);
        let numbered = name.rsplit_once('_').and_then(|(class, number)| Some((class, number.parse().ok()?)));
        let (class, number) = numbered.unwrap_or((name, 0));
        found.push((class.to_string(), number, path.clone()));
    };
    for group in h5.groups("")? {
        match group.split_once('\\') {
            Some((root, layer)) if ROOTS.contains(&root) && !layer.contains('\\') => add(group),
            None if group == ROOTS[1] => h5.groups(&group)?.iter().for_each(|layer| add(format!("{group}/{layer}"))),
            _ => {}
        }
    }
    found.sort();
    let mut names = GroupNames::default();
    Ok(found.into_iter().map(|(class, _, path)| (names.next(&class, ROOTS[0]), path)).collect())
}

impl Stored {
    pub(super) fn new(h5: H5) -> Result<Self> {
        let is_listed = h5.has("model_weights")? || h5.texts("", "layer_names")?.is_some();
        let layout = match is_listed {
            true => Layout::Lists(lists(&h5)?),
            false => Layout::Groups(renamed_groups(&h5)?),
        };
        Ok(Self { h5, layout, arrays: Vec::new() })
    }

    /// Fails unless the file has each weight of a planned network, with its shape.
    ///
    /// The weights of the network need not be allocated yet, so that a broken file cannot cause a large allocation.
    pub(super) fn check<T: Scalar>(&mut self, graph: &Graph<T>, network: &Network<T>) -> Result<()> {
        let nodes = nodes::in_order(graph);
        let mut lists = match &mut self.layout {
            Layout::Groups(_) => None,
            Layout::Lists(lists) => Some(std::mem::take(lists).into_iter()),
        };
        for (node, groups) in nodes.iter().zip(of_nodes(&nodes, ROOTS[0], network)) {
            match &mut lists {
                None => groups.iter().try_for_each(|group| self.check_group(group, network))?,
                Some(lists) => {
                    let groups: Vec<&WeightGroup> = groups.iter().filter(|group| !group.tensors.is_empty()).collect();
                    let found = if groups.is_empty() { Vec::new() } else { lists.next().unwrap_or_default() };
                    self.take(&node.name, &groups, found, network)?;
                }
            }
        }
        match lists.and_then(|mut lists| lists.next()) {
            None => Ok(()),
            Some(_) => Err(self.h5.place().error("it has the weights of more layers than the model has")),
        }
    }

    /// Assigns the arrays of a group to the weights of the group.
    fn check_group<T: Scalar>(&mut self, group: &WeightGroup, network: &Network<T>) -> Result<()> {
        let renamed = match &self.layout {
            Layout::Groups(renamed) => renamed.get(&group.group),
            Layout::Lists(_) => None,
        };
        let vars = format!("{}/vars", renamed.unwrap_or(&group.group));
        let mut found = numbered(&vars, self.h5.count(&vars)?);
        if group.repeated.is_some() && !found.is_empty() {
            found.remove(0);
        }
        self.take(&group.name, &[group], found, network)
    }

    /// Assigns these arrays to the weights of a layer, and checks their number and shapes.
    fn take<T: Scalar>(
        &mut self,
        name: &str,
        groups: &[&WeightGroup],
        mut found: Vec<String>,
        network: &Network<T>,
    ) -> Result<()> {
        let wanted: Vec<usize> = groups.iter().flat_map(|group| group.tensors.iter().copied()).collect();
        if groups.iter().any(|group| group.counts_samples) && found.len() == wanted.len() + 1 {
            // The last array is the number of samples, on which nothing depends.
            found.pop();
        }
        if found.len() != wanted.len() {
            let (found, wanted) = (found.len(), wanted.len());
            let problem = format!("the file has {found} arrays for this layer, which has {wanted} weights");
            return Err(self.h5.place().member(name).error(problem));
        }
        for (number, path) in wanted.into_iter().zip(found) {
            let tensor = &network.tensors()[number];
            let stored = self.h5.shape(&path)?;
            if stored != tensor.shape {
                let wanted = format!("`{}` of layer `{name}` needs {:?}", tensor.name, tensor.shape);
                return Err(self.h5.place().member(&path).error(format!("its shape is {stored:?}, but {wanted}")));
            }
            self.arrays.push((number, path));
        }
        Ok(())
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

    /// Returns whether the file has a state that fits the optimizer of this model.
    pub(super) fn fits_optimizer<T: Scalar>(&self, model: &Model<T>) -> bool {
        let (Some(network), Some(compiled)) = (&model.network, &model.compiled) else { return false };
        let optimizer = compiled.optimizer.built_for(|| network.trained(), network.params());
        self.stored_optimizer(&model.graph, network).is_ok_and(|stored| stored.fits(&optimizer, &self.h5))
    }

    /// Reads the state of the optimizer; does nothing if the file has no arrays for it.
    pub(super) fn optimizer<T: Scalar>(&self, model: &mut Model<T>) -> Result<()> {
        let (Some(network), Some(compiled)) = (&model.network, &mut model.compiled) else { return Ok(()) };
        self.stored_optimizer(&model.graph, network)?.read(&mut compiled.optimizer, network, &self.h5)
    }

    fn stored_optimizer<T: Scalar>(&self, graph: &Graph<T>, network: &Network<T>) -> Result<StoredOptimizer> {
        let order = trained_order(graph, network);
        match &self.layout {
            Layout::Groups(_) => StoredOptimizer::numbered(&self.h5, order),
            Layout::Lists(_) => StoredOptimizer::listed(&self.h5, order),
        }
    }
}

/// Returns the arrays of each layer with weights, in order, for files of Keras 2 and `.h5` files of Keras 3.
fn lists(h5: &H5) -> Result<Vec<Vec<String>>> {
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
    Ok(layers)
}

/// Returns the trained weights in the order of Keras' layers; each is given by its number among the trained weights.
fn trained_order<T: Scalar>(graph: &Graph<T>, network: &Network<T>) -> Vec<usize> {
    let tensors = network.tensors();
    let number = |tensor: usize| tensors[..tensor].iter().filter(|tensor| tensor.trainable).count();
    let of_node = |node: &nodes::NamedNode<'_, T>| network.nodes()[node.number].tensors.clone();
    let all = nodes::in_order(graph);
    all.iter().flat_map(of_node).filter(|&tensor| tensors[tensor].trainable).map(number).collect()
}

/// Returns the content of the weights file of a built model.
pub(in crate::saving) fn tree<T: Scalar>(model: &Model<T>, network: &Network<T>) -> Tree {
    let mut root = Tree::default();
    let nodes = nodes::in_order(&model.graph);
    root.group("vars").set_name(if nodes::is_chain(&model.graph) { "sequential" } else { "functional" });
    for group in of_nodes(&nodes, ROOTS[0], network).iter().flatten() {
        let vars = root.group(&format!("{}/vars", group.group));
        vars.set_name(&group.name);
        for tensor in group.repeated.iter().chain(&group.tensors) {
            let tensor = &network.tensors()[*tensor];
            vars.push(&tensor.shape, network.values(tensor));
        }
        if group.counts_samples {
            vars.push_integer(0);
        }
    }
    if let Some(compiled) = &model.compiled {
        let optimizer = compiled.optimizer.built_for(|| network.trained(), network.params());
        let vars = root.group("optimizer/vars");
        vars.set_name(&snake_case(optimizer.rule().name()));
        for memory in optimizer.memories_in(&trained_order(&model.graph, network)) {
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
