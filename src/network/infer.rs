//! Prediction: a forward pass that stores nothing for a backward pass.

use super::{Buffers, LeftOut, Network, shape_of};
use crate::base::{Batch, BatchMut, Inputs};
use crate::kernels::{self, Scalar};
use crate::layers::{Infer, InferRows};
use nalgebra::DMatrix;

impl<T: Scalar> Network<T> {
    /// Predicts for `count` rows, from row `first` on; the buffers must be large enough for `count` samples.
    ///
    /// [`inferred`](Self::inferred) then returns the outputs. Returns `None` if these rows contain NaN or infinity.
    pub(crate) fn predict(&self, x: &Inputs<'_, T>, first: usize, count: usize, buffers: &mut Buffers<T>) -> Option<()> {
        let done = match x.only().and_then(|x| self.predict_first(x, first, count, buffers)) {
            Some(is_finite) => is_finite.then_some(1)?,
            None => {
                let samples = buffers.first(count * self.input.width());
                x.write(first, samples);
                kernels::all_finite(samples).then_some(0)?
            }
        };
        self.infer_from(done, count, LeftOut::NONE, buffers);
        Some(())
    }

    /// Computes the output of the first node straight from the rows of the matrix, and returns whether the rows are finite.
    ///
    /// Returns `None` if the layer cannot do so, or if another node reads the data too.
    fn predict_first(&self, x: &DMatrix<T>, first: usize, count: usize, buffers: &mut Buffers<T>) -> Option<bool> {
        let node = self.nodes.first().filter(|_| self.wiring.data_is_read_once() && self.input.dims().len() == 1)?;
        let mut y = BatchMut::first(&node.pre_activation, count, &mut buffers.values[self.wiring.values[1]]);
        let (params, state) = (&self.params[node.params.clone()], &self.state[node.state.clone()]);
        let is_finite = node.layer.infer_rows(InferRows { params, state, rows: x, first, output: y.reborrow() })?;
        if let Some(activation) = &node.activation {
            activation.apply(y);
        }
        Some(is_finite)
    }

    /// Runs the forward pass for the batch in the first buffer; returns the penalty for the outputs of layers.
    pub(crate) fn infer(&self, count: usize, left_out: LeftOut, buffers: &mut Buffers<T>) -> T {
        self.infer_from(0, count, left_out, buffers)
    }

    /// Returns the values of an output in the last forward pass in these buffers, which had `count` samples; without the
    /// activation if it was left out.
    pub(crate) fn inferred<'a>(
        &'a self,
        output: usize,
        (count, left_out): (usize, LeftOut),
        buffers: &'a Buffers<T>,
    ) -> Batch<'a, T> {
        let values = &buffers.values[self.wiring.values[self.outputs[output]]];
        Batch::first(self.result(output, left_out), count, values)
    }

    /// Runs the forward pass from node number `done` on; the buffers already hold the outputs of the nodes before it.
    fn infer_from(&self, done: usize, count: usize, left_out: LeftOut, buffers: &mut Buffers<T>) -> T {
        (done..self.nodes.len()).fold(T::zero(), |penalty, node| penalty + self.infer_node(node, count, left_out, buffers))
    }

    /// Runs the forward pass for the batch in the first buffer, and shows the output of each node, which a later one may replace.
    pub(crate) fn infer_each(&self, count: usize, buffers: &mut Buffers<T>, see: &mut dyn FnMut(usize, Batch<'_, T>)) {
        for (number, node) in self.nodes.iter().enumerate() {
            self.infer_node(number, count, LeftOut::NONE, buffers);
            see(number, Batch::first(&node.output, count, &buffers.values[self.wiring.values[number + 1]]));
        }
    }

    /// Computes the output of a node, and returns the penalty for it.
    #[inline]
    fn infer_node(&self, number: usize, count: usize, left_out: LeftOut, buffers: &mut Buffers<T>) -> T {
        let (node, own) = (&self.nodes[number], self.wiring.values[number + 1]);
        let mut y = std::mem::take(&mut buffers.values[own]);
        let mut output = BatchMut::first(&node.pre_activation, count, &mut y);
        let values = &buffers.values;
        let value = |value: usize| (shape_of(&self.input, &self.nodes, value), &*values[self.wiring.values[value]]);
        let inputs = buffers.inputs.list(count, &node.reads, value);
        node.layer.infer(Infer {
            params: &self.params[node.params.clone()],
            state: &self.state[node.state.clone()],
            inputs: &inputs,
            output: output.reborrow(),
            workspace: &mut buffers.workspace[..node.workspace(count)],
        });
        buffers.inputs.take_back(inputs);
        if let Some(activation) = node.applied(left_out) {
            activation.apply(output);
        }
        let penalty = node.activity_penalty(count, &y);
        buffers.values[own] = y;
        penalty
    }
}
