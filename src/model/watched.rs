//! A model under training with its callbacks, as the training loop uses them.

use super::run::CheckpointRequest;
use super::{Callback, Model, Run};
use crate::base::{Data, NonFinite, Result, Rng};
use crate::kernels::Scalar;
use crate::training::{Moment, Progress, RunState, Trained, Watched};

/// A model and the callbacks that watch its training.
pub(super) struct Fit<'a, 'c, T: Scalar> {
    model: &'a mut Model<T>,
    callbacks: Vec<Box<dyn Callback<T> + 'c>>,
    /// Whether a callback watches each batch, and whether one watches epochs.
    watches_batches: bool,
    watches_epochs: bool,
    request: CheckpointRequest<T>,
    /// The names of the series that are undefined for the data, each with the reason.
    undefined: Vec<(String, String)>,
}

impl<'a, 'c, T: Scalar> Fit<'a, 'c, T> {
    pub(super) fn new(
        model: &'a mut Model<T>,
        callbacks: Vec<Box<dyn Callback<T> + 'c>>,
        undefined: Vec<(String, String)>,
    ) -> Self {
        let watches_batches = callbacks.iter().any(|callback| callback.watches_batches());
        let watches_epochs = callbacks.iter().any(|callback| callback.watches_epochs());
        Self {
            model,
            callbacks,
            watches_batches,
            watches_epochs,
            request: CheckpointRequest { resume: None, back_up: None },
            undefined,
        }
    }
}

impl<T: Scalar> Watched<T> for Fit<'_, '_, T> {
    fn trained(&mut self) -> Result<Trained<'_, T>> {
        self.model.trained("fit")
    }

    fn shuffling(&mut self) -> &mut Rng {
        &mut self.model.shuffling
    }

    fn watches(&self, epoch: usize, batch: usize) -> bool {
        let watches_batch = || self.callbacks.iter().any(|callback| callback.watches_batch(epoch, batch));
        self.watches_batches || (self.watches_epochs && watches_batch())
    }

    fn probes(&self, epoch: usize, batch: usize) -> bool {
        self.callbacks.iter().any(|callback| callback.probes(epoch, batch))
    }

    fn locates_non_finite(&self) -> bool {
        self.callbacks.iter().any(|callback| callback.locates_non_finite())
    }

    fn on_non_finite(
        &mut self,
        found: &NonFinite,
        state: &mut RunState<T>,
        data: (&Data<'_, T>, Option<&Data<'_, T>>),
    ) -> Result<()> {
        let Self { model, callbacks, request, undefined, .. } = self;
        let mut run = Run::new(model, state, data, undefined, request);
        callbacks.iter_mut().try_for_each(|callback| callback.on_non_finite(&mut run, found))
    }

    fn notify(&mut self, moment: Moment, state: &mut RunState<T>, data: (&Data<'_, T>, Option<&Data<'_, T>>)) -> Result<()> {
        if !self.watches_epochs && moment.is_of_epoch() {
            return Ok(());
        }
        let Self { model, callbacks, request, undefined, .. } = self;
        callbacks.iter_mut().try_for_each(|callback| {
            let run = &mut Run::new(model, state, data, undefined, request);
            match moment {
                Moment::TrainBegin => callback.on_train_begin(run),
                Moment::EpochBegin => callback.on_epoch_begin(run),
                Moment::BatchBegin => callback.on_batch_begin(run),
                Moment::BatchEnd => callback.on_batch_end(run),
                Moment::TestBegin => callback.on_test_begin(run),
                Moment::TestEnd => callback.on_test_end(run),
                Moment::EpochEnd => callback.on_epoch_end(run),
                Moment::TrainEnd => callback.on_train_end(run),
            }
        })
    }

    fn resume(&mut self) -> Result<Option<Progress>> {
        let Some((path, resume)) = self.request.resume.take() else { return Ok(None) };
        resume(self.model, &path).map(Some)
    }

    fn back_up(&mut self, progress: &dyn Fn(Vec<Vec<f64>>) -> Progress) -> Result<()> {
        let Some((path, back_up)) = self.request.back_up.take() else { return Ok(()) };
        back_up(self.model, &path, &progress(self.callbacks.iter().map(|callback| callback.state()).collect()))
    }

    fn restore(&mut self, states: &[Vec<f64>]) -> Result<()> {
        self.callbacks.iter_mut().zip(states).try_for_each(|(callback, state)| callback.restore(state))
    }

    fn watchers(&self) -> usize {
        self.callbacks.len()
    }

    fn restore_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        if self.model.learning_rate() == Some(learning_rate) {
            return Ok(());
        }
        self.model.set_learning_rate(learning_rate)
    }
}
