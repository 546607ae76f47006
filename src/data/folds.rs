//! Splits samples into folds for cross-validation.

use super::Split;
use super::rows::check_count;
use crate::base::{Error, Result, Rng, Stream, fresh_seed, in_order, ordered};

/// Splits rows into `k` folds for cross-validation: each fold is the test side once, the other rows the training side.
///
/// Rows are dealt to the folds at random. [`stratify`](Self::stratify) gives each fold the same share of each class,
/// [`groups`](Self::groups) keeps rows that belong together in one fold, and [`in_order`](Self::in_order) tests only on rows
/// after those of the training. These are scikit-learn's `KFold`, `StratifiedKFold`, `GroupKFold` and `TimeSeriesSplit`.
///
/// ```
/// use layercake::prelude::*;
///
/// let classes = [0, 0, 0, 0, 1, 1];
/// let folds = data::KFold::new(2).seed(1).stratify(&classes).split(6)?;
/// assert_eq!(folds.len(), 2);
/// assert!(folds.iter().all(|fold| fold.test.iter().filter(|&&row| classes[row] == 1).count() == 1));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use]
#[doc(alias("StratifiedKFold", "GroupKFold", "TimeSeriesSplit"))]
pub struct KFold<'a> {
    folds: usize,
    seed: Option<u64>,
    classes: Option<&'a [usize]>,
    groups: Option<&'a [usize]>,
    in_order: bool,
}

impl<'a> KFold<'a> {
    /// Creates `folds` folds, at least 2, with a new random seed for each split.
    pub fn new(folds: usize) -> Self {
        Self { folds, seed: None, classes: None, groups: None, in_order: false }
    }

    /// Sets the seed of the random order; the same seed gives the same folds (default: a new seed for each split).
    #[doc(alias = "random_state")]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the class of each row, so that each fold has about the same share of each class (default: none).
    pub fn stratify(mut self, classes: &'a [usize]) -> Self {
        self.classes = Some(classes);
        self
    }

    /// Sets the group of each row, for example a patient; all rows of a group are in one fold (default: none).
    pub fn groups(mut self, groups: &'a [usize]) -> Self {
        self.groups = Some(groups);
        self
    }

    /// Sets that the rows are in time order: fold `i` tests on block `i + 1` of `folds + 1` equal blocks and trains on all
    /// blocks before it (default: random folds).
    pub fn in_order(mut self) -> Self {
        self.in_order = true;
        self
    }

    /// Returns the number of folds.
    pub fn count(&self) -> usize {
        self.folds
    }

    pub(crate) fn is_stratified(&self) -> bool {
        self.classes.is_some()
    }

    pub(crate) fn is_grouped(&self) -> bool {
        self.groups.is_some()
    }

    pub(crate) fn is_in_order(&self) -> bool {
        self.in_order
    }

    pub(crate) fn has_seed(&self) -> bool {
        self.seed.is_some()
    }

    /// Splits the indices of `rows` rows into folds; the rows of each side are in ascending order.
    ///
    /// # Errors
    ///
    /// It fails if there are fewer than 2 folds or more folds than rows (or groups), if a list has another number of rows, or
    /// if two of `stratify`, `groups` and `in_order` are set.
    pub fn split(self, rows: usize) -> Result<Vec<Split>> {
        let Self { folds, .. } = self;
        let refused = |argument, value: usize, allowed: String| Err(Error::argument("KFold", argument, value, allowed));
        if folds < 2 {
            return refused("folds", folds, "at least 2 folds".to_string());
        }
        if usize::from(self.in_order) + usize::from(self.groups.is_some()) + usize::from(self.classes.is_some()) > 1 {
            return refused("folds", folds, "one of `stratify`, `groups` and `in_order`".to_string());
        }
        let most = if self.in_order { rows.saturating_sub(1) } else { rows };
        if folds > most {
            return refused("folds", folds, format!("at most {most} folds of {rows} rows"));
        }
        if self.in_order {
            return Ok(blocks(rows, folds));
        }
        let mut rng = Rng::stream(self.seed.unwrap_or_else(fresh_seed), Stream::Splitting);
        let fold_of = match (self.classes, self.groups) {
            (Some(classes), _) => {
                check_count("stratify", classes.len(), "x", rows)?;
                deal(members(classes), rows, folds, &mut rng)
            }
            (None, Some(groups)) => {
                check_count("groups", groups.len(), "x", rows)?;
                let members = members(groups);
                if members.len() < folds {
                    return refused("folds", folds, format!("at most {} folds, the number of groups", members.len()));
                }
                deal_whole(members, rows, folds, &mut rng)
            }
            (None, None) => deal(vec![(0..rows).collect()], rows, folds, &mut rng),
        };
        let sides = |fold| (0..rows).partition(|&row: &usize| fold_of[row] == fold);
        Ok((0..folds).map(sides).map(|(test, train)| Split { train, test }).collect())
    }
}

/// Returns the rows of each class or group.
pub(super) fn members(labels: &[usize]) -> Vec<Vec<usize>> {
    let order = in_order(labels.len(), &|a, b| labels[a].cmp(&labels[b]));
    order.chunk_by(|&a, &b| labels[a] == labels[b]).map(<[usize]>::to_vec).collect()
}

/// Deals the rows of each class to the folds in turn, and returns the fold of each row.
///
/// Each class begins with the fold after the last row of the class before, so that the folds differ by at most one row.
fn deal(classes: Vec<Vec<usize>>, rows: usize, folds: usize, rng: &mut Rng) -> Vec<usize> {
    let (mut fold_of, mut next) = (vec![0; rows], 0);
    for mut class in classes {
        rng.shuffle(&mut class);
        for row in class {
            fold_of[row] = next % folds;
            next += 1;
        }
    }
    fold_of
}

/// Gives each group to the fold with the fewest rows, the largest groups first, and returns the fold of each row.
fn deal_whole(mut groups: Vec<Vec<usize>>, rows: usize, folds: usize, rng: &mut Rng) -> Vec<usize> {
    rng.shuffle(&mut groups);
    let (mut fold_of, mut sizes) = (vec![0; rows], vec![0; folds]);
    for group in ordered(groups, &|a, b| b.len().cmp(&a.len())) {
        let smallest = (0..folds).min_by_key(|&fold| sizes[fold]).unwrap_or(0);
        sizes[smallest] += group.len();
        group.into_iter().for_each(|row| fold_of[row] = smallest);
    }
    fold_of
}

/// Divides the rows into `folds + 1` blocks; each block but the first is tested on after training on all blocks before it.
fn blocks(rows: usize, folds: usize) -> Vec<Split> {
    let start = |block: usize| rows * block / (folds + 1);
    (1..=folds)
        .map(|block| Split { train: (0..start(block)).collect(), test: (start(block)..start(block + 1)).collect() })
        .collect()
}
