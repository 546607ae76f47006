//! What came out of a search, and the models to train with it.

use super::recipe::Recipe;
use super::report::Report;
use super::space::Settings;
use super::splitting::Splitting;
use super::trial::Trial;
use crate::base::{Error, Result, Targets, derived_seed};
use crate::ensemble::Ensemble;
use crate::kernels::{Scalar, try_side_by_side};
use crate::model::Model;
use crate::part::compiled;
use nalgebra::DMatrix;
use std::fmt;

/// The use of the search's seed for models that are trained on all rows.
const FINAL: u64 = 0x6669_6e61;

/// What came out of a search; displaying it writes a table.
///
/// The table has the trials from the best to the worst, each with its score and standard error, epochs, time and settings.
/// Below it stand what the defaults scored and what tuning gained, with its standard error, and what to do about the space.
pub struct SearchResult<'a, T: Scalar> {
    pub(super) report: Report,
    pub(super) recipe: Recipe<'a, T>,
    pub(super) splitting: Splitting<'a, T>,
    pub(super) threads: Option<usize>,
}

impl<T: Scalar> SearchResult<'_, T> {
    /// Returns all trials, in order; trial 0 has the defaults.
    pub fn trials(&self) -> &[Trial] {
        &self.report.trials
    }

    /// Returns the trials from the best to the worst.
    pub fn ranked(&self) -> Vec<&Trial> {
        self.report.ranked.iter().map(|&number| &self.report.trials[number]).collect()
    }

    /// Returns the best trial.
    ///
    /// # Errors
    ///
    /// It fails if no trial has a score; it names the reason of the first.
    pub fn best(&self) -> Result<&Trial> {
        self.report.best()
    }

    /// Returns why the search ended.
    pub fn end(&self) -> &str {
        &self.report.end
    }

    /// Trains a model with the best settings on all rows, for the epochs that were best on average, and returns it.
    ///
    /// # Errors
    ///
    /// It fails if no trial has a score, or as [`Model::fit`] does.
    pub fn best_model<'d>(&self, x: &DMatrix<T>, y: impl Into<Targets<'d, T>>) -> Result<Model<T>> {
        self.model(self.best()?.number, x, y)
    }

    /// Trains a model with the settings of a trial on all rows, as [`best_model`](Self::best_model) does; trial 0 has the
    /// defaults.
    ///
    /// # Errors
    ///
    /// It fails if there is no such trial, or as [`Model::fit`] does.
    pub fn model<'d>(&self, trial: usize, x: &DMatrix<T>, y: impl Into<Targets<'d, T>>) -> Result<Model<T>> {
        if trial >= self.report.trials.len() {
            let allowed = format!("a number below {}, the number of trials", self.report.trials.len());
            return Err(Error::argument("search", "trial", trial, allowed));
        }
        compiled!(
            fn(
                recipe: &Recipe<'_, T>,
                report: &Report,
                trial: usize,
                x: &DMatrix<T>,
                y: Targets<'_, T>
            ) -> Result<Model<T>> { train(recipe, report, trial, trial as u64, None, x, y) }
        )(&self.recipe, &self.report, trial, x, y.into())
    }

    /// Returns rows as the models of [`best_model`](Self::best_model) and [`ensemble`](Self::ensemble) take them: transformed
    /// by what [`Tuner::prepare`](super::Tuner::prepare) fits to `x`, the rows that they were trained on.
    ///
    /// Without `prepare`, it returns a copy of the rows.
    ///
    /// # Errors
    ///
    /// It fails with the error of what was fitted.
    pub fn transformed(&self, x: &DMatrix<T>, rows: &DMatrix<T>) -> Result<DMatrix<T>> {
        match &self.recipe.prepare {
            Some(prepare) => prepare(x)?.transform(rows),
            None => Ok(rows.clone()),
        }
    }

    /// Trains the `k` best settings on all rows, each from a seed of its own, and returns them as an ensemble.
    ///
    /// On small tables it is usually better than the best single setting.
    ///
    /// # Errors
    ///
    /// It fails if fewer than `k` trials have a score, if `k` is 0, or as [`Model::fit`] does.
    pub fn ensemble<'d>(&self, k: usize, x: &DMatrix<T>, y: impl Into<Targets<'d, T>>) -> Result<Ensemble<T>> {
        let scored = self.report.ranked.iter().filter(|&&number| self.report.trials[number].score().is_some());
        let members: Vec<usize> = scored.copied().take(k).collect();
        if k == 0 || members.len() < k {
            let allowed = format!("a number from 1 to {}, the trials with a score", members.len());
            return Err(Error::argument("ensemble", "k", k, allowed));
        }
        self.ensemble_of(&members, x, y.into())
    }

    /// Trains the settings of these trials on all rows; a trial that occurs several times is trained with several seeds.
    pub(super) fn ensemble_of(&self, members: &[usize], x: &DMatrix<T>, y: Targets<'_, T>) -> Result<Ensemble<T>> {
        compiled!(
            fn(
                recipe: &Recipe<'_, T>,
                report: &Report,
                threads: Option<usize>,
                members: &[usize],
                x: &DMatrix<T>,
                y: Targets<'_, T>
            ) -> Result<Ensemble<T>> {
                let trained = try_side_by_side(threads, members.len(), &|place| {
                    let earlier = members[..place].iter().filter(|&&other| other == members[place]).count();
                    let seed = members[place] as u64 + ((earlier as u64) << 32);
                    train(recipe, report, members[place], seed, Some(1), x, y)
                })?;
                Ensemble::new(trained)
            }
        )(&self.recipe, &self.report, self.threads, members, x, y)
    }

    /// Returns the trials as CSV: a header, and a line for each trial in order.
    ///
    /// The columns are `trial`, `status`, `score`, `standard_error`, `epochs`, `seconds`, and one for each name of the space;
    /// a cell is empty where a trial has no such value.
    pub fn to_csv(&self) -> String {
        self.report.to_csv()
    }

    /// Returns the trials as JSON: an object with `objective`, `end` and `trials`.
    #[cfg(feature = "keras")]
    pub fn to_json(&self) -> String {
        self.report.to_json()
    }

    /// Returns plots of the search as SVG: the score against each name, and the best score so far against time.
    ///
    /// Trials without a score are marks at the upper edge.
    pub fn to_svg(&self) -> String {
        super::svg::plots(&self.report)
    }
}

/// Trains the settings of a trial on all rows.
fn train<T: Scalar>(
    recipe: &Recipe<'_, T>,
    report: &Report,
    trial: usize,
    seed: u64,
    threads: Option<usize>,
    x: &DMatrix<T>,
    y: Targets<'_, T>,
) -> Result<Model<T>> {
    let trial = &report.trials[trial];
    let settings: Settings = trial.settings.clone();
    recipe.train(settings, derived_seed(report.seed, &[FINAL, seed]), trial.best_epochs(), threads, (x, y))
}

impl<T: Scalar> fmt::Display for SearchResult<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}

impl<T: Scalar> fmt::Debug for SearchResult<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchResult").field("report", &self.report).finish_non_exhaustive()
    }
}
