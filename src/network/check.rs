//! Checks that the data are class numbers where a layer requires them.

use super::Network;
use crate::base::{Data, Error, Result};
use crate::kernels::Scalar;

impl<T: Scalar> Network<T> {
    /// Returns whether any layer takes the data as class numbers.
    pub(crate) fn checks_data(&self) -> bool {
        self.nodes.iter().any(|node| node.checks.is_some())
    }

    /// Fails if an input is not a class number that the layer reading it can take; the error names the first such input.
    pub(crate) fn check_columns(&self, data: &Data<'_, T>) -> Result<()> {
        let (what, start) = data.origin();
        let mut columns = data.columns().enumerate();
        columns.try_for_each(|(column, values)| self.check_data(what, values, |row| [start + row, column]))
    }

    /// Fails if one of the values is not a class number that the layer reading it can take; the error names the first one.
    ///
    /// `locate` returns the row and the column of the value at an index of `values`.
    pub(crate) fn check_data(&self, what: &'static str, values: &[T], locate: impl Fn(usize) -> [usize; 2]) -> Result<()> {
        for node in &self.nodes {
            let Some(classes) = node.checks else { continue };
            let is_class = |value: &T| *value >= T::zero() && value.fract() == T::zero() && value.to_f64() < classes as f64;
            if let Some(bad) = values.iter().position(|value| !is_class(value)) {
                let ([row, column], layer, value) = (locate(bad), node.name.clone(), values[bad].to_f64());
                return Err(Error::Class { layer, what, row, column, value, last: classes - 1 });
            }
        }
        Ok(())
    }
}
