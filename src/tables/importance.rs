//! How much the answers of a table model depend on each column.

use super::fitted::Fitted;
use crate::base::{Error, Result, Rng, derived_seed, ordered};
use crate::data::Table;
use nalgebra::DMatrix;
use std::fmt;

/// By how much a score worsens when the cells of one column are shuffled, for each column; the most important first.
///
/// Displayed with a line for each column: the mean rise and its standard deviation over the repetitions.
#[derive(Debug, Clone, PartialEq)]
pub struct Importance {
    score: &'static str,
    columns: Vec<(String, f64, f64)>,
}

impl Importance {
    /// Returns each column with the mean rise of the score and its standard deviation; the most important first.
    pub fn columns(&self) -> impl Iterator<Item = (&str, f64, f64)> {
        self.columns.iter().map(|(column, mean, deviation)| (column.as_str(), *mean, *deviation))
    }

    /// Returns the name of the score that rises.
    pub fn score(&self) -> &str {
        self.score
    }
}

impl fmt::Display for Importance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.columns.iter().map(|(column, ..)| column.chars().count()).max().unwrap_or(0).max("column".len());
        write!(f, "{:width$}  rise of {} when shuffled", "column", self.score)?;
        let mut columns = self.columns.iter();
        columns.try_for_each(|(column, mean, deviation)| write!(f, "\n{column:width$}  {mean:.5} ({deviation:.5})"))
    }
}

/// Returns the importance of each column for a loss of the outputs of the networks.
pub(super) fn of(
    fitted: &Fitted,
    table: &Table,
    (repeats, seed): (usize, u64),
    score: &'static str,
    loss: &dyn Fn(DMatrix<f32>) -> f64,
) -> Result<Importance> {
    if repeats == 0 {
        return Err(Error::argument("permutation_importance", "repeats", 0, "a whole number >= 1"));
    }
    let rows = table.rows();
    let mut sources = fitted.space.sources(table)?;
    let unshuffled = loss(fitted.predict_sources(&sources, rows)?);
    let mut columns = Vec::new();
    for (place, column) in fitted.space.columns().enumerate() {
        let mut rises = Vec::with_capacity(repeats);
        for repeat in 0..repeats {
            let mut order: Vec<usize> = (0..rows).collect();
            Rng::new(derived_seed(seed, &[place as u64, repeat as u64])).shuffle(&mut order);
            sources[place].order = Some(order);
            rises.push(loss(fitted.predict_sources(&sources, rows)?) - unshuffled);
        }
        sources[place].order = None;
        let (mean, deviation) = super::bins::mean_and_deviation(&rises);
        columns.push((column.to_string(), mean, deviation));
    }
    Ok(Importance { score, columns: ordered(columns, &|a, b| b.1.total_cmp(&a.1)) })
}
