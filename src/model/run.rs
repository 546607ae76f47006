use crate::base::{Error, Result, list};
use crate::kernels::Scalar;
use crate::metrics::Direction;
use crate::model::Sequential;
use crate::training::{Logs, RunState, StopReason};

/// A training as its callbacks see it: where it is, what it has logged, and the model.
#[derive(Debug)]
pub struct Run<'a, T: Scalar> {
    model: &'a mut Sequential<T>,
    state: &'a mut RunState,
}

impl<'a, T: Scalar> Run<'a, T> {
    pub(crate) fn new(model: &'a mut Sequential<T>, state: &'a mut RunState) -> Self {
        Self { model, state }
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

    /// Asks for the training to go on where the one kept in this file was.
    #[cfg(feature = "keras")]
    pub(crate) fn resume_from(&mut self, path: &std::path::Path) {
        self.state.wishes.resume_from = Some(path.to_path_buf());
    }

    /// Asks for the training to be kept in this file, when all callbacks have been called.
    #[cfg(feature = "keras")]
    pub(crate) fn back_up_to(&mut self, path: &std::path::Path) {
        self.state.wishes.back_up_to = Some(path.to_path_buf());
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

    /// Puts the averages that the optimizer keeps of the weights in their place, or the weights back where they were.
    ///
    /// A step of training is to find the weights. However `fit` ends, they are put back first.
    ///
    /// # Errors
    ///
    /// An optimizer without `use_ema`.
    pub fn use_averages(&mut self, wanted: bool) -> Result<()> {
        self.model.trained("fit")?.use_averages(wanted)
    }

    /// The model as it is now.
    pub fn model(&self) -> &Sequential<T> {
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
