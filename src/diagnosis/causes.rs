//! Causes before consequences: the order of the findings, and which of them follow from which.

use super::finding::{Finding, Severity};
use crate::base::ordered;

/// What a training shows that fails for one of many causes.
const FAILURES: [&str; 8] = ["LC0501", "LC0502", "LC0503", "LC0505", "LC0506", "LC0507", "LC0509", "LC0511"];

/// The start of such a training.
const START: [&str; 4] = ["LC0302", "LC0303", "LC0304", "LC0305"];

/// A training that has hardly begun.
const SHORT: [&str; 5] = ["LC0503", "LC0504", "LC0505", "LC0509", "LC0511"];

/// The order of the findings: each cause with the groups of findings that may follow from it.
const CAUSES: [(&str, &[&[&str]]); 44] = [
    ("LC0101", &[]),
    ("LC0201", &[]),
    ("LC0203", &[&["LC0205"], &START, &FAILURES]),
    ("LC0202", &[&["LC0205", "LC0513"], &START, &FAILURES]),
    ("LC0204", &[&["LC0513"], &START, &FAILURES]),
    ("LC0205", &[&["LC0302"], &FAILURES]),
    ("LC0513", &[&START, &FAILURES]),
    ("LC0111", &[&["LC0106", "LC0112", "LC0508", "LC0510"], &FAILURES]),
    ("LC0106", &[&["LC0104"]]),
    ("LC0112", &[&FAILURES]),
    ("LC0110", &[]),
    ("LC0108", &[&["LC0510"]]),
    ("LC0109", &[&["LC0102", "LC0103"], &START, &FAILURES]),
    ("LC0102", &[&["LC0510"], &START, &FAILURES]),
    ("LC0114", &[&START, &FAILURES]),
    ("LC0103", &[&START, &FAILURES]),
    ("LC0402", &[&["LC0302"], &FAILURES]),
    ("LC0512", &[&["LC0404", "LC0405"], &START, &FAILURES]),
    ("LC0301", &[&["LC0404", "LC0405"], &START, &FAILURES]),
    ("LC0302", &[&["LC0401", "LC0510"], &START, &FAILURES]),
    ("LC0401", &[&FAILURES]),
    ("LC0304", &[&["LC0303", "LC0403", "LC0404", "LC0405"], &FAILURES]),
    ("LC0305", &[&["LC0303"], &FAILURES]),
    ("LC0303", &[&FAILURES]),
    ("LC0405", &[&SHORT]),
    ("LC0403", &[&SHORT]),
    ("LC0404", &[&SHORT]),
    ("LC0508", &[&["LC0510"], &FAILURES]),
    ("LC0501", &[&FAILURES]),
    ("LC0502", &[&["LC0506", "LC0507", "LC0509", "LC0511"]]),
    ("LC0503", &[&SHORT]),
    ("LC0504", &[&SHORT]),
    ("LC0505", &[&SHORT]),
    ("LC0506", &[&["LC0509", "LC0511"]]),
    ("LC0507", &[&["LC0509", "LC0511"]]),
    ("LC0509", &[&["LC0511"]]),
    ("LC0511", &[]),
    ("LC0510", &[]),
    ("LC0206", &[]),
    ("LC0207", &[]),
    ("LC0113", &[]),
    ("LC0107", &[]),
    ("LC0406", &[]),
    ("LC0104", &[]),
];

/// The code that comes last, and is no cause.
const LAST: &str = "LC0105";

/// Returns all codes.
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    CAUSES.iter().map(|(code, _)| *code).chain([LAST])
}

fn rank(code: &str) -> usize {
    codes().position(|known| known == code).unwrap_or(usize::MAX)
}

/// Returns whether a finding may follow from a cause.
fn follows(finding: &Finding, cause: &Finding) -> bool {
    let groups = CAUSES.iter().find(|(code, _)| *code == cause.code()).map_or(&[][..], |(_, groups)| groups);
    let is_known = finding.code() != cause.code() && groups.iter().any(|group| group.contains(&finding.code()));
    // a note explains what looks sick, and no harm that was seen
    is_known && (cause.severity != Severity::Note || !finding.code().starts_with("LC05"))
}

/// Sorts findings: errors before warnings before notes, causes first; what may follow from a cause is moved into it.
///
/// A cause is at least as severe as what follows from it, unless it is a note.
pub(super) fn arrange(findings: Vec<Finding>) -> Vec<Finding> {
    let findings = ordered(findings, &|a, b| rank(a.code()).cmp(&rank(b.code())));
    let mut causes: Vec<Finding> = Vec::new();
    for finding in findings {
        match causes.iter_mut().find(|cause| follows(&finding, cause)) {
            Some(cause) => {
                if cause.severity != Severity::Note {
                    cause.severity = cause.severity.min(finding.severity);
                }
                cause.explains.push(finding);
            }
            None => causes.push(finding),
        }
    }
    ordered(causes, &|a, b| a.severity.cmp(&b.severity))
}
