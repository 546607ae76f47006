//! The targets as values of their own, and the choice of the rows for training and validation.

use super::super::targets::moments;
use super::draft::Rows;
use crate::base::{Error, Result, Rng, TargetList, Targets};
use crate::data::{Split, SplitOptions};
use crate::kernels::{Scalar, doubles};
use nalgebra::{DMatrix, DVector};
use std::collections::HashMap;

/// The smallest number of validation rows.
const FEWEST: usize = 10;

/// Targets that can be changed.
#[derive(Debug, Clone)]
pub(super) enum Owned<T: Scalar> {
    Matrix(DMatrix<T>),
    Vector(DVector<T>),
    Classes(Vec<usize>),
}

impl<T: Scalar> Owned<T> {
    pub(super) fn new(targets: Targets<'_, T>) -> Self {
        match targets {
            Targets::Matrix(matrix) => Self::Matrix(matrix.clone()),
            Targets::Vector(vector) => Self::Vector(vector.clone()),
            Targets::Classes(classes) => Self::Classes(classes.to_vec()),
        }
    }

    /// Copies the targets of one output.
    pub(super) fn only(list: &TargetList<'_, T>) -> Result<Self> {
        match list.targets() {
            [one] => Ok(Self::new(*one)),
            several => Err(Error::argument("Setup", "targets", several.len(), "the targets of one output")),
        }
    }

    pub(super) fn lent(&self) -> Targets<'_, T> {
        match self {
            Self::Matrix(matrix) => Targets::Matrix(matrix),
            Self::Vector(vector) => Targets::Vector(vector),
            Self::Classes(classes) => Targets::Classes(classes),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.lent().rows()
    }

    /// Returns the targets of these rows.
    pub(super) fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Matrix(matrix) => Self::Matrix(matrix.select_rows(rows)),
            Self::Vector(vector) => Self::Vector(vector.select_rows(rows)),
            Self::Classes(classes) => Self::Classes(rows.iter().map(|&row| classes[row]).collect()),
        }
    }

    /// Returns these targets followed by others of the same form.
    pub(super) fn followed_by(&self, other: &Self) -> Result<Self> {
        match (self, other) {
            (Self::Classes(one), Self::Classes(other)) => Ok(Self::Classes([&one[..], other].concat())),
            _ => {
                let (one, other) = (self.numbers(), other.numbers());
                if one.ncols() != other.ncols() {
                    let allowed = format!("{}, as those for training", one.ncols());
                    return Err(Error::argument("validation_data", "columns of y", other.ncols(), allowed));
                }
                let rows = one.nrows();
                let joined = |row: usize, column: usize| match row < rows {
                    true => one[(row, column)],
                    false => other[(row - rows, column)],
                };
                Ok(Self::Matrix(DMatrix::from_fn(rows + other.nrows(), one.ncols(), joined)))
            }
        }
    }

    /// Returns the targets as a matrix with one row for each sample.
    pub(super) fn numbers(&self) -> DMatrix<T> {
        match self {
            Self::Matrix(matrix) => matrix.clone(),
            Self::Vector(vector) => DMatrix::from_column_slice(vector.len(), 1, vector.as_slice()),
            Self::Classes(classes) => DMatrix::from_fn(classes.len(), 1, |row, _| T::of(classes[row] as f64)),
        }
    }

    /// Returns the class of each of the first rows; `None` if the targets are no classes.
    pub(super) fn classes(&self, rows: usize) -> Option<Vec<usize>> {
        let numbers = self.numbers();
        classes_of(&doubles(numbers.as_slice()), numbers.shape(), rows)
    }

    /// Returns the mean and the deviation of each column in the first rows; a column that does not vary has the deviation 1.
    pub(super) fn moments(&self, rows: usize) -> Vec<(f64, f64)> {
        let numbers = self.numbers();
        let of_column = |column: &[f64]| {
            let (mean, deviation) = moments(&column[..rows]);
            (mean, if deviation > 0.0 { deviation } else { 1.0 })
        };
        doubles(numbers.as_slice()).chunks_exact(numbers.nrows().max(1)).map(of_column).collect()
    }
}

/// Returns the class of each of the first rows of a matrix, column by column: a whole number, or the column of the 1.
fn classes_of(numbers: &[f64], (count, width): (usize, usize), rows: usize) -> Option<Vec<usize>> {
    let class = |row: usize| match width {
        1 => Some(numbers[row]).filter(|value| *value >= 0.0 && value.fract() == 0.0).map(|value| value as usize),
        width => (0..width).find(|&column| numbers[column * count + row] == 1.0),
    };
    (0..rows.min(count)).map(class).collect()
}

/// Returns all rows in a random order, with the number of those before the ones for validation, which are stratified by class.
pub(super) fn shuffled<T: Scalar>(all: &Rows<'_, T>, validation: usize, rng: &mut Rng) -> (Vec<usize>, usize) {
    let rows = all.y.count();
    in_random_order(rows, all.y.classes(rows), validation, rng)
}

fn in_random_order(rows: usize, classes: Option<Vec<usize>>, validation: usize, rng: &mut Rng) -> (Vec<usize>, usize) {
    let seed = rng.below(1 << 30) as u64;
    let options = SplitOptions::new().test_size(validation as f64 / rows as f64).seed(seed);
    // classes of one row cannot be on both sides
    let stratified = classes.and_then(|classes| options.stratify(&classes).split(rows).ok());
    if let Some(Split { mut train, test }) = stratified {
        let kept = train.len();
        train.extend(test);
        return (train, kept);
    }
    let mut order: Vec<usize> = (0..rows).collect();
    rng.shuffle(&mut order);
    (order, rows - validation)
}

/// Returns rows in an order whose last part has no row that is equal to one before it, and the number of rows before that part.
///
/// It leaves out the last `wanted` rows that are equal to others. If too few are left, the first rows give some, and keep all
/// others: a row that occurs twice tells a training no more than once.
pub(super) fn apart(keys: &[Vec<u64>], wanted: usize, rng: &mut Rng) -> (Vec<usize>, usize) {
    let kept = keys.len() - wanted;
    // equal rows are in one group
    let (mut groups, mut known) = (Vec::<Vec<usize>>::new(), HashMap::<&[u64], usize>::new());
    for (row, key) in keys[..kept].iter().enumerate() {
        let group = *known.entry(key).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(row);
    }
    let mut validation: Vec<usize> = (kept..keys.len()).filter(|&row| !known.contains_key(&keys[row][..])).collect();
    let enough = FEWEST.min(keys.len() / 2);
    if validation.len() >= enough {
        let order = (0..kept).chain(validation).collect();
        return (order, kept);
    }
    rng.shuffle(&mut groups);
    let mut train = Vec::new();
    for group in groups {
        if validation.len() < enough { validation.extend(group) } else { train.extend(group) }
    }
    train.sort_unstable();
    let kept = train.len();
    train.extend(validation);
    (train, kept)
}

/// Returns bits for each row that are the same for equal rows.
pub(super) fn keys<T: Scalar>(x: &DMatrix<T>) -> Vec<Vec<u64>> {
    keys_of(&doubles(x.as_slice()), x.shape())
}

fn keys_of(values: &[f64], (rows, columns): (usize, usize)) -> Vec<Vec<u64>> {
    // 0.0 and -0.0 are one value
    let key = |row: usize| (0..columns).map(|column| (values[column * rows + row] + 0.0).to_bits()).collect();
    (0..rows).map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_rows_stay_on_one_side() {
        // rows 45 to 59 repeat others, so that there are too few for validation
        let x = DMatrix::from_fn(60, 2, |row, column| ((row % 25) * (column + 1)) as f64);
        let (order, kept) = apart(&keys(&x), 12, &mut Rng::new(1));
        let sides = |rows: &[usize]| rows.iter().map(|row| row % 25).collect::<std::collections::HashSet<_>>();
        assert!(sides(&order[..kept]).is_disjoint(&sides(&order[kept..])));
        assert_eq!(sides(&order).len(), 25, "no row is lost");
        assert!((10..=11).contains(&(order.len() - kept)), "{kept}");
        // where enough validation rows are others, these are what is left
        let x = DMatrix::from_fn(60, 1, |row, _| if row < 45 { row } else { row - 45 + 45 * (row / 50) } as f64);
        assert_eq!(apart(&keys(&x), 20, &mut Rng::new(1)), ((0..45).chain(50..60).collect(), 40));
    }
}
