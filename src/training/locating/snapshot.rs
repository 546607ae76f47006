//! A copy of everything that a step of training depends on.

use crate::base::Rng;
use crate::kernels::Scalar;
use crate::network::Network;
use crate::optimizers::{OptimizerSnapshot, OptimizerState};
use crate::training::Trained;

/// The most bytes that hold the state of a random number generator.
const RNG: usize = 64;

/// The state of a training before a batch: weights, optimizer, random numbers and the place in the data.
#[derive(Debug)]
pub(super) struct Snapshot<T: Scalar> {
    /// The number of steps since the training began.
    pub(super) step: u64,
    pub(super) epoch: usize,
    pub(super) batch: usize,
    weights: Vec<T>,
    optimizer: OptimizerSnapshot<T>,
    /// The states of the generators of the layers, the common one first, and the length of each.
    random: Vec<u8>,
    state: usize,
    /// The state of the shuffling's generator before the epoch; empty if the samples are not shuffled.
    order: Vec<u8>,
}

impl<T: Scalar> Snapshot<T> {
    /// Makes several empty snapshots; if not `reserves`, they get the memory for weights and moments when they are taken.
    pub(super) fn new<const N: usize>(network: &Network<T>, optimizer: &OptimizerState<T>, reserves: bool) -> [Self; N] {
        let [params, state] = network.sizes();
        let [values, scalars] = optimizer.size(params);
        let [weights, values] = if reserves { [params + state, values] } else { [0, 0] };
        let generators = 1 + network.seeded().count();
        std::array::from_fn(|_| Self {
            step: 0,
            epoch: 0,
            batch: 0,
            weights: Vec::with_capacity(weights),
            optimizer: OptimizerSnapshot::new(scalars, values),
            random: Vec::with_capacity(generators * RNG),
            state: 0,
            order: Vec::with_capacity(RNG),
        })
    }

    /// Copies the state of the training before batch number `batch` of an epoch.
    pub(super) fn copy(&mut self, trained: &Trained<'_, T>, order: &[u8], (step, epoch, batch): (u64, usize, usize)) {
        (self.step, self.epoch, self.batch) = (step, epoch, batch);
        self.order.clear();
        self.order.extend_from_slice(order);
        trained.network.snapshot(&mut self.weights);
        trained.optimizer.copy_to(&mut self.optimizer);
        self.random.clear();
        trained.rng.append_state(&mut self.random);
        self.state = self.random.len();
        trained.network.seeded().for_each(|rng| rng.append_state(&mut self.random));
    }

    /// Returns the shuffling's generator before the epoch, if the samples are shuffled.
    pub(super) fn shuffling(&self) -> Option<Rng> {
        Rng::from_state(&self.order)
    }

    /// Sets weights, optimizer and random numbers to those of the snapshot.
    pub(super) fn restore(&self, trained: &mut Trained<'_, T>) {
        trained.network.restore(&self.weights);
        trained.optimizer.restore_from(&self.optimizer);
        self.restore_random(trained);
    }

    /// Sets the random number generators of the layers to those of the snapshot.
    pub(super) fn restore_random(&self, trained: &mut Trained<'_, T>) {
        let mut states = self.random.chunks(self.state.max(1)).map(Rng::from_state);
        let mut set = |rng: &mut Rng| {
            if let Some(Some(state)) = states.next() {
                *rng = state;
            }
        };
        set(trained.rng);
        trained.network.seeded_mut().for_each(set);
    }
}
