//! The limits that end a training early: a cancel token and a time budget.

use super::StopReason;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A token with which other code, for example another thread, stops a training.
///
/// Pass it to [`FitOptions::cancel`](crate::FitOptions::cancel). All clones of a token share one state.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile("sgd", "mse", ())?;
/// let token = CancelToken::new();
/// token.cancel();
/// let history = model.fit(&dmatrix![1.0], &dmatrix![2.0], FitOptions::new().epochs(10).cancel(&token))?;
/// assert_eq!(history.stop_reason(), &StopReason::Cancelled);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Creates a token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops every training that was given this token, after its current batch; this cannot be undone.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The limits that end a training early: a cancel token and a time budget.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) cancel: Option<CancelToken>,
    pub(crate) time_budget: Option<Duration>,
    pub(crate) started: Instant,
}

impl Limits {
    /// Returns the reason to stop, if a limit is reached.
    pub(super) fn reached(&self) -> Option<StopReason> {
        match (&self.cancel, self.time_budget) {
            (Some(token), _) if token.is_cancelled() => Some(StopReason::Cancelled),
            (_, Some(budget)) if self.started.elapsed() >= budget => Some(StopReason::TimeBudget),
            _ => None,
        }
    }
}
