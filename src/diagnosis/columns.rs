//! What is known about each column of the inputs.

use super::targets::{Values, counts, moments};
use crate::base::{ascending, ordered};

/// The numbers that describe one column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// The mean and the standard deviation of the values.
    pub(super) mean: f64,
    pub(super) deviation: f64,
    /// The root mean square of the values.
    pub(super) rms: f64,
    /// The same; in a column where one value is that of most rows, of the other values.
    pub(super) scale: f64,
    pub(super) min: f64,
    pub(super) max: f64,
    /// The number of distinct values.
    pub(super) distinct: usize,
    /// The most frequent value, and its share of the rows.
    pub(super) mode: (f64, f64),
    /// The share of the variance within the classes, or of the targets' variance that the column leaves; `None` for too few rows.
    pub(super) leak: Option<f64>,
    /// The share of rows that are closer to the mean of their class than to those of the others; `None` for numbers.
    pub(super) told_apart: Option<f64>,
    /// A value far from all others.
    pub(super) outlying: Option<Outlying>,
}

/// A smallest or largest value of a column that is far from all others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outlying {
    pub(super) value: f64,
    /// Its share of the rows.
    pub(super) share: f64,
    /// Its distance in standard deviations of the others.
    pub(super) away: f64,
    /// True if so many rows have it that it stands for a missing value, and is no outlier.
    pub(super) stands_for_missing: bool,
}

/// Values that programs write for missing ones, with either sign.
const MARKS: [f64; 6] = [99.0, 999.0, 9_999.0, 99_999.0, 999_999.0, 9_999_999.0];

/// The smallest number of rows from which the leak of a column is computed.
const FEWEST: usize = 40;

/// The largest number of groups of rows with neighbouring values.
const GROUPS: usize = 20;

impl Column {
    /// Describes a column and its relation to the targets of the same rows.
    pub(super) fn new(values: &[f64], targets: &Values) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let (mut distinct, mut mode) = (0, (0.0, 0));
        for run in sorted.chunk_by(|a, b| a == b) {
            distinct += 1;
            if run.len() > mode.1 {
                mode = (run[0], run.len());
            }
        }
        let mode = (mode.0, mode.1 as f64 / values.len().max(1) as f64);
        let rms = |values: &[f64]| (values.iter().map(|value| value * value).sum::<f64>() / values.len().max(1) as f64).sqrt();
        let others: Vec<f64> = sorted.iter().copied().filter(|value| *value != mode.0).collect();
        let told_apart = match targets {
            Values::Classes(classes, count) => Some(told_apart(values, classes, *count)),
            Values::Numbers(_) => None,
        };
        let (mean, deviation) = moments(values);
        Self {
            mean,
            deviation,
            rms: rms(values),
            told_apart,
            scale: if mode.1 > 0.5 && distinct > 2 { rms(&others) } else { rms(values) },
            min: sorted.first().copied().unwrap_or(0.0),
            max: sorted.last().copied().unwrap_or(0.0),
            distinct,
            mode,
            leak: (values.len() >= FEWEST && distinct > 1).then(|| leak(values, targets)).flatten(),
            outlying: outlying(&sorted),
        }
    }

    pub(super) fn is_constant(&self) -> bool {
        self.distinct <= 1
    }

    /// Returns whether the column has the values 0 and 1, or -1 and 1, so that its root mean square says how rare they are.
    pub(super) fn is_flag(&self) -> bool {
        self.distinct == 2 && self.max == 1.0 && (self.min == 0.0 || self.min == -1.0)
    }
}

/// Returns the share of variance that is left within the classes, or within groups of rows with neighbouring values.
fn leak(values: &[f64], targets: &Values) -> Option<f64> {
    match targets {
        Values::Classes(classes, count) => {
            let present = counts(classes, *count).iter().filter(|count| **count > 0).count();
            (present > 1 && present * 3 <= values.len()).then(|| within(values, classes, *count))
        }
        Values::Numbers(targets) => {
            // ranks, so that a few large targets do not decide
            let ranks = ranks(targets);
            let groups = groups(values);
            let count = groups.iter().max().map_or(0, |last| last + 1);
            (count > 1).then(|| within(&ranks, &groups, count))
        }
    }
}

/// Returns the share of rows that are closer to the mean of their class than to those of the others.
fn told_apart(values: &[f64], classes: &[usize], count: usize) -> f64 {
    let (mut sums, sizes) = (vec![0.0; count], counts(classes, count));
    values.iter().zip(classes).for_each(|(value, &class)| sums[class] += value);
    let means: Vec<(f64, usize)> = (0..count).filter(|&class| sizes[class] > 0).map(|c| (sums[c] / sizes[c] as f64, c)).collect();
    let means = ordered(means, &|a, b| a.0.total_cmp(&b.0));
    let nearest = |value: f64| {
        let above = means.partition_point(|(mean, _)| *mean < value);
        let near = means[above.saturating_sub(1)..(above + 1).min(means.len())].iter();
        near.min_by(|a, b| (a.0 - value).abs().total_cmp(&(b.0 - value).abs())).map(|(_, class)| *class)
    };
    let right = values.iter().zip(classes).filter(|(value, class)| nearest(**value) == Some(**class)).count();
    right as f64 / values.len().max(1) as f64
}

/// Returns the variance within groups over the whole variance, both without bias.
fn within(values: &[f64], groups: &[usize], count: usize) -> f64 {
    let (mut sums, sizes) = (vec![0.0; count], counts(groups, count));
    values.iter().zip(groups).for_each(|(value, &group)| sums[group] += value);
    let rest: f64 = values.iter().zip(groups).map(|(value, &group)| (value - sums[group] / sizes[group] as f64).powi(2)).sum();
    let used = sizes.iter().filter(|size| **size > 0).count();
    let deviation = moments(values).1;
    let total = deviation * deviation * values.len() as f64;
    if total == 0.0 {
        return 1.0;
    }
    (rest / (values.len() - used).max(1) as f64) / (total / (values.len() - 1) as f64)
}

/// Numbers the rows by groups with neighbouring values; equal values are in one group.
fn groups(values: &[f64]) -> Vec<usize> {
    let order = ascending(values);
    let least = values.len().div_ceil(GROUPS.min(values.len() / 5).max(1));
    let (mut groups, mut group, mut size) = (vec![0; values.len()], 0, 0);
    for (place, &row) in order.iter().enumerate() {
        if size >= least && values[row] != values[order[place - 1]] {
            (group, size) = (group + 1, 0);
        }
        groups[row] = group;
        size += 1;
    }
    groups
}

/// Returns the rank of each value; equal values have their mean rank.
pub(super) fn ranks(values: &[f64]) -> Vec<f64> {
    let order = ascending(values);
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for run in order.chunk_by(|&a, &b| values[a] == values[b]) {
        run.iter().for_each(|&row| ranks[row] = first as f64 + (run.len() - 1) as f64 / 2.0);
        first += run.len();
    }
    ranks
}

/// Finds a smallest or largest value that is at least 10 deviations from all others.
fn outlying(sorted: &[f64]) -> Option<Outlying> {
    let count = sorted.len();
    let (low, high) = (*sorted.first()?, *sorted.last()?);
    let low_end = sorted.partition_point(|value| *value <= low);
    let high_start = sorted.partition_point(|value| *value < high);
    [(low, &sorted[low_end..]), (high, &sorted[..high_start])].into_iter().find_map(|(value, others)| {
        let rows = count - others.len();
        let (first, last) = (others.first()?, others.last()?);
        let distinct = others.chunk_by(|a, b| a == b).take(8).count();
        let (mean, deviation) = moments(others);
        let gap = (value - first).abs().min((value - last).abs());
        let away = (value - mean).abs() / deviation;
        // a few other values are categories or flags, unless the value is one that many programs write for missing ones
        let is_mark = MARKS.contains(&value.abs());
        let is_far = (distinct > 1 || is_mark) && away >= 10.0 && gap > 0.5 * (value - mean).abs();
        let (enough, fewest) = if is_mark { (2, 2) } else { (8, 3) };
        let stands_for_missing = distinct >= enough && rows >= fewest && rows * 100 >= count;
        is_far.then_some(Outlying { value, share: rows as f64 / count as f64, away, stands_for_missing })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_target_leaves_no_variance() {
        let targets: Vec<f64> = (0..400).map(|row| (row as f64 * 0.7).sin().exp()).collect();
        let copy: Vec<f64> = targets.iter().map(|target| target.ln() * 3.0).collect();
        let other: Vec<f64> = (0..400).map(|row| (row as f64 * 1.3).cos()).collect();
        let column = |values: &[f64]| Column::new(values, &Values::Numbers(targets.clone())).leak.unwrap();
        assert!(column(&copy) < 0.005, "{}", column(&copy));
        assert!((0.8..1.2).contains(&column(&other)), "{}", column(&other));
        let classes = Values::Classes((0..400).map(|row| row % 3).collect(), 3);
        let leaked: Vec<f64> = (0..400).map(|row| [5.0, -1.0, 2.0][row % 3]).collect();
        assert_eq!(Column::new(&leaked, &classes).leak, Some(0.0));
        assert!(Column::new(&other, &classes).leak.unwrap() > 0.8);
    }

    #[test]
    fn a_value_far_from_the_others_is_found() {
        let no = Values::Numbers(vec![0.0; 200]);
        let mut values: Vec<f64> = (0..200).map(|row| (row as f64).sin()).collect();
        assert_eq!(Column::new(&values, &no).outlying, None);
        values[7] = -999.0;
        assert!(!Column::new(&values, &no).outlying.unwrap().stands_for_missing, "an outlier");
        (0..4).for_each(|row| values[row * 9] = -999.0);
        let found = Column::new(&values, &no).outlying.unwrap();
        assert_eq!((found.value, found.share, found.stands_for_missing), (-999.0, 0.025, true));
        assert!(found.away > 100.0);
        let rare: Vec<f64> = (0..200).map(|row| f64::from(u8::from(row % 50 == 0))).collect();
        assert_eq!(Column::new(&rare, &no).outlying, None, "a rare flag");
        let few = |mark: f64| (0..200).map(|row| if row % 20 == 0 { mark } else { (row % 4) as f64 }).collect::<Vec<f64>>();
        let found = |mark: f64| Column::new(&few(mark), &no).outlying.unwrap().stands_for_missing;
        assert!(found(-999.0) && !found(-600.0), "among four categories only a usual mark");
    }

    #[test]
    fn the_scale_of_a_column_that_is_mostly_zero_is_that_of_its_other_values() {
        let no = Values::Numbers(vec![0.0; 100]);
        let pixel: Vec<f64> = (0..100).map(|row| if row < 96 { 0.0 } else { 10.0 + row as f64 / 50.0 }).collect();
        assert!(Column::new(&pixel, &no).scale > 10.0);
    }
}
