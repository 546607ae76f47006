//! The data card of a report: rows, targets, and each column with what was found about it.

use super::marked;
use super::tables::{facts, heads, table};
use crate::diagnosis::columns::Column;
use crate::diagnosis::facts::Facts;
use crate::diagnosis::finding::{Finding, short};
use crate::diagnosis::report::Training;
use crate::diagnosis::targets::{Target, Values};

/// The largest number of columns, and of classes, that are listed.
const COLUMNS: usize = 100;
const CLASSES: usize = 30;

/// What findings about columns say of one of them.
const NOTES: [(&str, &str); 9] = [
    ("LC0101", "not finite"),
    ("LC0102", "of another scale"),
    ("LC0103", "large"),
    ("LC0104", "constant"),
    ("LC0105", "nearly constant"),
    ("LC0106", "varies in validation only"),
    ("LC0107", "repeats another"),
    ("LC0108", "gives the target away"),
    ("LC0109", "has a value for missing cells"),
];

/// Returns what is known about rows, targets, which a plot shows, and columns.
pub(super) fn data(training: &Training, findings: &[Finding], plot: &str) -> String {
    let facts = &training.facts;
    let column = |(number, column): (usize, &Column)| {
        let name = training.names.of(number).map_or(number.to_string(), |name| format!("{number} {name}"));
        cells(name, column, notes(number, findings))
    };
    let columns: Vec<_> = facts.columns.iter().enumerate().take(COLUMNS).map(column).collect();
    let more = facts.columns.len().saturating_sub(COLUMNS);
    let more = if more > 0 { format!("<p class=\"faint\">and {more} more columns</p>\n") } else { String::new() };
    let names =
        heads(&["column", "found", "missing", "smallest", "largest", "mean", "deviation", "distinct", "most frequent", "leak"]);
    // many columns would push the settings far down
    let open = if facts.columns.len() <= 30 { " open=\"open\"" } else { "" };
    let note = "Of the training rows, at most 5,000 of them. Missing: the share of a value that stands for missing cells; other cells \
                are numbers, because `fit` refuses those that are none. Leak: the share of the variance that is left within the \
                classes, or of the targets' variance that the column leaves; close to 0 if it gives the target away.";
    format!(
        "<h2>Data</h2>\n{}{plot}{}<details{open}><summary>Columns</summary>\n{}{more}<p class=\"faint\">{}</p>\n</details>\n",
        rows(facts),
        target_table(facts),
        table(&names, &columns),
        marked(note)
    )
}

fn rows(data: &Facts) -> String {
    let validation = data.validation.as_ref();
    let mut rows = vec![
        vec!["training rows".to_string(), data.rows.to_string()],
        vec!["validation rows".to_string(), validation.map_or(0, |validation| validation.rows).to_string()],
        vec!["columns".to_string(), data.columns.len().to_string()],
    ];
    if let Some(validation) = validation {
        let twice = format!("{:.1}\u{a0}%", 100.0 * validation.duplicates.across);
        rows.push(vec!["validation rows that are also training rows".to_string(), twice]);
    }
    facts(&rows)
}

/// Lists the rows of each class, or how the numbers are distributed.
fn target_table(facts: &Facts) -> String {
    let validation = facts.validation.as_ref().map(|validation| &validation.target);
    let Values::Classes(_, count) = facts.target.values else {
        let sides = [("training", Some(&facts.target)), ("validation", validation)];
        let row = |(name, target): (&str, Option<&Target>)| {
            let target = target?;
            let ((low, high), (mean, deviation)) = (target.range(), target.moments.first().copied()?);
            Some([name.to_string(), short(low), short(target.median()), short(high), short(mean), short(deviation)].to_vec())
        };
        let rows: Vec<_> = sides.into_iter().filter_map(row).collect();
        return table(&heads(&["targets", "smallest", "median", "largest", "mean", "deviation"]), &rows);
    };
    let cells = |target: Option<&Target>, class: usize| {
        let counts = target.map(Target::counts).unwrap_or_default();
        let own = counts.get(class).copied().unwrap_or(0);
        format!("{own} ({:.1}\u{a0}%)", 100.0 * own as f64 / counts.iter().sum::<usize>().max(1) as f64)
    };
    let row = |class: usize| vec![format!("class {class}"), cells(Some(&facts.target), class), cells(validation, class)];
    let rows: Vec<_> = (0..count.min(CLASSES)).map(row).collect();
    let more = count.saturating_sub(CLASSES);
    let more = if more > 0 { format!("<p class=\"faint\">and {more} more classes</p>\n") } else { String::new() };
    table(&heads(&["targets", "training rows", "validation rows"]), &rows) + &more
}

fn cells(name: String, column: &Column, notes: String) -> Vec<String> {
    let (mode, share) = column.mode;
    let percent = |share: f64| format!("{:.1}\u{a0}%", 100.0 * share);
    let missing = column.outlying.filter(|found| found.stands_for_missing);
    let missing = missing.map_or("0".to_string(), |found| format!("{} ({})", percent(found.share), short(found.value)));
    // the mean of a column that was scaled is 0 but for rounding
    let mean = if column.mean.abs() < 1e-9 * column.deviation { 0.0 } else { column.mean };
    let mut cells = vec![name, notes, missing];
    cells.extend([column.min, column.max, mean, column.deviation].map(short));
    cells.extend([
        column.distinct.to_string(),
        format!("{} ({})", short(mode), percent(share)),
        column.leak.map_or("-".to_string(), short),
    ]);
    cells
}

/// Returns what the findings say of a column, also those that others explain.
fn notes(column: usize, findings: &[Finding]) -> String {
    let all = findings.iter().flat_map(|finding| std::iter::once(finding).chain(finding.explains()));
    let about = all.filter(|finding| finding.columns().contains(&column));
    let words = about.map(|finding| {
        let words = NOTES.iter().find(|(code, _)| *code == finding.code()).map_or("", |(_, words)| words);
        format!("{} {words}", finding.code()).trim_end().to_string()
    });
    words.collect::<Vec<_>>().join(", ")
}
