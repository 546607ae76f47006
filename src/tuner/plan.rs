//! The options of a search that have nothing to do with its models.

use super::Setting;
use super::brackets::{Bracket, brackets, halving};
use super::space::Settings;
use crate::base::{Error, Result, fresh_seed};
use crate::metrics::Direction;
use crate::training::CancelToken;
use std::fmt;
use std::time::Duration;

/// How settings are chosen and trials are stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Random,
    Grid,
    Halving,
    Hyperband,
    Bayesian,
}

impl Method {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Random => "RandomSearch",
            Self::Grid => "GridSearch",
            Self::Halving => "SuccessiveHalving",
            Self::Hyperband => "Hyperband",
            Self::Bayesian => "BayesianOptimization",
        }
    }

    pub(super) fn has_rungs(self) -> bool {
        matches!(self, Self::Halving | Self::Hyperband)
    }
}

/// The options of a search that have nothing to do with its models.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) method: Method,
    pub(super) seed: u64,
    pub(super) trials: Option<usize>,
    pub(super) batch: usize,
    pub(super) max_epochs: usize,
    pub(super) min_epochs: Option<usize>,
    pub(super) tpe: bool,
    pub(super) grid_points: Option<usize>,
    pub(super) most_points: Option<usize>,
    pub(super) below_constant: f64,
    pub(super) no_improvement: Option<usize>,
    pub(super) time_budget: Option<Duration>,
    pub(super) cancel: Option<CancelToken>,
    pub(super) direction: Option<Direction>,
    pub(super) enqueued: Vec<Settings>,
}

/// The default number of trials of searches that do not end by themselves.
const TRIALS: usize = 32;

impl Plan {
    pub(super) fn new(method: Method) -> Self {
        Self {
            method,
            seed: fresh_seed(),
            trials: None,
            batch: 8,
            max_epochs: 54,
            min_epochs: None,
            tpe: method == Method::Bayesian,
            grid_points: None,
            most_points: None,
            below_constant: 0.9,
            no_improvement: None,
            time_budget: None,
            cancel: None,
            direction: None,
            enqueued: Vec::new(),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let name = self.method.name();
        let refused = |argument: &str, value: String, allowed: &str| Err(Error::argument(name, argument, value, allowed));
        let counts = [
            ("max_trials", self.trials.unwrap_or(1)),
            ("batch", self.batch),
            ("max_epochs", self.max_epochs),
            ("min_epochs", self.min_epochs.unwrap_or(1)),
            ("grid_points", self.grid_points.unwrap_or(1)),
            ("most_points", self.most_points.unwrap_or(1)),
            ("no_improvement", self.no_improvement.unwrap_or(1)),
        ];
        if let Some(&(argument, _)) = counts.iter().find(|(_, count)| *count == 0) {
            return refused(argument, "0".to_string(), "a whole number >= 1");
        }
        if let Some(least) = self.min_epochs
            && (least > self.max_epochs || !self.method.has_rungs())
        {
            let allowed = "at most `max_epochs`, for `Hyperband` or `SuccessiveHalving`, the searches that stop trials early";
            return refused("min_epochs", least.to_string(), allowed);
        }
        if let Some(points) = self.grid_points.or(self.most_points)
            && self.method != Method::Grid
        {
            return refused("grid_points or most_points", points.to_string(), "a `GridSearch`: only a grid has points");
        }
        if self.tpe && self.method == Method::Grid {
            return refused("tpe", "true".to_string(), "another search: the points of a grid are given");
        }
        if self.below_constant.is_nan() || self.below_constant <= 0.0 {
            return refused("below_constant", self.below_constant.to_string(), "a number > 0");
        }
        Ok(())
    }

    /// Returns the groups of trials that start together, which are repeated until the search ends.
    pub(super) fn brackets(&self) -> Vec<Bracket> {
        if !self.method.has_rungs() {
            return vec![Bracket { trials: self.batch, rungs: vec![self.max_epochs], one_in: 1, least: 1 }];
        }
        let least = self.min_epochs.unwrap_or(1).min(self.max_epochs).max(1);
        if self.method == Method::Halving {
            return vec![halving(least, self.max_epochs, self.trials)];
        }
        // on tables trials that stop late, or not at all, are the worst use of epochs, and trial 0 is trained in full
        let mut brackets = brackets(least, self.max_epochs);
        brackets.truncate(brackets.len().div_ceil(2));
        brackets
    }

    /// Returns the largest number of trials; the points of a grid are all tried by default.
    pub(super) fn most_trials(&self) -> usize {
        let by_default = match self.method {
            Method::Random | Method::Bayesian => TRIALS,
            Method::Grid => usize::MAX,
            Method::Halving | Method::Hyperband => self.brackets().iter().map(|bracket| bracket.trials).sum(),
        };
        self.trials.unwrap_or(by_default)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.method.name();
        match self.most_trials() {
            usize::MAX => write!(f, "{name}: all points, in batches of {}", self.batch)?,
            most => write!(f, "{name}: up to {most} trials, in batches of {}", self.batch)?,
        }
        write!(f, ", each training of up to {} epochs", self.max_epochs)
    }
}

/// Makes settings of pairs of a name and a value.
pub(super) fn settings<N: Into<String>, V: Into<Setting>>(pairs: impl IntoIterator<Item = (N, V)>) -> Settings {
    pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// Writes the methods that set a [`Plan`]'s options, for a type with a field `plan`.
macro_rules! plan_options {
    () => {
        /// Sets the seed of the search, from which all random numbers follow (default: a new one).
        ///
        /// The seed of a training is a function of this seed, the number of the trial and the fold.
        pub fn seed(mut self, seed: u64) -> Self {
            self.plan.seed = seed;
            self
        }

        /// Sets the largest number of trials, at least 1.
        ///
        /// The default is 32. A `GridSearch` tries all points by default. A `SuccessiveHalving` starts all its trials together,
        /// by default 64 for up to 54 epochs. A `Hyperband` makes one pass through its brackets by default, and repeats them if
        /// there are to be more trials.
        pub fn max_trials(mut self, max_trials: usize) -> Self {
            self.plan.trials = Some(max_trials);
            self
        }

        /// Sets the number of trials that are chosen together, at least 1 (default 8).
        ///
        /// It is independent of the number of threads, so that the trials are too: a trial is chosen with the results of all
        /// batches before its own. A `Hyperband` chooses each of its brackets together instead.
        pub fn batch(mut self, batch: usize) -> Self {
            self.plan.batch = batch;
            self
        }

        /// Sets the largest number of epochs of one training, at least 1 (default 54).
        pub fn max_epochs(mut self, max_epochs: usize) -> Self {
            self.plan.max_epochs = max_epochs;
            self
        }

        /// Sets the smallest number of epochs after which `Hyperband` and `SuccessiveHalving` stop a trial (default 1).
        ///
        /// For another search it is an error.
        pub fn min_epochs(mut self, min_epochs: usize) -> Self {
            self.plan.min_epochs = Some(min_epochs);
            self
        }

        /// Sets whether settings are chosen from the results so far, by the tree-structured Parzen estimator of
        /// `BayesianOptimization` (default: only there).
        ///
        /// With true, `Hyperband` chooses the settings of each bracket from the results of the brackets before. For a
        /// `GridSearch` true is an error.
        pub fn tpe(mut self, tpe: bool) -> Self {
            self.plan.tpe = tpe;
            self
        }

        /// Sets the number of points of a `GridSearch` along a range without steps, or along a longer range of whole numbers
        /// (default 3); for another search it is an error.
        pub fn grid_points(mut self, points: usize) -> Self {
            self.plan.grid_points = Some(points);
            self
        }

        /// Sets the largest number of points of a `GridSearch`, which refuses a larger grid (default 1000); for another search
        /// it is an error.
        pub fn most_points(mut self, points: usize) -> Self {
            self.plan.most_points = Some(points);
            self
        }

        /// Sets the share of the constant predictor's loss under which a trial must be after its first rung (default 0.9).
        ///
        /// The first rung is the first job of a trial: its first epochs in a `Hyperband`, its first fold in another search. A
        /// trial that is not under it ends there. The constant predictor gives the means of the training targets. Trial 0 is
        /// never ended by this rule. Infinity turns the rule off.
        pub fn below_constant(mut self, share: f64) -> Self {
            self.plan.below_constant = share;
            self
        }

        /// Sets the number of trials without an improvement after which the search ends (default: none).
        pub fn no_improvement(mut self, trials: usize) -> Self {
            self.plan.no_improvement = Some(trials);
            self
        }

        /// Sets the time after which no further batch is begun (default: no limit).
        ///
        /// A batch that has begun is finished, so a search that stops by time is an exact prefix of a longer one.
        pub fn time_budget(mut self, time_budget: std::time::Duration) -> Self {
            self.plan.time_budget = Some(time_budget);
            self
        }

        /// Sets a token with which other code, for example another thread, ends the search; trainings that run are dropped.
        pub fn cancel(mut self, token: &$crate::training::CancelToken) -> Self {
            self.plan.cancel = Some(token.clone());
            self
        }

        /// Sets whether lower or higher scores are better (default: as the objective says; lower for a loss).
        pub fn direction(mut self, direction: $crate::metrics::Direction) -> Self {
            self.plan.direction = Some(direction);
            self
        }

        /// Returns how many trials of a `Hyperband` or `SuccessiveHalving` start together, and how many go on after which epochs;
        /// one line for each batch of another search.
        ///
        /// ```
        /// use layercake::tuner::Study;
        ///
        /// let plan = Study::hyperband(|_| Ok(())).max_epochs(54).brackets();
        /// assert!(plan.to_string().starts_with("bracket 1: 27 trials to epoch 2, 9 to 6, 3 to 18, 2 to 54\n"));
        /// assert_eq!((plan.trials(), plan.epochs()), (39, 354));
        /// ```
        pub fn brackets(&self) -> $crate::tuner::Brackets {
            $crate::tuner::Brackets(self.plan.brackets())
        }

        /// Adds settings to try first, after trial 0; names that are left out have their defaults.
        ///
        /// A name that does not exist with these settings, or a value that is not allowed, is an error of the search.
        pub fn enqueue<N: Into<String>, V: Into<$crate::tuner::Setting>>(
            mut self,
            settings: impl IntoIterator<Item = (N, V)>,
        ) -> Self {
            self.plan.enqueued.push($crate::tuner::plan::settings(settings));
            self
        }
    };
}
pub(super) use plan_options;
