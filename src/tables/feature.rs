//! A feature: how one column, or several together, become numbers.

use super::float::Rounding;
use super::{Categorical, Float, Hashed};
use crate::base::{Error, Result, UnknownName};
use crate::data::{Cell, ColumnView};
use crate::part::{Arguments, Describe, NoParts, Part, Spec};

/// A feature: how the cells of one column, or of several together, become the inputs of a network.
///
/// ```
/// use layercake::tables::{Feature, Float};
///
/// let feature = Feature::from(Float::piecewise().num_bins(8));
/// assert_eq!(Feature::from_spec(&feature.spec())?, feature);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Feature {
    /// Of a column of numbers.
    Float(Float),
    /// Of a column of categories.
    Categorical(Categorical),
    /// Of columns whose levels are hashed.
    Hashed(Hashed),
}

/// Why a cell has no outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Missing,
    Unknown,
    NotANumber,
}

impl From<Float> for Feature {
    fn from(feature: Float) -> Self {
        Self::Float(feature)
    }
}

impl From<Categorical> for Feature {
    fn from(feature: Categorical) -> Self {
        Self::Categorical(feature)
    }
}

impl From<Hashed> for Feature {
    fn from(feature: Hashed) -> Self {
        Self::Hashed(feature)
    }
}

impl Feature {
    /// Returns the class name and all arguments, also what the feature was adapted to.
    pub fn spec(&self) -> Spec {
        self.part().spec()
    }

    fn part(&self) -> &dyn Part {
        match self {
            Self::Float(feature) => feature,
            Self::Categorical(feature) => feature,
            Self::Hashed(feature) => feature,
        }
    }

    /// Makes the feature that a spec describes.
    ///
    /// # Errors
    ///
    /// The name or an argument is unknown, or an argument is outside its range.
    pub fn from_spec(spec: &Spec) -> Result<Self> {
        fn read<F: Describe + Into<Feature>>(mut feature: F, spec: &Spec) -> Result<Feature> {
            Arguments::read(&mut feature, spec, &NoParts)?;
            Ok(feature.into())
        }
        match spec.class_name.as_str() {
            "Float" => read(Float::raw(), spec),
            "Categorical" => read(Categorical::default(), spec),
            "Hashed" => read(Hashed::default(), spec),
            other => Err(UnknownName::new("feature", other, &mut ["Float", "Categorical", "Hashed"].into_iter()).into()),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        self.part().check_arguments()
    }

    /// Returns the feature adapted to the training rows.
    pub(super) fn adapt(&self, columns: &[ColumnView<'_>]) -> Result<Self> {
        let [first, ..] = columns else { return Err(Error::Empty { what: "the list of columns of a feature" }) };
        Ok(match self.clone() {
            Self::Float(feature) => feature.adapt(*first)?.into(),
            Self::Categorical(feature) => feature.adapt(*first)?.into(),
            Self::Hashed(feature) => feature.into(),
        })
    }

    /// Returns whether the feature has all that it takes from training rows.
    pub(super) fn is_adapted(&self) -> bool {
        match self {
            Self::Float(feature) => feature.is_adapted(),
            Self::Categorical(feature) => feature.is_adapted(),
            Self::Hashed(_) => true,
        }
    }

    /// Returns the number of outputs.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Float(feature) => feature.width(),
            Self::Categorical(feature) => feature.width(),
            Self::Hashed(feature) => feature.width(),
        }
    }

    pub(super) fn output_names(&self, columns: &[String]) -> Vec<String> {
        let column = columns.join(" x ");
        match self {
            Self::Float(feature) => feature.output_names(&column),
            Self::Categorical(feature) => feature.output_names(&column),
            Self::Hashed(feature) => feature.output_names(&column),
        }
    }

    /// Writes the outputs for the cells of one row, one cell for each column; a number that is no level is rounded first.
    pub(super) fn encode(&self, cells: &[Cell<'_>], round: Rounding, out: &mut [f64]) -> Result<(), Refused> {
        let first = cells.first().copied().unwrap_or(Cell::Missing);
        match self {
            Self::Float(feature) => feature.encode(first, round, out),
            Self::Categorical(feature) => feature.encode(first, out),
            Self::Hashed(feature) => feature.encode(cells, out),
        }
    }

    /// Describes the outputs in words, for an explanation.
    pub(super) fn explain(&self) -> String {
        match self {
            Self::Float(feature) => feature.explain(),
            Self::Categorical(feature) => feature.explain(),
            Self::Hashed(feature) => format!("{} hashed levels", feature.width()),
        }
    }
}
