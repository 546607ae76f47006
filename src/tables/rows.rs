//! Which rows each member is trained on and validated on.

use super::TableOptions;
use crate::base::{Error, Result, derived_seed};
use crate::data::{KFold, Split, Table};

/// The default share of the rows for validation.
const SHARE: f64 = 0.2;

/// Returns the training and validation rows of each member; without a table for validation, each member has other rows.
pub(super) fn splits(
    table: &Table,
    classes: Option<&[usize]>,
    members: usize,
    seed: u64,
    options: &TableOptions<'_>,
) -> Result<Vec<Split>> {
    let rows = table.rows();
    if options.validation.is_some() {
        return Ok(vec![Split { train: (0..rows).collect(), test: Vec::new() }; members]);
    }
    let share = options.validation_split.unwrap_or(SHARE);
    let folds = ((1.0 / share).round() as usize).max(2);
    if rows < 2 * folds {
        let allowed = format!("at least {}, or a table for validation: every {folds}th row is for validation", 2 * folds);
        return Err(Error::argument("fit", "rows of the table", rows, allowed));
    }
    if options.in_order {
        let first = rows - ((rows as f64 * share).ceil() as usize).clamp(1, rows - 1);
        return Ok(vec![Split { train: (0..first).collect(), test: (first..rows).collect() }; members]);
    }
    let groups = options.groups.as_ref().map(|column| table.labels(column)).transpose()?;
    let mut splits = Vec::with_capacity(members);
    // Members beyond the number of folds have folds of another order.
    for round in 0..members.div_ceil(folds) {
        let kfold = KFold::new(folds).seed(derived_seed(seed, &[1, round as u64]));
        let kfold = match (&groups, classes) {
            (Some(groups), _) => kfold.groups(groups.classes()),
            (None, Some(classes)) => kfold.stratify(classes),
            (None, None) => kfold,
        };
        splits.extend(kfold.split(rows)?);
    }
    splits.truncate(members);
    Ok(splits)
}
