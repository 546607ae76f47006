//! How good predictions are: 1 for predictions without a mistake, 0 for the best constant.

use super::targets::{Values, counts, moments};

/// The skill of predictions on some rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Skill {
    /// `(score - constant) / (1 - constant)`: the score is the accuracy, or R2, whose constant is 0.
    pub(super) value: f64,
    /// The standard error of the skill.
    pub(super) error: f64,
    /// The accuracy, or R2.
    pub(super) score: f64,
    /// The standard error of the score.
    pub(super) score_error: f64,
    /// The score of the best constant.
    pub(super) constant: f64,
    /// The mean squared error; `None` for classes.
    pub(super) squared_error: Option<f64>,
    pub(super) rows: usize,
}

impl Skill {
    /// Compares predicted targets with the true ones; `None` if they are of different kinds or do not vary.
    pub(super) fn new(predicted: &Values, actual: &Values) -> Option<Self> {
        match (predicted, actual) {
            (Values::Classes(predicted, _), Values::Classes(actual, count)) => {
                let rows = actual.len();
                let most = counts(actual, *count).into_iter().max()?;
                let right = predicted.iter().zip(actual).filter(|(one, other)| one == other).count();
                let share = |successes: usize| successes as f64 / rows as f64;
                let (score, constant) = (share(right), share(most));
                // with one success and one failure more, so that no share is certain
                let p = (right as f64 + 1.0) / (rows as f64 + 2.0);
                let score_error = (p * (1.0 - p) / rows as f64).sqrt();
                let room = 1.0 - constant;
                let finite = (rows > 1 && room > 0.0).then_some(room)?;
                let value = (score - constant) / finite;
                Some(Self { value, error: score_error / finite, score, score_error, constant, squared_error: None, rows })
            }
            (Values::Numbers(predicted), Values::Numbers(actual)) => {
                let squares: Vec<f64> = predicted.iter().zip(actual).map(|(p, t)| (p - t).powi(2)).collect();
                let (mean, spread) = moments(&squares);
                let variance = moments(actual).1.powi(2);
                let rows = actual.len();
                if rows < 2 || variance == 0.0 {
                    return None;
                }
                let value = if mean.is_finite() { 1.0 - mean / variance } else { f64::NEG_INFINITY };
                let error = spread / (rows as f64).sqrt() / variance;
                Some(Self { value, error, score: value, score_error: error, constant: 0.0, squared_error: Some(mean), rows })
            }
            _ => None,
        }
    }

    /// Returns whether this skill is lower than another by more than `margin`, and not by chance.
    pub(super) fn is_below(&self, other: &Self, margin: f64) -> bool {
        let error = (self.error * self.error + other.error * other.error).sqrt();
        // an error that is no number, of a skill that is none, proves nothing
        let beyond = if error.is_finite() { 2.0 * error } else { 0.0 };
        other.value - self.value > margin.max(beyond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_has_no_skill_and_the_truth_has_all() {
        let actual = Values::Classes(vec![0, 0, 0, 1], 2);
        let skill = |predicted: &Values, actual: &Values| Skill::new(predicted, actual).unwrap().value;
        assert_eq!(skill(&Values::Classes(vec![0; 4], 2), &actual), 0.0);
        assert_eq!(skill(&actual, &actual), 1.0);
        let numbers = Values::Numbers(vec![1.0, 2.0, 3.0]);
        assert_eq!(skill(&Values::Numbers(vec![2.0; 3]), &numbers), 0.0);
        assert_eq!(skill(&numbers, &numbers), 1.0);
        assert_eq!(skill(&Values::Numbers(vec![f64::NAN; 3]), &numbers), f64::NEG_INFINITY);
        assert!(Skill::new(&Values::Classes(vec![0; 4], 2), &Values::Classes(vec![0; 4], 2)).is_none());
    }
}
