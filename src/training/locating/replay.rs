//! Runs the steps since a snapshot again, up to the first one with a number that is not finite.

use super::snapshot::Snapshot;
use super::watching::GROWTH;
use crate::base::{Data, Rng};
use crate::kernels::{self, Scalar};
use crate::training::gathering::DataBatch;
use crate::training::workspace::Workspace;
use crate::training::{Gathering, Objective, Trained};

/// What a step of the training works on, lent for running steps again.
pub(super) struct Replay<'a, T: Scalar> {
    pub(super) trained: Trained<'a, T>,
    pub(super) data: &'a Data<'a, T>,
    pub(super) gathering: &'a mut Gathering<T>,
    pub(super) workspace: &'a mut Workspace<T>,
    /// The losses without the metrics, which have no part in the gradient.
    pub(super) objective: Objective<T>,
    pub(super) batch_size: usize,
    /// The number of batches in an epoch.
    pub(super) batches: usize,
    /// The share of the training that is done before a batch of an epoch.
    pub(super) progress: &'a dyn Fn(usize, usize) -> f64,
}

/// Where a replay is: the epoch, the batch, and the samples of the epoch in their order.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) epoch: usize,
    pub(super) batch: usize,
    /// The samples in the order of the epoch; empty if they are not shuffled.
    order: Vec<usize>,
    shuffling: Option<Rng>,
}

/// The growth of the largest numbers over the last steps.
#[derive(Debug, Default)]
pub(super) struct Growth {
    /// Before the first step and after each, the largest output of a layer, if it is known, and the norm of the weights.
    sizes: Vec<[f64; 2]>,
}

impl<T: Scalar> Replay<'_, T> {
    /// Goes back to the first of these snapshots and runs the steps before step number `end`, until a number is not finite.
    ///
    /// What callbacks changed in between is in the second snapshot. `before` becomes the state before the last of the steps.
    /// Returns its place, the growth until then, and whether a number was not finite; `None` if there are no steps to run.
    pub(super) fn run(
        &mut self,
        snapshots: &[&Snapshot<T>],
        end: u64,
        before: &mut Snapshot<T>,
    ) -> Option<(Place, Growth, bool)> {
        let start = snapshots.first()?;
        self.workspace.checks_gradient = true;
        let (mut place, mut growth) = (Place::of(start, self.data.count()), Growth::default());
        for step in start.step..end {
            if step > start.step {
                place.advance(self.batches);
            }
            if let Some(snapshot) = snapshots.iter().find(|snapshot| snapshot.step == step) {
                snapshot.restore(&mut self.trained);
            }
            if step == start.step {
                growth.sizes.push([0.0, kernels::norm(self.trained.network.params()).to_f64()]);
            }
            before.copy(&self.trained, &[], (step, place.epoch, place.batch));
            if !self.step(&place) {
                return Some((place, growth, true));
            }
            growth.add(&self.trained, self.workspace, self.count(&place));
        }
        (end > start.step).then_some((place, growth, false))
    }

    /// Runs the step at this place, and returns whether loss, gradient, weights and moments are finite.
    pub(super) fn step(&mut self, place: &Place) -> bool {
        let progress = (self.progress)(place.epoch, place.batch);
        let Self { trained: Trained { network, optimizer, rng }, data, gathering, workspace, objective, .. } = self;
        let batch = place.gather(data, gathering, self.batch_size);
        let loss = Trained { network, optimizer, rng }.step(objective, batch, workspace, progress);
        let is_finite = loss.is_finite() && workspace.is_gradient_finite;
        is_finite && self.trained.network.is_finite() && self.trained.optimizer.is_finite()
    }

    /// Returns the number of samples in the batch at this place.
    pub(super) fn count(&self, place: &Place) -> usize {
        self.batch_size.min(self.data.count() - place.batch * self.batch_size)
    }
}

impl Place {
    fn of<T: Scalar>(start: &Snapshot<T>, samples: usize) -> Self {
        let shuffling = start.shuffling();
        let mut place = Self { epoch: start.epoch, batch: start.batch, order: Vec::new(), shuffling };
        if place.shuffling.is_some() {
            place.order = (0..samples).collect();
            place.shuffle();
        }
        place
    }

    fn shuffle(&mut self) {
        if let Some(shuffling) = &mut self.shuffling {
            crate::training::epochs::shuffle(&mut self.order, shuffling);
        }
    }

    /// Goes to the next batch, if need be to the first one of the next epoch.
    fn advance(&mut self, batches: usize) {
        self.batch += 1;
        if self.batch == batches {
            (self.epoch, self.batch) = (self.epoch + 1, 0);
            self.shuffle();
        }
    }

    /// Returns the batch at this place.
    pub(super) fn gather<'a, T: Scalar>(
        &self,
        data: &'a Data<'a, T>,
        gathering: &'a mut Gathering<T>,
        batch_size: usize,
    ) -> DataBatch<'a, T> {
        let first = self.batch * batch_size;
        let count = batch_size.min(data.count() - first);
        match self.shuffling {
            Some(_) => gathering.shuffled(data, &self.order[first..], count),
            None => gathering.sequence(data, first, count),
        }
    }

    /// Returns the number of a sample in the data, for its number in the batch.
    pub(super) fn sample(&self, in_batch: usize, batch_size: usize) -> usize {
        let number = self.batch * batch_size + in_batch;
        self.order.get(number).copied().unwrap_or(number)
    }
}

impl Growth {
    fn add<T: Scalar>(&mut self, trained: &Trained<'_, T>, workspace: &Workspace<T>, count: usize) {
        let outputs = trained.network.nodes().iter().zip(&workspace.traces.nodes);
        let outputs = outputs.flat_map(|(node, trace)| &trace.outputs[..count * node.output.width()]);
        let largest = outputs.fold(0.0_f64, |largest, value| largest.max(value.to_f64().abs()));
        self.sizes.push([largest, kernels::norm(trained.network.params()).to_f64()]);
    }

    /// Returns the largest number of the last step.
    pub(super) fn size(&self) -> f64 {
        self.sizes.last().map_or(0.0, |[output, weights]| output.max(*weights))
    }

    /// Returns the factor by which the numbers grew in each of the last steps; 1 if there are fewer than two.
    pub(super) fn rate(&self) -> f64 {
        let last = &self.sizes[self.sizes.len().saturating_sub(GROWTH as usize)..];
        let rate = |number: usize| {
            let mut known = last.iter().map(|sizes| sizes[number]).enumerate().filter(|(_, size)| *size > 0.0);
            let ((first, from), (end, to)) = (known.next()?, known.next_back()?);
            Some((to / from).powf(1.0 / (end - first) as f64)).filter(|rate| rate.is_finite())
        };
        [0, 1].into_iter().filter_map(rate).fold(1.0, f64::max)
    }
}
