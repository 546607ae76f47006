//! Rules about the targets: rare classes, and numbers that are large.

use super::super::facts::Facts;
use super::super::finding::{Finding, Place, Severity, short};
use super::super::remedy::Remedy;

/// The size of the targets that a linear layer reaches soon.
const LARGE: f64 = 30.0;

pub(super) fn find(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(imbalance(facts));
    found.extend(scale(facts));
    found
}

fn imbalance(facts: &Facts) -> Option<Finding> {
    let counts: Vec<usize> = facts.target.counts().into_iter().filter(|count| *count > 0).collect();
    let (rarest, commonest) = (*counts.iter().min()?, *counts.iter().max()?);
    let ratio = rarest as f64 / commonest as f64;
    if ratio >= 0.1 {
        return None;
    }
    let title = format!("the rarest class has {rarest} rows, the commonest {commonest}");
    let finding = Finding::new("LC0113", Severity::Note, Place::Targets, title, Remedy::WeightClasses);
    Some(finding.evidence_of("rarest / commonest", ratio, "at least 0.1"))
}

fn scale(facts: &Facts) -> Option<Finding> {
    if facts.outline.head()?.activation() != "linear"
        || !facts.target.counts().is_empty()
        || !is_regression(&facts.outline.loss.class_name)
    {
        return None;
    }
    let size = |(mean, deviation): &(f64, f64)| mean.abs().max(*deviation);
    let (mean, deviation) = facts.target.moments.iter().max_by(|a, b| size(a).total_cmp(&size(b)))?;
    if size(&(*mean, *deviation)) <= LARGE {
        return None;
    }
    let (shown_mean, shown) = (short(*mean), short(*deviation));
    let title = format!("the targets are large (mean {shown_mean}, deviation {shown}) and the last layer is linear");
    let finding = Finding::new("LC0114", Severity::Warning, Place::Targets, title, Remedy::ScaleTargets);
    Some(finding.evidence_of("size", size(&(*mean, *deviation)), format!("at most {LARGE}")))
}

/// Returns whether a loss compares numbers with each other.
pub(super) fn is_regression(loss: &str) -> bool {
    matches!(loss, "MeanSquaredError" | "MeanAbsoluteError" | "Huber" | "LogCosh")
}
