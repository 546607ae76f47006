//! The answers of a classifier: names of classes, and their probabilities.

use super::scores::largest;
use nalgebra::DMatrix;
use std::fmt;
use std::sync::Arc;

/// The answers of a [`TableClassifier`](super::TableClassifier): for each row a class and the probabilities of all classes.
///
/// Displayed with a line for each of the first ten rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    pub(super) names: Arc<[String]>,
    pub(super) probabilities: DMatrix<f32>,
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

    /// Returns the most probable class of each row.
    pub fn classes(&self) -> impl Iterator<Item = &str> {
        (0..self.rows()).map(|row| self.names[largest(&self.probabilities, row)].as_str())
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
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        let width = |name: &String| name.chars().count().max(6);
        let first = self.names.iter().map(width).max().unwrap_or(6);
        write!(f, "{:first$}", "class")?;
        self.names.iter().try_for_each(|name| write!(f, "  {name:>0$}", width(name)))?;
        for (row, class) in self.classes().enumerate().take(SHOWN) {
            write!(f, "\n{class:first$}")?;
            for (class, name) in self.names.iter().enumerate() {
                write!(f, "  {:>1$.4}", self.probabilities[(row, class)], width(name))?;
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
}

impl<'m> Answer<'m> {
    /// Returns the name of the most probable class.
    pub fn class(&self) -> &'m str {
        &self.names[self.class]
    }

    /// Returns the probability of the most probable class.
    pub fn probability(&self) -> f32 {
        self.probabilities[self.class]
    }

    /// Returns the names of all classes, each with its probability.
    pub fn probabilities(&self) -> impl Iterator<Item = (&'m str, f32)> {
        self.names.iter().map(String::as_str).zip(self.probabilities.iter().copied())
    }
}
