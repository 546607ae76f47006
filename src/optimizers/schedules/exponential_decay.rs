use super::{RATE, Schedule, staircase_argument};
use crate::part::{Arguments, Describe};

/// A learning rate that decreases by a constant factor every `decay_steps`: `initial * decay_rate^(t / decay_steps)`.
/// [Keras](https://keras.io/api/optimizers/learning_rate_schedules/exponential_decay/)
///
/// ```
/// use layercake::optimizers::{ExponentialDecay, Schedule};
///
/// assert_eq!(ExponentialDecay::new(0.1, 100, 0.5).rate(200), 0.025);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ExponentialDecay {
    initial_learning_rate: f64,
    decay_steps: usize,
    decay_rate: f64,
    staircase: bool,
}

impl ExponentialDecay {
    /// A schedule with the rate at step 0, at least 0; it is multiplied by `decay_rate`, at least 0, every `decay_steps`, at
    /// least 1.
    pub fn new(initial_learning_rate: f64, decay_steps: usize, decay_rate: f64) -> Self {
        Self { initial_learning_rate, decay_steps, decay_rate, staircase: false }
    }

    staircase_argument!();
}

impl Describe for ExponentialDecay {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("initial_learning_rate", &mut self.initial_learning_rate, RATE);
        arguments.count("decay_steps", &mut self.decay_steps, 1..);
        arguments.number("decay_rate", &mut self.decay_rate, RATE);
        arguments.flag("staircase", &mut self.staircase);
    }
}

impl Schedule for ExponentialDecay {
    crate::part::compiled!(Schedule for ExponentialDecay);

    fn rate(&self, step: u64) -> f64 {
        self.initial_learning_rate * self.decay_rate.powf(self.passed(step))
    }
}
