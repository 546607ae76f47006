//! Whether numbers are in another unit than those of the training rows.

use super::profile::Numbers;
use crate::base::with_commas;

/// The fewest numbers that show another unit, and those from which on their spread is well known.
const FEWEST: usize = 5;
const MANY: usize = 30;
/// By how much a size may differ from a known factor.
const NEAR: f64 = 1.1;

/// How many of a smaller unit are one of a larger unit.
const UNITS: [(f64, &str, &str); 13] = [
    (1.609, "kilometres", "miles"),
    (2.205, "pounds", "kilograms"),
    (2.54, "centimetres", "inches"),
    (3.281, "feet", "metres"),
    (4.184, "kilojoules", "kilocalories"),
    (7.0, "days", "weeks"),
    (12.0, "months", "years"),
    (24.0, "hours", "days"),
    (28.35, "grams", "ounces"),
    (60.0, "minutes", "hours"),
    (365.25, "days", "years"),
    (453.6, "grams", "pounds"),
    (3600.0, "seconds", "hours"),
];

/// Numbers that are so many times as large as those of the training rows, which may come from another unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    /// How many times as large they are; below 1 if they are smaller.
    pub(super) factor: f64,
    /// The units that have this factor, the new one first.
    units: Option<[&'static str; 2]>,
}

/// Returns by which factor numbers differ from those of the training rows, if a tenth of them or more are outside the range of
/// those, and at most half as many are once they are divided by the factor.
///
/// The factor is that of the typical sizes; the spread must have about the same one.
pub(super) fn change(numbers: &[f64], at_fit: &Numbers) -> Option<Change> {
    let now = Numbers::of(numbers).filter(|now| numbers.len() >= FEWEST && now.size > 0.0 && at_fit.size > 0.0)?;
    let factor = now.size / at_fit.size;
    let outside = |factor: f64| {
        let is_outside = |number: f64| !(at_fit.smallest..=at_fit.largest).contains(&number);
        numbers.iter().filter(|number| is_outside(**number / factor)).count()
    };
    let (least, likeness) = if numbers.len() < MANY { (2.0, 2.5) } else { (1.4, 1.5) };
    let is_one = factor < least && factor > 1.0 / least;
    if !factor.is_normal() || is_one || 10 * outside(1.0) < numbers.len() || 2 * outside(factor) > outside(1.0) {
        return None;
    }
    let spreads = now.spread / at_fit.spread;
    let is_alike = (factor / spreads).max(spreads / factor) < likeness;
    (at_fit.spread == 0.0 || is_alike).then(|| named(factor))
}

/// Returns the known factor that is nearest to a factor, if it is near.
fn named(factor: f64) -> Change {
    let large = factor.max(1.0 / factor);
    let tens = (1..=9).map(|power| (10f64.powi(power), None));
    let known = UNITS.iter().map(|&(known, small, great)| (known, Some([small, great]))).chain(tens);
    let distance = |known: f64| (large / known).max(known / large);
    let nearest = known.min_by(|a, b| distance(a.0).total_cmp(&distance(b.0))).filter(|(known, _)| distance(*known) < NEAR);
    let (known, units) = nearest.unwrap_or((large, None));
    if factor > 1.0 {
        return Change { factor: known, units };
    }
    Change { factor: 1.0 / known, units: units.map(|[small, great]| [great, small]) }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (times, word) = if self.factor > 1.0 { (self.factor, "large") } else { (1.0 / self.factor, "small") };
        write!(f, "values are about {} times as {word} as at fit", rounded(times))?;
        match self.units {
            Some([now, before]) => write!(f, ", as {now} for {before} are: has the unit changed?"),
            None => write!(f, ": has the unit changed?"),
        }
    }
}

/// Rounds a number from 1 on to three digits or a whole number, with a comma for thousands.
fn rounded(number: f64) -> String {
    if number < 10.0 {
        return format!("{number:.2}").trim_end_matches('0').trim_end_matches('.').to_string();
    }
    with_commas(number.round() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    fn lengths(count: usize, seed: u64) -> Vec<f64> {
        let mut rng = Rng::new(seed);
        (0..count).map(|_| 10.0 * (rng.uniform() + rng.uniform() + rng.uniform()).exp()).collect()
    }

    #[test]
    fn units_are_named() {
        let at_fit = Numbers::of(&lengths(300, 1)).unwrap();
        let told = |count: usize, factor: f64| {
            let numbers: Vec<f64> = lengths(count, 2).iter().map(|number| number * factor).collect();
            change(&numbers, &at_fit).map(|change| change.to_string())
        };
        assert_eq!(told(200, 1000.0).unwrap(), "values are about 1,000 times as large as at fit: has the unit changed?");
        assert_eq!(told(200, 1e-6).unwrap(), "values are about 1,000,000 times as small as at fit: has the unit changed?");
        assert_eq!(
            told(200, 2.54).unwrap(),
            "values are about 2.54 times as large as at fit, as centimetres for inches are: has the unit changed?"
        );
        assert_eq!(
            told(200, 0.4536).unwrap(),
            "values are about 2.21 times as small as at fit, as kilograms for pounds are: has the unit changed?"
        );
        assert!(told(6, 1000.0).unwrap().starts_with("values are about "));
        assert_eq!(told(200, 1.0), None);
        assert_eq!(told(200, 1.1), None);
        assert_eq!(told(4, 1000.0), None);
        for (count, seed) in (5..205).zip(10..) {
            assert_eq!(change(&lengths(count, seed), &at_fit), None, "{count}");
        }
        // signs stay, and a column of many zeros has the size of the others
        let zeros = |factor: f64| -> Vec<f64> {
            lengths(60, 3).into_iter().enumerate().map(|(row, x)| [0.0, 0.0, x * factor, -x * factor][row % 4]).collect()
        };
        let found = change(&zeros(60.0), &Numbers::of(&zeros(1.0)).unwrap()).unwrap();
        assert_eq!(
            found.to_string(),
            "values are about 60 times as large as at fit, as minutes for hours are: has the unit changed?"
        );
    }

    /// Other changes than of a unit are not taken for one.
    #[test]
    fn shifts_are_no_units() {
        let at_fit = Numbers::of(&lengths(300, 1)).unwrap();
        let shifted: Vec<f64> = lengths(200, 2).iter().map(|number| number + 1000.0).collect();
        assert_eq!(change(&shifted, &at_fit), None);
        assert_eq!(change(&[5000.0; 40], &at_fit), None);
        assert_eq!(change(&[0.0; 40], &at_fit), None);
        let same = Numbers::of(&[3.0; 20]).unwrap();
        assert_eq!(change(&[3000.0; 20], &same).map(|change| change.factor), Some(1000.0));
    }
}
