use super::{RATE, Schedule, half_cosine};
use crate::part::{Arguments, Describe};

/// A learning rate that decreases along half a cosine, after an optional linear warmup.
/// (Loshchilov and Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts*, 2017; the warmup: Goyal et al., *Accurate,
/// Large Minibatch SGD*, 2017; [Keras](https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/))
///
/// `initial * ((1 - alpha) * (1 + cos(pi t / decay_steps)) / 2 + alpha)`, and `alpha * initial` after `decay_steps`. With a
/// warmup target, the rate first changes linearly from the initial rate to the target, in `warmup_steps`, and then decreases
/// from the target in `decay_steps`.
///
/// ```
/// use layercake::optimizers::{CosineDecay, Schedule};
///
/// let schedule = CosineDecay::new(0.0, 100).warmup_target(0.1).warmup_steps(10);
/// assert_eq!([0, 5, 10, 110, 200].map(|step| schedule.rate(step)), [0.0, 0.05, 0.1, 0.0, 0.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CosineDecay {
    initial_learning_rate: f64,
    decay_steps: usize,
    alpha: f64,
    warmup_target: Option<f64>,
    warmup_steps: usize,
}

impl CosineDecay {
    /// A schedule with the rate at step 0, at least 0, and the number of steps of the decay, at least 1.
    pub fn new(initial_learning_rate: f64, decay_steps: usize) -> Self {
        Self { initial_learning_rate, decay_steps, alpha: 0.0, warmup_target: None, warmup_steps: 0 }
    }

    /// The share of the rate that is left at the end, from 0 (default) to 1.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// The rate at the end of the warmup, at least 0 (default: no warmup).
    pub fn warmup_target(mut self, warmup_target: f64) -> Self {
        self.warmup_target = Some(warmup_target);
        self
    }

    /// The number of steps of the warmup, if there is a warmup target (default 0).
    pub fn warmup_steps(mut self, warmup_steps: usize) -> Self {
        self.warmup_steps = warmup_steps;
        self
    }
}

impl Describe for CosineDecay {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("initial_learning_rate", &mut self.initial_learning_rate, RATE);
        arguments.count("decay_steps", &mut self.decay_steps, 1..);
        arguments.number("alpha", &mut self.alpha, 0.0..=1.0);
        arguments.optional_number("warmup_target", &mut self.warmup_target, RATE);
        arguments.count("warmup_steps", &mut self.warmup_steps, 0..);
    }
}

impl Schedule for CosineDecay {
    crate::part::compiled!(Schedule for CosineDecay);

    fn rate(&self, step: u64) -> f64 {
        let initial = self.initial_learning_rate;
        let (top, steps, start) = match self.warmup_target {
            Some(target) => (target, step as f64, self.warmup_steps as f64),
            None => (initial, step as f64, 0.0),
        };
        if steps < start {
            return (top - initial) * (steps / start) + initial;
        }
        let fraction = ((steps - start) / self.decay_steps as f64).min(1.0);
        top * ((1.0 - self.alpha) * half_cosine(fraction) + self.alpha)
    }
}
