//! The rows that a trial is trained on and validated on.

use super::halton;
use super::recipe::Recipe;
use crate::base::{Error, Result, Targets, check_finite};
use crate::data::{KFold, OwnedTargets, Rows, Split, SplitOptions, classes_of};
use crate::kernels::Scalar;
use nalgebra::DMatrix;

/// What a trial is judged by.
#[derive(Debug, Clone)]
pub(super) struct Splitting<'a, T: Scalar> {
    pub(super) by: By<'a, T>,
    pub(super) groups: Option<&'a [usize]>,
    pub(super) in_order: bool,
}

/// The kinds of validation.
#[derive(Debug, Clone)]
pub(super) enum By<'a, T: Scalar> {
    Folds(usize),
    Share(f64),
    Data(&'a DMatrix<T>, Targets<'a, T>),
}

/// The rows of one fold, prepared with what was fitted to its training rows.
#[derive(Debug)]
pub(super) struct Fold<T: Scalar> {
    pub(super) train: (DMatrix<T>, OwnedTargets<T>),
    pub(super) validation: (DMatrix<T>, OwnedTargets<T>),
}

impl<T: Scalar> Splitting<'_, T> {
    /// Returns the number of folds.
    pub(super) fn count(&self) -> usize {
        if let By::Folds(folds) = self.by { folds } else { 1 }
    }

    /// Copies and prepares the rows of each fold.
    ///
    /// # Errors
    ///
    /// The data are empty or not finite, they have too few rows, or two of the options exclude each other.
    pub(super) fn folds(&self, recipe: &Recipe<'_, T>, seed: u64, x: &DMatrix<T>, y: Targets<'_, T>) -> Result<Vec<Fold<T>>> {
        check(x, y)?;
        if let By::Data(validation, targets) = self.by {
            check(validation, targets)?;
            if self.groups.is_some() || self.in_order {
                let allowed = "none with `validation_data`, which needs no split";
                return Err(Error::argument("search", "groups or in_order", "given", allowed));
            }
            let all: Vec<usize> = (0..validation.nrows()).collect();
            let own: Vec<usize> = (0..x.nrows()).collect();
            let validation = (validation.clone(), OwnedTargets::take(targets, &all)?);
            return Ok(vec![prepared(recipe, (x.clone(), OwnedTargets::take(y, &own)?), validation)?]);
        }
        let side = |rows: &[usize]| -> Result<_> { Ok((x.take_rows(rows)?, OwnedTargets::take(y, rows)?)) };
        let splits = self.splits(seed, y)?;
        splits.iter().map(|split| prepared(recipe, side(&split.train)?, side(&split.test)?)).collect()
    }

    fn splits(&self, seed: u64, y: Targets<'_, T>) -> Result<Vec<Split>> {
        let rows = y.rows();
        let classes = if self.groups.is_none() && !self.in_order { classes_of(y) } else { None };
        match self.by {
            By::Folds(folds) => {
                let folds = KFold::new(folds);
                let folds = if self.in_order { folds.in_order() } else { folds.seed(seed) };
                in_folds(folds, rows, classes.as_deref(), self.groups)
            }
            By::Share(_) if self.groups.is_some() => {
                let allowed = "`folds` or `validation_data`: a split has no groups";
                Err(Error::argument("search", "groups", "given with `validation_split`", allowed))
            }
            By::Share(share) if self.in_order => Ok(vec![without_last(share, rows)?]),
            By::Share(share) => Ok(vec![at_random(share, rows, classes.as_deref(), seed)?]),
            By::Data(..) => Ok(Vec::new()),
        }
    }

    /// Returns what a journal must agree on: the kind of validation, and a hash of all data.
    #[cfg_attr(not(feature = "keras"), expect(dead_code, reason = "only a journal has a context"))]
    pub(super) fn context(&self, x: &DMatrix<T>, y: Targets<'_, T>) -> [(&'static str, String); 3] {
        let kind = match self.by {
            By::Folds(folds) => format!("{folds} folds"),
            By::Share(share) => format!("a split of {share}"),
            By::Data(..) => "given data".to_string(),
        };
        let order = if self.in_order { ", in order" } else { "" };
        let mut hashes = vec![of_data(x, y)];
        if let By::Data(x, y) = self.by {
            hashes.push(of_data(x, y));
        }
        hashes.extend(self.groups.map(|groups| of_classes(halton::hash("groups"), groups)));
        let data = format!("{} x {} {}, hash {}", x.nrows(), x.ncols(), T::DTYPE, in_hexadecimal(&hashes));
        [("validation", kind + order), ("data", data), ("type", T::DTYPE.to_string())]
    }
}

fn in_folds(folds: KFold<'_>, rows: usize, classes: Option<&[usize]>, groups: Option<&[usize]>) -> Result<Vec<Split>> {
    match (classes, groups) {
        (_, Some(groups)) => folds.groups(groups).split(rows),
        (Some(classes), None) => folds.stratify(classes).split(rows),
        (None, None) => folds.split(rows),
    }
}

/// Holds out a share of the rows, the last ones.
fn without_last(share: f64, rows: usize) -> Result<Split> {
    let kept = (rows as f64 * (1.0 - share)).floor() as usize;
    if !(share > 0.0 && share < 1.0) || kept == 0 || kept >= rows {
        let allowed = format!("a share above 0 and below 1 that leaves some of the {rows} rows on each side");
        return Err(Error::argument("search", "validation_split", share, allowed));
    }
    Ok(Split { train: (0..kept).collect(), test: (kept..rows).collect() })
}

/// Holds out a share of the rows, stratified by class where that can be done.
fn at_random(share: f64, rows: usize, classes: Option<&[usize]>, seed: u64) -> Result<Split> {
    let options = SplitOptions::new().test_size(share).seed(seed);
    let stratified = classes.and_then(|classes| options.stratify(classes).split(rows).ok());
    let mut split = stratified.map_or_else(|| options.split(rows), Ok)?;
    split.train.sort_unstable();
    split.test.sort_unstable();
    Ok(split)
}

/// Applies what is fitted to the training rows to both sides.
fn prepared<T: Scalar>(
    recipe: &Recipe<'_, T>,
    train: (DMatrix<T>, OwnedTargets<T>),
    validation: (DMatrix<T>, OwnedTargets<T>),
) -> Result<Fold<T>> {
    let Some(prepare) = &recipe.prepare else { return Ok(Fold { train, validation }) };
    let fitted = prepare(&train.0)?;
    let both = (fitted.transform(&train.0)?, fitted.transform(&validation.0)?);
    Ok(Fold { train: (both.0, train.1), validation: (both.1, validation.1) })
}

/// Fails if the data are empty, have different numbers of rows, or contain NaN or infinity.
fn check<T: Scalar>(x: &DMatrix<T>, y: Targets<'_, T>) -> Result<()> {
    if x.is_empty() {
        return Err(Error::Empty { what: "x" });
    }
    if y.rows() != x.nrows() {
        return Err(Error::RowCount { what: "y", found: y.rows(), with: "x", expected: x.nrows(), hint: "" });
    }
    check_finite("x", x.as_slice(), x.nrows())?;
    match y {
        Targets::Matrix(y) => check_finite("y", y.as_slice(), y.nrows().max(1)),
        Targets::Vector(y) => check_finite("y", y.as_slice(), y.len().max(1)),
        Targets::Classes(_) => Ok(()),
    }
}

/// Returns a hash of the values of inputs and targets.
fn of_data<T: Scalar>(x: &DMatrix<T>, y: Targets<'_, T>) -> u64 {
    let hash = extended(halton::hash("x"), x.as_slice());
    match y {
        Targets::Matrix(y) => extended(hash, y.as_slice()),
        Targets::Vector(y) => extended(hash, y.as_slice()),
        Targets::Classes(y) => extended(hash, &y.iter().map(|&class| class as f64).collect::<Vec<f64>>()),
    }
}

fn extended<T: Scalar>(hash: u64, values: &[T]) -> u64 {
    values.iter().fold(hash, |hash, value| halton::extend(hash, &value.to_f64().to_bits().to_le_bytes()))
}

fn of_classes(hash: u64, classes: &[usize]) -> u64 {
    classes.iter().fold(hash, |hash, class| halton::extend(hash, &(*class as u64).to_le_bytes()))
}

fn in_hexadecimal(hashes: &[u64]) -> String {
    hashes.iter().map(|hash| format!("{hash:016x}")).collect::<Vec<String>>().join(" ")
}
