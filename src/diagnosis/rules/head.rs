//! Rules about the last layer and the loss: what the layer gives must be what the loss takes.

use super::super::constant::is_cross_entropy;
use super::super::facts::{Facts, LayerFacts};
use super::super::finding::{Finding, Place, Severity, short};
use super::super::remedy::Remedy;
use super::super::targets::{Values, is_set};
use super::targets::is_regression;

pub(super) fn find(facts: &Facts) -> Vec<Finding> {
    let Some(head) = facts.outline.head() else { return Vec::new() };
    let mut found = Vec::new();
    found.extend(twice(facts, head));
    found.extend(cross_entropy(facts, head));
    found.extend(out_of_reach(facts, head));
    found.extend(squares_of_classes(facts, head));
    found.extend(too_many_outputs(facts));
    found
}

/// Returns whether a layer gives probabilities.
fn gives_probabilities(activation: &str) -> bool {
    matches!(activation, "softmax" | "sigmoid" | "hard_sigmoid" | "sparsemax" | "sparse_sigmoid")
}

/// Two activations that give probabilities follow one another, or the loss applies the second one.
fn twice(facts: &Facts, head: &LayerFacts) -> Option<Finding> {
    let activation = head.activation();
    if !gives_probabilities(activation) {
        return None;
    }
    let before = head.reads.first().and_then(|read| read.checked_sub(1)).map(|layer| &facts.outline.layers[layer]);
    let before = before.filter(|before| !head.has_kernel && gives_probabilities(before.activation()));
    let (second, layer) = match before {
        Some(before) => (format!("layer `{}`", head.name), &before.name),
        None if is_cross_entropy(&facts.outline.loss.class_name) && is_set(&facts.outline.loss, "from_logits") => {
            ("the loss, by `from_logits`".to_string(), &head.name)
        }
        None => return None,
    };
    let title = format!("`{activation}` is applied twice: in layer `{layer}`, and again in {second}");
    let place = Place::Layer(head.name.clone());
    Some(Finding::new("LC0203", Severity::Error, place, title, Remedy::RemoveActivation(layer.clone())))
}

/// A cross-entropy of outputs that are no probabilities, or of another kind of probabilities.
fn cross_entropy(facts: &Facts, head: &LayerFacts) -> Option<Finding> {
    let (loss, activation) = (facts.outline.loss.class_name.as_str(), head.activation());
    let is_binary = loss.starts_with("Binary") || (loss == "Crossentropy" && facts.outline.outputs == 1);
    if !is_cross_entropy(loss) {
        return None;
    }
    let right = if is_binary { "sigmoid" } else { "softmax" };
    let limited = ["relu", "relu6", "tanh", "softplus", "softsign", "hard_tanh"].contains(&activation);
    let place = Place::Layer(head.name.clone());
    match (is_set(&facts.outline.loss, "from_logits"), activation) {
        (true, _) if limited => {
            let title = format!("{loss} takes logits of any size, and layer `{}` ends with `{activation}`", head.name);
            Some(Finding::new("LC0202", Severity::Error, place, title, Remedy::Head("linear")))
        }
        (false, "linear") => {
            let title = format!("{loss} takes probabilities, and layer `{}` gives logits", head.name);
            Some(Finding::new("LC0202", Severity::Error, place, title, Remedy::FromLogits(right)))
        }
        (false, _) if limited => {
            let title = format!("{loss} takes probabilities, and layer `{}` ends with `{activation}`", head.name);
            Some(Finding::new("LC0202", Severity::Error, place, title, Remedy::Head(right)))
        }
        (_, "softmax" | "sparsemax") if is_binary => {
            let title = format!("{loss} takes each output by itself, and `{activation}` makes them sum to 1");
            let remedy = Remedy::Loss("categorical_crossentropy");
            Some(Finding::new("LC0205", Severity::Warning, place, title, remedy))
        }
        (_, "sigmoid" | "hard_sigmoid") if !is_binary => {
            let title = format!("{loss} takes probabilities that sum to 1, and `{activation}` gives each by itself");
            Some(Finding::new("LC0205", Severity::Warning, place, title, Remedy::Head(right)))
        }
        _ => None,
    }
}

/// Returns the smallest and the largest output of an activation.
fn range(activation: &str) -> Option<(f64, f64)> {
    Some(match activation {
        "sigmoid" | "hard_sigmoid" | "softmax" | "sparsemax" | "sparse_sigmoid" => (0.0, 1.0),
        "tanh" | "hard_tanh" | "softsign" => (-1.0, 1.0),
        "relu" | "softplus" | "exponential" => (0.0, f64::INFINITY),
        "relu6" => (0.0, 6.0),
        _ => return None,
    })
}

/// Targets that no output of the last layer can be.
fn out_of_reach(facts: &Facts, head: &LayerFacts) -> Option<Finding> {
    if !is_regression(&facts.outline.loss.class_name) {
        return None;
    }
    let (low, high) = range(head.activation())?;
    let share = facts.target.share_outside(low, high);
    if share < 0.01 {
        return None;
    }
    let (least, most) = facts.target.range();
    let title = format!(
        "`{}` gives numbers from {} to {}, and the targets are from {} to {}",
        head.activation(),
        short(low),
        short(high),
        short(least),
        short(most)
    );
    let finding = Finding::new("LC0204", Severity::Error, Place::Layer(head.name.clone()), title, Remedy::Head("linear"));
    Some(finding.evidence_of("share of targets outside", share, "0"))
}

/// The mean squared error of probabilities of classes trains, but slowly where it is most wrong.
fn squares_of_classes(facts: &Facts, head: &LayerFacts) -> Option<Finding> {
    let is_of_classes = matches!(facts.target.values, Values::Classes(..)) && gives_probabilities(head.activation());
    if !is_of_classes || !is_regression(&facts.outline.loss.class_name) {
        return None;
    }
    let title =
        format!("{} compares probabilities of classes; a cross-entropy trains them faster", facts.outline.loss.class_name);
    let loss = if facts.outline.outputs == 1 { "binary_crossentropy" } else { "categorical_crossentropy" };
    Some(Finding::new("LC0206", Severity::Note, Place::Loss, title, Remedy::Loss(loss)))
}

/// Outputs for classes that no row has, for example because the classes are counted from 1.
fn too_many_outputs(facts: &Facts) -> Option<Finding> {
    if facts.outline.outputs < 2 || facts.target.width != 1 || !is_cross_entropy(&facts.outline.loss.class_name) {
        return None;
    }
    let mut counts = facts.target.counts();
    counts.resize(facts.outline.outputs, 0);
    let absent: Vec<usize> = (0..facts.outline.outputs).filter(|&class| counts[class] == 0).collect();
    let first = *absent.first()?;
    let title = match first {
        0 => "no row is of class 0: are the classes counted from 1?".to_string(),
        _ => format!("the model has {} outputs, and no row is of class {first}", facts.outline.outputs),
    };
    let occur = (0..counts.len()).filter(|&class| counts[class] > 0);
    let remedy = Remedy::NumberClasses(occur.map(|class| class as f64).collect());
    let finding = Finding::new("LC0207", Severity::Note, Place::Targets, title, remedy);
    Some(finding.evidence_of("outputs without rows", absent.len() as f64, "0"))
}
