use super::{Callback, Run};
use crate::base::Result;
use crate::kernels::Scalar;
use std::fmt;

/// What a closure of a callback may return: nothing, or a `Result`.
pub trait Outcome {
    /// The outcome as a result.
    fn into_result(self) -> Result<()>;
}

impl Outcome for () {
    fn into_result(self) -> Result<()> {
        Ok(())
    }
}

impl Outcome for Result<()> {
    fn into_result(self) -> Result<()> {
        self
    }
}

macro_rules! hook {
    ($(#[$doc:meta])* $hook:ident, $name:ident) => {
        $(#[$doc])*
        pub fn $hook<T: Scalar, R: Outcome, F: FnMut(&mut Run<'_, T>) -> R>(closure: F) -> $name<F> {
            $name(closure)
        }

        #[doc = concat!("The callback that [`", stringify!($hook), "`] makes of a closure.")]
        pub struct $name<F>(F);

        impl<T: Scalar, R: Outcome, F: FnMut(&mut Run<'_, T>) -> R> Callback<T> for $name<F> {
            fn $hook(&mut self, run: &mut Run<'_, T>) -> Result<()> {
                (self.0)(run).into_result()
            }
        }

        impl<F> fmt::Debug for $name<F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

hook! {
    /// A callback that calls `closure` before the first epoch.
    on_train_begin, OnTrainBegin
}
hook! {
    /// A callback that calls `closure` before each epoch.
    on_epoch_begin, OnEpochBegin
}
hook! {
    /// A callback that calls `closure` before each batch.
    on_batch_begin, OnBatchBegin
}
hook! {
    /// A callback that calls `closure` after each batch.
    on_batch_end, OnBatchEnd
}
hook! {
    /// A callback that calls `closure` after each epoch.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Dense::new(1));
    /// model.compile("sgd", "mse", ())?;
    /// let mut losses = Vec::new();
    /// let watch = on_epoch_end(|run| {
    ///     losses.push(run.logs().loss());
    ///     if run.logs().loss() < 1e-3 {
    ///         run.stop("good enough");
    ///     }
    /// });
    /// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new().epochs(3).callback(watch))?;
    /// assert_eq!(losses.len(), 3);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    on_epoch_end, OnEpochEnd
}
hook! {
    /// A callback that calls `closure` after the last epoch.
    on_train_end, OnTrainEnd
}
