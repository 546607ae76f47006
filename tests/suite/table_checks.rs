//! A second table of the same kind: what predictions refuse, in exact words, and what a check tells of its columns.

use layercake::data::{Cell, Table};
use layercake::prelude::*;
use layercake::tables::{Categorical, Float, MissingNumber, Unknown};

/// 50 rows: sizes from 1 to 25 with one missing, two towns, three zones.
fn train() -> Table {
    let mut table = Table::new();
    table.add_numbers("size", (0..50).map(|row| if row == 7 { f64::NAN } else { f64::from(row % 25 + 1) })).unwrap();
    table.add_text("town", (0..50).map(|row| ["Oslo", "Rome"][row % 2])).unwrap();
    table.add_numbers("zone", (0..50).map(|row| row % 3)).unwrap();
    table.add_text("kind", (0..50).map(|row| if row % 25 > 12 { "large" } else { "small" })).unwrap();
    table
}

fn space() -> FeatureSpace {
    let zone = Categorical::integer().unknown(Unknown::Error);
    FeatureSpace::new().float_normalized("size").string_categorical("town").feature("zone", zone)
}

fn classifier(space: FeatureSpace) -> TableClassifier {
    let mut model = TableClassifier::new("kind").features(space).members(1).seed(1);
    model.fit(&train(), TableOptions::new().epochs(2)).unwrap();
    model
}

/// Ten rows; sizes are about a thousand times as large.
fn second(towns: [&str; 10], zones: [f64; 10]) -> Table {
    let mut table = Table::new();
    table.add_numbers("zone", zones).unwrap();
    let sizes = [3.0, 6.0, 9.0, f64::NAN, 12.0, 13.0, 15.0, 18.0, 21.0, 24.0];
    table.add_numbers("size", sizes.map(|size| 1000.0 * size)).unwrap();
    table.add_text("town", towns).unwrap();
    table
}

const TOWNS: [&str; 10] = ["Oslo", "Bern", "Rome", "Oslo", "Paris", "Rome", "Bern", "Oslo", "Rome", "Oslo"];
const ZONES: [f64; 10] = [0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0];

#[test]
fn a_check_tells_what_is_unlike_the_training_table() {
    let model = classifier(space());
    let same = model.check_table(&train()).unwrap();
    assert!(same.is_clean(), "{same}");
    assert_eq!(
        same.to_string(),
        "column  missing  at fit  outside  remark
size       2.0%    2.0%        0
town       0.0%    0.0%        0
zone       0.0%    0.0%        0"
    );
    let mut zones = ZONES;
    zones[3] = 7.0;
    let check = model.check_table(&second(TOWNS, zones)).unwrap();
    assert_eq!(
        check.to_string(),
        "column  missing  at fit  outside  remark
size      10.0%    2.0%        9  9 outside 1 to 25, 9 of them by more than that range; values are about 1,000 times as large as \
         at fit: has the unit changed?
town       0.0%    0.0%        3  3 of unknown levels: `Bern`, `Paris`
zone       0.0%    0.0%        1  refused: line 5: found the number 7; expected a level of the training table, as the rule for \
         this column is that an unknown level is an error; 1 of unknown levels: 7"
    );
    let [size, town, zone] = ["size", "town", "zone"].map(|name| check.column(name).unwrap());
    assert_eq!((check.rows(), check.is_clean(), check.columns().len()), (10, false, 3));
    assert_eq!((size.missing(), size.missing_at_fit(), size.outside(), size.factor()), (0.1, 0.02, 9, Some(1000.0)));
    assert_eq!((town.name(), town.outside(), town.factor(), town.refused()), ("town", 3, None, None));
    assert!(zone.refused().unwrap().starts_with("line 5: found the number 7") && zone.remarks().len() == 1);
    assert_eq!(check.column("kind"), None);
    assert_eq!(model.check_table(&Table::new()).unwrap_err().to_string(), train_is_empty());

    let mut regressor = TableRegressor::new("size").members(1).seed(1);
    let mut complete = train();
    complete.drop_missing();
    regressor.fit(&complete, TableOptions::new().epochs(1)).unwrap();
    assert!(regressor.check_table(&complete).unwrap().is_clean());
}

fn train_is_empty() -> String {
    layercake::Error::Empty { what: "the table" }.to_string()
}

/// What `predict` refuses is in the check as well, with the same words.
#[test]
fn columns_that_are_refused() {
    let model = classifier(space());
    let refused = |table: &Table, column: &str| {
        let error = model.predict(table).unwrap_err().to_string();
        let check = model.check_table(table).unwrap();
        let found = check.column(column).unwrap();
        let place = if found.refused().unwrap().starts_with("line") { ", " } else { ": " };
        assert_eq!(error, format!("column `{column}`{place}{}", found.refused().unwrap()));
        assert!(!check.is_clean());
        (error, found.missing())
    };
    let mut table = second(TOWNS, ZONES);
    table.drop_column("town").unwrap();
    let missing = "column `town`: the table has no such column, but the training table had it; the table has `zone`, `size`";
    assert_eq!(refused(&table, "town"), (missing.to_string(), 1.0));
    table.add_numbers("town", [1.0, f64::NAN, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]).unwrap();
    let number = "column `town`, line 2: found the number 1; expected text, such as `Oslo`, as in the training table";
    assert_eq!(refused(&table, "town"), (number.to_string(), 0.1));

    let mut table = second(TOWNS, ZONES);
    table.drop_column("size").unwrap();
    table.add_text("size", ["1", "2", "large", "4", "5", "6", "7", "8", "9", "NA"]).unwrap();
    let text = "column `size`, line 4: found `large`; expected a number, as in the training table";
    assert_eq!(refused(&table, "size"), (text.to_string(), 0.1));
    table.drop_column("zone").unwrap();
    table.add_text("zone", ["a"; 10]).unwrap();
    // the first column that does not fit is the one that a prediction names
    assert_eq!(refused(&table, "size").0, text);
    table.drop_column("size").unwrap();
    table.add_numbers("size", [1; 10]).unwrap();
    let zone = "column `zone`, line 2: found `a`; expected a number, as in the training table";
    assert_eq!(refused(&table, "zone"), (zone.to_string(), 0.0));
    assert_eq!(
        refused(&second(TOWNS, [0.5; 10]), "zone").0,
        "column `zone`, line 2: found the number 0.5; expected a level of the training table, as the rule for this column is that \
         an unknown level is an error"
    );
    assert_eq!(
        refused(&second(TOWNS, [f64::NAN; 10]), "zone").0,
        "column `zone`, line 2: found nothing; expected a value in every cell, as the rule for this column is that a missing cell \
         is an error"
    );
}

/// Each rule for missing and unknown cells, in a table and in a row.
#[test]
fn rules_for_missing_and_unknown_cells() {
    let mut complete = train();
    complete.drop_missing();
    let fitted = |size: Float, town: Categorical| {
        let space = FeatureSpace::new().feature("size", size).feature("town", town);
        let mut model = TableClassifier::new("kind").features(space).members(1).seed(1);
        model.fit(&complete, TableOptions::new().epochs(1)).unwrap();
        move |size: Option<f64>, town: Option<&str>| {
            let mut table = Table::new();
            table.add_numbers("size", [size.unwrap_or(f64::NAN)]).unwrap();
            table.add_text("town", [town.unwrap_or("NA")]).unwrap();
            let row = model.predict_row(&[("size", size.into()), ("town", town.into())]);
            let row = row.map(|answer| answer.probability()).map_err(|error| error.to_string());
            let table = model.predict(&table).map(|answers| answers.probabilities().max()).map_err(|error| error.to_string());
            (table, row)
        }
    };
    let refused = |place: &str, problem: &str| {
        let error = |line: &str| Err(format!("column `{place}`{line}: {problem}"));
        (error(", line 2"), error(""))
    };
    let nothing = "found nothing; expected a value in every cell, as the rule for this column is that a missing cell is an error";
    let strict = fitted(Float::normalized().missing(MissingNumber::Error), Categorical::string().unknown(Unknown::Error));
    assert_eq!(strict(None, Some("Oslo")), refused("size", nothing));
    assert_eq!(strict(Some(1.0), None), refused("town", nothing));
    let unknown = "found `Bern`; expected a level of the training table, as the rule for this column is that an unknown level is an \
                   error";
    assert_eq!(strict(Some(1.0), Some("Bern")), refused("town", unknown));
    for size in [MissingNumber::Median, MissingNumber::MedianAndFlag] {
        for town in [Unknown::OwnSlot, Unknown::MostFrequent] {
            let lenient = fitted(Float::normalized().missing(size), Categorical::string().unknown(town));
            for (size, town) in [(None, Some("Oslo")), (Some(1.0), None), (None, Some("Bern"))] {
                let (table, row) = lenient(size, town);
                assert_eq!(table.unwrap(), row.unwrap());
            }
        }
    }
    let model = classifier(space());
    let row =
        |town: Cell<'_>| model.predict_row(&[("size", 1.into()), ("town", town), ("zone", 9.into())]).unwrap_err().to_string();
    assert_eq!(
        row("Oslo".into()),
        "column `zone`: found the number 9; expected a level of the training table, as the rule for this column is that an unknown \
         level is an error"
    );
}

/// Levels that were rare at fit are compared by their share; a file has what the check needs.
#[test]
fn rare_levels_and_files() {
    let mut table = train();
    table.add_text("colour", (0..50).map(|row| if row < 5 { format!("shade {row}") } else { "red".to_string() })).unwrap();
    let space = FeatureSpace::new().feature("colour", Categorical::string().min_count(2)).float_piecewise("size");
    let mut model = TableClassifier::new("kind").features(space).members(1).seed(1);
    model.fit(&table, TableOptions::new().epochs(1)).unwrap();
    let same = model.check_table(&table).unwrap();
    assert!(same.is_clean() && same.to_string().contains("colour     0.0%    0.0%        5\n"), "{same}");
    let mut second = Table::new();
    second.add_text("colour", ["red", "NA", "blue", "grey"]).unwrap();
    second.add_numbers("size", [1.0, 26.0, 50.0, -20.0]).unwrap();
    let check = model.check_table(&second).unwrap();
    assert_eq!(
        check.to_string(),
        "column  missing  at fit  outside  remark
colour    25.0%    0.0%        2  cells are missing, and none was at fit
size       0.0%    2.0%        3  3 outside 1 to 25, 1 of them by more than that range"
    );
    let mut other = Table::new();
    other.add_text("colour", (0..20).map(|row| if row < 9 { format!("tint {row}") } else { "red".to_string() })).unwrap();
    other.add_numbers("size", (0..20).map(|row| if row < 12 { f64::NAN } else { 26.0 - 2.0 * f64::from(row - 12) })).unwrap();
    assert_eq!(
        model.check_table(&other).unwrap().to_string(),
        "column  missing  at fit  outside  remark
colour     0.0%    0.0%        9  45.0% of rare or unknown levels, at fit 10.0%: `tint 0`, `tint 1`, `tint 2` and others
size      60.0%    2.0%        1  more cells are missing than at fit; 1 outside 1 to 25"
    );
    #[cfg(feature = "keras")]
    {
        let path = std::env::temp_dir().join(format!("layercake-checked-{}.keras", std::process::id()));
        model.save(&path).unwrap();
        assert_eq!(TableClassifier::load(&path).unwrap().check_table(&second).unwrap(), check);
        let _ = std::fs::remove_file(&path);
    }
}
