//! The doors that predict.

use crate::error::Result;
use crate::network::Last;
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

    fn predict_in_batches(&self, x: &DMatrix<T>, batch_size: usize, door: &'static str) -> Result<DMatrix<T>> {
        let network = self.built(door)?;
        let rows = x.nrows();
        self.check_shape("x", x)?;
        check_finite("x", x.as_slice(), rows)?;
        let (inputs, outputs) = (network.input().width(), network.output().width());
        let mut answer = DMatrix::zeros(rows, outputs);
        let batch_size = batch_size.min(rows);
        let buffer = vec![T::zero(); batch_size * network.widest()];
        let mut buffers = [buffer.clone(), buffer];
        for first in (0..rows).step_by(batch_size) {
            let count = batch_size.min(rows - first);
            kernels::rows_to_columns(x.as_slice(), rows, first, inputs, &mut buffers[0][..count * inputs]);
            network.infer(count, Last::Outputs, &mut buffers);
            kernels::columns_to_rows(&buffers[0][..count * outputs], outputs, answer.as_mut_slice(), rows, first);
        }
        Ok(answer)
    }
}
