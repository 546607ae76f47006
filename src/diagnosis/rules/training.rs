//! Rules about a training that was watched: they ask for an outcome, because what works is no fault.

use super::super::facts::Facts;
use super::super::finding::{Finding, Place, Severity, short};
use super::super::located;
use super::super::outcome::{Outcome, Record};
use super::super::remedy::Remedy;
use super::super::targets::{Values, counts};
use super::steps::{Rates, USUAL_STEPS, lower_rate, more_steps, raise_rate};

/// The sum of the relative updates of a kernel from which it was thrown about, and under which it was hardly trained.
const FAR: f64 = 2.0;
const NEAR: f64 = 0.1;

/// The number of steps that is too small for a model that does worse than simple ones.
const BRIEF: usize = 50;

/// The sum that is usual.
const ENOUGH: f64 = 0.5;

/// The relative update that is too small to lead anywhere.
const TINY: f64 = 2e-5;

pub(super) fn find(facts: &Facts, record: &Record, outcome: &Outcome) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(narrow(facts, outcome));
    if let Some(broken) = not_finite(facts, record) {
        found.push(broken);
        return found;
    }
    found.extend(thrown_about(facts, record, outcome));
    found.extend(hardly_moved(facts, record, outcome));
    found.extend(units(facts, outcome));
    found.extend(no_signal(facts, outcome));
    found.extend(one_class(outcome));
    found.extend(overfitting(record, outcome));
    found
}

fn not_finite(facts: &Facts, record: &Record) -> Option<Finding> {
    if let Some(found) = &record.located {
        return Some(located::find(found, lower_rate(&facts.outline)));
    }
    let epoch = record.epochs.iter().find(|epoch| !epoch.loss.is_finite())?;
    let title = format!("the loss is {} since epoch {}", epoch.loss, epoch.number + 1);
    Some(Finding::new("LC0501", Severity::Error, Place::Training, title, lower_rate(&facts.outline)))
}

/// A learning rate that is too high: the weights went a long way, and the training rows are still not fitted.
fn thrown_about(facts: &Facts, record: &Record, outcome: &Outcome) -> Option<Finding> {
    let (_, travel) = record.travel()?;
    let (first, last) = (record.epochs.first()?.loss, record.epochs.last()?.loss);
    let is_risen = last > 3.0 * first;
    // a rate far above the default is the cause of more than a failure, but not of a good training
    let is_high = Rates::of(&facts.outline).is_some_and(|rates| rates.is_high()) && !outcome.is_excellent();
    // with the usual rate, a loss that still falls needs more steps rather than smaller ones
    let is_stuck = outcome.is_far_off_in_training() && !record.still_falls();
    if !(is_risen || (travel > FAR && (is_high || is_stuck))) {
        return None;
    }
    let title = match is_risen {
        true => format!("the loss rose from {} to {}", short(first), short(last)),
        false if outcome.is_far_off_in_training() => {
            "the weights were thrown about, and do not fit the training rows".to_string()
        }
        false => "the weights were thrown about by a learning rate far above the default".to_string(),
    };
    let finding = Finding::new("LC0502", Severity::Warning, Place::Options, title, lower_rate(&facts.outline));
    Some(finding.evidence_of("sum of the relative updates", travel, format!("about 0.5, at most {FAR}")))
}

/// The weights are close to where they began, and the training rows are not fitted.
fn hardly_moved(facts: &Facts, record: &Record, outcome: &Outcome) -> Option<Finding> {
    let (_, travel) = record.travel()?;
    let is_low = Rates::of(&facts.outline).is_some_and(|rates| rates.is_low());
    if is_low && !outcome.is_excellent() && record.still_falls() {
        let title = "the loss still falls, by steps of a learning rate far below the default";
        let finding = Finding::new("LC0503", Severity::Warning, Place::Options, title, raise_rate(&facts.outline, 10.0));
        return Some(finding.evidence_of("sum of the relative updates", travel, "about 0.5"));
    }
    // a few steps are too few wherever simple models do better, however far they led
    let is_brief = record.steps() <= BRIEF && outcome.is_poor();
    if record.steps() == 0 || !(is_brief || (travel < NEAR && outcome.is_poor_in_training())) {
        return None;
    }
    let update = record.kernels.iter().map(|kernel| kernel.update()).reduce(f64::max)?;
    let steps = record.steps();
    let (code, title, remedy) = if update < TINY {
        let title = format!("{steps} steps have hardly changed the weights: each is very small");
        ("LC0503", title, raise_rate(&facts.outline, 1e-3 / update.max(1e-12)))
    } else if record.batch_size * 2 >= facts.rows && steps <= 20 {
        let title = format!("batches of {} of {} rows made only {steps} steps", record.batch_size.min(facts.rows), facts.rows);
        ("LC0504", title, more_steps(&facts.outline, facts.rows, ENOUGH / travel.max(1e-6)))
    } else {
        let why = if travel < NEAR { "the weights are close to where they began" } else { "simple models do better" };
        let title = format!("{steps} steps were too few: {why}");
        ("LC0505", title, more_steps(&facts.outline, facts.rows, ENOUGH / travel.max(1e-6)))
    };
    let finding = Finding::new(code, Severity::Warning, Place::Options, title, remedy);
    Some(finding.evidence_of("sum of the relative updates", travel, format!("at least {NEAR}")))
}

/// Units that the training left dead or saturated, in a model that does not fit its training rows.
fn units(facts: &Facts, outcome: &Outcome) -> Vec<Finding> {
    let Some((units, _)) = outcome.end.as_ref().filter(|(_, rows)| outcome.is_poor_in_training() && *rows >= 30) else {
        return Vec::new();
    };
    let find = |units: &super::super::start::Units| {
        let layer = facts.outline.layers.get(units.layer)?;
        let dead = units.never_positive as f64 / units.count.max(1) as f64;
        let place = Place::Layer(layer.name.clone());
        if dead > 0.5 {
            let title =
                format!("{} of {} units of layer `{}` ended as 0 for every row", units.never_positive, units.count, layer.name);
            let finding = Finding::new("LC0506", Severity::Warning, place, title, lower_rate(&facts.outline));
            return Some(finding.evidence_of("share", dead, "below 0.3"));
        }
        if units.saturated > 0.5 {
            let title = format!("most outputs of layer `{}` ended at the ends of `{}`", layer.name, layer.activation());
            let finding = Finding::new("LC0507", Severity::Warning, place, title, lower_rate(&facts.outline));
            return Some(finding.evidence_of("share", units.saturated, "below 0.5"));
        }
        None
    };
    units.iter().filter_map(find).collect()
}

/// Neither the model nor the reference predicts better than a constant.
fn no_signal(facts: &Facts, outcome: &Outcome) -> Option<Finding> {
    let (validation, reference) = outcome.validation.zip(outcome.reference)?;
    // where nearly all rows are of one class, the accuracy says nothing
    if validation.constant > 0.9 {
        return None;
    }
    if reference.signal >= 3.0 || validation.value >= 0.15 || reference.best().value >= 0.15 || facts.rows < 50 {
        return None;
    }
    let title = "neither the model nor a linear model nor neighbours predict the targets";
    let remedy = Remedy::Advice("check how inputs and targets were joined; tuning will not help");
    let finding = Finding::new("LC0508", Severity::Warning, Place::Targets, title, remedy);
    Some(finding.evidence_of("z of the linear model", reference.signal, "above 3"))
}

/// All validation rows get the same class, although the reference tells classes apart.
fn one_class(outcome: &Outcome) -> Option<Finding> {
    let (Values::Classes(predicted, count), Values::Classes(actual, _)) = outcome.predicted.as_ref().map(|(p, a)| (p, a))? else {
        return None;
    };
    let reference = outcome.reference?.best();
    let most = counts(actual, *count).into_iter().max()? as f64 / actual.len() as f64;
    if most > 0.9 || reference.value < 0.15 || predicted.iter().any(|class| *class != predicted[0]) {
        return None;
    }
    let title = format!("the model predicts class {} for every validation row", predicted[0]);
    let finding = Finding::new("LC0509", Severity::Warning, Place::Training, title, Remedy::WeightClasses);
    Some(finding.evidence_of("share of the commonest class", most, "as many predictions"))
}

/// A hidden layer of one or two units, through which all must pass, in a model that does not fit its training rows.
fn narrow(facts: &Facts, outcome: &Outcome) -> Option<Finding> {
    let outline = &facts.outline;
    let last = outline.layers.iter().rposition(|layer| layer.has_kernel)?;
    let layer = outline.layers[..last].iter().filter(|layer| layer.has_kernel).min_by_key(|layer| layer.width)?;
    let is_harmful = outcome.is_poor_in_training() || (layer.width == 1 && !outcome.is_excellent());
    if layer.width > 2 || !is_harmful {
        return None;
    }
    let units = if layer.width == 1 { "one unit" } else { "two units" };
    let title = format!("everything passes through {units} of layer `{}`", layer.name);
    let narrow = outline.layers[..last].iter().filter(|layer| layer.has_kernel && layer.width <= 2);
    let remedy = Remedy::Units(narrow.map(|layer| layer.name.clone()).collect(), 64);
    Some(Finding::new("LC0512", Severity::Warning, Place::Layer(layer.name.clone()), title, remedy))
}

/// The validation loss rose after its best epoch; a warning where the model predicts worse than the reference.
fn overfitting(record: &Record, outcome: &Outcome) -> Option<Finding> {
    let best = record.best()?;
    let (best_loss, last_loss) = (record.epochs[best].val_loss?, record.epochs.iter().rev().find_map(|epoch| epoch.val_loss)?);
    let rise = last_loss / best_loss;
    if rise <= 1.15 || best as f64 > 0.7 * record.epochs.len() as f64 || best_loss <= 0.0 {
        return None;
    }
    let is_harmful = outcome.is_poor() && !outcome.is_poor_in_training();
    let severity = if is_harmful { Severity::Warning } else { Severity::Note };
    let percent = 100.0 * (rise - 1.0);
    let title =
        format!("the validation loss rose by {} % after epoch {}", short(percent.round()), record.epochs[best].number + 1);
    let remedy = Remedy::EarlyStopping((record.epochs.len() / 10).clamp(5, 20));
    let finding = Finding::new("LC0510", severity, Place::Training, title, remedy);
    Some(finding.evidence_of("last / best validation loss", rise, "at most 1.15"))
}

/// The model fits its training rows worse than the reference predicts other rows, and nothing else was found.
pub(super) fn underfitting(facts: &Facts, record: &Record, outcome: &Outcome) -> Option<Finding> {
    if !outcome.is_far_off_in_training() || record.travel().is_none_or(|(_, travel)| travel < NEAR) {
        return None;
    }
    let (train, reference) = (outcome.train?, outcome.reference?.best());
    let title = "the model is too small or too short trained to fit its training rows";
    let remedy = match Rates::of(&facts.outline) {
        Some(rates) if rates.is_low() => raise_rate(&facts.outline, 10.0),
        _ if record.steps() < USUAL_STEPS => more_steps(&facts.outline, facts.rows, 5.0),
        _ => Remedy::Enlarge,
    };
    let finding = Finding::new("LC0511", Severity::Warning, Place::Training, title, remedy);
    Some(finding.evidence_of("skill on training rows", train.value, format!("at least {}", short(reference.value))))
}
