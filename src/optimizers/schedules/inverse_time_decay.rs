use super::{RATE, Schedule, staircase_argument};
use crate::part::{Arguments, Describe};

/// A learning rate that decreases with the inverse of the time: `initial / (1 + decay_rate * t / decay_steps)`.
/// [Keras](https://keras.io/api/optimizers/learning_rate_schedules/inverse_time_decay/)
///
/// ```
/// use layercake::optimizers::{InverseTimeDecay, Schedule};
///
/// assert_eq!(InverseTimeDecay::new(0.1, 100, 1.0).rate(300), 0.025);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct InverseTimeDecay {
    initial_learning_rate: f64,
    decay_steps: usize,
    decay_rate: f64,
    staircase: bool,
}

impl InverseTimeDecay {
    /// A schedule with the rate at step 0, at least 0; its divisor grows by `decay_rate`, at least 0, every `decay_steps`, at
    /// least 1.
    pub fn new(initial_learning_rate: f64, decay_steps: usize, decay_rate: f64) -> Self {
        Self { initial_learning_rate, decay_steps, decay_rate, staircase: false }
    }

    staircase_argument!();
}

impl Describe for InverseTimeDecay {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("initial_learning_rate", &mut self.initial_learning_rate, RATE);
        arguments.count("decay_steps", &mut self.decay_steps, 1..);
        arguments.number("decay_rate", &mut self.decay_rate, RATE);
        arguments.flag("staircase", &mut self.staircase);
    }
}

impl Schedule for InverseTimeDecay {
    crate::part::compiled!(Schedule for InverseTimeDecay);

    fn rate(&self, step: u64) -> f64 {
        self.initial_learning_rate / (1.0 + self.decay_rate * self.passed(step))
    }
}
