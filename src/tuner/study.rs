//! The search itself: which trials start, which go on, and what is known about them; it trains nothing.

use super::HyperParameters;
use super::brackets::Bracket;
use super::job::{Job, Outcome};
#[cfg(feature = "keras")]
use super::journal::Journal;
use super::plan::{Method, Plan, plan_options};
use super::space::{Describe, Settings, Space};
use super::trial::{Status, Trial};
use crate::base::{Error, Result, derived_seed, ordered};
use std::collections::VecDeque;
use std::fmt;
#[cfg(feature = "keras")]
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A search without trainings, for programs that train themselves or elsewhere: [`ask`](Self::ask) gives jobs, and
/// [`tell`](Self::tell) takes their outcomes.
///
/// The searches of this module run on it. The jobs of one `ask` are one batch: they may be done in any order and on any
/// machine, and the next batch follows from their outcomes alone.
///
/// ```
/// use layercake::tuner::{HyperParameters, Outcome, Study};
///
/// let space = |hp: &mut HyperParameters| {
///     hp.float("x", -2.0..=2.0);
///     Ok(())
/// };
/// let mut study = Study::bayesian(space).seed(1).max_trials(40);
/// loop {
///     let jobs = study.ask()?;
///     if jobs.is_empty() {
///         break;
///     }
///     for job in jobs {
///         let x = job.get("x").and_then(|x| x.to_f64()).unwrap_or(0.0);
///         study.tell(&job, Outcome::scored((x - 0.7).powi(2)))?;
///     }
/// }
/// let best = study.best().unwrap();
/// assert!(best.score().unwrap() < 0.01);
/// # Ok::<(), layercake::Error>(())
/// ```
pub struct Study<'a> {
    pub(super) plan: Plan,
    folds: usize,
    pub(super) describe: Describe<'a>,
    pub(super) space: Space,
    pub(super) trials: Vec<Trial>,
    /// Settings to try before others.
    pub(super) queue: VecDeque<Settings>,
    /// The number of Halton points that were drawn.
    pub(super) points: u64,
    /// The number of brackets that have begun.
    begun: usize,
    cohort: Option<Cohort>,
    open: Vec<Job>,
    pub(super) end: Option<String>,
    started: Option<Instant>,
    /// The time that the journal says was spent before.
    earlier: f64,
    #[cfg(feature = "keras")]
    pub(super) file: Option<PathBuf>,
    /// What the journal must agree on beside the space and the plan: the data and the options of the trainings.
    #[cfg(feature = "keras")]
    pub(super) context: Vec<(&'static str, String)>,
    #[cfg(feature = "keras")]
    journal: Option<Journal>,
}

/// Trials that started together.
#[derive(Debug)]
struct Cohort {
    /// The number of trials that started.
    started: usize,
    alive: Vec<usize>,
    bracket: Bracket,
    /// The number of rungs that were begun.
    begun: usize,
    /// True once the jobs on the folds after the first were given.
    on_all_folds: bool,
}

impl<'a> Study<'a> {
    pub(super) fn new(plan: Plan, folds: usize, describe: Describe<'a>) -> Self {
        Self {
            plan,
            folds,
            describe,
            space: Space::default(),
            trials: Vec::new(),
            queue: VecDeque::new(),
            points: 0,
            begun: 0,
            cohort: None,
            open: Vec::new(),
            end: None,
            started: None,
            earlier: 0.0,
            #[cfg(feature = "keras")]
            file: None,
            #[cfg(feature = "keras")]
            context: Vec::new(),
            #[cfg(feature = "keras")]
            journal: None,
        }
    }

    /// Makes a study whose settings are scrambled Halton points; see [`RandomSearch`](super::RandomSearch).
    pub fn random(space: impl Fn(&mut HyperParameters) -> Result<()> + Send + 'a) -> Self {
        Self::new(Plan::new(Method::Random), 1, Box::new(space))
    }

    /// Makes a study of all points of a grid; see [`GridSearch`](super::GridSearch).
    pub fn grid(space: impl Fn(&mut HyperParameters) -> Result<()> + Send + 'a) -> Self {
        Self::new(Plan::new(Method::Grid), 1, Box::new(space))
    }

    /// Makes a study that stops trials early; see [`SuccessiveHalving`](super::SuccessiveHalving).
    pub fn halving(space: impl Fn(&mut HyperParameters) -> Result<()> + Send + 'a) -> Self {
        Self::new(Plan::new(Method::Halving), 1, Box::new(space))
    }

    /// Makes a study that stops trials early, some earlier than others; see [`Hyperband`](super::Hyperband).
    pub fn hyperband(space: impl Fn(&mut HyperParameters) -> Result<()> + Send + 'a) -> Self {
        Self::new(Plan::new(Method::Hyperband), 1, Box::new(space))
    }

    /// Makes a study that learns from its results; see [`BayesianOptimization`](super::BayesianOptimization).
    pub fn bayesian(space: impl Fn(&mut HyperParameters) -> Result<()> + Send + 'a) -> Self {
        Self::new(Plan::new(Method::Bayesian), 1, Box::new(space))
    }

    plan_options!();

    /// Sets the number of folds on which each trial is trained, at least 1 (default 1).
    pub fn folds(mut self, folds: usize) -> Self {
        self.folds = folds;
        self
    }

    /// Sets a file in which the study is kept: JSON lines, appended and synced after each batch.
    ///
    /// If the file exists, the study resumes where it was: recorded outcomes are not asked for again. A last line that was not
    /// written to its end is dropped. A file of another space or another plan is an error of [`ask`](Self::ask).
    #[cfg(feature = "keras")]
    pub fn journal(mut self, path: impl AsRef<Path>) -> Self {
        self.file = Some(path.as_ref().to_path_buf());
        self
    }

    /// Returns the next batch of jobs; it is empty once the study is over.
    ///
    /// # Errors
    ///
    /// It fails if an option or a range is not allowed, if the grid is too large, if the outcome of a job is still to be told,
    /// or if the journal cannot be used.
    pub fn ask(&mut self) -> Result<Vec<Job>> {
        if let [first, ..] = &self.open[..] {
            let value = format!("{} jobs of the last batch are open, the first of trial {}", self.open.len(), first.trial);
            return Err(Error::argument("Study", "ask", value, "`tell` for each of them first"));
        }
        self.start()?;
        while self.end.is_none() {
            if let Some(reason) = self.limit() {
                self.end = Some(reason);
                break;
            }
            let jobs = if self.cohort.is_some() { self.advance() } else { self.begin()? };
            self.open = jobs.clone();
            self.replay(&jobs)?;
            if !self.open.is_empty() {
                break;
            }
        }
        self.sync()?;
        Ok(self.open.clone())
    }

    /// Takes the outcome of a job.
    ///
    /// # Errors
    ///
    /// It fails if the job is not open, or if the journal cannot be written.
    pub fn tell(&mut self, job: &Job, outcome: Outcome) -> Result<()> {
        if !self.open.contains(job) {
            let value = format!("trial {}, fold {}, to epoch {}", job.trial, job.fold, job.epochs());
            return Err(Error::argument("Study", "job", value, "a job of the last `ask` whose outcome was not told yet"));
        }
        let at = self.elapsed();
        #[cfg(feature = "keras")]
        if let Some(journal) = &mut self.journal {
            journal.outcome(job, &outcome, at)?;
        }
        self.take(job, outcome, at);
        Ok(())
    }

    /// Returns the seconds since the start, with those of the study that was resumed.
    fn elapsed(&self) -> f64 {
        self.earlier + self.started.map_or(0.0, |started| started.elapsed().as_secs_f64())
    }

    /// Checks the plan, finds the names of the space and opens the journal, at the first `ask`.
    fn start(&mut self) -> Result<()> {
        if self.started.is_some() {
            return Ok(());
        }
        self.plan.check()?;
        if self.folds == 0 {
            return Err(Error::argument("Study", "folds", 0, "a whole number >= 1"));
        }
        self.space = Space::discover(&self.describe)?;
        #[cfg(feature = "keras")]
        if let Some(file) = &self.file {
            let journal = Journal::open(file, &self.plan, self.folds, &self.space, &self.context)?;
            self.earlier = journal.elapsed();
            self.journal = Some(journal);
        }
        self.started = Some(Instant::now());
        Ok(())
    }

    /// Returns the reason to end the study before its next jobs, if there is one.
    fn limit(&self) -> Option<String> {
        let plan = &self.plan;
        if plan.cancel.as_ref().is_some_and(|token| token.is_cancelled()) {
            return Some("cancelled".to_string());
        }
        if plan.time_budget.is_some_and(|budget| self.elapsed() >= budget.as_secs_f64()) && !self.replays() {
            return Some("the time budget was used up".to_string());
        }
        let patience = plan.no_improvement?;
        let (mut best, mut since) = (f64::INFINITY, 0);
        for trial in self.trials.iter().filter(|trial| trial.status != Status::Running) {
            let cost = trial.score().filter(|_| trial.status == Status::Complete).map_or(f64::INFINITY, |score| self.cost(score));
            (best, since) = if cost < best { (cost, 0) } else { (best, since + 1) };
        }
        (since >= patience).then(|| format!("no improvement in {since} trials"))
    }

    /// Begins the next bracket or batch: makes its trials and their first jobs.
    fn begin(&mut self) -> Result<Vec<Job>> {
        let brackets = self.plan.brackets();
        let mut bracket = brackets[self.begun % brackets.len()].clone();
        if !self.trials.is_empty() {
            // the defaults started before and take no place
            bracket.least = 1;
        }
        let most = self.plan.most_trials();
        let left = most.saturating_sub(self.trials.len());
        if left == 0 {
            self.end = Some(format!("all {most} trials were run"));
            return Ok(Vec::new());
        }
        let chosen = self.suggest(bracket.trials.min(left))?;
        if chosen.is_empty() {
            let count = self.trials.len();
            self.end = Some(match self.plan.method {
                Method::Grid => format!("all {count} points of the grid were tried"),
                _ => format!("the space is used up after {count} of {most} trials"),
            });
            return Ok(Vec::new());
        }
        self.begun += 1;
        let first = self.trials.len();
        for settings in chosen {
            let number = self.trials.len();
            #[cfg(feature = "keras")]
            if let Some(journal) = &mut self.journal {
                journal.trial(number, &settings)?;
            }
            self.trials.push(Trial::new(number, settings, self.folds));
        }
        let alive: Vec<usize> = (first..self.trials.len()).collect();
        self.cohort = Some(Cohort { started: alive.len(), alive, bracket, begun: 0, on_all_folds: false });
        Ok(self.advance())
    }

    /// Returns the next jobs of the trials that started together; none once these are complete.
    fn advance(&mut self) -> Vec<Job> {
        let Some(mut cohort) = self.cohort.take() else { return Vec::new() };
        cohort.alive.retain(|&trial| self.trials[trial].status == Status::Running);
        let Cohort { started, alive, bracket, begun, on_all_folds } = &mut cohort;
        let rungs = &bracket.rungs;
        if *begun < rungs.len() {
            if *begun > 0 {
                let kept = (0..*begun).fold(*started, |trials, _| bracket.survivors(trials));
                self.halve(alive, rungs[*begun - 1], kept);
            }
            *begun += 1;
            let jobs = self.jobs(alive, 0..1, &rungs[..*begun]);
            self.cohort = Some(cohort);
            return jobs;
        }
        if !*on_all_folds && self.folds > 1 && !alive.is_empty() {
            *on_all_folds = true;
            let jobs = self.jobs(alive, 1..self.folds, rungs);
            self.cohort = Some(cohort);
            return jobs;
        }
        cohort.alive.iter().for_each(|&trial| self.trials[trial].status = Status::Complete);
        Vec::new()
    }

    /// Keeps trial 0, so that what the others gain over the defaults is known, and for the other places the best of the trials.
    fn halve(&mut self, alive: &mut Vec<usize>, epochs: usize, kept: usize) {
        let last = |trial: usize| self.trials[trial].rungs.last().map_or(f64::INFINITY, |&(_, score)| self.cost(score));
        let better = |&a: &usize, &b: &usize| (a != 0).cmp(&(b != 0)).then(last(a).total_cmp(&last(b))).then(a.cmp(&b));
        *alive = ordered(std::mem::take(alive), &better);
        for &trial in alive.iter().skip(kept) {
            self.trials[trial].status = Status::Stopped(format!("not among the best {kept} after epoch {epochs}"));
        }
        alive.retain(|&trial| self.trials[trial].status == Status::Running);
        alive.sort_unstable();
    }

    fn jobs(&self, trials: &[usize], folds: std::ops::Range<usize>, rungs: &[usize]) -> Vec<Job> {
        let job = |trial: usize, fold: usize| Job {
            trial,
            fold,
            rungs: rungs.to_vec(),
            seed: derived_seed(self.plan.seed, &[trial as u64, fold as u64]),
            settings: self.trials[trial].settings.clone(),
        };
        trials.iter().flat_map(|&trial| folds.clone().map(move |fold| job(trial, fold))).collect()
    }

    /// Takes in an outcome, and ends a trial that is no better than the constant predictor after its first job.
    fn take(&mut self, job: &Job, outcome: Outcome, at: f64) {
        self.open.retain(|open| open != job);
        let trial = &mut self.trials[job.trial];
        let of_constant = outcome.of_constant.filter(|_| job.fold == 0 && job.rungs.len() == 1 && job.trial > 0);
        trial.tell(job, outcome);
        trial.at = at;
        let most = self.plan.below_constant;
        if let Some(of_constant) = of_constant.filter(|&of_constant| trial.status == Status::Running && of_constant >= most) {
            let reason = format!("its loss is {of_constant:.2} of the constant predictor's, not under {most}");
            trial.status = Status::Stopped(reason);
        }
    }

    /// Takes the outcomes of these jobs that the journal has.
    fn replay(&mut self, jobs: &[Job]) -> Result<()> {
        #[cfg(feature = "keras")]
        for job in jobs {
            let Some(journal) = &mut self.journal else { return Ok(()) };
            if let Some((outcome, at)) = journal.recorded(job)? {
                self.take(job, outcome, at);
            }
        }
        let _ = jobs;
        Ok(())
    }

    /// Returns whether the journal has lines that were not taken in yet.
    fn replays(&self) -> bool {
        #[cfg(feature = "keras")]
        return self.journal.as_ref().is_some_and(Journal::has_more);
        #[cfg(not(feature = "keras"))]
        false
    }

    fn sync(&mut self) -> Result<()> {
        #[cfg(feature = "keras")]
        if let Some(journal) = &mut self.journal {
            return journal.sync();
        }
        Ok(())
    }
}

impl fmt::Debug for Study<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Study").field("plan", &self.plan).field("trials", &self.trials.len()).finish_non_exhaustive()
    }
}
