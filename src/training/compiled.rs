//! The arguments of `compile`, and their check against the data.

use super::Objective;
use super::objective::Head;
use crate::base::{Batch, Data, Error, Result};
use crate::kernels::Scalar;
use crate::losses::WeightedLoss;
use crate::metrics::{MetricChoice, Selected};
use crate::network::Network;
use crate::optimizers::OptimizerState;

/// The arguments of `compile`: the optimizer with its state, the losses and the metrics.
#[derive(Debug, Clone)]
pub(crate) struct Compiled<T: Scalar> {
    pub(crate) optimizer: OptimizerState<T>,
    /// The loss of all outputs, or one for each output, with its factor.
    pub(crate) losses: Vec<WeightedLoss<T>>,
    pub(crate) metrics: Vec<MetricChoice<T>>,
}

impl<T: Scalar> Compiled<T> {
    /// Checks the data, and returns the losses and the metrics for their targets.
    ///
    /// # Errors
    ///
    /// It fails if the inputs do not fit the first layers, or if the targets do not fit the outputs, the losses or a metric.
    pub(crate) fn objective(&self, network: &Network<T>, data: &Data<'_, T>) -> Result<Objective<T>> {
        network.check_columns(data)?;
        self.check_counts(network, data)?;
        let mut taken = Vec::new();
        let mut heads = Vec::with_capacity(data.y.len());
        for (output, targets) in data.y.iter().enumerate() {
            let head = self.head(network, output, targets.all(), &mut taken).map_err(|error| data.locate(error));
            heads.push(head.map_err(|error| match network.output_name(output) {
                Some(name) => error.within(format!("output `{name}`")),
                None => error,
            })?);
        }
        Ok(Objective::new(heads))
    }

    /// Fails if the numbers of losses or of targets differ from that of the outputs, or if a metric is not that of an output.
    fn check_counts(&self, network: &Network<T>, data: &Data<'_, T>) -> Result<()> {
        let expected = network.output_count();
        let names = || network.output_names().join(", ");
        let count = |what, found| Error::Count { what, of: "outputs", expected, found, names: names() };
        if data.y.len() != expected {
            return Err(count("targets", data.y.len()));
        }
        if ![1, expected].contains(&self.losses.len()) {
            return Err(count("losses", self.losses.len()));
        }
        for metric in &self.metrics {
            let is_there = |output: &str| network.output_names().iter().any(|name| name == output);
            let value = match metric.output() {
                None if expected == 1 => continue,
                Some(output) if is_there(output) => continue,
                Some(output) => format!("of_output(\"{output}\", ..)"),
                None => "a metric without an output".to_string(),
            };
            let allowed = format!("`of_output(\"name\", ..)` with the name of an output of the model: {}", names());
            return Err(Error::argument("compile", "metrics", value, allowed));
        }
        Ok(())
    }

    fn head(&self, network: &Network<T>, output: usize, targets: Batch<'_, T>, taken: &mut Vec<String>) -> Result<Head<T>> {
        let outputs = network.shape_of_output(output);
        let (loss, factor) = self.losses.get(output).unwrap_or(&self.losses[0]);
        loss.check(outputs, targets)?;
        let last = network.last_activation(output);
        let fused = last.map(|last| loss.fuse(last.as_ref(), outputs)).transpose()?.flatten();
        let selected = self.selected(network, output, targets, taken)?;
        let takes_pre_activation = fused.is_some();
        let loss = (fused.unwrap_or_else(|| loss.clone()), *factor);
        Head::new(loss, takes_pre_activation, selected, outputs, network.output_name(output))
    }

    /// Selects the metrics of an output for these targets, and checks that they can compare them with the outputs.
    ///
    /// `taken` has the names of the metrics of the outputs before, and then also of this one.
    fn selected(
        &self,
        network: &Network<T>,
        output: usize,
        targets: Batch<'_, T>,
        taken: &mut Vec<String>,
    ) -> Result<Vec<Selected<T>>> {
        let (outputs, name) = (network.shape_of_output(output), network.output_name(output));
        let own_name = &network.output_names()[output];
        let mut selected: Vec<Selected<T>> = Vec::new();
        for choice in self.metrics.iter().filter(|metric| metric.output().is_none_or(|of| of == own_name)) {
            let chosen = choice.select(outputs, targets.shape(), name, taken)?;
            chosen.metric.check(outputs, targets)?;
            taken.push(chosen.name.clone());
            selected.push(chosen);
        }
        Ok(selected)
    }

    /// Returns the names of the metrics that have no value for these targets, each with the reason.
    pub(crate) fn undefined(&self, network: &Network<T>, data: &Data<'_, T>) -> Result<Vec<(String, String)>> {
        let (mut undefined, mut taken) = (Vec::new(), Vec::new());
        for (output, targets) in data.y.iter().enumerate() {
            let selected = self.selected(network, output, targets.all(), &mut taken)?;
            let without = selected.into_iter().filter_map(|chosen| Some((chosen.name, chosen.metric.undefined(targets.all())?)));
            undefined.extend(without);
        }
        Ok(undefined)
    }
}
