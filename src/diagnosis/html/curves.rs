//! The plots of a training.

use super::distributions::{calibration, targets};
use super::plot::{Kind, Plot, Series};
use crate::diagnosis::report::Training;
use crate::diagnosis::targets::Values;

/// The largest number of layers that have a line of their own.
const LAYERS: usize = 6;

/// Returns all plots of a training: loss, metrics, updates of the layers, predicted numbers, calibration, and the targets.
pub(super) fn plots(training: &Training) -> Vec<Plot> {
    let mut plots = vec![loss(training)];
    let names = training.record.metrics.iter().map(|(name, _)| name.as_str());
    // the curve of a metric of validation is in the plot of the same metric of training
    plots.extend(names.filter(|name| !name.starts_with("val_")).map(|name| metric(training, name)));
    plots.push(updates(training));
    plots.extend(predicted(training));
    plots.extend(calibration(training));
    plots.extend(targets(training));
    plots.retain(|plot| plot.series.iter().any(|series| !series.points.is_empty()));
    plots
}

pub(super) fn curve(name: &str, points: Vec<(f64, f64)>) -> Series {
    Series { name: name.to_string(), points }
}

/// Creates a plot of two curves by epoch, with the best epoch.
fn by_epoch(training: &Training, name: &str, series: Vec<Series>, levels: Vec<(&'static str, Option<f64>)>) -> Plot {
    let best = training.record.best().map(|place| training.record.epochs[place].number + 1);
    Plot {
        name: name.to_string(),
        kind: Kind::LogLines,
        x: "epoch",
        y: name.to_string(),
        series: series.into_iter().filter(|series| !series.points.is_empty()).collect(),
        levels: levels.into_iter().filter_map(|(name, level)| Some((name, level?))).collect(),
        mark: best.map(|epoch| (epoch as f64, format!("best epoch {epoch}"))),
        spans: Vec::new(),
        range: None,
    }
}

fn loss(training: &Training) -> Plot {
    let epochs = &training.record.epochs;
    let at = |number: usize| (number + 1) as f64;
    let train = epochs.iter().map(|epoch| (at(epoch.number), epoch.loss)).collect();
    let validation = epochs.iter().filter_map(|epoch| Some((at(epoch.number), epoch.val_loss?))).collect();
    let outline = &training.facts.outline;
    let constant = outline.start.as_ref().and_then(|start| start.constant).map(|constant| constant.best);
    // the loss of the reference is known only where it is the squared error
    let is_squared_error = outline.loss.class_name == "MeanSquaredError" && training.facts.target.width == 1;
    let reference = training.outcome.reference.filter(|_| is_squared_error).and_then(|reference| reference.best().squared_error);
    let series = vec![curve("training", train), curve("validation", validation)];
    by_epoch(training, "loss", series, vec![("constant", constant), ("reference", reference)])
}

fn metric(training: &Training, name: &str) -> Plot {
    let points = |name: &str| {
        let metrics = &training.record.metrics;
        let known = metrics.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, points)| points);
        known.iter().map(|&(epoch, value)| ((epoch + 1) as f64, value)).collect()
    };
    let is_score = match training.facts.target.values {
        Values::Classes(..) => name == "accuracy" || name.ends_with("_accuracy") && !name.starts_with("top_k"),
        Values::Numbers(_) => name == "r2_score" && training.facts.target.width == 1,
    };
    let constant = training.outcome.skill().filter(|_| is_score).map(|skill| skill.constant);
    let reference = training.outcome.reference.filter(|_| is_score).map(|reference| reference.best().score);
    let series = vec![curve("training", points(name)), curve("validation", points(&format!("val_{name}")))];
    Plot { kind: Kind::Lines, ..by_epoch(training, name, series, vec![("constant", constant), ("reference", reference)]) }
}

/// Plots the relative size of an update of each layer in the epochs in which it is known.
fn updates(training: &Training) -> Plot {
    let kernels = training.record.kernels.iter().take(LAYERS);
    let points = |updates: &[(usize, f64)]| updates.iter().map(|&(epoch, update)| ((epoch + 1) as f64, update)).collect();
    let series = kernels.map(|kernel| curve(&kernel.layer, points(&kernel.updates))).collect();
    let plot = by_epoch(training, "updates", series, Vec::new());
    Plot { y: "relative update of one step".to_string(), mark: None, ..plot }
}

/// Plots the numbers that the model predicts for validation rows against the true ones.
fn predicted(training: &Training) -> Option<Plot> {
    let Some((Values::Numbers(predicted), Values::Numbers(actual))) = &training.outcome.predicted else { return None };
    Some(Plot {
        name: "predicted".to_string(),
        kind: Kind::Points,
        x: "target",
        y: "predicted".to_string(),
        series: vec![curve("validation row", actual.iter().copied().zip(predicted.iter().copied()).collect())],
        levels: Vec::new(),
        mark: None,
        spans: Vec::new(),
        range: None,
    })
}
