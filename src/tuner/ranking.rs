//! What a study says about its trials.

use super::study::Study;
use super::trial::{Status, Trial};
use crate::base::ordered;
use crate::metrics::Direction;

impl Study<'_> {
    /// Returns the names of the space in the order in which they were found.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.space.names.iter().map(|known| known.name.as_str())
    }

    /// Returns all trials so far, in order.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Returns the trials from the best to the worst: complete ones by their scores, then those that ended early, the ones
    /// with more epochs first, and those that failed last.
    pub fn ranked(&self) -> Vec<&Trial> {
        let key = |trial: &Trial| match (&trial.status, trial.score()) {
            (Status::Complete, Some(score)) => (0, 0, self.cost(score)),
            (_, Some(score)) => (1, usize::MAX - trial.epochs(), self.cost(score)),
            (_, None) => (2, 0, 0.0),
        };
        ordered(self.trials.iter().collect(), &|a, b| {
            let ((a_kind, a_epochs, a_cost), (b_kind, b_epochs, b_cost)) = (key(a), key(b));
            (a_kind, a_epochs).cmp(&(b_kind, b_epochs)).then(a_cost.total_cmp(&b_cost))
        })
    }

    /// Returns the best trial; `None` if no trial has a score.
    pub fn best(&self) -> Option<&Trial> {
        self.ranked().into_iter().next().filter(|trial| trial.score().is_some())
    }

    /// Returns why the study is over; `None` while it goes on.
    pub fn end(&self) -> Option<&str> {
        self.end.as_deref()
    }

    /// Returns the score as a cost to minimize.
    pub(super) fn cost(&self, score: f64) -> f64 {
        if self.plan.direction == Some(Direction::Up) { -score } else { score }
    }
}
