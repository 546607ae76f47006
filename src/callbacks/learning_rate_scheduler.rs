use super::{Callback, Run};
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use std::fmt;

/// Sets the learning rate at the beginning of each epoch: `schedule(epoch, rate)` gives the new one.
/// [Keras](https://keras.io/api/callbacks/learning_rate_scheduler/)
///
/// Epochs are counted from 0. The rate that each epoch ran with is logged as `learning_rate`. A rate that is negative, NaN
/// or infinite ends the training with an error; an optimizer whose rate follows a
/// [`Schedule`](crate::optimizers::Schedule) is refused.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile(Sgd::default().learning_rate(0.1), "mse", ())?;
/// let halve = LearningRateScheduler::new(|epoch, rate| if epoch < 2 { rate } else { rate / 2.0 });
/// let history = model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new().epochs(4).callback(halve))?;
/// assert_eq!(history["learning_rate"], [0.1, 0.1, 0.05, 0.025]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Clone)]
pub struct LearningRateScheduler<F> {
    schedule: F,
}

impl<F: FnMut(usize, f64) -> f64> LearningRateScheduler<F> {
    /// Asks this closure for the rate of each epoch, given the epoch and the rate before it.
    pub fn new(schedule: F) -> Self {
        Self { schedule }
    }
}

impl<T: Scalar, F: FnMut(usize, f64) -> f64> Callback<T> for LearningRateScheduler<F> {
    fn on_train_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        run.check_learning_rate()?;
        run.log_learning_rate();
        Ok(())
    }

    fn on_epoch_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let (epoch, before) = (run.epoch(), run.learning_rate());
        let rate = (self.schedule)(epoch, before);
        if !(0.0..f64::INFINITY).contains(&rate) {
            let call = format!("schedule({epoch}, {before})");
            return Err(Error::argument("LearningRateScheduler", call, rate, "a finite number >= 0"));
        }
        run.set_learning_rate(rate)
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        run.log_learning_rate();
        Ok(())
    }
}

impl<F> fmt::Debug for LearningRateScheduler<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LearningRateScheduler")
    }
}
