//! Checks the data against what the first layers take.

use super::Network;
use crate::base::{Data, Error, Result};
use crate::kernels::Scalar;

impl<T: Scalar> Network<T> {
    /// Whether a layer takes the data as numbers of classes.
    pub(crate) fn checks_data(&self) -> bool {
        self.nodes.iter().any(|node| node.checks.is_some())
    }

    /// Fails at the first input that a layer cannot take as the number of a class.
    pub(crate) fn check_columns(&self, data: &Data<'_, T>) -> Result<()> {
        let (what, start) = data.origin();
        let mut columns = data.columns().enumerate();
        columns.try_for_each(|(column, values)| self.check_data(what, values, |row| [start + row, column]))
    }

    /// Fails at the first of the data that a layer cannot take as a class; `locate` gives the row and the column of a value.
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
