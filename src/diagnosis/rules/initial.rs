//! Rules about the initial weights, by the losses, gradients and units of the first step.

use super::super::facts::Facts;
use super::super::finding::{Finding, Place, Severity, short};
use super::super::remedy::Remedy;
use super::super::start::{Kernel, Start, Units};
use super::targets::is_regression;

/// The ratio of the start loss to that of a constant that is usual at most.
const LOSS: f64 = 4.0;

/// The ratio of the first to the last gradient below which it vanishes.
const VANISHED: f64 = 0.03;

/// The fewest rows with which units are judged.
const ROWS: usize = 30;

pub(super) fn find(facts: &Facts) -> Vec<Finding> {
    // after a training, small gradients and losses are what was wanted
    let Some(start) = facts.outline.start.as_ref().filter(|_| facts.outline.iterations == 0) else { return Vec::new() };
    let mut found = Vec::new();
    found.extend(start.kernels.iter().find_map(|kernel| symmetric(facts, kernel)));
    found.extend(start_loss(facts, start));
    found.extend(vanishing(facts, start));
    if start.rows >= ROWS {
        found.extend(start.units.iter().filter_map(|units| dead(facts, units)));
        found.extend(start.units.iter().filter_map(|units| saturated(facts, units)));
    }
    found
}

/// Returns the initializer that suits the activation of a layer.
fn initializer(facts: &Facts, layer: &str) -> &'static str {
    let activation = facts.outline.layers.iter().find(|known| known.name == layer).map_or("linear", |known| known.activation());
    match activation {
        "relu" | "leaky_relu" | "elu" | "gelu" | "silu" => "he_normal",
        "selu" => "lecun_normal",
        _ => "glorot_uniform",
    }
}

fn symmetric(facts: &Facts, kernel: &Kernel) -> Option<Finding> {
    if !kernel.is_symmetric {
        return None;
    }
    let layer = &kernel.layer;
    let title = format!("all {} units of layer `{layer}` start equal and stay equal", kernel.units);
    let remedy = Remedy::Initialize(layer.clone(), initializer(facts, layer));
    Some(Finding::new("LC0301", Severity::Error, Place::Layer(layer.clone()), title, remedy))
}

fn start_loss(facts: &Facts, start: &Start) -> Option<Finding> {
    let ratio = start.relative_loss().filter(|ratio| *ratio > LOSS)?;
    let (mean, deviation) = facts.target.moments.iter().copied().max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()))?;
    let is_offset =
        is_regression(&facts.outline.loss.class_name) && facts.target.counts().is_empty() && mean.abs() > 2.0 * deviation;
    let (title, place, remedy) = if is_offset {
        let title = format!("the targets are far from 0 (mean {}, deviation {})", short(mean), short(deviation));
        (title, Place::Targets, Remedy::ScaleTargets)
    } else {
        let title = format!("the loss starts at {}, {} times that of knowing nothing", short(start.loss), short(ratio));
        let largest = start.kernels.iter().max_by(|a, b| a.excess().total_cmp(&b.excess()))?;
        let remedy = Remedy::Initialize(largest.layer.clone(), initializer(facts, &largest.layer));
        (title, Place::Layer(largest.layer.clone()), remedy)
    };
    let finding = Finding::new("LC0302", Severity::Warning, place, title, remedy);
    Some(finding.evidence_of("start loss / loss of knowing nothing", ratio, format!("below {LOSS}")))
}

/// The gradient of the first layer is much smaller than that of the last, also for inputs of the same size.
fn vanishing(facts: &Facts, start: &Start) -> Option<Finding> {
    let [first, .., last] = &start.kernels[..] else { return None };
    // behind a layer of zeros, or of very small weights, gradients grow as soon as it is trained
    if start.starts_small() || last.gradient == 0.0 {
        return None;
    }
    let ratio = first.gradient / last.gradient;
    let of_outputs = ratio * last.input / first.input.max(f64::MIN_POSITIVE);
    if ratio.max(of_outputs) >= VANISHED {
        return None;
    }
    let layer = &first.layer;
    let title = format!("the gradient vanishes on its way from layer `{}` to layer `{layer}`", last.layer);
    let is_sigmoid = facts.outline.layers.iter().any(|layer| layer.has_kernel && layer.activation() == "sigmoid");
    let remedy = Remedy::HiddenActivation(if is_sigmoid { "relu" } else { "selu" });
    let finding = Finding::new("LC0303", Severity::Warning, Place::Layer(layer.clone()), title, remedy);
    Some(finding.evidence_of("first / last gradient", ratio, format!("above {VANISHED}")))
}

fn dead(facts: &Facts, units: &Units) -> Option<Finding> {
    let share = units.never_positive as f64 / units.count.max(1) as f64;
    let severity = match share {
        _ if share > 0.5 => Severity::Warning,
        _ if share > 0.3 => Severity::Note,
        _ => return None,
    };
    let layer = &facts.outline.layers[units.layer].name;
    let title = format!("{} of {} units of layer `{layer}` are 0 for every row at the start", units.never_positive, units.count);
    let remedy = Remedy::Initialize(layer.clone(), initializer(facts, layer));
    let finding = Finding::new("LC0304", severity, Place::Layer(layer.clone()), title, remedy);
    Some(finding.evidence_of("share", share, "below 0.3"))
}

fn saturated(facts: &Facts, units: &Units) -> Option<Finding> {
    if units.saturated <= 0.5 {
        return None;
    }
    let layer = &facts.outline.layers[units.layer];
    let title = format!("most outputs of layer `{}` are at the ends of `{}` at the start", layer.name, layer.activation());
    let remedy = Remedy::Initialize(layer.name.clone(), initializer(facts, &layer.name));
    let finding = Finding::new("LC0305", Severity::Warning, Place::Layer(layer.name.clone()), title, remedy);
    Some(finding.evidence_of("share", units.saturated, "below 0.5"))
}
