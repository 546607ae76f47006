//! Trains the members of an ensemble side by side.

use super::adapt;
use crate::base::{Error, Result, Targets, derived_seed, fresh_seed};
use crate::data::{KFold, OwnedTargets, Rows, classes_of};
use crate::kernels::{Scalar, try_side_by_side};
use crate::model::{FitOptions, Model};
use crate::training::History;
use nalgebra::DMatrix;
use std::fmt;

/// A function that makes the options of the training of one member, given its number.
type MakeOptions<'a, T> = Box<dyn Fn(usize) -> FitOptions<'a, T> + Sync + 'a>;

/// The options of [`Ensemble::fit`](super::Ensemble::fit): the members or folds, the seed, the options of each training.
#[must_use]
pub struct EnsembleOptions<'a, T: Scalar> {
    members: Option<usize>,
    folds: Option<KFold<'a>>,
    seed: Option<u64>,
    threads: Option<usize>,
    fit_options: MakeOptions<'a, T>,
}

impl<'a, T: Scalar> EnsembleOptions<'a, T> {
    /// Creates the default options: five members with seeds of their own, each trained on all rows for one epoch.
    pub fn new() -> Self {
        Self { members: None, folds: None, seed: None, threads: None, fit_options: Box::new(|_| FitOptions::new()) }
    }

    /// Sets the number of members, at least 1 (default 5), which differ in their seeds.
    pub fn members(mut self, members: usize) -> Self {
        self.members = Some(members);
        self
    }

    /// Sets that there is one member for each fold, which is trained without the rows of the fold and validated on them.
    ///
    /// If the folds have neither classes, groups nor time order, and the targets are classes, the folds are stratified by them.
    pub fn folds(mut self, folds: KFold<'a>) -> Self {
        self.folds = Some(folds);
        self
    }

    /// Sets the seed from which the members' seeds and the folds follow (default: a new one for each call).
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the options of each training; the function is given the number of the member, counted from 0.
    ///
    /// Each member needs callbacks of its own, such as an [`EarlyStopping`](crate::callbacks::EarlyStopping), so they are made
    /// here.
    pub fn fit_options(mut self, fit_options: impl Fn(usize) -> FitOptions<'a, T> + Sync + 'a) -> Self {
        self.fit_options = Box::new(fit_options);
        self
    }

    /// Sets the number of members that are trained at once, at least 1 (default: the number of threads that the machine
    /// allows). It does not change any bit of the results.
    #[cfg(feature = "parallel")]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }
}

impl<T: Scalar> Default for EnsembleOptions<'_, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Scalar> fmt::Debug for EnsembleOptions<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("EnsembleOptions");
        fields.field("members", &self.members).field("folds", &self.folds).field("seed", &self.seed).finish_non_exhaustive()
    }
}

/// The rows that one member is trained on and validated on.
struct Part<T: Scalar> {
    train: (DMatrix<T>, OwnedTargets<T>),
    validation: (DMatrix<T>, OwnedTargets<T>),
}

/// Trains the members and returns them with their histories, in order.
pub(super) fn train<T: Scalar>(
    build: &(dyn Fn(u64) -> Result<Model<T>> + Sync),
    x: &DMatrix<T>,
    y: Targets<'_, T>,
    options: EnsembleOptions<'_, T>,
) -> Result<(Vec<Model<T>>, Vec<History>)> {
    let EnsembleOptions { members, folds, seed, threads, fit_options } = options;
    let refused = |argument, value: usize, allowed| Error::argument("EnsembleOptions", argument, value, allowed);
    if threads == Some(0) {
        return Err(refused("threads", 0, "a whole number >= 1"));
    }
    match (members, folds) {
        (Some(0), _) => return Err(refused("members", 0, "a whole number >= 1")),
        (Some(members), Some(_)) => return Err(refused("members", members, "`members` or `folds`: each fold has one member")),
        _ => {}
    }
    let seed = seed.unwrap_or_else(fresh_seed);
    let parts = folds.map(|folds| parts(x, y, folds, seed)).transpose()?;
    let count = parts.as_ref().map_or(members.unwrap_or(5), Vec::len);
    let trained = try_side_by_side(threads, count, &|member| {
        let model = build(derived_seed(seed, &[member as u64]))?;
        let options = fit_options(member);
        match &parts {
            None => train_one(model, x, y, options),
            Some(_) if options.validation_split.is_some() || options.validation_data.is_some() => {
                let allowed = "options without validation: each member is validated on its fold";
                Err(refused("fit_options of member", member, allowed))
            }
            Some(parts) => {
                let Part { train, validation } = &parts[member];
                let options =
                    FitOptions { validation_data: Some(((&validation.0).into(), validation.1.get().into())), ..options };
                train_one(model, &train.0, train.1.get(), options)
            }
        }
    })?;
    Ok(trained.into_iter().unzip())
}

fn train_one<T: Scalar>(
    model: Model<T>,
    x: &DMatrix<T>,
    y: Targets<'_, T>,
    options: FitOptions<'_, T>,
) -> Result<(Model<T>, History)> {
    let mut model = adapt(model, x)?;
    let history = model.fit(x, y, FitOptions { threads: Some(1), ..options })?;
    Ok((model, history))
}

/// Copies the rows of each fold.
fn parts<T: Scalar>(x: &DMatrix<T>, y: Targets<'_, T>, folds: KFold<'_>, seed: u64) -> Result<Vec<Part<T>>> {
    if y.rows() != x.nrows() {
        return Err(Error::RowCount { what: "y", found: y.rows(), with: "x", expected: x.nrows(), hint: "" });
    }
    let is_plain = !folds.is_stratified() && !folds.is_grouped() && !folds.is_in_order();
    let classes = if is_plain { classes_of(y) } else { None };
    let folds = if folds.has_seed() { folds } else { folds.seed(seed) };
    let splits = match &classes {
        Some(classes) => folds.stratify(classes).split(x.nrows()),
        None => folds.split(x.nrows()),
    };
    let side = |rows: &[usize]| -> Result<_> { Ok((x.take_rows(rows)?, OwnedTargets::take(y, rows)?)) };
    splits?.iter().map(|split| Ok(Part { train: side(&split.train)?, validation: side(&split.test)? })).collect()
}
