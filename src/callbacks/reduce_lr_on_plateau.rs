use super::monitor::Monitor;
use super::{Callback, Run};
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::metrics::Direction;
use crate::part::Arguments;

/// Lowers the learning rate when a series has not improved for `patience` epochs: `r = max(factor r, min_lr)`.
/// [Keras](https://keras.io/api/callbacks/reduce_lr_on_plateau/)
///
/// Better means lower for the loss and for errors, higher for accuracies, by more than `min_delta`. The rate that each
/// epoch ran with is logged as `learning_rate`. An optimizer whose rate follows a schedule is refused.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile(Sgd::default().learning_rate(1e-9), "mse", ())?;
/// let reduce = ReduceLrOnPlateau::new("loss").factor(0.5).patience(2);
/// let history = model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new().epochs(5).callback(reduce))?;
/// assert_eq!(history["learning_rate"], [1e-9, 1e-9, 1e-9, 5e-10, 5e-10]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "ReduceLROnPlateau")]
pub struct ReduceLrOnPlateau {
    monitor: Monitor,
    factor: f64,
    patience: usize,
    cooldown: usize,
    min_lr: f64,
    /// Epochs without improvement.
    wait: usize,
    /// Epochs of cooldown that are left.
    cooling: usize,
}

impl ReduceLrOnPlateau {
    /// Watches this series, `"val_loss"` for instance, and takes nine tenths off the rate after 10 epochs.
    pub fn new(monitor: impl Into<String>) -> Self {
        Self { monitor: Monitor::new(monitor, 1e-4), factor: 0.1, patience: 10, cooldown: 0, min_lr: 0.0, wait: 0, cooling: 0 }
    }

    /// What the rate is multiplied by, at least 0 and below 1 (default 0.1).
    pub fn factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// After how many epochs without improvement the rate is lowered (default 10; 0 does as 1).
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

    /// By how much a value must beat the best one, at least 0 (default 1e-4).
    pub fn min_delta(mut self, min_delta: f64) -> Self {
        self.monitor.min_delta = min_delta;
        self
    }

    /// For how many epochs after a reduction none is counted (default 0).
    pub fn cooldown(mut self, cooldown: usize) -> Self {
        self.cooldown = cooldown;
        self
    }

    /// The rate below which it does not go, at least 0 (default 0).
    pub fn min_lr(mut self, min_lr: f64) -> Self {
        self.min_lr = min_lr;
        self
    }
}

impl<T: Scalar> Callback<T> for ReduceLrOnPlateau {
    crate::model::compiled_callback!(ReduceLrOnPlateau);

    fn on_train_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        Arguments::check("ReduceLrOnPlateau", |arguments| {
            arguments.number("factor", &mut self.factor, 0.0..1.0);
            arguments.number("min_lr", &mut self.min_lr, 0.0..f64::INFINITY);
        })?;
        self.monitor.begin("ReduceLrOnPlateau", run)?;
        run.check_learning_rate()?;
        run.log_learning_rate();
        (self.wait, self.cooling) = (0, 0);
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        run.log_learning_rate();
        let Some(value) = self.monitor.value(run) else { return Ok(()) };
        if self.cooling > 0 {
            self.cooling -= 1;
            self.wait = 0;
        }
        if self.monitor.improves(value) {
            self.wait = 0;
        } else if self.cooling == 0 {
            self.wait += 1;
            let rate = run.learning_rate();
            if self.wait >= self.patience && rate > self.min_lr {
                run.set_learning_rate((rate * self.factor).max(self.min_lr))?;
                (self.wait, self.cooling) = (0, self.cooldown);
            }
        }
        Ok(())
    }

    fn state(&self) -> Vec<f64> {
        vec![self.monitor.state(), self.wait as f64, self.cooling as f64]
    }

    fn restore(&mut self, state: &[f64]) -> Result<()> {
        let [best, wait, cooling] = *state else {
            return Err(Error::argument("ReduceLrOnPlateau", "state", state.len(), "3 numbers"));
        };
        self.monitor.restore(best);
        (self.wait, self.cooling) = (wait as usize, cooling as usize);
        Ok(())
    }
}
