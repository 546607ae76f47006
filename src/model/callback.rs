//! The trait [`Callback`].

use super::Run;
use crate::base::{NonFinite, Result};
use crate::kernels::Scalar;

/// A callback: the training calls its methods at eight points. [Keras](https://keras.io/api/callbacks/base_callback/)
///
/// Through [`Run`], a callback reads the model and the logs, logs values, sets the learning rate, or stops the training. All
/// methods have a default that does nothing. An error stops the training, and `fit` returns it; the model keeps the weights
/// that it had reached. If one method is enough, make a callback from a closure, for example with
/// [`on_epoch_end`](crate::callbacks::on_epoch_end()).
pub trait Callback<T: Scalar> {
    /// Runs before the first epoch; a callback should check here that it can work in this training.
    fn on_train_begin(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// Runs before each epoch.
    fn on_epoch_begin(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// Runs before each batch.
    fn on_batch_begin(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// Runs after each batch; the logs hold the loss and the metrics over the epoch so far.
    fn on_batch_end(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// Runs before each validation, which follows the batches of an epoch.
    fn on_test_begin(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// Runs after each validation; the logs now also hold its results.
    fn on_test_end(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// Runs after each epoch and its validation.
    fn on_epoch_end(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// Runs after the last epoch, also if the training was stopped early, but not if it ended with an error.
    fn on_train_end(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        Ok(())
    }

    /// Returns whether [`Run::probe`] should hold the values and gradients of this batch (default: false).
    ///
    /// Such a step takes longer, because it copies them.
    fn probes(&self, _epoch: usize, _batch: usize) -> bool {
        false
    }

    /// Returns whether `on_batch_begin` and `on_batch_end` are needed for each batch (default: true); it is asked once.
    ///
    /// If no callback needs them, they are called only for [some batches](Self::watches_batch), which saves time in small models.
    fn watches_batches(&self) -> bool {
        true
    }

    /// Returns whether `on_batch_begin` and `on_batch_end` are needed for this batch, if they are not for each batch (default: if it
    /// is [probed](Self::probes)).
    fn watches_batch(&self, epoch: usize, batch: usize) -> bool {
        self.probes(epoch, batch)
    }

    /// Returns whether the methods of epochs and of validations are needed (default: true); it is asked once.
    ///
    /// If no callback needs them, they are not called, and no batch is probed unless one watches batches, which saves time in tiny
    /// models.
    fn watches_epochs(&self) -> bool {
        true
    }

    /// Returns whether `fit` shall locate the first number that is not finite (default: false).
    ///
    /// It then keeps up to two copies of the weights and of the optimizer's state, and checks the loss in each step and the
    /// weights from time to time, at the latest after 1,024 steps. At the first number in loss, gradient or weights that is not
    /// finite it goes back to a copy and runs the steps since then again, which callbacks do not see. It calls
    /// [`on_non_finite`](Self::on_non_finite), and the training ends.
    fn locates_non_finite(&self) -> bool {
        false
    }

    /// Runs when the first number that is not finite was located; the model has its last finite weights again.
    ///
    /// It can return an error, for example [`crate::Error::NonFinite`]. Otherwise the training ends as after [`Run::stop`].
    fn on_non_finite(&mut self, _run: &mut Run<'_, T>, _found: &NonFinite) -> Result<()> {
        Ok(())
    }

    /// Returns the state of the callback, which is saved for a later [`restore`](Self::restore) (default: empty).
    fn state(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Restores the state that [`state`](Self::state) returned, when an interrupted training continues.
    ///
    /// It is called after `on_train_begin`, and if the training continues within an epoch, again after `on_epoch_begin`.
    ///
    /// # Errors
    ///
    /// It fails if the state does not fit this callback.
    fn restore(&mut self, _state: &[f64]) -> Result<()> {
        Ok(())
    }

    /// Converts the callback to a trait object; the crate's own callbacks do so in code compiled in this crate.
    #[doc(hidden)]
    fn into_boxed<'c>(self) -> Box<dyn Callback<T> + 'c>
    where
        Self: Sized + 'c,
    {
        Box::new(self)
    }

    /// Converts a borrowed callback to a trait object.
    #[doc(hidden)]
    fn lent<'c>(&'c mut self) -> Box<dyn Callback<T> + 'c> {
        Box::new(self)
    }
}

/// Writes `into_boxed` and `lent` in the `impl` of a callback of this crate, with [`crate::part::compiled!`].
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

/// Implements `Callback` for borrowed and boxed callbacks.
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

            fn watches_batches(&self) -> bool {
                (**self).watches_batches()
            }

            fn watches_batch(&self, epoch: usize, batch: usize) -> bool {
                (**self).watches_batch(epoch, batch)
            }

            fn watches_epochs(&self) -> bool {
                (**self).watches_epochs()
            }

            fn locates_non_finite(&self) -> bool {
                (**self).locates_non_finite()
            }

            fn on_non_finite(&mut self, run: &mut Run<'_, T>, found: &NonFinite) -> Result<()> {
                (**self).on_non_finite(run, found)
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
