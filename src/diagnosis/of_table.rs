//! The findings about a table model: about the columns of the table as they are, and about the features that its network reads.

use super::causes::arrange;
use super::check::{CheckOptions, look};
use super::finding::Finding;
use super::names::{Names, OF_COLUMNS};
use super::watch::Diagnosis;
use crate::base::{Error, Result, Targets};
use crate::model::{FitOptions, Model};
use nalgebra::DMatrix;

/// What is said about columns as they are in the table and about the features that are made of them.
const OF_BOTH: &str = "LC0108";

/// Columns that a model reads.
pub(crate) struct Read<'a> {
    pub(crate) model: &'a Model<f32>,
    pub(crate) x: &'a DMatrix<f32>,
    pub(crate) y: Targets<'a, f32>,
    pub(crate) options: FitOptions<'a, f32>,
    pub(crate) names: Names,
}

/// Looks for what is wrong with the features that a network reads, and with the columns of numbers of the table, which any model
/// may read here.
pub(crate) fn check(features: &Read<'_>, numbers: Option<&Read<'_>>, checks: &CheckOptions) -> Result<Vec<Finding>> {
    checks.check()?;
    if checks.names.len() > 0 {
        let allowed = "no names: those of a table model are the names of the table's columns";
        return Err(Error::argument("CheckOptions", "columns", format!("{} names", checks.names.len()), allowed));
    }
    let find = |read: &Read<'_>| look(read.model, (read.x, read.y), &read.options, &read.names);
    let mut found = find(features)?;
    found.retain(|finding| !features.names.leaves_out(finding.code()));
    if let Some(numbers) = numbers {
        let mut of_columns = find(numbers)?;
        of_columns.retain(|finding| OF_COLUMNS.contains(&finding.code()) || finding.code() == OF_BOTH);
        if let Some(leak) = of_columns.iter().find(|finding| finding.code() == OF_BOTH) {
            // the features of the same columns give the target away as well
            let is_known = |finding: &Finding| finding.columns().iter().all(|column| leak.columns().contains(column));
            found.retain(|finding| finding.code() != OF_BOTH || !is_known(finding));
        }
        found.extend(of_columns);
    }
    found.retain(|finding| !checks.is_silenced(finding.code()));
    let found = arrange(found);
    #[cfg(feature = "log")]
    super::log::log_findings(&found);
    Ok(found)
}

impl Diagnosis<f32> {
    /// Names the features of a table, unless the user has named them.
    pub(crate) fn name_features(&mut self, names: Names) {
        if self.checks.names.len() == 0 {
            self.checks.names = names;
        }
    }
}
