//! The finding about a number of a training that is not finite and was located.

use super::finding::{Finding, Place, Severity};
use super::remedy::Remedy;
use crate::base::{NonFinite, NonFiniteCause, TensorRole};

/// Returns the finding about a number that is not finite; `lower_rate` is the remedy of a divergence.
pub(super) fn find(found: &NonFinite, lower_rate: Remedy) -> Finding {
    let text = found.to_string();
    let title = text.lines().next().unwrap_or_default();
    // a divergence has many causes, the others have one
    let code = if matches!(found.cause, NonFiniteCause::Divergence { .. }) { "LC0501" } else { "LC0513" };
    let mut finding = Finding::new(code, Severity::Error, place(found), title, remedy(found, lower_rate));
    for (name, value) in &found.operands {
        finding = finding.evidence_of(name, *value, "numbers whose results are finite");
    }
    if let NonFiniteCause::Divergence { growth } = found.cause {
        finding = finding.evidence_of("growth in each step", growth, "about 1");
    }
    finding
}

fn place(found: &NonFinite) -> Place {
    match (&found.cause, found.row, found.column, &found.layer) {
        (NonFiniteCause::LargeInput, Some(row), Some(column), _) => Place::Cell(row, column),
        (NonFiniteCause::Target { .. }, ..) => Place::Targets,
        (.., Some(layer)) => Place::Layer(layer.clone()),
        _ if found.role == TensorRole::Loss => Place::Loss,
        _ => Place::Training,
    }
}

fn remedy(found: &NonFinite, lower_rate: Remedy) -> Remedy {
    match found.cause {
        NonFiniteCause::Divergence { .. } => lower_rate,
        NonFiniteCause::LargeInput | NonFiniteCause::SquareOverflow | NonFiniteCause::Overflow => Remedy::Normalize,
        NonFiniteCause::InitialWeight => Remedy::Advice("another initializer for this weight"),
        NonFiniteCause::Target { .. } => Remedy::Advice("correct this target, or use a loss that takes such targets"),
        NonFiniteCause::OwnPart { .. } => Remedy::Advice("test your own part with `layercake::check`"),
        _ => Remedy::Advice("make your own parts compute the same twice"),
    }
}
