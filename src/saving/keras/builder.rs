//! The layers of a model that is being read, each with its connections and its place in the file.

use super::nodes;
use super::outline::LayerPlace;
use crate::base::{Shape, free_name};
use crate::graph::Graph;
use crate::kernels::Scalar;
use crate::layers::LayerEntry;
use crate::network::Network;

/// A layer that was read from a file.
pub(super) struct ReadLayer<T: Scalar> {
    pub(super) entry: LayerEntry<T>,
    /// The numbers of the values that it reads: 0 is the data, `i + 1` is the output of layer `i`.
    pub(super) reads: Vec<usize>,
    pub(super) place: LayerPlace,
}

/// A model whose layers a reader collects in the flow of the data: a model within the model is replaced by its layers.
pub(super) struct Container<'a> {
    /// The number of the value that the model takes.
    pub(super) input: usize,
    pub(super) place: &'a LayerPlace,
    /// The name of the model, if it is within another.
    pub(super) name: Option<&'a str>,
    /// False if the model, or one that contains it, is frozen.
    pub(super) trainable: bool,
}

/// The layers that were read so far.
pub(super) struct Builder<T: Scalar> {
    layers: Vec<ReadLayer<T>>,
    planned: Planned<T>,
    has_models: bool,
}

impl<T: Scalar> Builder<T> {
    pub(super) fn new(input: Option<&Shape>) -> Self {
        Self { layers: Vec::new(), planned: Planned::new(input), has_models: false }
    }

    /// Returns the number of axes of a value, including the batch axis, if it is known.
    pub(super) fn axes(&self, value: usize) -> Option<usize> {
        self.planned.axes(value)
    }

    /// Returns the number of values so far; the data is one of them.
    pub(super) fn values(&self) -> usize {
        self.layers.len() + 1
    }

    /// Adds a layer of a model, and returns the number of the value that it computes.
    pub(super) fn push(&mut self, mut entry: LayerEntry<T>, reads: Vec<usize>, place: LayerPlace, model: &Container) -> usize {
        self.has_models |= model.name.is_some();
        if self.has_models
            && let Some(name) = &entry.name
            && !self.is_free(name)
        {
            // Two models may each have a layer of this name, which is one model here.
            let longer = model.name.map_or(name.clone(), |outer| format!("{outer}_{name}"));
            entry.name = Some(free_name(longer, |name| self.is_free(name)));
        }
        entry.trainable &= model.trainable;
        self.planned.push(&entry, &reads);
        self.layers.push(ReadLayer { entry, reads, place });
        self.layers.len()
    }

    fn is_free(&self, name: &str) -> bool {
        self.layers.iter().all(|layer| layer.entry.name.as_deref() != Some(name))
    }

    /// Returns whether every value from number `first` on but `output` is read by a layer.
    pub(super) fn reads_all_but(&self, output: usize, first: usize) -> bool {
        let is_read = |value: usize| self.layers.iter().any(|layer| layer.reads.contains(&value));
        (first..self.values()).all(|value| value == output || is_read(value))
    }

    pub(super) fn finish(self) -> Vec<ReadLayer<T>> {
        self.layers
    }
}

/// The layers that were read so far, planned to know the shapes of their outputs; `None` after a layer that cannot be planned.
struct Planned<T: Scalar>(Option<(Graph<T>, Network<T>)>);

impl<T: Scalar> Planned<T> {
    fn new(input: Option<&Shape>) -> Self {
        Self(input.map(|input| (Graph::new(), Network::new(input.clone()))))
    }

    /// Returns the number of axes of a value, including the batch axis: 0 is the data, `i + 1` is the output of layer `i`.
    fn axes(&self, value: usize) -> Option<usize> {
        let (graph, network) = self.0.as_ref()?;
        Some(network.shape(nodes::output_of(graph, value)?).dims().len() + 1)
    }

    fn push(&mut self, entry: &LayerEntry<T>, reads: &[usize]) {
        self.0 = self.0.take().and_then(|(mut graph, mut network)| {
            let reads: Option<Vec<usize>> = reads.iter().map(|&layer| nodes::output_of(&graph, layer)).collect();
            graph.push_reading(entry.clone(), reads?);
            let group = graph.groups().last()?;
            network.plan(std::iter::once((group, &graph.nodes()[group.nodes.clone()]))).ok()?;
            Some((graph, network))
        });
    }
}
