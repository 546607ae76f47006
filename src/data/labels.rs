//! Classes and what they are called.

use crate::base::{Error, Result};

/// The class of each row, counted from 0, and the name of each class: label encoding.
///
/// ```
/// use layercake::data::Labels;
///
/// let labels = Labels::new(["setosa", "virginica", "setosa"]);
/// assert_eq!(labels.classes(), [0, 1, 0]);
/// assert_eq!(labels.names(), ["setosa", "virginica"]);
/// assert_eq!(labels.decode(&[1, 1])?, ["virginica", "virginica"]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    pub(super) classes: Vec<usize>,
    pub(super) names: Vec<String>,
}

impl Labels {
    /// A class for each distinct label, in alphabetical order; see [`Table::labels`](super::Table::labels) for those
    /// of a table.
    #[doc(alias = "LabelEncoder")]
    pub fn new(labels: impl IntoIterator<Item: Into<String>>) -> Self {
        let labels: Vec<String> = labels.into_iter().map(Into::into).collect();
        let mut names = labels.clone();
        names.sort_unstable();
        names.dedup();
        // every label is among the names, so that the search cannot miss
        let classes = labels.iter().map(|label| names.partition_point(|name| name < label)).collect();
        Self { classes, names }
    }

    /// The class of each row, what `fit` and `evaluate` take with a sparse loss.
    pub fn classes(&self) -> &[usize] {
        &self.classes
    }

    /// The names of the classes; class `c` is `names()[c]`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many classes there are: the units of the last layer.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The names of predicted classes.
    ///
    /// # Errors
    ///
    /// A class that has no name.
    pub fn decode(&self, classes: &[usize]) -> Result<Vec<&str>> {
        let name = |&class: &usize| {
            let allowed = || format!("below {}, the number of classes", self.count());
            self.names.get(class).map(String::as_str).ok_or_else(|| Error::argument("Labels", "class", class, allowed()))
        };
        classes.iter().map(name).collect()
    }
}
