//! The rules: each looks at the facts and returns what it finds.

mod columns;
mod head;
mod initial;
mod plan;
mod rows;
mod steps;
mod targets;
mod training;

use super::facts::Facts;
use super::finding::{Finding, Severity};
use super::outcome::{Outcome, Record};
use super::remedy::Remedy;

/// Applies all rules that need no training.
pub(super) fn before_training(facts: &Facts) -> Vec<Finding> {
    let rules = [columns::find, rows::find, targets::find, head::find, initial::find, plan::find];
    rules.iter().flat_map(|rule| rule(facts)).collect()
}

/// Applies all rules to a training that has ended. What looked like a fault and did no harm becomes a note.
pub(super) fn after_training(facts: &Facts, record: &Record, outcome: &Outcome) -> Vec<Finding> {
    let mut found = before_training(facts);
    if !outcome.is_good() {
        // weights of the usual size make a large loss at the start only of large inputs
        let starts_large = found.iter().any(|finding| finding.code() == "LC0302" && *finding.remedy() == Remedy::Normalize);
        let has_failed = outcome.is_poor_in_training() || record.is_broken() || starts_large;
        columns::suspect_scale(facts, has_failed, &mut found);
        if outcome.is_far_off_in_training() {
            initial::suspect_vanishing(facts, &mut found);
        }
    }
    if outcome.is_good() {
        let is_harmless = |finding: &Finding| {
            ![&LIES[..], &WRONG].concat().contains(&finding.code()) && (outcome.is_excellent() || !is_definite(finding))
        };
        found.iter_mut().filter(|finding| is_harmless(finding)).for_each(|finding| finding.severity = Severity::Note);
    }
    if outcome.is_far_off_in_training() {
        found
            .iter_mut()
            .filter(|finding| SUSPECTS.contains(&finding.code()))
            .for_each(|found| found.severity = Severity::Warning);
    }
    found.extend(training::find(facts, record, outcome));
    if found.iter().all(|finding| finding.severity == Severity::Note) {
        found.extend(training::underfitting(facts, record, outcome));
    }
    found
}

/// The findings that no healthy training has: they are harmless only to a model that makes hardly a mistake, and not to one that
/// is as good as simple models.
const DEFINITE: [&str; 12] =
    ["LC0202", "LC0203", "LC0204", "LC0205", "LC0301", "LC0303", "LC0304", "LC0401", "LC0402", "LC0403", "LC0404", "LC0405"];

/// Returns whether no healthy training has a finding: also a start that shows initial weights that are too large.
fn is_definite(finding: &Finding) -> bool {
    let is_of_weights = ["LC0302", "LC0305"].contains(&finding.code()) && matches!(finding.remedy(), Remedy::Initialize(_));
    DEFINITE.contains(&finding.code()) || is_of_weights
}

/// The findings of something that is wrong in the data, whatever the score: a mark for a missing value is no number.
const WRONG: [&str; 1] = ["LC0109"];

/// The findings that make scores say less than they seem to, however good these are.
const LIES: [&str; 4] = ["LC0106", "LC0108", "LC0110", "LC0111"];

/// The notes that are warnings in a training that failed: large columns, and sorted rows that are not shuffled.
const SUSPECTS: [&str; 2] = ["LC0103", "LC0112"];

/// Returns whether a finding says that scores mean less than they seem to, so that its remedy may make them look worse.
pub(super) fn makes_scores_lie(code: &str) -> bool {
    LIES.contains(&code)
}
