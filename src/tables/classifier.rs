//! A classifier of the rows of a table.

use super::answers::{Answer, Answers};
#[cfg(feature = "keras")]
use super::file;
use super::fit::train;
use super::fitted::Fitted;
use super::settings::{Settings, settings};
use super::trust::{answer, set_aside};
use super::{Explanation, FeatureSpace, Importance, NetworkShape, TableCheck, TableOptions, importance, scores};
use crate::base::{Error, Result, closest};
use crate::data::{Cell, Table};
use crate::model::{Model, Sequential};
use crate::training::{History, Logs};
use nalgebra::DMatrix;
#[cfg(feature = "keras")]
use std::path::Path;
use std::sync::Arc;

/// A classifier that is trained on a table and answers with the names of classes.
///
/// By default the features are inferred from the table, ten networks are trained on different rows and stop at their lowest
/// validation log loss, and the answer is the mean of their probabilities.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut table = data::Table::new();
/// table.add_numbers("length", (0..80).map(|row| f64::from(row % 9)))?;
/// table.add_text("colour", (0..80).map(|row| ["red", "blue"][row % 2]))?;
/// table.add_text("ripe", (0..80).map(|row| if row % 9 > 4 && row % 2 == 0 { "yes" } else { "no" }))?;
///
/// let mut model = TableClassifier::new("ripe").members(2).seed(1);
/// model.fit(&table, TableOptions::new().epochs(40))?;
/// println!("{}", model.evaluate(&table)?);
/// let answers = model.predict(&table)?;
/// assert_eq!(answers.names(), ["no", "yes"]);
/// println!("{answers}\n{}", model.explain()?);
///
/// let answer = model.predict_row(&[("length", 7.into()), ("colour", "red".into())])?;
/// println!("{} with probability {:.2}", answer.class(), answer.probability());
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TableClassifier {
    pub(super) settings: Settings,
    pub(super) fitted: Option<Trained>,
}

/// What `fit` gives.
#[derive(Debug, Clone)]
pub(super) struct Trained {
    pub(super) model: Fitted,
    pub(super) names: Arc<[String]>,
    histories: Vec<History>,
}

/// The name of the model in files.
#[cfg(feature = "keras")]
const KIND: &str = "TableClassifier";

impl TableClassifier {
    /// Creates a classifier of this column.
    pub fn new(target: impl Into<String>) -> Self {
        Self { settings: Settings::new(target.into()), fitted: None }
    }

    settings!();

    /// Trains the classifier; what it learned before is replaced.
    ///
    /// # Errors
    ///
    /// It fails if the target has fewer than two classes or missing cells, if there are too few rows, if an option is out of
    /// range or names an unknown column or class, and as [`FeatureSpace::adapt`] and [`Model::fit`](crate::Model::fit) do. The
    /// classifier is then as before.
    pub fn fit(&mut self, table: &Table, options: TableOptions<'_>) -> Result<()> {
        options.check()?;
        let target = &self.settings.target;
        let names = self.names_of_classes(table)?;
        let aside = set_aside(table, &options, self.settings.seed)?;
        let aside = aside.as_ref().zip(options.calibration.as_ref().map(|(_, calibration)| calibration));
        if let Some(((_, rows), calibration)) = aside {
            calibration.check_classes(&names, rows.rows())?;
        }
        let table = aside.map_or(table, |((train, _), _)| train);
        let (model, histories) =
            self.with_targets(table, &names, &options, |targets| train(&self.settings, table, targets, &options))?;
        let mut trained = Trained { model, names, histories };
        if let Some(((_, rows), calibration)) = aside {
            trained.calibrate(target, rows, calibration)?;
        }
        self.fitted = Some(trained);
        Ok(())
    }

    pub(super) fn trained(&self) -> Result<&Trained> {
        let allowed = "a classifier that was trained: call `fit` first";
        self.fitted.as_ref().ok_or_else(|| Error::argument("TableClassifier", "networks", "none", allowed))
    }

    /// Returns the classes of these rows, their probabilities, and after a [`calibrate`](Self::calibrate) their sets.
    ///
    /// The table may have its columns in another order, and further columns; it needs no target.
    ///
    /// # Errors
    ///
    /// It fails if the classifier is not trained, and as [`FeatureSpace::transform`] does.
    pub fn predict(&self, table: &Table) -> Result<Answers> {
        let trained = self.trained()?;
        Ok(trained.answers(trained.model.predict(table)?))
    }

    /// Returns the class of one row of named cells, and the probabilities of all classes.
    ///
    /// It takes microseconds, and memory that does not grow from call to call; cells in the order of the training table's
    /// columns are found fastest.
    ///
    /// # Errors
    ///
    /// It fails as [`predict`](Self::predict) does.
    pub fn predict_row(&self, row: &[(&str, Cell<'_>)]) -> Result<Answer<'_>> {
        let Trained { model, names, .. } = self.trained()?;
        model.predict_row(row, |outputs| {
            let mut probabilities = if let [one] = outputs { of_two(*one).to_vec() } else { outputs.to_vec() };
            let (class, set) = answer(model.trust.calibrated.as_ref(), &mut probabilities);
            Answer { names, probabilities, class, set }
        })
    }

    /// Returns the log loss (as `loss`), the accuracy and the area under the ROC curve (as `auc`) for these rows.
    ///
    /// With more than two classes, the area is the mean of those of each class against the others. After a
    /// [`calibrate`](Self::calibrate), also the share of rows whose set has the true class (as `coverage`) and the mean number of
    /// classes in a set (as `set_size`).
    ///
    /// # Errors
    ///
    /// It fails as [`predict`](Self::predict) does, or if a cell of the target is missing or no class of the training table.
    pub fn evaluate(&self, table: &Table) -> Result<Logs> {
        let trained = self.trained()?;
        let actual = table.labels_as(&self.settings.target, &trained.names)?;
        let Answers { classes, probabilities, sets, .. } = self.predict(table)?;
        let rows = actual.classes().len() as f64;
        let sets = sets.map(|sets| {
            let covered = sets.iter().zip(actual.classes()).filter(|(set, class)| set.contains(class)).count() as f64;
            let size = sets.iter().map(Vec::len).sum::<usize>() as f64;
            [("coverage", covered / rows), ("set_size", size / rows)]
        });
        Ok(scores::of_classes(actual.classes(), &classes, &probabilities, sets.as_ref().map_or(&[], |sets| sets)))
    }

    /// Returns by how much the log loss for these rows rises when the cells of one column are shuffled, for each column.
    ///
    /// The rows should be some that training did not see. Each column is shuffled `repeats` times, at least once; the seed
    /// decides the orders. A column that another one repeats seems of little importance, because the other one is left.
    /// (Breiman, *Random Forests*, 2001; scikit-learn's `permutation_importance`)
    ///
    /// # Errors
    ///
    /// It fails as [`evaluate`](Self::evaluate) does, or if `repeats` is 0.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("size", (0..90).map(|row| row % 9))?;
    /// table.add_numbers("noise", (0..90).map(|row| (row * 7) % 11))?;
    /// table.add_text("kind", (0..90).map(|row| if row % 9 > 4 { "large" } else { "small" }))?;
    /// let mut model = TableClassifier::new("kind").members(2).seed(1);
    /// model.fit(&table, TableOptions::new())?;
    /// let importance = model.permutation_importance(&table, 5, 1)?;
    /// assert_eq!(importance.columns().next().map(|(column, ..)| column), Some("size"));
    /// println!("{importance}");
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn permutation_importance(&self, table: &Table, repeats: usize, seed: u64) -> Result<Importance> {
        let trained = self.trained()?;
        let actual = table.labels_as(&self.settings.target, &trained.names)?;
        let loss = |outputs| scores::log_loss(actual.classes(), &trained.answers(outputs).probabilities);
        importance::of(&trained.model, table, (repeats, seed), "log loss", &loss)
    }

    /// Compares a second table with the training table: for each column the share of missing cells, the numbers outside of the
    /// training range, unknown levels with examples, whether another unit is likely, and what [`predict`](Self::predict) would
    /// refuse.
    ///
    /// # Errors
    ///
    /// It fails if the classifier is not trained, or the table has no rows.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("size", (0..60).map(|row| row % 9))?;
    /// table.add_text("kind", (0..60).map(|row| if row % 9 > 4 { "large" } else { "small" }))?;
    /// let mut model = TableClassifier::new("kind").members(1).seed(1);
    /// model.fit(&table, TableOptions::new().epochs(5))?;
    ///
    /// let mut second = data::Table::new();
    /// second.add_numbers("size", (0..30).map(|row| 1000 * (row % 9)))?;
    /// let check = model.check_table(&second)?;
    /// assert_eq!(check.column("size").unwrap().factor(), Some(1000.0));
    /// println!("{check}");
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn check_table(&self, table: &Table) -> Result<TableCheck> {
        let model = &self.trained()?.model;
        model.space.check(table, &model.trust.columns)
    }

    /// Returns what became of every column of the training table.
    ///
    /// # Errors
    ///
    /// It fails if the classifier is not trained.
    pub fn explain(&self) -> Result<Explanation> {
        Ok(self.trained()?.model.space.explain())
    }

    /// Saves the classifier as one `.keras` file: columns, features, networks, names of classes and a self-test.
    ///
    /// Python's `keras.saving.load_model` opens the file as a model without `custom_objects`: it takes the cells of the columns as
    /// numbers, and gives the probabilities of the classes, or of the second of two classes. The guide's page on
    /// [tables](crate::guide::tables) has the function that turns cells into numbers. What Keras has no place for is in the member
    /// `layercake_table.json`, which Keras leaves out when it saves the model again. No row of the training table is in the file,
    /// but a hash of 32 bits of each row, the smallest and the largest number of each column, and the levels are.
    ///
    /// # Errors
    ///
    /// The classifier is not trained, the name does not end with `.keras`, a network has a closure, or the file cannot be
    /// written.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("size", (0..60).map(|row| row % 9))?;
    /// table.add_text("kind", (0..60).map(|row| if row % 9 > 4 { "large" } else { "small" }))?;
    /// let mut model = TableClassifier::new("kind").members(2).seed(1);
    /// model.fit(&table, TableOptions::new().epochs(5))?;
    /// let path = std::env::temp_dir().join(format!("layercake-kinds-{}.keras", std::process::id()));
    /// model.save(&path)?;
    /// let loaded = TableClassifier::load(&path)?;
    /// # let _ = std::fs::remove_file(&path);
    /// assert_eq!(loaded.predict(&table)?, model.predict(&table)?);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    #[cfg(feature = "keras")]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let Trained { model, names, .. } = self.trained()?;
        let answers = serde_json::json!(&names[..]);
        let target = self.settings.target.clone();
        file::save(path.as_ref(), model, &file::Answers { kind: KIND, target, answers })
    }

    /// Loads a classifier that [`save`](Self::save) has saved.
    ///
    /// The hash of each member is checked, and eight made-up rows must give the answers that they gave when the file was saved.
    /// A `fit` of the loaded classifier starts anew, with the default features and network.
    ///
    /// # Errors
    ///
    /// The file cannot be read, holds another model, was changed, or fails its self-test; the error names what differs first.
    #[cfg(feature = "keras")]
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::of_file(file::load(path.as_ref(), KIND)?)
    }

    /// Loads a classifier whose file Keras has saved again, for example after it was trained further in Python: the networks are
    /// those of the file, and all else is from the `original` that [`save`](Self::save) wrote, because Keras leaves it out.
    ///
    /// Save the classifier again to have one file with a self-test of its new answers. If the answers have changed, they are no
    /// longer calibrated: call [`calibrate`](Self::calibrate) again.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load) for the original; the file cannot be read, or its columns are encoded otherwise.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// # let mut table = data::Table::new();
    /// # table.add_numbers("size", (0..60).map(|row| row % 9))?;
    /// # table.add_text("kind", (0..60).map(|row| if row % 9 > 4 { "large" } else { "small" }))?;
    /// # let mut model = TableClassifier::new("kind").members(2).seed(1);
    /// # model.fit(&table, TableOptions::new().epochs(5))?;
    /// # let folder = std::env::temp_dir();
    /// # let path = |name: &str| folder.join(format!("layercake-{name}-{}.keras", std::process::id()));
    /// # let (original, from_python) = (path("original"), path("python"));
    /// # model.save(&original)?;
    /// # std::fs::copy(&original, &from_python)?;
    /// let loaded = TableClassifier::load_with_columns_of(&from_python, &original)?;
    /// loaded.save(&from_python)?;
    /// # TableClassifier::load(&from_python)?;
    /// # for path in [&original, &from_python] { std::fs::remove_file(path)?; }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "keras")]
    pub fn load_with_columns_of(path: impl AsRef<Path>, original: impl AsRef<Path>) -> Result<Self> {
        Self::of_file(file::load_with_columns_of(path.as_ref(), original.as_ref(), KIND)?)
    }

    #[cfg(feature = "keras")]
    fn of_file(loaded: file::Loaded) -> Result<Self> {
        let file::Loaded { fitted: model, target, answers, place } = loaded;
        let names = answers.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_string));
        let names: Arc<[String]> = names.collect();
        let outputs = if names.len() == 2 { 1 } else { names.len() };
        if names.len() < 2 || outputs != model.outputs() {
            return Err(place.error(format!("{} names of classes do not fit {} outputs", names.len(), model.outputs())));
        }
        Ok(Self { settings: Settings::new(target), fitted: Some(Trained { model, names, histories: Vec::new() }) })
    }

    /// Returns the names of the classes; none before `fit`.
    pub fn names(&self) -> &[String] {
        self.fitted.as_ref().map_or(&[], |trained| &trained.names)
    }

    /// Returns the features, adapted to the training table.
    ///
    /// # Errors
    ///
    /// It fails if the classifier is not trained.
    pub fn feature_space(&self) -> Result<&FeatureSpace> {
        Ok(&self.trained()?.model.space)
    }

    /// Returns the networks as one model: it takes the numbers of the features, and its last layer averages the networks.
    ///
    /// # Errors
    ///
    /// It fails if the classifier is not trained.
    pub fn networks(&self) -> Result<&Model<f32>> {
        Ok(self.trained()?.model.ensemble.model())
    }

    /// Returns the history of the training of each network; none before `fit` or after `load`.
    pub fn histories(&self) -> &[History] {
        self.fitted.as_ref().map_or(&[], |trained| &trained.histories)
    }
}

impl Trained {
    /// Returns the probabilities of all classes before any calibration, given the outputs of the networks.
    pub(super) fn raw(&self, outputs: DMatrix<f32>) -> DMatrix<f32> {
        match outputs.ncols() {
            1 => DMatrix::from_fn(outputs.nrows(), 2, |row, class| of_two(outputs[row])[class]),
            _ => outputs,
        }
    }

    /// Returns the answers, given the outputs of the networks.
    fn answers(&self, outputs: DMatrix<f32>) -> Answers {
        let mut probabilities = self.raw(outputs);
        let (rows, calibrated) = (probabilities.nrows(), self.model.trust.calibrated.as_ref());
        let mut answer_row = |row| {
            let mut own: Vec<f32> = probabilities.row(row).iter().copied().collect();
            let answered = answer(calibrated, &mut own);
            probabilities.row_mut(row).iter_mut().zip(own).for_each(|(p, own)| *p = own);
            answered
        };
        let (classes, sets): (Vec<_>, Vec<_>) = (0..rows).map(&mut answer_row).unzip();
        Answers { names: self.names.clone(), probabilities, classes, sets: sets.into_iter().collect() }
    }
}

/// Returns the probabilities of two classes, given that of the second.
fn of_two(second: f32) -> [f32; 2] {
    [1.0 - second, second]
}

pub(super) fn class_of(class: &str, names: &[String]) -> Result<usize> {
    names.iter().position(|name| name == class).ok_or_else(|| {
        let classes = closest(class, &mut names.iter().map(String::as_str));
        let allowed = format!("a class of the target: {classes}");
        Error::argument("TableOptions", "class_weight", format!("`{class}`"), allowed)
    })
}
