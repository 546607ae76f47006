//! The answers of a classifier: names of classes, and their probabilities.

use crate::base::Result;
use crate::data::Table;
use nalgebra::DMatrix;
use std::fmt;
#[cfg(feature = "csv")]
use std::path::Path;
use std::sync::Arc;

/// The answers of a [`TableClassifier`](super::TableClassifier): for each row a class and the probabilities of all classes.
///
/// Displayed with a line for each of the first ten rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    pub(super) names: Arc<[String]>,
    pub(super) probabilities: DMatrix<f32>,
    /// The class of each row.
    pub(super) classes: Vec<usize>,
    /// The classes in the set of each row, after a calibration.
    pub(super) sets: Option<Vec<Vec<usize>>>,
}

impl Answers {
    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.probabilities.nrows()
    }

    /// Returns the names of the classes, in the order of the columns of [`probabilities`](Self::probabilities).
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the class of each row: the most probable one, or that by the threshold of a calibration.
    pub fn classes(&self) -> impl Iterator<Item = &str> {
        self.classes.iter().map(|&class| self.names[class].as_str())
    }

    /// Returns the set of classes of each row; `None` before a [`calibrate`](super::TableClassifier::calibrate).
    pub fn sets(&self) -> Option<impl Iterator<Item = Vec<&str>>> {
        Some(self.sets.as_ref()?.iter().map(|set| set.iter().map(|&class| self.names[class].as_str()).collect()))
    }

    /// Returns the probabilities: a row for each row of the table and a column for each class.
    pub fn probabilities(&self) -> &DMatrix<f32> {
        &self.probabilities
    }

    /// Returns the probability of a class in each row; `None` if there is no class of this name.
    pub fn probability(&self, name: &str) -> Option<Vec<f32>> {
        let class = self.names.iter().position(|known| known == name)?;
        Some(self.probabilities.column(class).iter().copied().collect())
    }

    /// Returns a table with the column `class`, a column for the probability of each class, named `probability of ` and the
    /// class, and after a calibration the column `set`, with ` | ` between the classes.
    ///
    /// # Errors
    ///
    /// It fails if a probability is infinite.
    pub fn table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.add_text("class", self.classes())?;
        for (class, name) in self.names.iter().enumerate() {
            table.add_numbers(format!("probability of {name}"), self.probabilities.column(class).iter().copied())?;
        }
        if let Some(sets) = self.sets() {
            table.add_text("set", sets.map(|set| set.join(" | ")))?;
        }
        Ok(table)
    }

    /// Writes the [`table`](Self::table) to a CSV file.
    ///
    /// # Errors
    ///
    /// It fails as [`Table::write`](crate::data::Table::write) does.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("size", (0..60).map(|row| row % 9))?;
    /// table.add_text("kind", (0..60).map(|row| if row % 9 > 4 { "large" } else { "small" }))?;
    /// let mut model = TableClassifier::new("kind").members(1).seed(1);
    /// model.fit(&table, TableOptions::new().epochs(5))?;
    /// let path = std::env::temp_dir().join(format!("layercake-answers-{}.csv", std::process::id()));
    /// model.predict(&table)?.write_csv(&path)?;
    /// let answers = data::Table::read(&path)?;
    /// # let _ = std::fs::remove_file(&path);
    /// assert!(answers.column_names().eq(["class", "probability of large", "probability of small"]));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    #[cfg(feature = "csv")]
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        self.table()?.write(path)
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        let width = |name: &String| name.chars().count().max(6);
        let first = self.names.iter().map(width).max().unwrap_or(6);
        write!(f, "{:first$}", "class")?;
        self.names.iter().try_for_each(|name| write!(f, "  {name:>0$}", width(name)))?;
        let mut sets = self.sets();
        if sets.is_some() {
            write!(f, "  set")?;
        }
        for (row, class) in self.classes().enumerate().take(SHOWN) {
            write!(f, "\n{class:first$}")?;
            for (class, name) in self.names.iter().enumerate() {
                write!(f, "  {:>1$.4}", self.probabilities[(row, class)], width(name))?;
            }
            if let Some(set) = sets.as_mut().and_then(Iterator::next) {
                write!(f, "  {}", set.join(" | "))?;
            }
        }
        if self.rows() > SHOWN { write!(f, "\nand {} rows more", self.rows() - SHOWN) } else { Ok(()) }
    }
}

/// The answer of a classifier for one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<'m> {
    pub(super) names: &'m [String],
    pub(super) probabilities: Vec<f32>,
    pub(super) class: usize,
    pub(super) set: Option<Vec<usize>>,
}

impl<'m> Answer<'m> {
    /// Returns the name of the class: the most probable one, or that by the threshold of a calibration.
    pub fn class(&self) -> &'m str {
        &self.names[self.class]
    }

    /// Returns the probability of the [`class`](Self::class).
    pub fn probability(&self) -> f32 {
        self.probabilities[self.class]
    }

    /// Returns the names of all classes, each with its probability.
    pub fn probabilities(&self) -> impl Iterator<Item = (&'m str, f32)> {
        self.names.iter().map(String::as_str).zip(self.probabilities.iter().copied())
    }

    /// Returns the set of classes; `None` before a [`calibrate`](super::TableClassifier::calibrate).
    pub fn set(&self) -> Option<Vec<&'m str>> {
        Some(self.set.as_ref()?.iter().map(|&class| self.names[class].as_str()).collect())
    }
}
