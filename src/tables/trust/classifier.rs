//! How sure a classifier is.

use super::calibrated::{Chosen, Of};
use super::{Calibrated, Calibration, Reliability, Sets, Threshold, temperature, threshold};
use crate::base::{Error, Result};
use crate::data::Table;
use crate::tables::TableClassifier;
use crate::tables::classifier::Trained;
use crate::tables::fit::Target;
use crate::tables::scores::log_loss;
use nalgebra::DMatrix;

impl TableClassifier {
    /// Computes from rows that training did not use how sure the answers are; replaces what an earlier call computed.
    ///
    /// Answers then have a set of classes beside the class: it is the true class in at least a share
    /// [`coverage`](Calibration::coverage) of further rows, whatever the model is worth. This holds on average over all rows, of the
    /// calibration and later ones, if they are drawn in the same way as each other (exchangeable): it promises nothing for a
    /// single row, a class or a group of rows, and nothing for rows of another kind or of a later time. The class of the answer is
    /// always in its set. The probabilities are scaled by a temperature, and a [`Threshold`] can be chosen; see [`Calibration`] for
    /// what is computed. All of it is saved with the model, and dropped by the next `fit`. To let `fit` set rows aside for it, use
    /// [`TableOptions::calibration`](crate::tables::TableOptions::calibration).
    ///
    /// # Errors
    ///
    /// The classifier is not trained, rows of the table were rows of training or validation (more than equal rows in the training
    /// table explain), there are too few rows for the coverage, an option is out of range, rows of one class are missing for a
    /// threshold, or as [`evaluate`](Self::evaluate) does. The classifier is then as before.
    ///
    /// ```
    /// use layercake::prelude::*;
    /// use layercake::tables::Calibration;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("size", (0..200).map(|row| f64::from(row).sin()))?;
    /// table.add_text("kind", (0..200).map(|row| if f64::from(row).sin() + f64::from(row % 3) > 1.0 { "large" } else { "small" }))?;
    /// let (train, rest) = table.split(data::SplitOptions::new().test_size(0.3).seed(1))?;
    /// let mut model = TableClassifier::new("kind").members(2).seed(1);
    /// model.fit(&train, TableOptions::new().epochs(20))?;
    /// model.calibrate(&rest, Calibration::new().coverage(0.9))?;
    /// let answer = model.predict_row(&[("size", 0.2.into())])?;
    /// println!("{}, one of {:?}", answer.class(), answer.set().unwrap());
    /// assert!(model.calibrate(&train, Calibration::new()).unwrap_err().to_string().contains("rows that training used"));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    #[doc(alias("conformal", "conformalize", "CalibratedClassifierCV", "prediction_sets"))]
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

    /// Returns whether the probabilities for these rows are as often right as they say.
    ///
    /// The rows should be some that neither training nor calibration saw.
    ///
    /// # Errors
    ///
    /// It fails as [`evaluate`](Self::evaluate) does, or if rows of the table were rows of training or validation.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("size", (0..200).map(|row| f64::from(row).sin()))?;
    /// table.add_text("kind", (0..200).map(|row| if f64::from(row).sin() + f64::from(row % 3) > 1.0 { "large" } else { "small" }))?;
    /// let (train, test) = table.split(data::SplitOptions::new().test_size(0.3).seed(1))?;
    /// let mut model = TableClassifier::new("kind").members(2).seed(1);
    /// model.fit(&train, TableOptions::new().epochs(20))?;
    /// let reliability = model.reliability(&test)?;
    /// println!("{reliability}");
    /// assert!(reliability.expected_calibration_error() < 0.3);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    #[doc(alias("calibration_curve", "calibration error", "brier_score_loss"))]
    pub fn reliability(&self, table: &Table) -> Result<Reliability> {
        let trained = self.trained()?;
        let actual = trained.unseen(&self.settings.target, table, "reliability")?;
        let answers = self.predict(table)?;
        Ok(Reliability::of(answers.probabilities(), &actual, &trained.names))
    }
}

impl Trained {
    /// Returns the class of each row; fails if training used the rows.
    fn unseen(&self, target: &str, table: &Table, method: &str) -> Result<Vec<usize>> {
        let actual = Target::Classes(table.labels_as(target, &self.names)?.classes().to_vec());
        self.model.trust.seen.refuse(method, &self.model.space.row_hashes(table, &actual)?)?;
        Ok(if let Target::Classes(actual) = actual { actual } else { Vec::new() })
    }

    pub(in crate::tables) fn calibrate(&mut self, target: &str, table: &Table, calibration: &Calibration) -> Result<()> {
        calibration.check_classes(&self.names, table.rows())?;
        let actual = self.unseen(target, table, "calibrate")?;
        let raw = self.raw(self.model.predict(table)?);
        let sets = calibration.sets.unwrap_or(Sets::LeastAmbiguous);
        let rows: Vec<Vec<f32>> = raw.row_iter().map(|row| row.iter().copied().collect()).collect();
        let scores = rows.iter().zip(&actual).map(|(row, &class)| sets.score(row, class)).collect();
        let temperature = if calibration.temperature.unwrap_or(true) { temperature::fit(&raw, &actual) } else { 1.0 };
        let mut scaled = rows;
        scaled.iter_mut().for_each(|row| temperature::scale(row, temperature));
        let after = DMatrix::from_fn(raw.nrows(), raw.ncols(), |row, class| scaled[row][class]);
        let log_loss = [log_loss(&actual, &raw), log_loss(&actual, &after)];
        let threshold = calibration.threshold.map(|by| self.threshold(by, calibration, &after, &actual)).transpose()?;
        let of = Of::Classes { sets, temperature, log_loss, threshold };
        self.model.trust.calibrated = Some(Calibrated::new(calibration, scores, of)?);
        Ok(())
    }

    fn threshold(
        &self,
        by: Threshold,
        calibration: &Calibration,
        probabilities: &DMatrix<f32>,
        actual: &[usize],
    ) -> Result<Chosen> {
        let is_first = calibration.positive.as_ref().is_some_and(|class| *class == self.names[0]);
        let positive = usize::from(!is_first);
        let rows: Vec<(f32, bool)> =
            (0..actual.len()).map(|row| (probabilities[(row, positive)], actual[row] == positive)).collect();
        let at = threshold::choose(by, &rows).ok_or_else(|| {
            let missing = &self.names[1 - actual.first().copied().unwrap_or_default()];
            let allowed = "at least 1 row of each class, to choose a threshold";
            Error::argument("calibrate", format!("rows of class `{missing}`"), 0, allowed)
        })?;
        Ok(Chosen { positive, name: self.names[positive].clone(), at })
    }
}
