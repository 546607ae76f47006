//! The forward pass of training, which keeps what the backward pass needs.

use super::{LastActivation, Network, Node, Trace, Traces, shape_of};
use crate::activations::Sees;
use crate::base::{Batch, BatchMut, Rng, Shape};
use crate::kernels::Scalar;
use crate::layers::Forward;

/// The options of a forward pass and the backward pass that follows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pass {
    pub(crate) last: LastActivation,
    /// True in training; false if the gradient is computed for the output in prediction.
    pub(crate) training: bool,
    /// The share of the training that is done, from 0 to 1.
    pub(crate) progress: f64,
    /// True if every pre-activation and every gradient is kept.
    pub(crate) probed: bool,
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
            let mut output = BatchMut::first(&node.pre_activation, count, outputs);
            let (params, state) = (&mut self.params[node.params.clone()], &mut self.state[node.state.clone()]);
            let rng = self.seeded[i].as_mut().unwrap_or(&mut *rng);
            traces.inputs.lend(count, &node.reads, traced(&self.input, &self.nodes, x, before), |inputs| {
                node.layer.forward(Forward {
                    training: pass.training,
                    trainable: node.trainable,
                    progress: pass.progress,
                    params,
                    state,
                    inputs,
                    output: output.reborrow(),
                    scratch: &mut scratch[..count * node.memory.scratch],
                    batch_scratch,
                    workspace: &mut traces.workspace[..node.workspace(count)],
                    rng,
                });
            });
            let applied = node.applied(self.leaves_out(i, pass.last));
            if pass.probed || applied.is_some_and(|activation| activation.sees() == Sees::Input) {
                pre_activation[..output.values().len()].copy_from_slice(output.values());
            }
            if let Some(activation) = applied {
                activation.apply(output);
            }
            penalty += node.activity_penalty(count, outputs);
        }
        penalty
    }

    /// Returns the outputs of the last forward pass, which had `count` samples.
    pub(crate) fn outputs<'a>(&'a self, count: usize, traces: &'a Traces<T>) -> Batch<'a, T> {
        Batch::first(self.output(), count, traces.nodes.last().map_or(&[], |trace| &trace.outputs))
    }
}

/// Returns a function from the number of a value to its shape and data, which are in `x` or in the trace of a node.
#[inline(always)]
pub(super) fn traced<'a, T: Scalar>(
    input: &'a Shape,
    nodes: &'a [Node<T>],
    x: Batch<'a, T>,
    traces: &'a [Trace<T>],
) -> impl Fn(usize) -> (&'a Shape, &'a [T]) {
    move |value| {
        let values = value.checked_sub(1).map_or(x.values(), |node| &traces[node].outputs);
        (shape_of(input, nodes, value), values)
    }
}
