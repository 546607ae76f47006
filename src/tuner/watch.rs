//! Watches the training of one trial: keeps its best score, and stops it early.

use crate::base::Result;
use crate::kernels::Scalar;
use crate::metrics::Direction;
use crate::model::{Callback, Run};

/// What is known about the training of one trial on one fold, over all its pauses.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    pub(super) direction: Option<Direction>,
    pub(super) best: Option<f64>,
    pub(super) best_epoch: usize,
    /// The lowest validation loss so far.
    pub(super) loss: Option<f64>,
    pub(super) epochs: usize,
    /// The number of epochs since the best.
    waited: usize,
    /// True once it has stopped early: it does not go on.
    pub(super) is_over: bool,
    pub(super) failure: Option<String>,
}

/// The callback that keeps a [`Record`].
pub(super) struct Watch<'w> {
    pub(super) objective: &'w str,
    pub(super) told: Option<Direction>,
    pub(super) patience: Option<usize>,
    pub(super) record: &'w mut Record,
}

impl<T: Scalar> Callback<T> for Watch<'_> {
    fn on_train_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        self.record.direction = Some(run.watch("the search", self.objective, self.told)?);
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let record = &mut *self.record;
        record.epochs = run.epoch() + 1;
        let loss = run.logs().loss();
        let score = run.logs().get(self.objective);
        if let Some(value) = [Some(loss), score].into_iter().flatten().find(|value| !value.is_finite()) {
            record.failure = Some(format!("the loss or the objective is {value} after epoch {}", record.epochs));
            run.stop("not finite");
            return Ok(());
        }
        if let Some(loss) = run.logs().get("val_loss") {
            record.loss = Some(record.loss.map_or(loss, |least| least.min(loss)));
        }
        let Some(score) = score else { return Ok(()) };
        let is_better = |best: f64| if record.direction == Some(Direction::Up) { score > best } else { score < best };
        if record.best.is_none_or(is_better) {
            (record.best, record.best_epoch, record.waited) = (Some(score), run.epoch(), 0);
        } else {
            record.waited += 1;
            if self.patience.is_some_and(|patience| record.waited >= patience) {
                record.is_over = true;
                run.stop("the objective has not improved");
            }
        }
        Ok(())
    }
}
