//! The way forward without a way back.

use super::{Last, Network, Work, join};
use crate::base::{Batch, BatchMut};
use crate::kernels::Scalar;
use crate::kernels::{self, Aligned};
use crate::layers::Dense;
use nalgebra::DMatrix;

impl<T: Scalar> Network<T> {
    /// Predicts for rows of a matrix, from row `first` on; each buffer has at least `widest` values for each of them. Returns what
    /// the network gives, sample after sample, or nothing if there is a NaN or an infinity in these rows.
    pub(crate) fn predict<'a>(
        &'a self,
        x: &DMatrix<T>,
        first: usize,
        count: usize,
        buffers: &'a mut [Aligned<T>],
    ) -> Option<&'a [T]> {
        let done = match self.predict_first(x, first, count, buffers) {
            Some(is_finite) => is_finite.then_some(1)?,
            None => {
                let samples = &mut buffers[0][..count * self.input.width()];
                kernels::rows_to_columns(x.as_slice(), x.nrows(), first, self.input.width(), samples);
                kernels::all_finite(samples).then_some(0)?
            }
        };
        Some(self.infer_from(done, count, Last::Outputs, buffers).0.values())
    }

    /// Computes the outputs of the first layer from rows of a matrix, if they are better read where they are, and returns whether
    /// these are finite.
    fn predict_first(&self, x: &DMatrix<T>, first: usize, count: usize, buffers: &mut [Aligned<T>]) -> Option<bool> {
        let node = self.nodes.first().filter(|_| self.wiring.data_is_read_once())?;
        let Work::Layer(layer) = &node.work else { return None };
        let dense = layer.as_any().downcast_ref::<Dense<T>>().filter(|_| node.input.dims().len() == 1)?;
        let mut y = BatchMut::first(&node.sums, count, &mut buffers[self.wiring.values[1]]);
        let is_finite = dense.infer_rows(&self.params[node.params.clone()], x, first, y.reborrow())?;
        if let Some(activation) = &node.activation {
            activation.apply(y);
        }
        Some(is_finite)
    }

    /// Runs a batch, which stands in the first of the buffers, through for prediction. Each buffer has at least
    /// `widest` values for each sample. Returns what it gives, and what the outputs of layers cost.
    pub(crate) fn infer<'a>(&'a self, count: usize, last: Last, buffers: &'a mut [Aligned<T>]) -> (Batch<'a, T>, T) {
        self.infer_from(0, count, last, buffers)
    }

    /// The same, where the values of the first nodes are there already.
    fn infer_from<'a>(&'a self, done: usize, count: usize, last: Last, buffers: &'a mut [Aligned<T>]) -> (Batch<'a, T>, T) {
        let mut penalty = T::zero();
        for (i, node) in self.nodes.iter().enumerate().skip(done) {
            let place = self.wiring.values[i + 1];
            let mut y = std::mem::take(&mut buffers[place]);
            let value = |value: usize| &buffers[self.wiring.values[value]];
            let mut output = BatchMut::first(&node.sums, count, &mut y);
            match &node.work {
                Work::Join { groups } => {
                    let values = node.from.iter().map(|&from| Batch::first(self.shape(from), count, value(from)));
                    join(count * groups, values, output.values());
                }
                Work::Layer(layer) => {
                    layer.infer(self.weights(node), Batch::first(&node.input, count, value(node.from[0])), output.reborrow());
                    if let Some(activation) = node.applied(self.left_out(i, last)) {
                        activation.apply(output);
                    }
                    penalty += node.activity_penalty(count, &y);
                }
            }
            buffers[place] = y;
        }
        (Batch::first(self.output(), count, &buffers[self.wiring.values[self.nodes.len()]]), penalty)
    }
}
