//! One step of training.

use super::Objective;
use super::gathering::DataBatch;
use super::workspace::Workspace;
use crate::base::{Result, Rng};
use crate::kernels::Scalar;
use crate::network::{Network, Pass, Reach};
use crate::optimizers::OptimizerState;

/// The parts of a model that a step of training uses and changes.
#[derive(Debug)]
pub(crate) struct Trained<'a, T: Scalar> {
    pub(crate) network: &'a mut Network<T>,
    pub(crate) optimizer: &'a mut OptimizerState<T>,
    /// The random number generator of the layers.
    pub(crate) rng: &'a mut Rng,
}

impl<T: Scalar> Trained<'_, T> {
    /// Trains on one batch.
    ///
    /// In this order, it runs the forward pass, computes the loss and the metrics, runs the backward pass, adds the gradient
    /// of the penalties, accumulates and clips the gradient, updates the weights (with weight decay), averages them, and
    /// applies the constraints. `progress` is the share of the training that is done, from 0 to 1. It returns the loss with all
    /// penalties. `locating::examine` takes the same steps one by one.
    pub(crate) fn step(
        self,
        objective: &mut Objective<T>,
        batch: DataBatch<'_, T>,
        workspace: &mut Workspace<T>,
        progress: f64,
    ) -> T {
        let Self { network, optimizer, rng } = self;
        let Workspace { traces, buffers, gradient, scores, probe, checks_gradient, is_gradient_finite, .. } = workspace;
        let pass = Pass { left_out: objective.left_out, training: true, progress, probed: probe.is_some() };
        optimizer.set_share(progress);
        let activity = network.forward(batch.x, pass, traces, rng);
        let (mut loss, count) = (T::zero(), batch.x.count());
        for output in 0..network.output_count() {
            let outputs = network.traced_output(output, (count, pass.left_out), traces);
            let gradient = buffers.output_gradient(network, output, outputs.values().len());
            loss += objective.score(output, network, outputs, &batch, scores, Some(gradient));
        }
        loss = loss + network.penalty() + activity;
        objective.add(loss, count);
        if network.is_trained() {
            if !optimizer.is_built() {
                optimizer.build(network.trained(), network.params());
            }
            // a fused update leaves no gradient to record or to check
            let fused = if probe.is_some() || *checks_gradient { None } else { optimizer.fused_update(network.params().len()) };
            network.backward(batch.x, (pass, Reach::Weights), traces, buffers, gradient, fused);
            network.add_penalty_gradient(gradient);
            *is_gradient_finite = !*checks_gradient || optimizer.is_finite_gradient(gradient);
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
        loss
    }

    /// Ends a training: replaces the weights with their averages, if the optimizer keeps averages.
    pub(super) fn finalize(self) {
        let params = self.network.params_mut();
        self.optimizer.exchange(params, false);
        self.optimizer.finalize(params);
    }

    /// Makes the network compute with the averages of the weights if `averages`, else with the weights.
    ///
    /// # Errors
    ///
    /// It fails if the optimizer keeps no averages.
    pub(crate) fn use_averages(self, averages: bool) -> Result<()> {
        self.optimizer.check_averages()?;
        self.optimizer.exchange(self.network.params_mut(), averages);
        Ok(())
    }

    /// Makes the network compute with the weights again, if it computes with their averages.
    pub(crate) fn restore_weights(self) {
        self.optimizer.exchange(self.network.params_mut(), false);
    }
}
