//! The feature of one or several columns whose levels are hashed into a fixed number of outputs.

use super::feature::Refused;
use crate::base::Result;
use crate::data::Cell;
use crate::part::{Arguments, Describe};

/// A feature of one column or of several together: 1 in the output number `hash(cells) % num_bins`, 0 in the others.
///
/// It needs no vocabulary, so that columns of many levels have few outputs; levels may share one. With several columns it is a
/// crossed feature: each combination of their cells has an output. A missing cell is hashed as a level of its own. The hash is
/// FNV-1a over the bytes of the cells, 64 bits wide; Keras' hash gives other bins.
/// (Keras' `FeatureSpace.string_hashed`, `integer_hashed` and `cross`)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut table = data::Table::new();
/// table.add_text("city", ["Oslo", "Rome", "Oslo"])?;
/// table.add_numbers("zone", [1, 1, 1])?;
/// let space = FeatureSpace::new().string_hashed("city", 8).cross(["city", "zone"], 16).adapt(&table)?;
/// let x = space.transform::<f32>(&table)?;
/// assert_eq!(x.shape(), (3, 24));
/// assert_eq!(x.row(0), x.row(2));
/// assert!(x.row_iter().all(|row| row.sum() == 2.0));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashed {
    num_bins: usize,
}

impl Hashed {
    /// Creates the feature with this number of outputs, at least 1.
    pub fn new(num_bins: usize) -> Self {
        Self { num_bins }
    }

    pub(super) fn width(&self) -> usize {
        self.num_bins
    }

    pub(super) fn output_names(&self, column: &str) -> Vec<String> {
        (0..self.num_bins).map(|bin| format!("{column} hash {bin}")).collect()
    }

    /// Writes the outputs for the cells of one row.
    pub(super) fn encode(&self, cells: &[Cell<'_>], out: &mut [f64]) -> Result<(), Refused> {
        let mut hash = 0xcbf2_9ce4_8422_2325;
        for cell in cells {
            match cell {
                Cell::Missing => {}
                Cell::Number(number) => add(&mut hash, &(number + 0.0).to_bits().to_le_bytes()),
                Cell::Text(text) => add(&mut hash, text.as_bytes()),
            }
            // a byte that no text contains separates the cells
            add(&mut hash, &[0xff]);
        }
        // The high bits of FNV-1a differ more than the low ones.
        let bin = ((hash ^ (hash >> 32)) % self.num_bins.max(1) as u64) as usize;
        out.fill(0.0);
        out.iter_mut().skip(bin).take(1).for_each(|out| *out = 1.0);
        Ok(())
    }
}

fn add(hash: &mut u64, bytes: &[u8]) {
    bytes.iter().for_each(|&byte| *hash = (*hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
}

impl Default for Hashed {
    /// 32 outputs.
    fn default() -> Self {
        Self::new(32)
    }
}

impl Describe for Hashed {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("num_bins", &mut self.num_bins, 1..=1 << 24);
    }
}
