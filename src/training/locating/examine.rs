//! Takes one step of training piece by piece, and looks for the first number that is not finite.

use super::operands::Numbers;
use super::producer::{Producer, first_in, in_backward, in_forward};
use super::replay::{Place, Replay};
use crate::base::TensorRole;
use crate::kernels::Scalar;
use crate::network::{Network, Pass, Reach, Traces};
use crate::optimizers::OptimizerState;
use crate::training::gathering::DataBatch;
use crate::training::workspace::Workspace;
use crate::training::{Objective, Trained};

impl<T: Scalar> Replay<'_, T> {
    /// Takes the step at this place as [`Trained::step`] does, and calls `describe` with the first number that is not finite and
    /// all numbers of the step; returns `None` if all are finite.
    pub(super) fn examine<R>(&mut self, place: &Place, describe: impl FnOnce(Producer, Numbers<'_, T>) -> R) -> Option<R> {
        let (progress, count) = ((self.progress)(place.epoch, place.batch), self.count(place));
        let Self { trained: Trained { network, optimizer, rng }, data, gathering, objective, .. } = self;
        let batch = place.gather(data, gathering, self.batch_size);
        let mut workspace = Workspace::for_evaluation(network, count).and_training(network, count);
        workspace.traces = Traces::new(network, count, true);
        let pass = Pass { left_out: objective.left_out, training: true, progress, probed: true };
        optimizer.set_share(progress);
        let activity = network.forward(batch.x, pass, &mut workspace.traces, rng);
        let found = in_forward(network, batch, &workspace.traces, pass.left_out)
            .or_else(|| score(network, batch, (objective, pass, activity), &mut workspace))
            .or_else(|| {
                let Workspace { traces, buffers, gradient, .. } = &mut workspace;
                if network.is_trained() {
                    if !optimizer.is_built() {
                        optimizer.build(network.trained(), network.params());
                    }
                    network.backward(batch.x, (pass, Reach::Weights), traces, buffers, gradient, None);
                }
                in_backward(network, count, traces, gradient)
            })
            .or_else(|| update(network, optimizer, &mut workspace.gradient))?;
        let Workspace { traces, gradient, scores, .. } = &workspace;
        let (losses, left_out) = (&scores.losses[..count], pass.left_out);
        Some({
            let learning_rate = optimizer.learning_rate();
            describe(found, Numbers { network, objective, batch, traces, gradient, losses, left_out, learning_rate })
        })
    }
}

/// Scores the outputs and adds the penalties; looks at the losses, and at the gradients by the losses.
fn score<T: Scalar>(
    network: &Network<T>,
    batch: DataBatch<'_, T>,
    (objective, pass, activity): (&mut Objective<T>, Pass, T),
    workspace: &mut Workspace<T>,
) -> Option<Producer> {
    let Workspace { traces, buffers, scores, .. } = workspace;
    let (count, mut total) = (batch.x.count(), T::zero());
    for output in 0..network.output_count() {
        let outputs = network.traced_output(output, (count, pass.left_out), traces);
        let gradient = buffers.output_gradient(network, output, outputs.values().len());
        let loss = objective.score(output, network, outputs, &batch, scores, Some(gradient));
        let rows = Producer::in_samples(TensorRole::Loss, &scores.losses[..count], 1);
        let found = rows.or_else(|| (!loss.is_finite()).then(|| Producer::new(TensorRole::Loss, loss.to_f64())));
        if let Some(found) = found {
            return Some(Producer { output: Some(output), index: None, ..found.by(Some(objective.loss(output))) });
        }
        total += loss;
    }
    let penalty = network.penalties().find(|(_, penalty)| !penalty.is_finite()).map(|(tensor, penalty)| {
        let found = Producer::new(TensorRole::Loss, penalty.to_f64()).of_weight(tensor.range.clone(), false);
        found.by(tensor.regularizer.as_deref())
    });
    let of_outputs = || {
        let penalty = |(number, node): (usize, &crate::network::Node<T>)| {
            let penalty = node.activity_penalty(count, &traces.nodes[number].outputs);
            let found = Producer::new(TensorRole::Loss, penalty.to_f64()).of_node(number);
            (!penalty.is_finite()).then(|| found.by(node.activity_regularizer.as_deref()))
        };
        network.nodes().iter().enumerate().find_map(penalty)
    };
    let all = total + network.penalty() + activity;
    let sum = || (!all.is_finite()).then(|| Producer::new(TensorRole::Loss, all.to_f64()));
    penalty.or_else(of_outputs).or_else(sum).or_else(|| {
        (0..network.output_count()).find_map(|output| {
            let width = network.traced_output(output, (count, pass.left_out), traces).width();
            let gradient = buffers.output_gradient(network, output, count * width);
            let found = Producer::in_samples(TensorRole::Gradient, gradient, width)?;
            Some(Producer { output: Some(output), ..found.by(Some(objective.loss(output))) })
        })
    })
}

/// Adds the gradient of the penalties and updates the weights; looks at the gradient, the moments and the weights.
fn update<T: Scalar>(network: &mut Network<T>, optimizer: &mut OptimizerState<T>, gradient: &mut [T]) -> Option<Producer> {
    let nodes = 0..network.nodes().len();
    let of_regularizer = |found: Producer| {
        let range = found.weight.as_ref().map(|(range, _)| range.clone());
        let tensor = network.tensors().iter().find(|tensor| !tensor.is_state && Some(&tensor.range) == range.as_ref());
        found.by(tensor.and_then(|tensor| tensor.regularizer.as_deref()))
    };
    if network.is_trained() {
        network.add_penalty_gradient(gradient);
    }
    let found = Producer::in_weights(TensorRole::Gradient, network, nodes.clone(), gradient);
    if let Some(found) = found {
        return Some(of_regularizer(found));
    }
    let is_due = optimizer.accumulate(gradient);
    if let Some(moment) = optimizer.first_accumulated() {
        return Some(of_moment(moment));
    }
    if is_due {
        optimizer.clip(gradient);
        let clipped = Producer::in_weights(TensorRole::Gradient, network, nodes.clone(), gradient);
        if clipped.is_some() {
            return clipped;
        }
        optimizer.update(network.params_mut(), gradient);
        let rule = optimizer.rule();
        if let Some(moment) = optimizer.first_moment() {
            return Some(of_moment(moment).by(Some(rule)));
        }
        let updated = Producer::in_weights(TensorRole::Weight, network, nodes.clone(), network.params());
        if updated.is_some() {
            return updated.map(|found| found.by(Some(rule)));
        }
    }
    optimizer.average(network.params_mut());
    if let Some(moment) = optimizer.first_moment() {
        return Some(of_moment(moment));
    }
    network.constrain();
    let found = Producer::in_weights(TensorRole::Weight, network, nodes, network.params())?;
    let range = found.weight.as_ref().map(|(range, _)| range.clone());
    let tensor = network.tensors().iter().find(|tensor| !tensor.is_state && Some(&tensor.range) == range.as_ref());
    let constraint = tensor.and_then(|tensor| tensor.constraint.as_deref());
    Some(found.by(constraint))
}

fn of_moment(moment: crate::optimizers::Moment) -> Producer {
    let found = Producer::new(TensorRole::Moment, moment.value).of_weight(moment.weight.clone(), false);
    Producer { index: Some(moment.index), moment: Some(moment), ..found }
}

/// Finds the first number in the weights of a network before its first step.
pub(super) fn in_initial<T: Scalar>(network: &Network<T>) -> Option<Producer> {
    network.tensors().iter().find_map(|tensor| {
        let values = network.values(tensor);
        let index = first_in(values)?;
        let found = Producer::new(TensorRole::Weight, values[index].to_f64());
        Some(Producer { index: Some(index), ..found.of_weight(tensor.range.clone(), tensor.is_state) })
    })
}
