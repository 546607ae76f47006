//! One step of training.

use super::Objective;
use super::workspace::{DataBatch, Workspace};
use crate::base::{Result, Rng};
use crate::kernels::Scalar;
use crate::network::{Network, Pass, Reach};
use crate::optimizers::OptimizerState;

/// What a step of training works on.
#[derive(Debug)]
pub(crate) struct Trained<'a, T: Scalar> {
    pub(crate) network: &'a mut Network<T>,
    pub(crate) optimizer: &'a mut OptimizerState<T>,
    /// The randomness inside layers.
    pub(crate) rng: &'a mut Rng,
}

impl<T: Scalar> Trained<'_, T> {
    /// Trains on one batch: forward, score, backward, penalties, then accumulate, clip, decay and rule, average, constrain.
    ///
    /// `progress` is the share of the training that is done.
    pub(crate) fn step(self, objective: &mut Objective<T>, batch: DataBatch<'_, T>, workspace: &mut Workspace<T>, progress: f64) {
        let Self { network, optimizer, rng } = self;
        let Workspace { traces, buffers, gradient, scores, probe } = workspace;
        let pass = Pass { last: objective.last, training: true, progress, probed: probe.is_some() };
        let activity = network.forward(batch.x, pass, traces, rng);
        let outputs = network.outputs(batch.x.count(), traces);
        let output_gradient = buffers.first(outputs.values().len());
        objective.score(network, (outputs, batch), [network.penalty(), activity], scores, Some(output_gradient));
        if network.is_trained() {
            if !optimizer.is_built() {
                optimizer.build(network.trained(), network.params());
            }
            // a fused update leaves no gradient that could be shown
            let fused = if probe.is_some() { None } else { optimizer.fused_update() };
            network.backward(batch.x, (pass, Reach::Weights), traces, buffers, gradient, fused);
            network.add_penalty_gradient(gradient);
        }
        if let Some(probe) = probe {
            probe.record(network, batch, traces, gradient);
        }
        if optimizer.accumulate(gradient) {
            optimizer.clip(gradient);
            optimizer.update(network.params_mut(), gradient);
        }
        optimizer.average(network.params_mut());
        network.constrain();
        optimizer.advance();
        if let Some(probe) = probe {
            probe.record_update(network);
        }
    }

    /// Ends a training: where the optimizer keeps averages of the weights, they become the weights.
    pub(super) fn finalize(self) {
        let params = self.network.params_mut();
        self.optimizer.exchange(params, false);
        self.optimizer.finalize(params);
    }

    /// Exchanges the weights and their averages, so that the network computes with the averages or with the weights.
    ///
    /// # Errors
    ///
    /// An optimizer that keeps no averages.
    pub(crate) fn use_averages(self, averages: bool) -> Result<()> {
        self.optimizer.check_averages()?;
        self.optimizer.exchange(self.network.params_mut(), averages);
        Ok(())
    }

    /// Puts the weights back, if their averages are in their place.
    pub(crate) fn restore_weights(self) {
        self.optimizer.exchange(self.network.params_mut(), false);
    }
}
