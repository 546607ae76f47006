//! The access of callbacks to a training.

use super::Model;
use crate::base::{Batch, Data};
use crate::base::{Error, Result, closest};
use crate::kernels::Scalar;
use crate::metrics::Direction;
use crate::training::{Logs, Probe, Progress, RunState, StopReason};
use nalgebra::DMatrix;
use std::path::{Path, PathBuf};

/// The access of a callback to the training: the epoch and the batch, the logs, and the model.
#[derive(Debug)]
pub struct Run<'a, T: Scalar> {
    model: &'a mut Model<T>,
    state: &'a mut RunState<T>,
    data: &'a Data<'a, T>,
    validation: Option<&'a Data<'a, T>>,
    /// The names of the series that are undefined for the data, each with the reason.
    undefined: &'a [(String, String)],
    #[cfg_attr(not(feature = "keras"), expect(dead_code, reason = "only callbacks that use files make requests"))]
    request: &'a mut CheckpointRequest<T>,
}

/// The requests of callbacks to load or save the training, which are carried out after all callbacks were called.
#[derive(Debug)]
pub(crate) struct CheckpointRequest<T: Scalar> {
    /// The file of the training to continue, and the function that reads it.
    pub(super) resume: Option<(PathBuf, Resume<T>)>,
    /// The file to save the training in, and the function that writes it.
    pub(super) back_up: Option<(PathBuf, BackUp<T>)>,
}

/// A function that reads a training from a file: it sets the weights of the model and returns the progress.
pub(crate) type Resume<T> = fn(&mut Model<T>, &Path) -> Result<Progress>;

/// A function that writes a training to a file.
pub(crate) type BackUp<T> = fn(&Model<T>, &Path, &Progress) -> Result<()>;

impl<'a, T: Scalar> Run<'a, T> {
    pub(super) fn new(
        model: &'a mut Model<T>,
        state: &'a mut RunState<T>,
        (data, validation): (&'a Data<'a, T>, Option<&'a Data<'a, T>>),
        undefined: &'a [(String, String)],
        request: &'a mut CheckpointRequest<T>,
    ) -> Self {
        Self { model, state, data, validation, undefined, request }
    }

    /// Returns the number of the current epoch, counted from 0 as in Keras.
    pub fn epoch(&self) -> usize {
        self.state.epoch
    }

    /// Returns the number of the epoch before which the training ends, as given to `FitOptions::epochs`.
    pub fn epochs(&self) -> usize {
        self.state.epochs
    }

    /// Returns the number of the first epoch, as given to `FitOptions::initial_epoch`.
    pub fn initial_epoch(&self) -> usize {
        self.state.initial_epoch
    }

    /// Returns the number of the current batch within the epoch, counted from 0.
    pub fn batch(&self) -> usize {
        self.state.batch
    }

    /// Returns the number of batches in an epoch.
    pub fn batches(&self) -> usize {
        self.state.batches
    }

    /// Returns the loss and the metrics of the epoch so far; after a validation, also its results.
    pub fn logs(&self) -> &Logs {
        &self.state.logs
    }

    /// Returns the names of all series that this training logs.
    pub fn series(&self) -> impl Iterator<Item = &str> {
        self.state.logs.names().iter().map(String::as_str)
    }

    /// Returns whether lower or higher values of a series are better: lower for the loss, and as the metric declares it.
    ///
    /// Returns `None` if there is no such series, or if its direction is unknown.
    pub fn direction(&self, series: &str) -> Option<Direction> {
        let place = self.series().position(|name| name == series)?;
        self.state.directions.get(place).copied().flatten()
    }

    /// Checks that the training logs a series; a callback that watches a series should call it in `on_train_begin`.
    ///
    /// `callback` is the name of the callback, for the error.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownSeries`] if there is no such series; it lists the closest names.
    pub fn check_series(&self, callback: &str, series: &str) -> Result<()> {
        if self.series().any(|name| name == series) {
            return Ok(());
        }
        Err(Error::UnknownSeries {
            callback: callback.to_string(),
            name: series.to_string(),
            available: closest(series, &mut self.series()),
        })
    }

    /// Returns whether lower or higher values of a watched series are better: `told` if it is given, else the series' own.
    ///
    /// `callback` is the name of the callback, for the error.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownSeries`] if there is no such series; [`Error::Argument`] if `told` is `None` and the direction of the
    /// series is unknown, or if the series is undefined for the data.
    pub fn watch(&self, callback: &str, series: &str, told: Option<Direction>) -> Result<Direction> {
        self.check_series(callback, series)?;
        if let Some((_, why)) = self.undefined.iter().find(|(name, _)| name == series) {
            return Err(Error::argument(callback, "monitor", series, format!("a series that is defined for these data: {why}")));
        }
        told.or(self.direction(series)).ok_or_else(|| {
            let advice = format!("`direction(Direction::Up)` or `Down`, for `{series}` does not say which way is better");
            Error::argument(callback, "direction", "none", advice)
        })
    }

    /// Logs a value under a name; the history keeps the last value of each epoch.
    ///
    /// A new name becomes a new series of this training. If its first value is logged in `on_train_begin`, the callbacks after
    /// this one can watch the series.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Dense::new(1));
    /// model.compile("sgd", "mse", ())?;
    /// let size = on_epoch_end(|run| run.log("kernel_size", run.model().get_weights()[0].norm()));
    /// let history = model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new().epochs(3).callback(size))?;
    /// assert_eq!(history["kernel_size"].len(), 3);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn log(&mut self, name: &str, value: f64) {
        self.state.logs.set(name, value);
    }

    /// Returns the reason why the training ends after this batch or epoch; `None` if it continues.
    pub fn stop_reason(&self) -> Option<&StopReason> {
        self.state.stop.as_ref()
    }

    /// Returns the values and gradients of the last step, for use in `on_batch_end`.
    ///
    /// They are recorded for the batches that a callback asks for with [`Callback::probes`](super::Callback::probes).
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// #[derive(Default)]
    /// struct Updates(Vec<f64>);
    ///
    /// impl<T: Scalar> Callback<T> for Updates {
    ///     fn probes(&self, _epoch: usize, batch: usize) -> bool {
    ///         batch == 0
    ///     }
    ///
    ///     fn on_batch_end(&mut self, run: &mut Run<'_, T>) -> layercake::Result<()> {
    ///         let weights = run.probe().into_iter().flat_map(|probe| probe.weights());
    ///         self.0.extend(weights.map(|weight| weight.relative_update()));
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Dense::new(1).kernel_initializer("ones").bias_initializer("ones"));
    /// model.compile(Sgd::default().learning_rate(0.5), "mse", ())?;
    /// let mut updates = Updates::default();
    /// model.fit(&dmatrix![1.0], &dmatrix![1.0], FitOptions::new().callback(&mut updates))?;
    /// assert_eq!(updates.0, [1.0, 1.0]); // both were 1, and become 0
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn probe(&self) -> Option<&Probe<T>> {
        self.state.probe.as_ref()
    }

    /// Returns copies of the inputs and of the targets of the first output of the validation data; `None` if there is none.
    ///
    /// The inputs of a model with several are joined: a row has the values of all of them, one input after the other.
    pub fn validation_data(&self) -> Option<(DMatrix<T>, DMatrix<T>)> {
        let rows = |samples: Batch<'_, T>| DMatrix::from_row_slice(samples.count(), samples.width(), samples.values());
        self.validation.map(|data| (rows(data.x.to_samples().all()), rows(data.y[0].all())))
    }

    /// Returns the data of the training and of the validation.
    pub(crate) fn data(&self) -> (&'a Data<'a, T>, Option<&'a Data<'a, T>>) {
        (self.data, self.validation)
    }

    /// Returns the batch size, and whether the rows are shuffled in each epoch.
    pub(crate) fn batch_options(&self) -> (usize, bool) {
        (self.state.batch_size, self.state.shuffle)
    }

    /// Requests that the training continues the one saved in this file.
    #[cfg(feature = "keras")]
    pub(crate) fn resume_from(&mut self, path: &Path, resume: Resume<T>) {
        self.request.resume = Some((path.to_path_buf(), resume));
    }

    /// Requests that the training is saved in this file.
    #[cfg(feature = "keras")]
    pub(crate) fn back_up_to(&mut self, path: &Path, back_up: BackUp<T>) {
        self.request.back_up = Some((path.to_path_buf(), back_up));
    }

    /// Stops the training after this batch or epoch; the history holds the reason, the first one if there are several.
    pub fn stop(&mut self, reason: impl Into<String>) {
        self.state.stop.get_or_insert(StopReason::Callback(reason.into()));
    }

    /// Returns the learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.model.compiled.as_ref().map_or(0.0, |compiled| compiled.optimizer.learning_rate())
    }

    /// Sets the learning rate from the next step on.
    ///
    /// # Errors
    ///
    /// It fails if the rate is negative, NaN or infinite, or if a schedule determines the rate.
    pub fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        self.state.is_changed |= learning_rate != self.learning_rate();
        self.model.set_learning_rate(learning_rate)
    }

    /// Logs the learning rate as `learning_rate`, as Keras' callbacks that set it do.
    pub(crate) fn log_learning_rate(&mut self) {
        self.log("learning_rate", self.learning_rate());
    }

    /// Fails if the learning rate cannot be set because a schedule determines it.
    pub(crate) fn check_learning_rate(&mut self) -> Result<()> {
        self.set_learning_rate(self.learning_rate())
    }

    /// Makes the model use the averages that the optimizer keeps of the weights if `wanted` is true, else the weights.
    ///
    /// Call it with false before the next step of training; `fit` does so before it ends.
    ///
    /// # Errors
    ///
    /// It fails if the optimizer keeps no averages; the setting `use_ema(true)` makes it keep them.
    pub fn use_averages(&mut self, wanted: bool) -> Result<()> {
        self.state.is_changed = true;
        self.model.trained("fit")?.use_averages(wanted)
    }

    /// Returns the model in its current state.
    pub fn model(&self) -> &Model<T> {
        self.model
    }

    /// Copies all weights to `into`, for a later [`restore_weights`](Self::restore_weights).
    pub fn copy_weights(&self, into: &mut Vec<T>) {
        if let Some(network) = &self.model.network {
            network.snapshot(into);
        }
    }

    /// Sets all weights to values that [`copy_weights`](Self::copy_weights) copied; does nothing if their number is another.
    pub fn restore_weights(&mut self, weights: &[T]) {
        if let Some(network) = &mut self.model.network {
            network.restore(weights);
            self.state.is_changed = true;
        }
    }
}
