//! What a training came to: curves, steps and predictions.

use super::reference::Reference;
use super::skill::Skill;
use super::start::Units;
use super::targets::Values;
use crate::base::NonFinite;

/// What was recorded of a training.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    pub(super) epochs: Vec<Epoch>,
    /// The name of each metric, of training and of validation, with the epochs and its values there.
    pub(super) metrics: Vec<(String, Vec<(usize, f64)>)>,
    pub(super) kernels: Vec<KernelRecord>,
    /// The number of batches in an epoch, and the number of rows in a batch.
    pub(super) batches: usize,
    pub(super) batch_size: usize,
    /// The loss of the trained model on some training rows, without dropout and penalties.
    pub(super) subset: Option<f64>,
    /// The number that is not finite, with which the training ended.
    pub(super) located: Option<NonFinite>,
    pub(super) seconds: f64,
    pub(super) stop: Option<String>,
}

/// The logs of an epoch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Epoch {
    pub(super) number: usize,
    pub(super) loss: f64,
    pub(super) val_loss: Option<f64>,
}

/// The way of one kernel.
#[derive(Debug, Clone)]
pub(super) struct KernelRecord {
    /// The name of its layer.
    pub(super) layer: String,
    /// In some epochs: the number of the epoch, and the relative size of one update.
    pub(super) updates: Vec<(usize, f64)>,
    /// The distance between first and last weights, relative to the first.
    pub(super) displacement: f64,
}

impl KernelRecord {
    /// Returns the sum of the relative updates, of which those of a few steps are known.
    pub(super) fn travel(&self, epochs: usize, batches: usize) -> f64 {
        let mut sum = 0.0;
        // the first update of a kernel of zeros is infinite
        let updates: Vec<_> = self.updates.iter().filter(|(_, update)| update.is_finite()).collect();
        for (place, &&(first, update)) in updates.iter().enumerate() {
            let (next, end) = match updates.get(place + 1) {
                Some(&&(next, other)) => (next, other),
                None => (epochs, update),
            };
            // between two known updates, their mean
            sum += next.saturating_sub(first) as f64 * batches as f64 * (update + end) / 2.0;
        }
        sum
    }

    /// Returns the median of the relative updates.
    pub(super) fn update(&self) -> f64 {
        super::constant::median(&self.updates.iter().map(|(_, update)| *update).collect::<Vec<_>>())
    }
}

/// How good the trained model is, beside the two controls.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    /// On the subset of the training rows.
    pub(super) train: Option<Skill>,
    /// On the validation rows.
    pub(super) validation: Option<Skill>,
    pub(super) reference: Option<Reference>,
    /// What the model predicts for validation rows, and their true targets.
    pub(super) predicted: Option<(Values, Values)>,
    /// The probability that the model states for each validation row, and whether it came true, sorted by the probability.
    pub(super) stated: Vec<(f32, bool)>,
    /// The validation rows with the largest loss: the number of the row in the caller's data, and its loss.
    pub(super) worst: Vec<(usize, f64)>,
    /// The units of the trained model, and the number of rows that they were seen for.
    pub(super) end: Option<(Vec<Units>, usize)>,
}

impl Outcome {
    /// Returns the skill on the validation rows, or without them on training rows.
    pub(super) fn skill(&self) -> Option<Skill> {
        self.validation.or(self.train)
    }

    /// Returns whether the model fits its training rows worse than the reference predicts other rows.
    pub(super) fn is_poor_in_training(&self) -> bool {
        let Some((train, reference)) = self.train.zip(self.reference) else { return false };
        !train.value.is_finite() || train.is_below(&reference.best(), 0.1)
    }

    /// Returns whether it is, beside a linear model, or far beside neighbours, which follow any border that a model learns slowly.
    pub(super) fn is_far_off_in_training(&self) -> bool {
        let Some((train, reference)) = self.train.zip(self.reference) else { return false };
        let is_below = train.is_below(&reference.linear, 0.1) || train.is_below(&reference.neighbours, 0.35);
        !train.value.is_finite() || is_below
    }

    /// Returns whether the model predicts worse than the reference.
    pub(super) fn is_poor(&self) -> bool {
        let Some((skill, reference)) = self.skill().zip(self.reference) else { return false };
        !skill.value.is_finite() || skill.is_below(&reference.best(), 0.1) || self.is_poor_in_training()
    }

    /// Returns whether the model makes hardly a mistake, so that nothing can have done much harm.
    pub(super) fn is_excellent(&self) -> bool {
        self.is_good() && self.skill().is_some_and(|skill| skill.value >= 0.8)
    }

    /// Returns whether the model predicts well, so that what looked like a fault did no harm.
    pub(super) fn is_good(&self) -> bool {
        let Some((skill, reference)) = self.skill().zip(self.reference) else { return false };
        let enough = |skill: &Skill| skill.value >= 0.15 && skill.value >= reference.best().value - 0.05;
        enough(&skill) && self.train.as_ref().is_some_and(enough)
    }
}

impl Record {
    /// Returns the place of the epoch with the lowest validation loss, or without validation with the lowest loss.
    pub(super) fn best(&self) -> Option<usize> {
        let value = |epoch: &Epoch| epoch.val_loss.unwrap_or(epoch.loss);
        let has_validation = self.epochs.iter().any(|epoch| epoch.val_loss.is_some());
        let places = (0..self.epochs.len()).filter(|&place| !has_validation || self.epochs[place].val_loss.is_some());
        places
            .filter(|&place| value(&self.epochs[place]).is_finite())
            .min_by(|&a, &b| value(&self.epochs[a]).total_cmp(&value(&self.epochs[b])))
    }

    /// Returns whether the loss became NaN or infinite.
    pub(super) fn is_broken(&self) -> bool {
        self.epochs.iter().any(|epoch| !epoch.loss.is_finite())
    }

    /// Returns whether the loss of the last epochs is still below that of the epochs before by more than 1 %.
    pub(super) fn still_falls(&self) -> bool {
        let part = (self.epochs.len() / 5).max(1);
        let mean = |epochs: &[Epoch]| epochs.iter().map(|epoch| epoch.loss).sum::<f64>() / epochs.len().max(1) as f64;
        let (before, last) = self.epochs.split_at(self.epochs.len().saturating_sub(part));
        let before = &before[before.len().saturating_sub(part)..];
        !before.is_empty() && mean(last) < 0.99 * mean(before)
    }

    pub(super) fn steps(&self) -> usize {
        self.epochs.len() * self.batches
    }

    /// Returns the smallest and the largest travel of the kernels.
    pub(super) fn travel(&self) -> Option<(f64, f64)> {
        let end = self.epochs.last().map_or(0, |epoch| epoch.number + 1);
        let travels: Vec<f64> = self.kernels.iter().map(|kernel| kernel.travel(end, self.batches)).collect();
        let largest = travels.iter().copied().reduce(f64::max)?;
        Some((travels.into_iter().reduce(f64::min)?, largest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travel_is_the_area_under_the_updates() {
        let updates = vec![(0, 0.1), (1, 0.05), (3, 0.01)];
        let kernel = KernelRecord { layer: String::new(), updates, displacement: 0.0 };
        // one epoch at 0.075, two at 0.03, two at 0.01, with 4 batches each
        approx::assert_relative_eq!(kernel.travel(5, 4), 4.0 * (0.075 + 0.06 + 0.02), max_relative = 1e-12);
        assert_eq!(kernel.update(), 0.05);
    }
}
