//! The weights of a model and what its optimizer remembers, as arrays of an HDF5 file.
//!
//! Keras 3 keeps them under `layers/<class>[_k]/vars/<i>`, `k` counting the layers of a class whatever they are called,
//! and `optimizer/vars/<i>`. Older files say themselves which arrays a layer has. Where exactly a layer's arrays are is
//! written down in `homes`.

use super::h5::{H5, Tree};
use super::homes::{Groups, Home, of_layer, of_stack};
use super::place::Place;
use crate::base::Result;
use crate::base::Shape;
use crate::base::snake_case;
use crate::kernels::Scalar;
use crate::layers::LayerEntry;
use crate::model::Sequential;
use crate::network::Network;
use crate::optimizers::{Kept, KeptMut};

/// Which arrays of a file belong to which layer, and to the optimizer.
pub(super) struct Stored {
    h5: H5,
    /// The arrays of each layer with weights, where the file lists them itself.
    listed: Option<Vec<Vec<String>>>,
    /// The array of each weight, once [`check`](Self::check) has found it.
    arrays: Vec<String>,
    /// How many values these have.
    size: usize,
    /// What the optimizer remembers, in Keras' order.
    optimizer: Vec<String>,
}

fn numbered(group: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{group}/{number}")).collect()
}

impl Stored {
    pub(super) fn new(h5: H5) -> Result<Self> {
        if h5.has("model_weights")? || h5.texts("", "layer_names")?.is_some() {
            return Self::older(h5);
        }
        let optimizer = numbered("optimizer/vars", h5.count("optimizer/vars")?);
        Ok(Self { h5, listed: None, arrays: Vec::new(), size: 0, optimizer })
    }

    /// Files of Keras 2, and of `.h5` in Keras 3: the layers with weights, in order, each listing its arrays.
    fn older(h5: H5) -> Result<Self> {
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
        Ok(Self { h5, listed: Some(layers), arrays: Vec::new(), size: 0, optimizer })
    }

    /// Fails unless each weight that the layers will have for this input is there, in its shape. Nothing is built for
    /// that, so that a file cannot ask for more memory than it has arrays for.
    pub(super) fn check<T: Scalar>(&mut self, entries: &[LayerEntry<T>], input: &Shape) -> Result<()> {
        let mut shape = input.clone();
        let mut listed = self.listed.take().map(Vec::into_iter);
        let mut groups = Groups::default();
        for entry in entries {
            let mut homes = Vec::new();
            shape = of_layer(entry, &groups.next(entry, "layers"), &shape, self.h5.place(), &mut homes)?;
            match &mut listed {
                None => {
                    for home in &homes {
                        let vars = format!("{}/vars", home.group);
                        let mut found = numbered(&vars, self.h5.count(&vars)?);
                        if home.repeats.is_some() && !found.is_empty() {
                            found.remove(0);
                        }
                        self.check_home(&home.name, &[home], found)?;
                    }
                }
                Some(listed) => {
                    let homes: Vec<&Home<T>> = homes.iter().filter(|home| !home.weights.is_empty()).collect();
                    let found = if homes.is_empty() { Vec::new() } else { listed.next().unwrap_or_default() };
                    self.check_home(entry.name.as_deref().unwrap_or_default(), &homes, found)?;
                }
            }
        }
        match listed.and_then(|mut listed| listed.next()) {
            None => Ok(()),
            Some(_) => Err(self.h5.place().error("it has the weights of more layers than the model has")),
        }
    }

    /// Takes these arrays for the weights of a layer.
    fn check_home<T: Scalar>(&mut self, name: &str, homes: &[&Home<T>], mut found: Vec<String>) -> Result<()> {
        let wanted = homes.iter().flat_map(|home| &home.weights);
        let count = wanted.clone().count();
        if homes.iter().any(|home| home.counts_samples()) && found.len() == count + 1 {
            // the number of samples it has seen, which nothing depends on
            found.pop();
        }
        if found.len() != count {
            let problem = format!("the file has {} arrays for this layer, which has {count} weights", found.len());
            return Err(self.h5.place().member(name).error(problem));
        }
        for (path, param) in found.iter().zip(wanted) {
            let stands = self.h5.shape(path)?;
            if stands != param.shape {
                let wanted = format!("`{}` of layer `{name}` needs {:?}", param.name, param.shape);
                return Err(self.h5.place().member(path).error(format!("its shape is {stands:?}, but {wanted}")));
            }
            self.size = self.size.saturating_add(stands.iter().product());
        }
        self.arrays.extend(found);
        Ok(())
    }

    /// How many values the weights have that [`check`](Self::check) has found.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Reads all weights to where they belong.
    pub(super) fn weights<T: Scalar>(&self, model: &mut Sequential<T>) -> Result<()> {
        let Some(network) = &mut model.network else { return Ok(()) };
        for (number, path) in self.arrays.iter().enumerate() {
            let shape = network.tensors()[number].shape.clone();
            self.h5.read(path, &shape, network.values_mut(number))?;
        }
        Ok(())
    }

    /// Whether the optimizer of this model remembers as many arrays as the file has of one.
    pub(super) fn fits_optimizer<T: Scalar>(&self, model: &Sequential<T>) -> bool {
        let (Some(network), Some(compiled)) = (&model.network, &model.compiled) else { return false };
        self.optimizer.len() == compiled.optimizer.built_for(network).kept().count()
    }

    /// Reads what the optimizer remembers; nothing if it was never at work.
    pub(super) fn optimizer<T: Scalar>(&self, model: &mut Sequential<T>) -> Result<()> {
        let (Some(network), Some(compiled)) = (&mut model.network, &mut model.compiled) else { return Ok(()) };
        if self.optimizer.is_empty() {
            return Ok(());
        }
        let optimizer = &mut compiled.optimizer;
        optimizer.build_for(network);
        let (found, wanted) = (self.optimizer.len(), optimizer.kept().count());
        if found != wanted {
            let problem = format!("it has {found} arrays, but {} has {wanted} for these weights", optimizer.rule().name());
            return Err(self.h5.place().member("optimizer").error(problem));
        }
        optimizer.replace(|number, name, shape, kept| {
            let path = &self.optimizer[number];
            match kept {
                KeptMut::Values(values) => self.h5.read(path, shape, values),
                KeptMut::Number(number) => {
                    self.h5.read(path, &[], std::slice::from_mut(number))?;
                    self.check_number(path, name, *number)
                }
            }
        })
    }

    fn check_number(&self, path: &str, name: &str, value: f64) -> Result<()> {
        let is_count = || value.fract() == 0.0 && value < 9e15;
        let is_allowed = match name {
            "iteration" => value >= 0.0 && is_count(),
            "learning_rate" => value >= 0.0,
            _ => true,
        };
        if is_allowed { Ok(()) } else { Err(self.h5.place().member(path).error(format!("{value} is no `{name}`"))) }
    }
}

/// The file of weights of a model that is built.
pub(super) fn tree<T: Scalar>(model: &Sequential<T>, network: &Network<T>, place: &Place) -> Result<Tree> {
    let mut root = Tree::default();
    root.group("vars").set_name("sequential");
    let mut homes = Vec::new();
    of_stack(&model.entries, "layers", network.input(), place, &mut homes)?;
    let mut first = 0;
    for home in &homes {
        let vars = root.group(&format!("{}/vars", home.group));
        vars.set_name(&home.name);
        let own = first..first + home.weights.len();
        for tensor in home.repeats.map(|before| first - before).into_iter().chain(own.clone()) {
            let tensor = &network.tensors()[tensor];
            vars.push(&tensor.shape, network.values(tensor));
        }
        first = own.end;
        if home.counts_samples() {
            vars.push_integer(0);
        }
    }
    if let Some(compiled) = &model.compiled {
        let optimizer = compiled.optimizer.built_for(network);
        let vars = root.group("optimizer/vars");
        vars.set_name(&snake_case(optimizer.rule().name()));
        for (name, shape, kept) in optimizer.kept() {
            match kept {
                Kept::Number(value) if name == "iteration" => vars.push_integer(value as i64),
                // single numbers with all their digits, whatever the type of the model
                Kept::Number(value) => vars.push(&[], &[value]),
                Kept::Values(values) => vars.push(&shape, values),
            }
        }
    }
    Ok(root)
}
