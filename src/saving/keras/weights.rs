//! The weights of a model and what its optimizer remembers, as arrays of an HDF5 file.
//!
//! Keras 3 keeps them under `layers/<class>[_k]/vars/<i>`, `k` counting the layers of a class whatever they are called,
//! and `optimizer/vars/<i>`. Older files say themselves which arrays a layer has. Where exactly a layer's arrays are is
//! written down in `groups`, and which array of the optimizer is what in `optimizer`.

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

/// Which arrays of a file belong to which layer, and to the optimizer.
pub(super) struct Stored {
    h5: H5,
    layout: Layout,
    /// The array of each weight that [`check`](Self::check) has found, with the number of the weight.
    arrays: Vec<(usize, String)>,
}

/// How a file says which arrays a layer has.
enum Layout {
    /// By groups whose names follow from the classes, but for these: the name they should have, and the one they have.
    Groups(HashMap<String, String>),
    /// By a list of arrays for each layer with weights.
    Lists(Vec<Vec<String>>),
}

/// The arrays `0`, `1` and so on of a group.
pub(super) fn numbered(group: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{group}/{number}")).collect()
}

/// The group of the layers in Keras 3, and in Keras 2.12 to 2.14.
const ROOTS: [&str; 2] = ["layers", "_layer_checkpoint_dependencies"];

/// Whether there are weights of layers in a file, in one of Keras' layouts.
pub(super) fn has_weights(h5: &H5) -> Result<bool> {
    let is_root = |group: &String| ROOTS.contains(&group.split('\\').next().unwrap_or_default());
    Ok(h5.has("model_weights")? || h5.texts("", "layer_names")?.is_some() || h5.groups("")?.iter().any(is_root))
}

/// The groups of layers that Keras 2.12 to 2.15 call otherwise, each with the name that Keras 3 gives it.
///
/// Those versions number the layers of a class with gaps, and on Windows a path is one name with backslashes.
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

    /// Fails unless each weight of a network that is planned is there, in its shape.
    ///
    /// The network need have no values yet, so that a file cannot ask for more memory than it has arrays for.
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

    /// Takes the arrays of a group for the weights that should be there.
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

    /// Takes these arrays for the weights of a layer.
    fn take<T: Scalar>(
        &mut self,
        name: &str,
        groups: &[&WeightGroup],
        mut found: Vec<String>,
        network: &Network<T>,
    ) -> Result<()> {
        let wanted: Vec<usize> = groups.iter().flat_map(|group| group.tensors.iter().copied()).collect();
        if groups.iter().any(|group| group.counts_samples) && found.len() == wanted.len() + 1 {
            // the number of samples it has seen, which nothing depends on
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

    /// Reads all weights to where they belong.
    pub(super) fn weights<T: Scalar>(&self, model: &mut Model<T>) -> Result<()> {
        let Some(network) = &mut model.network else { return Ok(()) };
        for (number, path) in &self.arrays {
            let shape = network.tensors()[*number].shape.clone();
            self.h5.read(path, &shape, network.values_mut(*number))?;
        }
        Ok(())
    }

    /// Whether the file has the state of an optimizer like that of this model.
    pub(super) fn fits_optimizer<T: Scalar>(&self, model: &Model<T>) -> bool {
        let (Some(network), Some(compiled)) = (&model.network, &model.compiled) else { return false };
        let optimizer = compiled.optimizer.built_for(|| network.trained(), network.params());
        self.stored_optimizer().is_ok_and(|stored| stored.fits(&optimizer, &self.h5))
    }

    /// Reads what the optimizer remembers; nothing if it was never at work.
    pub(super) fn optimizer<T: Scalar>(&self, model: &mut Model<T>) -> Result<()> {
        let (Some(network), Some(compiled)) = (&model.network, &mut model.compiled) else { return Ok(()) };
        self.stored_optimizer()?.read(&mut compiled.optimizer, network, &self.h5)
    }

    fn stored_optimizer(&self) -> Result<StoredOptimizer> {
        match &self.layout {
            Layout::Groups(_) => StoredOptimizer::numbered(&self.h5),
            Layout::Lists(_) => StoredOptimizer::listed(&self.h5),
        }
    }
}

/// Files of Keras 2, and of `.h5` in Keras 3: the layers with weights, in order, each listing its arrays.
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

/// The file of weights of a model that is built.
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
        for memory in optimizer.memories() {
            match optimizer.lend(&memory) {
                Lent::Number(value) if memory.item == Item::Iteration => vars.push_integer(value as i64),
                // single numbers with all their digits, whatever the type of the model
                Lent::Number(value) => vars.push(&[], &[value]),
                Lent::Values(values) => vars.push(&memory.shape, values),
            }
        }
    }
    root
}
