//! The methods that predict.

use super::Model;
use crate::base::check_finite;
use crate::base::{Error, Result};
use crate::kernels::{self, Scalar};
use crate::network::{Buffers, Network};
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
    /// It fails if the model is not built, if `x` is empty or its number of columns differs from the model's input width, or if
    /// `x` contains NaN or infinity.
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
        self.predict_with(x, PredictOptions::new())
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
    pub fn predict_with(&self, x: &DMatrix<T>, options: PredictOptions) -> Result<DMatrix<T>> {
        compiled!(
            fn(model: &Model<T>, x: &DMatrix<T>, options: PredictOptions) -> Result<DMatrix<T>> {
                options.check()?;
                model.predict_in_batches(x, options, "predict")
            }
        )(self, x, options)
    }

    /// Returns the outputs of the model for these samples, computed in one batch.
    ///
    /// # Errors
    ///
    /// It fails as [`predict`](Self::predict) does.
    pub fn predict_on_batch(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        compiled!(
            fn(model: &Model<T>, x: &DMatrix<T>) -> Result<DMatrix<T>> {
                model.predict_in_batches(x, PredictOptions { batch_size: usize::MAX, threads: None }, "predict_on_batch")
            }
        )(self, x)
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
    pub fn predict_into(&self, x: &DMatrix<T>, out: &mut DMatrix<T>, scratch: &mut PredictScratch<T>) -> Result<()> {
        compiled!(
            fn(model: &Model<T>, x: &DMatrix<T>, out: &mut DMatrix<T>, scratch: &mut PredictScratch<T>) -> Result<()> {
                model.predict_with_scratch(x, out, scratch)
            }
        )(self, x, out, scratch)
    }

    fn predict_with_scratch(&self, x: &DMatrix<T>, out: &mut DMatrix<T>, scratch: &mut PredictScratch<T>) -> Result<()> {
        let network = self.built("predict_into")?;
        let expected = (x.nrows(), network.output().width());
        if out.shape() != expected {
            let found = format!("{} x {}", out.nrows(), out.ncols());
            return Err(Error::Weights { what: "out".to_string(), expected: format!("{} x {}", expected.0, expected.1), found });
        }
        self.check_input(network, x)?;
        let (rows, width, batch_size) = (x.nrows(), expected.1, PREDICTED_AT_ONCE.min(x.nrows()));
        for first in (0..rows).step_by(batch_size) {
            let Some(outputs) = network.predict_in(x, first, batch_size.min(rows - first), scratch) else { return finite(x) };
            kernels::columns_to_rows(outputs, width, out.as_mut_slice(), rows, first);
        }
        Ok(())
    }

    fn predict_in_batches(&self, x: &DMatrix<T>, options: PredictOptions, method: &'static str) -> Result<DMatrix<T>> {
        let network = self.built(method)?;
        kernels::with_threads(options.threads, || {
            self.check_input(network, x)?;
            let (rows, width, batch_size) = (x.nrows(), network.output().width(), options.batch_size.min(x.nrows()));
            let mut out = DMatrix::zeros(rows, width);
            // one scratch for each thread that computes batches
            let scratches = Mutex::new(Vec::new());
            let is_finite = AtomicBool::new(true);
            let rows_out = Mutex::new(out.as_mut_slice());
            kernels::share(rows.div_ceil(batch_size.max(1)), |batch| {
                let mut scratch = lock(&scratches).pop().unwrap_or_default();
                let first = batch * batch_size;
                match network.predict_in(x, first, batch_size.min(rows - first), &mut scratch) {
                    Some(outputs) => kernels::columns_to_rows(outputs, width, &mut lock(&rows_out), rows, first),
                    None => is_finite.store(false, Ordering::Relaxed),
                }
                lock(&scratches).push(scratch);
            });
            if !is_finite.into_inner() {
                finite(x)?;
            }
            Ok(out)
        })
    }

    fn check_input(&self, network: &Network<T>, x: &DMatrix<T>) -> Result<()> {
        self.check_shape("x", x)?;
        if !network.checks_data() {
            return Ok(());
        }
        finite(x)?;
        network.check_data("x", x.as_slice(), |place| [place % x.nrows(), place / x.nrows()])
    }
}

/// Locks a mutex, also after a panic in another thread, because no panic can leave these values half changed.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Fails if a matrix contains NaN or infinity; the error names the first such value.
fn finite<T: Scalar>(x: &DMatrix<T>) -> Result<()> {
    check_finite("x", x.as_slice(), x.nrows())
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
    /// Predicts for `count` rows from row `first` on, with enough memory in `scratch`.
    ///
    /// Returns the outputs, one sample after the other, or `None` if the rows contain NaN or infinity.
    fn predict_in<'s>(
        &'s self,
        x: &DMatrix<T>,
        first: usize,
        count: usize,
        scratch: &'s mut PredictScratch<T>,
    ) -> Option<&'s [T]> {
        let PredictScratch(buffers) = scratch;
        buffers.grow(self, count);
        self.predict(x, first, count, buffers)
    }
}
