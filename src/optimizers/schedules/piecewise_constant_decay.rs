use super::{RATE, Schedule};
use crate::part::{Arguments, Describe};

/// One rate up to and with each boundary, and one behind the last.
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
    /// The last steps of all rates but one, in rising order, and the rates, each at least 0.
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
        let (found, wanted) = (self.values.len(), self.boundaries.len() + 1);
        let allowed = format!("{wanted} of them, one more than there are boundaries");
        arguments.require(found == wanted, "values", format!("{:?}", self.values), allowed);
    }
}

impl Schedule for PiecewiseConstantDecay {
    crate::part::compiled!(Schedule for PiecewiseConstantDecay);

    fn rate(&self, step: u64) -> f64 {
        let passed = self.boundaries.partition_point(|&boundary| (boundary as u64) < step);
        self.values.get(passed).copied().unwrap_or(f64::NAN)
    }
}
