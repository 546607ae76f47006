//! The memory for a training step, allocated once for the largest batch.

use super::Probe;
use crate::kernels::{Aligned, Scalar};
use crate::network::{Buffers, Network, Traces};

/// All memory that a step writes to, except for the weights and the state of the optimizer.
#[derive(Debug)]
pub(crate) struct Workspace<T: Scalar> {
    /// The values that each layer keeps for the backward pass.
    pub(super) traces: Traces<T>,
    /// Those of the steps that are probed, or of the others during such a step: a probe does not move the memory of other steps.
    other_traces: Option<Traces<T>>,
    /// The gradients of the layers' outputs in the backward pass; the outputs themselves in evaluation.
    pub(super) buffers: Buffers<T>,
    /// The gradient of all parameters.
    pub(super) gradient: Aligned<T>,
    pub(super) scores: Scores<T>,
    /// The probe that records the next step, if a callback asked for one.
    pub(super) probe: Option<Probe<T>>,
    /// True if each step checks its gradient.
    pub(super) checks_gradient: bool,
    /// False if the gradient of the last step was checked and is not finite.
    pub(super) is_gradient_finite: bool,
}

/// The memory that scoring a batch writes to.
#[derive(Debug)]
pub(crate) struct Scores<T> {
    /// The loss of each sample.
    pub(super) losses: Vec<T>,
    /// The factor of each sample in the loss of the batch.
    pub(super) scale: Vec<T>,
    /// The activated outputs for the metrics, if the loss takes the pre-activation.
    pub(super) predictions: Vec<T>,
}

impl<T: Scalar> Workspace<T> {
    /// Allocates memory to evaluate batches of up to `count` samples.
    pub(crate) fn for_evaluation(network: &Network<T>, count: usize) -> Self {
        Self {
            traces: Traces::new(network, 0, false),
            other_traces: None,
            buffers: Buffers::new(network, count),
            gradient: Aligned::default(),
            scores: Scores {
                losses: vec![T::zero(); count],
                scale: vec![T::zero(); count],
                predictions: vec![T::zero(); count * network.widest_result()],
            },
            probe: None,
            checks_gradient: false,
            is_gradient_finite: true,
        }
    }

    /// Adds memory to train on batches of up to `count` samples.
    pub(crate) fn and_training(mut self, network: &Network<T>, count: usize) -> Self {
        self.traces = Traces::new(network, count, false);
        self.gradient = Aligned::zeros(network.params().len());
        self
    }

    /// Sets the probe that the next step, on up to `count` samples, records its values and gradients in; `None` records none.
    pub(super) fn set_probe(&mut self, network: &Network<T>, count: usize, probe: Option<Probe<T>>) {
        if probe.is_some() && !self.traces.is_probed {
            let probed = self.other_traces.take().unwrap_or_else(|| Traces::new(network, count, true));
            self.other_traces = Some(std::mem::replace(&mut self.traces, probed));
        }
        self.probe = probe;
    }

    /// Returns the probe of the last step, if it was probed, and goes back to the memory of other steps.
    pub(super) fn take_probe(&mut self) -> Option<Probe<T>> {
        if self.traces.is_probed
            && let Some(usual) = self.other_traces.take()
        {
            self.other_traces = Some(std::mem::replace(&mut self.traces, usual));
        }
        self.probe.take()
    }
}
