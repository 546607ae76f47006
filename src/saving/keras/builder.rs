//! The layers of a model that is being read, with their connections and their places in the file.

use super::outline::LayerPlace;
use super::reader::Reader;
use crate::base::{Result, Shape, free_name};
use crate::graph::Graph;
use crate::kernels::Scalar;
use crate::layers::{Layer, LayerEntry};
use crate::network::Network;
use crate::part::Spec;
use std::collections::HashMap;

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

/// A layer as a file describes it.
pub(super) struct DescribedLayer<'r> {
    /// The reader at the place of the layer, which makes it.
    pub(super) reader: Reader<'r>,
    pub(super) spec: Spec,
    pub(super) name: Option<String>,
    pub(super) trainable: bool,
}

/// The layers that were read so far, whatever their number type.
pub(super) trait Layers {
    /// Returns the number of axes of a value, including the batch axis, if it is known.
    fn axes(&self, value: usize) -> Option<usize>;

    /// Returns the number of values so far; the data is one of them.
    fn values(&self) -> usize;

    /// Makes and adds a layer of a model, or adds another call of the layer that is at this place; returns the number of the value.
    fn push(&mut self, layer: DescribedLayer, reads: Vec<usize>, place: LayerPlace, model: &Container) -> Result<usize>;

    /// Gives the layer that computes this output of the whole model the name that its file has for the output: an output of a model
    /// within the model has the name of that model there, and metrics and losses use it.
    fn name_output(&mut self, value: usize, name: &str);

    /// Returns whether every value from number `first` on that is not in `outputs` is read by a layer.
    fn reads_all_but(&self, outputs: &[usize], first: usize) -> bool;
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
    /// Starts a model with these named inputs, or without names and with a sample of this shape, if it is known.
    pub(super) fn new(inputs: Vec<(String, Shape)>, input: Option<Shape>) -> Self {
        let graph = Graph::with_inputs(inputs);
        let input = graph.input_shape().or(input);
        let mut planned = input.clone().map(Network::new);
        planned = planned.and_then(|mut network| network.plan(&graph).ok().map(|()| network));
        Self { graph, places: Vec::new(), layers: HashMap::new(), input, planned, has_models: false }
    }

    /// Returns the numbers of the values of the inputs.
    pub(super) fn inputs(&self) -> Vec<usize> {
        self.graph.input_values()
    }

    fn is_free(&self, name: &str) -> bool {
        self.graph.groups().iter().all(|group| group.entry.name.as_deref() != Some(name))
            && self.graph.inputs().iter().all(|input| input.name != name)
    }

    /// Returns the graph with these outputs, the places of its layers, and the shape of a sample.
    pub(super) fn finish(mut self, outputs: Vec<usize>) -> (Graph<T>, Vec<LayerPlace>, Option<Shape>) {
        if outputs != [self.graph.nodes().len()] {
            self.graph.set_outputs(outputs);
        }
        (self.graph, self.places, self.input)
    }
}

impl<T: Scalar> Layers for Builder<T> {
    fn axes(&self, value: usize) -> Option<usize> {
        let network = self.planned.as_ref()?;
        (value <= network.nodes().len()).then(|| network.shape(value).dims().len() + 1)
    }

    fn values(&self) -> usize {
        self.graph.nodes().len() + 1
    }

    fn push(&mut self, layer: DescribedLayer, reads: Vec<usize>, place: LayerPlace, model: &Container) -> Result<usize> {
        let DescribedLayer { reader, spec, mut name, trainable } = layer;
        let made = reader.made::<dyn Layer<T>>(&spec)?;
        match self.layers.get(&place.group) {
            Some(&layer) => self.graph.push_call(layer, reads),
            None => {
                self.has_models |= model.name.is_some();
                if self.has_models
                    && let Some(own) = &name
                    && !self.is_free(own)
                {
                    // Two models may each have a layer of this name, which is one model here.
                    let longer = model.name.map_or(own.clone(), |outer| format!("{outer}_{own}"));
                    name = Some(free_name(longer, &|name| self.is_free(name)));
                }
                self.layers.insert(place.group.clone(), self.places.len());
                self.places.push(place);
                self.graph.push_reading(LayerEntry { layer: made, name, trainable: trainable && model.trainable }, reads);
            }
        }
        self.planned = self.planned.take().and_then(|mut network| network.plan(&self.graph).ok().map(|()| network));
        Ok(self.graph.nodes().len())
    }

    fn name_output(&mut self, value: usize, name: &str) {
        self.graph.rename(value, &name.replace('/', "_"));
    }

    fn reads_all_but(&self, outputs: &[usize], first: usize) -> bool {
        let mut is_read = vec![false; self.values()];
        for value in self.graph.nodes().iter().flat_map(|node| &node.reads).chain(outputs) {
            is_read[*value] = true;
        }
        is_read[first..].iter().all(|is_read| *is_read)
    }
}
