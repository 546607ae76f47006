//! The methods that read and replace weights.

use super::Model;
use crate::base::check_finite;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::network::Network;
use crate::part::compiled;
use nalgebra::DMatrix;

impl<T: Scalar> Model<T> {
    /// Returns all weights, layer by layer as in Keras, each as a matrix.
    ///
    /// A kernel is a matrix of `inputs x units`, and a vector is one row; of a weight with more axes, all but the last become
    /// rows. The list is empty before the model is built.
    pub fn get_weights(&self) -> Vec<DMatrix<T>> {
        compiled!(
            fn(model: &Model<T>) -> Vec<DMatrix<T>> {
                let network = model.network.iter();
                let of = |network: &Network<T>| -> Vec<DMatrix<T>> {
                    network.tensors().iter().map(|tensor| tensor.to_matrix(network.values(tensor))).collect()
                };
                network.flat_map(of).collect()
            }
        )(self)
    }

    /// Replaces all weights, in the order and the shapes of [`get_weights`](Self::get_weights).
    ///
    /// # Errors
    ///
    /// It fails if the model is not built, if the number of matrices or a shape differs, or if a value is NaN or infinite. On
    /// an error, no weight is changed.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Input::new(2));
    /// model.add(Dense::new(1));
    /// model.set_weights(&[dmatrix![2.0; 3.0], dmatrix![0.5]])?;
    /// assert_eq!(model.predict(&dmatrix![1.0, 1.0])?, dmatrix![5.5]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn set_weights(&mut self, weights: &[DMatrix<T>]) -> Result<()> {
        compiled!(fn(model: &mut Model<T>, weights: &[DMatrix<T>]) -> Result<()> { model.replace_weights(weights) })(
            self, weights,
        )
    }

    fn replace_weights(&mut self, weights: &[DMatrix<T>]) -> Result<()> {
        let network = self.built("set_weights")?;
        let tensors = network.tensors();
        if weights.len() != tensors.len() {
            let (expected, found) = (format!("{} matrices", tensors.len()), format!("{}", weights.len()));
            return Err(Error::Weights { what: "weights of the model".to_string(), expected, found });
        }
        for (number, (tensor, new)) in tensors.iter().zip(weights).enumerate() {
            let (rows, columns) = tensor.matrix_shape();
            let what = format!("weight {number} (`{}`)", tensor.name);
            if new.shape() != (rows, columns) {
                let (expected, found) = (format!("{rows} x {columns}"), format!("{} x {}", new.nrows(), new.ncols()));
                return Err(Error::Weights { what, expected, found });
            }
            if let Err(Error::NotFinite { row, column, value, .. }) = check_finite("weight", new.as_slice(), rows) {
                let found = format!("{value} at row {row}, column {column}");
                return Err(Error::Weights { what, expected: "finite numbers".to_string(), found });
            }
        }
        if let Some(network) = &mut self.network {
            for (number, new) in weights.iter().enumerate() {
                // the network stores weights in row-major order, as Keras does
                network.set_values(number, new.transpose().iter().copied());
            }
        }
        Ok(())
    }
}
