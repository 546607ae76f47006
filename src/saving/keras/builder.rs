//! The layers of a model that is being read, with their connections and their places in the file.

use super::outline::LayerPlace;
use crate::base::{Shape, free_name};
use crate::graph::Graph;
use crate::kernels::Scalar;
use crate::layers::LayerEntry;
use crate::network::Network;
use std::collections::{HashMap, HashSet};

/// A model whose layers a reader collects in the flow of the data: a model within the model is replaced by its layers.
pub(super) struct Container<'a> {
    /// The numbers of the values that the model takes.
    pub(super) inputs: Vec<usize>,
    pub(super) place: &'a LayerPlace,
    /// The name of the model, if it is within another.
    pub(super) name: Option<&'a str>,
    /// False if the model, or one that contains it, is frozen.
    pub(super) trainable: bool,
}

/// The layers that were read so far.
pub(super) struct Builder<T: Scalar> {
    graph: Graph<T>,
    /// The place of each layer in the file.
    places: Vec<LayerPlace>,
    /// The number of each layer by the group of its place.
    layers: HashMap<String, usize>,
    /// The shape of a sample, with the values of all inputs, if it is known.
    input: Option<Shape>,
    /// The layers with known shapes; `None` after a layer that cannot be planned.
    planned: Option<Network<T>>,
    has_models: bool,
}

impl<T: Scalar> Builder<T> {
    /// Starts a `Sequential`.
    pub(super) fn of_chain(input: Option<Shape>) -> Self {
        Self::new(Graph::new(), input)
    }

    /// Starts a functional model with these inputs; the shape of an only input need not be known.
    pub(super) fn of_graph(inputs: Vec<(String, Option<Shape>)>) -> Self {
        match &inputs[..] {
            [(_, None)] => Self::new(Graph::new(), None),
            _ => {
                let known = |(name, shape): (String, Option<Shape>)| (name, shape.unwrap_or_else(|| 1.into()));
                let graph = Graph::with_inputs(inputs.into_iter().map(known).collect());
                let input = graph.input_shape();
                Self::new(graph, input)
            }
        }
    }

    fn new(graph: Graph<T>, input: Option<Shape>) -> Self {
        let mut planned = input.clone().map(Network::new);
        planned = planned.and_then(|mut network| network.plan(&graph).ok().map(|()| network));
        Self { graph, places: Vec::new(), layers: HashMap::new(), input, planned, has_models: false }
    }

    /// Returns the numbers of the values of the inputs.
    pub(super) fn inputs(&self) -> Vec<usize> {
        self.graph.input_values()
    }

    /// Returns the number of axes of a value, including the batch axis, if it is known.
    pub(super) fn axes(&self, value: usize) -> Option<usize> {
        let network = self.planned.as_ref()?;
        (value <= network.nodes().len()).then(|| network.shape(value).dims().len() + 1)
    }

    /// Returns the number of values so far; the data is one of them.
    pub(super) fn values(&self) -> usize {
        self.graph.nodes().len() + 1
    }

    /// Adds a layer of a model, or another call of the layer that is at this place; returns the number of the value.
    pub(super) fn push(&mut self, mut entry: LayerEntry<T>, reads: Vec<usize>, place: LayerPlace, model: &Container) -> usize {
        match self.layers.get(&place.group) {
            Some(&layer) => self.graph.push_call(layer, reads),
            None => {
                self.has_models |= model.name.is_some();
                if self.has_models
                    && let Some(name) = &entry.name
                    && !self.is_free(name)
                {
                    // Two models may each have a layer of this name, which is one model here.
                    let longer = model.name.map_or(name.clone(), |outer| format!("{outer}_{name}"));
                    entry.name = Some(free_name(longer, &|name| self.is_free(name)));
                }
                entry.trainable &= model.trainable;
                self.layers.insert(place.group.clone(), self.places.len());
                self.places.push(place);
                self.graph.push_reading(entry, reads);
            }
        }
        self.planned = self.planned.take().and_then(|mut network| network.plan(&self.graph).ok().map(|()| network));
        self.graph.nodes().len()
    }

    /// Gives the layers that compute these outputs of the whole model the names that its file has for the outputs: an output of a
    /// model within the model has the name of that model there, and metrics and losses use it.
    pub(super) fn name_outputs<'n>(&mut self, outputs: impl Iterator<Item = (usize, &'n str)>) {
        outputs.for_each(|(value, name)| self.graph.rename(value, &name.replace('/', "_")));
    }

    fn is_free(&self, name: &str) -> bool {
        self.graph.groups().iter().all(|group| group.entry.name.as_deref() != Some(name))
            && self.graph.inputs().iter().all(|input| input.name != name)
    }

    /// Returns whether every value from number `first` on that is not in `outputs` is read by a layer.
    pub(super) fn reads_all_but(&self, outputs: &[usize], first: usize) -> bool {
        let read: HashSet<usize> = self.graph.nodes().iter().flat_map(|node| node.reads.iter().copied()).collect();
        (first..self.values()).all(|value| outputs.contains(&value) || read.contains(&value))
    }

    /// Returns the graph with these outputs, the places of its layers, and the shape of a sample.
    pub(super) fn finish(mut self, outputs: Vec<usize>) -> (Graph<T>, Vec<LayerPlace>, Option<Shape>) {
        if outputs != [self.graph.nodes().len()] {
            self.graph.set_outputs(outputs);
        }
        (self.graph, self.places, self.input)
    }
}
