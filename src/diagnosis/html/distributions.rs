//! The plots of shares of rows: calibration, and how the targets are distributed.

use super::curves::curve;
use super::plot::{Kind, Plot};
use crate::diagnosis::calibration::{Calibration, interval};
use crate::diagnosis::finding::short;
use crate::diagnosis::report::Training;
use crate::diagnosis::targets::{Target, Values};

/// The largest number of classes that have a bar each, and the number of bars of numbers.
const CLASSES: usize = 30;
const BARS: usize = 20;

impl Training {
    /// Compares the stated probabilities with what came true.
    pub(in crate::diagnosis) fn calibration(&self) -> Option<Calibration> {
        match &self.facts.target.values {
            Values::Classes(_, count) => Calibration::new(&self.outcome, (*count).max(self.facts.outline.outputs)),
            Values::Numbers(_) => None,
        }
    }
}

/// Plots the share of validation rows that came true against the stated probability, each with the range of its chance.
pub(super) fn calibration(training: &Training) -> Option<Plot> {
    let found = training.calibration()?;
    let span = |bin: &crate::data::Bin| {
        let (low, high) = interval(bin.share, bin.rows);
        (bin.mean, low, high)
    };
    let points = found.bins.iter().map(|bin| (bin.mean, bin.share)).collect();
    let rows: usize = found.bins.iter().map(|bin| bin.rows).sum();
    let name = format!("{rows} rows, error {}", short(found.error));
    Some(Plot {
        name: "calibration".to_string(),
        kind: Kind::Points,
        x: "stated probability",
        y: format!("calibration: share of {} that came true", found.what),
        series: vec![curve(&name, points)],
        levels: Vec::new(),
        mark: None,
        spans: found.bins.iter().map(span).collect(),
        range: Some((0.0, 1.0)),
    })
}

/// Plots the share of the rows of each class, or of numbers in ranges, in training and in validation.
pub(super) fn targets(training: &Training) -> Option<Plot> {
    let facts = &training.facts;
    let validation = facts.validation.as_ref().map(|validation| &validation.target);
    let sides: Vec<(&str, &Target)> =
        std::iter::once(("training", &facts.target)).chain(validation.map(|target| ("validation", target))).collect();
    let (kind, x, points): (Kind, &'static str, Vec<Vec<(f64, f64)>>) = match &facts.target.values {
        Values::Classes(_, count) if *count <= CLASSES => {
            let shares = |target: &Target| {
                let counts = target.counts();
                let rows = counts.iter().sum::<usize>().max(1) as f64;
                counts.iter().enumerate().map(|(class, count)| (class as f64, *count as f64 / rows)).collect()
            };
            (Kind::Bars(1.0), "class", sides.iter().map(|(_, target)| shares(target)).collect())
        }
        Values::Classes(..) => return None,
        Values::Numbers(_) => {
            let low = sides.iter().map(|(_, target)| target.range().0).fold(f64::INFINITY, f64::min);
            let high = sides.iter().map(|(_, target)| target.range().1).fold(f64::NEG_INFINITY, f64::max);
            let width = (high - low) / BARS as f64;
            if !(width.is_normal() && width > 0.0) {
                return None;
            }
            (Kind::Bars(width), "target", sides.iter().map(|(_, target)| shares(target, low, width)).collect())
        }
    };
    Some(Plot {
        name: "targets".to_string(),
        kind,
        x,
        y: "targets: share of the rows".to_string(),
        series: sides.iter().zip(points).map(|((name, _), points)| curve(name, points)).collect(),
        levels: Vec::new(),
        mark: None,
        spans: Vec::new(),
        range: None,
    })
}

/// Returns the middle of each range of numbers, with the share of the rows in it.
fn shares(target: &Target, low: f64, width: f64) -> Vec<(f64, f64)> {
    let Values::Numbers(numbers) = &target.values else { return Vec::new() };
    let mut counts = [0_usize; BARS];
    for number in numbers {
        counts[(((number - low) / width) as usize).min(BARS - 1)] += 1;
    }
    let rows = numbers.len().max(1) as f64;
    counts.iter().enumerate().map(|(bar, count)| (low + (bar as f64 + 0.5) * width, *count as f64 / rows)).collect()
}
