//! A model with changed layers, which takes over the seed, the compile settings and the weights that fit.

use super::Model;
use crate::base::Result;
use crate::graph::Graph;
use crate::kernels::Scalar;
use crate::optimizers::OptimizerState;

impl<T: Scalar> Model<T> {
    /// Returns a model of a changed graph, for samples of this width, with the seed and the compile settings of this one.
    ///
    /// If this model is built, the other one is too, and has its weights where the names of layer and weight and the shape are
    /// the same; the layers in `redrawn` have new ones. Otherwise all weights are drawn when the model is built.
    ///
    /// # Errors
    ///
    /// A layer cannot take its input, or an argument of the optimizer is outside its range.
    pub(crate) fn redrawn(&self, mut graph: Graph<T>, width: usize, redrawn: &[String]) -> Result<Self> {
        let is_functional = !graph.inputs().is_empty();
        let is_as_wide = self.input_shape().is_none_or(|shape| shape.width() == width);
        if !is_as_wide {
            graph.set_input_width(width);
        }
        let mut model = match is_functional {
            true => Self::with_graph(self.seed, graph)?,
            false => {
                let mut model = Self::with_seed(self.seed);
                model.graph = graph;
                model
            }
        };
        if self.is_whole() && !is_functional {
            let shape = self.input_shape().filter(|_| is_as_wide).cloned();
            model.build_with(shape.unwrap_or_else(|| width.into()))?;
        }
        if let Some(mut compiled) = self.compiled.clone() {
            let rate = compiled.optimizer.learning_rate();
            compiled.optimizer = OptimizerState::new(compiled.optimizer.shared_rule())?;
            if !compiled.optimizer.is_scheduled() {
                compiled.optimizer.set_learning_rate(rate)?;
            }
            model.compiled = Some(compiled);
        }
        model.take_weights(self, redrawn);
        Ok(model)
    }

    /// Copies the weights of another model whose layer, name and shape are the same.
    fn take_weights(&mut self, other: &Self, redrawn: &[String]) {
        let (Some(network), Some(from)) = (&mut self.network, other.network.as_ref().filter(|_| other.is_whole())) else {
            return;
        };
        let mut copies = Vec::new();
        for node in network.nodes().iter().filter(|node| !redrawn.contains(&node.name)) {
            let Some(known) = from.nodes().iter().find(|known| known.name == node.name) else { continue };
            for number in node.tensors.clone() {
                let tensor = &network.tensors()[number];
                let same = |one: &&crate::network::Tensor<T>| one.name == tensor.name && one.shape == tensor.shape;
                copies.extend(from.tensors()[known.tensors.clone()].iter().find(same).map(|tensor| (number, tensor)));
            }
        }
        for (number, tensor) in copies {
            network.set_values(number, from.values(tensor).iter().copied());
        }
    }
}
