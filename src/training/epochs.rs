//! The training loop: each epoch trains on all batches and then validates.

use super::gathering::Gathering;
use super::locating::Watching;
use super::workspace::Workspace;
use super::{History, Limits, Moment, Objective, Progress, RunState, StopReason, Trained};
use crate::base::{Data, Error, NonFinite, Result, Rng};
use crate::kernels::Scalar;
use crate::network::Network;

/// A model under training with the callbacks that watch it, as the training loop uses them.
pub(crate) trait Watched<T: Scalar> {
    /// Returns the network, the optimizer and the random number generator that a step works on.
    fn trained(&mut self) -> Result<Trained<'_, T>>;

    /// Returns the random number generator that shuffles the samples.
    fn shuffling(&mut self) -> &mut Rng;

    /// Returns whether a callback is called for this batch.
    fn watches(&self, epoch: usize, batch: usize) -> bool;

    /// Returns whether a callback wants a probe of this batch.
    fn probes(&self, epoch: usize, batch: usize) -> bool;

    /// Returns whether a callback wants the first number that is not finite to be located.
    fn locates_non_finite(&self) -> bool;

    /// Tells each callback about the first number that is not finite.
    fn on_non_finite(
        &mut self,
        found: &NonFinite,
        run: &mut RunState<T>,
        data: (&Data<'_, T>, Option<&Data<'_, T>>),
    ) -> Result<()>;

    /// Calls the method of each callback that belongs to this moment; the callbacks see the data for training and validation.
    fn notify(&mut self, moment: Moment, run: &mut RunState<T>, data: (&Data<'_, T>, Option<&Data<'_, T>>)) -> Result<()>;

    /// Loads the interrupted training that a callback asked to continue, with its weights, and returns its progress.
    ///
    /// Returns `None` if no callback asked for it.
    fn resume(&mut self) -> Result<Option<Progress>>;

    /// Saves the training to a file, if a callback asked for it; `progress` makes the progress from the callbacks' states.
    fn back_up(&mut self, progress: &dyn Fn(Vec<Vec<f64>>) -> Progress) -> Result<()>;

    /// Restores the state of each callback.
    fn restore(&mut self, states: &[Vec<f64>]) -> Result<()>;

    /// Returns the number of callbacks.
    fn watchers(&self) -> usize;

    /// Sets the learning rate back, after the callbacks' `on_epoch_begin` in an epoch that is continued.
    fn restore_learning_rate(&mut self, learning_rate: f64) -> Result<()>;
}

/// The options of a training: epochs, batches, validation and limits.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) epochs: usize,
    pub(crate) initial_epoch: usize,
    pub(crate) batch_size: usize,
    pub(crate) shuffle: bool,
    pub(crate) streamed: bool,
    pub(crate) validation_batch_size: usize,
    pub(crate) validation_freq: usize,
    pub(crate) limits: Limits,
}

/// A training in progress, without the model: callbacks borrow the model between the steps.
pub(crate) struct Epochs<'a, T: Scalar> {
    pub(super) plan: Plan,
    pub(super) data: &'a Data<'a, T>,
    pub(super) validation: Option<&'a Data<'a, T>>,
    pub(super) objective: Objective<T>,
    pub(super) order: Option<Order>,
    pub(super) gathering: Gathering<T>,
    pub(super) workspace: Workspace<T>,
    pub(super) state: RunState<T>,
    /// What is kept to locate a number that is not finite, if a callback wants that.
    pub(super) watching: Option<Watching<T>>,
}

/// The samples in the random order of an epoch.
pub(super) struct Order {
    samples: Vec<usize>,
    /// The state of the random number generator before the shuffling.
    pub(super) before: Vec<u8>,
}

impl<'a, T: Scalar> Epochs<'a, T> {
    pub(crate) fn new(
        network: &Network<T>,
        data: &'a Data<'a, T>,
        validation: Option<&'a Data<'a, T>>,
        objective: Objective<T>,
        mut plan: Plan,
    ) -> Self {
        plan.batch_size = plan.batch_size.min(data.count());
        plan.validation_batch_size = validation.map_or(0, |data| plan.validation_batch_size.min(data.count()));
        // training and validation use the same memory, one after the other
        let largest = plan.validation_batch_size.max(plan.batch_size);
        let mut gathering = Gathering::new(data, largest);
        if plan.shuffle {
            gathering = gathering.and_shuffled(data, plan.batch_size, plan.streamed);
        }
        Self {
            state: RunState::new(&objective, validation.is_some(), &plan, data.count().div_ceil(plan.batch_size)),
            data,
            validation,
            objective,
            order: plan.shuffle.then(|| Order::new(data.count())),
            gathering,
            workspace: Workspace::for_evaluation(network, largest).and_training(network, plan.batch_size),
            plan,
            watching: None,
        }
    }

    /// Runs the epochs until the last one, or until a callback or a limit stops the training.
    pub(crate) fn run(mut self, model: &mut impl Watched<T>) -> Result<History> {
        self.notify(model, Moment::TrainBegin)?;
        let mut history = History::new(self.state.logs.names(), self.state.epochs);
        let mut resumed = self.resume(model)?;
        self.watch(model)?;
        let first = resumed.as_ref().map_or(self.state.initial_epoch, |progress| progress.epoch);
        for epoch in first..self.state.epochs {
            self.state.epoch = epoch;
            if !self.train_epoch(model, resumed.take().filter(|progress| progress.batches > 0))? {
                break;
            }
            self.validate(model)?;
            self.notify(model, Moment::EpochEnd)?;
            history.push(epoch, &self.state.logs);
            self.back_up(model, epoch + 1, 0)?;
            if self.state.stop.is_some() {
                break;
            }
        }
        // a callback may have ended the training after an epoch
        self.check_weights(model, true)?;
        model.trained()?.finalize();
        self.notify(model, Moment::TrainEnd)?;
        history.set_located(self.watching.is_none() && model.locates_non_finite());
        history.set_stop_reason(self.state.stop.unwrap_or(StopReason::Completed));
        Ok(history)
    }

    /// Trains on the batches of an epoch that are not done in `resumed`; returns false if a limit ended the epoch early.
    fn train_epoch(&mut self, model: &mut impl Watched<T>, resumed: Option<Progress>) -> Result<bool> {
        self.state.batch = 0;
        self.state.logs.clear();
        self.objective.reset();
        let learning_rate = model.trained()?.optimizer.learning_rate();
        self.notify(model, Moment::EpochBegin)?;
        let done = resumed.as_ref().map_or(0, |progress| progress.batches);
        if let Some(progress) = resumed {
            self.go_on(model, &progress, learning_rate)?;
        }
        if let Some(order) = &mut self.order {
            order.shuffle(model.shuffling());
        }
        let mut is_whole = true;
        for batch in done..self.state.batches {
            if let Some(reason) = self.plan.limits.reached() {
                (self.state.stop, is_whole) = (Some(reason), false);
                break;
            }
            self.state.batch = batch;
            self.train_batch(model, batch * self.plan.batch_size)?;
            if self.state.stop.is_some() {
                break;
            }
        }
        let is_last = self.state.epoch + 1 == self.state.epochs || self.state.stop.is_some();
        self.check_weights(model, is_last)?;
        if is_whole {
            self.state.log(&self.objective);
        }
        Ok(is_whole)
    }

    /// Trains on the batch that starts at sample number `first` of the epoch.
    fn train_batch(&mut self, model: &mut impl Watched<T>, first: usize) -> Result<()> {
        let is_watched = model.watches(self.state.epoch, self.state.batch);
        if is_watched {
            self.notify(model, Moment::BatchBegin)?;
            let is_probed = model.probes(self.state.epoch, self.state.batch);
            // reuses the memory of the last probe
            let probe = is_probed.then(|| self.state.probe.take().unwrap_or_default());
            self.workspace.set_probe(model.trained()?.network, self.plan.batch_size, probe);
        }
        if !self.keep_snapshot(model)? {
            return Ok(());
        }
        let count = self.plan.batch_size.min(self.data.count() - first);
        let batch = match &self.order {
            Some(order) => self.gathering.shuffled(self.data, &order.samples[first..], count),
            None => self.gathering.sequence(self.data, first, count),
        };
        let loss = model.trained()?.step(&mut self.objective, batch, &mut self.workspace, self.state.progress());
        if is_watched {
            self.state.probe = self.workspace.take_probe();
        }
        self.check_step(model, loss)?;
        if !is_watched {
            return Ok(());
        }
        self.state.log(&self.objective);
        self.notify(model, Moment::BatchEnd)?;
        self.back_up(model, self.state.epoch, self.state.batch + 1)
    }

    /// Scores the validation data and logs the results, if the epoch has a validation.
    fn validate(&mut self, model: &mut impl Watched<T>) -> Result<()> {
        let Some(data) = self.validation else { return Ok(()) };
        if !(self.state.epoch + 1).is_multiple_of(self.plan.validation_freq) {
            return Ok(());
        }
        self.notify(model, Moment::TestBegin)?;
        self.objective.reset();
        let network = model.trained()?.network;
        let batch_size = self.plan.validation_batch_size;
        self.objective.test_all(network, data, batch_size, &mut self.gathering, &mut self.workspace);
        self.state.logs.set_from(self.objective.result_count(), self.objective.results());
        self.notify(model, Moment::TestEnd)
    }

    fn notify(&mut self, model: &mut impl Watched<T>, moment: Moment) -> Result<()> {
        model.notify(moment, &mut self.state, (self.data, self.validation))
    }

    /// Loads an interrupted training, if a callback asked for it: the model first, then the state of the callbacks.
    ///
    /// # Errors
    ///
    /// It fails if the saved training had other numbers of samples or callbacks, another batch size, or other shuffling.
    fn resume(&mut self, model: &mut impl Watched<T>) -> Result<Option<Progress>> {
        let Some(progress) = model.resume()? else { return Ok(None) };
        let kept = (progress.samples, progress.batch_size, progress.callbacks.len());
        let here = (self.data.count(), self.plan.batch_size, model.watchers());
        if kept != here || (progress.batches > 0 && progress.order.is_some() != self.order.is_some()) {
            let text = |(samples, batch_size, callbacks)| {
                format!("{samples} samples in batches of {batch_size} and {callbacks} callbacks")
            };
            let allowed = format!("the data and options of the saved training: {}, and the same shuffling", text(kept));
            return Err(Error::argument("BackupAndRestore", "training", text(here), allowed));
        }
        model.restore(&progress.callbacks)?;
        Ok(Some(progress))
    }

    /// Continues an epoch in its middle: restores the state of the callbacks, the learning rate, the order and the totals.
    ///
    /// The callbacks' `on_epoch_begin` was called a second time for this epoch, so this also undoes its effects.
    fn go_on(&mut self, model: &mut impl Watched<T>, progress: &Progress, learning_rate: f64) -> Result<()> {
        model.restore(&progress.callbacks)?;
        model.restore_learning_rate(learning_rate)?;
        if let Some(before) = progress.order.as_deref().and_then(Rng::from_state) {
            *model.shuffling() = before;
        }
        if self.objective.set_totals(&progress.totals) {
            return Ok(());
        }
        let allowed = "the totals of the metrics of this training";
        Err(Error::argument("BackupAndRestore", "metrics", progress.totals.len(), allowed))
    }

    /// Saves the training, if a callback asked for it; it continues in this epoch, of which `batches` batches are done.
    fn back_up(&mut self, model: &mut impl Watched<T>, epoch: usize, batches: usize) -> Result<()> {
        let Self { plan, data, objective, order, .. } = self;
        model.back_up(&|callbacks| Progress {
            epoch,
            batches,
            samples: data.count(),
            batch_size: plan.batch_size,
            order: order.as_ref().map(|order| order.before.clone()),
            totals: objective.totals(),
            callbacks,
        })
    }
}

impl Order {
    fn new(count: usize) -> Self {
        Self { samples: (0..count).collect(), before: Vec::new() }
    }

    /// Shuffles the samples; the new order depends only on the random number generator, not on the previous order.
    fn shuffle(&mut self, rng: &mut Rng) {
        rng.copy_state(&mut self.before);
        shuffle(&mut self.samples, rng);
    }
}

/// Puts the numbers of the samples into a random order that depends only on the random number generator.
pub(super) fn shuffle(samples: &mut [usize], rng: &mut Rng) {
    samples.iter_mut().enumerate().for_each(|(place, sample)| *sample = place);
    rng.shuffle(samples);
}
