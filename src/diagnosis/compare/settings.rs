//! The settings of two trainings that differ.

use crate::diagnosis::columns::Column;
use crate::diagnosis::facts::LayerFacts;
use crate::diagnosis::report::Training;
use crate::part::Spec;

/// A setting with its value before and after.
type Change = (String, String, String);

/// What a setting has where it is not there.
const NONE: &str = "none";

/// Returns the settings of two trainings that differ, with the seed.
pub(super) fn changes(before: &Training, after: &Training) -> Vec<Change> {
    let mut changes = Vec::new();
    let [one, other] = [before, after].map(|training| &training.facts.outline);
    layers(&one.layers, &other.layers, &mut changes);
    specs("loss", &one.loss, &other.loss, &mut changes);
    specs("optimizer", &one.optimizer, &other.optimizer, &mut changes);
    let [one, other] = [before, after].map(plain);
    changes.extend(
        one.into_iter()
            .zip(other)
            .filter(|(one, other)| one != other)
            .map(|((name, before), (_, after))| (name.to_string(), before, after)),
    );
    let columns = other_columns(before, after);
    if columns > 0 {
        changes.push(("columns of x with other values".to_string(), "0".to_string(), columns.to_string()));
    }
    changes
}

/// Returns the settings that are one value each.
fn plain(training: &Training) -> [(&'static str, String); 10] {
    let (facts, outline) = (&training.facts, &training.facts.outline);
    [
        ("batch size", training.record.batch_size.to_string()),
        ("epochs", outline.plan.epochs.to_string()),
        ("shuffle", outline.plan.shuffle.to_string()),
        ("steps before", outline.iterations.to_string()),
        ("seed", training.seed.to_string()),
        ("training rows", facts.rows.to_string()),
        ("validation rows", facts.validation.as_ref().map_or(0, |validation| validation.rows).to_string()),
        ("columns", facts.columns.len().to_string()),
        ("score", training.score_name().to_string()),
        ("trained weights", outline.trained.to_string()),
    ]
}

/// Compares layers by their names.
fn layers(before: &[LayerFacts], after: &[LayerFacts], changes: &mut Vec<Change>) {
    let find = |layers: &'_ [LayerFacts], name: &str| layers.iter().position(|layer| layer.name == name);
    for layer in before {
        let name = format!("layer {}", layer.name);
        match find(after, &layer.name) {
            Some(place) => specs(&name, &layer.spec, &after[place].spec, changes),
            None => changes.push((name, layer.spec.class_name.clone(), NONE.to_string())),
        }
    }
    for layer in after.iter().filter(|layer| find(before, &layer.name).is_none()) {
        changes.push((format!("layer {}", layer.name), NONE.to_string(), layer.spec.class_name.clone()));
    }
}

/// Compares two parts: their arguments if they are of one kind.
fn specs(name: &str, before: &Spec, after: &Spec, changes: &mut Vec<Change>) {
    if before.class_name != after.class_name {
        changes.push((name.to_string(), before.class_name.clone(), after.class_name.clone()));
        return;
    }
    let others = after.config.iter().filter(|(argument, _)| before.get(argument).is_none());
    for (argument, _) in before.config.iter().chain(others) {
        let value = |spec: &Spec| spec.get(argument).map_or(NONE.to_string(), ToString::to_string);
        if value(before) != value(after) {
            changes.push((format!("{name} {argument}"), value(before), value(after)));
        }
    }
}

/// Returns the number of columns whose values differ, if both have the same number of columns.
fn other_columns(before: &Training, after: &Training) -> usize {
    let (before, after) = (&before.facts.columns, &after.facts.columns);
    let values = |column: &Column| [column.min, column.max, column.rms, column.mode.0, column.mode.1];
    if before.len() != after.len() {
        return 0;
    }
    before.iter().zip(after).filter(|(one, other)| values(one) != values(other) || one.distinct != other.distinct).count()
}
