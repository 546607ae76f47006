//! Remedies that are tried: short trainings with and without each of them.

use super::super::finding::{Finding, Severity, short};
use super::super::remedy::Remedy;
use super::super::rules::makes_scores_lie;
use super::super::watch::Diagnosis;
use super::draft::Draft;
use super::measure::Measured;
use super::setup::Setup;
use crate::base::{Error, Result};
use crate::callbacks::on_epoch_end;
use crate::kernels::Scalar;
use crate::model::Model;
use crate::part::compiled;
use crate::training::StopReason;
use std::fmt;
use std::time::{Duration, Instant};

/// The change of a loss or an error that counts as none.
const SAME: f64 = 0.02;

/// The remedies of a diagnosis, each with what a short training with it came to.
///
/// It displays each finding with its remedy and a line such as `tried: 0.69 -> 0.12 in 5 epochs (loss of 40 validation rows)`.
#[derive(Debug, Clone)]
pub struct Trials {
    trials: Vec<Trial>,
}

/// A remedy that was tried, or the reason why it was not.
#[derive(Debug, Clone)]
pub struct Trial {
    finding: Finding,
    outcome: Outcome,
}

#[derive(Debug, Clone)]
enum Outcome {
    Tried(Pair),
    /// It could not be tried, for this reason.
    Not(String),
}

/// Two trainings with the same seed, without and with a remedy.
#[derive(Debug, Clone, Copy)]
struct Pair {
    /// The losses, or the shares of errors, of both.
    values: (f64, f64),
    epochs: (usize, usize),
    /// What the values are.
    what: What,
    /// The numbers of rows that the trainings were judged on.
    rows: (usize, usize),
    is_validation: bool,
    /// True if the remedy is about scores that say less than they seem to.
    is_about_scores: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Loss,
    Error,
}

impl Trials {
    /// Returns each remedy that was to be tried, in the order of the findings.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Returns the trial that helped most, by the share of the loss or error that is left; `None` if none helped.
    pub fn best(&self) -> Option<&Trial> {
        let left = |trial: &Trial| trial.after().unwrap_or(f64::NAN) / trial.before().unwrap_or(f64::NAN);
        // a loss that is no number leaves nothing
        let left = |trial: &Trial| Some(left(trial)).filter(|left| left.is_finite()).unwrap_or(0.0);
        self.trials.iter().filter(|trial| trial.helped()).min_by(|a, b| left(a).total_cmp(&left(b)))
    }
}

impl Trial {
    /// Returns the finding whose remedy it is.
    pub fn finding(&self) -> &Finding {
        &self.finding
    }

    /// Returns the remedy.
    pub fn remedy(&self) -> &Remedy {
        self.finding.remedy()
    }

    fn for_you(finding: Finding) -> Self {
        Self { finding, outcome: Outcome::Not("it is for you to do".to_string()) }
    }

    fn pair(&self) -> Option<&Pair> {
        match &self.outcome {
            Outcome::Tried(pair) => Some(pair),
            Outcome::Not(_) => None,
        }
    }

    /// Returns the loss or the share of errors without the remedy; `None` if it was not tried.
    pub fn before(&self) -> Option<f64> {
        self.pair().map(|pair| pair.values.0)
    }

    /// Returns the loss or the share of errors with the remedy; `None` if it was not tried.
    pub fn after(&self) -> Option<f64> {
        self.pair().map(|pair| pair.values.1)
    }

    /// Returns the number of epochs with the remedy; `None` if it was not tried.
    pub fn epochs(&self) -> Option<usize> {
        self.pair().map(|pair| pair.epochs.1)
    }

    /// Returns whether the loss or the share of errors fell by more than 2 %.
    pub fn helped(&self) -> bool {
        self.pair().is_some_and(|pair| pair.helped() && !pair.is_about_scores)
    }

    /// Returns why the remedy was not tried, if it was not.
    pub fn why_not(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Tried(_) => None,
            Outcome::Not(why) => Some(why),
        }
    }
}

impl Pair {
    fn helped(&self) -> bool {
        let (before, after) = self.values;
        after.is_finite() && (!before.is_finite() || after < before - SAME * before.abs())
    }
}

impl<T: Scalar> Setup<'_, T> {
    /// Tries the remedies of the findings of a diagnosis, causes first: trains without and with each of them, with the same seed.
    ///
    /// Errors and warnings are tried; notes only if there is nothing else. The training without a remedy takes its share of the
    /// time at most and then stops after a whole epoch; those with a remedy take as many epochs. The results are compared on the
    /// validation rows, or without these on the training rows. Nothing of the diagnosed model changes.
    ///
    /// # Errors
    ///
    /// `build` or the training without a remedy fails for another reason than its data, or the setup has no data.
    pub fn try_remedies(&self, diagnosis: &Diagnosis<T>, time: Duration) -> Result<Trials> {
        compiled!(
            fn(setup: &Setup<'_, T>, diagnosis: &Diagnosis<T>, time: Duration) -> Result<Trials> {
                setup.try_findings(diagnosis.report().findings(), time)
            }
        )(self, diagnosis, time)
    }

    /// Tries the remedies of findings, for example those of [`check`](crate::Model::check), as
    /// [`try_remedies`](Self::try_remedies) does.
    ///
    /// # Errors
    ///
    /// It fails as `try_remedies` does.
    pub fn try_findings(&self, findings: &[Finding], time: Duration) -> Result<Trials> {
        compiled!(
            fn(setup: &Setup<'_, T>, findings: &[Finding], time: Duration) -> Result<Trials> { setup.try_each(findings, time) }
        )(self, findings, time)
    }

    fn try_each(&self, findings: &[Finding], time: Duration) -> Result<Trials> {
        let tried = to_try(findings);
        let started = Instant::now();
        let applicable = tried.iter().filter(|finding| finding.remedy().is_applicable()).count();
        if applicable == 0 {
            return Ok(Trials { trials: tried.into_iter().map(Trial::for_you).collect() });
        }
        // each training is of the same model, with the same weights and random numbers
        let model = self.built()?;
        let share = time / (applicable as u32 + 1);
        let base = Run::new(self.draft_of(model.clone())?, share);
        let mut trials = Vec::new();
        for finding in tried {
            trials.push(match finding.remedy().is_applicable() {
                false => Trial::for_you(finding),
                true => {
                    let outcome = self.try_one(&finding, &model, &base, time.saturating_sub(started.elapsed()));
                    Trial { finding, outcome }
                }
            });
        }
        Ok(Trials { trials })
    }

    fn try_one(&self, finding: &Finding, model: &Model<T>, base: &Run, left: Duration) -> Outcome {
        let mut draft = match self.with(finding.remedy().clone()).draft_of(model.clone()) {
            Ok(draft) => draft,
            Err(error) => return Outcome::Not(first_line(&error)),
        };
        // as long as the run without the remedy, or the same share of more epochs
        let epochs = draft.options.epochs.saturating_sub(draft.options.initial_epoch);
        if base.is_cut_short {
            let share = base.epochs as f64 / base.planned.max(1) as f64;
            let shorter = (epochs as f64 * share).ceil() as usize;
            draft.options.epochs = draft.options.initial_epoch + shorter.max(1);
        }
        let is_validation = draft.validation.is_some() || draft.options.validation_split.is_some();
        let run = Run::new(draft, left);
        let Some(after) = run.measured else { return Outcome::Not(run.why) };
        if run.is_cut_short {
            return Outcome::Not(format!("the time was up after {} epochs", run.epochs));
        }
        let before = base.measured.unwrap_or(Measured { loss: f64::NAN, error: f64::NAN, rows: after.rows });
        let what = if matches!(finding.remedy(), Remedy::Loss(_)) { What::Error } else { What::Loss };
        let of = |measured: &Measured| if what == What::Loss { measured.loss } else { measured.error };
        Outcome::Tried(Pair {
            values: (of(&before), of(&after)),
            epochs: (base.epochs, run.epochs),
            what,
            rows: (before.rows, after.rows),
            is_validation,
            is_about_scores: makes_scores_lie(finding.code()),
        })
    }
}

/// Returns the findings whose remedies are tried: errors and warnings, or without these the notes.
fn to_try(findings: &[Finding]) -> Vec<Finding> {
    let is_harmful = |finding: &&Finding| finding.severity() != Severity::Note;
    let harmful: Vec<Finding> = findings.iter().filter(is_harmful).cloned().collect();
    if harmful.is_empty() { findings.to_vec() } else { harmful }
}

/// A training that took at most some time.
struct Run {
    measured: Option<Measured>,
    /// Why there is nothing that was measured.
    why: String,
    epochs: usize,
    planned: usize,
    /// True if the time was up before the last epoch.
    is_cut_short: bool,
}

/// The reason with which a run is stopped whose time is up.
const TIME: &str = "the time of this trial is up";

impl Run {
    fn new<T: Scalar>(mut draft: Draft<'_, T>, time: Duration) -> Self {
        let planned = draft.options.epochs.saturating_sub(draft.options.initial_epoch);
        let started = Instant::now();
        let stop = on_epoch_end(move |run: &mut crate::model::Run<'_, T>| {
            if started.elapsed() >= time {
                run.stop(TIME);
            }
        });
        draft.options.callbacks.push(Box::new(stop));
        let judged = draft.judged();
        let measured = draft.fit().and_then(|fitted| {
            let epochs = fitted.history().epochs().len();
            let was_stopped = matches!(fitted.history().stop_reason(), StopReason::Callback(reason) if reason == TIME);
            Ok((Measured::new(&fitted, &judged)?, epochs, was_stopped && epochs < planned))
        });
        match measured {
            Ok((measured, epochs, is_cut_short)) => {
                Self { measured: Some(measured), why: String::new(), epochs, planned, is_cut_short }
            }
            Err(error) => Self { measured: None, why: first_line(&error), epochs: 0, planned, is_cut_short: false },
        }
    }
}

fn first_line(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_string()
}

impl fmt::Display for Trials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.trials.is_empty() {
            return f.write_str("nothing was found, so there is no remedy to try");
        }
        for (number, trial) in self.trials.iter().enumerate() {
            let end = if number + 1 < self.trials.len() { "\n" } else { "" };
            write!(f, "{trial}{end}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let finding = &self.finding;
        writeln!(f, "{} {}: {}\n  try: {}", finding.severity(), finding.code(), finding.title(), finding.remedy())?;
        match &self.outcome {
            Outcome::Tried(pair) => write!(f, "  {pair}"),
            Outcome::Not(why) => write!(f, "  not tried: {why}"),
        }
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = self.values;
        let epochs = match self.epochs {
            (one, other) if one == other || one == 0 => format!("in {other} epochs"),
            (one, other) => format!("in {one} and {other} epochs"),
        };
        let what = if self.what == What::Loss { "loss" } else { "share of errors" };
        let kind = if self.is_validation { "validation" } else { "training" };
        let rows = match self.rows {
            (one, other) if one == other => format!("{one} {kind} rows"),
            (one, other) => format!("{one} and {other} {kind} rows"),
        };
        write!(f, "tried: {} -> {} {epochs} ({what} of {rows})", two_digits(before), two_digits(after))?;
        match (self.is_about_scores, self.helped()) {
            (true, _) => f.write_str(": the second is the score to believe"),
            (false, true) => Ok(()),
            (false, false) => f.write_str(": it did not help"),
        }
    }
}

/// Writes a number with two digits behind the point if it is of the usual size.
fn two_digits(value: f64) -> String {
    if value.abs() >= 0.1 && value.abs() < 100.0 { format!("{value:.2}") } else { short(value) }
}
