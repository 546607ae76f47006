//! Splits samples into training rows and test rows.

use super::Rows;
use super::Table;
use super::rows::check_count;
use crate::base::{Error, Result, Rng, Stream, fresh_seed, ordered};

/// The options of a split, with the defaults of scikit-learn's `train_test_split`.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct SplitOptions<'a> {
    test_size: f64,
    seed: Option<u64>,
    stratify: Option<&'a [usize]>,
    stratify_by: Option<&'a str>,
}

/// The indices of the training rows and of the test rows, each in random order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The training rows, counted from 0.
    pub train: Vec<usize>,
    /// The test rows, counted from 0.
    pub test: Vec<usize>,
}

/// Splits inputs and targets at random and returns, as scikit-learn does, `x_train`, `x_test`, `y_train`, `y_test`.
///
/// ```
/// use layercake::prelude::*;
///
/// let (x, y) = (dmatrix![1.0; 2.0; 3.0; 4.0; 5.0], [0, 0, 0, 1, 1]);
/// let options = data::SplitOptions::new().test_size(0.4).seed(42).stratify(&y);
/// let (x_train, x_test, y_train, y_test) = data::train_test_split(&x, &y, options)?;
/// assert_eq!((x_train.nrows(), x_test.nrows()), (3, 2));
/// assert_eq!(y_train.iter().sum::<usize>(), 1);
/// assert_eq!(y_test.iter().sum::<usize>(), 1);
/// # Ok::<(), layercake::Error>(())
/// ```
///
/// # Errors
///
/// Inputs and targets have different numbers of rows, or [`SplitOptions::split`] fails.
#[expect(clippy::type_complexity, reason = "the four parts are in scikit-learn's order, and the caller destructures them")]
pub fn train_test_split<X: Rows + ?Sized, Y: Rows + ?Sized>(
    x: &X,
    y: &Y,
    options: SplitOptions<'_>,
) -> Result<(X::Taken, X::Taken, Y::Taken, Y::Taken)> {
    check_count("y", y.row_count(), "x", x.row_count())?;
    let split = options.split(x.row_count())?;
    let ((x_train, x_test), (y_train, y_test)) = (split.take(x)?, split.take(y)?);
    Ok((x_train, x_test, y_train, y_test))
}

impl<'a> SplitOptions<'a> {
    /// A quarter of the rows for testing, with a new random seed for each split.
    pub fn new() -> Self {
        Self { test_size: 0.25, seed: None, stratify: None, stratify_by: None }
    }

    /// The share of test rows, above 0 and below 1 (default 0.25); the number of test rows is rounded up.
    pub fn test_size(mut self, test_size: f64) -> Self {
        self.test_size = test_size;
        self
    }

    /// The seed of the random order; the same seed gives the same split (default: a new seed for each split).
    #[doc(alias = "random_state")]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The class of each row, so that each class has the same share in both sides (default: no stratification).
    pub fn stratify(mut self, classes: &'a [usize]) -> Self {
        self.stratify = Some(classes);
        self
    }

    /// The column of a table whose classes have the same share in both sides, for [`Table::split`] (default: no
    /// stratification).
    pub fn stratify_by(mut self, column: &'a str) -> Self {
        self.stratify_by = Some(column);
        self
    }

    /// Splits the indices of `rows` rows; the result can be applied to any number of matrices, vectors and slices.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let split = data::SplitOptions::new().test_size(0.5).seed(1).split(4)?;
    /// let (train_weight, test_weight) = split.take(&[1.0, 0.5, 2.0, 1.0])?;
    /// assert_eq!((train_weight.len(), test_weight.len()), (2, 2));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The share is not above 0 and below 1, or it leaves one side empty. With `stratify` also: the number of classes in the
    /// list differs from the number of rows, a class has only one row, or a side has fewer rows than there are classes.
    pub fn split(self, rows: usize) -> Result<Split> {
        let refused = |allowed: String| Err(Error::argument("train_test_split", "test_size", self.test_size, allowed));
        if let Some(column) = self.stratify_by {
            let (value, allowed) =
                (format!("`{column}`"), "`Table::split`, which has the column, or `stratify` with the classes");
            return Err(Error::argument("train_test_split", "stratify_by", value, allowed));
        }
        if !(self.test_size > 0.0 && self.test_size < 1.0) {
            return refused("a number > 0 and < 1".to_string());
        }
        let test_rows = (rows as f64 * self.test_size).ceil() as usize;
        if test_rows == 0 || test_rows >= rows {
            return refused(format!("a share that leaves at least one of the {rows} rows on each side"));
        }
        let mut rng = Rng::stream(self.seed.unwrap_or_else(fresh_seed), Stream::Splitting);
        let Some(classes) = self.stratify else {
            let mut test = Vec::new();
            if test.try_reserve_exact(rows).is_err() {
                return Err(Error::argument("train_test_split", "rows", rows, "a number of rows that fits in memory"));
            }
            test.extend(0..rows);
            rng.shuffle(&mut test);
            let train = test.split_off(test_rows);
            return Ok(Split { train, test });
        };
        let members = members(classes, rows)?;
        if members.len() > test_rows.min(rows - test_rows) {
            let (train_rows, classes) = (rows - test_rows, members.len());
            let found = format!("found {train_rows} to train on and {test_rows} to test with");
            return refused(format!("a share that leaves each side at least {classes} rows, one per class; {found}"));
        }
        Ok(stratified(members, rows, test_rows, &mut rng))
    }
}

impl Table {
    /// Splits the rows at random and returns the training rows and the test rows.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut table = data::Table::new();
    /// table.add_text("kind", ["a", "b", "a", "b", "a", "b", "a", "b"])?;
    /// let (train, test) = table.split(data::SplitOptions::new().test_size(0.25).seed(1).stratify_by("kind"))?;
    /// assert_eq!((train.rows(), test.rows()), (6, 2));
    /// assert_eq!(test.labels("kind")?.names(), ["a", "b"]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// There is no column to stratify by, one of its cells is missing, both `stratify` and `stratify_by` are set, or
    /// [`SplitOptions::split`] fails.
    pub fn split(&self, options: SplitOptions<'_>) -> Result<(Self, Self)> {
        let Some(column) = options.stratify_by else { return options.split(self.rows())?.take(self) };
        if options.stratify.is_some() {
            let allowed = "one of `stratify` and `stratify_by`";
            return Err(Error::argument("train_test_split", "stratify_by", format!("`{column}`"), allowed));
        }
        let labels = self.labels(column)?;
        let options = SplitOptions { stratify_by: None, stratify: Some(labels.classes()), ..options };
        options.split(self.rows())?.take(self)
    }
}

impl Default for SplitOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl Split {
    /// Copies the training rows and the test rows of `data`, which must have as many rows as were split.
    ///
    /// # Errors
    ///
    /// `data` has another number of rows than were split.
    pub fn take<R: Rows + ?Sized>(&self, data: &R) -> Result<(R::Taken, R::Taken)> {
        check_count("the data", data.row_count(), "what was split", self.train.len() + self.test.len())?;
        Ok((data.take_rows(&self.train)?, data.take_rows(&self.test)?))
    }
}

/// The rows of each class; fails if a class has fewer than two rows.
fn members(classes: &[usize], rows: usize) -> Result<Vec<Vec<usize>>> {
    check_count("stratify", classes.len(), "x", rows)?;
    let members = super::folds::members(classes);
    match members.iter().find(|members| members.len() < 2) {
        None => Ok(members),
        Some(rows) => {
            let value = format!("class {} with 1 row", classes[rows[0]]);
            Err(Error::argument("train_test_split", "stratify", value, "at least 2 rows of each class, one for each side"))
        }
    }
}

/// Gives each class its share of the test rows. The shares are rounded by the method of largest remainders, so that they add
/// up to `test_rows`; equal remainders are taken in random order.
fn stratified(members: Vec<Vec<usize>>, rows: usize, test_rows: usize, rng: &mut Rng) -> Split {
    // Whole numbers are used, so that equal remainders compare as equal.
    let share = |class: &Vec<usize>| class.len() as u128 * test_rows as u128;
    let (whole, remainder) = (|c: &Vec<usize>| (share(c) / rows as u128) as usize, |c: &Vec<usize>| share(c) % rows as u128);
    let mut members: Vec<(usize, Vec<usize>)> = members.into_iter().map(|class| (whole(&class), class)).collect();
    rng.shuffle(&mut members);
    let mut members = ordered(members, &|(_, a), (_, b)| remainder(b).cmp(&remainder(a)));
    let left_over = test_rows - members.iter().map(|(test, _)| test).sum::<usize>();
    members.iter_mut().take(left_over).for_each(|(test, _)| *test += 1);

    let (mut train, mut test) = (Vec::with_capacity(rows - test_rows), Vec::with_capacity(test_rows));
    for (count, mut class) in members {
        rng.shuffle(&mut class);
        train.extend(class.split_off(count));
        test.extend(class);
    }
    rng.shuffle(&mut train);
    rng.shuffle(&mut test);
    Split { train, test }
}
