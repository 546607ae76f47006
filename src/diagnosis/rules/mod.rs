//! The rules: each looks at the facts and returns what it finds.

mod columns;
mod head;
mod initial;
mod plan;
mod rows;
mod targets;

use super::facts::Facts;
use super::finding::Finding;

/// Applies all rules that need no training.
pub(super) fn before_training(facts: &Facts) -> Vec<Finding> {
    let rules = [columns::find, rows::find, targets::find, head::find, initial::find, plan::find];
    rules.iter().flat_map(|rule| rule(facts)).collect()
}
