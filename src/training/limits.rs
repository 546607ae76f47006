//! What ends a training from outside.

use super::StopReason;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A way to stop a training from outside.
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
    /// A token that has not been used; its clones are the same token.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks every training that has this token to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What ends a training from outside: a cancel token, a time budget.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) cancel: Option<CancelToken>,
    pub(crate) time_budget: Option<Duration>,
    pub(crate) started: Instant,
}

impl Limits {
    /// The limit that is reached, if one is.
    pub(super) fn reached(&self) -> Option<StopReason> {
        match (&self.cancel, self.time_budget) {
            (Some(token), _) if token.is_cancelled() => Some(StopReason::Cancelled),
            (_, Some(budget)) if self.started.elapsed() >= budget => Some(StopReason::TimeBudget),
            _ => None,
        }
    }
}
