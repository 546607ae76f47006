use super::{RATE, Schedule};
use crate::part::{Arguments, Describe};

/// A learning rate that decreases polynomially to an end value: `(initial - end) * (1 - t / decay_steps)^power + end`.
/// [Keras](https://keras.io/api/optimizers/learning_rate_schedules/polynomial_decay/)
///
/// ```
/// use layercake::optimizers::{PolynomialDecay, Schedule};
///
/// let schedule = PolynomialDecay::new(0.1, 100).end_learning_rate(0.0);
/// assert_eq!([0, 50, 100, 200].map(|step| schedule.rate(step)), [0.1, 0.05, 0.0, 0.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PolynomialDecay {
    initial_learning_rate: f64,
    decay_steps: usize,
    end_learning_rate: f64,
    power: f64,
    cycle: bool,
}

impl PolynomialDecay {
    /// A schedule with the rate at step 0, at least 0, and the number of steps of the decay, at least 1.
    pub fn new(initial_learning_rate: f64, decay_steps: usize) -> Self {
        Self { initial_learning_rate, decay_steps, end_learning_rate: 1e-4, power: 1.0, cycle: false }
    }

    /// The rate at the end, at least 0 (default 1e-4).
    pub fn end_learning_rate(mut self, end_learning_rate: f64) -> Self {
        self.end_learning_rate = end_learning_rate;
        self
    }

    /// The exponent, at least 0 (default 1: a linear decay).
    pub fn power(mut self, power: f64) -> Self {
        self.power = power;
        self
    }

    /// True to extend `decay_steps` to its next multiple each time the end is reached, so that the rate rises again (default:
    /// false).
    pub fn cycle(mut self, cycle: bool) -> Self {
        self.cycle = cycle;
        self
    }
}

impl Describe for PolynomialDecay {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("initial_learning_rate", &mut self.initial_learning_rate, RATE);
        arguments.count("decay_steps", &mut self.decay_steps, 1..);
        arguments.number("end_learning_rate", &mut self.end_learning_rate, RATE);
        arguments.number("power", &mut self.power, RATE);
        arguments.flag("cycle", &mut self.cycle);
    }
}

impl Schedule for PolynomialDecay {
    crate::part::compiled!(Schedule for PolynomialDecay);

    fn rate(&self, step: u64) -> f64 {
        let passed = step as f64 / self.decay_steps as f64;
        let fraction = if self.cycle { passed / passed.ceil().max(1.0) } else { passed.min(1.0) };
        (self.initial_learning_rate - self.end_learning_rate) * (1.0 - fraction).powf(self.power) + self.end_learning_rate
    }
}
