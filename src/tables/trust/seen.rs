//! The rows that training used, by their hashes, so that they are refused where other rows are needed.

use crate::base::{Error, Result, derived_seed};
use crate::data::{Cell, Table};
use crate::tables::FeatureSpace;
use crate::tables::fit::Target;

/// The largest number of hashes that are kept: those of more different rows are a sample.
const MOST: usize = 50_000;

/// The hashes of the rows that training used.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tables) struct SeenRows {
    /// The hashes in ascending order, each once, up to the limit.
    pub(super) hashes: Vec<u32>,
    /// Hashes above it are not kept.
    pub(super) limit: u32,
    /// The share of the rows that have an equal one among the others.
    pub(super) twins: f64,
}

impl SeenRows {
    /// Returns the rows with these hashes.
    pub(in crate::tables) fn new(mut hashes: Vec<u32>) -> Self {
        let rows = hashes.len();
        hashes.sort_unstable();
        let twins: usize = hashes.chunk_by(|a, b| a == b).map(<[u32]>::len).filter(|&equal| equal > 1).sum();
        hashes.dedup();
        hashes.truncate(MOST);
        let limit = if hashes.len() < MOST { u32::MAX } else { hashes.last().copied().unwrap_or(u32::MAX) };
        Self { hashes, limit, twins: twins as f64 / rows.max(1) as f64 }
    }

    /// Fails if more of the rows with these hashes were used by training than equal rows in the training table explain.
    ///
    /// A new row is expected to have an equal one among those of training as often as those have one among each other; three
    /// standard deviations and one row more are allowed.
    pub(super) fn refuse(&self, method: &str, rows: &[u32]) -> Result<()> {
        let known: Vec<u32> = rows.iter().copied().filter(|hash| *hash <= self.limit).collect();
        let seen = known.iter().filter(|hash| self.hashes.binary_search(hash).is_ok()).count();
        let expected = known.len() as f64 * self.twins;
        let allowed = expected + 3.0 * (expected * (1.0 - self.twins)).sqrt() + 1.0;
        if seen as f64 <= allowed {
            return Ok(());
        }
        let found = if known.len() == rows.len() {
            format!("{seen} of {}", rows.len())
        } else {
            format!("{seen} of a sample of {} of {}", known.len(), rows.len())
        };
        let explained = match expected.round() as usize {
            0 => String::new(),
            expected => format!("; equal rows in the training table explain about {expected}"),
        };
        let allowed = format!("rows that neither training nor validation used{explained}");
        Err(Error::argument(method, "rows that training used", found, allowed))
    }
}

impl FeatureSpace {
    /// Returns a hash of each row: of the cells that the features read, and of the target.
    pub(in crate::tables) fn row_hashes(&self, table: &Table, target: &Target) -> Result<Vec<u32>> {
        let sources = self.sources(table)?;
        let hash = |row: usize| {
            let target = match target {
                Target::Classes(classes) => classes[row] as u64,
                Target::Numbers(numbers) => u64::from((numbers[row] + 0.0).to_bits()),
            };
            let cells = sources.iter().map(|source| cell_hash(source.cell(row)));
            (cells.fold(target, |state, cell| derived_seed(state, &[cell])) >> 32) as u32
        };
        Ok((0..table.rows()).map(hash).collect())
    }
}

/// Returns a hash of a cell; 0 and -0 have the same.
fn cell_hash(cell: Cell<'_>) -> u64 {
    match cell {
        Cell::Missing => 1,
        Cell::Number(number) => (number + 0.0).to_bits(),
        // FNV-1a
        Cell::Text(text) => {
            text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(rows: std::ops::Range<u64>) -> Vec<u32> {
        rows.map(|row| (derived_seed(1, &[row]) >> 32) as u32).collect()
    }

    #[test]
    fn rows_of_training_are_refused() {
        let seen = SeenRows::new(hashes(0..1000));
        assert_eq!((seen.twins, seen.limit), (0.0, u32::MAX));
        seen.refuse("calibrate", &hashes(1000..1200)).unwrap();
        // one row may be the same by accident
        seen.refuse("calibrate", &hashes(999..1200)).unwrap();
        assert_eq!(
            seen.refuse("calibrate", &hashes(998..1200)).unwrap_err().to_string(),
            "calibrate: rows that training used = 2 of 202 is not allowed; expected rows that neither training nor validation used"
        );
    }

    /// In a table of few different rows, new rows have equal ones as often as those of training have.
    #[test]
    fn equal_rows_are_expected() {
        let mut rows = hashes(0..800);
        rows.extend(hashes(0..100));
        let seen = SeenRows::new(rows);
        assert_eq!(seen.twins, 200.0 / 900.0);
        // of 90 new rows, 20 with an equal one are expected, with a standard deviation of 3.9
        let new = |equal: u64| [hashes(0..equal), hashes(5000..5090 - equal)].concat();
        seen.refuse("calibrate", &new(20)).unwrap();
        seen.refuse("calibrate", &new(32)).unwrap();
        assert_eq!(
            seen.refuse("calibrate", &new(34)).unwrap_err().to_string(),
            "calibrate: rows that training used = 34 of 90 is not allowed; expected rows that neither training nor validation \
             used; equal rows in the training table explain about 20"
        );
    }

    #[test]
    fn many_rows_are_a_sample() {
        let seen = SeenRows::new(hashes(0..200_000));
        assert_eq!(seen.hashes.len(), MOST);
        seen.refuse("calibrate", &hashes(200_000..201_000)).unwrap();
        let refused = seen.refuse("calibrate", &hashes(0..1000)).unwrap_err().to_string();
        assert!(refused.contains(" of a sample of "), "{refused}");
    }
}
