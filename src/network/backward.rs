//! The backward pass: computes the gradient of every weight from the gradient of the output.

use super::forward::{Pass, traced};
use super::{Buffers, Network, Traces};
use crate::activations::Sees;
use crate::base::{Batch, BatchMut};
use crate::kernels::Scalar;
use crate::layers::{Backward, FUSED_WEIGHTS, InputGradients, WeightGradients};
use crate::optimizers::FusedUpdate;

/// The gradients that the backward pass computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The gradients of the weights that are trained.
    Weights,
    /// The gradients of the weights and of the data, which takes a pass through all layers.
    Data,
}

impl<T: Scalar> Network<T> {
    /// Runs the backward pass from the gradient of the output, which is in the first of `buffers`.
    ///
    /// It writes the gradient of the parameters to `gradient`, and returns the gradient of the data; with
    /// [`Reach::Weights`], the returned values have no meaning. A weight with a fused update is updated here, and its part
    /// of `gradient` has no meaning after the pass.
    pub(crate) fn backward<'a>(
        &'a mut self,
        x: Batch<'_, T>,
        (pass, reach): (Pass, Reach),
        traces: &mut Traces<T>,
        buffers: &'a mut Buffers<T>,
        gradient: &mut [T],
        mut fused: Option<FusedUpdate<'_, T>>,
    ) -> Batch<'a, T> {
        let count = x.count();
        for i in (0..self.nodes.len()).rev() {
            let node = &self.nodes[i];
            if reach == Reach::Weights && !node.needs_gradient {
                continue;
            }
            let own = self.wiring.gradients[i + 1];
            let mut output_gradient = std::mem::take(&mut buffers.values[own]);
            let (before, rest) = traces.nodes.split_at_mut(i);
            let trace = &mut rest[0];
            let outputs = Batch::first(&node.output, count, &trace.outputs);
            let mut dy = BatchMut::first(&node.pre_activation, count, &mut output_gradient);
            node.add_activity_gradient(outputs, dy.values());
            if let Some(activation) = node.applied(self.leaves_out(i, pass.last)) {
                let seen = match activation.sees() {
                    Sees::Input => Batch::first(&node.pre_activation, count, &trace.pre_activation),
                    Sees::Output => outputs,
                };
                activation.backprop(seen, dy.reborrow());
            }
            if pass.probed {
                trace.gradient[..dy.values().len()].copy_from_slice(dy.values());
            }
            let params = &mut self.params[node.params.clone()];
            let start = node.params.start;
            let takes = |fused: &FusedUpdate<'_, T>| {
                let weights = node.weights.iter().take(FUSED_WEIGHTS).enumerate();
                weights.fold(0, |bits, (number, weight)| bits | u8::from(fused.takes(start + weight.range.start)) << number)
            };
            let fused_weights = fused.as_ref().map_or(0, takes);
            let gradients = &mut gradient[node.params.clone()];
            let (all, targets, spare) = (reach == Reach::Data, &self.wiring.targets[i], self.wiring.spare);
            let values = traced(&self.input, &self.nodes, x, before);
            traces.inputs.lend(count, &node.reads, values, |inputs| {
                let mut backward = Backward {
                    training: pass.training,
                    trainable: node.trainable,
                    inputs,
                    scratch: &trace.scratch[..count * node.memory.scratch],
                    batch_scratch: &mut trace.batch_scratch,
                    workspace: &mut traces.workspace[..node.workspace(count)],
                    output_gradient: dy.as_ref(),
                    weights: WeightGradients::new(params, gradients, &node.weights, fused_weights),
                    input_gradients: InputGradients { buffers: &mut buffers.values, targets, inputs, all, spare },
                };
                node.layer.backward(&mut backward);
                if let Some(fused) = &mut fused {
                    backward.weights.update_deferred(|number, weight, gradient, factors| {
                        let first = start + node.weights[number].range.start;
                        fused.update(first, weight, gradient, [factors.output_gradient, factors.input], factors.sizes);
                    });
                }
            });
            buffers.values[own] = output_gradient;
        }
        Batch::first(&self.input, count, &buffers.values[self.wiring.gradients[0]])
    }
}
