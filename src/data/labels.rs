//! Classes and their names.

use crate::base::{Error, Result};

/// Label encoding: the class of each row, counted from 0, and the name of each class.
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
    /// Makes one class per distinct label, in alphabetical order. For a column of a table, see
    /// [`Table::labels`](super::Table::labels).
    #[doc(alias = "LabelEncoder")]
    pub fn new(labels: impl IntoIterator<Item: Into<String>>) -> Self {
        let labels: Vec<String> = labels.into_iter().map(Into::into).collect();
        let mut names: Vec<&str> = labels.iter().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let names: Vec<String> = names.into_iter().map(str::to_string).collect();
        // Every label is in `names`, so the search always finds it.
        let classes = labels.iter().map(|label| names.partition_point(|name| name < label)).collect();
        Self { classes, names }
    }

    /// The class of each row; `fit` and `evaluate` take these as targets of a sparse loss.
    pub fn classes(&self) -> &[usize] {
        &self.classes
    }

    /// The names of the classes; class `c` is `names()[c]`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of classes, which is the number of units that the last layer needs.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The names of these classes, for instance of predicted ones.
    ///
    /// # Errors
    ///
    /// A class is not below [`count`](Self::count).
    pub fn decode(&self, classes: &[usize]) -> Result<Vec<&str>> {
        let name = |&class: &usize| {
            let allowed = || format!("a class below {}, the number of classes", self.count());
            self.names.get(class).map(String::as_str).ok_or_else(|| Error::argument("Labels", "class", class, allowed()))
        };
        classes.iter().map(name).collect()
    }
}
