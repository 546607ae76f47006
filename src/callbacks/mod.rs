//! Callbacks: what watches a training and steps in.
//!
//! | here | in Keras | what it does |
//! |---|---|---|
//! | `BackupAndRestore` | `BackupAndRestore` | takes up an interrupted training where it was (feature `keras`) |
//! | [`CsvLogger`] | `CSVLogger` | writes a line of a table for each epoch |
//! | [`EarlyStopping`] | `EarlyStopping` | stops when a series no longer improves |
//! | [`LearningRateScheduler`] | `LearningRateScheduler` | sets the learning rate of each epoch |
//! | `ModelCheckpoint` | `ModelCheckpoint` | saves the model or its weights on the way (feature `keras`) |
//! | [`ReduceLrOnPlateau`] | `ReduceLROnPlateau` | lowers the learning rate when a series no longer improves |
//! | [`SwapEmaWeights`] | `SwapEMAWeights` | validates with the averages of the weights |
//! | [`TerminateOnNan`] | `TerminateOnNaN` | stops when the loss is NaN or infinite |
//! | `ProgbarLogger` | `verbose=1` | shows a progress bar (feature `progress`) |
//! | [`on_epoch_end`] and its like | `LambdaCallback` | calls a closure |

#[cfg(feature = "keras")]
mod backup_and_restore;
mod closures;
mod csv_logger;
mod early_stopping;
mod learning_rate_scheduler;
#[cfg(feature = "keras")]
mod model_checkpoint;
mod monitor;
#[cfg(feature = "progress")]
mod progbar_logger;
mod reduce_lr_on_plateau;
mod run;
mod swap_ema_weights;
mod terminate_on_nan;

#[cfg(feature = "keras")]
pub use backup_and_restore::BackupAndRestore;
pub use closures::{OnBatchBegin, OnBatchEnd, OnEpochBegin, OnEpochEnd, OnTrainBegin, OnTrainEnd, Outcome};
pub use closures::{on_batch_begin, on_batch_end, on_epoch_begin, on_epoch_end, on_train_begin, on_train_end};
pub use csv_logger::CsvLogger;
pub use early_stopping::EarlyStopping;
pub use learning_rate_scheduler::LearningRateScheduler;
#[cfg(feature = "keras")]
pub use model_checkpoint::ModelCheckpoint;
#[cfg(feature = "progress")]
pub use progbar_logger::ProgbarLogger;
pub use reduce_lr_on_plateau::ReduceLrOnPlateau;
pub use run::Run;
pub use swap_ema_weights::SwapEmaWeights;
pub use terminate_on_nan::TerminateOnNan;

use crate::{Result, Scalar};

/// Something that is called at eight moments of a training, and may look, log, change the learning rate, or stop it.
///
/// An error stops the training and is what `fit` returns; the model keeps the weights it has reached. For a callback
/// that needs one moment only a closure is enough: [`on_epoch_end`] and its like.
pub trait Callback<T: Scalar> {
    /// Before the first epoch; the place to check what the callback needs.
    fn on_train_begin(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// Before each epoch.
    fn on_epoch_begin(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// Before each batch.
    fn on_batch_begin(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// After each batch; the logs hold the means of the epoch so far.
    fn on_batch_end(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// Before each validation, which comes after the batches of an epoch.
    fn on_test_begin(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// After each validation; the logs hold its results.
    fn on_test_end(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// After each epoch and its validation.
    fn on_epoch_end(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// After the last epoch, however the training ended short of an error.
    fn on_train_end(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// What it remembers of a training, so that an interrupted one can be [restored](Self::restore).
    fn state(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Goes on from what [`state`](Self::state) gave; called after `on_train_begin`, and again after `on_epoch_begin` of
    /// an epoch that is gone on with.
    ///
    /// # Errors
    ///
    /// A state that is not one of this callback.
    fn restore(&mut self, _state: &[f64]) -> Result<()> {
        Ok(())
    }
}

/// A callback that is lent or boxed is a callback.
macro_rules! forward {
    ($($through:ty),+) => {
        $(impl<T: Scalar, C: Callback<T> + ?Sized> Callback<T> for $through {
            fn on_train_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
                (**self).on_train_begin(run)
            }

            fn on_epoch_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
                (**self).on_epoch_begin(run)
            }

            fn on_batch_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
                (**self).on_batch_begin(run)
            }

            fn on_batch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
                (**self).on_batch_end(run)
            }

            fn on_test_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
                (**self).on_test_begin(run)
            }

            fn on_test_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
                (**self).on_test_end(run)
            }

            fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
                (**self).on_epoch_end(run)
            }

            fn on_train_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
                (**self).on_train_end(run)
            }

            fn state(&self) -> Vec<f64> {
                (**self).state()
            }

            fn restore(&mut self, state: &[f64]) -> Result<()> {
                (**self).restore(state)
            }
        })+
    };
}

forward!(&mut C, Box<C>);
