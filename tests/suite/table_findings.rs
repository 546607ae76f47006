//! The findings about a table model, before and after its training: the same as about a model, with the names of the table.

use layercake::diagnosis::{CheckOptions, Finding, Place, Remedy};
use layercake::prelude::*;

const ROWS: usize = 240;

fn wave(row: usize, factor: f64) -> f64 {
    (row as f64 * factor).sin()
}

/// A table whose columns have a fault each.
fn table() -> data::Table {
    let is_yes = |row: usize| wave(row, 1.3) + wave(row, 2.9) > 0.0;
    let mut table = data::Table::new();
    table.add_text("town", (0..ROWS).map(|row| ["Oslo", "Rome", "Kyiv"][row % 3])).unwrap();
    table.add_numbers("first", (0..ROWS).map(|row| wave(row, 1.3))).unwrap();
    table.add_numbers("second", (0..ROWS).map(|row| 40.0 + 9.0 * wave(row, 2.9))).unwrap();
    table.add_numbers("again", (0..ROWS).map(|row| 3.0 * wave(row, 1.3) - 7.0)).unwrap();
    table.add_numbers("gap", (0..ROWS).map(|row| if row % 24 == 5 { -999.0 } else { wave(row, 0.7) })).unwrap();
    table.add_numbers("after", (0..ROWS).map(|row| 5.0 * f64::from(u8::from(is_yes(row))) + 0.2 * wave(row, 5.1))).unwrap();
    table.add_text("answer", (0..ROWS).map(|row| if is_yes(row) { "yes" } else { "no" })).unwrap();
    table
}

fn find<'a>(findings: &'a [Finding], code: &str) -> &'a Finding {
    let all = || findings.iter().flat_map(|finding| std::iter::once(finding).chain(finding.explains()));
    let mut found = all().filter(|finding| finding.code() == code);
    let first = found.next().unwrap_or_else(|| panic!("{code} in {findings:?}"));
    assert!(found.next().is_none(), "{code} twice in {findings:?}");
    first
}

#[test]
fn a_classifier_names_the_columns_of_the_table() {
    let table = table();
    let found = TableClassifier::new("answer").seed(1).check(&table, &TableOptions::new()).unwrap();
    assert_eq!(find(&found, "LC0107").title(), "column `again` of x is column `first` again, or a multiple of it");
    assert_eq!(
        (find(&found, "LC0107").place(), find(&found, "LC0107").remedy()),
        (&Place::Columns(vec![3]), &Remedy::DropColumns(vec![3]))
    );
    let gap = find(&found, "LC0109");
    assert!(gap.title().starts_with("column `gap` of x has -999 in 4.17 % of the rows"), "{gap}");
    assert_eq!(gap.remedy(), &Remedy::MarkMissing(vec![(4, -999.0)]));
    assert!(gap.to_string().contains("\n  try: treat -999 in column `gap` as missing"));
    let leak = find(&found, "LC0108");
    assert_eq!(leak.title(), "column `after` of x gives the target away");
    assert_eq!((leak.place(), leak.column_names().collect::<Vec<_>>()), (&Place::Columns(vec![5]), vec!["after"]));
    // a healthy table has no warning
    let mut healthy = table;
    for column in ["again", "gap", "after"] {
        healthy.drop_column(column).unwrap();
    }
    let found = TableClassifier::new("answer").seed(1).check(&healthy, &TableOptions::new()).unwrap();
    assert!(found.iter().all(|finding| finding.severity() > layercake::diagnosis::Severity::Warning), "{found:?}");
}

/// The features of a healthy table are not blamed for their scale; numbers that the user leaves as they are may be.
#[test]
fn the_scale_of_features_is_looked_at_where_they_are_not_scaled() {
    let mut table = data::Table::new();
    table.add_numbers("small", (0..ROWS).map(|row| wave(row, 1.3))).unwrap();
    table.add_numbers("large", (0..ROWS).map(|row| 9000.0 * wave(row, 2.9))).unwrap();
    table.add_text("answer", (0..ROWS).map(|row| if wave(row, 1.3) + wave(row, 2.9) > 0.0 { "yes" } else { "no" })).unwrap();
    let scaled = TableClassifier::new("answer").seed(1);
    assert!(scaled.check(&table, &TableOptions::new()).unwrap().iter().all(|finding| finding.code() != "LC0102"));
    let raw = scaled.features(FeatureSpace::new().float("small").float("large"));
    let found = raw.check(&table, &TableOptions::new()).unwrap();
    assert!(find(&found, "LC0102").title().starts_with("column `large` of x has size "), "{found:?}");
}

/// A text that gives the target away is seen in its features.
#[test]
fn a_text_that_gives_the_target_away_is_named() {
    let mut table = table();
    table.drop_column("after").unwrap();
    let texts: Vec<&str> = (0..ROWS).map(|row| if wave(row, 1.3) + wave(row, 2.9) > 0.0 { "paid" } else { "open" }).collect();
    table.add_text("state", texts).unwrap();
    let found = TableClassifier::new("answer").seed(1).check(&table, &TableOptions::new()).unwrap();
    let leak = find(&found, "LC0108");
    assert_eq!(leak.title(), "columns `state=open`, `state=paid` of x give the target away");
    assert_eq!(leak.place(), &Place::Columns(vec![6]));
    assert!(leak.to_string().contains("\n  try: ask whether column `state` is known when you predict"), "{leak}");
}

#[test]
fn a_regressor_has_the_same_findings() {
    let mut table = table();
    table.add_numbers("price", (0..ROWS).map(|row| 100.0 * wave(row, 1.3) + 30.0 * wave(row, 0.4))).unwrap();
    table.add_numbers("tax", (0..ROWS).map(|row| 10.0 * wave(row, 1.3) + 3.0 * wave(row, 0.4) + 2.0)).unwrap();
    let model = TableRegressor::new("price").seed(1);
    let found = model.check(&table, &TableOptions::new()).unwrap();
    assert!(find(&found, "LC0108").title().contains("`tax`"), "{found:?}");
    assert_eq!(find(&found, "LC0109").column_names().collect::<Vec<_>>(), ["gap"]);
    let silent = CheckOptions::new().silence(["LC0108"]);
    let found = model.check_with(&table, &TableOptions::new(), &silent).unwrap();
    assert!(found.iter().all(|finding| finding.code() != "LC0108"));
}

#[test]
fn what_fit_would_refuse_is_an_error_of_check() {
    let (table, options) = (table(), TableOptions::new);
    let model = TableClassifier::new("answer");
    assert!(TableClassifier::new("nobody").check(&table, &options()).is_err());
    assert!(TableRegressor::new("town").check(&table, &options()).is_err());
    assert!(model.check(&table, &options().epochs(0)).is_err());
    assert!(model.check_with(&table, &options(), &CheckOptions::new().silence(["LC0199"])).is_err());
    let error = model.check_with(&table, &options(), &CheckOptions::new().columns(["a"])).unwrap_err().to_string();
    assert!(error.contains("names of the table's columns"), "{error}");
}

/// The report of the first member has the names of the table, and the rows of the table.
#[test]
fn a_training_is_reported_with_the_names_of_the_table() {
    let table = table();
    let mut diagnosis = Diagnosis::new();
    let mut model = TableClassifier::new("answer").members(2).seed(1);
    model.fit(&table, TableOptions::new().epochs(30).diagnosis(&mut diagnosis)).unwrap();
    let report = diagnosis.report();
    assert!(find(report.findings(), "LC0108").column_names().all(|name| name == "after"));
    // what is true of columns is none of features: a level of two is the other one again, and the bins of a column have few rows
    let wrong = ["LC0102", "LC0103", "LC0104", "LC0105", "LC0107"];
    assert!(report.findings().iter().all(|finding| !wrong.contains(&finding.code())), "{report}");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    let name = json["data"]["columns"][0]["name"].as_str().unwrap();
    assert!(["town=Kyiv", "town=Oslo", "town=Rome"].contains(&name), "{name}");
    // the model without a diagnosis is the same
    let mut plain = TableClassifier::new("answer").members(2).seed(1);
    plain.fit(&table, TableOptions::new().epochs(30)).unwrap();
    assert_eq!(plain.predict(&table).unwrap(), model.predict(&table).unwrap());
    assert_eq!(json["training"]["epochs"], plain.histories()[0].epochs().len());
}

/// The worst rows are those of the table, of which each member is validated on some.
#[test]
fn the_worst_rows_are_rows_of_the_table() {
    let mut table = data::Table::new();
    table.add_numbers("size", (0..200).map(|row| wave(row, 1.3))).unwrap();
    // the rows 40 to 59 have the wrong answer
    let wrong = 40..60;
    let is_large = |row: usize| (wave(row, 1.3) > 0.0) != wrong.contains(&row);
    table.add_text("kind", (0..200).map(|row| if is_large(row) { "large" } else { "small" })).unwrap();
    let mut diagnosis = Diagnosis::new();
    let mut model = TableClassifier::new("kind").members(1).seed(2);
    model.fit(&table, TableOptions::new().epochs(60).diagnosis(&mut diagnosis)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&diagnosis.report().to_json()).unwrap();
    let worst: Vec<u64> = json["worst_rows"].as_array().unwrap().iter().map(|row| row["row"].as_u64().unwrap()).collect();
    assert!(worst.len() == 3 && worst.iter().all(|row| (40..60).contains(row)), "{worst:?}");
}
