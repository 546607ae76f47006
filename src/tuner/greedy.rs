//! Chooses the members of an ensemble greedily by the validation score of their mean.

use super::HyperParameters;
use super::recipe::Recipe;
use super::report::Report;
use super::result::SearchResult;
use super::splitting::{Fold, Splitting};
use crate::base::{Error, Result, Targets, derived_seed};
use crate::ensemble::{Ensemble, adapt};
use crate::kernels::{Scalar, try_side_by_side};
use crate::layers::{Dense, IntoEntry};
use crate::model::{FitOptions, Model};
use crate::optimizers::OptimizerState;
use crate::part::compiled;
use crate::training::Compiled;
use nalgebra::DMatrix;

impl<T: Scalar> SearchResult<'_, T> {
    /// Chooses `size` members one by one from the best trials, each the one whose addition makes the validation loss of the mean
    /// lowest; trains them on all rows and returns the ensemble.
    ///
    /// A trial may be chosen several times, and is then trained with several seeds. The candidates are the best `candidates`
    /// trials, which are trained on each fold again, to their best epoch there. It is for validation data of some thousands of
    /// rows: on small tables the choice follows chance, and [`ensemble`](Self::ensemble) is as good. (Caruana et al., *Ensemble
    /// selection from libraries of models*, 2004)
    ///
    /// `x` and `y` are the data of the search.
    ///
    /// # Errors
    ///
    /// It fails if `size` or `candidates` is 0, if no trial is complete, or as [`Model::fit`] does.
    ///
    /// ```
    /// use layercake::prelude::*;
    /// use layercake::tuner::{HyperParameters, RandomSearch};
    ///
    /// let x = DMatrix::from_fn(60, 2, |row, column| ((3 * row + 5 * column) as f64).sin());
    /// let y = DMatrix::from_fn(60, 1, |row, _| x[(row, 0)] - x[(row, 1)]);
    /// let build = |hp: &mut HyperParameters| {
    ///     let mut model = Sequential::with_seed(hp.seed());
    ///     model.add(Dense::new(hp.int("units", 2..=8)).activation(Tanh));
    ///     model.add(Dense::new(1));
    ///     model.compile("adam", "mse", ())?;
    ///     Ok(model)
    /// };
    /// let search = RandomSearch::new(build).max_trials(4).max_epochs(5).folds(3).seed(1).search(&x, &y)?;
    /// let ensemble = search.greedy_ensemble(5, 4, &x, &y)?;
    /// assert_eq!(ensemble.members().len(), 5);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn greedy_ensemble<'d>(
        &self,
        size: usize,
        candidates: usize,
        x: &DMatrix<T>,
        y: impl Into<Targets<'d, T>>,
    ) -> Result<Ensemble<T>> {
        let y = y.into();
        let choose = compiled!(
            fn(
                parts: (&Recipe<'_, T>, &Report, &Splitting<'_, T>),
                threads: Option<usize>,
                size: usize,
                candidates: usize,
                x: &DMatrix<T>,
                y: Targets<'_, T>
            ) -> Result<Vec<usize>> { choose(parts, threads, [size, candidates], x, y) }
        );
        let members = choose((&self.recipe, &self.report, &self.splitting), self.threads, size, candidates, x, y)?;
        self.ensemble_of(&members, x, y)
    }
}

/// Returns the numbers of the chosen trials.
fn choose<T: Scalar>(
    (recipe, report, splitting): (&Recipe<'_, T>, &Report, &Splitting<'_, T>),
    threads: Option<usize>,
    [size, candidates]: [usize; 2],
    x: &DMatrix<T>,
    y: Targets<'_, T>,
) -> Result<Vec<usize>> {
    if size == 0 || candidates == 0 {
        return Err(Error::argument("greedy_ensemble", "size or candidates", 0, "a whole number >= 1"));
    }
    let folds = splitting.folds(recipe, report.seed, x, y)?;
    let trials = best_trials(report, candidates)?;
    // the predictions of each candidate on the validation rows of each fold, and the model that scores them
    let predicted = try_side_by_side(threads, trials.len() * folds.len(), &|job| -> Result<(DMatrix<T>, Model<T>)> {
        let (trial, fold) = (job / folds.len(), job % folds.len());
        let model = again(recipe, report, trials[trial], fold, &folds[fold])?;
        let outputs = model.predict(&folds[fold].validation.0)?;
        Ok((outputs, scorer(&model)?))
    })?;
    let zeros = |(outputs, _): &(DMatrix<T>, Model<T>)| DMatrix::zeros(outputs.nrows(), outputs.ncols());
    let mut sums: Vec<DMatrix<T>> = predicted[..folds.len()].iter().map(zeros).collect();
    let mut chosen = Vec::new();
    while chosen.len() < size {
        let count = T::of(chosen.len() as f64 + 1.0);
        let losses = try_side_by_side(threads, trials.len(), &|trial| {
            let loss = |fold: usize| {
                let (outputs, scorer) = &predicted[trial * folds.len() + fold];
                let mean = (&sums[fold] + outputs) / count;
                Ok(scorer.evaluate(&mean, folds[fold].validation.1.get())?.loss())
            };
            (0..folds.len()).map(loss).sum::<Result<f64>>()
        })?;
        let best = (0..trials.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b])).unwrap_or(0);
        sums.iter_mut().enumerate().for_each(|(fold, sum)| *sum += &predicted[best * folds.len() + fold].0);
        chosen.push(trials[best]);
    }
    Ok(chosen)
}

/// Returns the numbers of the best complete trials, at most so many.
fn best_trials(report: &Report, most: usize) -> Result<Vec<usize>> {
    let is_complete = |number: &&usize| *report.trials[**number].status() == super::Status::Complete;
    let trials: Vec<usize> = report.ranked.iter().filter(is_complete).take(most).copied().collect();
    if trials.is_empty() {
        report.best()?;
        return Err(Error::argument("greedy_ensemble", "candidates", most, "a search with a complete trial"));
    }
    Ok(trials)
}

/// Trains a trial on a fold as the search did, to its best epoch there.
fn again<T: Scalar>(recipe: &Recipe<'_, T>, report: &Report, trial: usize, number: usize, fold: &Fold<T>) -> Result<Model<T>> {
    let trial = &report.trials[trial];
    let seed = derived_seed(report.seed, &[trial.number as u64, number as u64]);
    let mut hp = HyperParameters::given(seed, trial.settings.clone());
    let mut model = adapt((recipe.build)(&mut hp)?, &fold.train.0)?;
    let epochs = trial.folds[number].as_ref().map_or(1, |outcome| outcome.best_epoch + 1);
    let (x, y) = &fold.validation;
    let validation_data = Some((x.into(), y.get().into()));
    let options = FitOptions { epochs, validation_data, threads: Some(1), ..recipe.options(&mut hp)? };
    model.fit(&fold.train.0, fold.train.1.get(), options)?;
    Ok(model)
}

/// Returns a model that gives its inputs and has the loss of `model`, to score predictions.
fn scorer<T: Scalar>(model: &Model<T>) -> Result<Model<T>> {
    let outputs = model.built("predict")?.output().width();
    let compiled = model.check_compiled("evaluate")?;
    let optimizer = OptimizerState::new(compiled.optimizer.shared_rule())?;
    let mut scorer = Model::with_seed(0);
    scorer.add(IntoEntry::<T, _>::into_entry(Dense::<T>::new(outputs).use_bias(false)));
    scorer.build(outputs)?;
    scorer.set_weights(&[DMatrix::identity(outputs, outputs)])?;
    scorer.compiled = Some(Compiled { optimizer, losses: compiled.losses.clone(), metrics: Vec::new() });
    Ok(scorer)
}
