//! Rules about the columns of the inputs: scale, constant, equal and leaking columns, and values that stand for missing ones.

use super::super::columns::Column;
use super::super::facts::Facts;
use super::super::finding::{Finding, Place, Severity, list, short};
use super::super::remedy::Remedy;

/// The ratio of the largest to the smallest scale of the columns that is usual at most.
const SPREAD: f64 = 100.0;

/// The largest scale that is usual.
const LARGE: f64 = 50.0;

/// The share of variance within the classes, or left by the column, below which it gives the target away.
const LEAK: f64 = 0.02;

/// The share of rows whose class a leaking column tells by itself.
const TOLD_APART: f64 = 0.95;

/// The share of rows with the same value from which a column is nearly constant.
const NEARLY: f64 = 0.995;

pub(super) fn find(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(scale(facts, SPREAD));
    found.extend(constant(facts));
    found.extend(nearly_constant(facts));
    found.extend(only_in_validation(facts));
    found.extend(equal(facts));
    found.extend(leak(facts));
    found.extend(sentinel(facts));
    found
}

/// Adds that the columns are of different scale if they are so less clearly, in a training that is not good, or that failed.
pub(super) fn suspect_scale(facts: &Facts, has_failed: bool, found: &mut Vec<Finding>) {
    if found.iter().all(|finding| finding.code() != "LC0102") {
        let suspected = scale(facts, if has_failed { SPREAD / 5.0 } else { SPREAD / 2.0 });
        found.extend(suspected.filter(|finding| finding.code() == "LC0102"));
    }
}

/// Compares the scales of the columns as the first layer with weights reads them.
fn scale(facts: &Facts, most: f64) -> Option<Finding> {
    let read = facts.outline.start.as_ref().and_then(|start| start.read_first.as_ref());
    let columns = read.unwrap_or(&facts.columns);
    let varies = |column: &(usize, &Column)| !column.1.is_constant() && !column.1.is_flag() && column.1.mode.1 < NEARLY;
    let varying: Vec<(usize, &Column)> = columns.iter().enumerate().filter(varies).collect();
    let largest = varying.iter().max_by(|a, b| a.1.rms.total_cmp(&b.1.rms))?;
    let smallest = varying.iter().min_by(|a, b| a.1.scale.total_cmp(&b.1.scale))?;
    // flags have the scale 1, however rare they are
    let is_beside_flags = smallest.1.scale > 1.0 && columns.iter().any(Column::is_flag);
    let spread = largest.1.rms / if is_beside_flags { 1.0 } else { smallest.1.scale };
    let what = if read.is_some() { "of what the first layer with weights reads" } else { "of x" };
    if spread > most {
        let other = match is_beside_flags {
            true => "others have zeros and ones".to_string(),
            false => format!("column {} has {}", smallest.0, short(smallest.1.scale)),
        };
        let title = format!("column {} {what} has size {}, {other}", largest.0, short(largest.1.rms));
        let place = Place::Columns(vec![largest.0, smallest.0]);
        let finding = Finding::new("LC0102", Severity::Warning, place, title, Remedy::Normalize);
        return Some(finding.evidence_of("largest / smallest root mean square", spread, format!("at most {most}")));
    }
    if largest.1.rms > LARGE {
        let title = format!("the columns {what} are large, with a root mean square of up to {}", short(largest.1.rms));
        let finding = Finding::new("LC0103", Severity::Note, Place::Columns(vec![largest.0]), title, Remedy::Normalize);
        return Some(finding.evidence_of("largest root mean square", largest.1.rms, "about 1"));
    }
    None
}

fn constant(facts: &Facts) -> Option<Finding> {
    let numbers: Vec<usize> = numbers(facts, Column::is_constant);
    let first = facts.columns.get(*numbers.first()?)?;
    let title = match numbers.len() {
        1 => format!("column {} of x is constant: {} in every row", numbers[0], short(first.min)),
        _ => format!("{} of x are constant", list("column", &numbers)),
    };
    let remedy = Remedy::DropColumns(numbers.clone());
    let finding = Finding::new("LC0104", Severity::Note, Place::Columns(numbers), title, remedy);
    Some(finding.evidence_of("distinct values", 1.0, "at least 2"))
}

fn nearly_constant(facts: &Facts) -> Option<Finding> {
    let numbers = numbers(facts, |column| !column.is_constant() && column.mode.1 > NEARLY);
    let share = facts.columns.get(*numbers.first()?)?.mode.1;
    let title = format!("{} of x {} nearly constant", list("column", &numbers), if numbers.len() > 1 { "are" } else { "is" });
    let remedy = Remedy::DropColumns(numbers.clone());
    let finding = Finding::new("LC0105", Severity::Note, Place::Columns(numbers), title, remedy);
    Some(finding.evidence_of("share of one value", share, format!("below {NEARLY}")))
}

/// A column that is constant in training and not in validation has a weight that was never trained.
fn only_in_validation(facts: &Facts) -> Option<Finding> {
    let validation = facts.validation.as_ref()?;
    let share = validation.rows as f64 / (validation.rows + facts.rows) as f64;
    // in a random split, all rows with the rare value are in validation with this probability
    let chance = |differ: usize| share.powf(differ as f64) * facts.columns.len() as f64;
    let columns: Vec<&(usize, usize)> = validation.only_here.iter().filter(|(_, differ)| chance(*differ) < 1e-3).collect();
    let numbers: Vec<usize> = columns.iter().map(|(number, _)| *number).collect();
    let differ = columns.first()?.1;
    let verb = if numbers.len() > 1 { "vary" } else { "varies" };
    let title = format!("{} of x {verb} only in the validation rows", list("column", &numbers));
    let finding = Finding::new("LC0106", Severity::Error, Place::Columns(numbers), title, Remedy::ShuffleBeforeSplit);
    Some(finding.evidence_of("validation rows that differ", differ as f64, "0"))
}

fn equal(facts: &Facts) -> Option<Finding> {
    let &(first, second) = facts.equal.first()?;
    let numbers: Vec<usize> = facts.equal.iter().map(|(_, second)| *second).collect();
    let title = match facts.equal.len() {
        1 => format!("column {second} of x is column {first} again, or a multiple of it"),
        count => format!("{count} columns of x repeat others, for example column {second} repeats column {first}"),
    };
    let remedy = Remedy::DropColumns(numbers.clone());
    let finding = Finding::new("LC0107", Severity::Note, Place::Columns(numbers), title, remedy);
    Some(finding.evidence_of("correlation", 1.0, "below 0.9999"))
}

fn leak(facts: &Facts) -> Option<Finding> {
    // of many classes, a column may say which rows are of one of them, and nothing about the others
    let leaks = |column: &Column| {
        column.leak.is_some_and(|leak| leak < LEAK) && column.told_apart.is_none_or(|share| share >= TOLD_APART)
    };
    let numbers = numbers(facts, leaks);
    let least = facts.columns.iter().filter(|column| leaks(column)).filter_map(|column| column.leak).reduce(f64::min)?;
    let verb = if numbers.len() > 1 { "give" } else { "gives" };
    let title = format!("{} of x {verb} the target away", list("column", &numbers));
    let remedy = Remedy::AskAbout(numbers.clone());
    let finding = Finding::new("LC0108", Severity::Warning, Place::Columns(numbers), title, remedy);
    let name = if facts.target.counts().is_empty() { "variance of y it leaves" } else { "variance within the classes" };
    Some(finding.evidence_of(name, least, "above 0.05 of the whole"))
}

fn sentinel(facts: &Facts) -> Option<Finding> {
    let outlying = || facts.columns.iter().enumerate().filter_map(|(number, column)| Some((number, column.outlying?)));
    let marks: Vec<f64> = outlying().filter(|(_, found)| found.stands_for_missing).map(|(_, found)| found.value).collect();
    let (_, first) = outlying().find(|(_, found)| found.stands_for_missing)?;
    // in another column, it stands for the same in however few rows
    let found: Vec<(usize, f64)> =
        outlying().filter(|(_, found)| marks.contains(&found.value)).map(|(number, found)| (number, found.value)).collect();
    let numbers: Vec<usize> = found.iter().map(|(number, _)| *number).collect();
    let (value, percent) = (short(first.value), short(100.0 * first.share));
    let title = match numbers.len() {
        1 => format!("column {} of x has {value} in {percent} % of the rows, far from all others", numbers[0]),
        _ => format!("{} of x have values such as {value}, far from all others", list("column", &numbers)),
    };
    let finding = Finding::new("LC0109", Severity::Warning, Place::Columns(numbers), title, Remedy::MarkMissing(found));
    Some(finding.evidence_of("deviations from the others", first.away, "below 10"))
}

fn numbers(facts: &Facts, wanted: impl Fn(&Column) -> bool) -> Vec<usize> {
    facts.columns.iter().enumerate().filter(|(_, column)| wanted(column)).map(|(number, _)| number).collect()
}
