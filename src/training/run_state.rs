//! What those who watch a training see of it.

use super::epochs::Plan;
use super::{Logs, Objective, Probe, StopReason};
use crate::kernels::Scalar;
use crate::metrics::Direction;

/// Where a training is; what callbacks see of it.
#[derive(Debug)]
pub(crate) struct RunState<T> {
    pub(crate) epoch: usize,
    pub(crate) epochs: usize,
    pub(crate) initial_epoch: usize,
    pub(crate) batch: usize,
    pub(crate) batches: usize,
    pub(crate) logs: Logs,
    pub(crate) directions: Vec<Option<Direction>>,
    pub(crate) stop: Option<StopReason>,
    /// The values and gradients of the last step, if a callback asked for them.
    pub(crate) probe: Option<Probe<T>>,
}

/// A moment of a training at which callbacks are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    TrainBegin,
    EpochBegin,
    BatchBegin,
    BatchEnd,
    TestBegin,
    TestEnd,
    EpochEnd,
    TrainEnd,
}

impl<T: Scalar> RunState<T> {
    pub(super) fn new(objective: &Objective<T>, validates: bool, plan: &Plan, batches: usize) -> Self {
        let mut names: Vec<String> = objective.names().map(str::to_string).collect();
        let mut directions: Vec<_> = objective.directions().collect();
        if validates {
            names.extend(objective.names().map(|name| format!("val_{name}")));
            directions.extend(objective.directions());
        }
        Self {
            epoch: plan.initial_epoch,
            epochs: plan.epochs,
            initial_epoch: plan.initial_epoch,
            batch: 0,
            batches,
            logs: Logs::new(names.into()),
            directions,
            stop: None,
            probe: None,
        }
    }

    /// Logs what the epoch's training has come to so far.
    pub(super) fn log(&mut self, objective: &Objective<T>) {
        self.logs.set_from(0, objective.results());
    }

    /// The share of all batches that is done, from 0 to 1.
    pub(super) fn progress(&self) -> f64 {
        let epochs = self.epochs.saturating_sub(self.initial_epoch).max(1) as f64;
        let done = (self.epoch - self.initial_epoch) as f64 + self.batch as f64 / self.batches.max(1) as f64;
        (done / epochs).min(1.0)
    }
}
