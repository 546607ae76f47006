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
        let mut columns = data.columns().into_iter().enumerate();
        columns.try_for_each(|(column, values)| self.check_column(what, column, values, start))
    }

    /// Fails if a value of a column of the data is not a class number that the layer reading it can take; `start` is the row of
    /// the first value.
    pub(crate) fn check_column(&self, what: &'static str, column: usize, values: &[T], start: usize) -> Result<()> {
        for node in &self.nodes {
            let Some((classes, _)) =
                node.checks.as_ref().filter(|(_, ranges)| ranges.iter().any(|range| range.contains(&column)))
            else {
                continue;
            };
            let is_class = |value: &T| *value >= T::zero() && value.fract() == T::zero() && value.to_f64() < *classes as f64;
            if let Some(bad) = values.iter().position(|value| !is_class(value)) {
                let (layer, value) = (node.name.clone(), values[bad].to_f64());
                let input = self.inputs.iter().position(|range| range.contains(&column));
                let first = input.map_or(0, |input| self.inputs[input].start);
                let error = Error::Class { layer, what, row: start + bad, column: column - first, value, last: classes - 1 };
                return Err(match input {
                    None => error,
                    Some(input) => error.within(format!("input `{}`", self.nodes[input].name)),
                });
            }
        }
        Ok(())
    }
}
