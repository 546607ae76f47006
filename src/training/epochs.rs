//! The loop, written once: epochs, and in each the batches and then the validation.

use super::objective::Objective;
use super::workspace::{Gathering, Workspace};
use super::{History, Logs, StopReason};
use crate::base::Data;
use crate::base::Result;
use crate::base::Rng;
use crate::kernels::Scalar;
use crate::metrics::Direction;
use crate::model::Sequential;
use crate::model::{Callback, Run};
use crate::model::{CancelToken, FitOptions};
use crate::network::Network;
use std::time::{Duration, Instant};

/// Where a training is; what callbacks see of it.
#[derive(Debug)]
pub(crate) struct RunState {
    pub(crate) epoch: usize,
    pub(crate) epochs: usize,
    pub(crate) initial_epoch: usize,
    pub(crate) batch: usize,
    pub(crate) batches: usize,
    pub(crate) logs: Logs,
    pub(crate) directions: Vec<Option<Direction>>,
    pub(crate) stop: Option<StopReason>,
    #[cfg(feature = "keras")]
    pub(crate) wishes: super::Wishes,
}

/// A training under way: everything but the model, which callbacks may look at in between.
pub(crate) struct Loop<'a, T: Scalar> {
    pub(crate) data: &'a Data<'a, T>,
    validation: Option<Validation<'a, T>>,
    pub(crate) objective: Objective<T>,
    pub(crate) batch_size: usize,
    pub(crate) shuffled: Option<Shuffled>,
    gathering: Gathering<T>,
    workspace: Workspace<T>,
    pub(crate) callbacks: Vec<Box<dyn Callback<T> + 'a>>,
    limits: Limits,
    pub(crate) state: RunState,
}

/// What is validated on, and when.
struct Validation<'a, T> {
    data: &'a Data<'a, T>,
    batch_size: usize,
    freq: usize,
}

/// The samples in the random order of an epoch.
pub(crate) struct Shuffled {
    order: Vec<usize>,
    /// Where the generator stood before it gave this order.
    #[cfg(feature = "keras")]
    pub(crate) before: Vec<u8>,
}

/// What ends a training from outside.
struct Limits {
    cancel: Option<CancelToken>,
    time_budget: Option<Duration>,
    started: Instant,
}

/// Where a training begins.
#[derive(Default)]
struct Start {
    epoch: usize,
    /// What was done of that epoch before it was interrupted, and the learning rate at that moment.
    #[cfg(feature = "keras")]
    within: Option<(super::Progress, Option<f64>)>,
}

impl Start {
    /// At the beginning of an epoch.
    fn at(epoch: usize) -> Self {
        Self {
            epoch,
            #[cfg(feature = "keras")]
            within: None,
        }
    }

    /// How many batches of the epoch are done already.
    fn batches(&self) -> usize {
        #[cfg(feature = "keras")]
        if let Some((progress, _)) = &self.within {
            return progress.batches;
        }
        0
    }
}

/// One of the moments at which callbacks are called.
type Hook<T> = fn(&mut (dyn Callback<T> + '_), &mut Run<'_, T>) -> Result<()>;

impl<'a, T: Scalar> Loop<'a, T> {
    pub(crate) fn new(
        network: &Network<T>,
        data: &'a Data<'a, T>,
        validation: Option<&'a Data<'a, T>>,
        objective: Objective<T>,
        options: FitOptions<'a, T>,
        started: Instant,
    ) -> Self {
        let batch_size = options.batch_size.min(data.count());
        let validation = validation.map(|data| {
            let batch_size = options.validation_batch_size.unwrap_or(options.batch_size).min(data.count());
            Validation { data, batch_size, freq: options.validation_freq }
        });
        // training and validation take turns with the same memory
        let largest = validation.as_ref().map_or(batch_size, |validation| validation.batch_size.max(batch_size));
        let mut gathering = Gathering::new(data, largest);
        if options.shuffle {
            gathering = gathering.and_shuffled(data, batch_size, options.streamed);
        }
        Self {
            state: RunState::new(&objective, validation.is_some(), &options, data.count().div_ceil(batch_size)),
            data,
            validation,
            objective,
            batch_size,
            shuffled: options.shuffle.then(|| Shuffled::new(data.count())),
            gathering,
            workspace: Workspace::for_evaluation(network, largest).and_training(network, batch_size),
            callbacks: options.callbacks,
            limits: Limits { cancel: options.cancel, time_budget: options.time_budget, started },
        }
    }

    /// Runs all epochs, or as many as the callbacks and limits let it.
    pub(crate) fn run(mut self, model: &mut Sequential<T>) -> Result<History> {
        self.call(model, |callback, run| callback.on_train_begin(run))?;
        let mut history = History::new(self.state.logs.names(), self.state.epochs);
        let mut start = self.start(model)?;
        for epoch in start.epoch..self.state.epochs {
            self.state.epoch = epoch;
            if !self.train_epoch(model, std::mem::take(&mut start))? {
                break;
            }
            self.validate(model)?;
            self.call(model, |callback, run| callback.on_epoch_end(run))?;
            history.push(epoch, &self.state.logs);
            #[cfg(feature = "keras")]
            self.back_up(model, epoch + 1, 0)?;
            if self.state.stop.is_some() {
                break;
            }
        }
        model.trained("fit")?.finalize();
        self.call(model, |callback, run| callback.on_train_end(run))?;
        history.set_stop_reason(self.state.stop.unwrap_or(StopReason::Completed));
        Ok(history)
    }

    /// Where to begin: at the first epoch, or where an interrupted training is to be taken up.
    fn start(&mut self, model: &mut Sequential<T>) -> Result<Start> {
        #[cfg(feature = "keras")]
        if let Some(progress) = self.resume(model)? {
            let (epoch, learning_rate) = (progress.epoch, model.learning_rate());
            let within = (progress.batches > 0).then_some((progress, learning_rate));
            return Ok(Start { epoch, within });
        }
        let _ = model;
        Ok(Start::at(self.state.initial_epoch))
    }

    /// Trains on all batches; false if a limit ended the epoch before its time.
    fn train_epoch(&mut self, model: &mut Sequential<T>, start: Start) -> Result<bool> {
        self.state.batch = 0;
        self.state.logs.clear();
        self.objective.reset();
        self.call(model, |callback, run| callback.on_epoch_begin(run))?;
        let done = start.batches();
        #[cfg(feature = "keras")]
        if let Some((progress, learning_rate)) = start.within {
            self.go_on(model, &progress, learning_rate)?;
        }
        if let Some(shuffled) = &mut self.shuffled {
            shuffled.shuffle(&mut model.shuffling);
        }
        for first in (done.saturating_mul(self.batch_size)..self.data.count()).step_by(self.batch_size) {
            if let Some(reason) = self.limits.reached() {
                self.state.stop = Some(reason);
                return Ok(false);
            }
            self.train_batch(model, first)?;
            if self.state.stop.is_some() {
                break;
            }
        }
        self.state.log(&self.objective);
        Ok(true)
    }

    fn train_batch(&mut self, model: &mut Sequential<T>, first: usize) -> Result<()> {
        self.state.batch = first / self.batch_size;
        self.call(model, |callback, run| callback.on_batch_begin(run))?;
        let count = self.batch_size.min(self.data.count() - first);
        let batch = match &self.shuffled {
            Some(Shuffled { order, .. }) => self.gathering.shuffled(self.data, &order[first..], count),
            None => self.gathering.sequence(self.data, first, count),
        };
        self.objective.train(model.trained("fit")?, batch, &mut self.workspace);
        if self.callbacks.is_empty() {
            return Ok(());
        }
        self.state.log(&self.objective);
        self.call(model, |callback, run| callback.on_batch_end(run))?;
        #[cfg(feature = "keras")]
        self.back_up(model, self.state.epoch, self.state.batch + 1)?;
        Ok(())
    }

    /// Adds the validation to the logs, in the epochs that have one.
    fn validate(&mut self, model: &mut Sequential<T>) -> Result<()> {
        let is_due = |validation: &Validation<'_, T>| (self.state.epoch + 1).is_multiple_of(validation.freq);
        if !self.validation.as_ref().is_some_and(is_due) {
            return Ok(());
        }
        self.call(model, |callback, run| callback.on_test_begin(run))?;
        if let Some(Validation { data, batch_size, .. }) = &self.validation {
            self.objective.reset();
            self.objective.test_all(model.built("fit")?, data, *batch_size, &mut self.gathering, &mut self.workspace);
            self.state.logs.set_from(self.objective.names().count(), self.objective.results());
        }
        self.call(model, |callback, run| callback.on_test_end(run))
    }

    fn call(&mut self, model: &mut Sequential<T>, hook: Hook<T>) -> Result<()> {
        self.callbacks.iter_mut().try_for_each(|callback| hook(callback.as_mut(), &mut Run::new(model, &mut self.state)))
    }
}

impl Shuffled {
    fn new(count: usize) -> Self {
        Self {
            order: (0..count).collect(),
            #[cfg(feature = "keras")]
            before: Vec::new(),
        }
    }

    /// A new order, which depends on the generator alone and not on the order before.
    fn shuffle(&mut self, rng: &mut Rng) {
        #[cfg(feature = "keras")]
        rng.copy_state(&mut self.before);
        self.order.iter_mut().enumerate().for_each(|(place, sample)| *sample = place);
        rng.shuffle(&mut self.order);
    }
}

impl Limits {
    fn reached(&self) -> Option<StopReason> {
        match (&self.cancel, self.time_budget) {
            (Some(token), _) if token.is_cancelled() => Some(StopReason::Cancelled),
            (_, Some(budget)) if self.started.elapsed() >= budget => Some(StopReason::TimeBudget),
            _ => None,
        }
    }
}

impl RunState {
    fn new<T: Scalar>(objective: &Objective<T>, validates: bool, options: &FitOptions<'_, T>, batches: usize) -> Self {
        let mut names: Vec<String> = objective.names().map(str::to_string).collect();
        let mut directions: Vec<_> = objective.directions().collect();
        if validates {
            names.extend(objective.names().map(|name| format!("val_{name}")));
            directions.extend(objective.directions());
        }
        Self {
            epoch: options.initial_epoch,
            epochs: options.epochs,
            initial_epoch: options.initial_epoch,
            batch: 0,
            batches,
            logs: Logs::new(names.into()),
            directions,
            stop: None,
            #[cfg(feature = "keras")]
            wishes: super::Wishes::default(),
        }
    }

    /// Logs what the epoch's training has come to so far.
    fn log<T: Scalar>(&mut self, objective: &Objective<T>) {
        self.logs.set_from(0, objective.results());
    }
}
