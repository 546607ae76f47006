//! Watches the numbers of a training, and keeps the snapshots to go back to.

use super::snapshot::Snapshot;
use crate::kernels::Scalar;
use crate::network::Network;
use crate::optimizers::OptimizerState;
use crate::training::Trained;

/// The number of steps after which the weights are checked and a snapshot is taken, at the begin of the next epoch.
const SHORT: u64 = 256;

/// The number of steps after which this is done within an epoch, and at all if the values of a snapshot are so many that they do
/// not stay in a cache: a copy of them then takes as long as several steps.
const LONG: u64 = 1024;
const MANY: usize = 250_000;

/// The number of steps for which the growth of the numbers is measured before it came to the worst.
pub(super) const GROWTH: u64 = 10;

/// The snapshots of a training, and what was checked.
///
/// The loss is checked in each step. A gradient that is not finite leaves weights or moments that are not, so that these are
/// checked only before each snapshot; where that is not certain, because of clipping by value or of constraints, the gradient is
/// checked in each step too. With an optimizer of the user's own all is checked in each step.
#[derive(Debug)]
pub(in crate::training) struct Watching<T: Scalar> {
    newer: Snapshot<T>,
    older: Snapshot<T>,
    /// The number of snapshots, at most two.
    kept: usize,
    /// The number of steps so far.
    pub(super) steps: u64,
    /// The number of steps after which the weights were checked last.
    checked: u64,
    /// The number of steps from a snapshot or a check to the next one, at the begin of an epoch.
    interval: u64,
    /// The number of steps before which no snapshot is due.
    quiet: u64,
    /// True if weights and moments are checked after each step.
    checks_each_step: bool,
}

impl<T: Scalar> Watching<T> {
    /// Allocates memory for the snapshots.
    pub(in crate::training) fn new(network: &Network<T>, optimizer: &OptimizerState<T>) -> Self {
        let checks_each_step = optimizer.rule().is_own();
        let [params, state] = network.sizes();
        let [values, _] = optimizer.size(params);
        let is_large = params + state + values > MANY;
        let interval = if is_large { LONG } else { SHORT };
        let [newer, older] = Snapshot::new(network, optimizer, !is_large);
        Self { newer, older, kept: 0, steps: 0, checked: 0, interval, quiet: 0, checks_each_step }
    }

    /// Returns whether each gradient must be checked, because weights and moments can stay finite if it is not.
    pub(in crate::training) fn checks_gradients(network: &Network<T>, optimizer: &OptimizerState<T>) -> bool {
        network.is_constrained() || optimizer.clips_values() || optimizer.rule().is_own()
    }

    /// Counts a step, and returns whether weights and moments are to be checked after it.
    #[inline(always)]
    pub(in crate::training) fn advance(&mut self) -> bool {
        self.steps += 1;
        self.checks_each_step
    }

    /// Returns whether a snapshot is due before this batch of an epoch; `is_changed` says that a callback changed weights or the
    /// learning rate since the last step, which the steps that are run again would miss.
    #[inline(always)]
    pub(in crate::training) fn is_snapshot_due(&self, batch: usize, is_changed: bool) -> bool {
        let is_late = || batch == 0 || self.kept == 0 || self.steps - self.newer.step >= LONG;
        is_changed || (self.steps >= self.quiet && is_late())
    }

    /// Returns whether a check of the weights is due after an epoch.
    #[inline(always)]
    pub(in crate::training) fn is_check_due(&self, is_last: bool) -> bool {
        self.steps - self.checked >= if is_last { 1 } else { self.interval }
    }

    /// Returns whether all weights and moments are finite; they are checked once after each step, unless a callback changed them.
    pub(in crate::training) fn check(&mut self, trained: &Trained<'_, T>, is_changed: bool) -> bool {
        if self.checked == self.steps && self.kept > 0 && !is_changed {
            return true;
        }
        self.checked = self.steps;
        trained.network.is_finite() && trained.optimizer.is_finite()
    }

    /// Takes a snapshot before this batch of an epoch.
    pub(in crate::training) fn keep(&mut self, trained: &Trained<'_, T>, order: &[u8], (epoch, batch): (usize, usize)) {
        std::mem::swap(&mut self.newer, &mut self.older);
        self.newer.copy(trained, order, (self.steps, epoch, batch));
        (self.kept, self.quiet) = ((self.kept + 1).min(2), self.steps + self.interval);
    }

    /// Returns the snapshots to go back to, first to last: the newer one, after the older one if too few steps follow the newer.
    pub(super) fn snapshots(&self) -> Vec<&Snapshot<T>> {
        match self.kept {
            0 => Vec::new(),
            2 if self.steps - self.newer.step <= GROWTH => vec![&self.older, &self.newer],
            _ => vec![&self.newer],
        }
    }
}
