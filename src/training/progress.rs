//! How far a training has come, kept in a file and taken up again.

use super::epochs::Loop;
use crate::base::Rng;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::model::Sequential;
use std::path::PathBuf;

/// How far a training has come, so that it can go on there bit for bit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Progress {
    /// The epoch to go on with.
    pub(crate) epoch: usize,
    /// How many batches of it are done.
    pub(crate) batches: usize,
    /// How many samples an epoch has, and a batch: a training on other data is another one.
    pub(crate) samples: usize,
    pub(crate) batch_size: usize,
    /// Where the generator of the order of samples stood before the epoch; none if they are not shuffled.
    pub(crate) order: Option<Vec<u8>>,
    /// What loss and metrics have seen of the epoch.
    pub(crate) totals: Vec<f64>,
    /// What each callback remembers.
    pub(crate) callbacks: Vec<Vec<f64>>,
}

/// What callbacks have asked the loop to do with a file.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    /// To go on with the training kept there.
    pub(crate) resume_from: Option<PathBuf>,
    /// To keep this one there.
    pub(crate) back_up_to: Option<PathBuf>,
}

impl<T: Scalar> Loop<'_, T> {
    /// Takes up the training that a callback has asked for: the model first, and what the callbacks remember.
    pub(crate) fn resume(&mut self, model: &mut Sequential<T>) -> Result<Option<Progress>> {
        let Some(path) = self.state.wishes.resume_from.take() else { return Ok(None) };
        let progress = model.resume(&path)?;
        let kept = (progress.samples, progress.batch_size, progress.callbacks.len());
        let here = (self.data.count(), self.batch_size, self.callbacks.len());
        if kept != here || (progress.batches > 0 && progress.order.is_some() != self.shuffled.is_some()) {
            let kept = format!("{} samples in batches of {} and {} callbacks", kept.0, kept.1, kept.2);
            let allowed = format!("the data and options of the training kept in `{}`: {kept}, shuffled as there", path.display());
            let found = format!("{} samples in batches of {} and {} callbacks", here.0, here.1, here.2);
            return Err(Error::argument("BackupAndRestore", "training", found, allowed));
        }
        self.restore_callbacks(&progress)?;
        Ok(Some(progress))
    }

    /// Goes on within an epoch; `on_epoch_begin` of the callbacks, which the training has behind it, is undone.
    pub(crate) fn go_on(&mut self, model: &mut Sequential<T>, progress: &Progress, learning_rate: Option<f64>) -> Result<()> {
        self.restore_callbacks(progress)?;
        if let Some(rate) = learning_rate.filter(|_| learning_rate != model.learning_rate()) {
            model.set_learning_rate(rate)?;
        }
        if let Some(before) = progress.order.as_deref().and_then(Rng::from_state) {
            model.shuffling = before;
        }
        if self.objective.set_totals(&progress.totals) {
            return Ok(());
        }
        Err(Error::argument("BackupAndRestore", "metrics", progress.totals.len(), "the totals of the metrics of this training"))
    }

    fn restore_callbacks(&mut self, progress: &Progress) -> Result<()> {
        self.callbacks.iter_mut().zip(&progress.callbacks).try_for_each(|(callback, state)| callback.restore(state))
    }

    /// Keeps the training, if a callback has asked for it: `batches` of this epoch are done.
    pub(crate) fn back_up(&mut self, model: &Sequential<T>, epoch: usize, batches: usize) -> Result<()> {
        let Some(path) = self.state.wishes.back_up_to.take() else { return Ok(()) };
        let progress = Progress {
            epoch,
            batches,
            samples: self.data.count(),
            batch_size: self.batch_size,
            order: self.shuffled.as_ref().map(|shuffled| shuffled.before.clone()),
            totals: self.objective.totals(),
            callbacks: self.callbacks.iter().map(|callback| callback.state()).collect(),
        };
        model.save_with_progress(&path, Some(&progress))
    }
}
