//! A model that predicts numbers from the rows of a table.

#[cfg(feature = "keras")]
use super::file;
use super::fit::{Target, Targets, train};
use super::fitted::Fitted;
use super::settings::{Settings, settings};
use super::shape::Task;
use super::trust::set_aside;
use super::{Explanation, FeatureSpace, Importance, NetworkShape, TableCheck, TableOptions, bins, importance, scores};
use crate::base::{Error, Result};
use crate::data::{Cell, Table};
use crate::model::{Model, Sequential};
use crate::training::{History, Logs};
use nalgebra::DMatrix;
#[cfg(feature = "keras")]
use std::path::Path;
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
    pub(super) settings: Settings,
    pub(super) fitted: Option<Trained>,
}

/// What `fit` gives.
#[derive(Debug, Clone)]
pub(super) struct Trained {
    pub(super) model: Fitted,
    pub(super) scale: Scale,
    histories: Vec<History>,
}

/// The scale of the target: its mean and its standard deviation in the training table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    mean: f64,
    pub(super) deviation: f64,
}

impl Scale {
    pub(super) fn to_units(self, output: f32) -> f64 {
        self.mean + self.deviation * f64::from(output)
    }

    pub(super) fn target(self, numbers: &[f64]) -> Target {
        Target::Numbers(numbers.iter().map(|number| ((number - self.mean) / self.deviation) as f32).collect())
    }
}

/// The name of the model in files.
#[cfg(feature = "keras")]
const KIND: &str = "TableRegressor";

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
        let aside = set_aside(table, &options, self.settings.seed)?;
        let aside = aside.as_ref().zip(options.calibration.as_ref().map(|(_, calibration)| calibration));
        if let Some(((_, rows), calibration)) = aside {
            calibration.check_numbers(rows.rows())?;
        }
        let table = aside.map_or(table, |((train, _), _)| train);
        let target = &self.settings.target;
        let (scale, targets) = self.targets(table, &options)?;
        let (model, histories) = train(&self.settings, table, &targets, &options)?;
        let mut trained = Trained { model, scale, histories };
        if let Some(((_, rows), calibration)) = aside {
            trained.calibrate(target, rows, calibration)?;
        }
        self.fitted = Some(trained);
        Ok(())
    }

    /// Returns the scale of the target, and the targets of the rows for training and validation on it.
    pub(super) fn targets(&self, table: &Table, options: &TableOptions<'_>) -> Result<(Scale, Targets<'static>)> {
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
        let train = scale.target(numbers.as_slice());
        Ok((scale, Targets { task: Task::Number, train, validation, class_weight: &[] }))
    }

    pub(super) fn trained(&self) -> Result<&Trained> {
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
    /// After a [`calibrate`](Self::calibrate), also the share of rows whose interval has the true number (as `coverage`) and the
    /// mean width of the intervals (as `interval_width`).
    ///
    /// # Errors
    ///
    /// It fails as [`predict`](Self::predict) does, or if a cell of the target is missing or text.
    pub fn evaluate(&self, table: &Table) -> Result<Logs> {
        let predicted = self.predict(table)?;
        let actual = table.numbers::<f64>(&self.settings.target)?;
        if self.calibration().is_none() {
            return Ok(scores::of_numbers(actual.as_slice(), &predicted, &[]));
        }
        let intervals = self.predict_intervals(table)?;
        let rows = actual.len() as f64;
        let covered = intervals.intervals().iter().zip(&actual).filter(|(interval, actual)| interval.contains(**actual)).count();
        let width = intervals.intervals().iter().map(|interval| interval.high - interval.low).sum::<f64>();
        let others = [("coverage", covered as f64 / rows), ("interval_width", width / rows)];
        Ok(scores::of_numbers(actual.as_slice(), &predicted, &others))
    }

    /// Returns by how much the root mean squared error for these rows rises when the cells of one column are shuffled, for each
    /// column; see [`TableClassifier::permutation_importance`](super::TableClassifier::permutation_importance).
    ///
    /// # Errors
    ///
    /// It fails as [`evaluate`](Self::evaluate) does, or if `repeats` is 0.
    pub fn permutation_importance(&self, table: &Table, repeats: usize, seed: u64) -> Result<Importance> {
        let Trained { model, scale, .. } = self.trained()?;
        let actual = table.numbers::<f64>(&self.settings.target)?;
        let loss = |outputs: DMatrix<f32>| {
            let errors = outputs.iter().zip(&actual).map(|(&output, actual)| scale.to_units(output) - actual);
            (errors.map(|error| error * error).sum::<f64>() / actual.len() as f64).sqrt()
        };
        importance::of(model, table, (repeats, seed), "root mean squared error", &loss)
    }

    /// Saves the model as one `.keras` file: columns, features, networks, the scale of the target and a self-test; see
    /// [`TableClassifier::save`](super::TableClassifier::save).
    ///
    /// In Python the model gives numbers in the units of the target, too.
    ///
    /// # Errors
    ///
    /// The model is not trained, the name does not end with `.keras`, a network has a closure, or the file cannot be written.
    #[cfg(feature = "keras")]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let Trained { model, scale, .. } = self.trained()?;
        let answers = serde_json::json!({"mean": scale.mean, "deviation": scale.deviation});
        let target = self.settings.target.clone();
        file::save(path.as_ref(), model, &file::Answers { kind: KIND, target, answers })
    }

    /// Loads a model that [`save`](Self::save) has saved; see [`TableClassifier::load`](super::TableClassifier::load).
    ///
    /// # Errors
    ///
    /// The file cannot be read, holds another model, was changed, or fails its self-test; the error names what differs first.
    #[cfg(feature = "keras")]
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::of_file(file::load(path.as_ref(), KIND)?)
    }

    /// Loads a model whose file Keras has saved again; see
    /// [`TableClassifier::load_with_columns_of`](super::TableClassifier::load_with_columns_of).
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load) for the original; the file cannot be read, or its columns are encoded otherwise.
    #[cfg(feature = "keras")]
    pub fn load_with_columns_of(path: impl AsRef<Path>, original: impl AsRef<Path>) -> Result<Self> {
        Self::of_file(file::load_with_columns_of(path.as_ref(), original.as_ref(), KIND)?)
    }

    #[cfg(feature = "keras")]
    fn of_file(loaded: file::Loaded) -> Result<Self> {
        let file::Loaded { fitted: model, target, answers, place } = loaded;
        let scale = match (answers["mean"].as_f64(), answers["deviation"].as_f64()) {
            (Some(mean), Some(deviation)) if model.outputs() == 1 => Scale { mean, deviation },
            _ => return Err(place.error("the scale of the target is missing")),
        };
        Ok(Self { settings: Settings::new(target), fitted: Some(Trained { model, scale, histories: Vec::new() }) })
    }

    /// Compares a second table with the training table: for each column the share of missing cells, the numbers outside of the
    /// training range, unknown levels with examples, whether another unit is likely, and what [`predict`](Self::predict) would
    /// refuse.
    ///
    /// # Errors
    ///
    /// It fails if the model is not trained, or the table has no rows.
    ///
    /// [`TableClassifier::check_table`](super::TableClassifier::check_table) has an example.
    pub fn check_table(&self, table: &Table) -> Result<TableCheck> {
        let model = &self.trained()?.model;
        model.space.check(table, &model.trust.columns)
    }

    /// Returns what became of every column of the training table.
    ///
    /// # Errors
    ///
    /// It fails if the model is not trained.
    pub fn explain(&self) -> Result<Explanation> {
        Ok(self.trained()?.model.space.explain())
    }

    /// Returns the features, adapted to the training table.
    ///
    /// # Errors
    ///
    /// It fails if the model is not trained.
    pub fn feature_space(&self) -> Result<&FeatureSpace> {
        Ok(&self.trained()?.model.space)
    }

    /// Returns the networks as one model: it takes the numbers of the features, and its last layer averages the networks.
    ///
    /// # Errors
    ///
    /// It fails if the model is not trained.
    pub fn networks(&self) -> Result<&Model<f32>> {
        Ok(self.trained()?.model.ensemble.model())
    }

    /// Returns the history of the training of each network; none before `fit` or after `load`.
    pub fn histories(&self) -> &[History] {
        self.fitted.as_ref().map_or(&[], |trained| &trained.histories)
    }
}
