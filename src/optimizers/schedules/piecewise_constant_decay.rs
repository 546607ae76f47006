use super::{RATE, Schedule};
use crate::part::{Arguments, Describe};

/// A learning rate that is constant up to and including each boundary, and after the last one.
/// [Keras](https://keras.io/api/optimizers/learning_rate_schedules/piecewise_constant_decay/)
///
/// ```
/// use layercake::optimizers::{PiecewiseConstantDecay, Schedule};
///
/// let schedule = PiecewiseConstantDecay::new([100, 200], [0.1, 0.05, 0.01]);
/// assert_eq!([0, 100, 101, 200, 201].map(|step| schedule.rate(step)), [0.1, 0.1, 0.05, 0.05, 0.01]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PiecewiseConstantDecay {
    boundaries: Vec<usize>,
    values: Vec<f64>,
}

impl PiecewiseConstantDecay {
    /// A schedule with the boundaries in ascending order, and with the rates, each at least 0, one more than boundaries.
    ///
    /// Each boundary is the last step of its rate.
    pub fn new(boundaries: impl Into<Vec<usize>>, values: impl Into<Vec<f64>>) -> Self {
        Self { boundaries: boundaries.into(), values: values.into() }
    }
}

impl Describe for PiecewiseConstantDecay {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.counts("boundaries", &mut self.boundaries, 0..);
        arguments.numbers("values", &mut self.values, RATE);
        let rises = self.boundaries.is_sorted_by(|one, next| one < next);
        arguments.require(rises, "boundaries", format!("{:?}", self.boundaries), "each larger than the one before");
        let (found, expected) = (self.values.len(), self.boundaries.len() + 1);
        let allowed = format!("{expected} values, one more than there are boundaries");
        arguments.require(found == expected, "values", format!("{:?}", self.values), allowed);
    }
}

impl Schedule for PiecewiseConstantDecay {
    crate::part::compiled!(Schedule for PiecewiseConstantDecay);

    fn rate(&self, step: u64) -> f64 {
        let passed = self.boundaries.partition_point(|&boundary| (boundary as u64) < step);
        self.values.get(passed).copied().unwrap_or(f64::NAN)
    }
}
