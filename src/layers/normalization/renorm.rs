//! Batch renormalization, an option of `BatchNormalization`.

use crate::base::{Result, Rng};
use crate::initializers::Initializer;
use crate::kernels::Scalar;
use crate::layers::{Param, Plan, WeightOptions};
use crate::part::{Arguments, Choice, Describe};
use std::ops::RangeInclusive;

/// The arguments of batch renormalization. (Ioffe, *Batch Renormalization*, 2017)
#[derive(Debug, Clone)]
pub(super) struct Renorm {
    pub(super) is_on: bool,
    pub(super) momentum: f64,
    /// The largest and smallest factor `r`, and the largest absolute shift `d`.
    pub(super) clipping: [Option<f64>; 3],
}

impl Default for Renorm {
    fn default() -> Self {
        Self { is_on: false, momentum: 0.99, clipping: [None; 3] }
    }
}

/// The number of states that batch renormalization adds: the moving deviation, and the mean and deviation of training.
const STATES: [&str; 3] = ["moving_stddev", "renorm_mean", "renorm_stddev"];

impl Renorm {
    pub(super) fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        let is_off = !self.is_on;
        if !arguments.leaves_out("renorm", is_off) {
            arguments.flag("renorm", &mut self.is_on);
        }
        if !arguments.leaves_out("renorm_momentum", is_off) {
            arguments.number("renorm_momentum", &mut self.momentum, 0.0..=1.0);
        }
        let names = ["renorm_rmax", "renorm_rmin", "renorm_dmax"];
        for (name, value) in names.into_iter().zip(&mut self.clipping) {
            if !arguments.leaves_out(name, is_off || value.is_none()) {
                arguments.optional_number(name, value, LIMITS);
            }
        }
    }

    /// Declares the states that batch renormalization adds.
    pub(super) fn declare<T: Scalar>(
        &self,
        mut plan: Plan<T>,
        channels: usize,
        mean: &WeightOptions<T>,
        variance: &WeightOptions<T>,
    ) -> Result<Plan<T>> {
        let deviation = WeightOptions::new(Deviation { variance: variance.initializer.clone() });
        for (name, options) in STATES.into_iter().zip([&deviation, mean, &deviation]).filter(|_| self.is_on) {
            plan = plan.state(Param::new(name, [channels], options)?);
        }
        Ok(plan)
    }

    /// Updates the states of a channel for a batch of this mean and standard deviation, and returns `r` and `d`.
    ///
    /// `states` are the moving mean, the moving variance and [`STATES`], each with one value for each channel.
    pub(super) fn correct<T: Scalar>(
        &self,
        [mean, deviation]: [T; 2],
        states: &mut [&mut [T]; 5],
        channel: usize,
        [momentum, epsilon]: [f64; 2],
    ) -> [T; 2] {
        let [moving_mean, moving_variance, moving_deviation, renorm_mean, renorm_deviation] =
            states.each_mut().map(|state| &mut state[channel]);
        let epsilon = T::of(epsilon);
        let divisor = if *renorm_deviation < epsilon.sqrt() { epsilon.sqrt() } else { *renorm_deviation };
        // r = deviation / renorm_deviation, d = (mean - renorm_mean) / renorm_deviation
        let (mut r, mut d) = (deviation / divisor, (mean - *renorm_mean) / divisor);
        let [largest, smallest, shift] = self.clipping.map(|limit| limit.map(T::of));
        r = smallest.filter(|smallest| r < *smallest).unwrap_or(r);
        r = largest.filter(|largest| r > *largest).unwrap_or(r);
        if let Some(shift) = shift {
            d = if d > shift {
                shift
            } else if d < -shift {
                -shift
            } else {
                d
            };
        }
        let follow = |state: &mut T, value: T, momentum: f64| {
            *state = T::of(momentum) * *state + T::of(1.0 - momentum) * value;
        };
        follow(renorm_mean, mean, self.momentum);
        follow(renorm_deviation, deviation, self.momentum);
        follow(moving_mean, mean, momentum);
        follow(moving_deviation, deviation, momentum);
        let variance = *moving_deviation * *moving_deviation - epsilon;
        *moving_variance = if variance < T::zero() { T::zero() } else { variance };
        [r, d]
    }
}

/// The range of the limits of `r` and `d`.
const LIMITS: RangeInclusive<f64> = 0.0..=f64::MAX;

/// The square root of the initial variance.
#[derive(Debug, Clone)]
struct Deviation {
    variance: Choice<dyn Initializer>,
}

impl Describe for Deviation {}

impl Initializer for Deviation {
    crate::part::compiled!(Initializer for Deviation);

    fn fill(&self, shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
        // An unknown name is an error of the moving variance, which is declared before this state.
        if let Ok(variance) = self.variance.get() {
            variance.fill(shape, rng, values);
        }
        values.iter_mut().for_each(|value| *value = value.max(0.0).sqrt());
    }
}
