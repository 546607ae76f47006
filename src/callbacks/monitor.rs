//! Watching a series: what the callbacks share that wait for one to improve.

use super::Run;
use crate::base::Result;
use crate::kernels::Scalar;
use crate::metrics::Direction;
use crate::part::Arguments;

/// A series, which way it is better and by how much, and the best it has come to.
#[derive(Debug, Clone)]
pub(super) struct Monitor {
    pub(super) series: String,
    pub(super) min_delta: f64,
    /// Which way is better, where the user said so.
    pub(super) told: Option<Direction>,
    direction: Direction,
    /// The best value of this training; at first the worst there is.
    best: f64,
}

impl Monitor {
    pub(super) fn new(series: impl Into<String>, min_delta: f64) -> Self {
        Self { series: series.into(), min_delta, told: None, direction: Direction::Down, best: f64::INFINITY }
    }

    /// Begins anew, in a training that must log the series.
    pub(super) fn begin<T: Scalar>(&mut self, callback: &'static str, run: &Run<'_, T>) -> Result<()> {
        Arguments::check(callback, |arguments| arguments.number("min_delta", &mut self.min_delta, 0.0..f64::INFINITY))?;
        self.direction = run.watch(callback, &self.series, self.told)?;
        self.best = match self.direction {
            Direction::Down => f64::INFINITY,
            Direction::Up => f64::NEG_INFINITY,
        };
        Ok(())
    }

    /// The value of this epoch; a series that is not logged in it, for want of a validation, tells nothing.
    pub(super) fn value<T: Scalar>(&self, run: &Run<'_, T>) -> Option<f64> {
        run.logs().get(&self.series)
    }

    /// Whether a value is better than another by more than `min_delta`; NaN never is.
    pub(super) fn beats(&self, value: f64, other: f64) -> bool {
        match self.direction {
            Direction::Down => value + self.min_delta < other,
            Direction::Up => value - self.min_delta > other,
        }
    }

    /// Whether a value is better than the best one, which it then becomes.
    pub(super) fn improves(&mut self, value: f64) -> bool {
        let improves = self.beats(value, self.best);
        if improves {
            self.best = value;
        }
        improves
    }

    /// The best value, if there was any.
    pub(super) fn best(&self) -> Option<f64> {
        Some(self.best).filter(|best| best.is_finite())
    }

    /// What it remembers: the best value, or the worst there is.
    pub(super) fn state(&self) -> f64 {
        self.best
    }

    /// Goes on from what [`state`](Self::state) gave.
    pub(super) fn restore(&mut self, best: f64) {
        self.best = best;
    }
}
