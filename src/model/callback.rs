//! What can watch a training and take part in it.

use super::Run;
use crate::base::Result;
use crate::kernels::Scalar;

/// Something that is called at eight moments of a training, and may look, log, change the learning rate, or stop it.
///
/// An error stops the training and is what `fit` returns; the model keeps the weights it has reached. For a callback
/// that needs one moment only a closure is enough: [`on_epoch_end`](crate::callbacks::on_epoch_end()) and its like.
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

    /// Makes the `dyn` of a callback; a callback of this crate does so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_boxed<'c>(self) -> Box<dyn Callback<T> + 'c>
    where
        Self: Sized + 'c,
    {
        Box::new(self)
    }

    /// Makes the `dyn` of a callback that is lent.
    #[doc(hidden)]
    fn lent<'c>(&'c mut self) -> Box<dyn Callback<T> + 'c> {
        Box::new(self)
    }
}

/// [`crate::part::compiled!`] in the `impl` of a callback of this crate.
macro_rules! compiled_callback {
    ($callback:ty) => {
        fn into_boxed<'c>(self) -> Box<dyn Callback<T> + 'c> {
            crate::part::compiled!(fn(callback: $callback) -> Box<dyn Callback<T>> { Box::new(callback) })(self)
        }

        fn lent<'c>(&'c mut self) -> Box<dyn Callback<T> + 'c> {
            crate::part::compiled!(fn(callback: &mut $callback) -> Box<dyn Callback<T> + '_> { Box::new(callback) })(self)
        }
    };
}
pub(crate) use compiled_callback;

/// A callback that is lent or boxed is a callback.
macro_rules! forward {
    ($($through:ty { $($boxed:item)? })+) => {
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

            fn lent<'c>(&'c mut self) -> Box<dyn Callback<T> + 'c> {
                (**self).lent()
            }

            $($boxed)?
        })+
    };
}

forward! {
    &mut C {
        fn into_boxed<'c>(self) -> Box<dyn Callback<T> + 'c>
        where
            Self: 'c,
        {
            C::lent(self)
        }
    }
    Box<C> {}
}
