//! Settings, jobs and outcomes as JSON.

use super::Setting;
use super::job::{Job, Outcome};
use super::space::Settings;
use crate::base::{Error, Result};
pub(super) use serde_json::Value as Json;
use serde_json::{Map, json};

impl Job {
    /// Returns the job as one line of JSON, for a program that trains it elsewhere.
    ///
    /// ```
    /// use layercake::tuner::{HyperParameters, Job, Study};
    ///
    /// let mut study = Study::random(|hp: &mut HyperParameters| {
    ///     hp.int("units", 4..=16);
    ///     Ok(())
    /// });
    /// let job = study.seed(1).ask()?.remove(0);
    /// let line = job.to_json();
    /// assert!(line.starts_with(r#"{"trial":0,"fold":0,"rungs":[54],"seed":""#));
    /// assert_eq!(Job::from_json(&line)?, job);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn to_json(&self) -> String {
        let settings = of_settings(&self.settings);
        let seed = self.seed.to_string();
        json!({"trial": self.trial, "fold": self.fold, "rungs": self.rungs, "seed": seed, "settings": settings}).to_string()
    }

    /// Reads a job that [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// It fails if the line is no JSON or no job.
    pub fn from_json(line: &str) -> Result<Self> {
        let json = parse(line)?;
        let rungs = || json["rungs"].as_array()?.iter().map(count).collect::<Option<Vec<_>>>();
        let job = || {
            Some(Self {
                trial: count(&json["trial"])?,
                fold: count(&json["fold"])?,
                rungs: rungs()?,
                seed: json["seed"].as_str()?.parse().ok()?,
                settings: settings(&json["settings"])?,
            })
        };
        job().ok_or_else(|| broken("it is no job, which has trial, fold, rungs, seed and settings".to_string()))
    }
}

impl Outcome {
    /// Returns the outcome as one line of JSON.
    ///
    /// ```
    /// use layercake::tuner::Outcome;
    ///
    /// let outcome = Outcome::scored(0.25).best_epoch(3).epochs(9);
    /// assert_eq!(Outcome::from_json(&outcome.to_json())?, outcome);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn to_json(&self) -> String {
        of_outcome(self).to_string()
    }

    /// Reads an outcome that [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// It fails if the line is no JSON, or has neither a score nor a reason why the job failed.
    pub fn from_json(line: &str) -> Result<Self> {
        outcome(&parse(line)?).ok_or_else(|| broken("it is no outcome, which has a score or why it failed".to_string()))
    }
}

fn parse(line: &str) -> Result<Json> {
    serde_json::from_str(line).map_err(|error| broken(error.to_string()))
}

fn broken(problem: String) -> Error {
    Error::File { file: "JSON".to_string(), member: String::new(), problem }
}

pub(super) fn of_setting(setting: &Setting) -> Json {
    match setting {
        Setting::Bool(value) => json!(value),
        Setting::Int(value) => json!(value),
        Setting::Float(value) => json!(value),
        Setting::Text(value) => json!(value),
    }
}

pub(super) fn of_settings(settings: &Settings) -> Json {
    Json::Object(settings.iter().map(|(name, setting)| (name.clone(), of_setting(setting))).collect::<Map<_, _>>())
}

pub(super) fn settings(json: &Json) -> Option<Settings> {
    let setting = |json: &Json| match json {
        Json::Bool(value) => Some(Setting::Bool(*value)),
        Json::String(value) => Some(Setting::Text(value.clone())),
        Json::Number(number) => number.as_i64().map(Setting::Int).or(number.as_f64().map(Setting::Float)),
        _ => None,
    };
    json.as_object()?.iter().map(|(name, json)| Some((name.clone(), setting(json)?))).collect()
}

pub(super) fn of_outcome(outcome: &Outcome) -> Json {
    let mut json = match (&outcome.failed, outcome.score) {
        (Some(reason), _) => json!({"failed": reason}),
        (None, score) => json!({"score": score, "best_epoch": outcome.best_epoch}),
    };
    json["epochs"] = json!(outcome.epochs);
    if let Some(of_constant) = outcome.of_constant.filter(|of_constant| of_constant.is_finite()) {
        json["of_constant"] = json!(of_constant);
    }
    json["seconds"] = json!((outcome.seconds * 1e6).round() / 1e6);
    json
}

pub(super) fn outcome(json: &Json) -> Option<Outcome> {
    let mut outcome = match (json["failed"].as_str(), json["score"].as_f64()) {
        (Some(reason), _) => Outcome::failed(reason),
        (None, Some(score)) => Outcome::scored(score).best_epoch(count(&json["best_epoch"])?),
        (None, None) => return None,
    };
    outcome.of_constant = json["of_constant"].as_f64();
    Some(outcome.epochs(count(&json["epochs"])?).seconds(json["seconds"].as_f64().unwrap_or(0.0)))
}

pub(super) fn count(json: &Json) -> Option<usize> {
    json.as_u64().and_then(|count| usize::try_from(count).ok())
}
