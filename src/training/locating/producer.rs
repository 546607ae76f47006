//! The tensors of a step in the order in which they are computed, and the first one that is not finite.

use crate::base::TensorRole;
use crate::kernels::{self, Scalar};
use crate::network::{LeftOut, Network, Node, Traces};
use crate::optimizers::Moment;
use crate::part::Part;
use crate::training::gathering::DataBatch;
use std::ops::Range;

/// The first number of a step that is not finite, and the tensor that holds it.
#[derive(Debug)]
pub(super) struct Producer {
    pub(super) role: TensorRole,
    pub(super) value: f64,
    /// The number of the node that computed it.
    pub(super) node: Option<usize>,
    /// The output whose loss it is, or whose gradient by the loss.
    pub(super) output: Option<usize>,
    /// The range of the weight that it belongs to, in the parameters, or in the state of the network.
    pub(super) weight: Option<(Range<usize>, bool)>,
    pub(super) moment: Option<Moment>,
    /// The number of the sample in the batch; `None` for a sum over all of them.
    pub(super) sample: Option<usize>,
    /// The index in the sample's part of the tensor, or in the weight.
    pub(super) index: Option<usize>,
    /// The name of the part that computed it, if it is none of this crate.
    pub(super) own: Option<String>,
}

impl Producer {
    pub(super) fn new(role: TensorRole, value: f64) -> Self {
        let (node, output, weight, moment) = (None, None, None, None);
        Self { role, value, node, output, weight, moment, sample: None, index: None, own: None }
    }

    /// Sets the part that computed the number.
    pub(super) fn by(mut self, part: Option<&(impl Part + ?Sized)>) -> Self {
        self.own = part.filter(|part| is_own(*part)).map(|part| part.name().to_string());
        self
    }

    pub(super) fn of_node(mut self, node: usize) -> Self {
        self.node = Some(node);
        self
    }

    pub(super) fn of_weight(mut self, range: Range<usize>, is_state: bool) -> Self {
        self.weight = Some((range, is_state));
        self
    }

    /// Finds the first number in a tensor with `width` values for each sample.
    pub(super) fn in_samples<T: Scalar>(role: TensorRole, values: &[T], width: usize) -> Option<Self> {
        let place = first_in(values)?;
        let found = Self::new(role, values[place].to_f64());
        Some(Self { sample: Some(place / width.max(1)), index: Some(place % width.max(1)), ..found })
    }

    /// Finds the first number in the weights of a network, in their gradient or the like.
    ///
    /// `values` has the length of the parameters; `which` selects weights.
    pub(super) fn in_weights<T: Scalar>(
        role: TensorRole,
        network: &Network<T>,
        nodes: Range<usize>,
        values: &[T],
    ) -> Option<Self> {
        nodes.into_iter().find_map(|node| {
            let tensors = network.tensors_of(node..node + 1).iter().filter(|tensor| tensor.trainable && !tensor.is_state);
            tensors.into_iter().find_map(|tensor| {
                let own = &values[tensor.range.clone()];
                let index = first_in(own)?;
                let found = Self::new(role, own[index].to_f64()).of_weight(tensor.range.clone(), false).of_node(node);
                Some(Self { index: Some(index), ..found })
            })
        })
    }
}

/// Returns whether the code of a part is not that of this crate: its type is of another crate, or it calls a closure.
fn is_own(part: &(impl Part + ?Sized)) -> bool {
    part.is_own() || part.name() == "Lambda"
}

/// Returns the index of the first value that is not finite.
pub(super) fn first_in<T: Scalar>(values: &[T]) -> Option<usize> {
    if kernels::all_finite(values) { None } else { values.iter().position(|value| !value.is_finite()) }
}

/// Finds the first number in the data and in the forward pass.
pub(super) fn in_forward<T: Scalar>(
    network: &Network<T>,
    batch: DataBatch<'_, T>,
    traces: &Traces<T>,
    left_out: LeftOut,
) -> Option<Producer> {
    let count = batch.x.count();
    let in_data = || Producer::in_samples(TensorRole::Input, batch.x.values(), batch.x.width());
    in_data().or_else(|| {
        network.nodes().iter().enumerate().find_map(|(number, node)| {
            let trace = &traces.nodes[number];
            let layer = || Some(&*node.layer);
            let before = &trace.pre_activation[..count * node.pre_activation.width()];
            let role = if has_activation(node) { TensorRole::PreActivation } else { TensorRole::Activation };
            let before = Producer::in_samples(role, before, node.pre_activation.width()).map(|found| found.by(layer()));
            let after = || {
                let activation = node.applied(left_out)?;
                let values = &trace.outputs[..count * node.output.width()];
                Some(Producer::in_samples(TensorRole::Activation, values, node.output.width())?.by(Some(activation)))
            };
            let state = || in_state(network, number).map(|found| found.by(layer()));
            before.or_else(after).or_else(state).map(|found| found.of_node(number))
        })
    })
}

/// Returns whether the layer has an activation that changes its numbers.
fn has_activation<T: Scalar>(node: &Node<T>) -> bool {
    node.activation.as_ref().is_some_and(|activation| activation.name() != "linear")
}

/// Finds the first number in the state that a layer updates in its forward pass.
fn in_state<T: Scalar>(network: &Network<T>, node: usize) -> Option<Producer> {
    network.tensors_of(node..node + 1).iter().filter(|tensor| tensor.is_state).find_map(|tensor| {
        let values = network.values(tensor);
        let index = first_in(values)?;
        let found = Producer::new(TensorRole::Weight, values[index].to_f64()).of_weight(tensor.range.clone(), true);
        Some(Producer { index: Some(index), ..found })
    })
}

/// Finds the first number in the backward pass, from the last node to the first: the gradients of its output, of its
/// pre-activation, and of its weights.
pub(super) fn in_backward<T: Scalar>(network: &Network<T>, count: usize, traces: &Traces<T>, gradient: &[T]) -> Option<Producer> {
    (0..network.nodes().len()).rev().find_map(|number| {
        let (node, trace) = (&network.nodes()[number], &traces.nodes[number]);
        let width = node.pre_activation.width();
        // the layers that read this output computed its gradient, a part of the user's own first
        let of_output = || {
            let found = Producer::in_samples(TensorRole::Gradient, &trace.output_gradient[..count * width], width)?;
            let mut readers = (0..network.nodes().len()).filter(|other| network.nodes()[*other].reads.contains(&(number + 1)));
            let last = readers.clone().next_back().unwrap_or(number);
            let reader = readers.find(|reader| is_own(&*network.nodes()[*reader].layer)).unwrap_or(last);
            Some(found.by(Some(&*network.nodes()[reader].layer)).of_node(number))
        };
        let of_pre_activation = || {
            let found = Producer::in_samples(TensorRole::Gradient, &trace.gradient[..count * width], width)?;
            let found = match (&node.activation, &node.activity_regularizer) {
                (Some(activation), _) if is_own(&**activation) => found.by(Some(&**activation)),
                (_, regularizer) => found.by(regularizer.as_deref()),
            };
            Some(found.of_node(number))
        };
        let of_weights = || {
            let found = Producer::in_weights(TensorRole::Gradient, network, number..number + 1, gradient)?;
            Some(found.by(Some(&*node.layer)))
        };
        of_output().or_else(of_pre_activation).or_else(of_weights)
    })
}
