//! The space of a search: all names that the function asks for, found by running it.

use super::Setting;
use super::domain::Domain;
use super::halton;
use super::hyper_parameters::{Coordinates, HyperParameters, two_ranges};
use crate::base::{Error, Result, derived_seed};
use std::collections::VecDeque;
use std::sync::Arc;

/// The values of one trial by name, in the order in which the function asked for them.
pub(super) type Settings = Vec<(String, Setting)>;

/// A function that asks for hyperparameters; it may fail, as a model may for some values.
pub(super) type Describe<'a> = Box<dyn Fn(&mut HyperParameters) -> Result<()> + Send + 'a>;

/// All names that the function has asked for so far, each with its values and its default.
#[derive(Debug, Clone, Default)]
pub(super) struct Space {
    pub(super) names: Vec<Name>,
    defaults: Settings,
}

/// One name of the space.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) name: String,
    pub(super) domain: Domain,
}

impl Space {
    /// Finds the names with dry runs: for each name that appears, one run for each value that [`Domain::visited`] lists.
    ///
    /// # Errors
    ///
    /// A range or a default is not allowed, or a name has two ranges. Errors of the function itself are none here.
    pub(super) fn discover(describe: &Describe<'_>) -> Result<Self> {
        let mut space = Self::default();
        let mut runs = VecDeque::from([Settings::new()]);
        let mut explored: Vec<String> = Vec::new();
        while let Some(given) = runs.pop_front() {
            let hp = space.run(describe, HyperParameters::given(0, given.clone()))?;
            for asked in hp.asked.iter().filter(|asked| !explored.contains(&asked.name)) {
                for value in asked.domain.visited().into_iter().filter(|value| *value != asked.value) {
                    let without = given.iter().filter(|(name, _)| *name != asked.name).cloned();
                    runs.push_back(without.chain([(asked.name.clone(), value)]).collect());
                }
            }
            explored.extend(hp.asked.iter().map(|asked| asked.name.clone()));
        }
        Ok(space)
    }

    /// Runs the function with these values, and takes in the names that it asks for.
    pub(super) fn run(&mut self, describe: &Describe<'_>, mut hp: HyperParameters) -> Result<HyperParameters> {
        hp.defaults = self.defaults.clone();
        // A model that cannot be built with these values is a row of the table later; the names were asked for all the same.
        let _ = describe(&mut hp);
        if let Some(error) = hp.error() {
            return Err(error);
        }
        self.defaults = hp.defaults.clone();
        for asked in &hp.asked {
            match self.names.iter().find(|known| known.name == asked.name) {
                None => self.names.push(Name { name: asked.name.clone(), domain: asked.domain.clone() }),
                Some(known) if known.domain != asked.domain => {
                    let (found, allowed) = (asked.domain.to_string(), two_ranges(&known.domain.to_string()));
                    return Err(Error::argument("HyperParameters", format!("`{}`", asked.name), found, allowed));
                }
                Some(_) => {}
            }
        }
        Ok(hp)
    }

    /// Returns the defaults of the names that exist by default.
    pub(super) fn defaults(&mut self, describe: &Describe<'_>) -> Result<Settings> {
        Ok(self.run(describe, HyperParameters::given(0, Vec::new()))?.settings())
    }

    /// Returns the settings for given values; names that are not given take their defaults.
    pub(super) fn complete(&mut self, describe: &Describe<'_>, given: Settings) -> Result<Settings> {
        let hp = self.run(describe, HyperParameters::given(0, given.clone()))?;
        let settings = hp.settings();
        match given.iter().find(|(name, _)| settings.iter().all(|(known, _)| known != name)) {
            None => Ok(settings),
            Some((name, value)) => {
                let allowed = "the names that exist with these values: ".to_string()
                    + &settings.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                Err(Error::argument("HyperParameters", format!("`{name}`"), value, allowed))
            }
        }
    }

    /// Returns the settings at these coordinates.
    pub(super) fn at(&mut self, describe: &Describe<'_>, draw: Coordinates) -> Result<Settings> {
        Ok(self.run(describe, HyperParameters::drawn(draw))?.settings())
    }

    /// Returns the coordinates of the scrambled Halton point of this number; a name that is not known yet gets a random one.
    pub(super) fn halton(&self, seed: u64, number: u64) -> Coordinates {
        let names: Vec<String> = self.names.iter().map(|known| known.name.clone()).collect();
        Arc::new(move |name| match names.iter().position(|known| known == name) {
            Some(dimension) => halton::coordinate(seed, dimension, number),
            None => halton::random(derived_seed(seed, &[number, halton::hash(name)])),
        })
    }

    pub(super) fn domain(&self, name: &str) -> Option<&Domain> {
        self.names.iter().find(|known| known.name == name).map(|known| &known.domain)
    }
}
