//! Causes before consequences: the order of the findings, and which of them follow from which.

use super::finding::Finding;

/// For each cause the findings that may follow from it; the order of the causes is that of the list of findings.
const CAUSES: [(&str, &[&str]); 30] = [
    ("LC0101", &[]),
    ("LC0201", &[]),
    ("LC0203", &["LC0302", "LC0303", "LC0205"]),
    ("LC0202", &["LC0302", "LC0303", "LC0205"]),
    ("LC0204", &["LC0302", "LC0303", "LC0304"]),
    ("LC0205", &["LC0302"]),
    ("LC0111", &["LC0106"]),
    ("LC0106", &["LC0104"]),
    ("LC0112", &[]),
    ("LC0110", &[]),
    ("LC0108", &[]),
    ("LC0109", &["LC0102", "LC0103", "LC0302", "LC0303", "LC0304", "LC0305"]),
    ("LC0102", &["LC0302", "LC0303", "LC0304", "LC0305"]),
    ("LC0114", &["LC0302", "LC0303"]),
    ("LC0103", &["LC0302", "LC0304", "LC0305"]),
    ("LC0402", &["LC0302"]),
    ("LC0301", &["LC0302", "LC0303", "LC0304"]),
    ("LC0302", &["LC0303", "LC0304", "LC0305", "LC0401"]),
    ("LC0401", &[]),
    ("LC0304", &["LC0303"]),
    ("LC0305", &["LC0303"]),
    ("LC0303", &[]),
    ("LC0405", &[]),
    ("LC0403", &[]),
    ("LC0404", &[]),
    ("LC0206", &[]),
    ("LC0207", &[]),
    ("LC0113", &[]),
    ("LC0107", &[]),
    ("LC0406", &[]),
];

/// The codes that are never a cause and come last.
const LAST: [&str; 2] = ["LC0104", "LC0105"];

/// Returns all codes.
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    CAUSES.iter().map(|(code, _)| *code).chain(LAST)
}

fn rank(code: &str) -> usize {
    codes().position(|known| known == code).unwrap_or(usize::MAX)
}

/// Sorts findings: errors before warnings before notes, causes first; what may follow from a cause is moved into it.
pub(super) fn arrange(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| rank(finding.code()));
    let mut causes: Vec<Finding> = Vec::new();
    for finding in findings {
        let may_follow = |cause: &&mut Finding| {
            let follows = CAUSES.iter().find(|(code, _)| *code == cause.code()).map_or(&[][..], |(_, follows)| follows);
            follows.contains(&finding.code())
        };
        match causes.iter_mut().find(may_follow) {
            Some(cause) => cause.explains.push(finding),
            None => causes.push(finding),
        }
    }
    causes.sort_by_key(Finding::severity);
    causes
}
