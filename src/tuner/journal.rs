//! The journal of a study: JSON lines that are appended, from which an interrupted study resumes.
//!
//! The first line says what is searched. Each trial has a line with its settings, each job one with its outcome. Times have
//! the fields `seconds` and `at`, so that all others are the same for equal studies. Weights are not kept: a training that
//! must go on is trained again from its seed.

use super::job::{Job, Outcome};
use super::json::{self, Json};
use super::plan::Plan;
use super::space::{Settings, Space};
use crate::base::{Error, Result};
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// The version of the format.
const FORMAT: u64 = 1;

/// A trial, a fold and the epochs of its rungs: what an outcome belongs to.
type Key = (usize, usize, Vec<usize>);

/// An open journal, with the lines of the study that it resumes.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    name: String,
    trials: VecDeque<(usize, Settings)>,
    outcomes: HashMap<Key, (Outcome, f64)>,
    elapsed: f64,
    is_dirty: bool,
}

impl Journal {
    /// Opens a journal, or creates it; drops a last line that was not written to its end.
    ///
    /// # Errors
    ///
    /// The file is of another space, plan, or data; it is no journal; or it cannot be read or written.
    pub(super) fn open(path: &Path, plan: &Plan, folds: usize, space: &Space, context: &[(&str, String)]) -> Result<Self> {
        let name = path.display().to_string();
        let io = |source| Error::Io { file: name.clone(), source };
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(io(error)),
        };
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(io)?;
        if whole < text.len() {
            file.set_len(whole as u64).map_err(io)?;
        }
        let mut journal = Self { file, name, trials: VecDeque::new(), outcomes: HashMap::new(), elapsed: 0.0, is_dirty: false };
        let header = header(plan, folds, space, context);
        let mut lines = text[..whole].split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).enumerate();
        match lines.next() {
            None => journal.append(&json!({"study": header}))?,
            Some((_, first)) => journal.check(&journal.parse(0, first)?, &header)?,
        }
        for (number, line) in lines {
            let line = journal.parse(number, line)?;
            journal.read(number, &line)?;
        }
        Ok(journal)
    }

    /// Returns the seconds from the start of the study to its last outcome.
    pub(super) fn elapsed(&self) -> f64 {
        self.elapsed
    }

    pub(super) fn has_more(&self) -> bool {
        !self.trials.is_empty() || !self.outcomes.is_empty()
    }

    /// Writes a trial, or checks that the study that is resumed had the same.
    pub(super) fn trial(&mut self, number: usize, settings: &Settings) -> Result<()> {
        match self.trials.pop_front() {
            None => self.append(&json!({"trial": number, "settings": json::of_settings(settings)})),
            Some(known) if known == (number, settings.clone()) => Ok(()),
            Some((known, was)) => {
                let [was, now] = [&was, settings].map(|settings| json::of_settings(settings).to_string());
                Err(self.error(format!(
                    "its trial {known} has the settings {was}, and this search gives {now}: the function that builds the model \
                     has changed; use another file"
                )))
            }
        }
    }

    /// Returns the outcome of this job and its time, if the journal has it, once.
    pub(super) fn recorded(&mut self, job: &Job) -> Result<Option<(Outcome, f64)>> {
        Ok(self.outcomes.remove(&(job.trial, job.fold, job.rungs.clone())))
    }

    pub(super) fn outcome(&mut self, job: &Job, outcome: &Outcome, at: f64) -> Result<()> {
        let mut line = json!({"trial": job.trial, "fold": job.fold, "rungs": job.rungs});
        if let (Json::Object(line), Json::Object(outcome)) = (&mut line, json::of_outcome(outcome)) {
            line.extend(outcome);
        }
        line["at"] = json!((at * 1e6).round() / 1e6);
        self.append(&line)
    }

    /// Waits until all lines are on the disk.
    pub(super) fn sync(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.is_dirty) {
            return Ok(());
        }
        self.file.sync_data().map_err(|source| Error::Io { file: self.name.clone(), source })
    }

    fn append(&mut self, line: &Json) -> Result<()> {
        self.is_dirty = true;
        let written = self.file.write_all(format!("{line}\n").as_bytes());
        written.map_err(|source| Error::Io { file: self.name.clone(), source })
    }

    fn parse(&self, number: usize, line: &[u8]) -> Result<Json> {
        serde_json::from_slice(line).map_err(|error| self.error(format!("line {} is no JSON: {error}", number + 1)))
    }

    /// Takes in the line of a trial or of an outcome.
    fn read(&mut self, number: usize, line: &Json) -> Result<()> {
        let broken = || self.error(format!("line {} is neither a trial nor an outcome", number + 1));
        let trial = json::count(&line["trial"]).ok_or_else(broken)?;
        if let Some(settings) = line.get("settings") {
            let settings = json::settings(settings).ok_or_else(broken)?;
            self.trials.push_back((trial, settings));
            return Ok(());
        }
        let rungs = line["rungs"].as_array().and_then(|rungs| rungs.iter().map(json::count).collect::<Option<Vec<_>>>());
        let (Some(fold), Some(rungs), Some(outcome)) = (json::count(&line["fold"]), rungs, json::outcome(line)) else {
            return Err(broken());
        };
        let at = line["at"].as_f64().unwrap_or(0.0);
        self.elapsed = self.elapsed.max(at);
        self.outcomes.insert((trial, fold, rungs), (outcome, at));
        Ok(())
    }

    /// Fails if the first line differs from what is searched now; the error names the first difference.
    fn check(&self, line: &Json, header: &Json) -> Result<()> {
        let found = &line["study"];
        let Json::Object(expected) = header else { return Ok(()) };
        if found["format"] != header["format"] {
            return Err(self.error("it is no journal of a search, or of another version of this crate"));
        }
        for (field, now) in expected {
            let was = &found[field];
            if was == now {
                continue;
            }
            let (mut field, mut was, mut now) = (field.clone(), was, now);
            if let (Json::Object(names), Json::Object(others)) = (now, was) {
                let differs = |name: &&String| names.get(*name) != others.get(*name);
                if let Some(name) = names.keys().chain(others.keys()).find(differs) {
                    (field, was, now) = (format!("{field}, `{name}`"), &found[&field][name], &header[&field][name]);
                }
            }
            return Err(self.error(format!("it is of another search: {field} was {was} and is {now}; use another file")));
        }
        Ok(())
    }

    fn error(&self, problem: impl Into<String>) -> Error {
        Error::File { file: self.name.clone(), member: String::new(), problem: problem.into() }
    }
}

/// Returns what the journal of a study must agree on.
fn header(plan: &Plan, folds: usize, space: &Space, context: &[(&str, String)]) -> Json {
    let names: serde_json::Map<_, _> =
        space.names.iter().map(|known| (known.name.clone(), json!(known.domain.to_string()))).collect();
    let enqueued: Vec<Json> = plan.enqueued.iter().map(json::of_settings).collect();
    let mut header = json!({
        "format": FORMAT,
        "search": plan.method.name(),
        "seed": plan.seed,
        "space": names,
        "folds": folds,
        "max_epochs": plan.max_epochs,
        "min_epochs": plan.min_epochs,
        "batch": plan.batch,
        "tpe": plan.tpe,
        "grid_points": plan.grid_points,
        "below_constant": plan.below_constant.to_string(),
        "enqueued": enqueued,
    });
    for (name, value) in context {
        header[*name] = json!(value);
    }
    header
}
