//! The feature of a column of numbers: scaled, in bins, or both.

use super::bins;
use super::feature::Refused;
use crate::base::{Error, Result};
use crate::data::{Cell, ColumnView};
use crate::layers::Bin;
use crate::part::{Arguments, Describe, FINITE};

/// A feature of a column of numbers: the scaled number, bins of it, and a flag for a missing cell.
///
/// | constructor | outputs |
/// |---|---|
/// | [`rescaled`](Self::rescaled) | `x * scale + offset` |
/// | [`normalized`](Self::normalized) | `z = (x - mean) / standard deviation` of the training rows; 0 for a constant |
/// | [`robust`](Self::robust) | `r / sqrt(1 + (r / 3)^2)` of `r = (x - median) / (q75 - q25)`: outliers end near ±3 |
/// | [`discretized`](Self::discretized) | a 1 in the bin that `x` is in, 0 in the others; about as many training rows in each bin |
/// | [`piecewise`](Self::piecewise) | the robust number, and for the bin from `b_j` to `b_j+1` the number `clamp((x - b_j) / (b_j+1 - b_j), 0, 1)` |
///
/// A number is rounded to the number type of the matrix of features first, so that Keras, which has no wider one, computes the same.
/// The first piecewise bin has no lower limit and the last no upper one, so that numbers outside of the training range differ.
/// A missing cell has the median of the training rows, and a flag of 1 if training rows have missing cells; see
/// [`missing`](Self::missing). (Keras' `FeatureSpace.float_*`; Gorishniy et al., *On Embeddings for Numerical Features*, 2022;
/// Holzmüller et al., *Better by Default*, 2024)
///
/// ```
/// use layercake::prelude::*;
/// use layercake::tables::Float;
///
/// let mut table = data::Table::new();
/// table.add_numbers("x", [0.0, 1.0, 2.0, 3.0, f64::NAN])?;
/// let space = FeatureSpace::new().feature("x", Float::rescaled(0.5, 1.0)).adapt(&table)?;
/// assert_eq!(space.transform::<f32>(&table)?.column(0).as_slice(), [1.0, 1.5, 2.0, 2.5, 1.75]);
/// assert_eq!(space.transform::<f32>(&table)?.column(1).as_slice(), [0.0, 0.0, 0.0, 0.0, 1.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Float {
    pub(super) scaling: Scaling,
    pub(super) scale: f64,
    pub(super) offset: f64,
    pub(super) bins: Bins,
    num_bins: usize,
    /// The edges of the bins: all of piecewise ones, the inner of discrete ones.
    pub(super) edges: Vec<f64>,
    missing: MissingNumber,
    /// What a missing cell counts as; `None` before the feature is adapted.
    fill: Option<f64>,
    pub(super) has_flag: bool,
    /// What is subtracted before a number is rounded to the number type of the network.
    pub(super) shift: f64,
}

/// Rounds a number to the number type of a matrix of features.
pub(super) type Rounding = fn(f64) -> f64;

/// Numbers whose size is more than this many times their range are shifted, so that single precision has digits left for them.
const LARGEST_SIZE: f64 = 4096.0;

/// How the number itself becomes an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scaling {
    Omitted,
    Rescaled,
    Normalized,
    Robust,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bins {
    None,
    Discretized,
    Piecewise,
}

/// What is done with a missing cell in a column of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingNumber {
    /// It counts as the median of the training rows; if training rows have missing cells, one more output is 1 for a missing
    /// cell and 0 for others.
    MedianAndFlag,
    /// It counts as the median of the training rows.
    Median,
    /// It is an error.
    Error,
}

impl Float {
    fn new(scaling: Scaling, bins: Bins) -> Self {
        let (scale, offset, num_bins) = (1.0, 0.0, 16);
        let missing = MissingNumber::MedianAndFlag;
        Self { scaling, scale, offset, bins, num_bins, edges: Vec::new(), missing, fill: None, has_flag: false, shift: 0.0 }
    }

    /// The number as it is (Keras' `float`).
    pub fn raw() -> Self {
        Self::rescaled(1.0, 0.0)
    }

    /// The number times `scale`, plus `offset`; both must be finite.
    pub fn rescaled(scale: f64, offset: f64) -> Self {
        Self { scale, offset, ..Self::new(Scaling::Rescaled, Bins::None) }
    }

    /// The number with mean 0 and standard deviation 1 in the training rows.
    pub fn normalized() -> Self {
        Self::new(Scaling::Normalized, Bins::None)
    }

    /// The number scaled by its quartiles in the training rows, with outliers clipped smoothly.
    pub fn robust() -> Self {
        Self::new(Scaling::Robust, Bins::None)
    }

    /// The bin of the number, one-hot, of `num_bins` bins, at least 2; their boundaries are those of Keras' `Discretization`.
    pub fn discretized(num_bins: usize) -> Self {
        Self { num_bins, ..Self::new(Scaling::Omitted, Bins::Discretized) }
    }

    /// The robust number, and its place in each of up to 16 bins between quantiles of the training rows.
    pub fn piecewise() -> Self {
        Self::new(Scaling::Robust, Bins::Piecewise)
    }

    /// Returns whether the number is an output in its own units, or in those that the user has chosen.
    pub(super) fn is_unscaled(&self) -> bool {
        self.scaling == Scaling::Rescaled
    }

    /// Sets the largest number of bins, at least 2 (default 16); columns with few different numbers have fewer.
    pub fn num_bins(mut self, num_bins: usize) -> Self {
        self.num_bins = num_bins;
        self
    }

    /// Sets what is done with a missing cell (default: [`MissingNumber::MedianAndFlag`]).
    pub fn missing(mut self, missing: MissingNumber) -> Self {
        self.missing = missing;
        self
    }

    /// Returns the feature adapted to the training rows.
    pub(super) fn adapt(mut self, column: ColumnView<'_>) -> Result<Self> {
        let cells = column.numbers_or_missing()?;
        let mut known: Vec<f64> = cells.iter().copied().filter(|number| !number.is_nan()).collect();
        known.sort_unstable_by(f64::total_cmp);
        let refused = |problem: &str| Error::Feature { column: column.name().to_string(), line: None, problem: problem.into() };
        let median = bins::quantile(&known, 0.5).ok_or_else(|| refused("every cell is missing: leave the column out"))?;
        let has_missing = known.len() < cells.len();
        if has_missing && self.missing == MissingNumber::Error {
            return Err(refused("cells are missing, and the rule for missing cells is `MissingNumber::Error`"));
        }
        (self.fill, self.has_flag) = (Some(median), has_missing && self.missing == MissingNumber::MedianAndFlag);
        let (shift, factor) = match self.scaling {
            Scaling::Normalized => bins::mean_and_deviation(&known),
            Scaling::Robust => bins::median_and_range(&known),
            Scaling::Omitted | Scaling::Rescaled => (0.0, 1.0),
        };
        if !(shift.is_finite() && factor.is_finite()) {
            return Err(refused("its numbers are too large for their mean and deviation: divide the column by a constant"));
        }
        if !matches!(self.scaling, Scaling::Omitted | Scaling::Rescaled) {
            self.scale = if factor > 0.0 { 1.0 / factor } else { 0.0 };
            self.offset = -shift * self.scale;
        }
        if !(self.scale.is_finite() && self.offset.is_finite()) {
            return Err(refused("its numbers are too close together to be scaled: subtract a constant from the column"));
        }
        self.edges = match self.bins {
            Bins::None => Vec::new(),
            Bins::Discretized => bins::of_discretization(&known, self.num_bins)?,
            Bins::Piecewise => bins::piecewise_edges(&known, self.num_bins),
        };
        if !Bin::between(&self.edges).all(|bin| bin.has_width()) {
            return Err(refused("its numbers are too close together to be scaled: subtract a constant from the column"));
        }
        let (smallest, largest) = (known[0], known[known.len() - 1]);
        let size = smallest.abs().max(largest.abs());
        self.shift = if smallest < largest && size > LARGEST_SIZE * (largest - smallest) { smallest } else { 0.0 };
        Ok(self)
    }

    pub(super) fn bin_count(&self) -> usize {
        match self.bins {
            Bins::None => 0,
            Bins::Discretized => self.edges.len() + 1,
            // The only bin of two edges would repeat the scaled number.
            Bins::Piecewise => self.edges.len().checked_sub(1).filter(|&bins| bins > 1).unwrap_or(0),
        }
    }

    pub(super) fn width(&self) -> usize {
        usize::from(self.scaling != Scaling::Omitted) + self.bin_count() + usize::from(self.has_flag)
    }

    pub(super) fn output_names(&self, column: &str) -> Vec<String> {
        let scaled = (self.scaling != Scaling::Omitted).then(|| column.to_string());
        let bins = (0..self.bin_count()).map(|bin| format!("{column} bin {bin}"));
        let flag = self.has_flag.then(|| format!("{column} missing"));
        scaled.into_iter().chain(bins).chain(flag).collect()
    }

    /// Writes the outputs for one cell, whose number is rounded first.
    pub(super) fn encode(&self, cell: Cell<'_>, round: Rounding, out: &mut [f64]) -> Result<(), Refused> {
        let (number, is_missing) = match cell {
            Cell::Number(number) if number.is_finite() => (number, false),
            // a column of text that holds numbers
            Cell::Text(text) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => (number, false),
                _ => return Err(Refused::NotANumber),
            },
            Cell::Missing if self.missing != MissingNumber::Error => (self.fill.unwrap_or_default(), true),
            Cell::Missing => return Err(Refused::Missing),
            Cell::Number(_) => return Err(Refused::NotANumber),
        };
        let number = if is_missing { number } else { self.rounded(number, round) };
        let mut out = out.iter_mut();
        let mut put = |value: f64| out.next().into_iter().for_each(|out| *out = value);
        let scaled = number * self.scale + self.offset;
        match self.scaling {
            Scaling::Omitted => {}
            Scaling::Robust => put(scaled / (1.0 + (scaled / 3.0).powi(2)).sqrt()),
            Scaling::Rescaled | Scaling::Normalized => put(scaled),
        }
        match self.bins {
            Bins::None => {}
            Bins::Discretized => {
                let bin = self.edges.partition_point(|&edge| edge <= number);
                (0..=self.edges.len()).for_each(|other| put(f64::from(u8::from(other == bin))));
            }
            Bins::Piecewise if self.bin_count() == 0 => {}
            Bins::Piecewise => Bin::between(&self.edges).for_each(|bin| put(bin.output(number))),
        }
        if let (true, Some(flag)) = (self.has_flag, out.next()) {
            *flag = f64::from(u8::from(is_missing));
        }
        Ok(())
    }

    /// Rounds a number as far as the matrix of features would; a number that is too large for it stays as it is.
    fn rounded(&self, number: f64, round: Rounding) -> f64 {
        let rounded = round(number - self.shift) + self.shift;
        if rounded.is_finite() { rounded } else { number }
    }

    /// Describes the outputs in words, for an explanation.
    pub(super) fn explain(&self) -> String {
        let scaled = match self.scaling {
            Scaling::Omitted => None,
            Scaling::Rescaled => Some(format!("x * {} + {}", self.scale, self.offset)),
            Scaling::Normalized => Some("normalized".to_string()),
            Scaling::Robust => Some("robust scale".to_string()),
        };
        let bins = match (self.bins, self.bin_count()) {
            (_, 0) => None,
            (Bins::Piecewise, count) => Some(format!("{count} piecewise bins")),
            (_, count) => Some(format!("{count} bins")),
        };
        let flag = self.has_flag.then(|| "missing: median and a flag".to_string());
        scaled.into_iter().chain(bins).chain(flag).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn is_adapted(&self) -> bool {
        self.fill.is_some()
    }
}

impl Describe for Float {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        let scalings = [
            ("none", Scaling::Omitted),
            ("rescaled", Scaling::Rescaled),
            ("normalized", Scaling::Normalized),
            ("robust", Scaling::Robust),
        ];
        arguments.choice("scaling", &mut self.scaling, &scalings);
        arguments.number("scale", &mut self.scale, FINITE);
        arguments.number("offset", &mut self.offset, FINITE);
        let bins = [("none", Bins::None), ("discretized", Bins::Discretized), ("piecewise", Bins::Piecewise)];
        arguments.choice("bins", &mut self.bins, &bins);
        arguments.count("num_bins", &mut self.num_bins, 2..);
        arguments.numbers("edges", &mut self.edges, FINITE);
        let is_sorted = self.edges.is_sorted_by(|low, high| low < high);
        arguments.require(is_sorted, "edges", format!("{:?}", self.edges), "numbers in ascending order, each once");
        let rules = [
            ("median_and_flag", MissingNumber::MedianAndFlag),
            ("median", MissingNumber::Median),
            ("error", MissingNumber::Error),
        ];
        arguments.choice("missing", &mut self.missing, &rules);
        arguments.optional_number("fill", &mut self.fill, FINITE);
        arguments.flag("has_flag", &mut self.has_flag);
        arguments.number("shift", &mut self.shift, FINITE);
    }
}
