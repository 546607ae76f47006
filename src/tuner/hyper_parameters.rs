//! What a function that builds a model asks for: the values of the hyperparameters.

use super::Setting;
use super::domain::Domain;
use crate::base::Error;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The values of the hyperparameters of one trial, which the function that builds the model asks for by name.
///
/// The calls of a run define the space that is searched: each has a name and the values that are allowed. A name may be asked
/// for under a condition only, and again with the same values; then the answer is the same. Before the first trial, dry runs
/// find the names: they visit each option of a `choice` and `boolean` and both ends of each `int`. KerasTuner's word is
/// `HyperParameters` too. [Keras](https://keras.io/keras_tuner/api/hyperparameters/)
///
/// A range that is empty or reversed, a logarithmic range that starts at 0 or below, a name with two ranges and a default
/// outside its range are errors of the search that name the hyperparameter.
///
/// ```
/// use layercake::tuner::{HyperParameters, Study};
///
/// let mut names = Vec::new();
/// let mut study = Study::random(|hp: &mut HyperParameters| {
///     hp.default("rate", 1e-3);
///     hp.log_float("rate", 1e-4..=1e-1);
///     if hp.choice("optimizer", ["adam", "sgd"]) == "sgd" {
///         hp.float("momentum", 0.0..=0.99);                   // exists for this optimizer alone
///     }
///     Ok(())
/// });
/// study.ask()?;
/// names.extend(study.names().map(str::to_string));
/// assert_eq!(names, ["rate", "optimizer", "momentum"]);
/// assert_eq!(study.trials()[0].get("rate").unwrap().to_f64(), Some(1e-3));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Clone)]
pub struct HyperParameters {
    seed: u64,
    /// The values that are given; others are drawn.
    given: Vec<(String, Setting)>,
    /// The coordinate of a name that is not given; without it, names take their defaults.
    draw: Option<Coordinates>,
    pub(super) defaults: Vec<(String, Setting)>,
    pub(super) asked: Vec<Asked>,
    problem: Option<(String, String, String)>,
}

/// A function that returns the coordinate of a name, from 0 to 1.
pub(super) type Coordinates = Arc<dyn Fn(&str) -> f64 + Send + Sync>;

/// A name with its allowed values and its value in this run.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) domain: Domain,
    pub(super) value: Setting,
}

impl HyperParameters {
    /// Makes the values of a run: those given, and for other names the default.
    pub(super) fn given(seed: u64, given: Vec<(String, Setting)>) -> Self {
        Self { seed, given, draw: None, defaults: Vec::new(), asked: Vec::new(), problem: None }
    }

    /// Makes values with these coordinates.
    pub(super) fn drawn(draw: Coordinates) -> Self {
        Self { draw: Some(draw), ..Self::given(0, Vec::new()) }
    }

    /// Returns the seed for the model of this trial, `Sequential::with_seed(hp.seed())`.
    ///
    /// It follows from the seed of the search, the number of the trial and the fold.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Sets the value that a name takes in the first trial, trial 0.
    ///
    /// Without a default, it is the middle of the range, the geometric middle of a logarithmic one, or the first option.
    pub fn default(&mut self, name: impl Into<String>, value: impl Into<Setting>) {
        let (name, value) = (name.into(), value.into());
        self.defaults.retain(|(known, _)| *known != name);
        self.defaults.push((name, value));
    }

    /// Returns a whole number of this range.
    pub fn int(&mut self, name: impl Into<String>, range: RangeInclusive<usize>) -> usize {
        self.whole(name.into(), range, 1, false)
    }

    /// Returns a whole number of this range that is a number of steps, at least 1 each, from its start.
    pub fn int_step(&mut self, name: impl Into<String>, range: RangeInclusive<usize>, step: usize) -> usize {
        self.whole(name.into(), range, step, false)
    }

    /// Returns a whole number of this range, at least 1, on a logarithmic scale, such as a number of units.
    pub fn log_int(&mut self, name: impl Into<String>, range: RangeInclusive<usize>) -> usize {
        self.whole(name.into(), range, 1, true)
    }

    /// Returns a number of this range.
    pub fn float(&mut self, name: impl Into<String>, range: RangeInclusive<f64>) -> f64 {
        self.number(name.into(), range, None, false)
    }

    /// Returns a number of this range that is a number of steps, above 0 each, from its start.
    pub fn float_step(&mut self, name: impl Into<String>, range: RangeInclusive<f64>, step: f64) -> f64 {
        self.number(name.into(), range, Some(step), false)
    }

    /// Returns a number of this range, above 0, on a logarithmic scale, such as a learning rate.
    pub fn log_float(&mut self, name: impl Into<String>, range: RangeInclusive<f64>) -> f64 {
        self.number(name.into(), range, None, true)
    }

    /// Returns one of these options: words, numbers or truth values.
    pub fn choice<V: Into<Setting> + Clone + Default>(
        &mut self,
        name: impl Into<String>,
        options: impl IntoIterator<Item = V>,
    ) -> V {
        let options: Vec<V> = options.into_iter().collect();
        let labels: Vec<Setting> = options.iter().cloned().map(Into::into).collect();
        let value = self.ask(name.into(), Domain::Choice(labels.clone()));
        let index = labels.iter().position(|label| *label == value).unwrap_or(0);
        options.get(index).cloned().unwrap_or_default()
    }

    /// Returns true or false; false is the default.
    pub fn boolean(&mut self, name: impl Into<String>) -> bool {
        self.choice(name, [false, true])
    }

    /// Returns the value, which is the same in all trials and appears in the table of the search.
    pub fn fixed<V: Into<Setting> + Clone + Default>(&mut self, name: impl Into<String>, value: V) -> V {
        self.choice(name, [value])
    }

    /// Returns the values of this run in the order in which they were asked for.
    pub(super) fn settings(&self) -> Vec<(String, Setting)> {
        self.asked.iter().map(|asked| (asked.name.clone(), asked.value.clone())).collect()
    }

    /// Returns the first problem of this run as an error.
    pub(super) fn error(&self) -> Option<Error> {
        let (name, value, allowed) = self.problem.as_ref()?;
        Some(Error::argument("HyperParameters", format!("`{name}`"), value, allowed.clone()))
    }

    fn whole(&mut self, name: String, range: RangeInclusive<usize>, step: usize, log: bool) -> usize {
        let of = |value: usize| i64::try_from(value).unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
        let domain = Domain::Int { low: of(*range.start()), high: of(*range.end()), step: of(step), log };
        match self.ask(name, domain) {
            Setting::Int(value) => usize::try_from(value).unwrap_or(*range.start()),
            _ => *range.start(),
        }
    }

    fn number(&mut self, name: String, range: RangeInclusive<f64>, step: Option<f64>, log: bool) -> f64 {
        let domain = Domain::Float { low: *range.start(), high: *range.end(), step, log };
        self.ask(name, domain).to_f64().unwrap_or(*range.start())
    }

    /// Returns the value of a name; a problem is kept, and the run goes on with any value.
    fn ask(&mut self, name: String, domain: Domain) -> Setting {
        if let Some((value, allowed)) = domain.problem() {
            self.refuse(&name, value, allowed.to_string());
            return match domain {
                Domain::Int { low, .. } => Setting::Int(low),
                Domain::Float { low, .. } => Setting::Float(low),
                Domain::Choice(options) => options.into_iter().next().unwrap_or(Setting::Bool(false)),
            };
        }
        if let Some(known) = self.asked.iter().find(|asked| asked.name == name) {
            let (value, range) = (known.value.clone(), known.domain.to_string());
            if known.domain != domain {
                self.refuse(&name, domain.to_string(), two_ranges(&range));
            }
            return value;
        }
        let value = self.value(&name, &domain);
        self.asked.push(Asked { name, domain, value: value.clone() });
        value
    }

    fn value(&mut self, name: &str, domain: &Domain) -> Setting {
        let of = |list: &[(String, Setting)]| list.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let default = of(&self.defaults);
        if let Some(default) = &default
            && domain.accept(default).is_none()
        {
            self.refuse(name, format!("the default {default}"), format!("a default of {domain}"));
        }
        match (of(&self.given), &self.draw) {
            (Some(given), _) => domain.accept(&given).unwrap_or_else(|| {
                self.refuse(name, given, format!("a value of {domain}"));
                domain.middle()
            }),
            (None, Some(draw)) => domain.at(draw(name)),
            (None, None) => default.and_then(|default| domain.accept(&default)).unwrap_or_else(|| domain.middle()),
        }
    }

    fn refuse(&mut self, name: &str, value: impl ToString, allowed: String) {
        self.problem.get_or_insert((name.to_string(), value.to_string(), allowed));
    }
}

/// Returns what is allowed for a name that has this range already.
pub(super) fn two_ranges(known: &str) -> String {
    format!("{known}, as elsewhere: a name has one range, so give the second one another name")
}

impl fmt::Debug for HyperParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperParameters").field("seed", &self.seed).field("asked", &self.asked).finish_non_exhaustive()
    }
}
