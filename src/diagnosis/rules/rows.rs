//! Rules about the rows: their order, their split into training and validation, and rows that occur twice.

use super::super::columns::ranks;
use super::super::facts::{Facts, Validation};
use super::super::finding::{Finding, Place, Severity};
use super::super::kept::Duplicates;
use super::super::remedy::Remedy;
use super::super::targets::{Values, counts, moments};

/// The number of standard deviations from which an order is no chance.
const ORDERED: f64 = 6.0;

pub(super) fn find(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(sorted_before_split(facts));
    found.extend(not_shuffled(facts));
    found.extend(facts.validation.as_ref().and_then(|validation| duplicates(facts.rows, validation)));
    found
}

/// The validation rows are the last rows, the rows are sorted by their target, and the two sides differ.
fn sorted_before_split(facts: &Facts) -> Option<Finding> {
    let validation = facts.validation.as_ref().filter(|validation| validation.is_tail)?;
    let order = order(&facts.in_order())?;
    let (title, name, distance, usual) = match (&facts.target.values, &validation.target.values) {
        (Values::Classes(train, count), Values::Classes(others, more)) => {
            let count = *count.max(more);
            let (train, others) = (counts(train, count), counts(others, count));
            let missing = (0..count).find(|&class| train[class] == 0 && others[class] > 0);
            let distance = distance(&train, &others);
            if order <= ORDERED || (missing.is_none() && distance <= 0.2) {
                return None;
            }
            let title = match missing {
                Some(class) => format!("the rows are sorted: no training row is of class {class}, which the last rows have"),
                None => "the rows are sorted: `validation_split` takes the last ones, which differ from the others".to_string(),
            };
            (title, "distance of the class shares", distance, "below 0.2")
        }
        (Values::Numbers(train), Values::Numbers(others)) => {
            let ((mean, deviation), (other, _)) = (moments(train), moments(others));
            let z = (mean - other).abs() / (deviation / (others.len() as f64).sqrt()).max(f64::MIN_POSITIVE);
            if order <= ORDERED || z <= 4.0 {
                return None;
            }
            let title = "the rows are sorted: `validation_split` takes the last ones, which differ from the others".to_string();
            (title, "difference of the means of y, in standard errors", z, "below 4")
        }
        _ => return None,
    };
    let finding = Finding::new("LC0111", Severity::Error, Place::Rows, title, Remedy::ShuffleBeforeSplit);
    Some(finding.evidence_of(name, distance, usual).evidence_of("z of the order", order, format!("below {ORDERED}")))
}

fn not_shuffled(facts: &Facts) -> Option<Finding> {
    if facts.outline.plan.shuffle {
        return None;
    }
    let order = order(&facts.target.values).filter(|order| *order > ORDERED)?;
    let title = "the rows are in an order that their targets follow, and are not shuffled in the epochs";
    let finding = Finding::new("LC0112", Severity::Note, Place::Rows, title, Remedy::Shuffle);
    Some(finding.evidence_of("z of the order", order, format!("below {ORDERED}")))
}

fn duplicates(rows: usize, validation: &Validation) -> Option<Finding> {
    let Duplicates { across, within } = validation.duplicates;
    // where equal rows are natural, validation rows repeat training rows as often as training rows repeat each other
    let (train, validation) = (rows as f64, validation.rows as f64);
    let both = (within * train + across * validation) / (train + validation);
    let noise = (both * (1.0 - both) * (1.0 / train + 1.0 / validation)).sqrt();
    if across <= 0.05 || across - within <= (4.0 * noise).max(0.03) {
        return None;
    }
    let title = format!("{:.0} % of the validation rows are also training rows", 100.0 * across);
    let finding = Finding::new("LC0110", Severity::Warning, Place::Rows, title, Remedy::SplitByGroup);
    Some(finding.evidence_of("share within the training rows", within, "as large"))
}

/// Returns by how many standard deviations neighbouring rows are more alike than in a random order.
///
/// For classes it compares the number of runs with its mean and variance (Wald and Wolfowitz, 1940; for several classes Barton
/// and David, 1957). For numbers it is the autocorrelation of the ranks times the square root of the number of rows.
pub(super) fn order(values: &Values) -> Option<f64> {
    match values {
        Values::Classes(classes, count) => {
            let n = classes.len() as f64;
            let sum = |power: i32| counts(classes, *count).iter().map(|&size| (size as f64).powi(power)).sum::<f64>();
            let (squares, cubes) = (sum(2), sum(3));
            let runs = 1.0 + classes.windows(2).filter(|pair| pair[0] != pair[1]).count() as f64;
            let mean = (n * (n + 1.0) - squares) / n;
            let variance = (squares * (squares + n * (n + 1.0)) - 2.0 * n * cubes - n.powi(3)) / (n * n * (n - 1.0));
            (n > 10.0 && variance > 0.0).then(|| (mean - runs) / variance.sqrt())
        }
        Values::Numbers(numbers) => {
            let ranks = ranks(numbers);
            let (mean, deviation) = moments(&ranks);
            let product: f64 = ranks.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
            let n = ranks.len() as f64;
            (n > 10.0 && deviation > 0.0).then(|| product / (n * deviation * deviation) * n.sqrt())
        }
    }
}

/// Returns half the sum of the differences of the shares: 0 for equal shares, 1 for classes that have nothing in common.
fn distance(one: &[usize], other: &[usize]) -> f64 {
    let share = |counts: &[usize], class: usize| counts[class] as f64 / counts.iter().sum::<usize>().max(1) as f64;
    (0..one.len()).map(|class| (share(one, class) - share(other, class)).abs()).sum::<f64>() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    #[test]
    fn a_random_order_is_no_order_and_a_sorted_one_is() {
        let mut rng = Rng::new(1);
        let mut classes: Vec<usize> = (0..300).map(|row| row / 100).collect();
        let mut numbers: Vec<f64> = (0..300).map(|row| row as f64).collect();
        assert!(order(&Values::Classes(classes.clone(), 3)).unwrap() > 15.0);
        assert!(order(&Values::Numbers(numbers.clone())).unwrap() > 15.0);
        let (mut squares, mut worst) = ([0.0; 2], 0.0_f64);
        for _ in 0..200 {
            rng.shuffle(&mut classes);
            rng.shuffle(&mut numbers);
            let z = [order(&Values::Classes(classes.clone(), 3)), order(&Values::Numbers(numbers.clone()))].map(Option::unwrap);
            squares.iter_mut().zip(z).for_each(|(sum, z)| *sum += z * z / 200.0);
            worst = z.iter().fold(worst, |worst, z| worst.max(z.abs()));
        }
        // the variance of the score is 1
        assert!(squares.iter().all(|variance| (0.75..1.3).contains(variance)), "{squares:?}");
        assert!(worst < 4.5, "{worst}");
        assert_eq!(distance(&[10, 10], &[0, 5]), 0.5);
    }
}
