//! A model that predicts numbers from the rows of a table.

use super::fit::{Target, train};
use super::fitted::Fitted;
use super::settings::{Settings, settings};
use super::shape::Task;
use super::{Explanation, FeatureSpace, NetworkShape, TableOptions, bins, scores};
use crate::base::{Error, Result};
use crate::data::{Cell, Table};
use crate::model::Sequential;
use crate::training::{History, Logs};
use std::sync::Arc;

/// A model that is trained on a table and predicts a number, in the units of the target.
///
/// By default the features are inferred from the table, ten networks are trained on different rows and stop at their lowest
/// validation error, and the prediction is the mean of theirs. The networks see the target with mean 0 and deviation 1.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut table = data::Table::new();
/// table.add_numbers("size", (0..80).map(|row| f64::from(row % 9)))?;
/// table.add_text("town", (0..80).map(|row| ["Oslo", "Rome"][row % 2]))?;
/// table.add_numbers("price", (0..80).map(|row| f64::from(1000 * (row % 9) + 500 * (row % 2))))?;
///
/// let mut model = TableRegressor::new("price").members(2).seed(1);
/// model.fit(&table, TableOptions::new().epochs(100))?;
/// assert!(model.evaluate(&table)?["r2_score"] > 0.5);
/// let prices: Vec<f64> = model.predict(&table)?;
/// let price = model.predict_row(&[("size", 4.into()), ("town", "Oslo".into())])?;
/// println!("{price:.0}, the first of the table {:.0}", prices[0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TableRegressor {
    settings: Settings,
    fitted: Option<Trained>,
}

/// What `fit` gives.
#[derive(Debug, Clone)]
struct Trained {
    model: Fitted,
    scale: Scale,
    histories: Vec<History>,
}

/// The scale of the target: its mean and its standard deviation in the training table.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Scale {
    fn to_units(self, output: f32) -> f64 {
        self.mean + self.deviation * f64::from(output)
    }

    fn target(self, numbers: &[f64]) -> Target {
        Target::Numbers(numbers.iter().map(|number| ((number - self.mean) / self.deviation) as f32).collect())
    }
}

impl TableRegressor {
    /// Creates a model that predicts this column.
    pub fn new(target: impl Into<String>) -> Self {
        Self { settings: Settings::new(target.into()), fitted: None }
    }

    settings!();

    /// Trains the model; what it learned before is replaced.
    ///
    /// # Errors
    ///
    /// It fails if the target is constant or has missing cells or text, if there are too few rows, if an option is out of range
    /// or names an unknown column, and as [`FeatureSpace::adapt`] and [`Model::fit`](crate::Model::fit) do. The model is then as
    /// before.
    pub fn fit(&mut self, table: &Table, options: TableOptions<'_>) -> Result<()> {
        options.check()?;
        if !options.class_weight.is_empty() {
            let allowed = "no weights of classes: a regression has none";
            return Err(Error::argument("TableOptions", "class_weight", "given", allowed));
        }
        let target = &self.settings.target;
        let numbers = table.numbers::<f64>(target)?;
        let (mean, deviation) = bins::mean_and_deviation(numbers.as_slice());
        let is_constant = numbers.iter().all(|number| *number == numbers[0]);
        if is_constant || !deviation.is_normal() {
            let problem = format!("its standard deviation is {deviation}; expected a target whose cells differ");
            return Err(Error::Feature { column: target.clone(), line: None, problem });
        }
        let scale = Scale { mean, deviation };
        let validation = options.validation.map(|table| table.numbers::<f64>(target)).transpose()?;
        let validation = validation.map(|numbers| scale.target(numbers.as_slice()));
        let target = (Task::Number, scale.target(numbers.as_slice()));
        let (model, histories) = train(&self.settings, table, target, validation, &[], &options)?;
        self.fitted = Some(Trained { model, scale, histories });
        Ok(())
    }

    fn trained(&self) -> Result<&Trained> {
        let allowed = "a model that was trained: call `fit` first";
        self.fitted.as_ref().ok_or_else(|| Error::argument("TableRegressor", "networks", "none", allowed))
    }

    /// Returns the predictions for these rows, in the units of the target.
    ///
    /// The table may have its columns in another order, and further columns; it needs no target.
    ///
    /// # Errors
    ///
    /// It fails if the model is not trained, and as [`FeatureSpace::transform`] does.
    pub fn predict(&self, table: &Table) -> Result<Vec<f64>> {
        let Trained { model, scale, .. } = self.trained()?;
        Ok(model.predict(table)?.iter().map(|&output| scale.to_units(output)).collect())
    }

    /// Returns the prediction for one row of named cells.
    ///
    /// It takes microseconds, and memory that does not grow from call to call; cells in the order of the training table's
    /// columns are found fastest.
    ///
    /// # Errors
    ///
    /// It fails as [`predict`](Self::predict) does.
    pub fn predict_row(&self, row: &[(&str, Cell<'_>)]) -> Result<f64> {
        let Trained { model, scale, .. } = self.trained()?;
        model.predict_row(row, |outputs| scale.to_units(outputs[0]))
    }

    /// Returns the mean squared error (as `loss`), its root, the mean absolute error and R2 for these rows, in the units of the
    /// target.
    ///
    /// # Errors
    ///
    /// It fails as [`predict`](Self::predict) does, or if a cell of the target is missing or text.
    pub fn evaluate(&self, table: &Table) -> Result<Logs> {
        let predicted = self.predict(table)?;
        Ok(scores::of_numbers(table.numbers::<f64>(&self.settings.target)?.as_slice(), &predicted))
    }

    /// Returns what became of every column of the training table.
    ///
    /// # Errors
    ///
    /// It fails if the model is not trained.
    pub fn explain(&self) -> Result<Explanation> {
        Ok(self.trained()?.model.space.explain())
    }

    /// Returns the history of the training of each network; none before `fit`.
    pub fn histories(&self) -> &[History] {
        self.fitted.as_ref().map_or(&[], |trained| &trained.histories)
    }
}
