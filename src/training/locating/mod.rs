//! Locates the first number of a training that is not finite.
//!
//! [`Watching`] notices it and keeps snapshots. [`Replay`] goes back to a snapshot, runs the steps again up to the one in which a
//! number was not finite, takes that step piece by piece, and names the first tensor that is not finite; all that it was
//! computed from is finite. The model is left with the weights from before that step.

mod cause;
mod examine;
mod of_epochs;
mod operands;
mod producer;
mod replay;
mod snapshot;
mod watching;

pub(super) use watching::Watching;

use crate::base::{NonFinite, NonFiniteCause, TensorRole};
use crate::kernels::Scalar;
use cause::{Facts, remedy};
use examine::in_initial;
use operands::{Numbers, Origin, tensor_of};
use producer::Producer;
use replay::{Growth, Place, Replay};
use snapshot::Snapshot;

/// What was noticed: the epoch, the batch, and the loss if that is not finite.
#[derive(Debug, Clone, Copy)]
struct Noticed {
    epoch: usize,
    batch: usize,
    loss: Option<f64>,
}

/// What the examination of a step shows.
struct Examined {
    found: Producer,
    origin: Origin,
    facts: Facts,
    layer: Option<String>,
    weight: Option<String>,
}

impl<T: Scalar> Replay<'_, T> {
    /// Runs the steps since the last snapshots again, and returns the first number that was not finite.
    ///
    /// The model has the state from before the step in which that was, or the state that it had if there is no snapshot.
    fn locate(mut self, watching: &Watching<T>, noticed: Noticed) -> NonFinite {
        let snapshots = watching.snapshots();
        let Some(start) = snapshots.first() else { return self.initial(noticed) };
        let [mut before] = Snapshot::new(self.trained.network, self.trained.optimizer, false);
        let Some((place, growth, is_reproduced)) = self.run(&snapshots, watching.steps, &mut before) else {
            start.restore(&mut self.trained);
            return unknown(noticed);
        };
        before.restore(&mut self.trained);
        if !is_reproduced {
            return unknown(noticed);
        }
        let (first, batch_size) = (self.data.origin().1, self.batch_size);
        let row = |sample: usize| first + place.sample(sample, batch_size);
        let examined = self.examine(&place, |found, numbers| examined(found, &numbers, &row));
        let at_start = start.step == before.step || {
            start.restore(&mut self.trained);
            before.restore_random(&mut self.trained);
            !self.step(&place)
        };
        before.restore(&mut self.trained);
        match examined {
            Some(examined) => examined.report::<T>(&place, &growth, at_start, &row),
            None => unknown(noticed),
        }
    }

    /// Describes a weight that was not finite before the first step.
    fn initial(&mut self, noticed: Noticed) -> NonFinite {
        let network = &*self.trained.network;
        let Some(found) = in_initial(network) else { return unknown(noticed) };
        let tensor = tensor_of(network, &found).map(|(node, tensor)| (network.nodes()[node].name.clone(), tensor));
        let units = tensor.as_ref().map_or(1, |(_, tensor)| tensor.shape.last().copied().unwrap_or(1).max(1));
        let cause = NonFiniteCause::InitialWeight;
        let weight = tensor.as_ref().map_or(String::new(), |(layer, tensor)| format!("`{layer}/{}`", tensor.name));
        NonFinite {
            layer: tensor.as_ref().map(|(layer, _)| layer.clone()),
            weight: tensor.as_ref().map(|(_, tensor)| tensor.name.to_string()),
            unit: found.index.map(|index| index % units),
            value: found.value,
            remedy: remedy(&cause, None, None, &weight),
            cause,
            role: TensorRole::Weight,
            ..unknown(noticed)
        }
    }
}

fn examined<T: Scalar>(found: Producer, numbers: &Numbers<'_, T>, row: &dyn Fn(usize) -> usize) -> Examined {
    let mut origin = numbers.origin(&found, row);
    let facts = Facts::new(numbers, &found, &origin);
    origin.column = facts.broken_column().or(origin.column);
    let tensor = numbers.tensor(&found);
    let name = |node: usize| numbers.network.nodes()[node].name.clone();
    let of_output = found.output.filter(|_| found.role == TensorRole::Gradient);
    let of_output = of_output.map(|output| numbers.network.output_names()[output].clone());
    Examined {
        layer: tensor.map(|(node, _)| name(node)).or_else(|| found.node.map(name)).or(of_output),
        weight: tensor.map(|(_, tensor)| tensor.name.to_string()),
        found,
        origin,
        facts,
    }
}

impl Examined {
    fn report<T: Scalar>(self, place: &Place, growth: &Growth, at_start: bool, row: &dyn Fn(usize) -> usize) -> NonFinite {
        let Self { found, origin, facts, layer, weight } = self;
        let row = origin.sample.map(row);
        let cause = facts.cause::<T>(&found, growth, at_start);
        NonFinite {
            epoch: place.epoch,
            batch: place.batch,
            role: found.role,
            layer,
            weight,
            moment: found.moment.map(|moment| moment.name.to_string()),
            row,
            column: origin.column,
            unit: origin.unit,
            value: found.value,
            operands: origin.operands,
            remedy: remedy(&cause, row, origin.column, ""),
            cause,
        }
    }
}

/// Says what is known of a number that is not finite and was not found again.
fn unknown(noticed: Noticed) -> NonFinite {
    let cause = NonFiniteCause::NotReproduced;
    NonFinite {
        epoch: noticed.epoch,
        batch: noticed.batch,
        role: if noticed.loss.is_some() { TensorRole::Loss } else { TensorRole::Weight },
        layer: None,
        weight: None,
        moment: None,
        row: None,
        column: None,
        unit: None,
        value: noticed.loss.unwrap_or(f64::NAN),
        operands: Vec::new(),
        remedy: remedy(&cause, None, None, ""),
        cause,
    }
}
