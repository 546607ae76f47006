//! Builds a model: adds layers, computes the shapes, and checks the data against them.

use super::Model;
use crate::base::{Error, Inputs, Result, Rng, Samples, Shape, Stream};
use crate::graph::Graph;
use crate::kernels::Scalar;
use crate::layers::LayerEntry;
use crate::network::{Network, Start};

impl<T: Scalar> Model<T> {
    /// Creates the built model of a graph with inputs.
    pub(crate) fn with_graph(seed: u64, graph: Graph<T>) -> Result<Self> {
        let mut model = Self::with_seed(seed);
        model.input = graph.input_shape();
        model.graph = graph;
        model.ensure_built(None)?;
        Ok(model)
    }

    /// Adds a layer; if it does not fit, the first method that needs the model built reports the error.
    pub(crate) fn add(&mut self, entry: LayerEntry<T>) {
        self.graph.push(entry);
        self.uncompile("a layer was added since");
        self.build_if_known();
    }

    /// Sets the shape of the samples.
    pub(crate) fn set_input(&mut self, shape: Shape) {
        // a network without layers can be replaced; for any other, the next method reports an error if the shape differs
        if self.network.as_ref().is_some_and(|network| network.nodes().is_empty()) {
            self.network = None;
        }
        self.input = Some(shape);
        self.build_if_known();
    }

    pub(crate) fn pop(&mut self) -> bool {
        let popped = self.graph.pop();
        if let Some(network) = &mut self.network {
            network.truncate(self.graph.nodes().len());
        }
        self.uncompile("a layer was removed since");
        popped
    }

    fn build_if_known(&mut self) {
        if self.input.is_some() {
            // an error is reported by the first method that needs the model built
            let _ = self.ensure_built(None);
        }
    }

    /// Returns the network, or an error if it does not contain all layers of the model.
    pub(crate) fn built(&self, method: &'static str) -> Result<&Network<T>> {
        if self.graph.nodes().is_empty() {
            return Err(Error::NoLayers);
        }
        match &self.network {
            Some(network) if self.is_built() => Ok(network),
            _ if self.input.is_some() => Err(self.clone().ensure_built(None).err().unwrap_or(Error::NotBuilt { method })),
            _ => Err(Error::NotBuilt { method }),
        }
    }

    /// Returns whether the model has a network that contains all its layers.
    pub(crate) fn is_whole(&self) -> bool {
        !self.graph.nodes().is_empty() && self.is_built()
    }

    fn is_built(&self) -> bool {
        let fits = |network: &Network<T>| self.input.as_ref().is_none_or(|input| input == network.input());
        self.network.as_ref().is_some_and(|network| network.nodes().len() == self.graph.nodes().len() && fits(network))
    }

    /// Builds the layers that are not built yet; the input shape must be known.
    pub(super) fn ensure_built(&mut self, sample: Option<&dyn Fn() -> Samples<T>>) -> Result<()> {
        let Some(input) = self.input_shape() else { return Err(Error::NotBuilt { method: "build" }) };
        if input.width() == 0 {
            return Err(Error::argument("Input", "shape", input, "at least one value in each sample"));
        }
        if self.graph.nodes().is_empty() {
            return Err(Error::NoLayers);
        }
        if let Some(wanted) = &self.input
            && wanted != input
        {
            return Err(Error::argument("Input", "shape", wanted, format!("{input}, for which the model has weights")));
        }
        let input = input.clone();
        let network = self.network.get_or_insert_with(|| Network::new(input));
        let done = network.nodes().len();
        let planned = network.plan(&self.graph);
        let samples = sample.filter(|_| network.sees_data()).map(|sample| sample());
        network.fill(done, Start::Drawn(&mut self.weights, samples.as_ref().map(Samples::all)))?;
        planned
    }

    /// Builds the model, for samples of this shape if it has no input shape; `sample` is for initializers that read data.
    pub(crate) fn build_for(&mut self, input: &Shape, sample: &dyn Fn() -> Samples<T>) -> Result<()> {
        if self.input_shape().is_none() {
            self.network = Some(Network::new(input.clone()));
        }
        self.ensure_built(Some(sample))
    }

    /// Computes all shapes for samples of this shape, without allocating the weights, which come from a file.
    #[cfg(feature = "keras")]
    pub(crate) fn plan(&mut self, input: Shape) -> Result<()> {
        let network = self.network.insert(Network::new(input.clone()));
        network.plan(&self.graph)?;
        self.input = Some(input);
        Ok(())
    }

    /// Allocates the weights of a model after [`plan`](Self::plan).
    #[cfg(feature = "keras")]
    pub(crate) fn allocate(&mut self) -> Result<()> {
        self.network.as_mut().map_or(Ok(()), |network| network.fill(0, Start::Blank))
    }

    /// Removes the weights of a model that was built in a call that then failed.
    pub(crate) fn unbuild(&mut self) {
        self.network = None;
        self.weights = Rng::stream(self.seed, Stream::Weights);
    }

    /// Fails unless there is a matrix with values for each input, with as many columns as that takes, if that is known.
    pub(crate) fn check_shape(&self, what: &'static str, x: &Inputs<'_, T>) -> Result<()> {
        let (inputs, found) = (self.graph.inputs(), x.matrices().len());
        if found != inputs.len().max(1) {
            let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
            let names = if names.is_empty() { "one matrix".to_string() } else { names.join(", ") };
            return Err(Error::Count { what, of: "inputs", expected: inputs.len().max(1), found, names });
        }
        for (number, &x) in x.matrices().iter().enumerate() {
            let width = match found {
                1 => self.input_shape().map(Shape::width),
                _ => Some(inputs[number].shape.width()),
            };
            let checked =
                if x.is_empty() { Err(Error::Empty { what }) } else { check_width(what, x.shape(), width.unwrap_or(x.ncols())) };
            checked.map_err(|error| if found == 1 { error } else { error.within(format!("input `{}`", inputs[number].name)) })?;
        }
        Ok(())
    }

    /// Fails if the data have another number of columns than the model's inputs, if that is known.
    pub(crate) fn check_width(&self, what: &'static str, rows: usize, columns: usize) -> Result<()> {
        check_width(what, (rows, columns), self.input_shape().map_or(columns, Shape::width))
    }
}

/// Fails if a matrix has another number of columns than `expected`.
fn check_width(what: &'static str, (rows, columns): (usize, usize), expected: usize) -> Result<()> {
    if columns == expected {
        return Ok(());
    }
    let hint = if rows == expected {
        "it looks transposed: samples are rows, so pass `x.transpose()`"
    } else {
        "give it one column for each input, or build another model"
    };
    Err(Error::Width { what, rows, columns, expected, hint })
}
