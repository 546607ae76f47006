//! Schedules: learning rates that change from step to step, or with the share of the training that is done.

use crate::part::{Part, kind, parts};
use std::f64::consts::PI;
use std::ops::Range;
use std::sync::Arc;

kind!(Schedule, "schedule");

// Keras requires these arguments; without them the initial rate is 0.001, and the decay takes 1000 steps.
parts! { Schedule;
    cosine_decay: CosineDecay = CosineDecay::new(0.001, 1000);
    cosine_decay_restarts: CosineDecayRestarts = CosineDecayRestarts::new(0.001, 1000);
    cosine_log: CosineLog = CosineLog::new(0.001);
    exponential_decay: ExponentialDecay = ExponentialDecay::new(0.001, 1000, 0.9);
    flat_cosine: FlatCosine = FlatCosine::new(0.001);
    inverse_time_decay: InverseTimeDecay = InverseTimeDecay::new(0.001, 1000, 0.9);
    piecewise_constant_decay: PiecewiseConstantDecay = PiecewiseConstantDecay::new([], [0.001]);
    polynomial_decay: PolynomialDecay = PolynomialDecay::new(0.001, 1000);
}

/// A learning rate that depends on the number of the step, or on the share of the training that is done.
/// (Keras' `LearningRateSchedule`)
///
/// This custom schedule rises for a hundred steps and is constant afterwards:
///
/// ```
/// use layercake::optimizers::Schedule;
/// use layercake::prelude::*;
/// use layercake::saving::{Arguments, Describe};
///
/// #[derive(Debug, Clone)]
/// struct Rise {
///     rate: f64,
/// }
///
/// impl Describe for Rise {
///     fn arguments(&mut self, arguments: &mut Arguments<'_>) {
///         arguments.number("rate", &mut self.rate, 0.0..);
///     }
/// }
///
/// impl Schedule for Rise {
///     fn rate(&self, step: u64) -> f64 {
///         self.rate * (step as f64 / 100.0).min(1.0)
///     }
/// }
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Adam::default().learning_rate(Rise { rate: 0.01 }), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// assert_eq!(model.learning_rate(), Some(0.0001));
/// # Ok::<(), layercake::Error>(())
/// ```
#[doc(alias = "LearningRateSchedule")]
pub trait Schedule: Part {
    /// The learning rate of a step, counted from 0; each batch counts, also if its gradient is only accumulated.
    fn rate(&self, step: u64) -> f64;

    /// The learning rate at a share of the training that is done, from 0 to below 1; `None` if the rate depends on the step
    /// (default).
    ///
    /// A schedule that returns a rate is one by share, as [`FlatCosine`] is. Only `fit` knows the share.
    fn rate_by_share(&self, _share: f64) -> Option<f64> {
        None
    }

    /// Makes a shared trait object of the part; the parts of this crate do so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Schedule>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}

/// The range of a learning rate.
const RATE: Range<f64> = 0.0..f64::INFINITY;

/// Half a cosine, which decreases from 1 at 0 to 0 at 1.
fn half_cosine(fraction: f64) -> f64 {
    0.5 * (1.0 + (PI * fraction).cos())
}

/// Defines the setter for `staircase` and the method that uses it.
macro_rules! staircase_argument {
    () => {
        /// True to change the rate only every `decay_steps` (default: false).
        pub fn staircase(mut self, staircase: bool) -> Self {
            self.staircase = staircase;
            self
        }

        /// The value of `t / decay_steps`, rounded down if `staircase` is true.
        fn passed(&self, step: u64) -> f64 {
            let passed = step as f64 / self.decay_steps as f64;
            if self.staircase { passed.floor() } else { passed }
        }
    };
}
use staircase_argument;
