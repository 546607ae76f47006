//! The options of a search over models, and the four searches.

use super::HyperParameters;
use super::plan::{Method, Plan, plan_options};
use super::progress::Progress;
use super::recipe::{Build, Recipe, Transform};
use super::splitting::{By, Splitting};
use crate::base::{Result, Targets};
use crate::kernels::Scalar;
use crate::model::{FitOptions, Model};
use nalgebra::DMatrix;
use std::fmt;
#[cfg(feature = "keras")]
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A function that is told what happens.
type Tell<'a> = dyn FnMut(&Progress<'_>) + 'a;

/// A search over models: its options, until [`search`](Self::search) runs it.
///
/// [`RandomSearch::new`], [`GridSearch::new`], [`SuccessiveHalving::new`], [`Hyperband::new`] and [`BayesianOptimization::new`]
/// make it.
#[must_use]
pub struct Tuner<'a, T: Scalar> {
    pub(super) plan: Plan,
    pub(super) recipe: Recipe<'a, T>,
    pub(super) splitting: Splitting<'a, T>,
    pub(super) threads: Option<usize>,
    pub(super) memory: usize,
    pub(super) progress: Option<Box<Tell<'a>>>,
    #[cfg(feature = "keras")]
    pub(super) journal: Option<PathBuf>,
}

macro_rules! search {
    ($(#[$documentation:meta])* $name:ident, $method:ident) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl $name {
            /// Makes the search of the models that `build` makes and compiles.
            ///
            /// `build` runs on several threads at once. Give the model the seed [`HyperParameters::seed`].
            #[expect(clippy::new_ret_no_self, reason = "the options of all searches are one type")]
            pub fn new<'a, T: Scalar, M: Into<Model<T>>>(
                build: impl Fn(&mut HyperParameters) -> Result<M> + Send + Sync + 'a,
            ) -> Tuner<'a, T> {
                Tuner::new(Method::$method, Arc::new(move |hp| build(hp).map(Into::into)))
            }
        }
    };
}

search! {
    /// Tries settings that are spread evenly over the space: scrambled Halton points, with the defaults first.
    /// [Keras](https://keras.io/keras_tuner/api/tuners/random/)
    ///
    /// The search to begin with. Every prefix of it covers the space, so it can be stopped at any time.
    RandomSearch, Random
}
search! {
    /// Tries all combinations of the values of each name, the defaults first.
    /// [Keras](https://keras.io/keras_tuner/api/tuners/grid/)
    ///
    /// It is for one or two names: `grid_points` and `most_points` bound the number of combinations.
    GridSearch, Grid
}
search! {
    /// Starts many trials with one epoch, and lets the best half of them go on to twice as many, until `max_epochs`.
    ///
    /// `max_trials` trials start together. The defaults take one of the places at each rung, so that what the others gain over
    /// them is known. Trials are continued from where they stopped; a rung costs nothing then, so that there are more of them
    /// than in a [`Hyperband`], which lets a third go on to three times as many epochs. [`Tuner::brackets`] says what will be
    /// run. With folds, the rungs are trained on the first fold, and the trials that reach the last rung then on the others.
    /// (Jamieson and Talwalkar, *Non-stochastic best arm identification*, 2016)
    SuccessiveHalving, Halving
}
search! {
    /// Runs successive halving several times, with fewer trials but a longer first rung each time.
    /// [Keras](https://keras.io/keras_tuner/api/tuners/hyperband/)
    ///
    /// In each the best third of the trials go on to three times as many epochs; in the first the defaults take one of the
    /// places at each rung. Trials are continued from where they stopped. [`Tuner::brackets`] says what will be run. With
    /// folds, the rungs are trained on the first fold, and the trials that reach the last rung then on the others. Of the
    /// paper's brackets only the first half is run, of four the first two: those that stop trials late, or never, need the
    /// most epochs for the same result. (Li et al., *Hyperband*, 2018)
    Hyperband, Hyperband
}
search! {
    /// Explores with 10 trials, and then tries what is promising by the results so far.
    /// [Keras](https://keras.io/keras_tuner/api/tuners/bayesian/)
    ///
    /// The estimator is the multivariate tree-structured Parzen estimator, with the constant liar within a batch. KerasTuner
    /// uses a Gaussian process instead.
    BayesianOptimization, Bayesian
}

impl<'a, T: Scalar> Tuner<'a, T> {
    fn new(method: Method, build: Arc<Build<'a, T>>) -> Self {
        let recipe = Recipe {
            build,
            fit_options: Arc::new(|_| FitOptions::new()),
            prepare: None,
            objective: "val_loss".to_string(),
            direction: None,
            patience: None,
            cancel: None,
        };
        Self {
            plan: Plan::new(method),
            recipe,
            splitting: Splitting { by: By::Folds(5), groups: None, in_order: false },
            threads: None,
            memory: 1 << 30,
            progress: None,
            #[cfg(feature = "keras")]
            journal: None,
        }
    }

    plan_options!();

    /// Sets the series by which trials are compared, `"val_loss"` by default; the score of a training is its best value.
    ///
    /// A metric says itself whether lower or higher is better; if it does not, set `direction`.
    pub fn objective(mut self, objective: impl Into<String>) -> Self {
        self.recipe.objective = objective.into();
        self
    }

    /// Sets the number of epochs without an improvement of the objective after which a training stops (default: none).
    pub fn patience(mut self, epochs: usize) -> Self {
        self.recipe.patience = Some(epochs);
        self
    }

    /// Sets the number of folds, at least 2 (default 5): each trial is trained once for each fold, and its score is the mean.
    ///
    /// If the targets are classes, the folds are stratified by them.
    pub fn folds(mut self, folds: usize) -> Self {
        self.splitting.by = By::Folds(folds);
        self
    }

    /// Sets that the score is that of one random share of the rows, above 0 and below 1, instead of folds.
    ///
    /// If the targets are classes, the split is stratified by them.
    pub fn validation_split(mut self, share: f64) -> Self {
        self.splitting.by = By::Share(share);
        self
    }

    /// Sets that the score is that of these data, instead of folds.
    pub fn validation_data(mut self, x: &'a DMatrix<T>, y: impl Into<Targets<'a, T>>) -> Self {
        self.splitting.by = By::Data(x, y.into());
        self
    }

    /// Sets the group of each row, for example a patient; all rows of a group are in one fold.
    pub fn groups(mut self, groups: &'a [usize]) -> Self {
        self.splitting.groups = Some(groups);
        self
    }

    /// Sets that the rows are in time order: each fold validates on rows after those of its training, and
    /// `validation_split` takes the last rows.
    pub fn in_order(mut self) -> Self {
        self.splitting.in_order = true;
        self
    }

    /// Sets the options of each training, which may ask for hyperparameters too, such as a batch size.
    ///
    /// What the search sets itself - epochs, validation, threads, time, a cancel token - is an error here. Callbacks are made
    /// anew for each training, and for each rung of a training that pauses. One that watches a validation series fails in
    /// [`SearchResult::best_model`](super::SearchResult::best_model), which trains without validation; use
    /// [`patience`](Self::patience) to stop trials early.
    pub fn fit_options(mut self, fit_options: impl Fn(&mut HyperParameters) -> FitOptions<'a, T> + Send + Sync + 'a) -> Self {
        self.recipe.fit_options = Arc::new(fit_options);
        self
    }

    /// Sets what is fitted to the training rows of each fold and applied to all its rows, such as a scaler.
    ///
    /// It is for what is not part of the model. A model takes prepared rows then; a `Normalization` layer in the model, which
    /// the search adapts to each fold's training rows, is saved with it and takes the rows as they are.
    ///
    /// ```
    /// use layercake::prelude::*;
    /// use layercake::tuner::{HyperParameters, RandomSearch};
    ///
    /// let x = DMatrix::from_fn(40, 2, |row, column| (row * (column + 2)) as f64);
    /// let y = DMatrix::from_fn(40, 1, |row, _| row as f64 / 40.0);
    /// let build = |hp: &mut HyperParameters| {
    ///     let mut model = Sequential::with_seed(hp.seed());
    ///     model.add(Dense::new(hp.int("units", 2..=8)).activation(Relu));
    ///     model.add(Dense::new(1));
    ///     model.compile("adam", "mse", ())?;
    ///     Ok(model)
    /// };
    /// let search = RandomSearch::new(build).max_trials(3).max_epochs(2).seed(1);
    /// let search = search.prepare(|train| data::StandardScaler::fit(train)).search(&x, &y)?;
    /// assert_eq!(search.trials().len(), 3);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn prepare<P: Transform<T> + 'static>(mut self, prepare: impl Fn(&DMatrix<T>) -> Result<P> + Send + Sync + 'a) -> Self {
        self.recipe.prepare = Some(Arc::new(move |train| Ok(Box::new(prepare(train)?) as Box<dyn Transform<T>>)));
        self
    }

    /// Sets the number of trainings that run at once, at least 1 (default: the number of threads that the machine allows).
    ///
    /// It changes no number of the search. The threads end with the call.
    #[cfg(feature = "parallel")]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Sets the memory that trainings may keep while they pause, in bytes (default: 1 GiB).
    ///
    /// Beyond it, trainings are dropped, and trained again from their seeds if they go on; no number changes.
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// Sets a function that is told when the search starts, after each trial, and at the end; the search itself is silent.
    ///
    /// It runs on the calling thread, after each batch and in the order of the trials. `eprintln!("{event}")` prints a line.
    pub fn progress(mut self, progress: impl FnMut(&Progress<'_>) + 'a) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// Sets a file in which the search is kept: JSON lines, appended and synced after each batch.
    ///
    /// If the file exists, the search resumes where it was, with the same numbers as if it had not been interrupted. A file of
    /// another space, plan or other data is an error that names the difference. The file holds no weights: trainings that go
    /// on are trained again from their seeds.
    #[cfg(feature = "keras")]
    pub fn journal(mut self, path: impl AsRef<Path>) -> Self {
        self.journal = Some(path.as_ref().to_path_buf());
        self
    }
}

impl<T: Scalar> fmt::Debug for Tuner<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tuner").field("plan", &self.plan).field("splitting", &self.splitting).finish_non_exhaustive()
    }
}
