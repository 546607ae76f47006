//! Remedies for a training that goes too far or not far enough: another learning rate, smaller batches, more epochs.

use super::super::facts::Outline;
use super::super::remedy::Remedy;
use crate::optimizers::Optimizer;
use crate::part::{Kind, Value};

/// The number of samples in a batch that is usual.
const BATCH: usize = 32;

/// The factor by which a rate must differ from the default to be the cause.
const APART: f64 = 4.0;

/// The number of steps that most trainings need at least.
pub(super) const USUAL_STEPS: usize = 1_000;

/// The number of epochs that is usual at most.
const USUAL_EPOCHS: usize = 100;

/// The largest factor by which a remedy multiplies the number of epochs.
const MOST: usize = 100;

/// The learning rate of an optimizer, and the default of its rule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub(super) own: f64,
    pub(super) default: f64,
}

impl Rates {
    /// Returns the rate of the optimizer, if it is a number, and Keras' default for its rule.
    pub(super) fn of(outline: &Outline) -> Option<Self> {
        let rate = |value: Option<&Value>| if let Some(Value::Float(rate)) = value { Some(*rate) } else { None };
        let own = rate(outline.optimizer.get("learning_rate")).filter(|rate| *rate > 0.0)?;
        // the names are those of the rules of both number types
        let defaults = <dyn Optimizer<f64>>::built_in().defaults(&outline.optimizer.class_name)?;
        Some(Self { own, default: rate(defaults.get("learning_rate"))? })
    }

    pub(super) fn is_low(self) -> bool {
        self.own * APART < self.default
    }

    pub(super) fn is_high(self) -> bool {
        self.own > self.default * APART
    }
}

/// Lowers the learning rate: to the default if it is far above that, else to a tenth.
pub(super) fn lower_rate(outline: &Outline) -> Remedy {
    match Rates::of(outline).filter(|rates| rates.is_high()) {
        Some(rates) => Remedy::LearningRate(rates.default / rates.own),
        None => Remedy::LearningRate(0.1),
    }
}

/// Raises the learning rate by about this factor: to the default if it is far below that.
pub(super) fn raise_rate(outline: &Outline, factor: f64) -> Remedy {
    match Rates::of(outline).filter(|rates| rates.is_low()) {
        Some(rates) => Remedy::LearningRate(rates.default / rates.own),
        None => Remedy::LearningRate(10.0_f64.powf(factor.max(1.0).log10().ceil().max(1.0))),
    }
}

/// Makes `factor` times as many steps: by batches of the usual size if they are larger, and by more epochs.
pub(super) fn more_steps(outline: &Outline, rows: usize, factor: f64) -> Remedy {
    let (epochs, batch) = (outline.plan.epochs.max(1), outline.plan.batch_size.min(rows).max(1));
    let wanted = epochs as f64 * rows.div_ceil(batch) as f64 * factor.max(1.0);
    let size = if batch > 2 * BATCH { BATCH } else { batch };
    let each = rows.div_ceil(size).max(1);
    // twice the usual number of steps, of which the best weights are kept, but of few rows not too often the same ones
    let usual = (2 * USUAL_STEPS).div_ceil(each).min(USUAL_EPOCHS);
    let needed = ((wanted / each as f64).ceil() as usize).clamp(usual.max(epochs), epochs.saturating_mul(MOST).max(usual));
    match (size < batch, needed > epochs) {
        (true, true) => Remedy::Steps { batch_size: size, epochs: needed },
        (true, false) => Remedy::BatchSize(size),
        _ => Remedy::Epochs(needed),
    }
}
