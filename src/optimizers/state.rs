//! The state of an optimizer: its rule, its variables, and the steps that are common to all rules.

use super::variable::{Start, Variable};
use super::{Optimizer, Schedule, Settings};
use crate::base::{Error, Result};
use crate::kernels::{self, Aligned, LINE, Scalar};
use std::ops::Range;
use std::sync::Arc;

/// An optimizer with its variables for the weights that it trains. The values of all weights are one slice, `params`.
#[derive(Debug, Clone)]
pub(crate) struct OptimizerState<T: Scalar> {
    pub(super) rule: Arc<dyn Optimizer<T>>,
    schedule: Option<Arc<dyn Schedule>>,
    weight_decay_schedule: Option<Arc<dyn Schedule>>,
    /// The share of the training that is done, from 0 to 1.
    pub(super) share: f64,
    /// The arguments of the rule, except that the learning rate can change; with a schedule it is unused.
    pub(super) settings: Settings,
    /// The number of batches so far.
    pub(super) batches: u64,
    /// The weights that are trained; other values of `params` do not change. Empty before the first step.
    pub(super) weights: Vec<TrainedWeight>,
    is_built: bool,
    /// True if `begin` was called for the next step.
    pub(super) has_begun: bool,
    pub(super) pieces: Vec<Piece>,
    /// The slots, one after the other; each has one entry per value of `params`, as have all vectors below.
    pub(super) slots: Aligned<T>,
    pub(super) scalars: Vec<f64>,
    pub(super) averages: Vec<T>,
    /// True while the weights and their averages are exchanged.
    pub(super) exchanged: bool,
    pub(super) accumulated: Vec<T>,
    pub(super) scratch: Vec<T>,
}

/// A trained weight.
#[derive(Debug, Clone)]
pub(crate) struct TrainedWeight {
    pub(crate) variable: Variable,
    /// Its range in `params`.
    pub(crate) range: Range<usize>,
    /// True if the gradient from its layer is complete, because no penalty is added to it.
    pub(crate) is_complete: bool,
}

/// The values that the rule updates in one call: one weight, or several consecutive weights.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// The index of its first weight.
    pub(super) first: usize,
    pub(super) range: Range<usize>,
    /// True if its update can be fused with the matrix product that computes its gradient.
    pub(super) is_fusable: bool,
    /// True if a fused update was done in this step.
    pub(super) is_updated: bool,
}

/// The smallest size of a weight with a fused update; smaller weights stay in the cache without it.
const FUSED_VALUES: usize = 1 << 16;

/// The smallest number of units for which the blocks of a fused update fill vector registers.
const FUSED_UNITS: usize = 32;

/// The largest number of slots that an optimizer may have.
const MOST_SLOTS: usize = 64;

impl<T: Scalar> OptimizerState<T> {
    /// Makes the state of an optimizer before its first step.
    ///
    /// # Errors
    ///
    /// An argument is outside its range.
    pub(crate) fn new(rule: Arc<dyn Optimizer<T>>) -> Result<Self> {
        rule.check_arguments()?;
        let settings = rule.settings().clone();
        settings.check(rule.name())?;
        let slot_count = rule.slots().len();
        if slot_count > MOST_SLOTS {
            return Err(Error::argument(rule.name(), "slots", slot_count, format!("at most {MOST_SLOTS}")));
        }
        Ok(Self {
            schedule: settings.schedule.as_ref().map(|schedule| schedule.get()).transpose()?,
            weight_decay_schedule: settings.weight_decay_schedule.as_ref().map(|schedule| schedule.get()).transpose()?,
            share: 0.0,
            settings,
            batches: 0,
            weights: Vec::new(),
            is_built: false,
            has_begun: false,
            pieces: Vec::new(),
            slots: Aligned::default(),
            scalars: rule.scalars(),
            averages: Vec::new(),
            exchanged: false,
            accumulated: Vec::new(),
            scratch: Vec::new(),
            rule,
        })
    }

    /// The number of steps taken so far.
    pub(crate) fn iterations(&self) -> u64 {
        // the division is left out where it can be, because a small model would notice it
        self.settings.gradient_accumulation_steps.map_or(self.batches, |steps| self.batches / steps.max(1) as u64)
    }

    /// The learning rate of the next step.
    pub(crate) fn learning_rate(&self) -> f64 {
        self.schedule.as_ref().map_or(self.settings.learning_rate, |schedule| self.rate_of(&**schedule))
    }

    /// The factor of the weight decay in the next step.
    pub(super) fn weight_decay_factor(&self) -> f64 {
        self.weight_decay_schedule.as_ref().map_or(1.0, |schedule| self.rate_of(&**schedule))
    }

    fn rate_of(&self, schedule: &dyn Schedule) -> f64 {
        schedule.rate_by_share(self.share).unwrap_or_else(|| schedule.rate(self.batches))
    }

    /// Fails if a schedule depends on the share of the training that is done, which `method` does not know.
    ///
    /// # Errors
    ///
    /// There is such a schedule.
    pub(crate) fn check_schedules(&self, method: &'static str) -> Result<()> {
        let schedules = [&self.schedule, &self.weight_decay_schedule];
        match schedules.into_iter().flatten().find(|schedule| schedule.rate_by_share(0.0).is_some()) {
            Some(schedule) => Err(Error::ScheduleByShare { schedule: schedule.spec().to_string(), method }),
            None => Ok(()),
        }
    }

    /// Sets the learning rate from the next step on.
    ///
    /// # Errors
    ///
    /// The rate is negative, NaN or infinite, or the optimizer has a schedule.
    pub(crate) fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        if let Some(schedule) = &self.schedule {
            return Err(Error::ScheduledRate { schedule: schedule.spec().to_string() });
        }
        Settings::new(learning_rate).check(self.rule.name())?;
        self.settings.learning_rate = learning_rate;
        Ok(())
    }

    /// True if a schedule determines the learning rate.
    pub(crate) fn is_scheduled(&self) -> bool {
        self.schedule.is_some()
    }

    /// The rule and its arguments.
    pub(crate) fn rule(&self) -> &dyn Optimizer<T> {
        &*self.rule
    }

    /// The rule and its arguments, to compile another model with.
    pub(crate) fn shared_rule(&self) -> Arc<dyn Optimizer<T>> {
        self.rule.clone()
    }

    /// The number of trained weights.
    #[cfg(feature = "keras")]
    pub(crate) fn weight_count(&self) -> usize {
        self.weights.len()
    }

    /// Borrows this state if it is built, else returns a copy that is built for these weights.
    #[cfg(feature = "keras")]
    pub(crate) fn built_for(&self, weights: impl FnOnce() -> Vec<TrainedWeight>, params: &[T]) -> std::borrow::Cow<'_, Self> {
        let mut state = std::borrow::Cow::Borrowed(self);
        if !self.is_built {
            state.to_mut().build(weights(), params);
        }
        state
    }

    /// True after [`build`](Self::build).
    pub(crate) fn is_built(&self) -> bool {
        self.is_built
    }

    /// Allocates and initialises the variables for these weights of `params`.
    pub(crate) fn build(&mut self, weights: Vec<TrainedWeight>, params: &[T]) {
        let slots = self.rule.slots();
        let size = slot_size::<T>(params.len());
        self.slots = Aligned::zeros(slots.len() * size);
        for (slot, values) in slots.iter().zip(self.slots.chunks_exact_mut(size.max(1))) {
            match slot.start {
                Start::Number(0.0) => {}
                Start::Number(start) => values.fill(T::of(start)),
                Start::Weight => values[..params.len()].copy_from_slice(params),
            }
        }
        let zeros_if = |needed| vec![T::zero(); if needed { params.len() } else { 0 }];
        self.averages = zeros_if(self.settings.use_ema);
        self.accumulated = zeros_if(self.settings.gradient_accumulation_steps.is_some());
        let scratch = weights.iter().map(|weight| self.rule.scratch(&weight.variable)).max();
        self.scratch = vec![T::zero(); scratch.unwrap_or(0)];
        self.pieces = self.cut(&weights);
        (self.weights, self.is_built) = (weights, true);
    }

    /// Removes the variables, which the next step builds again.
    pub(super) fn unbuild(&mut self) {
        (self.weights, self.pieces, self.is_built) = (Vec::new(), Vec::new(), false);
        (self.slots, self.averages, self.accumulated) = (Aligned::default(), Vec::new(), Vec::new());
    }

    /// Joins consecutive weights into pieces that are as long as the rule allows.
    fn cut(&self, weights: &[TrainedWeight]) -> Vec<Piece> {
        let Settings { clipnorm, clipvalue, global_clipnorm, gradient_accumulation_steps, .. } = &self.settings;
        let by_value = !self.rule.by_weight();
        // Clipping and accumulation need the complete gradient before the update.
        let needs_whole_gradient =
            clipnorm.or(*clipvalue).or(*global_clipnorm).is_some() || gradient_accumulation_steps.is_some();
        let can_fuse = by_value && !needs_whole_gradient && self.scratch.is_empty();
        let factors = |number: usize| {
            let Variable { learning_rate_factor, weight_decay_factor, .. } = weights[number].variable;
            [learning_rate_factor, weight_decay_factor]
        };
        let mut pieces: Vec<Piece> = Vec::new();
        for (first, TrainedWeight { variable, range, is_complete }) in weights.iter().enumerate() {
            let has_units = variable.shape.last().is_some_and(|&units| units >= FUSED_UNITS);
            let is_fusable = can_fuse && *is_complete && range.len() >= FUSED_VALUES && has_units;
            match pieces.last_mut() {
                Some(piece)
                    if by_value
                        && !is_fusable
                        && !piece.is_fusable
                        && piece.range.end == range.start
                        && factors(piece.first) == factors(first) =>
                {
                    piece.range.end = range.end;
                }
                _ => pieces.push(Piece { first, range: range.clone(), is_fusable, is_updated: false }),
            }
        }
        pieces
    }

    /// Accumulates the gradient of a batch. For the last batch of a step, `gradient` becomes the mean over all its batches.
    ///
    /// Returns true if the step is due.
    #[inline(always)]
    pub(crate) fn accumulate(&mut self, gradient: &mut [T]) -> bool {
        self.settings.gradient_accumulation_steps.is_none_or(|steps| self.accumulate_for(steps, gradient))
    }

    #[inline(never)] // few trainings accumulate, and inlined it makes the step of all others larger
    fn accumulate_for(&mut self, steps: usize, gradient: &mut [T]) -> bool {
        if !(self.batches + 1).is_multiple_of(steps as u64) {
            kernels::add(&mut self.accumulated, gradient);
            return false;
        }
        let steps = T::of(steps as f64);
        kernels::zip(gradient, &self.accumulated, |g, accumulated| (g + accumulated) / steps);
        self.accumulated.fill(T::zero());
        true
    }
}

/// The distance from one slot to the next: a multiple of the cache line.
pub(super) fn slot_size<T>(params: usize) -> usize {
    params.next_multiple_of(LINE / size_of::<T>())
}
