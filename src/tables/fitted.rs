//! A trained table model: from cells to the outputs of the networks.

use super::FeatureSpace;
use super::transform::Source;
use super::trust::Trust;
use crate::base::{Error, Result, closest};
use crate::data::{Cell, Table};
use crate::ensemble::Ensemble;
use crate::kernels::side_by_side;
use crate::model::{PredictOptions, PredictScratch};
use nalgebra::DMatrix;
use std::sync::{Arc, Mutex, PoisonError};

/// The number of rows whose features a thread has in memory at once; no power of two, because the columns of a block would then
/// share places in the caches.
const BLOCK: usize = 1000;

/// The features and the networks of a trained table model.
#[derive(Debug, Clone)]
pub(super) struct Fitted {
    pub(super) space: FeatureSpace,
    pub(super) ensemble: Ensemble<f32>,
    pub(super) trust: Trust,
    pub(super) scratch: Pool,
}

/// Memory for predictions of single rows, one for each thread that predicts at the same time.
pub(super) type Pool = Arc<Mutex<Vec<RowScratch>>>;

/// The memory of the prediction of one row.
#[derive(Debug)]
pub(super) struct RowScratch {
    x: DMatrix<f32>,
    out: DMatrix<f32>,
    encoded: Vec<f64>,
    network: PredictScratch<f32>,
}

impl RowScratch {
    pub(super) fn pool() -> Pool {
        Arc::default()
    }
}

impl Fitted {
    /// Returns the number of outputs of the networks.
    pub(super) fn outputs(&self) -> usize {
        self.ensemble.model().network.as_ref().map_or(0, |network| network.output().width())
    }

    /// Returns the mean outputs of the networks, one row for each row of the table.
    pub(super) fn predict(&self, table: &Table) -> Result<DMatrix<f32>> {
        if table.rows() == 0 {
            return Err(Error::Empty { what: "the table" });
        }
        self.predict_sources(&self.space.sources(table)?, table.rows())
    }

    /// Returns the standard deviation of the outputs of the networks, one row for each row of the table.
    pub(super) fn spreads(&self, table: &Table) -> Result<DMatrix<f32>> {
        self.by_blocks(&self.space.sources(table)?, table.rows(), &|x| self.ensemble.spread(x))
    }

    /// Returns the standard deviation of the first output of the networks for one row of named cells.
    pub(super) fn row_spread(&self, row: &[(&str, Cell<'_>)]) -> Result<f64> {
        let mut encoded = vec![0.0; self.space.width()];
        self.space.encode_row(&self.cells(row)?, &mut encoded)?;
        let x = DMatrix::from_iterator(1, encoded.len(), encoded.into_iter().map(|value| value as f32));
        Ok(f64::from(self.ensemble.spread(&x)?[0]))
    }

    /// Returns the mean outputs of the networks for these columns.
    pub(super) fn predict_sources(&self, sources: &[Source<'_>], rows: usize) -> Result<DMatrix<f32>> {
        let options = PredictOptions::new();
        #[cfg(feature = "parallel")]
        let options = options.threads(1);
        self.by_blocks(sources, rows, &|x| self.ensemble.model().predict_with(x, options))
    }

    /// Returns what `outputs` returns for the features of these columns.
    ///
    /// The threads divide the blocks of rows; within a block, one thread encodes the cells and runs the networks.
    fn by_blocks(
        &self,
        sources: &[Source<'_>],
        rows: usize,
        outputs_of: &(dyn Fn(&DMatrix<f32>) -> Result<DMatrix<f32>> + Sync),
    ) -> Result<DMatrix<f32>> {
        let blocks = side_by_side(None, rows.div_ceil(BLOCK), &|block| {
            outputs_of(&self.space.transform_rows::<f32>(sources, block * BLOCK..rows.min((block + 1) * BLOCK))?)
        });
        let mut outputs = DMatrix::zeros(rows, self.outputs());
        for (block, found) in blocks.into_iter().enumerate() {
            let found = found?;
            outputs.rows_mut(block * BLOCK, found.nrows()).copy_from(&found);
        }
        Ok(outputs)
    }

    /// Gives `read` the mean outputs of the networks for one row of named cells.
    pub(super) fn predict_row<R>(&self, row: &[(&str, Cell<'_>)], read: impl FnOnce(&[f32]) -> R) -> Result<R> {
        let cells = self.cells(row)?;
        let free = self.scratch.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = free.unwrap_or_else(|| RowScratch {
            x: DMatrix::zeros(1, self.space.width()),
            out: DMatrix::zeros(1, self.outputs()),
            encoded: vec![0.0; self.space.width()],
            network: PredictScratch::new(),
        });
        let result = self.space.encode_row(&cells, &mut scratch.encoded).and_then(|()| {
            let RowScratch { x, out, encoded, network } = &mut scratch;
            x.iter_mut().zip(encoded.iter()).for_each(|(x, &encoded)| *x = encoded as f32);
            self.ensemble.model().predict_into(x, out, network)
        });
        let result = result.map(|()| read(scratch.out.as_slice()));
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        result
    }

    /// Returns the cells in the order of the columns that the features read.
    fn cells<'c>(&self, row: &[(&str, Cell<'c>)]) -> Result<Vec<Cell<'c>>> {
        let place = |(expected, column): (usize, &str)| match row.get(expected) {
            // the usual case: the cells are in the order of the columns
            Some((name, cell)) if *name == column => Ok(*cell),
            _ => row.iter().find(|(name, _)| *name == column).map(|(_, cell)| *cell).ok_or_else(|| {
                let has = closest(column, &mut row.iter().map(|(name, _)| *name));
                let problem =
                    format!("the row has no cell of this column: give `Cell::Missing` if it is unknown; the row has {has}");
                Error::Feature { column: column.to_string(), line: None, problem }
            }),
        };
        self.space.columns().enumerate().map(place).collect()
    }
}

impl FeatureSpace {
    /// Writes the features of one row for networks in single precision; its cells are in the order of [`columns`](Self::columns).
    pub(super) fn encode_row(&self, cells: &[Cell<'_>], out: &mut [f64]) -> Result<()> {
        let mut rest = out;
        for entry in &self.entries {
            let (own, others) = rest.split_at_mut(entry.feature.width());
            rest = others;
            let cell = |name: &String| self.place(name).and_then(|place| cells.get(place)).copied().unwrap_or(Cell::Missing);
            let round = |number: f64| f64::from(number as f32);
            let encoded = match &entry.columns[..] {
                [column] => entry.feature.encode(&[cell(column)], round, own),
                columns => entry.feature.encode(&columns.iter().map(cell).collect::<Vec<_>>(), round, own),
            };
            if let Err(refused) = encoded {
                return Err(entry.refused(refused, entry.columns.first().map(cell), None));
            }
        }
        Ok(())
    }
}
