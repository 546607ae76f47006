//! The doors that predict.

use crate::error::{Error, Result};
use crate::network::{Last, Network};
use crate::training::check_finite;
use crate::{DMatrix, Scalar, Sequential, kernels};

/// How many samples `predict` takes at once.
const PREDICTED_AT_ONCE: usize = 256;

impl<T: Scalar> Sequential<T> {
    /// Computes the outputs for new samples, a row for each row of `x`.
    ///
    /// # Errors
    ///
    /// Not built; another width than the model's; NaN or infinity in `x`.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Input::new(2));
    /// model.add(Dense::new(3).activation(Softmax));
    /// let probabilities = model.predict(&dmatrix![0.5, -0.5; 1.0, 2.0])?;
    /// assert_eq!(probabilities.shape(), (2, 3));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn predict(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        self.predict_in_batches(x, PREDICTED_AT_ONCE, "predict")
    }

    /// Computes the outputs for new samples, all in one batch.
    ///
    /// # Errors
    ///
    /// As for [`predict`](Self::predict).
    pub fn predict_on_batch(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        self.predict_in_batches(x, usize::MAX, "predict_on_batch")
    }

    /// Like [`predict`](Self::predict), into a matrix that is there already; allocates nothing once `scratch` has grown to
    /// the model.
    ///
    /// # Errors
    ///
    /// As for `predict`, and an `out` that has not a row for each row of `x` and a column for each output.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Input::new(2));
    /// model.add(Dense::new(3).activation(Softmax));
    /// let (mut out, mut scratch) = (DMatrix::zeros(1, 3), PredictScratch::new());
    /// for value in [0.1, 0.2, 0.3] {
    ///     model.predict_into(&dmatrix![value, 1.0], &mut out, &mut scratch)?;
    ///     assert_eq!(out, model.predict(&dmatrix![value, 1.0])?);
    /// }
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn predict_into(&self, x: &DMatrix<T>, out: &mut DMatrix<T>, scratch: &mut PredictScratch<T>) -> Result<()> {
        let network = self.built("predict_into")?;
        let expected = (x.nrows(), network.output().width());
        if out.shape() != expected {
            let found = format!("{} x {}", out.nrows(), out.ncols());
            return Err(Error::Weights { what: "out".to_string(), expected: format!("{} x {}", expected.0, expected.1), found });
        }
        self.check_input(network, x)?;
        network.predict(x, out, PREDICTED_AT_ONCE, scratch);
        Ok(())
    }

    fn predict_in_batches(&self, x: &DMatrix<T>, batch_size: usize, door: &'static str) -> Result<DMatrix<T>> {
        let network = self.built(door)?;
        self.check_input(network, x)?;
        let mut out = DMatrix::zeros(x.nrows(), network.output().width());
        network.predict(x, &mut out, batch_size, &mut PredictScratch::new());
        Ok(out)
    }

    fn check_input(&self, network: &Network<T>, x: &DMatrix<T>) -> Result<()> {
        self.check_shape("x", x)?;
        check_finite("x", x.as_slice(), x.nrows())?;
        network.check_data("x", x.as_slice(), |place| [place % x.nrows(), place / x.nrows()])
    }
}

/// The memory that [`Sequential::predict_into`] works in; grows to what a model needs and can be used for any.
#[derive(Debug, Clone, Default)]
pub struct PredictScratch<T>(Vec<Vec<T>>);

impl<T: Scalar> PredictScratch<T> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self(Vec::new())
    }
}

impl<T: Scalar> Network<T> {
    /// Predicts for all rows, in batches.
    fn predict(&self, x: &DMatrix<T>, out: &mut DMatrix<T>, batch_size: usize, scratch: &mut PredictScratch<T>) {
        let (rows, inputs, outputs) = (x.nrows(), self.input().width(), self.output().width());
        let batch_size = batch_size.min(rows);
        let PredictScratch(buffers) = scratch;
        buffers.resize_with(buffers.len().max(self.buffers()), Vec::new);
        for buffer in buffers.iter_mut() {
            buffer.resize(buffer.len().max(batch_size * self.widest()), T::zero());
        }
        for first in (0..rows).step_by(batch_size) {
            let count = batch_size.min(rows - first);
            kernels::rows_to_columns(x.as_slice(), rows, first, inputs, &mut buffers[0][..count * inputs]);
            let (predicted, _) = self.infer(count, Last::Outputs, buffers);
            kernels::columns_to_rows(predicted.values(), outputs, out.as_mut_slice(), rows, first);
        }
    }
}
