//! The scores of two groups of trainings, and whether they differ by more than the seeds do.

use crate::diagnosis::finding::short;
use crate::diagnosis::report::Training;
use crate::diagnosis::targets::moments;
use std::fmt;

/// The values of one score before and after.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Score {
    pub(super) name: String,
    values: [Vec<f64>; 2],
    note: String,
}

/// What 95 % of all differences of equal means stay below, in standard errors, for 1 to 30 degrees of freedom (Student, 1908).
const STUDENT: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110,
    2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/// Returns the accuracy or R2, if it is of the same kind on both sides.
pub(super) fn of_rows(sides: &[Vec<&Training>; 2]) -> Option<Score> {
    let [before, after] = [*sides[0].first()?, *sides[1].first()?];
    let has_validation = |training: &Training| training.outcome.validation.is_some();
    if before.score_name() != after.score_name() || has_validation(before) != has_validation(after) {
        return None;
    }
    let rows = if has_validation(before) { "validation" } else { "training" };
    let [one, other] = [before, after].map(|training| training.outcome.skill().map_or(0, |skill| skill.rows));
    let count = if one == other { one.to_string() } else { format!("{one} and {other}") };
    Score::new(before.score_name(), sides, &|training| Some(training.outcome.skill()?.score), format!("{count} {rows} rows"))
}

/// Returns the lowest loss, if both sides have the same one, and its epoch.
pub(super) fn of_epochs(sides: &[Vec<&Training>; 2]) -> Vec<Score> {
    let [Some(before), Some(after)] = sides.each_ref().map(|side| side.first()) else { return Vec::new() };
    let has_val_loss = |training: &Training| training.record.epochs.iter().any(|epoch| epoch.val_loss.is_some());
    let best = |training: &Training| training.record.epochs.get(training.record.best()?).copied();
    // a loss of another formula is another number
    let is_same = before.facts.outline.loss == after.facts.outline.loss && has_val_loss(before) == has_val_loss(after);
    let name = if has_val_loss(before) { "val_loss" } else { "loss" };
    let lowest = |training: &Training| best(training).map(|best| best.val_loss.unwrap_or(best.loss));
    let loss = Score::new(name, sides, &lowest, "lowest".to_string()).filter(|_| is_same);
    let number = |training: &Training| best(training).map(|best| (best.number + 1) as f64);
    loss.into_iter().chain(Score::new("epoch", sides, &number, format!("of the lowest {name}"))).collect()
}

impl Score {
    /// Collects the values of all trainings; `None` if a side has none.
    fn new(name: &str, sides: &[Vec<&Training>; 2], value: &dyn Fn(&Training) -> Option<f64>, note: String) -> Option<Self> {
        let values = sides.each_ref().map(|side| side.iter().filter_map(|training| value(training)).collect::<Vec<_>>());
        values.iter().all(|values| !values.is_empty()).then(|| Self { name: name.to_string(), values, note })
    }

    /// Returns the mean after minus the mean before.
    pub(super) fn change(&self) -> f64 {
        moments(&self.values[1]).0 - moments(&self.values[0]).0
    }

    /// Returns whether the means differ by more than equal trainings with other seeds do.
    pub(super) fn is_beyond_spread(&self) -> Option<bool> {
        let counts = self.values.each_ref().map(Vec::len);
        let freedom = (counts[0] + counts[1]).checked_sub(2).filter(|freedom| *freedom > 0)?;
        let squares = |values: &Vec<f64>| moments(values).1.powi(2) * values.len() as f64;
        let variance = self.values.iter().map(squares).sum::<f64>() / freedom as f64;
        let error = (variance * (1.0 / counts[0] as f64 + 1.0 / counts[1] as f64)).sqrt();
        let most = STUDENT.get(freedom - 1).copied().unwrap_or(1.96) * error;
        most.is_finite().then(|| self.change().abs() > most)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |value: f64| if self.name == "epoch" { short(value) } else { written(value) };
        let side = |values: &Vec<f64>| {
            let count = values.len() as f64;
            let (mean, deviation) = moments(values);
            // of these seeds as a sample of all
            let spread = deviation * (count / (count - 1.0)).sqrt();
            if values.len() > 1 { format!("{} +- {}", written(mean), written(spread)) } else { written(mean) }
        };
        let sign = if self.change() > 0.0 { "+" } else { "" };
        write!(
            f,
            "{:10}{} -> {}   ({sign}{}, {})",
            self.name,
            side(&self.values[0]),
            side(&self.values[1]),
            written(self.change()),
            self.note
        )
    }
}

/// Writes a score or a loss with three decimals, or more if it is small.
fn written(value: f64) -> String {
    if value == 0.0 || (0.01..1000.0).contains(&value.abs()) { format!("{value:.3}") } else { short(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(before: &[f64], after: &[f64]) -> Score {
        Score { name: "accuracy".to_string(), values: [before.to_vec(), after.to_vec()], note: "40 rows".to_string() }
    }

    /// The example of Student's paper, whose two samples have t = 1.861 (scipy.stats.ttest_ind) with 18 degrees of freedom.
    #[test]
    fn the_test_is_that_of_student() {
        let one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let other = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        assert_eq!(score(&one, &other).is_beyond_spread(), Some(false));
        // t = 1.861 times 2.101 / 1.861 is the limit, at which the difference of 1.58 is larger by that factor
        let shifted = |by: f64| other.map(|value| value + by).to_vec();
        let limit = 1.58 * (2.101 / 1.8608 - 1.0);
        assert_eq!(score(&one, &shifted(limit - 0.01)).is_beyond_spread(), Some(false));
        assert_eq!(score(&one, &shifted(limit + 0.01)).is_beyond_spread(), Some(true));
    }

    #[test]
    fn the_spread_takes_three_trainings() {
        assert_eq!(score(&[0.5], &[0.9]).is_beyond_spread(), None);
        assert_eq!(score(&[0.5, 0.52], &[0.9]).is_beyond_spread(), Some(true));
        assert_eq!(score(&[0.5, 0.6], &[0.9]).is_beyond_spread(), Some(false), "one degree of freedom is little");
        assert_eq!(score(&[0.5, f64::NEG_INFINITY], &[0.9]).is_beyond_spread(), None);
        assert_eq!(score(&[0.5, 0.7], &[0.9]).to_string(), "accuracy  0.600 +- 0.141 -> 0.900   (+0.300, 40 rows)");
    }
}
