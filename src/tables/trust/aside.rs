//! Rows that `fit` sets aside for the calibration.

use crate::base::{Result, derived_seed, fresh_seed};
use crate::data::{KFold, Split, SplitOptions, Table};
use crate::tables::TableOptions;

/// Returns the rows for training and those for the calibration, if the options ask for them.
///
/// They are drawn at random; a group is on one side, and rows in time order are divided in time.
pub(in crate::tables) fn set_aside(
    table: &Table,
    options: &TableOptions<'_>,
    seed: Option<u64>,
) -> Result<Option<(Table, Table)>> {
    let Some((share, _)) = options.calibration else { return Ok(None) };
    let (rows, seed) = (table.rows(), derived_seed(seed.unwrap_or_else(fresh_seed), &[2]));
    let split = match &options.groups {
        _ if options.in_order => {
            let first = rows - ((rows as f64 * share).ceil() as usize).min(rows);
            Split { train: (0..first).collect(), test: (first..rows).collect() }
        }
        Some(column) => {
            let groups = table.labels(column)?;
            let folds = KFold::new(((1.0 / share).round() as usize).max(2)).seed(seed).groups(groups.classes());
            folds.split(rows)?.swap_remove(0)
        }
        None => SplitOptions::new().test_size(share).seed(seed).split(rows)?,
    };
    split.take(table).map(Some)
}
