//! The options of a training on a table.

use super::Calibration;
use super::fit::Prepared;
use crate::base::{Error, Result};
use crate::data::Table;
use crate::diagnosis::Diagnosis;
use crate::model::Callback;
use crate::training::CancelToken;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A function that makes a callback for the training of one member, given its number.
pub(super) type MakeCallback<'a> = Box<dyn Fn(usize) -> Box<dyn Callback<f32> + 'a> + Sync + 'a>;

/// The options of the `fit` of a table model, in a table's terms; what is not set follows from the table.
///
/// ```
/// use layercake::prelude::*;
/// use std::time::Duration;
///
/// let mut table = data::Table::new();
/// table.add_numbers("size", (0..60).map(|row| row % 7))?;
/// table.add_numbers("weight", (0..60).map(|row| 1 + row % 2))?;
/// table.add_text("kind", (0..60).map(|row| if row % 7 > 3 { "large" } else { "small" }))?;
/// let mut model = TableClassifier::new("kind").seed(1);
/// let options = TableOptions::new().epochs(5).weights("weight").class_weight([("large", 2.0)]);
/// model.fit(&table, options.time_budget(Duration::from_secs(10)))?;
/// assert_eq!(model.histories().len(), 10);
/// # Ok::<(), layercake::Error>(())
/// ```
#[must_use]
pub struct TableOptions<'a> {
    pub(super) epochs: usize,
    pub(super) patience: usize,
    pub(super) batch_size: Option<usize>,
    pub(super) validation_split: Option<f64>,
    pub(super) validation: Option<&'a Table>,
    pub(super) groups: Option<String>,
    pub(super) in_order: bool,
    pub(super) class_weight: Vec<(String, f64)>,
    pub(super) weights: Option<String>,
    pub(super) calibration: Option<(f64, Calibration)>,
    pub(super) time_budget: Option<Duration>,
    pub(super) cancel: Option<CancelToken>,
    pub(super) callbacks: Vec<MakeCallback<'a>>,
    pub(super) threads: Option<usize>,
    diagnosis: Mutex<Option<&'a mut Diagnosis<f32>>>,
}

impl<'a> TableOptions<'a> {
    /// Creates the default options.
    pub fn new() -> Self {
        Self {
            epochs: 200,
            patience: 10,
            batch_size: None,
            validation_split: None,
            validation: None,
            groups: None,
            in_order: false,
            class_weight: Vec::new(),
            weights: None,
            calibration: None,
            time_budget: None,
            cancel: None,
            callbacks: Vec::new(),
            threads: None,
            diagnosis: Mutex::new(None),
        }
    }

    /// Sets the largest number of epochs of each member, at least 1 (default 200).
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.epochs = epochs;
        self
    }

    /// Sets after how many epochs without a lower validation loss a member stops (default 10); its best epoch is kept.
    pub fn patience(mut self, patience: usize) -> Self {
        self.patience = patience;
        self
    }

    /// Sets the number of rows in a batch, at least 1 (default: 32 for up to 8,000 rows, then twice as many for each fourfold
    /// number of rows, at most 1,024).
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = Some(batch_size);
        self
    }

    /// Sets the share of the rows on which a member is validated, above 0 and at most 0.5 (default 0.2).
    ///
    /// Each member is validated on other rows, which are drawn at random with equal shares of the classes.
    pub fn validation_split(mut self, validation_split: f64) -> Self {
        self.validation_split = Some(validation_split);
        self
    }

    /// Sets a table on which all members are validated (default: a share of the rows).
    pub fn validation_data(mut self, table: &'a Table) -> Self {
        self.validation = Some(table);
        self
    }

    /// Sets a column whose equal cells form a group, such as a patient (default: none).
    ///
    /// A group is either in training or in validation. The column is not read as a feature.
    pub fn groups(mut self, column: impl Into<String>) -> Self {
        self.groups = Some(column.into());
        self
    }

    /// Sets that the rows are in time order: all members are validated on the last rows (default: random rows).
    pub fn in_order(mut self) -> Self {
        self.in_order = true;
        self
    }

    /// Sets the weight of the rows of each class in training and validation, by its name, at least 0 (default 1 for each).
    ///
    /// [`weights`](Self::weights) are multiplied by it.
    pub fn class_weight(mut self, class_weight: impl IntoIterator<Item = (impl Into<String>, f64)>) -> Self {
        self.class_weight = class_weight.into_iter().map(|(class, weight)| (class.into(), weight)).collect();
        self
    }

    /// Sets a column with the weight of each row in training and validation, at least 0 (default: 1 each).
    ///
    /// The column is not read as a feature.
    pub fn weights(mut self, column: impl Into<String>) -> Self {
        self.weights = Some(column.into());
        self
    }

    /// Sets the share of the rows, above 0 and at most 0.5, that neither training nor validation uses, so that the model is
    /// calibrated on them after the training (default: none).
    ///
    /// The rows are drawn at random; a group is set aside as a whole, and rows in time order are set aside at the end. See
    /// [`TableClassifier::calibrate`](super::TableClassifier::calibrate) and
    /// [`TableRegressor::calibrate`](super::TableRegressor::calibrate), which take another table instead.
    ///
    /// ```
    /// use layercake::prelude::*;
    /// use layercake::tables::Calibration;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("size", (0..100).map(|row| f64::from(row).sin()))?;
    /// table.add_numbers("price", (0..100).map(|row| f64::from(row).sin() + f64::from(row % 7)))?;
    /// let mut model = TableRegressor::new("price").members(2).seed(1);
    /// model.fit(&table, TableOptions::new().epochs(5).calibration(0.3, Calibration::new().coverage(0.9)))?;
    /// assert_eq!(model.calibration().unwrap().rows(), 30);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn calibration(mut self, share: f64, calibration: Calibration) -> Self {
        self.calibration = Some((share, calibration));
        self
    }

    /// Sets the time after which the training of the members stops (default: no limit); each keeps its best epoch.
    pub fn time_budget(mut self, time_budget: Duration) -> Self {
        self.time_budget = Some(time_budget);
        self
    }

    /// Sets a token with which other code, for example another thread, can stop the training.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    /// Adds a callback for each member; the function is given the number of the member, counted from 0.
    pub fn callback<C: Callback<f32> + 'a>(mut self, callback: impl Fn(usize) -> C + Sync + 'a) -> Self {
        self.callbacks.push(Box::new(move |member| callback(member).into_boxed()));
        self
    }

    /// Sets the largest number of members that are trained at once, at least 1 (default: the number of threads that the
    /// machine allows the process). It does not change any bit of the results.
    #[cfg(feature = "parallel")]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Sets a diagnosis that watches the training of the first member, in which each feature has the name of its column; its
    /// report says how good that member was, what was wrong, and which rows of the table it missed most (default: none).
    ///
    /// The names are those of the table, unless [`Diagnosis::columns`](crate::diagnosis::Diagnosis::columns) has set others.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("size", (0..100).map(|row| f64::from(row % 9)))?;
    /// table.add_numbers("copy", (0..100).map(|row| f64::from(2 * (row % 9) + 1)))?;
    /// table.add_text("kind", (0..100).map(|row| if (row % 9) * (row % 7) > 16 { "large" } else { "small" }))?;
    /// let mut diagnosis = Diagnosis::new();
    /// let mut model = TableClassifier::new("kind").members(2).seed(1);
    /// model.fit(&table, TableOptions::new().epochs(30).diagnosis(&mut diagnosis))?;
    /// println!("{}", diagnosis.report());
    /// # assert!(diagnosis.report().to_json().contains("\"name\": \"size\""));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn diagnosis(mut self, diagnosis: &'a mut Diagnosis<f32>) -> Self {
        self.diagnosis = Mutex::new(Some(diagnosis));
        self
    }

    /// Returns the diagnosis of the first member, once.
    pub(super) fn take_diagnosis(&self) -> Option<&'a mut Diagnosis<f32>> {
        self.diagnosis.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Gives the diagnosis of the first member the names of the columns.
    pub(super) fn name_features(&self, prepared: &Prepared, table: &Table) {
        if let Some(diagnosis) = &mut *self.diagnosis.lock().unwrap_or_else(PoisonError::into_inner) {
            let rows = if self.validation.is_some() { Vec::new() } else { prepared.splits[0].test.clone() };
            diagnosis.name_features(prepared.space.names_of_features(table, rows));
        }
    }

    /// Returns the number of rows in a batch; if it is not set: 32 for up to 8,000 rows, then twice as many for each fourfold number.
    pub(super) fn batch_size_for(&self, rows: usize) -> usize {
        let mut size = 32;
        while size < 1024 && rows > 8_000 * (size / 32) * (size / 32) {
            size *= 2;
        }
        self.batch_size.unwrap_or(size)
    }

    pub(super) fn check(&self) -> Result<()> {
        let refused =
            |argument: &str, value: String, allowed: &str| Err(Error::argument("TableOptions", argument, value, allowed));
        let counts =
            [("epochs", self.epochs), ("batch_size", self.batch_size.unwrap_or(1)), ("threads", self.threads.unwrap_or(1))];
        if let Some((argument, _)) = counts.iter().find(|(_, count)| *count == 0) {
            return refused(argument, "0".to_string(), "a whole number >= 1");
        }
        if let Some(share) = self.validation_split
            && !(share > 0.0 && share <= 0.5)
        {
            return refused("validation_split", share.to_string(), "a number > 0 and <= 0.5");
        }
        if let Some((share, _)) = self.calibration
            && !(share > 0.0 && share <= 0.5)
        {
            return refused("calibration", share.to_string(), "a share > 0 and <= 0.5");
        }
        let given =
            [("validation_data", self.validation.is_some()), ("in_order", self.in_order), ("groups", self.groups.is_some())];
        let given: Vec<&str> = given.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        if let [first, second, ..] = given[..] {
            return refused(second, "given".to_string(), &format!("not both `{first}` and `{second}`"));
        }
        if self.validation.is_some() && self.validation_split.is_some() {
            return refused("validation_split", "given".to_string(), "not both `validation_data` and `validation_split`");
        }
        match self.class_weight.iter().find(|(_, weight)| !(0.0..f64::INFINITY).contains(weight)) {
            Some((class, weight)) => refused(&format!("class_weight of `{class}`"), weight.to_string(), "a finite number >= 0"),
            None => Ok(()),
        }
    }
}

impl Default for TableOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TableOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("TableOptions");
        fields.field("epochs", &self.epochs).field("validation_split", &self.validation_split);
        fields.field("callbacks", &self.callbacks.len()).finish_non_exhaustive()
    }
}
