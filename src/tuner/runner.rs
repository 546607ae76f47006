//! Does the jobs of a search: trains a trial on a fold, and keeps what pauses so that it goes on where it stopped.

use super::HyperParameters;
use super::constant;
use super::job::{Job, Outcome};
use super::recipe::Recipe;
use super::splitting::Fold;
use super::watch::{Record, Watch};
use crate::base::{Error, Result};
use crate::ensemble::adapt;
use crate::kernels::Scalar;
use crate::metrics::Direction;
use crate::model::{FitOptions, Model};
use crate::training::StopReason;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Trains the trials of a search; several threads may use it at once.
pub(super) struct Runner<'r, 'a, T: Scalar> {
    recipe: &'r Recipe<'a, T>,
    folds: &'r [Fold<T>],
    /// The number of epochs after which no training goes on.
    last: usize,
    /// The trainings that may go on, in the order of trials and folds.
    paused: Mutex<Vec<Training<T>>>,
    /// Whether lower or higher scores are better, once it is known.
    direction: Mutex<Option<Direction>>,
}

/// A training that paused.
struct Training<T: Scalar> {
    /// The trial and the fold.
    of: (usize, usize),
    model: Model<T>,
    record: Record,
    /// The number of rungs that are done.
    rungs: usize,
}

impl<'r, 'a, T: Scalar> Runner<'r, 'a, T> {
    pub(super) fn new(recipe: &'r Recipe<'a, T>, folds: &'r [Fold<T>], last: usize) -> Self {
        Self { recipe, folds, last, paused: Mutex::default(), direction: Mutex::default() }
    }

    pub(super) fn direction(&self) -> Option<Direction> {
        *self.direction.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does a job; returns `None` if it was cancelled.
    ///
    /// # Errors
    ///
    /// An error that is the same for all trials: the objective is not logged, or an option may not be set. A model that
    /// cannot be built or trained is an outcome.
    pub(super) fn run(&self, job: &Job) -> Result<Option<Outcome>> {
        let started = Instant::now();
        let Some(fold) = self.folds.get(job.fold) else {
            return Err(Error::argument("Job", "fold", job.fold, format!("a fold below {}", self.folds.len())));
        };
        let outcome = match self.train(job, fold) {
            Ok(Some(outcome)) => outcome,
            Ok(None) => return Ok(None),
            Err(error @ Error::UnknownSeries { .. }) => return Err(error),
            Err(Error::Argument { part, argument, value, allowed }) if part.contains("search") => {
                return Err(Error::Argument { part, argument, value, allowed });
            }
            Err(error) => Outcome::failed(error.to_string()),
        };
        Ok(Some(outcome.seconds(started.elapsed().as_secs_f64())))
    }

    fn train(&self, job: &Job, fold: &Fold<T>) -> Result<Option<Outcome>> {
        let mut training = match self.take(job).filter(|training| training.rungs < job.rungs.len()) {
            Some(training) => training,
            None => {
                let model = (self.recipe.build)(&mut HyperParameters::given(job.seed, job.settings.clone()))?;
                let model = adapt(model, &fold.train.0)?;
                Training { of: (job.trial, job.fold), model, record: Record::default(), rungs: 0 }
            }
        };
        // A training that was not kept goes through all its rungs again, with the same bits.
        while training.rungs < job.rungs.len() && !training.record.is_over && training.record.failure.is_none() {
            if !self.go_on(job, &mut training, fold)? {
                return Ok(None);
            }
        }
        training.rungs = job.rungs.len();
        let outcome = outcome_of(&training.record, &self.recipe.objective)?;
        let constant = if job.fold == 0 && job.rungs.len() == 1 { constant::loss(&training.model, fold) } else { None };
        let outcome = match (training.record.loss, constant) {
            (Some(loss), Some(constant)) => outcome.of_constant(loss / constant),
            _ => outcome,
        };
        if job.epochs() < self.last && training.record.failure.is_none() {
            let mut paused = self.paused();
            let place = paused.partition_point(|other| other.of < training.of);
            paused.insert(place, training);
        }
        Ok(Some(outcome))
    }

    /// Trains up to the next rung; returns false if the search was cancelled.
    fn go_on(&self, job: &Job, training: &mut Training<T>, fold: &Fold<T>) -> Result<bool> {
        let Recipe { objective, direction, patience, cancel, .. } = self.recipe;
        let mut hp = HyperParameters::given(job.seed, job.settings.clone());
        // the function that makes the options may ask for what the model has asked for
        let mut options: FitOptions<'_, T> = self.recipe.options(&mut hp)?;
        let (train, validation) = (&fold.train, &fold.validation);
        let watch = Watch { objective, told: *direction, patience: *patience, record: &mut training.record };
        options.callbacks.push(Box::new(watch));
        options.initial_epoch = training.rungs.checked_sub(1).map_or(0, |rung| job.rungs[rung]);
        options.epochs = job.rungs[training.rungs];
        options.validation_data = Some(((&validation.0).into(), validation.1.get().into()));
        options.threads = Some(1);
        options.cancel = cancel.clone();
        let history = training.model.fit(&train.0, train.1.get(), options)?;
        *self.direction.lock().unwrap_or_else(PoisonError::into_inner) = training.record.direction;
        training.rungs += 1;
        Ok(*history.stop_reason() != StopReason::Cancelled)
    }

    /// Drops the paused trainings that do not go on, and those of the last trials while they use more memory than this.
    ///
    /// A training that was dropped and goes on all the same is trained again.
    pub(super) fn keep(&self, goes_on: impl Fn(usize) -> bool, bytes: usize) {
        let mut paused = self.paused();
        paused.retain(|training| goes_on(training.of.0));
        // weights, their best values, the gradient, and about two slots of the optimizer
        let size = |training: &Training<T>| 5 * training.model.count_params() * size_of::<T>();
        while paused.iter().map(size).sum::<usize>() > bytes && paused.pop().is_some() {}
    }

    /// Takes what is kept of the training of a job.
    fn take(&self, job: &Job) -> Option<Training<T>> {
        let mut paused = self.paused();
        let place = paused.iter().position(|training| training.of == (job.trial, job.fold))?;
        Some(paused.remove(place))
    }

    fn paused(&self) -> std::sync::MutexGuard<'_, Vec<Training<T>>> {
        self.paused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns what a training came to; fails if it logged no score.
fn outcome_of(record: &Record, objective: &str) -> Result<Outcome> {
    match (&record.failure, record.best) {
        (Some(reason), _) => Ok(Outcome::failed(reason.clone()).epochs(record.epochs)),
        (None, None) => {
            let allowed = format!("a value of `{objective}` within each job; see `validation_freq`");
            Err(Error::argument("search", "objective", "never logged", allowed))
        }
        (None, Some(best)) => Ok(Outcome::scored(best).best_epoch(record.best_epoch).epochs(record.epochs)),
    }
}
