//! The state of a training that callbacks can read.

use super::epochs::Plan;
use super::{Logs, Objective, Probe, StopReason};
use crate::kernels::Scalar;
use crate::metrics::Direction;

/// The state of a training that callbacks can read: the epoch, the batch, the logs and the probe.
#[derive(Debug)]
pub(crate) struct RunState<T> {
    /// The current epoch, counted from 0.
    pub(crate) epoch: usize,
    /// The epoch before which the training ends.
    pub(crate) epochs: usize,
    /// The first epoch.
    pub(crate) initial_epoch: usize,
    /// The current batch within the epoch, counted from 0.
    pub(crate) batch: usize,
    /// The number of batches in an epoch.
    pub(crate) batches: usize,
    pub(crate) batch_size: usize,
    pub(crate) shuffle: bool,
    /// One divided by the number of batches in the whole training.
    batch_share: f64,
    pub(crate) logs: Logs,
    /// For each of the first names in `logs`, whether lower or higher values are better.
    pub(crate) directions: Vec<Option<Direction>>,
    /// The reason to stop, once a callback or a limit has stopped the training.
    pub(crate) stop: Option<StopReason>,
    /// True if a callback changed weights or the learning rate since it was set to false.
    pub(crate) is_changed: bool,
    /// The values and gradients of the last step, if a callback asked for them.
    pub(crate) probe: Option<Probe<T>>,
}

/// A point in a training at which callbacks are called.
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

impl Moment {
    /// Returns whether it is the begin or the end of an epoch or of its validation.
    pub(crate) fn is_of_epoch(self) -> bool {
        matches!(self, Self::EpochBegin | Self::EpochEnd | Self::TestBegin | Self::TestEnd)
    }
}

impl<T: Scalar> RunState<T> {
    pub(super) fn new(objective: &Objective<T>, validates: bool, plan: &Plan, batches: usize) -> Self {
        let (mut names, mut directions) = (objective.names(), objective.directions());
        if validates {
            names.extend(objective.names().iter().map(|name| format!("val_{name}")));
            directions.extend(objective.directions());
        }
        let epochs = plan.epochs.saturating_sub(plan.initial_epoch).max(1);
        Self {
            epoch: plan.initial_epoch,
            epochs: plan.epochs,
            initial_epoch: plan.initial_epoch,
            batch: 0,
            batches,
            batch_size: plan.batch_size,
            shuffle: plan.shuffle,
            batch_share: 1.0 / (epochs as f64 * batches as f64),
            logs: Logs::new(names.into()),
            directions,
            stop: None,
            is_changed: false,
            probe: None,
        }
    }

    /// Logs the mean loss and the metrics of the epoch so far.
    pub(super) fn log(&mut self, objective: &Objective<T>) {
        self.logs.set_from(0, objective.results());
    }

    /// Returns the share of all batches that is done, from 0 to 1.
    pub(super) fn progress(&self) -> f64 {
        self.progress_before(self.epoch, self.batch)
    }

    /// Returns the share of all batches that is done before this batch of an epoch.
    pub(super) fn progress_before(&self, epoch: usize, batch: usize) -> f64 {
        ((epoch - self.initial_epoch) * self.batches + batch) as f64 * self.batch_share
    }
}
