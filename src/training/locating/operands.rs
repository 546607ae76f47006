//! The numbers from which a number of a step was computed: those with the largest part in it.

use super::producer::Producer;
use crate::base::{Shape, TensorRole};
use crate::kernels::Scalar;
use crate::network::{LeftOut, Network, Node, Tensor, Traces};
use crate::training::Objective;
use crate::training::gathering::DataBatch;

/// All numbers of a step.
pub(super) struct Numbers<'a, T: Scalar> {
    pub(super) network: &'a Network<T>,
    pub(super) objective: &'a Objective<T>,
    pub(super) batch: DataBatch<'a, T>,
    pub(super) traces: &'a Traces<T>,
    /// The gradient of the parameters, clipped if the step came so far.
    pub(super) gradient: &'a [T],
    /// The loss of each sample for the output that was scored last.
    pub(super) losses: &'a [T],
    pub(super) left_out: LeftOut,
    pub(super) learning_rate: f64,
}

/// Where a number comes from.
#[derive(Debug, Default)]
pub(super) struct Origin {
    /// The number of the sample in the batch.
    pub(super) sample: Option<usize>,
    pub(super) column: Option<usize>,
    pub(super) unit: Option<usize>,
    pub(super) operands: Vec<(String, f64)>,
}

impl<'a, T: Scalar> Numbers<'a, T> {
    /// Returns where the number comes from; `row` returns the caller's row of a sample of the batch.
    pub(super) fn origin(&self, found: &Producer, row: &dyn Fn(usize) -> usize) -> Origin {
        match (found.role, found.sample, found.index) {
            (TensorRole::Input, sample, column) => Origin { sample, column, ..Origin::default() },
            (TensorRole::Loss, ..) => self.of_loss(found, row),
            (TensorRole::Gradient, Some(sample), Some(unit)) if found.output.is_some() => {
                self.of_score(found.output.unwrap_or(0), sample, Some(unit), row)
            }
            (role, Some(sample), Some(unit)) => match found.node {
                Some(node) if role == TensorRole::Gradient => self.of_gradient(node, sample, unit),
                Some(node) => self.of_output(node, (sample, unit), role, row),
                None => Origin { sample: Some(sample), unit: Some(unit), ..Origin::default() },
            },
            _ => self.of_weight(found, row),
        }
    }

    fn node(&self, number: usize) -> &'a Node<T> {
        &self.network.nodes()[number]
    }

    /// Returns the values of one sample of what a node reads, and how to name them.
    fn read(&self, value: usize, sample: usize) -> &'a [T] {
        let (values, width) = match value.checked_sub(1) {
            None => (self.batch.x.values(), self.batch.x.width()),
            Some(node) => (&self.traces.nodes[node].outputs[..], self.node(node).output.width()),
        };
        &values[sample * width..(sample + 1) * width]
    }

    fn name_of_read(&self, value: usize, sample: usize, index: usize, row: &dyn Fn(usize) -> usize) -> String {
        match value.checked_sub(1) {
            None => format!("x[{}, {index}]", row(sample)),
            Some(node) => format!("`{}` output {index}", self.node(node).name),
        }
    }

    /// Returns the kernel of a node that computes a matrix product with its only input, which has one axis.
    fn kernel(&self, node: usize) -> Option<(&'a Tensor<T>, &'a [T])> {
        let [value] = self.node(node).reads[..] else { return None };
        let inputs = Some(self.network.shape(value)).filter(|shape: &&Shape| shape.dims().len() == 1)?.width();
        let tensors = self.network.tensors_of(node..node + 1).iter();
        let mut kernels =
            tensors.filter(|tensor| tensor.name == "kernel" && tensor.shape.len() == 2 && tensor.shape[0] == inputs);
        kernels.next().map(|tensor| (tensor, self.network.values(tensor)))
    }

    /// The output of a layer, before or after its activation.
    fn of_output(&self, node: usize, (sample, unit): (usize, usize), role: TensorRole, row: &dyn Fn(usize) -> usize) -> Origin {
        let mut origin = Origin { sample: Some(sample), unit: Some(unit), ..Origin::default() };
        let reads = &self.node(node).reads;
        if role == TensorRole::Activation && self.node(node).applied(self.left_out).is_some() {
            let width = self.node(node).pre_activation.width();
            let before = self.traces.nodes[node].pre_activation.get(sample * width + unit);
            if let Some(before) = before.filter(|before| before.is_finite()) {
                origin.operands.push(("pre-activation".to_string(), before.to_f64()));
            }
        }
        for &value in reads.iter().take(3) {
            let inputs = self.read(value, sample);
            let kernel = self.kernel(node).map(|(tensor, values)| (&tensor.shape[1], values));
            let part = |index: usize| match kernel {
                Some((&units, values)) => (inputs[index] * values[index * units + unit]).to_f64(),
                None => inputs[index].to_f64(),
            };
            let is_elementwise = kernel.is_none() && inputs.len() == self.node(node).pre_activation.width();
            let index = if is_elementwise { Some(unit) } else { largest(inputs.len(), &part) };
            let Some(index) = index else { continue };
            origin.operands.push((self.name_of_read(value, sample, index, row), inputs[index].to_f64()));
            if let Some((&units, values)) = kernel {
                let name = format!("`{}/kernel`[{index}, {unit}]", self.node(node).name);
                origin.operands.push((name, values[index * units + unit].to_f64()));
            }
            if value == 0 {
                origin.column = origin.column.or(Some(index));
            }
        }
        origin
    }

    /// The loss of a sample, the sum of the losses, or a penalty.
    fn of_loss(&self, found: &Producer, row: &dyn Fn(usize) -> usize) -> Origin {
        if found.weight.is_some() || found.node.is_some() {
            return self.of_penalty(found);
        }
        let Some(output) = found.output else { return Origin::default() };
        let sample = found.sample.or_else(|| largest(self.losses.len(), &|sample| self.losses[sample].to_f64()));
        sample.map_or_else(Origin::default, |sample| self.of_score(output, sample, None, row))
    }

    /// A penalty for a weight or for the outputs of a layer: the largest number in it.
    fn of_penalty(&self, found: &Producer) -> Origin {
        if let Some((node, tensor)) = self.tensor(found) {
            let values = self.network.values(tensor);
            let Some(index) = largest(values.len(), &|index| values[index].to_f64()) else { return Origin::default() };
            let name = format!("`{}/{}`, value {index}", self.node(node).name, tensor.name);
            return Origin { operands: vec![(name, values[index].to_f64())], ..Origin::default() };
        }
        let Some(node) = found.node else { return Origin::default() };
        let width = self.node(node).output.width();
        let outputs = &self.traces.nodes[node].outputs[..self.batch.x.count() * width];
        let Some(place) = largest(outputs.len(), &|place| outputs[place].to_f64()) else { return Origin::default() };
        let operands = vec![("output".to_string(), outputs[place].to_f64())];
        Origin { sample: Some(place / width), unit: Some(place % width), operands, column: None }
    }

    /// What the loss computes from the prediction for a sample and its target.
    fn of_score(&self, output: usize, sample: usize, unit: Option<usize>, row: &dyn Fn(usize) -> usize) -> Origin {
        let outputs = self.network.traced_output(output, (self.batch.x.count(), self.left_out), self.traces);
        let (width, y) = (outputs.width(), self.batch.y(output));
        let predicted = &outputs.values()[sample * width..(sample + 1) * width];
        let target = &y.values()[sample * y.width()..(sample + 1) * y.width()];
        let is_paired = predicted.len() == target.len();
        let size = |unit: usize| predicted[unit].to_f64().abs() + if is_paired { target[unit].to_f64().abs() } else { 0.0 };
        let unit = unit.or_else(|| largest(predicted.len(), &size)).unwrap_or(0);
        let column = if is_paired { unit } else { 0 };
        let what = if self.network.output_count() > 1 { format!("y of output {output}") } else { "y".to_string() };
        let operands = vec![
            (format!("{what}[{}, {column}]", row(sample)), target[column].to_f64()),
            (format!("prediction {unit}"), predicted[unit].to_f64()),
        ];
        Origin { sample: Some(sample), column: Some(column), unit: Some(unit), operands }
    }

    /// The gradient of the output of a layer, or of its pre-activation.
    fn of_gradient(&self, node: usize, sample: usize, unit: usize) -> Origin {
        let trace = &self.traces.nodes[node];
        let place = sample * self.node(node).pre_activation.width() + unit;
        let mut operands = vec![("pre-activation".to_string(), trace.pre_activation[place].to_f64())];
        let of_output = trace.output_gradient[place];
        if of_output.is_finite() {
            operands.push(("gradient of the output".to_string(), of_output.to_f64()));
        } else if let Some(reader) = self.network.nodes().iter().position(|other| other.reads.contains(&(node + 1))) {
            let width = self.node(reader).pre_activation.width();
            let above = &self.traces.nodes[reader].gradient[sample * width..(sample + 1) * width];
            if let Some(index) = largest(width, &|index| above[index].to_f64()) {
                operands.push((format!("gradient of `{}`, unit {index}", self.node(reader).name), above[index].to_f64()));
            }
        }
        Origin { sample: Some(sample), unit: Some(unit), operands, column: None }
    }

    /// A weight, a moment of it, or its gradient: with the sample that has the largest part in the gradient.
    fn of_weight(&self, found: &Producer, row: &dyn Fn(usize) -> usize) -> Origin {
        let (Some((node, tensor)), Some(index)) = (self.tensor(found), found.index) else { return Origin::default() };
        let mut origin = Origin::default();
        if found.moment.as_ref().is_some_and(|moment| !moment.is_by_value) {
            return origin;
        }
        let units = tensor.shape.last().copied().unwrap_or(1).max(1);
        let (input, unit) = (index / units, index % units);
        origin.unit = Some(unit);
        let is_kernel = self.kernel(node).is_some_and(|(kernel, _)| kernel.range == tensor.range) && !tensor.is_state;
        let value = self.node(node).reads.first().copied().unwrap_or(0);
        if value == 0 && is_kernel {
            origin.column = Some(input);
        }
        if tensor.is_state {
            return origin;
        }
        let (trace, width) = (&self.traces.nodes[node], self.node(node).pre_activation.width());
        let is_per_unit = is_kernel || (tensor.shape.len() == 1 && units == width);
        let above = |sample: usize| trace.gradient[sample * width + unit];
        let factor = |sample: usize| if is_kernel { self.read(value, sample)[input] } else { T::one() };
        let part = |sample: usize| (above(sample) * factor(sample)).to_f64();
        origin.sample = largest(self.batch.x.count(), &part).filter(|sample| is_per_unit && part(*sample) != 0.0);
        match (found.role, origin.sample) {
            (TensorRole::Gradient, Some(sample)) => {
                if is_kernel {
                    let name = self.name_of_read(value, sample, input, row);
                    origin.operands.push((name, factor(sample).to_f64()));
                }
                origin.operands.push((format!("gradient of unit {unit}"), above(sample).to_f64()));
            }
            (TensorRole::Gradient, None) => {}
            _ => {
                origin.operands.push(("gradient".to_string(), self.gradient[tensor.range.start + index].to_f64()));
                origin.operands.push(("learning rate".to_string(), self.learning_rate));
            }
        }
        origin
    }

    /// Returns the weight that a number belongs to, and its node.
    pub(super) fn tensor(&self, found: &Producer) -> Option<(usize, &'a Tensor<T>)> {
        tensor_of(self.network, found)
    }
}

/// Returns the weight that a number belongs to, and its node.
pub(super) fn tensor_of<'a, T: Scalar>(network: &'a Network<T>, found: &Producer) -> Option<(usize, &'a Tensor<T>)> {
    let (range, is_state) = found.weight.as_ref()?;
    (0..network.nodes().len()).find_map(|node| {
        let mut tensors = network.tensors_of(node..node + 1).iter();
        tensors.find(|tensor| tensor.range == *range && tensor.is_state == *is_state).map(|tensor| (node, tensor))
    })
}

/// Returns the index with the largest size; NaN is larger than any number.
fn largest(count: usize, size: &dyn Fn(usize) -> f64) -> Option<usize> {
    let size = |index: &usize| Some(size(*index).abs()).filter(|size| !size.is_nan()).unwrap_or(f64::INFINITY);
    (0..count).reduce(|best, index| if size(&index) > size(&best) { index } else { best })
}
