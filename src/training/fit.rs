//! The doors that train and score, and the loop behind them.

use super::objective::Objective;
use super::samples::Data;
use super::workspace::{Gathering, Workspace};
use super::{EvaluateOptions, FitOptions, History, Logs, StopReason, Targets};
use crate::callbacks::{Callback, Run};
use crate::error::Result;
use crate::metrics::Direction;
use crate::{DMatrix, Scalar, Sequential};
use std::sync::Arc;
use std::time::Instant;

/// Where a training is; what callbacks see of it.
#[derive(Debug)]
pub(crate) struct RunState {
    pub(crate) epoch: usize,
    pub(crate) epochs: usize,
    pub(crate) initial_epoch: usize,
    pub(crate) batch: usize,
    pub(crate) batches: usize,
    pub(crate) logs: Logs,
    pub(crate) names: Arc<[String]>,
    pub(crate) directions: Vec<Option<Direction>>,
    pub(crate) stop: Option<StopReason>,
}

/// One of the moments at which callbacks are called.
type Hook<T> = fn(&mut (dyn Callback<T> + '_), &mut Run<'_, T>) -> Result<()>;

impl<T: Scalar> Sequential<T> {
    /// Trains the model: `epochs` times through the data, in batches, and logs loss and metrics.
    ///
    /// `x` has a row for each sample; `y` is a matrix or vector of as many rows, or a slice of class indices. See
    /// [`FitOptions`] for what can be set and Keras' defaults. A model that has not been built takes its input width
    /// from `x`. The optimizer goes on from where an earlier `fit` left it; `compile` resets it.
    ///
    /// # Errors
    ///
    /// Not compiled; rows, widths or labels that do not fit, NaN or infinity in the data, options outside their
    /// range: nothing has changed then. An error of a callback: the weights reached so far are kept.
    pub fn fit<'a>(&mut self, x: &DMatrix<T>, y: impl Into<Targets<'a, T>>, options: FitOptions<'_, T>) -> Result<History> {
        let started = Instant::now();
        self.check_compiled("fit")?;
        options.check()?;
        self.check_shape("x", x)?;
        let mut data = Data::new(["x", "y", "sample_weight"], x, y.into(), options.sample_weight)?;
        let validation = match (options.validation_data, options.validation_split) {
            (Some((x, y)), _) => {
                self.check_shape("validation x", x)?;
                let names = ["validation x", "validation y", "validation sample_weight"];
                Some(Data::new(names, x, y, options.validation_sample_weight)?)
            }
            (None, Some(share)) => Some(data.split_off_tail(share)?),
            (None, None) => None,
        };
        data.weigh_classes(&options.class_weight);
        let mut objective = self.prepare(&data, validation.as_ref())?;
        self.run(&data, validation.as_ref(), &mut objective, options, started)
    }

    /// Scores the model on data: the loss and the metrics, in batches of 32.
    ///
    /// # Errors
    ///
    /// Not compiled or not built; rows, widths or labels that do not fit, NaN or infinity in the data.
    pub fn evaluate<'a>(&self, x: &DMatrix<T>, y: impl Into<Targets<'a, T>>) -> Result<Logs> {
        self.evaluate_with(x, y, EvaluateOptions::new())
    }

    /// Like [`evaluate`](Self::evaluate), with another batch size or with weights.
    ///
    /// # Errors
    ///
    /// As for `evaluate`, and options outside their range.
    pub fn evaluate_with<'a>(
        &self,
        x: &DMatrix<T>,
        y: impl Into<Targets<'a, T>>,
        options: EvaluateOptions<'_, T>,
    ) -> Result<Logs> {
        let compiled = self.check_compiled("evaluate")?;
        options.check()?;
        let network = self.built("evaluate")?;
        self.check_shape("x", x)?;
        let data = Data::new(["x", "y", "sample_weight"], x, y.into(), options.sample_weight)?;
        let mut objective = compiled.objective(network, data.y.all())?;
        let batch_size = options.batch_size.min(data.count());
        self.score(&data, &mut objective, batch_size, &mut Workspace::for_evaluation(network, batch_size))?;
        Ok(logs_of(&objective))
    }

    /// Takes one step of training on all of these samples; returns their loss and metrics before the step.
    ///
    /// # Errors
    ///
    /// As for [`fit`](Self::fit).
    pub fn train_on_batch<'a>(&mut self, x: &DMatrix<T>, y: impl Into<Targets<'a, T>>) -> Result<Logs> {
        self.check_compiled("train_on_batch")?;
        self.check_shape("x", x)?;
        let data = Data::new(["x", "y", "sample_weight"], x, y.into(), None)?;
        let mut objective = self.prepare(&data, None)?;
        if let (Some(network), Some(compiled)) = (&mut self.network, &mut self.compiled) {
            compiled.optimizer.reserve(network.params_len());
            let mut workspace = Workspace::for_training(network, data.count());
            let batch = data.batch(0, data.count());
            objective.train(network, &mut compiled.optimizer, batch, &mut workspace, &mut self.noise);
        }
        Ok(logs_of(&objective))
    }

    /// Scores all of these samples as one batch.
    ///
    /// # Errors
    ///
    /// As for [`evaluate`](Self::evaluate).
    pub fn test_on_batch<'a>(&self, x: &DMatrix<T>, y: impl Into<Targets<'a, T>>) -> Result<Logs> {
        self.evaluate_with(x, y, EvaluateOptions::new().batch_size(x.nrows().max(1)))
    }

    /// Builds the model for these data if need be and checks that all fits; on an error nothing has changed.
    fn prepare(&mut self, data: &Data<T>, validation: Option<&Data<T>>) -> Result<Objective<T>> {
        let was_built = self.network.is_some();
        let prepared = self.build_and_check(data, validation);
        if prepared.is_err() && !was_built {
            self.unbuild();
        }
        prepared
    }

    fn build_and_check(&mut self, data: &Data<T>, validation: Option<&Data<T>>) -> Result<Objective<T>> {
        self.build_for(&data.x.shape)?;
        let network = self.built("fit")?;
        let compiled = self.check_compiled("fit")?;
        if let Some(validation) = validation {
            self.check_width("validation x", validation.count(), validation.x.shape.width())?;
            compiled.objective(network, validation.y.all())?;
        }
        compiled.objective(network, data.y.all())
    }

    /// The loop: epochs, and in each the batches and then the validation.
    fn run(
        &mut self,
        data: &Data<T>,
        validation: Option<&Data<T>>,
        objective: &mut Objective<T>,
        mut options: FitOptions<'_, T>,
        started: Instant,
    ) -> Result<History> {
        let count = data.count();
        let batch_size = options.batch_size.min(count);
        let validation_batch_size =
            options.validation_batch_size.unwrap_or(options.batch_size).min(validation.map_or(1, Data::count));
        let mut state = RunState::new(objective, validation.is_some(), &options, count.div_ceil(batch_size));
        let mut history = History::new(state.names.clone(), options.epochs);
        let mut callbacks = std::mem::take(&mut options.callbacks);
        let network = self.built("fit")?;
        let mut workspace = Workspace::for_training(network, batch_size);
        let mut validation_workspace = validation.map(|_| Workspace::for_evaluation(network, validation_batch_size));
        let mut gathering = options.shuffle.then(|| (Gathering::new(data, batch_size), Vec::from_iter(0..count)));
        if let (Some(network), Some(compiled)) = (&self.network, &mut self.compiled) {
            compiled.optimizer.reserve(network.params_len());
        }
        let interrupted = || match (&options.cancel, options.time_budget) {
            (Some(token), _) if token.is_cancelled() => Some(StopReason::Cancelled),
            (_, Some(budget)) if started.elapsed() >= budget => Some(StopReason::TimeBudget),
            _ => None,
        };

        self.call(&mut callbacks, &mut state, |callback, run| callback.on_train_begin(run))?;
        'training: for epoch in options.initial_epoch..options.epochs {
            (state.epoch, state.batch) = (epoch, 0);
            state.logs.values_mut().clear();
            objective.reset();
            self.call(&mut callbacks, &mut state, |callback, run| callback.on_epoch_begin(run))?;
            if let Some((_, order)) = &mut gathering {
                // each epoch's order depends on the generator alone, not on the order before
                order.iter_mut().enumerate().for_each(|(place, sample)| *sample = place);
                self.shuffling.shuffle(order);
            }
            for first in (0..count).step_by(batch_size) {
                if let Some(reason) = interrupted() {
                    state.stop = Some(reason);
                    break 'training;
                }
                let size = batch_size.min(count - first);
                let batch = match &mut gathering {
                    Some((gathering, order)) => gathering.batch(data, &order[first..first + size]),
                    None => data.batch(first, size),
                };
                if let (Some(network), Some(compiled)) = (&mut self.network, &mut self.compiled) {
                    objective.train(network, &mut compiled.optimizer, batch, &mut workspace, &mut self.noise);
                }
                if !callbacks.is_empty() {
                    state.batch = first / batch_size;
                    state.log(objective);
                    self.call(&mut callbacks, &mut state, |callback, run| callback.on_batch_end(run))?;
                }
                if state.stop.is_some() {
                    break;
                }
            }
            state.log(objective);
            if let (Some(validation), Some(workspace)) = (validation, &mut validation_workspace)
                && (epoch + 1 - options.initial_epoch).is_multiple_of(options.validation_freq)
            {
                objective.reset();
                self.score(validation, objective, validation_batch_size, workspace)?;
                objective.results(state.logs.values_mut());
            }
            history.push(epoch, &state.logs);
            self.call(&mut callbacks, &mut state, |callback, run| callback.on_epoch_end(run))?;
            if state.stop.is_some() {
                break;
            }
        }
        self.call(&mut callbacks, &mut state, |callback, run| callback.on_train_end(run))?;
        history.set_stop_reason(state.stop.unwrap_or(StopReason::Completed));
        Ok(history)
    }

    /// Adds all samples to the objective, in batches.
    fn score(&self, data: &Data<T>, objective: &mut Objective<T>, batch_size: usize, workspace: &mut Workspace<T>) -> Result<()> {
        let network = self.built("evaluate")?;
        for first in (0..data.count()).step_by(batch_size) {
            objective.test(network, data.batch(first, batch_size.min(data.count() - first)), workspace);
        }
        Ok(())
    }

    fn call(&mut self, callbacks: &mut [Box<dyn Callback<T> + '_>], state: &mut RunState, hook: Hook<T>) -> Result<()> {
        callbacks.iter_mut().try_for_each(|callback| hook(callback.as_mut(), &mut Run::new(self, state)))
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
        let names: Arc<[String]> = names.into();
        Self {
            epoch: options.initial_epoch,
            epochs: options.epochs,
            initial_epoch: options.initial_epoch,
            batch: 0,
            batches,
            logs: Logs::new(names.clone()),
            names,
            directions,
            stop: None,
        }
    }

    /// Logs what the epoch's training has come to so far.
    fn log<T: Scalar>(&mut self, objective: &Objective<T>) {
        self.logs.values_mut().clear();
        objective.results(self.logs.values_mut());
    }
}

fn logs_of<T: Scalar>(objective: &Objective<T>) -> Logs {
    let mut logs = Logs::new(objective.names().map(str::to_string).collect());
    objective.results(logs.values_mut());
    logs
}
