//! Chooses the settings of the next trials.

use super::grid;
use super::halton;
use super::hyper_parameters::Coordinates;
use super::plan::Method;
use super::space::Settings;
use super::study::Study;
use super::tpe::{CANDIDATES, Estimator, Observation};
use super::trial::Status;
use crate::base::{Result, Rng, derived_seed};
use std::sync::Arc;

/// The number of trials before a Bayesian optimization looks at results.
const EXPLORED: usize = 10;

/// The use of the study's seed for suggestions.
const SUGGESTIONS: u64 = 0x7375_6767;

impl Study<'_> {
    /// Returns the settings of up to `count` new trials, fewer if the space is used up.
    pub(super) fn suggest(&mut self, count: usize) -> Result<Vec<Settings>> {
        let mut chosen: Vec<Settings> = Vec::new();
        if self.trials.is_empty() {
            chosen.push(self.space.defaults(&self.describe)?);
            for given in self.plan.enqueued.clone() {
                let settings = self.space.complete(&self.describe, given)?;
                self.queue.push_back(settings);
            }
            if self.plan.method == Method::Grid {
                let points = grid::points(&mut self.space, &self.describe, &self.plan)?;
                self.queue.extend(points);
            }
        }
        // Equal settings are not tried twice. After many equal ones in a row the space counts as used up.
        let (mut misses, most) = (0, 1000.max(20 * self.trials.len()));
        while chosen.len() < count && misses < most {
            let next = match self.queue.pop_front() {
                Some(settings) => settings,
                None if self.plan.method == Method::Grid => break,
                None if self.plan.tpe && misses == 0 => self.promising(&chosen)?,
                None => self.even()?,
            };
            if self.is_known(&next, &chosen) {
                misses += 1;
            } else {
                chosen.push(next);
                misses = 0;
            }
        }
        Ok(chosen)
    }

    fn is_known(&self, settings: &Settings, chosen: &[Settings]) -> bool {
        self.trials.iter().map(|trial| &trial.settings).chain(chosen).any(|known| known == settings)
    }

    /// Returns the settings at the next point of the Halton sequence.
    fn even(&mut self) -> Result<Settings> {
        let draw = self.space.halton(derived_seed(self.plan.seed, &[SUGGESTIONS]), self.points);
        self.points += 1;
        self.space.at(&self.describe, draw)
    }

    /// Returns the most promising of some candidates, or an even point while there are few results.
    fn promising(&mut self, chosen: &[Settings]) -> Result<Settings> {
        let Some(costs) = self.costs() else { return self.even() };
        let pending = chosen.iter().map(|settings| Observation { settings, cost: None });
        let of_trial = |(trial, cost): (usize, Option<f64>)| Observation { settings: &self.trials[trial].settings, cost };
        let observations: Vec<Observation<'_>> = costs.into_iter().map(of_trial).chain(pending).collect();
        let estimator = Estimator::new(&self.space, &observations);
        drop(observations);
        let number = (self.trials.len() + chosen.len()) as u64;
        let mut rng = Rng::new(derived_seed(self.plan.seed, &[SUGGESTIONS, number]));
        let mut best: Option<(f64, Settings)> = None;
        for candidate in 0..CANDIDATES as u64 {
            let known: Vec<String> = self.space.names.iter().map(|name| name.name.clone()).collect();
            let drawn = estimator.draw(&self.space, &mut rng);
            let fallback = derived_seed(self.plan.seed, &[SUGGESTIONS, number, candidate]);
            let draw: Coordinates = Arc::new(move |name| match known.iter().position(|known| known == name) {
                Some(place) => drawn[place],
                None => halton::random(derived_seed(fallback, &[halton::hash(name)])),
            });
            let settings = self.space.at(&self.describe, draw)?;
            let gain = estimator.gain(&self.space, &settings);
            if best.as_ref().is_none_or(|(most, _)| gain > *most) && !self.is_known(&settings, chosen) {
                best = Some((gain, settings));
            }
        }
        match best {
            Some((_, settings)) => Ok(settings),
            None => self.even(),
        }
    }

    /// Returns the trials to learn from with their costs, `None` for one that failed; or nothing if there are too few.
    ///
    /// If trials stop early, those that reached the largest number of epochs that enough trials have reached are compared
    /// there.
    fn costs(&self) -> Option<Vec<(usize, Option<f64>)>> {
        let failed = |trial: &super::Trial| matches!(trial.status, Status::Failed(_));
        let bad = (0..self.trials.len()).filter(|&number| failed(&self.trials[number])).map(|number| (number, None));
        if !self.plan.method.has_rungs() {
            let mut costs = self.costs_by(&super::Trial::score);
            costs.extend(bad);
            return (costs.len() >= EXPLORED).then_some(costs);
        }
        let mut epochs: Vec<usize> = self.trials.iter().flat_map(|trial| &trial.rungs).map(|&(epochs, _)| epochs).collect();
        epochs.sort_unstable();
        epochs.dedup();
        let at = |epochs: usize| {
            let score = |trial: &super::Trial| trial.rungs.iter().find(|(at, _)| *at == epochs).map(|&(_, score)| score);
            self.costs_by(&|trial| if failed(trial) { None } else { score(trial) })
        };
        let enough = self.space.names.len() + 2;
        let mut costs = epochs.into_iter().rev().map(at).find(|costs| costs.len() >= enough)?;
        costs.extend(bad);
        Some(costs)
    }

    /// Returns the costs of the trials that have a score.
    fn costs_by(&self, score: &dyn Fn(&super::Trial) -> Option<f64>) -> Vec<(usize, Option<f64>)> {
        let mut costs = Vec::new();
        for (number, trial) in self.trials.iter().enumerate() {
            if let Some(score) = score(trial) {
                costs.push((number, Some(self.cost(score))));
            }
        }
        costs
    }
}
