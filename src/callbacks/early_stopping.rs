use super::monitor::Monitor;
use super::{Callback, Run};
use crate::base::{Error, Result};
use crate::kernels::{Scalar, doubles};
use crate::metrics::Direction;
use crate::part::Arguments;

/// Stops a training when a series has not improved for `patience` epochs.
/// [Keras](https://keras.io/api/callbacks/early_stopping/)
///
/// Better means lower for the loss and for errors, higher for accuracies, by more than `min_delta`. With
/// `restore_best_weights` the model ends with the weights of its best epoch, also when all epochs were run.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile(Sgd::default().learning_rate(0.0), "mse", ())?;
/// let mut stop = EarlyStopping::new("loss").patience(3);
/// let options = FitOptions::new().epochs(100).callback(&mut stop);
/// let history = model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], options)?;
/// assert_eq!(history.epochs().len(), 4);
/// assert_eq!((stop.best_epoch(), stop.stopped_epoch()), (Some(0), Some(3)));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct EarlyStopping<T> {
    monitor: Monitor,
    patience: usize,
    baseline: Option<f64>,
    restore_best_weights: bool,
    start_from_epoch: usize,
    progress: Progress<T>,
}

/// What a run has come to.
#[derive(Debug, Clone)]
struct Progress<T> {
    wait: usize,
    best_epoch: usize,
    best_weights: Vec<T>,
    stopped_epoch: Option<usize>,
}

impl<T: Scalar> EarlyStopping<T> {
    /// Watches this series, `"val_loss"` for instance, without patience.
    pub fn new(monitor: impl Into<String>) -> Self {
        Self {
            monitor: Monitor::new(monitor, 0.0),
            patience: 0,
            baseline: None,
            restore_best_weights: false,
            start_from_epoch: 0,
            progress: Progress::new(),
        }
    }

    /// By how much a value must beat the best one, at least 0 (default 0).
    pub fn min_delta(mut self, min_delta: f64) -> Self {
        self.monitor.min_delta = min_delta;
        self
    }

    /// How many epochs without improvement are borne (default 0).
    pub fn patience(mut self, patience: usize) -> Self {
        self.patience = patience;
        self
    }

    /// Which way is better, where the series does not tell (Keras' `mode`).
    #[doc(alias = "mode")]
    pub fn direction(mut self, direction: Direction) -> Self {
        self.monitor.told = Some(direction);
        self
    }

    /// A value that must be beaten for patience to begin anew (default: none).
    pub fn baseline(mut self, baseline: f64) -> Self {
        self.baseline = Some(baseline);
        self
    }

    /// Whether the model shall end with its best weights (default: false, those of the last epoch).
    pub fn restore_best_weights(mut self, restore_best_weights: bool) -> Self {
        self.restore_best_weights = restore_best_weights;
        self
    }

    /// The first epoch that is watched (default 0).
    pub fn start_from_epoch(mut self, start_from_epoch: usize) -> Self {
        self.start_from_epoch = start_from_epoch;
        self
    }

    /// The epoch with the best value, counted from 0; `None` before there was any.
    pub fn best_epoch(&self) -> Option<usize> {
        self.best().map(|_| self.progress.best_epoch)
    }

    /// The best value, if there was any.
    pub fn best(&self) -> Option<f64> {
        self.monitor.best()
    }

    /// The epoch in which the training was stopped, counted from 0; `None` if it was not.
    pub fn stopped_epoch(&self) -> Option<usize> {
        self.progress.stopped_epoch
    }
}

impl<T> Progress<T> {
    fn new() -> Self {
        Self { wait: 0, best_epoch: 0, best_weights: Vec::new(), stopped_epoch: None }
    }
}

impl<T: Scalar> Callback<T> for EarlyStopping<T> {
    crate::model::compiled_callback!(EarlyStopping<T>);

    fn on_train_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        Arguments::check("EarlyStopping", |arguments| arguments.optional_number("baseline", &mut self.baseline, ..))?;
        self.monitor.begin("EarlyStopping", run)?;
        self.progress = Progress::new();
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let Some(value) = self.monitor.value(run) else { return Ok(()) };
        let epoch = run.epoch();
        if epoch < self.start_from_epoch {
            return Ok(());
        }
        let progress = &mut self.progress;
        if self.restore_best_weights && progress.best_weights.is_empty() {
            // so that there is something to restore when no epoch improves
            run.copy_weights(&mut progress.best_weights);
            progress.best_epoch = epoch;
        }
        progress.wait += 1;
        if self.monitor.improves(value) {
            progress.best_epoch = epoch;
            if self.restore_best_weights {
                run.copy_weights(&mut progress.best_weights);
            }
            if self.baseline.is_none_or(|baseline| self.monitor.beats(value, baseline)) {
                progress.wait = 0;
            }
        } else if progress.wait >= self.patience && epoch > 0 {
            progress.stopped_epoch = Some(epoch);
            let (series, best_epoch, loss) = (&self.monitor.series, progress.best_epoch + 1, run.logs().loss());
            let advice = "lower the learning rate or scale the inputs";
            run.stop(match (!loss.is_finite(), !value.is_finite()) {
                (true, _) => format!("EarlyStopping: the loss is {loss} in epoch {}: {advice}", epoch + 1),
                (_, true) => format!("EarlyStopping: `{series}` is {value} in epoch {}: {advice}", epoch + 1),
                _ => format!("EarlyStopping: `{series}` has not improved since epoch {best_epoch}"),
            });
        }
        Ok(())
    }

    fn on_train_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        if self.restore_best_weights && !self.progress.best_weights.is_empty() {
            run.restore_weights(&self.progress.best_weights);
        }
        Ok(())
    }

    fn state(&self) -> Vec<f64> {
        let progress = &self.progress;
        let stopped = progress.stopped_epoch.map_or(-1.0, |epoch| epoch as f64);
        let mut state = vec![progress.wait as f64, self.monitor.state(), progress.best_epoch as f64, stopped];
        state.extend(doubles(&progress.best_weights));
        state
    }

    fn restore(&mut self, state: &[f64]) -> Result<()> {
        let [wait, best, best_epoch, stopped, weights @ ..] = state else {
            return Err(Error::argument("EarlyStopping", "state", state.len(), "4 numbers and the best weights"));
        };
        let stopped_epoch = (*stopped >= 0.0).then_some(*stopped as usize);
        let best_weights = weights.iter().map(|weight| T::of(*weight)).collect();
        self.monitor.restore(*best);
        self.progress = Progress { wait: *wait as usize, best_epoch: *best_epoch as usize, best_weights, stopped_epoch };
        Ok(())
    }
}
