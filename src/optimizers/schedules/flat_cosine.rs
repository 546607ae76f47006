use super::{RATE, Schedule, half_cosine};
use crate::part::{Arguments, Describe};

/// A rate that is constant for the first half of a training, and then decreases to 0 along half a cosine.
/// (Holzmüller et al., *Better by Default*, 2024: `flat_cos`)
///
/// At the share `t` of the training that is done, from 0 to 1, the rate is `initial` for `t < 1/2`, else
/// `initial * (1 + cos(2 pi (t - 1/2))) / 2`. `fit` knows the share, because it knows the number of its batches.
///
/// ```
/// use layercake::optimizers::{FlatCosine, Schedule};
///
/// let schedule = FlatCosine::new(0.04);
/// let rates = [0.0, 0.5, 0.75, 1.0].map(|share| schedule.rate_by_share(share).unwrap_or(f64::NAN));
/// assert_eq!(rates, [0.04, 0.04, 0.02, 0.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FlatCosine {
    initial_learning_rate: f64,
}

impl FlatCosine {
    /// A schedule with the rate of the first half, at least 0.
    pub fn new(initial_learning_rate: f64) -> Self {
        Self { initial_learning_rate }
    }
}

impl Describe for FlatCosine {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("initial_learning_rate", &mut self.initial_learning_rate, RATE);
    }
}

impl Schedule for FlatCosine {
    crate::part::compiled!(Schedule for FlatCosine);

    fn rate(&self, _step: u64) -> f64 {
        self.initial_learning_rate
    }

    fn rate_by_share(&self, share: f64) -> Option<f64> {
        Some(self.initial_learning_rate * half_cosine((2.0 * share - 1.0).clamp(0.0, 1.0)))
    }
}
