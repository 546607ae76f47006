//! What can watch a training and take part in it.

use super::Run;
use crate::base::Result;
use crate::kernels::Scalar;

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

    /// Whether it wants to see the values and gradients of this batch, in [`Run::probe`] (default: no).
    ///
    /// A step that is looked at takes longer: it copies all that is shown.
    fn probes(&self, _epoch: usize, _batch: usize) -> bool {
        false
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

            fn probes(&self, epoch: usize, batch: usize) -> bool {
                (**self).probes(epoch, batch)
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
