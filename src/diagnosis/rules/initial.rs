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

/// The norm of a kernel, relative to that of Glorot's initial weights, from which a remedy draws it anew.
const EXCESS: f64 = 2.0;

/// The largest such norm of an initializer of the usual size: He's weights have 1.4 in a layer with as many inputs as units.
const USUAL: f64 = 1.5;

/// The share of dead units or saturated outputs from which a remedy draws a layer anew.
const MANY: f64 = 0.1;

/// The share of pre-activations above 0 below which a layer with a ReLU is nearly dead.
const RARELY: f64 = 0.1;

/// The number of hidden layers that a remedy keeps.
const MOST: usize = 2;

/// The fewest rows with which units are judged.
const ROWS: usize = 30;

pub(super) fn find(facts: &Facts) -> Vec<Finding> {
    // after a training, small gradients and losses are what was wanted
    let Some(start) = facts.outline.start.as_ref().filter(|_| facts.outline.iterations == 0) else { return Vec::new() };
    let mut found = Vec::new();
    found.extend(symmetric(facts, start));
    found.extend(start_loss(facts, start));
    found.extend(vanishing(facts, start, VANISHED));
    if start.rows >= ROWS {
        found.extend(dead(facts, start));
        found.extend(saturated(facts, start));
    }
    found
}

/// Returns the initializer of a layer: Keras' default, with which networks on tables do as well as with He's or better.
fn initializer(facts: &Facts, layer: &str) -> &'static str {
    let activation = facts.outline.layers.iter().find(|known| known.name == layer).map_or("linear", |known| known.activation());
    match activation {
        "selu" => "lecun_normal",
        _ => "glorot_uniform",
    }
}

/// Initialises layers by their activations.
fn initialize<'a>(facts: &Facts, layers: impl Iterator<Item = &'a str>) -> Remedy {
    Remedy::Initialize(layers.map(|layer| (layer.to_string(), initializer(facts, layer))).collect())
}

/// Units that start equal: an error if their gradients are equal too, so that they stay equal.
fn symmetric(facts: &Facts, start: &Start) -> Option<Finding> {
    let (_, hidden) = start.kernels.split_last()?;
    let is_broken =
        |kernel: &&Kernel| kernel.is_symmetric || (kernel.is_equal && hidden.iter().any(|one| one.layer == kernel.layer));
    let equal: Vec<&Kernel> = start.kernels.iter().filter(is_broken).collect();
    let stays = equal.iter().find(|kernel| kernel.is_symmetric);
    let first = stays.or(equal.first())?;
    let (layer, units) = (&first.layer, first.units);
    let (severity, title) = match stays {
        Some(_) => (Severity::Error, format!("all {units} units of layer `{layer}` start equal and stay equal")),
        None => (Severity::Warning, format!("all {units} units of layer `{layer}` start equal")),
    };
    let remedy = initialize(facts, equal.iter().map(|kernel| &*kernel.layer));
    Some(Finding::new("LC0301", severity, Place::Layer(layer.clone()), title, remedy))
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
        let large = start.kernels.iter().filter(|kernel| kernel.excess() > EXCESS || kernel.layer == largest.layer);
        let remedy = match largest.excess() > USUAL {
            true => initialize(facts, large.map(|kernel| &*kernel.layer)),
            // weights of the usual size make large outputs of large inputs
            false => Remedy::Normalize,
        };
        (title, Place::Layer(largest.layer.clone()), remedy)
    };
    let finding = Finding::new("LC0302", Severity::Warning, place, title, remedy);
    Some(finding.evidence_of("start loss / loss of knowing nothing", ratio, format!("below {LOSS}")))
}

/// Adds that gradients vanish if they do so less clearly, in a training that failed.
pub(super) fn suspect_vanishing(facts: &Facts, found: &mut Vec<Finding>) {
    let Some(start) = facts.outline.start.as_ref().filter(|_| facts.outline.iterations == 0) else { return };
    if found.iter().all(|finding| finding.code() != "LC0303") {
        found.extend(vanishing(facts, start, 4.0 * VANISHED));
    }
}

/// The gradient of the first layer is much smaller than that of the last, also for inputs of the same size.
fn vanishing(facts: &Facts, start: &Start, least: f64) -> Option<Finding> {
    let [first, .., last] = &start.kernels[..] else { return None };
    // behind a layer of zeros, or of very small weights, gradients grow as soon as it is trained
    if start.starts_small() || last.gradient == 0.0 {
        return None;
    }
    let ratio = first.gradient / last.gradient;
    let of_outputs = ratio * last.input / first.input.max(f64::MIN_POSITIVE);
    if ratio.max(of_outputs) >= least {
        return None;
    }
    let layer = &first.layer;
    let title = format!("the gradient vanishes on its way from layer `{}` to layer `{layer}`", last.layer);
    let is_sigmoid = facts.outline.layers.iter().any(|layer| layer.has_kernel && layer.activation() == "sigmoid");
    let activation = if is_sigmoid { "relu" } else { "selu" };
    let hidden = start.kernels.len() - 1;
    let remedy = if hidden > MOST { Remedy::FewerLayers(activation, MOST) } else { Remedy::HiddenActivation(activation) };
    let finding = Finding::new("LC0303", Severity::Warning, Place::Layer(layer.clone()), title, remedy);
    Some(finding.evidence_of("first / last gradient", ratio, format!("above {least}")))
}

/// Returns the first layer of which a large share is so, and the names of all layers of which some are.
fn layers_with<'a>(
    facts: &'a Facts,
    start: &'a Start,
    large: f64,
    share: impl Fn(&Units) -> f64,
) -> Option<(&'a Units, Vec<&'a str>)> {
    let first = start.units.iter().find(|units| share(units) > large)?;
    let some = start.units.iter().filter(|units| share(units) > MANY);
    Some((first, some.map(|units| &*facts.outline.layers[units.layer].name).collect()))
}

fn dead(facts: &Facts, start: &Start) -> Option<Finding> {
    // a layer whose pre-activations are hardly ever above 0 is nearly dead
    let share = |units: &Units| match units.positive < RARELY {
        true => 1.0 - units.positive,
        false => units.never_positive as f64 / units.count.max(1) as f64,
    };
    let (units, layers) = layers_with(facts, start, 0.5, share).or_else(|| layers_with(facts, start, 0.3, share))?;
    let severity = if share(units) > 0.5 { Severity::Warning } else { Severity::Note };
    let (name, never) = (&facts.outline.layers[units.layer].name, units.never_positive as f64 / units.count.max(1) as f64);
    let title = match never > 0.3 {
        true => format!("{} of {} units of layer `{name}` are 0 for every row at the start", units.never_positive, units.count),
        false => format!("the units of layer `{name}` are 0 for nearly every row at the start"),
    };
    let remedy = initialize(facts, layers.into_iter());
    let finding = Finding::new("LC0304", severity, Place::Layer(name.clone()), title, remedy);
    Some(match never > 0.3 {
        true => finding.evidence_of("share", never, "below 0.3"),
        false => finding.evidence_of("share of pre-activations above 0", units.positive, "about 0.5"),
    })
}

fn saturated(facts: &Facts, start: &Start) -> Option<Finding> {
    let (units, layers) = layers_with(facts, start, 0.5, |units| units.saturated)?;
    let layer = &facts.outline.layers[units.layer];
    let title = format!("most outputs of layer `{}` are at the ends of `{}` at the start", layer.name, layer.activation());
    let is_large = |kernel: &&Kernel| kernel.excess() > USUAL && layers.contains(&&*kernel.layer);
    let remedy = match start.kernels.iter().find(is_large) {
        Some(_) => initialize(facts, layers.into_iter()),
        // weights of the usual size saturate units only with large inputs
        None => Remedy::Normalize,
    };
    let finding = Finding::new("LC0305", Severity::Warning, Place::Layer(layer.name.clone()), title, remedy);
    Some(finding.evidence_of("share", units.saturated, "below 0.5"))
}
