//! Nested validation: what a search is worth on rows that it has not seen.

use super::builder::Tuner;
use super::result::SearchResult;
use super::trial::standard_error;
use crate::base::{Error, Result, Targets};
use crate::data::{KFold, OwnedTargets, Rows, classes_of};
use crate::kernels::Scalar;
use crate::part::compiled;
use crate::training::Logs;
use nalgebra::DMatrix;
use std::fmt;

/// What a search is worth on rows that it has not seen, from [`nested`].
///
/// Displaying it writes a table: the score that the search selected by, the scores on the outer test rows, and the optimism of
/// the first, which is their difference.
#[derive(Debug, Clone)]
pub struct Nested {
    objective: String,
    is_up: bool,
    selected: Vec<f64>,
    default: Vec<f64>,
    best: Vec<f64>,
    ensemble: Vec<f64>,
    members: usize,
}

/// Runs a search within each of `folds` outer folds and scores its models on the test rows of the fold, which no search sees.
///
/// `tuner` makes the search of one outer fold, from its number; it may not have a journal, groups or validation data, which
/// are those of other rows. `members` is the size of the ensemble of the best that is compared with the best single model
/// and with the defaults.
///
/// # Errors
///
/// It fails as [`Tuner::search`] and [`SearchResult::ensemble`] do.
///
/// ```
/// use layercake::prelude::*;
/// use layercake::tuner::{self, HyperParameters, RandomSearch};
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
/// let search = |fold| RandomSearch::new(build).max_trials(4).max_epochs(5).folds(2).seed(fold as u64);
/// let nested = tuner::nested(3, 2, search, &x, &y)?;
/// println!("{nested}");
/// assert_eq!(nested.best().len(), 3);
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn nested<'a, 'd, T: Scalar>(
    folds: usize,
    members: usize,
    mut tuner: impl FnMut(usize) -> Tuner<'a, T>,
    x: &DMatrix<T>,
    y: impl Into<Targets<'d, T>>,
) -> Result<Nested> {
    let y = y.into();
    let mut scores = Vec::new();
    for fold in 0..folds {
        let tuner = tuner(fold);
        let sides = Sides::of(folds, fold, x, y)?;
        let search = tuner.search(&sides.train.0, sides.train.1.get())?;
        scores.push(sides.score(&search, members)?);
    }
    Ok(Nested::of(scores, members))
}

/// The training and test rows of one outer fold.
struct Sides<T: Scalar> {
    train: (DMatrix<T>, OwnedTargets<T>),
    test: (DMatrix<T>, OwnedTargets<T>),
}

/// The scores of one outer fold.
#[derive(Debug)]
struct Scores {
    objective: String,
    is_up: bool,
    /// The score that the search selected by, and those of the defaults, of the best and of the ensemble on the test rows.
    values: [f64; 4],
}

impl<T: Scalar> Sides<T> {
    /// Copies the rows of a fold; the folds are the same for all numbers, and stratified if the targets are classes.
    fn of(folds: usize, fold: usize, x: &DMatrix<T>, y: Targets<'_, T>) -> Result<Self> {
        compiled!(
            fn(numbers: [usize; 2], x: &DMatrix<T>, y: Targets<'_, T>) -> Result<Sides<T>> {
                let [folds, fold] = numbers;
                let (classes, folds) = (classes_of(y), KFold::new(folds).seed(OUTER));
                let folds = classes.as_ref().map_or(folds, |classes| folds.stratify(classes));
                let split = folds.split(x.nrows())?.swap_remove(fold);
                let side = |rows: &[usize]| -> Result<_> { Ok((x.take_rows(rows)?, OwnedTargets::take(y, rows)?)) };
                Ok(Sides { train: side(&split.train)?, test: side(&split.test)? })
            }
        )([folds, fold], x, y)
    }

    /// Trains what the search found on the training rows, and scores it on the test rows.
    fn score(&self, search: &SearchResult<'_, T>, members: usize) -> Result<Scores> {
        let (x, y) = (&self.train.0, self.train.1.get());
        let objective = search.report.objective.clone();
        let (test, targets) = (search.transformed(x, &self.test.0)?, self.test.1.get());
        let name = objective.strip_prefix("val_").unwrap_or(&objective);
        let value = |logs: Logs| {
            logs.get(name).ok_or_else(|| Error::argument("nested", "objective", name, "a loss or a metric of the model"))
        };
        let default = value(search.model(0, x, y)?.evaluate(&test, targets)?)?;
        let best = value(search.best_model(x, y)?.evaluate(&test, targets)?)?;
        let ensemble = value(search.ensemble(members, x, y)?.evaluate(&test, targets)?)?;
        let selected = search.best()?.score().unwrap_or(f64::NAN);
        Ok(Scores { objective, is_up: search.report.is_up, values: [selected, default, best, ensemble] })
    }
}

/// The seed of the outer folds, which is the same for all searches, so that they are compared on the same rows.
const OUTER: u64 = 0;

impl Nested {
    fn of(scores: Vec<Scores>, members: usize) -> Self {
        let (objective, is_up) = scores.first().map_or((String::new(), false), |first| (first.objective.clone(), first.is_up));
        let column = |place: usize| scores.iter().map(|fold| fold.values[place]).collect();
        let [selected, default, best, ensemble] = [0, 1, 2, 3].map(column);
        Self { objective, is_up, selected, default, best, ensemble, members }
    }

    /// Returns the best score of the search in each outer fold, by which it selected.
    pub fn selected(&self) -> &[f64] {
        &self.selected
    }

    /// Returns the score of the defaults on the test rows of each outer fold.
    pub fn default(&self) -> &[f64] {
        &self.default
    }

    /// Returns the score of the best single setting on the test rows of each outer fold.
    pub fn best(&self) -> &[f64] {
        &self.best
    }

    /// Returns the score of the ensemble on the test rows of each outer fold.
    pub fn ensemble(&self) -> &[f64] {
        &self.ensemble
    }

    /// Returns how much better the selected score is than that of the same settings on the test rows, in the mean.
    pub fn optimism(&self) -> f64 {
        let sign = if self.is_up { 1.0 } else { -1.0 };
        sign * (mean(&self.selected) - mean(&self.best))
    }
}

impl fmt::Display for Nested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, mean and standard error over {} outer folds:", self.objective, self.best.len())?;
        let ensemble = format!("the {} best together", self.members);
        let rows = [
            ("selected by the search", &self.selected),
            ("the defaults, on test rows", &self.default),
            ("the best, on test rows", &self.best),
            (ensemble.as_str(), &self.ensemble),
        ];
        for (name, scores) in rows {
            writeln!(f, "{name:<28}{:>10.4} ± {:.4}", mean(scores), standard_error(scores).unwrap_or(0.0))?;
        }
        write!(f, "{:<28}{:>10.4}", "optimism of the selected", self.optimism())
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
