//! The arguments of `compile`, and their check against the data.

use super::Objective;
use crate::base::{Batch, Data, Result, Shape};
use crate::kernels::Scalar;
use crate::losses::Loss;
use crate::metrics::{MetricChoice, Selected};
use crate::network::{LastActivation, Network};
use crate::optimizers::OptimizerState;
use std::sync::Arc;

/// The arguments of `compile`: the optimizer with its state, the loss and the metrics.
#[derive(Debug, Clone)]
pub(crate) struct Compiled<T: Scalar> {
    pub(crate) optimizer: OptimizerState<T>,
    pub(crate) loss: Arc<dyn Loss<T>>,
    pub(crate) metrics: Vec<MetricChoice<T>>,
}

impl<T: Scalar> Compiled<T> {
    /// Checks the data, and returns the loss and the metrics for their targets.
    ///
    /// # Errors
    ///
    /// It fails if the inputs do not fit the first layers, or if the targets do not fit the outputs, the loss or a metric.
    pub(crate) fn objective(&self, network: &Network<T>, data: &Data<'_, T>) -> Result<Objective<T>> {
        network.check_columns(data)?;
        self.settle(network, data.y.all()).map_err(|error| data.locate(error))
    }

    fn settle(&self, network: &Network<T>, targets: Batch<'_, T>) -> Result<Objective<T>> {
        let outputs = network.output();
        self.loss.check(outputs, targets)?;
        let fused = network.last_activation().map(|last| self.loss.fuse(last.as_ref(), outputs)).transpose()?.flatten();
        let last = if fused.is_some() { LastActivation::LeftToLoss } else { LastActivation::Applied };
        let selected = self.selected(outputs, targets)?;
        Objective::new(fused.unwrap_or_else(|| self.loss.clone()), last, selected, outputs)
    }

    /// Selects the metrics for these targets, and checks that they can compare them with the outputs.
    fn selected(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<Vec<Selected<T>>> {
        let mut selected: Vec<Selected<T>> = Vec::new();
        for choice in &self.metrics {
            let chosen = choice.select(outputs, targets.shape(), &selected)?;
            chosen.metric.check(outputs, targets)?;
            selected.push(chosen);
        }
        Ok(selected)
    }

    /// Returns the names of the metrics that have no value for these targets, each with the reason.
    pub(crate) fn undefined(&self, network: &Network<T>, data: &Data<'_, T>) -> Result<Vec<(String, String)>> {
        let selected = self.selected(network.output(), data.y.all())?;
        Ok(selected.into_iter().filter_map(|chosen| Some((chosen.name, chosen.metric.undefined(data.y.all())?))).collect())
    }
}
