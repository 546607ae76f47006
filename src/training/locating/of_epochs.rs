//! How the training loop watches its numbers.

use super::{Noticed, Replay, Watching};
use crate::base::Result;
use crate::kernels::Scalar;
use crate::training::{Epochs, StopReason, Trained, Watched};

impl<T: Scalar> Epochs<'_, T> {
    /// Begins to watch the numbers of the training, if a callback wants that.
    pub(in crate::training) fn watch(&mut self, model: &mut impl Watched<T>) -> Result<()> {
        if model.locates_non_finite() {
            let Trained { network, optimizer, .. } = model.trained()?;
            self.watching = Some(Watching::new(network, optimizer));
            self.workspace.checks_gradient = Watching::checks_gradients(network, optimizer);
        }
        Ok(())
    }

    /// Keeps a snapshot before a batch, if one is due; returns false if the weights are not finite.
    #[inline(always)]
    pub(in crate::training) fn keep_snapshot(&mut self, model: &mut impl Watched<T>) -> Result<bool> {
        let Some(watching) = &self.watching else { return Ok(true) };
        if watching.is_snapshot_due(self.state.batch, self.state.is_changed) { self.take_snapshot(model) } else { Ok(true) }
    }

    #[inline(never)]
    fn take_snapshot(&mut self, model: &mut impl Watched<T>) -> Result<bool> {
        let Some(watching) = &mut self.watching else { return Ok(true) };
        let is_changed = std::mem::take(&mut self.state.is_changed);
        let trained = model.trained()?;
        if !watching.check(&trained, is_changed) {
            self.locate(model, None)?;
            return Ok(false);
        }
        let order = self.order.as_ref().map_or(&[][..], |order| &order.before);
        watching.keep(&trained, order, (self.state.epoch, self.state.batch));
        Ok(true)
    }

    /// Checks a step that gave this loss.
    #[inline(always)]
    pub(in crate::training) fn check_step(&mut self, model: &mut impl Watched<T>, loss: T) -> Result<()> {
        let Some(watching) = &mut self.watching else { return Ok(()) };
        let checks_weights = watching.advance();
        if !(loss.is_finite() && self.workspace.is_gradient_finite) {
            return self.locate(model, Some(loss.to_f64()).filter(|loss| !loss.is_finite()));
        }
        if checks_weights { self.check_now(model) } else { Ok(()) }
    }

    /// Checks the weights, if that is due: after an epoch, and in any case after the last one.
    #[inline(always)]
    pub(in crate::training) fn check_weights(&mut self, model: &mut impl Watched<T>, is_last: bool) -> Result<()> {
        let is_due = self.watching.as_ref().is_some_and(|watching| watching.is_check_due(is_last));
        if is_due { self.check_now(model) } else { Ok(()) }
    }

    #[inline(never)]
    fn check_now(&mut self, model: &mut impl Watched<T>) -> Result<()> {
        let Some(watching) = &mut self.watching else { return Ok(()) };
        if watching.check(&model.trained()?, false) { Ok(()) } else { self.locate(model, None) }
    }

    /// Locates the first number that is not finite, tells the callbacks, and ends the training.
    ///
    /// The model then has its last finite weights. `loss` is the loss of the last step, if that is not finite.
    #[cold]
    fn locate(&mut self, model: &mut impl Watched<T>, loss: Option<f64>) -> Result<()> {
        let Some(watching) = self.watching.take() else { return Ok(()) };
        let noticed = Noticed { epoch: self.state.epoch, batch: self.state.batch, loss };
        let state = &self.state;
        let replay = Replay {
            trained: model.trained()?,
            data: self.data,
            gathering: &mut self.gathering,
            workspace: &mut self.workspace,
            objective: self.objective.without_metrics(),
            batch_size: self.plan.batch_size,
            batches: state.batches,
            progress: &|epoch, batch| state.progress_before(epoch, batch),
        };
        let found = replay.locate(&watching, noticed);
        // more is known now than when the training was stopped, if it was
        self.state.stop = None;
        model.on_non_finite(&found, &mut self.state, (self.data, self.validation))?;
        self.state.stop.get_or_insert_with(|| StopReason::Callback(found.to_string()));
        Ok(())
    }
}
