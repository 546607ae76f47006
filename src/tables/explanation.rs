//! What became of every column, as a table.

use super::FeatureSpace;
use std::fmt;

/// What became of every column of a table: displayed with a line for each feature and each column that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    columns: String,
    outputs: usize,
    what: String,
}

impl FeatureSpace {
    /// Returns what becomes of every column: its outputs in words, or the reason why it is not read.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut train = data::Table::new();
    /// train.add_numbers("age", [20.0, f64::NAN, 60.0])?;
    /// train.add_text("name", ["Ada", "Bo", "Cy"])?;
    /// let space = FeatureSpace::new().float_normalized("age").leave_out("name").adapt(&train)?;
    /// let explained = "column  inputs  what\n\
    ///                  age          2  normalized, missing: median and a flag\n\
    ///                  name         0  not read: left out by the program";
    /// assert_eq!(space.explain().to_string(), explained);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn explain(&self) -> Explanation {
        let features = self.entries.iter().map(|entry| Line {
            columns: entry.columns.join(" x "),
            outputs: if entry.feature.is_adapted() { entry.feature.width() } else { 0 },
            what: if entry.feature.is_adapted() { entry.feature.explain() } else { "not adapted yet".to_string() },
        });
        let dropped = self.dropped.iter().map(|dropped| Line {
            columns: dropped.column.clone(),
            outputs: 0,
            what: format!("not read: {}", dropped.reason),
        });
        Explanation { lines: features.chain(dropped).collect() }
    }
}

impl Explanation {
    /// Returns, for each feature and each column that is not read, its columns, the number of its inputs of the network, and
    /// what it is in words.
    pub fn lines(&self) -> impl Iterator<Item = (&str, usize, &str)> {
        self.lines.iter().map(|line| (line.columns.as_str(), line.outputs, line.what.as_str()))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.lines.iter().map(|line| line.columns.chars().count()).max().unwrap_or(0).max("column".len());
        write!(f, "{:width$}  inputs  what", "column")?;
        self.lines.iter().try_for_each(|line| write!(f, "\n{:width$}  {:>6}  {}", line.columns, line.outputs, line.what))
    }
}
