//! The forward pass of training, which keeps what the backward pass needs, and the backward pass.

use super::{Buffers, LeftOut, Network, Node, Trace, Traces, shape_of};
use crate::base::{Batch, BatchMut, Rng, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, FUSED_WEIGHTS, Forward, InputGradients, WeightGradients};
use crate::optimizers::FusedUpdate;

/// The options of a forward pass and the backward pass that follows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pass {
    pub(crate) left_out: LeftOut,
    /// True in training; false if the gradient is computed for the output in prediction.
    pub(crate) training: bool,
    /// The share of the training that is done, from 0 to 1.
    pub(crate) progress: f64,
    /// True if every pre-activation and every gradient is kept.
    pub(crate) probed: bool,
}

/// The gradients that the backward pass computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The gradients of the weights that are trained.
    Weights,
    /// The gradients of the weights and of the data, which takes a pass through all layers.
    Data,
}

impl<T: Scalar> Network<T> {
    /// Runs the forward pass of a batch, which a backward pass follows, and returns the penalty for the outputs of layers.
    pub(crate) fn forward(&mut self, x: Batch<'_, T>, pass: Pass, traces: &mut Traces<T>, rng: &mut Rng) -> T {
        let count = x.count();
        let mut penalty = T::zero();
        for i in 0..self.nodes.len() {
            let (before, rest) = traces.nodes.split_at_mut(i);
            let Trace { pre_activation, outputs, scratch, batch_scratch, .. } = &mut rest[0];
            let node = &self.nodes[i];
            let (params, state) = (&mut self.params[node.params.clone()], &mut self.state[node.state.clone()]);
            let rng = self.seeded[node.owner].as_mut().unwrap_or(&mut *rng);
            let inputs = traces.inputs.list(count, &node.reads, traced(&self.input, &self.nodes, x.values(), before));
            node.layer.forward(Forward {
                training: pass.training,
                trainable: node.trainable,
                progress: pass.progress,
                params,
                state,
                inputs: &inputs,
                output: BatchMut::first(&node.pre_activation, count, outputs),
                scratch: &mut scratch[..count * node.memory.scratch],
                batch_scratch,
                workspace: &mut traces.workspace[..node.workspace(count)],
                rng,
            });
            traces.inputs.take_back(inputs);
            let applied = node.applied(pass.left_out);
            if pass.probed || (applied.is_some() && node.sees_input) {
                let length = count * node.pre_activation.width();
                pre_activation[..length].copy_from_slice(&outputs[..length]);
            }
            if let Some(activation) = applied {
                activation.apply(BatchMut::first(&node.pre_activation, count, outputs));
            }
            penalty += node.activity_penalty(count, outputs);
        }
        penalty
    }

    /// Returns the values of an output in the last forward pass, which had `count` samples; without the activation if it was left
    /// out.
    #[inline(always)] // a call would write the result to memory, and then wait for it
    pub(crate) fn traced_output<'a>(
        &'a self,
        output: usize,
        (count, left_out): (usize, LeftOut),
        traces: &'a Traces<T>,
    ) -> Batch<'a, T> {
        let Some(node) = self.outputs[output].checked_sub(1) else { return Batch::first(&self.input, 0, &[]) };
        Batch::first(self.nodes[node].result(left_out), count, &traces.nodes[node].outputs)
    }

    /// Runs the backward pass from the gradients of the outputs, which are in [`Buffers::output_gradient`].
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
            if pass.probed {
                trace.output_gradient[..dy.values().len()].copy_from_slice(dy.values());
            }
            node.add_activity_gradient(outputs, dy.values());
            if let Some(activation) = node.applied(pass.left_out) {
                let seen = match node.sees_input {
                    true => Batch::first(&node.pre_activation, count, &trace.pre_activation),
                    false => outputs,
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
                weights.fold(0, |bits, (number, weight)| bits | u8::from(fused.takes(start + weight.start)) << number)
            };
            let fused_weights = fused.as_ref().map_or(0, takes);
            let gradients = &mut gradient[node.params.clone()];
            if node.adds_gradient {
                traces.shared_gradient[..gradients.len()].copy_from_slice(gradients);
            }
            let (all, targets, spare) = (reach == Reach::Data, &self.wiring.targets[i], self.wiring.spare);
            let inputs = traces.inputs.list(count, &node.reads, traced(&self.input, &self.nodes, x.values(), before));
            let mut backward = Backward {
                training: pass.training,
                trainable: node.trainable,
                inputs: &inputs,
                scratch: &trace.scratch[..count * node.memory.scratch],
                batch_scratch: &mut trace.batch_scratch,
                workspace: &mut traces.workspace[..node.workspace(count)],
                output_gradient: dy.as_ref(),
                weights: WeightGradients::new(params, gradients, &node.weights, fused_weights),
                input_gradients: InputGradients { buffers: &mut buffers.values, targets, inputs: &inputs, all, spare },
            };
            node.layer.backward(&mut backward);
            if let Some(fused) = &mut fused {
                backward.weights.update_deferred(|number, weight, gradient, factors| {
                    let first = start + node.weights[number].start;
                    fused.update(first, weight, gradient, [factors.output_gradient, factors.input], factors.sizes);
                });
            }
            if node.adds_gradient {
                let sums = gradient[node.params.clone()].iter_mut();
                sums.zip(&traces.shared_gradient).for_each(|(sum, of_others)| *sum += *of_others);
            }
            traces.inputs.take_back(inputs);
            buffers.values[own] = output_gradient;
        }
        Batch::first(&self.input, count, &buffers.values[self.wiring.gradients[0]])
    }
}

/// Returns a function from the number of a value to its shape and data, which are in `x` or in the trace of a node.
#[inline(always)]
fn traced<'a, T: Scalar>(
    input: &'a Shape,
    nodes: &'a [Node<T>],
    x: &'a [T],
    traces: &'a [Trace<T>],
) -> impl Fn(usize) -> (&'a Shape, &'a [T]) {
    move |value| {
        let values = value.checked_sub(1).map_or(x, |node| &traces[node].outputs);
        (shape_of(input, nodes, value), values)
    }
}
