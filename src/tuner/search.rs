//! Runs a search: does the jobs of its study side by side.

use super::builder::Tuner;
use super::job::{Job, Outcome};
use super::progress::Progress;
use super::report::Report;
use super::result::SearchResult;
use super::runner::Runner;
use super::study::Study;
use super::trial::{Status, Trial};
use crate::base::{Error, Result, Targets};
use crate::kernels::{Scalar, side_by_side};
use crate::part::compiled;
use nalgebra::DMatrix;
use std::sync::{Mutex, PoisonError};

impl<'a, T: Scalar> Tuner<'a, T> {
    /// Runs the search on these data, which have one row for each sample.
    ///
    /// # Errors
    ///
    /// It fails if an option, a range or a default is not allowed, if the data are empty or contain NaN or infinity, if the
    /// trainings do not log the objective, or if the journal cannot be used. A trial that cannot be built or trained is a row
    /// of the result.
    pub fn search<'d>(mut self, x: &DMatrix<T>, y: impl Into<Targets<'d, T>>) -> Result<SearchResult<'a, T>> {
        let run = compiled!(
            fn(tuner: &mut Tuner<'_, T>, x: &DMatrix<T>, y: Targets<'_, T>) -> Result<Report> { tuner.run(x, y) }
        );
        let report = run(&mut self, x, y.into())?;
        let Self { recipe, splitting, threads, .. } = self;
        Ok(SearchResult { report, recipe, splitting, threads })
    }

    /// Returns the study of this search on these data, for programs that do its jobs elsewhere.
    ///
    /// [`do_job`](Self::do_job) does a job, in this process or in another one that has the same search, with the same
    /// [`seed`](Self::seed), and the same data.
    ///
    /// # Errors
    ///
    /// It fails if there are no folds.
    pub fn study<'d>(&self, x: &DMatrix<T>, y: impl Into<Targets<'d, T>>) -> Result<Study<'a>> {
        self.study_of(x, y.into())
    }

    /// Does one job of [`study`](Self::study): trains a trial on a fold from its seed, through all its rungs.
    ///
    /// # Errors
    ///
    /// It fails as [`search`](Self::search) does, or if the search was cancelled.
    pub fn do_job<'d>(&self, job: &Job, x: &DMatrix<T>, y: impl Into<Targets<'d, T>>) -> Result<Outcome> {
        compiled!(
            fn(tuner: &Tuner<'_, T>, job: &Job, x: &DMatrix<T>, y: Targets<'_, T>) -> Result<Outcome> {
                let folds = tuner.splitting.folds(&tuner.recipe, tuner.plan.seed, x, y)?;
                let mut recipe = tuner.recipe.clone();
                (recipe.cancel, recipe.direction) = (tuner.plan.cancel.clone(), tuner.plan.direction);
                let outcome = Runner::new(&recipe, &folds, 0).run(job)?;
                outcome.ok_or_else(|| Error::argument("search", "job", "cancelled", "a cancel token that is not cancelled"))
            }
        )(self, job, x, y.into())
    }

    fn study_of<'s>(&self, x: &DMatrix<T>, y: Targets<'_, T>) -> Result<Study<'s>>
    where
        'a: 's,
    {
        let study = Study::new(self.plan.clone(), self.splitting.count(), self.recipe.describe());
        #[cfg(feature = "keras")]
        let study = {
            let mut study = study;
            study.file = self.journal.clone();
            study.context = self.splitting.context(x, y).to_vec();
            study.context.push(("objective", self.recipe.objective.clone()));
            study.context.push(("patience", format!("{:?}", self.recipe.patience)));
            study
        };
        let _ = (x, y);
        Ok(study)
    }

    fn run(&mut self, x: &DMatrix<T>, y: Targets<'_, T>) -> Result<Report> {
        self.plan.check()?;
        if self.threads == Some(0) {
            return Err(Error::argument("search", "threads", 0, "a whole number >= 1"));
        }
        (self.recipe.cancel, self.recipe.direction) = (self.plan.cancel.clone(), self.plan.direction);
        let folds = self.splitting.folds(&self.recipe, self.plan.seed, x, y)?;
        let runner = Runner::new(&self.recipe, &folds, self.plan.max_epochs);
        let mut study = self.study_of(x, y)?;
        let (mut told, mut tell) = (Vec::new(), self.progress.as_mut());
        if let Some(tell) = &mut tell {
            let plan = super::brackets::Brackets(self.plan.brackets());
            tell(&Progress::Start(if self.plan.method.has_rungs() { plan.to_string() } else { self.plan.to_string() }));
        }
        loop {
            let jobs = study.ask()?;
            study.plan.direction = study.plan.direction.or(runner.direction());
            if jobs.is_empty() {
                break;
            }
            let is_whole = do_jobs(&runner, self.threads, &jobs, &mut study)?;
            study.plan.direction = study.plan.direction.or(runner.direction());
            let going = |trial: usize| study.trials()[trial].status == Status::Running;
            runner.keep(going, self.memory);
            if let Some(tell) = &mut tell {
                tell_of(study.trials(), &mut told, *tell);
            }
            if !is_whole {
                study.end = Some("cancelled".to_string());
                break;
            }
        }
        let report = Report::of(&study, &self.recipe.objective);
        if let Some(tell) = &mut tell {
            tell_of(&report.trials, &mut told, *tell);
            tell(&Progress::End(&report.end));
        }
        Ok(report)
    }
}

/// Tells of each trial that ended and was not told of.
fn tell_of(trials: &[Trial], told: &mut Vec<bool>, tell: &mut dyn FnMut(&Progress<'_>)) {
    told.resize(trials.len(), false);
    for (trial, was_told) in trials.iter().zip(told) {
        if trial.status != Status::Running && !std::mem::replace(was_told, true) {
            tell(&Progress::Trial(trial));
        }
    }
}

/// The outcomes of a batch, which are taken in the order of the jobs.
struct Outcomes<'s, 'd> {
    study: &'s mut Study<'d>,
    done: Vec<Option<Outcome>>,
    next: usize,
    error: Option<Error>,
}

/// Does the jobs and tells their outcomes in order, each as soon as those before it are done; returns false if it was cancelled.
fn do_jobs<T: Scalar>(runner: &Runner<'_, '_, T>, threads: Option<usize>, jobs: &[Job], study: &mut Study<'_>) -> Result<bool> {
    let outcomes = Mutex::new(Outcomes { study, done: vec![None; jobs.len()], next: 0, error: None });
    side_by_side(threads, jobs.len(), &|number| {
        let lock = || outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        if lock().error.is_some() {
            return;
        }
        let outcome = runner.run(&jobs[number]);
        let outcomes = &mut *lock();
        match outcome {
            Ok(outcome) => outcomes.done[number] = outcome,
            Err(error) => outcomes.error = outcomes.error.take().or(Some(error)),
        }
        while let Some(outcome) = outcomes.done.get_mut(outcomes.next).and_then(Option::take) {
            let told = outcomes.study.tell(&jobs[outcomes.next], outcome);
            outcomes.next += 1;
            if let Err(error) = told {
                outcomes.error.get_or_insert(error);
            }
        }
    });
    let Outcomes { next, error, .. } = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    error.map_or(Ok(next == jobs.len()), Err)
}
