use super::{RATE, Schedule, half_cosine};
use crate::part::{Arguments, Describe};

/// A learning rate that decreases along half a cosine and restarts; each period is `t_mul` times as long as the one before
/// and starts at `m_mul` times its rate.
/// (Loshchilov and Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts*, 2017;
/// [Keras](https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay_restarts/))
///
/// In period `i`, counted from 0, after the share `f` of the period:
/// `initial * ((1 - alpha) * m_mul^i * (1 + cos(pi f)) / 2 + alpha)`.
///
/// ```
/// use layercake::optimizers::{CosineDecayRestarts, Schedule};
///
/// let schedule = CosineDecayRestarts::new(0.1, 10).m_mul(0.5);
/// assert_eq!([0, 10, 30].map(|step| schedule.rate(step)), [0.1, 0.05, 0.025]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CosineDecayRestarts {
    initial_learning_rate: f64,
    first_decay_steps: usize,
    t_mul: f64,
    m_mul: f64,
    alpha: f64,
}

impl CosineDecayRestarts {
    /// A schedule with the rate at step 0, at least 0, and the number of steps of the first period, at least 1.
    pub fn new(initial_learning_rate: f64, first_decay_steps: usize) -> Self {
        Self { initial_learning_rate, first_decay_steps, t_mul: 2.0, m_mul: 1.0, alpha: 0.0 }
    }

    /// The length of each period as a multiple of the one before, at least 1 (default 2).
    pub fn t_mul(mut self, t_mul: f64) -> Self {
        self.t_mul = t_mul;
        self
    }

    /// The initial rate of each period as a multiple of the one before, at least 0 (default 1).
    pub fn m_mul(mut self, m_mul: f64) -> Self {
        self.m_mul = m_mul;
        self
    }

    /// The lower limit of the rate as a share of the initial rate, from 0 (default) to 1.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// The index of the period, counted from 0, and the share of it that has passed.
    fn period(&self, step: u64) -> (f64, f64) {
        let passed = step as f64 / self.first_decay_steps as f64;
        if self.t_mul == 1.0 {
            return (passed.floor(), passed - passed.floor());
        }
        // The first i periods together are (t^i - 1) / (t - 1) times as long as the first.
        let before = |i: f64| (self.t_mul.powf(i) - 1.0) / (self.t_mul - 1.0);
        let estimated = ((1.0 + passed * (self.t_mul - 1.0)).ln() / self.t_mul.ln()).floor();
        // At the start of a period, rounding can make the estimate too small by one.
        let i = if before(estimated + 1.0) <= passed { estimated + 1.0 } else { estimated };
        (i, (passed - before(i)) / self.t_mul.powf(i))
    }
}

impl Describe for CosineDecayRestarts {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("initial_learning_rate", &mut self.initial_learning_rate, RATE);
        arguments.count("first_decay_steps", &mut self.first_decay_steps, 1..);
        arguments.number("t_mul", &mut self.t_mul, 1.0..f64::INFINITY);
        arguments.number("m_mul", &mut self.m_mul, RATE);
        arguments.number("alpha", &mut self.alpha, 0.0..=1.0);
    }
}

impl Schedule for CosineDecayRestarts {
    crate::part::compiled!(Schedule for CosineDecayRestarts);

    fn rate(&self, step: u64) -> f64 {
        let (period, fraction) = self.period(step);
        let decayed = self.m_mul.powf(period) * half_cosine(fraction);
        self.initial_learning_rate * ((1.0 - self.alpha) * decayed + self.alpha)
    }
}
