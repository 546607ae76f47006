//! The methods that predict.

use super::Model;
use crate::base::{Error, Inputs, Result};
use crate::kernels::{self, Scalar};
use crate::network::{Buffers, LeftOut, Network};
use crate::part::compiled;
use nalgebra::DMatrix;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The default batch size of `predict`: a multiple of the kernels' tile sizes, and small enough that a batch with 784 inputs
/// fits in the second-level cache.
const PREDICTED_AT_ONCE: usize = 192;

impl<T: Scalar> Model<T> {
    /// Returns the outputs of the model for these samples: a matrix with one row for each row of `x`.
    /// [Keras](https://keras.io/api/models/model_training_apis/)
    ///
    /// # Errors
    ///
    /// It fails if the model is not built, if `x` is empty or its number of columns differs from the model's input width, if `x`
    /// contains NaN or infinity, or if the model has several outputs, whose values [`predict_all`](Self::predict_all) returns.
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
    pub fn predict<'a>(&self, x: impl Into<Inputs<'a, T>>) -> Result<DMatrix<T>> {
        self.predict_with(x, PredictOptions::new())
    }

    /// Returns a matrix for each output of the model, as [`predict`](Self::predict) returns that of the only one.
    ///
    /// # Errors
    ///
    /// It fails as `predict` does, except for the number of outputs.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let x = Node::input("x", 2);
    /// let (price, sold) = (x.then(Dense::new(1)), x.then(Dense::new(3).activation(Softmax)));
    /// let model = Functional::with_seed(1, &x, [&price, &sold])?;
    /// let outputs = model.predict_all(&dmatrix![0.5, -0.5; 1.0, 2.0])?;
    /// assert_eq!((outputs[0].shape(), outputs[1].shape()), ((2, 1), (2, 3)));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn predict_all<'a>(&self, x: impl Into<Inputs<'a, T>>) -> Result<Vec<DMatrix<T>>> {
        compiled!(
            fn(model: &Model<T>, x: Inputs<'_, T>) -> Result<Vec<DMatrix<T>>> {
                model.predict_in_batches(&x, PredictOptions::new(), "predict_all")
            }
        )(self, x.into())
    }

    /// Returns the outputs as [`predict`](Self::predict) does, with options: the batch size and the number of threads.
    ///
    /// # Errors
    ///
    /// It fails as `predict` does, or if an option is out of range.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Input::new(2));
    /// model.add(Dense::new(3).activation(Softmax));
    /// let x = dmatrix![0.5, -0.5; 1.0, 2.0];
    /// assert_eq!(model.predict_with(&x, PredictOptions::new().batch_size(1))?, model.predict(&x)?);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn predict_with<'a>(&self, x: impl Into<Inputs<'a, T>>, options: PredictOptions) -> Result<DMatrix<T>> {
        compiled!(
            fn(model: &Model<T>, x: Inputs<'_, T>, options: PredictOptions) -> Result<DMatrix<T>> {
                options.check()?;
                model.check_one_output("predict")?;
                model.predict_in_batches(&x, options, "predict").map(|mut outputs| outputs.swap_remove(0))
            }
        )(self, x.into(), options)
    }

    /// Returns the outputs of the model for these samples, computed in one batch.
    ///
    /// # Errors
    ///
    /// It fails as [`predict`](Self::predict) does.
    pub fn predict_on_batch<'a>(&self, x: impl Into<Inputs<'a, T>>) -> Result<DMatrix<T>> {
        compiled!(
            fn(model: &Model<T>, x: Inputs<'_, T>) -> Result<DMatrix<T>> {
                model.check_one_output("predict_on_batch")?;
                let options = PredictOptions { batch_size: usize::MAX, threads: None };
                model.predict_in_batches(&x, options, "predict_on_batch").map(|mut outputs| outputs.swap_remove(0))
            }
        )(self, x.into())
    }

    /// Writes the outputs that [`predict`](Self::predict) returns to `out`, with one thread and without allocating memory.
    ///
    /// Only `scratch` allocates memory, when it is used with a larger model or batch than before.
    ///
    /// # Errors
    ///
    /// It fails as `predict` does, or if `out` does not have one row for each row of `x` and one column for each output. If `x`
    /// contains NaN or infinity, some rows of `out` may have been overwritten.
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
    pub fn predict_into<'a>(
        &self,
        x: impl Into<Inputs<'a, T>>,
        out: &mut DMatrix<T>,
        scratch: &mut PredictScratch<T>,
    ) -> Result<()> {
        compiled!(
            fn(model: &Model<T>, x: Inputs<'_, T>, out: &mut DMatrix<T>, scratch: &mut PredictScratch<T>) -> Result<()> {
                model.predict_with_scratch(&x, out, scratch)
            }
        )(self, x.into(), out, scratch)
    }

    fn predict_with_scratch(&self, x: &Inputs<'_, T>, out: &mut DMatrix<T>, scratch: &mut PredictScratch<T>) -> Result<()> {
        let network = self.built("predict_into")?;
        self.check_one_output("predict_into")?;
        let (rows, width) = (x.rows(), network.output().width());
        if out.shape() != (rows, width) {
            let found = format!("{} x {}", out.nrows(), out.ncols());
            return Err(Error::Weights { what: "out".to_string(), expected: format!("{rows} x {width}"), found });
        }
        self.check_input(network, x)?;
        let batch_size = PREDICTED_AT_ONCE.min(rows);
        for first in (0..rows).step_by(batch_size) {
            let count = batch_size.min(rows - first);
            if network.predict_in(x, first, count, scratch).is_none() {
                return x.check("x");
            }
            let outputs = network.inferred(0, (count, LeftOut::NONE), &scratch.0);
            kernels::columns_to_rows(outputs.values(), width, out.as_mut_slice(), rows, first);
        }
        Ok(())
    }

    /// Returns a matrix for each output.
    fn predict_in_batches(&self, x: &Inputs<'_, T>, options: PredictOptions, method: &'static str) -> Result<Vec<DMatrix<T>>> {
        let network = self.built(method)?;
        kernels::with_threads(options.threads, || {
            self.check_input(network, x)?;
            let (rows, batch_size) = (x.rows(), options.batch_size.min(x.rows()));
            let widths = (0..network.output_count()).map(|output| network.shape_of_output(output).width());
            let mut out: Vec<DMatrix<T>> = widths.map(|width| DMatrix::zeros(rows, width)).collect();
            // one scratch for each thread that computes batches
            let scratches = Mutex::new(Vec::new());
            let is_finite = AtomicBool::new(true);
            let rows_out = Mutex::new(&mut out[..]);
            kernels::share(rows.div_ceil(batch_size.max(1)), |batch| {
                let mut scratch = lock(&scratches).pop().unwrap_or_default();
                let first = batch * batch_size;
                let count = batch_size.min(rows - first);
                match network.predict_in(x, first, count, &mut scratch) {
                    Some(()) => {
                        for (output, out) in lock(&rows_out).iter_mut().enumerate() {
                            let values = network.inferred(output, (count, LeftOut::NONE), &scratch.0).values();
                            kernels::columns_to_rows(values, out.ncols(), out.as_mut_slice(), rows, first);
                        }
                    }
                    None => is_finite.store(false, Ordering::Relaxed),
                }
                lock(&scratches).push(scratch);
            });
            if !is_finite.into_inner() {
                x.check("x")?;
            }
            Ok(out)
        })
    }

    /// Fails if the model has several outputs, because the method returns the values of the only one.
    fn check_one_output(&self, method: &'static str) -> Result<()> {
        match self.network.as_ref() {
            Some(network) if network.output_count() > 1 => {
                let (expected, names) = (network.output_count(), network.output_names().join(", "));
                let error = Error::Count { what: "matrices", of: "outputs", expected, found: 1, names };
                Err(error.within(format!("`{method}` returns one matrix; call `predict_all`")))
            }
            _ => Ok(()),
        }
    }

    fn check_input(&self, network: &Network<T>, x: &Inputs<'_, T>) -> Result<()> {
        self.check_shape("x", x)?;
        if !network.checks_data() {
            return x.check_rows("x");
        }
        x.check("x")?;
        let columns = x.matrices().iter().flat_map(|matrix| matrix.as_slice().chunks_exact(matrix.nrows()));
        columns.enumerate().try_for_each(|(column, values)| network.check_column("x", column, values, 0))
    }
}

/// Locks a mutex, also after a panic in another thread, because no panic can leave these values half changed.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The options of [`Model::predict_with`](crate::Model::predict_with).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct PredictOptions {
    batch_size: usize,
    threads: Option<usize>,
}

impl PredictOptions {
    /// Creates the default options: batches of 192, and as many threads as the machine allows the process.
    pub fn new() -> Self {
        Self { batch_size: PREDICTED_AT_ONCE, threads: None }
    }

    /// Sets the number of samples in a batch, at least 1 (default 192; 32 in Keras); the outputs do not depend on it.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// Sets the largest number of threads, at least 1, as [`FitOptions::threads`](crate::FitOptions::threads) does.
    #[cfg(feature = "parallel")]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    fn check(&self) -> Result<()> {
        for (argument, value) in [("batch_size", self.batch_size), ("threads", self.threads.unwrap_or(1))] {
            if value == 0 {
                return Err(Error::argument("PredictOptions", argument, 0, "a whole number >= 1"));
            }
        }
        Ok(())
    }
}

impl Default for PredictOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The memory that [`Model::predict_into`](crate::Model::predict_into) uses; it grows as needed and can be used with any model.
#[derive(Debug, Clone)]
pub struct PredictScratch<T: Scalar>(Buffers<T>);

impl<T: Scalar> PredictScratch<T> {
    /// Creates a scratch without memory.
    pub fn new() -> Self {
        Self(Buffers::empty())
    }
}

impl<T: Scalar> Default for PredictScratch<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Scalar> Network<T> {
    /// Predicts for `count` rows from row `first` on, with enough memory in `scratch`, where [`Network::inferred`] finds the outputs.
    ///
    /// Returns `None` if the rows contain NaN or infinity.
    fn predict_in(&self, x: &Inputs<'_, T>, first: usize, count: usize, scratch: &mut PredictScratch<T>) -> Option<()> {
        let PredictScratch(buffers) = scratch;
        buffers.grow(self, count);
        self.predict(x, first, count, buffers)
    }
}
