//! Rules about the options: penalties, dropout, batches, the number of steps, and the profile of the program.

use super::super::facts::{Facts, LayerFacts};
use super::super::finding::{Finding, Place, Severity, short};
use super::super::remedy::Remedy;
use super::super::start::{Kernel, Start};
use super::steps::{Rates, more_steps, raise_rate};
use crate::part::Value;

/// The number of multiplications and additions from which a program without optimisation is worth a note.
const MUCH_WORK: f64 = 1e9;

/// The distance by which a training can change a kernel, relative to its size, that is usual at least.
const REACH: f64 = 0.2;

/// The distance that is enough for most trainings.
const ENOUGH: f64 = 5.0;

pub(super) fn find(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(start) = facts.outline.start.as_ref().filter(|_| facts.outline.iterations == 0) {
        found.extend(penalty(start));
        found.extend(reach(facts, start));
    }
    found.extend(dropout(facts));
    found.extend(debug_build(facts));
    found
}

impl Kernel {
    /// Returns the gradient of the penalty divided by that of the data.
    fn burden(&self) -> f64 {
        if self.penalty == 0.0 { 0.0 } else { self.penalty / self.gradient.max(f64::MIN_POSITIVE) }
    }
}

fn penalty(start: &Start) -> Option<Finding> {
    let kernel = start.kernels.iter().max_by(|a, b| a.burden().total_cmp(&b.burden()))?;
    let ratio = kernel.burden();
    if ratio <= 1.0 {
        return None;
    }
    let layer = &kernel.layer;
    let title = format!("the penalty of layer `{layer}` outweighs the data");
    let penalised = start.kernels.iter().filter(|kernel| kernel.penalty > 0.0).map(|kernel| kernel.layer.clone()).collect();
    let remedy = Remedy::LowerPenalty(penalised, 10.0_f64.powf((ratio * 100.0).log10().ceil()));
    let finding = Finding::new("LC0401", Severity::Warning, Place::Layer(layer.clone()), title, remedy);
    Some(finding.evidence_of("gradient of the penalty / of the data", ratio, "below 1"))
}

/// A high rate of dropout behind a narrow layer leaves too few units.
fn dropout(facts: &Facts) -> Option<Finding> {
    let rate_of = |layer: &LayerFacts| match layer.spec.get("rate") {
        Some(Value::Float(rate)) if layer.class == "Dropout" => Some(*rate),
        _ => None,
    };
    facts.outline.layers.iter().find_map(|layer| {
        let rate = rate_of(layer)?;
        let kept = layer.width as f64 * (1.0 - rate);
        let is_hidden = layer.reads.iter().all(|read| *read > 0);
        if !is_hidden || rate <= 0.5 || layer.width > 32 {
            return None;
        }
        let title = format!("layer `{}` drops {} % of {} units", layer.name, short(100.0 * rate), layer.width);
        let much = facts.outline.layers.iter().filter(|layer| rate_of(layer).is_some_and(|rate| rate > 0.5));
        let narrow = facts.outline.layers.iter().filter(|layer| layer.has_kernel && layer.width <= 32);
        let last = facts.outline.layers.iter().rfind(|layer| layer.has_kernel).map(|layer| layer.name.clone());
        let narrow = narrow.map(|layer| layer.name.clone()).filter(|name| Some(name) != last.as_ref());
        let remedy = Remedy::WiderDropout {
            dropouts: much.map(|layer| layer.name.clone()).collect(),
            layers: narrow.collect(),
            units: 64,
        };
        let finding = Finding::new("LC0402", Severity::Warning, Place::Layer(layer.name.clone()), title, remedy);
        Some(finding.evidence_of("units that are left", kept, "at least 16"))
    })
}

/// The whole training cannot change the weights by much: too few steps, too large batches, or a rate that is too low.
fn reach(facts: &Facts, start: &Start) -> Option<Finding> {
    // a model that predicts well at the start needs no long way
    if start.predicts_well() {
        return None;
    }
    let Some(Value::Float(rate)) = facts.outline.optimizer.get("learning_rate") else { return None };
    let momentum = match facts.outline.optimizer.get("momentum") {
        Some(Value::Float(momentum)) => *momentum,
        _ => 0.0,
    };
    // the largest step relative to the norm of the kernel: Adam and its relatives change each value by the rate at most
    let step = |kernel: &Kernel| match facts.outline.optimizer.class_name.as_str() {
        "Adam" | "AdamW" | "Nadam" | "Adamax" | "RMSprop" | "Lion" => {
            Some(rate * ((kernel.inputs * kernel.units) as f64).sqrt() / kernel.norm)
        }
        // behind a layer of zeros, gradients grow as soon as it is trained
        "SGD" if start.starts_small() || kernel.gradient == 0.0 => None,
        "SGD" => Some(rate * kernel.gradient / (1.0 - momentum).max(1e-3) / kernel.norm),
        _ => None,
    };
    let (steps, rows) = (facts.outline.plan.steps(facts.rows), facts.rows);
    let largest = start.kernels.iter().filter(|kernel| kernel.norm > 0.0).filter_map(step).reduce(f64::max)?;
    let reach = steps as f64 * largest;
    let is_batch_large = facts.outline.plan.batch_size * 2 >= rows && rows >= 64 && steps <= 20 && reach < 1.0;
    if (reach >= REACH && !is_batch_large) || steps == 0 {
        return None;
    }
    let far = ENOUGH / reach.max(f64::MIN_POSITIVE);
    let is_low = Rates::of(&facts.outline).is_some_and(|rates| rates.is_low());
    let (code, title, remedy) = if is_batch_large {
        let title = format!("batches of {} of {rows} rows make only {steps} steps", facts.outline.plan.batch_size.min(rows));
        ("LC0403", title, more_steps(&facts.outline, rows, far))
    } else if steps < 200 && !is_low {
        let title = format!("{steps} steps with this learning rate hardly change the weights");
        ("LC0404", title, more_steps(&facts.outline, rows, far))
    } else {
        let title = format!("with a learning rate of {}, {steps} steps hardly change the weights", short(*rate));
        ("LC0405", title, raise_rate(&facts.outline, far))
    };
    let finding = Finding::new(code, Severity::Warning, Place::Options, title, remedy);
    Some(finding.evidence_of("largest possible change, relative to the weights", reach, format!("at least {REACH}")))
}

fn debug_build(facts: &Facts) -> Option<Finding> {
    // each value of a weight takes part in three products for each row: forward, and back for the weight and the input
    let work = 3.0 * facts.outline.trained as f64 * facts.rows as f64 * facts.outline.plan.epochs as f64;
    if !cfg!(debug_assertions) || work < MUCH_WORK {
        return None;
    }
    let title = "the program is compiled without optimisation, and this training is much work";
    let finding = Finding::new("LC0406", Severity::Note, Place::Options, title, Remedy::ReleaseProfile);
    Some(finding.evidence_of("multiplications planned", work, format!("below {MUCH_WORK:e}")))
}
