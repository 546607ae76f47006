//! A training as its callbacks see it.

use super::Model;
use crate::base::{Batch, Data};
use crate::base::{Error, Result, list};
use crate::kernels::Scalar;
use crate::metrics::Direction;
use crate::training::{Logs, Probe, Progress, RunState, StopReason};
use nalgebra::DMatrix;
use std::path::{Path, PathBuf};

/// A training as its callbacks see it: where it is, what it has logged, and the model.
#[derive(Debug)]
pub struct Run<'a, T: Scalar> {
    model: &'a mut Model<T>,
    state: &'a mut RunState<T>,
    validation: Option<&'a Data<'a, T>>,
    request: &'a mut CheckpointRequest<T>,
}

/// What a callback asks for, to be done when all callbacks have been called.
#[derive(Debug)]
pub(crate) struct CheckpointRequest<T: Scalar> {
    /// To go on with the training kept in this file.
    pub(super) resume: Option<(PathBuf, Resume<T>)>,
    /// To keep the training in this file.
    pub(super) back_up: Option<(PathBuf, BackUp<T>)>,
}

/// Reads a training from a file: takes over the weights and returns how far it had come.
pub(crate) type Resume<T> = fn(&mut Model<T>, &Path) -> Result<Progress>;

/// Writes a training to a file.
pub(crate) type BackUp<T> = fn(&Model<T>, &Path, &Progress) -> Result<()>;

impl<'a, T: Scalar> Run<'a, T> {
    pub(super) fn new(
        model: &'a mut Model<T>,
        state: &'a mut RunState<T>,
        validation: Option<&'a Data<'a, T>>,
        request: &'a mut CheckpointRequest<T>,
    ) -> Self {
        Self { model, state, validation, request }
    }

    /// The epoch, counted from 0 as in Keras.
    pub fn epoch(&self) -> usize {
        self.state.epoch
    }

    /// The epoch the training is to end before.
    pub fn epochs(&self) -> usize {
        self.state.epochs
    }

    /// The epoch the training began with.
    pub fn initial_epoch(&self) -> usize {
        self.state.initial_epoch
    }

    /// The batch within the epoch, counted from 0.
    pub fn batch(&self) -> usize {
        self.state.batch
    }

    /// How many batches an epoch has.
    pub fn batches(&self) -> usize {
        self.state.batches
    }

    /// What is known of this epoch: within it the means so far, at its end also the validation.
    pub fn logs(&self) -> &Logs {
        &self.state.logs
    }

    /// The names of all series that this training logs.
    pub fn series(&self) -> impl Iterator<Item = &str> {
        self.state.logs.names().iter().map(String::as_str)
    }

    /// Which way a series is better: the loss down, a metric as it says itself.
    pub fn direction(&self, series: &str) -> Option<Direction> {
        let place = self.series().position(|name| name == series)?;
        self.state.directions.get(place).copied().flatten()
    }

    /// Fails if the training logs no such series; for `on_train_begin` of a callback that watches one.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownSeries`], with the series there are.
    pub fn check_series(&self, callback: &str, series: &str) -> Result<()> {
        if self.series().any(|name| name == series) {
            return Ok(());
        }
        Err(Error::UnknownSeries { callback: callback.to_string(), name: series.to_string(), available: list(self.series()) })
    }

    /// Which way the series that a callback watches is better: as it was told, or as the series says itself.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownSeries`]; a series that does not say, for a callback that was not told.
    pub fn watch(&self, callback: &str, series: &str, told: Option<Direction>) -> Result<Direction> {
        self.check_series(callback, series)?;
        told.or(self.direction(series)).ok_or_else(|| {
            let advice = format!("`direction(Direction::Up)` or `Down`, for `{series}` does not say which way is better");
            Error::argument(callback, "direction", "none", advice)
        })
    }

    /// Adds a number to what is known of this epoch; the last one of an epoch enters the history.
    ///
    /// A new name becomes a series of this training. One that is logged in `on_train_begin` already is known to the
    /// callbacks behind this one from the start, so that they can watch it.
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

    /// Why the training ends after this batch or epoch, if it does.
    pub fn stop_reason(&self) -> Option<&StopReason> {
        self.state.stop.as_ref()
    }

    /// The values and gradients of the step that has just been taken, in `on_batch_end` of a batch for which a callback
    /// [asked](super::Callback::probes) for them.
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

    /// The rows that are validated on, inputs and targets; `None` if there is no validation.
    pub fn validation_data(&self) -> Option<(DMatrix<T>, DMatrix<T>)> {
        let rows = |samples: Batch<'_, T>| DMatrix::from_row_slice(samples.count(), samples.width(), samples.values());
        self.validation.map(|data| (rows(data.x.to_samples().all()), rows(data.y.all())))
    }

    /// Asks for the training to go on where the one kept in this file was.
    pub(crate) fn resume_from(&mut self, path: &Path, resume: Resume<T>) {
        self.request.resume = Some((path.to_path_buf(), resume));
    }

    /// Asks for the training to be kept in this file.
    pub(crate) fn back_up_to(&mut self, path: &Path, back_up: BackUp<T>) {
        self.request.back_up = Some((path.to_path_buf(), back_up));
    }

    /// Ends the training after this batch or epoch; the reason can be read in the history.
    pub fn stop(&mut self, reason: impl Into<String>) {
        self.state.stop.get_or_insert(StopReason::Callback(reason.into()));
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.model.compiled.as_ref().map_or(0.0, |compiled| compiled.optimizer.learning_rate())
    }

    /// Sets the learning rate from the next step on.
    ///
    /// # Errors
    ///
    /// A rate that is negative, NaN or infinite; an optimizer whose rate follows a schedule.
    pub fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        self.model.set_learning_rate(learning_rate)
    }

    /// Logs the learning rate, as Keras' callbacks do that set it.
    pub(crate) fn log_learning_rate(&mut self) {
        self.log("learning_rate", self.learning_rate());
    }

    /// Fails if the learning rate cannot be set, because a schedule gives it.
    pub(crate) fn check_learning_rate(&mut self) -> Result<()> {
        self.set_learning_rate(self.learning_rate())
    }

    /// Puts the averages that the optimizer keeps of the weights in their place, or puts the weights back.
    ///
    /// Put the weights back before the next step of training; `fit` does so before it ends.
    ///
    /// # Errors
    ///
    /// An optimizer without `use_ema`.
    pub fn use_averages(&mut self, wanted: bool) -> Result<()> {
        self.model.trained("fit")?.use_averages(wanted)
    }

    /// The model as it is now.
    pub fn model(&self) -> &Model<T> {
        self.model
    }

    /// Copies all weights, to be put back by [`restore_weights`](Self::restore_weights).
    pub fn copy_weights(&self, into: &mut Vec<T>) {
        if let Some(network) = &self.model.network {
            network.snapshot(into);
        }
    }

    /// Puts back weights that [`copy_weights`](Self::copy_weights) took; those of another model are ignored.
    pub fn restore_weights(&mut self, weights: &[T]) {
        if let Some(network) = &mut self.model.network {
            network.restore(weights);
        }
    }
}
