//! How sure a regression is.

use super::calibrated::Of;
use super::{Calibrated, Calibration, Interval, Intervals};
use crate::base::{Error, Result};
use crate::data::{Cell, Table};
use crate::tables::TableRegressor;
use crate::tables::regressor::Trained;

/// The share of the standard deviation of the target that is added to the spread of the networks.
const FLOOR: f64 = 0.05;

impl TableRegressor {
    /// Computes from rows that training did not use how wide the intervals around predictions are; replaces what an earlier call
    /// computed.
    ///
    /// The interval of [`predict_intervals`](Self::predict_intervals) has the true number in at least a share
    /// [`coverage`](Calibration::coverage) of further rows, whatever the model is worth. This holds on average over all rows, of the
    /// calibration and later ones, if they are drawn in the same way as each other (exchangeable): it promises nothing for a
    /// single row or a group of rows, and nothing for rows of another kind or of a later time. The half width is the `k`-th
    /// smallest of the `n` absolute errors, `k = ceil((n + 1) coverage)`. It is saved with the model, and dropped by the next
    /// `fit`. To let `fit` set rows aside for it, use
    /// [`TableOptions::calibration`](crate::tables::TableOptions::calibration). (Lei et al., *Distribution-Free Predictive Inference
    /// for Regression*, 2018)
    ///
    /// # Errors
    ///
    /// The model is not trained, rows of the table were rows of training or validation (more than equal rows in the training table
    /// explain), there are too few rows for the coverage, an option is out of range, or as [`evaluate`](Self::evaluate) does. The
    /// model is then as before.
    ///
    /// ```
    /// use layercake::prelude::*;
    /// use layercake::tables::Calibration;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("size", (0..200).map(|row| f64::from(row).sin()))?;
    /// table.add_numbers("price", (0..200).map(|row| 100.0 * f64::from(row).sin() + f64::from(row % 7)))?;
    /// let (train, rest) = table.split(data::SplitOptions::new().test_size(0.3).seed(1))?;
    /// let mut model = TableRegressor::new("price").members(2).seed(1);
    /// model.fit(&train, TableOptions::new().epochs(20))?;
    /// model.calibrate(&rest, Calibration::new().coverage(0.9))?;
    /// let price = model.predict_row_interval(&[("size", 0.2.into())])?;
    /// println!("{:.0}, from {:.0} to {:.0}", price.prediction, price.low, price.high);
    /// println!("{}", model.predict_intervals(&rest)?);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    #[doc(alias("conformal", "conformalize"))]
    pub fn calibrate(&mut self, table: &Table, calibration: Calibration) -> Result<()> {
        self.trained()?;
        let target = &self.settings.target;
        if let Some(trained) = &mut self.fitted {
            trained.calibrate(target, table, &calibration)?;
        }
        Ok(())
    }

    /// Returns what the last calibration computed; none before one.
    pub fn calibration(&self) -> Option<&Calibrated> {
        self.fitted.as_ref()?.model.trust.calibrated.as_ref()
    }

    /// Returns the predictions for these rows, each with its interval; see [`calibrate`](Self::calibrate) for what it promises.
    ///
    /// # Errors
    ///
    /// It fails if there was no calibration since the last `fit`, and as [`predict`](Self::predict) does.
    #[doc(alias = "predict_interval")]
    pub fn predict_intervals(&self, table: &Table) -> Result<Intervals> {
        let (trained, calibrated) = self.calibrated("predict_intervals")?;
        let predictions = self.predict(table)?;
        let half_widths = trained.half_widths(calibrated, table)?;
        let intervals = predictions.into_iter().zip(half_widths).map(|(prediction, half)| Interval::new(prediction, half));
        Ok(Intervals { coverage: calibrated.coverage, intervals: intervals.collect() })
    }

    /// Returns the prediction for one row of named cells, with its interval.
    ///
    /// # Errors
    ///
    /// It fails as [`predict_intervals`](Self::predict_intervals) does.
    pub fn predict_row_interval(&self, row: &[(&str, Cell<'_>)]) -> Result<Interval> {
        let (trained, calibrated) = self.calibrated("predict_row_interval")?;
        let prediction = self.predict_row(row)?;
        let spread =
            if calibrated.half_width().is_some() { 0.0 } else { trained.scale.deviation * trained.model.row_spread(row)? };
        Ok(Interval::new(prediction, calibrated.half_width_at(spread)))
    }

    fn calibrated(&self, method: &str) -> Result<(&Trained, &Calibrated)> {
        let trained = self.trained()?;
        let allowed = "a calibration since the last `fit`: call `calibrate`, or set `TableOptions::calibration`";
        let calibrated = trained.model.trust.calibrated.as_ref();
        Ok((trained, calibrated.ok_or_else(|| Error::argument(method, "calibration", "none", allowed))?))
    }
}

impl Trained {
    pub(in crate::tables) fn calibrate(&mut self, target: &str, table: &Table, calibration: &Calibration) -> Result<()> {
        calibration.check_numbers(table.rows())?;
        let numbers = table.numbers::<f64>(target)?;
        let hashes = self.model.space.row_hashes(table, &self.scale.target(numbers.as_slice()))?;
        self.model.trust.seen.refuse("calibrate", &hashes)?;
        let predicted = self.model.predict(table)?;
        let floor = calibration.by_spread.then_some(FLOOR * self.scale.deviation);
        let spreads = if floor.is_some() { self.spreads(table)? } else { vec![1.0; table.rows()] };
        let score = |(row, spread): (usize, f64)| {
            let error = (numbers[row] - self.scale.to_units(predicted[row])).abs();
            floor.map_or(error, |floor| error / (spread + floor))
        };
        let scores = spreads.into_iter().enumerate().map(score).collect();
        self.model.trust.calibrated = Some(Calibrated::new(calibration, scores, Of::Numbers { floor })?);
        Ok(())
    }

    /// Returns the half width of the interval of each row.
    pub(in crate::tables) fn half_widths(&self, calibrated: &Calibrated, table: &Table) -> Result<Vec<f64>> {
        match calibrated.half_width() {
            Some(half_width) => Ok(vec![half_width; table.rows()]),
            None => Ok(self.spreads(table)?.into_iter().map(|spread| calibrated.half_width_at(spread)).collect()),
        }
    }

    /// Returns the standard deviation of the predictions of the networks for each row, in the units of the target.
    fn spreads(&self, table: &Table) -> Result<Vec<f64>> {
        let spreads = self.model.spreads(table)?;
        Ok(spreads.iter().map(|&spread| self.scale.deviation * f64::from(spread)).collect())
    }
}
