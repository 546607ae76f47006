//! Changes of the layers of a model: their arguments, by their descriptions.

use super::draft::Draft;
use crate::base::{Error, Result};
use crate::graph::Graph;
use crate::kernels::Scalar;
use crate::layers::{Activation, Layer, Normalization};
use crate::part::{Spec, Value};
use crate::saving::Registry;
use std::sync::Arc;

/// Layers that pass values on, so that the one before them is the last one that computes something.
const PASS_ON: [&str; 6] = ["Dropout", "GaussianNoise", "Identity", "Flatten", "Reshape", "ActivityRegularization"];

impl<T: Scalar> Draft<'_, T> {
    /// Normalizes the inputs: puts a `Normalization` that is adapted to the training rows before all other layers, or in the place of one that
    /// is there.
    ///
    /// A column that is constant in the training rows is only shifted, as `StandardScaler` does: by its own deviation, another
    /// value in a later row would become a huge number.
    pub(super) fn normalize(&mut self) -> Result<()> {
        let rows = self.trained_rows();
        let layer = Normalization::default().adapt(&self.train.x.rows(0, rows).into_owned())?;
        let layer: Arc<dyn Layer<T>> = layer.only_shifting_constants().into_shared();
        let mut graph = self.model.graph.clone();
        let first = graph.groups().first().filter(|group| group.entry.layer.name() == "Normalization");
        match first.map(|group| group.entry.name.clone().unwrap_or_default()) {
            Some(name) => {
                graph.replace(0, layer);
                self.redraw(graph, &[name])
            }
            None => {
                graph.insert_first(layer);
                self.redraw(graph, &[])
            }
        }
    }

    fn redraw(&mut self, graph: Graph<T>, redrawn: &[String]) -> Result<()> {
        self.model = self.model.redrawn(graph, self.train.x.ncols(), redrawn)?;
        Ok(())
    }

    /// Changes the description of each layer with one of these names; fails if there is none of this name, or it stays the same.
    pub(super) fn change_layers(&mut self, names: &[String], redraws: bool, change: &dyn Fn(&mut Spec)) -> Result<()> {
        let mut graph = self.model.graph.clone();
        for name in names {
            let of_name = |group: &crate::graph::Group<T>| group.entry.name.as_ref() == Some(name);
            let Some(number) = graph.groups().iter().position(of_name) else {
                let within = graph.nodes().iter().any(|node| node.name == *name);
                return Err(match within {
                    true => outside(name, "is within another layer"),
                    false => self.model.get_layer(name).err().unwrap_or(Error::NoLayers),
                });
            };
            let old = graph.groups()[number].entry.layer.clone();
            let layer = changed(&*old, change).map_err(|error| outside(name, &format!("cannot be made again ({error})")))?;
            if layer.spec() == old.spec() || !graph.replace(number, layer) {
                return Err(outside(name, "has nothing that this remedy changes"));
            }
        }
        let redrawn = if redraws { names } else { &[] };
        self.redraw(graph, redrawn)
    }

    /// Returns the name of the last layer that computes something from the outputs of others.
    pub(super) fn head(&self) -> Result<String> {
        let mut groups = self.model.graph.groups().iter().rev();
        let head = groups.find(|group| !PASS_ON.contains(&group.entry.layer.name())).ok_or(Error::NoLayers)?;
        Ok(head.entry.name.clone().unwrap_or_default())
    }

    /// Returns the names of the layers before the last one whose description has this argument.
    pub(super) fn hidden_with(&self, argument: &str) -> Result<Vec<String>> {
        let head = self.head()?;
        let has = |group: &&crate::graph::Group<T>| group.entry.layer.spec().get(argument).is_some();
        let names = self.model.graph.groups().iter().filter(has).filter_map(|group| group.entry.name.clone());
        Ok(names.filter(|name| *name != head).collect())
    }

    /// Gives the layers before the last one this activation, and the initializer that goes with it.
    pub(super) fn activate_hidden(&mut self, activation: &str) -> Result<()> {
        let text = |word: &str| Value::Text(word.to_string());
        let initializer = if activation == "selu" { "lecun_normal" } else { "glorot_uniform" };
        self.change_layers(&self.hidden_with("activation")?, true, &|spec| {
            set(spec, "activation", text(activation));
            if spec.get("kernel_initializer").is_some() {
                set(spec, "kernel_initializer", text(initializer));
            }
        })
    }

    /// Keeps the first hidden layers with units, and what stands before the next; in a model that is no chain it keeps all.
    ///
    /// It gives those that it keeps as many units more that there are about as many weights between hidden layers as before.
    pub(super) fn keep_hidden(&mut self, most: usize) -> Result<()> {
        let (old, head) = (&self.model.graph, self.head()?);
        let is_chain = old.inputs().is_empty();
        let hidden = self.hidden_with("units")?;
        let Some(first) = hidden.get(most).filter(|_| is_chain) else { return Ok(()) };
        let mut graph = Graph::new();
        let mut is_left_out = false;
        for group in old.groups() {
            let is = |name: &String| group.entry.name.as_ref() == Some(name);
            is_left_out = (is_left_out || is(first)) && !is(&head);
            if !is_left_out {
                graph.push(group.entry.clone());
            }
        }
        self.redraw(graph, &[])?;
        let factor = ((hidden.len() - most + 1) as f64).sqrt();
        self.change_layers(&hidden[..most], true, &|spec| {
            if let Some(Value::Int(units)) = spec.get("units") {
                let units = (*units as f64 * factor).ceil() as i64;
                set(spec, "units", Value::Int(units));
            }
        })
    }

    /// Gives a layer this activation.
    pub(super) fn activate(&mut self, name: &str, activation: &str) -> Result<()> {
        self.change_layers(&[name.to_string()], false, &|spec| {
            // a layer that is an activation and nothing else
            if ["Softmax", "ReLU", "LeakyReLU", "ELU", "PReLU"].contains(&spec.class_name.as_str()) {
                *spec = Spec::named("Activation");
            }
            set(spec, "activation", Value::Text(activation.to_string()));
        })
    }
}

/// Makes a layer again with a changed description.
fn changed<T: Scalar>(layer: &dyn Layer<T>, change: &dyn Fn(&mut Spec)) -> Result<Arc<dyn Layer<T>>> {
    let mut spec = layer.spec();
    change(&mut spec);
    if spec.class_name == "Activation"
        && let Some(Value::Text(activation)) = spec.get("activation")
    {
        return Ok(Activation::new(activation.as_str()).into_shared());
    }
    Registry::<T>::default().part(&spec)
}

fn outside(layer: &str, why: &str) -> Error {
    let allowed = "a layer of this crate that the model itself has; change it in the function that builds the model";
    Error::argument("Remedy", "layer", format!("`{layer}`, which {why}"), allowed)
}

/// Sets an argument of a description.
pub(super) fn set(spec: &mut Spec, argument: &str, value: Value) {
    match spec.config.iter_mut().find(|(name, _)| name == argument) {
        Some((_, old)) => *old = value,
        None => spec.config.push((argument.to_string(), value)),
    }
}

/// Divides all numbers in the description of a regularizer.
pub(super) fn divide(value: &mut Value, by: f64) {
    match value {
        Value::Float(number) => *number /= by,
        Value::Spec(spec) => spec.config.iter_mut().for_each(|(_, value)| divide(value, by)),
        Value::List(values) => values.iter_mut().for_each(|value| divide(value, by)),
        _ => {}
    }
}
