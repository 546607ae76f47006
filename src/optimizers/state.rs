use super::step::Start;
use super::{Optimizer, Schedule, Settings, Step, Variable};
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::kernels::{self, Aligned, LINE, Sizes, Slots};
use crate::network::Network;
use std::ops::Range;
use std::sync::Arc;

/// An optimizer at work: its rule, what it remembers, and what is done around every rule.
#[derive(Debug, Clone)]
pub(crate) struct OptimizerState<T: Scalar> {
    pub(super) rule: Arc<dyn Optimizer<T>>,
    schedule: Option<Arc<dyn Schedule>>,
    /// The rate where no schedule gives it.
    pub(super) learning_rate: f64,
    /// How many batches there were.
    pub(super) batches: u64,
    /// What is below was made for these weights, at these places; no other has a say. None before the first step.
    pub(super) variables: Vec<(Variable, Range<usize>)>,
    pub(super) is_built: bool,
    pieces: Vec<Piece>,
    /// A vector for each slot, one after the other, each with a place for every parameter, as all that follow.
    pub(super) slots: Aligned<T>,
    pub(super) scalars: Vec<f64>,
    pub(super) averages: Vec<T>,
    /// Whether the averages and the weights have changed places.
    exchanged: bool,
    pub(super) gathered: Vec<T>,
    scratch: Vec<T>,
}

/// What the rule is given at once: a weight, or all that lie together.
#[derive(Debug, Clone)]
struct Piece {
    /// The number of its first weight.
    first: usize,
    place: Range<usize>,
    /// Whether it is a weight that moves while its gradient is computed.
    early: bool,
}

/// How many values decay before the rule moves them: so many are still in the cache nearest to the core.
const BLOCK: usize = 2048;

/// More than any optimizer remembers of a value.
const MOST_SLOTS: usize = 64;

impl<T: Scalar> OptimizerState<T> {
    /// Puts a rule to work.
    ///
    /// # Errors
    ///
    /// Arguments outside their range.
    pub(crate) fn new(rule: Arc<dyn Optimizer<T>>) -> Result<Self> {
        rule.check_arguments()?;
        rule.settings().check(rule.name())?;
        if rule.slots().len() > MOST_SLOTS {
            return Err(Error::argument(rule.name(), "slots", rule.slots().len(), format!("at most {MOST_SLOTS}")));
        }
        Ok(Self {
            schedule: rule.settings().schedule.as_ref().map(|schedule| schedule.get()).transpose()?,
            learning_rate: rule.settings().learning_rate,
            batches: 0,
            variables: Vec::new(),
            is_built: false,
            pieces: Vec::new(),
            slots: Aligned::default(),
            scalars: rule.scalars(),
            averages: Vec::new(),
            exchanged: false,
            gathered: Vec::new(),
            scratch: Vec::new(),
            rule,
        })
    }

    fn settings(&self) -> &Settings {
        self.rule.settings()
    }

    /// How many steps have been taken.
    pub(crate) fn iterations(&self) -> u64 {
        self.batches / self.settings().gradient_accumulation_steps.map_or(1, |steps| steps.max(1) as u64)
    }

    /// The learning rate of the next step.
    pub(crate) fn learning_rate(&self) -> f64 {
        self.schedule.as_ref().map_or(self.learning_rate, |schedule| schedule.rate(self.batches))
    }

    /// Sets the learning rate from the next step on.
    ///
    /// # Errors
    ///
    /// A rate that is negative, NaN or infinite; a schedule that gives it.
    pub(crate) fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        if let Some(schedule) = &self.schedule {
            return Err(Error::ScheduledRate { schedule: schedule.spec().to_string() });
        }
        Settings::new(learning_rate).check(self.rule.name())?;
        self.learning_rate = learning_rate;
        Ok(())
    }

    /// Whether a schedule gives the learning rate.
    pub(super) fn is_scheduled(&self) -> bool {
        self.schedule.is_some()
    }

    /// The rule and its arguments.
    #[cfg(feature = "keras")]
    pub(crate) fn rule(&self) -> &dyn Optimizer<T> {
        &*self.rule
    }

    /// How many weights it has memory for.
    #[cfg(feature = "keras")]
    pub(crate) fn weights(&self) -> usize {
        self.variables.len()
    }

    /// The same optimizer, with memory for the weights of a network.
    #[cfg(feature = "keras")]
    pub(crate) fn built_for(&self, network: &Network<T>) -> std::borrow::Cow<'_, Self> {
        let mut state = std::borrow::Cow::Borrowed(self);
        if !self.is_built {
            state.to_mut().build(network.trained().collect(), network.params(), |_| false);
        }
        state
    }

    /// Moves every weight that is trained by one step, and holds it to its constraint.
    pub(crate) fn step(&mut self, network: &mut Network<T>, gradient: &mut [T]) {
        self.build_for(network);
        self.update(network.params_mut(), gradient);
        network.constrain();
    }

    /// Makes the memory for the weights of a network that are trained, unless it is there.
    pub(crate) fn build_for(&mut self, network: &mut Network<T>) {
        if !self.is_built {
            let variables = network.trained().collect();
            let early: Vec<Range<usize>> = network.early().cloned().collect();
            self.build(variables, network.params_mut(), |place| early.contains(place));
        }
    }

    /// Makes the memory for these weights, some of which may be moved while their gradient is computed.
    pub(super) fn build(
        &mut self,
        variables: Vec<(Variable, Range<usize>)>,
        params: &[T],
        is_early: impl Fn(&Range<usize>) -> bool,
    ) {
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
        let is_wanted = |wanted| vec![T::zero(); if wanted { params.len() } else { 0 }];
        self.averages = is_wanted(self.settings().use_ema);
        self.gathered = is_wanted(self.settings().gradient_accumulation_steps.is_some());
        let scratch = variables.iter().map(|(variable, _)| self.rule.scratch(variable)).max();
        self.scratch = vec![T::zero(); scratch.unwrap_or(0)];
        let Settings { clipnorm, clipvalue, global_clipnorm, gradient_accumulation_steps, .. } = self.settings();
        let by_value = !self.rule.by_weight();
        // what is done to the gradient before the step is done to the whole
        let is_left = clipnorm.or(*clipvalue).or(*global_clipnorm).is_none() && gradient_accumulation_steps.is_none();
        let can_be_early = by_value && is_left && self.scratch.is_empty();
        let mut pieces: Vec<Piece> = Vec::new();
        for (first, (_, place)) in variables.iter().enumerate() {
            let early = can_be_early && is_early(place);
            match pieces.last_mut() {
                Some(piece) if by_value && !early && !piece.early && piece.place.end == place.start => {
                    piece.place.end = place.end;
                }
                _ => pieces.push(Piece { first, place: place.clone(), early }),
            }
        }
        (self.pieces, self.variables, self.is_built) = (pieces, variables, true);
    }

    /// One batch: gather, clip, decay, move, average. The gradient is changed on the way.
    pub(super) fn update(&mut self, params: &mut [T], gradient: &mut [T]) {
        let learning_rate = T::of(self.learning_rate());
        if self.gather(gradient) {
            self.clip(gradient);
            self.apply(learning_rate, params, gradient);
        }
        self.average(params);
        self.batches += 1;
    }

    /// Adds the gradient of a batch to what was gathered; if it is the last of a step, their mean becomes the gradient.
    fn gather(&mut self, gradient: &mut [T]) -> bool {
        let Some(steps) = self.settings().gradient_accumulation_steps else { return true };
        if !(self.batches + 1).is_multiple_of(steps as u64) {
            kernels::zip(&mut self.gathered, gradient, |gathered, g| gathered + g);
            return false;
        }
        let steps = T::of(steps as f64);
        kernels::zip(gradient, &self.gathered, |g, gathered| (g + gathered) / steps);
        self.gathered.fill(T::zero());
        true
    }

    /// Shortens gradients that are too long; one that is NaN or infinite stays so.
    fn clip(&self, gradient: &mut [T]) {
        let Settings { clipnorm, clipvalue, global_clipnorm, .. } = self.settings();
        let places = || self.variables.iter().map(|(_, place)| place.clone());
        if let Some(bound) = clipnorm.map(T::of) {
            for place in places() {
                let norm = kernels::norm(&gradient[place.clone()]);
                shorten(&mut gradient[place], norm, bound);
            }
        }
        if let Some(bound) = global_clipnorm.map(T::of) {
            let largest = places().map(|place| kernels::norm(&gradient[place])).fold(T::zero(), hypot);
            for piece in &self.pieces {
                shorten(&mut gradient[piece.place.clone()], largest, bound);
            }
        }
        if let Some(bound) = clipvalue.map(T::of) {
            let clip = |g: T| {
                if g > bound {
                    bound
                } else if g < -bound {
                    -bound
                } else {
                    g
                }
            };
            self.pieces.iter().for_each(|piece| kernels::map(&mut gradient[piece.place.clone()], clip));
        }
    }

    /// Moves the weights by the rule, but for those that moved early.
    fn apply(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        let number = self.iterations() + 1;
        if !self.pieces.iter().any(|piece| piece.early) {
            self.rule.begin(number, &mut self.scalars);
        }
        let moves = Moves { rule: &*self.rule, number, learning_rate, scalars: &self.scalars };
        for Piece { first, place, .. } in self.pieces.iter().filter(|piece| !piece.early) {
            let slots = Slots::new(&mut self.slots, slot_size::<T>(params.len()), place.clone());
            let variable = &self.variables[*first].0;
            moves.apply(variable, &mut params[place.clone()], &gradient[place.clone()], slots, &mut self.scratch);
        }
    }

    /// The step to come for the weights that move while their gradient is computed, if there are any.
    pub(crate) fn early_step(&mut self) -> Option<EarlyStep<'_, T>> {
        if !self.pieces.iter().any(|piece| piece.early) {
            return None;
        }
        let (number, learning_rate) = (self.iterations() + 1, T::of(self.learning_rate()));
        self.rule.begin(number, &mut self.scalars);
        let moves = Moves { rule: &*self.rule, number, learning_rate, scalars: &self.scalars };
        Some(EarlyStep { moves, variables: &self.variables, pieces: &self.pieces, slots: &mut self.slots })
    }

    /// Takes the weights into their average, `a = m a + (1 - m) w`, and puts it in their place when it is time.
    fn average(&mut self, params: &mut [T]) {
        let settings = self.rule.settings();
        if !settings.use_ema {
            return;
        }
        let steps = self.iterations();
        let momentum = T::of(if steps == 0 { 0.0 } else { settings.ema_momentum });
        let overwrites = settings.ema_overwrite_frequency.is_some_and(|frequency| (steps + 1).is_multiple_of(frequency as u64));
        let rest = T::one() - momentum;
        for Piece { place, .. } in &self.pieces {
            kernels::zip(&mut self.averages[place.clone()], &params[place.clone()], |a, w| momentum * a + rest * w);
        }
        if overwrites {
            self.overwrite(params);
        }
    }

    /// Ends a training: where averages are kept they take the place of the weights.
    pub(crate) fn finalize(&self, params: &mut [T]) {
        if self.batches > 0 {
            self.overwrite(params);
        }
    }

    /// Fails unless averages of the weights are kept.
    pub(crate) fn check_averages(&self) -> Result<()> {
        if self.settings().use_ema {
            return Ok(());
        }
        Err(Error::argument(self.rule.name(), "use_ema", false, "true, for the averages of the weights to be used"))
    }

    /// Lets the weights and their averages change places, unless they are where they are wanted or there are none.
    pub(crate) fn exchange(&mut self, params: &mut [T], wanted: bool) {
        if self.exchanged == wanted || self.averages.is_empty() || self.batches == 0 {
            return;
        }
        for Piece { place, .. } in &self.pieces {
            params[place.clone()].swap_with_slice(&mut self.averages[place.clone()]);
        }
        self.exchanged = wanted;
    }

    fn overwrite(&self, params: &mut [T]) {
        if !self.averages.is_empty() {
            for Piece { place, .. } in &self.pieces {
                params[place.clone()].copy_from_slice(&self.averages[place.clone()]);
            }
        }
    }
}

/// A step of a rule.
struct Moves<'a, T: Scalar> {
    rule: &'a dyn Optimizer<T>,
    number: u64,
    learning_rate: T,
    scalars: &'a [f64],
}

impl<T: Scalar> Moves<'_, T> {
    /// Lets values decay, `w -= r d w`, and moves them by the rule.
    fn apply(&self, variable: &Variable, weight: &mut [T], gradient: &[T], mut slots: Slots<'_, T>, scratch: &mut [T]) {
        let Self { rule, number, learning_rate, scalars } = *self;
        let decay = rule.weight_decay(variable).map(T::of);
        let size = if decay.is_none() || rule.by_weight() { weight.len() } else { BLOCK };
        let parts = weight.chunks_mut(size.max(1)).zip(gradient.chunks(size.max(1)));
        for (part, (weight, gradient)) in parts.enumerate() {
            if let Some(decay) = decay {
                kernels::map(weight, |w| w - w * decay * learning_rate);
            }
            let slots = slots.part(part * size..part * size + weight.len());
            rule.update(Step { number, learning_rate, variable, weight, gradient, slots, scalars, scratch });
        }
    }
}

/// A step under way, for weights that move while their gradient is computed.
pub(crate) struct EarlyStep<'a, T: Scalar> {
    moves: Moves<'a, T>,
    variables: &'a [(Variable, Range<usize>)],
    pieces: &'a [Piece],
    slots: &'a mut [T],
}

impl<T: Scalar> EarlyStep<'_, T> {
    fn piece(&self, place: &Range<usize>) -> Option<&Piece> {
        self.pieces.iter().find(|piece| piece.early && piece.place == *place)
    }

    /// Whether it moves the weight at this place.
    pub(crate) fn takes(&self, place: &Range<usize>) -> bool {
        self.piece(place).is_some()
    }

    /// Moves the weight at this place as its gradient, `dy x^T`, is computed; in `room`, as large as the weight, anything may be left.
    pub(crate) fn weight(&mut self, place: &Range<usize>, all: &mut [T], room: &mut [T], product: [&[T]; 2], sizes: Sizes) {
        let Some(piece) = self.piece(place) else { return };
        let (moves, variable) = (&self.moves, &self.variables[piece.first].0);
        let mut slots = Slots::new(self.slots, slot_size::<T>(all.len()), place.clone());
        let weight = &mut all[place.clone()];
        kernels::weight_gradient_in_parts(room, product, sizes, weight, &mut slots, |weight, gradient, slots| {
            moves.apply(variable, weight, gradient, slots, &mut []);
        });
    }
}

/// How far it is from one slot to the next: whole lines of the cache.
fn slot_size<T>(params: usize) -> usize {
    params.next_multiple_of(LINE / size_of::<T>())
}

/// Scales a gradient of norm `norm`, or that is a part of one, down to the norm `bound`.
fn shorten<T: Scalar>(gradient: &mut [T], norm: T, bound: T) {
    if norm <= bound {
        return;
    }
    // of an infinite norm nothing is left to go by: NaN, and not 0
    let scale = if norm.is_finite() { bound / norm } else { T::of(f64::NAN) };
    kernels::map(gradient, |g| g * scale);
}

/// `sqrt(a^2 + b^2)` without an overflow on the way.
fn hypot<T: Scalar>(a: T, b: T) -> T {
    let (long, short) = if a > b { (a, b) } else { (b, a) };
    if long == T::zero() { long + short } else { long * (T::one() + (short / long) * (short / long)).sqrt() }
}
