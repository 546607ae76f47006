//! The features of a table, in Keras' words.

use super::dropped::Dropped;
use super::{Categorical, Feature, Float, Hashed};
use crate::base::{Error, Result};
use crate::data::{Cell, ColumnView, Table};

/// The features of a table: which columns a network reads, and how their cells become numbers.
/// (Keras' `FeatureSpace`)
///
/// Name columns with a method for each kind, let [`infer`](Self::infer) see to all other columns, then
/// [`adapt`](Self::adapt) the features to the training rows and [`transform`](Self::transform) any rows of the same columns
/// to a matrix, one row for each row of the table. [`feature`](Self::feature) takes a feature with other settings.
///
/// | method | feature |
/// |---|---|
/// | [`float`](Self::float), [`float_rescaled`](Self::float_rescaled) | the number, or `x * scale + offset` |
/// | [`float_normalized`](Self::float_normalized), [`float_robust`](Self::float_robust) | mean 0 and deviation 1, or by quartiles |
/// | [`float_discretized`](Self::float_discretized), [`float_piecewise`](Self::float_piecewise) | bins between quantiles |
/// | [`string_categorical`](Self::string_categorical), [`integer_categorical`](Self::integer_categorical) | an output per level |
/// | [`string_hashed`](Self::string_hashed), [`integer_hashed`](Self::integer_hashed), [`cross`](Self::cross) | hashed levels |
///
/// ```
/// use layercake::prelude::*;
///
/// let mut train = data::Table::new();
/// train.add_numbers("age", [20.0, 40.0, 60.0, 80.0])?;
/// train.add_text("sex", ["f", "m", "m", "f"])?;
/// let space = FeatureSpace::new().float_normalized("age").string_categorical("sex").adapt(&train)?;
/// assert_eq!(space.output_names(), ["age", "sex=f", "sex=m"]);
///
/// let mut later = data::Table::new();
/// later.add_text("sex", ["m"])?;
/// later.add_numbers("age", [50.0])?;
/// assert_eq!(space.transform::<f64>(&later)?, dmatrix![0.0, 0.0, 1.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use]
pub struct FeatureSpace {
    pub(super) entries: Vec<Entry>,
    /// The columns that are not read, each with the reason.
    pub(super) dropped: Vec<Dropped>,
    /// The columns that the features read, in the order in which they were first named; known once adapted.
    pub(super) columns: Vec<Column>,
}

/// A feature and the columns that it reads.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) columns: Vec<String>,
    pub(super) feature: Feature,
}

/// A column that features read, as it was in the training rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) is_number: bool,
    /// The smallest and the largest number of the training rows; both 0 if there is none.
    pub(super) range: [f64; 2],
}

impl Column {
    fn of(column: ColumnView<'_>) -> Self {
        let numbers = || column.cells().filter_map(|cell| if let Cell::Number(number) = cell { Some(number) } else { None });
        let range = match numbers().reduce(f64::min).zip(numbers().reduce(f64::max)) {
            Some((smallest, largest)) => [smallest, largest],
            None => [0.0; 2],
        };
        Self { name: column.name().to_string(), is_number: column.is_number(), range }
    }
}

impl FeatureSpace {
    /// Creates a space without features.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a feature of one column, for example one with other settings than the defaults.
    pub fn feature(self, column: impl Into<String>, feature: impl Into<Feature>) -> Self {
        self.with(vec![column.into()], feature.into())
    }

    fn with(mut self, columns: Vec<String>, feature: Feature) -> Self {
        self.dropped.retain(|dropped| !columns.contains(&dropped.column));
        self.entries.push(Entry { columns, feature });
        self
    }

    /// Adds a column of numbers as it is: [`Float::raw`].
    pub fn float(self, column: impl Into<String>) -> Self {
        self.feature(column, Float::raw())
    }

    /// Adds `x * scale + offset` of a column of numbers: [`Float::rescaled`].
    pub fn float_rescaled(self, column: impl Into<String>, scale: f64, offset: f64) -> Self {
        self.feature(column, Float::rescaled(scale, offset))
    }

    /// Adds a column of numbers with mean 0 and standard deviation 1: [`Float::normalized`].
    pub fn float_normalized(self, column: impl Into<String>) -> Self {
        self.feature(column, Float::normalized())
    }

    /// Adds a column of numbers scaled by its quartiles, with outliers clipped smoothly: [`Float::robust`].
    pub fn float_robust(self, column: impl Into<String>) -> Self {
        self.feature(column, Float::robust())
    }

    /// Adds the one-hot bin of a column of numbers: [`Float::discretized`].
    pub fn float_discretized(self, column: impl Into<String>, num_bins: usize) -> Self {
        self.feature(column, Float::discretized(num_bins))
    }

    /// Adds a column of numbers by its quartiles, and its place in bins between quantiles: [`Float::piecewise`].
    pub fn float_piecewise(self, column: impl Into<String>) -> Self {
        self.feature(column, Float::piecewise())
    }

    /// Adds the one-hot level of a column: [`Categorical::string`].
    pub fn string_categorical(self, column: impl Into<String>) -> Self {
        self.feature(column, Categorical::string())
    }

    /// Adds the one-hot level of a column of numbers: [`Categorical::integer`].
    pub fn integer_categorical(self, column: impl Into<String>) -> Self {
        self.feature(column, Categorical::integer())
    }

    /// Adds the level of a column of text, hashed into this number of outputs: [`Hashed`].
    pub fn string_hashed(self, column: impl Into<String>, num_bins: usize) -> Self {
        self.feature(column, Hashed::new(num_bins))
    }

    /// Adds the level of a column of numbers, hashed into this number of outputs: [`Hashed`].
    pub fn integer_hashed(self, column: impl Into<String>, num_bins: usize) -> Self {
        self.feature(column, Hashed::new(num_bins))
    }

    /// Adds the combination of several columns, hashed into this number of outputs: [`Hashed`].
    pub fn cross(self, columns: impl IntoIterator<Item = impl Into<String>>, crossing_dim: usize) -> Self {
        self.with(columns.into_iter().map(Into::into).collect(), Hashed::new(crossing_dim).into())
    }

    /// Leaves out a column, such as the target, so that [`infer`](Self::infer) adds no feature of it.
    pub fn leave_out(mut self, column: impl Into<String>) -> Self {
        let column = column.into();
        self.entries.retain(|entry| !entry.columns.contains(&column));
        self.drop_column(column, "left out by the program");
        self
    }

    pub(super) fn drop_column(&mut self, column: String, reason: impl Into<String>) {
        self.dropped.retain(|dropped| dropped.column != column);
        self.dropped.push(Dropped { column, reason: reason.into() });
    }

    /// Returns the space adapted to the training rows: means, quantiles and levels are taken from them.
    ///
    /// # Errors
    ///
    /// There is no feature, the table has no rows or lacks a column, a column holds text where a feature takes numbers, every
    /// cell of a column is missing, or an argument of a feature is outside its range.
    pub fn adapt(mut self, train: &Table) -> Result<Self> {
        if self.entries.is_empty() {
            let allowed = "at least one feature: name columns, or call `infer`";
            return Err(Error::argument("FeatureSpace", "features", 0, allowed));
        }
        if train.rows() == 0 {
            return Err(Error::Empty { what: "the table" });
        }
        self.columns.clear();
        for entry in &mut self.entries {
            entry.feature.check()?;
            let columns: Vec<ColumnView<'_>> = entry.columns.iter().map(|name| train.column(name)).collect::<Result<_>>()?;
            entry.feature = entry.feature.adapt(&columns)?;
            for column in columns {
                if !self.columns.iter().any(|known| known.name == column.name()) {
                    self.columns.push(Column::of(column));
                }
            }
        }
        Ok(self)
    }

    /// Returns whether all features have what they take from training rows.
    pub fn is_adapted(&self) -> bool {
        !self.columns.is_empty() && self.entries.iter().all(|entry| entry.feature.is_adapted())
    }

    /// Returns the number of columns of the matrix; 0 if the space is not adapted.
    pub fn width(&self) -> usize {
        if self.is_adapted() { self.entries.iter().map(|entry| entry.feature.width()).sum() } else { 0 }
    }

    /// Returns the names of the columns of the matrix; none if the space is not adapted.
    pub fn output_names(&self) -> Vec<String> {
        let names = |entry: &Entry| entry.feature.output_names(&entry.columns);
        if self.is_adapted() { self.entries.iter().flat_map(names).collect() } else { Vec::new() }
    }

    /// Returns how many numbers the levels of a column have, with 0 for no level: the size of an embedding of a categorical
    /// feature with [`OutputMode::Int`](crate::layers::OutputMode::Int).
    ///
    /// # Errors
    ///
    /// The column has no categorical feature, or the space is not adapted.
    pub fn vocabulary_size(&self, column: &str) -> Result<usize> {
        let feature = self.entries.iter().find_map(|entry| match &entry.feature {
            Feature::Categorical(feature) if entry.columns == [column] && feature.is_adapted() => Some(feature),
            _ => None,
        });
        let problem = "it has no categorical feature that was adapted to training rows";
        let missing = || Error::Feature { column: column.to_string(), line: None, problem: problem.into() };
        feature.map(Categorical::vocabulary_size).ok_or_else(missing)
    }

    /// Returns the columns of a table that the features read.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// Returns the features, each with the columns that it reads.
    pub fn features(&self) -> impl Iterator<Item = (&[String], &Feature)> {
        self.entries.iter().map(|entry| (entry.columns.as_slice(), &entry.feature))
    }
}
