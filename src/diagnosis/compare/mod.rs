//! Two reports, or two groups of reports of several seeds, compared.

mod scores;
mod settings;

use super::finding::Finding;
use super::report::{Report, Training, write_lines};
use crate::base::{Error, Result};
use scores::Score;
use std::fmt;

/// What changed from one training to another: settings, scores and findings.
///
/// Whether a score changed by more than the seed changes it can only be told from trainings with several seeds: then it is
/// beyond the spread if the difference of the means is larger than `t * s * sqrt(1 / n + 1 / m)`, for `n` and `m` trainings, their
/// common standard deviation `s`, and the `t` that 95 % of equal trainings stay below (Student's test with `n + m - 2` degrees of
/// freedom). It displays in at most 17 lines of at most 80 columns.
///
/// ```
/// use layercake::diagnosis::{Comparison, Report};
/// use layercake::prelude::*;
///
/// let x = DMatrix::from_fn(200, 3, |row, column| ((row * (column + 2)) as f64).sin());
/// let y = DMatrix::from_fn(200, 1, |row, _| x[(row, 0)] * x[(row, 1)]);
/// let train = |seed: u64, rate: f64| -> layercake::Result<Report> {
///     let mut model = Sequential::with_seed(seed);
///     model.add(Dense::new(8).activation(Relu));
///     model.add(Dense::new(1));
///     model.compile(Adam::default().learning_rate(rate), "mse", ())?;
///     let mut diagnosis = Diagnosis::new();
///     model.fit(&x, &y, FitOptions::new().epochs(30).validation_split(0.2).callback(&mut diagnosis))?;
///     Ok(diagnosis.report())
/// };
/// println!("{}", train(1, 0.001)?.compare(&train(1, 0.01)?));
///
/// let trainings = |rate| (1..=3).map(|seed| train(seed, rate)).collect::<layercake::Result<Vec<_>>>();
/// let comparison = Comparison::of(&trainings(0.001)?, &trainings(0.01)?)?;
/// assert_eq!(comparison.is_beyond_spread(), Some(true));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The number of trainings on each side.
    counts: [usize; 2],
    settings: Vec<(String, String, String)>,
    /// The accuracy or R2, if both sides have the same one.
    score: Option<Score>,
    /// The lowest loss, if both sides have the same loss, and its epoch.
    losses: Vec<Score>,
    gone: Vec<Finding>,
    new: Vec<Finding>,
    /// The number of findings on both sides.
    kept: usize,
}

/// The number of settings, and of findings of each kind, that are shown.
const SETTINGS: usize = 4;
const FINDINGS: usize = 3;

impl Report {
    /// Compares this training with a later one: what changed in the settings, the scores and the findings.
    ///
    /// The spread over seeds is not known from one training each; [`Comparison::of`] takes several.
    pub fn compare(&self, after: &Self) -> Comparison {
        Comparison::new([&[self], &[after]])
    }
}

impl Comparison {
    /// Compares trainings with others; those of each side have the same settings and another seed each.
    ///
    /// # Errors
    ///
    /// If a side has no report, or one that watched no training, or reports of the same seed or of different settings.
    pub fn of(before: &[Report], after: &[Report]) -> Result<Self> {
        for (name, side) in [("before", before), ("after", after)] {
            check(side).map_err(|(value, allowed)| Error::argument("Comparison", name, value, allowed))?;
        }
        let (before, after): (Vec<&Report>, Vec<&Report>) = (before.iter().collect(), after.iter().collect());
        Ok(Self::new([&before, &after]))
    }

    /// Compares two sides, each with at least one report.
    fn new(sides: [&[&Report]; 2]) -> Self {
        let first = sides.map(|side| side.first().and_then(|report| report.training.as_ref()));
        let settings = match first {
            [Some(before), Some(after)] => {
                let mut settings = settings::changes(before, after);
                settings.retain(|(name, ..)| name != "seed" || sides.iter().all(|side| side.len() == 1));
                settings
            }
            _ => Vec::new(),
        };
        let trainings = sides.map(|side| side.iter().filter_map(|report| report.training.as_ref()).collect::<Vec<_>>());
        let new = findings(sides[1], sides[0]);
        let (gone, all) = (findings(sides[0], sides[1]), findings(sides[1], &[]).len());
        let kept = all - new.len();
        let counts = trainings.each_ref().map(Vec::len);
        let (score, losses) = (scores::of_rows(&trainings), scores::of_epochs(&trainings));
        Self { counts, settings, score, losses, gone, new, kept }
    }

    /// Returns the settings that changed: the name of each, what it was before, and what it is after.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.settings.iter().map(|(name, before, after)| (name.as_str(), before.as_str(), after.as_str()))
    }

    /// Returns by how much the mean accuracy, or R2, changed: above 0 if it is better after; `None` if it is not known, or if the
    /// two sides have scores of different kinds.
    pub fn score_change(&self) -> Option<f64> {
        self.score.as_ref().map(Score::change).filter(|change| change.is_finite())
    }

    /// Returns whether [`score_change`](Self::score_change) is beyond the spread over seeds; `None` if the spread is not known,
    /// because it takes at least three trainings, two of them on one side.
    pub fn is_beyond_spread(&self) -> Option<bool> {
        self.score.as_ref()?.is_beyond_spread()
    }

    /// Returns the findings that are there after and were not before; of several trainings, those that at least half of them have.
    pub fn new_findings(&self) -> &[Finding] {
        &self.new
    }

    /// Returns the findings that were there before and are not after.
    pub fn gone_findings(&self) -> &[Finding] {
        &self.gone
    }

    fn setting_lines(&self) -> Vec<String> {
        if self.settings.is_empty() {
            return vec!["settings  the same".to_string()];
        }
        let mut lines = Vec::new();
        for (name, before, after) in self.settings.iter().take(SETTINGS) {
            let label = if lines.is_empty() { "settings" } else { "" };
            lines.push(format!("{label:10}{name}: {before} -> {after}"));
        }
        if self.settings.len() > SETTINGS {
            lines.push(format!("          and {} more, see `settings()`", self.settings.len() - SETTINGS));
        }
        lines
    }

    fn spread_line(&self) -> String {
        let Some(score) = &self.score else {
            return "spread    the scores cannot be compared: they are of different kinds, or not known".to_string();
        };
        match score.is_beyond_spread() {
            Some(true) => format!("spread    beyond that of the seeds: {} changed more than seeds change it", score.name),
            Some(false) => format!("spread    within that of the seeds: {} may have changed by chance", score.name),
            None => "spread    not known: give 3 reports or more of other seeds to `Comparison::of`".to_string(),
        }
    }

    fn finding_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (label, findings) in [("gone", &self.gone), ("new", &self.new)] {
            if findings.is_empty() {
                lines.push(format!("{label:10}no finding"));
            }
            for (number, finding) in findings.iter().take(FINDINGS).enumerate() {
                let label = if number == 0 { label } else { "" };
                let more = findings.len().saturating_sub(FINDINGS);
                let more = if number + 1 == FINDINGS && more > 0 { format!(" (and {more} more)") } else { String::new() };
                lines.push(format!("{label:10}{} {}{more}: {}", finding.severity(), finding.code(), finding.title()));
            }
        }
        if self.kept > 0 {
            let word = if self.kept == 1 { "finding is" } else { "findings are" };
            lines.push(format!("kept      {} {word} there before and after", self.kept));
        }
        lines
    }
}

/// Says what is wrong with the reports of one side: what was found, and what is allowed.
fn check(side: &[Report]) -> std::result::Result<(), (String, &'static str)> {
    let trainings: Vec<&Training> = side.iter().filter_map(|report| report.training.as_ref()).collect();
    let Some((first, others)) = trainings.split_first().filter(|_| trainings.len() == side.len()) else {
        let value = if side.is_empty() { "no report" } else { "a report that watched no training" };
        return Err((value.to_string(), "one report or more, each of a training"));
    };
    for (place, other) in others.iter().enumerate() {
        if let Some((name, ..)) = settings::changes(first, other).into_iter().find(|(name, ..)| name != "seed") {
            return Err((format!("reports of other settings: {name}"), "reports that differ in their seed only"));
        }
        if trainings[..=place].iter().any(|known| known.seed == other.seed) {
            return Err((format!("seed {} twice", other.seed), "reports of another seed each: equal seeds give equal reports"));
        }
    }
    Ok(())
}

/// Returns the findings that at least half of some reports have, and fewer of the others; what a cause explains was found as well.
fn findings(reports: &[&Report], others: &[&Report]) -> Vec<Finding> {
    let has = |report: &Report, wanted: &Finding| {
        let is_it = |finding: &Finding| finding.code() == wanted.code() && finding.place() == wanted.place();
        report.findings().iter().any(|finding| is_it(finding) || finding.explains().iter().any(is_it))
    };
    let half_have = |reports: &[&Report], wanted: &Finding| {
        let count = reports.iter().filter(|report| has(report, wanted)).count();
        count > 0 && 2 * count >= reports.len()
    };
    let mut found: Vec<Finding> = Vec::new();
    for finding in reports.iter().flat_map(|report| report.findings()) {
        let is_known = found.iter().any(|known| known.code() == finding.code() && known.place() == finding.place());
        if !is_known && half_have(reports, finding) && !half_have(others, finding) {
            found.push(finding.clone());
        }
    }
    found
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [before, after] = self.counts;
        if before == 0 || after == 0 {
            return f.write_str("layercake comparison   one of the reports watched no training");
        }
        let trainings = if before == 1 { "training" } else { "trainings" };
        let mut lines = vec![format!("layercake comparison   {before} {trainings} before, {after} after")];
        lines.extend(self.setting_lines());
        lines.extend(self.score.iter().chain(&self.losses).map(Score::to_string));
        lines.push(self.spread_line());
        lines.extend(self.finding_lines());
        write_lines(f, &lines)
    }
}
