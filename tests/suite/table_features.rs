//! Features of columns: their numbers, their rules for missing and unknown cells, and the errors of tables that do not fit.

use layercake::data::Table;
use layercake::layers::{Discretization, OutputMode};
use layercake::prelude::*;
use layercake::tables::{Categorical, Feature, Float, Hashed, MissingNumber, Unknown};

fn numbers(cells: impl IntoIterator<Item: Into<f64>>) -> Table {
    let mut table = Table::new();
    table.add_numbers("x", cells).unwrap();
    table
}

fn texts(cells: &[&str]) -> Table {
    let mut table = Table::new();
    table.add_text("x", cells).unwrap();
    table
}

/// The features of `new` after an adaption to `train`.
fn features(feature: impl Into<Feature>, train: &Table, new: &Table) -> Result<DMatrix<f64>, String> {
    let space = FeatureSpace::new().feature("x", feature).adapt(train).map_err(|error| error.to_string())?;
    space.transform(new).map_err(|error| error.to_string())
}

#[test]
fn scaled_numbers() {
    let (train, new) = (numbers([2.0, 4.0, 4.0, 6.0]), numbers([4.0, 6.0]));
    assert_eq!(features(Float::raw(), &train, &new).unwrap(), dmatrix![4.0; 6.0]);
    assert_eq!(features(Float::rescaled(0.5, -1.0), &train, &new).unwrap(), dmatrix![1.0; 2.0]);
    assert_eq!(features(Float::normalized(), &train, &new).unwrap(), dmatrix![0.0; 2.0 / 2f64.sqrt()]);
    // the median is 4, the quartiles are 3.5 and 4.5
    let robust = |x: f64| (x - 4.0) / (1.0 + ((x - 4.0) / 3.0).powi(2)).sqrt();
    assert_eq!(features(Float::robust(), &train, &new).unwrap(), dmatrix![0.0; robust(6.0)]);
    // without a range between the quartiles, half of the whole range counts
    let rare = features(Float::robust(), &numbers([0, 0, 0, 0, 0, 0, 0, 1]), &numbers([1])).unwrap()[0];
    assert!((rare - 2.0 / (1.0f64 + 4.0 / 9.0).sqrt()).abs() < 1e-15);
    for feature in [Float::normalized(), Float::robust()] {
        assert_eq!(features(feature, &numbers([0.1, 0.1, 0.1]), &numbers([0.1, 7.0])).unwrap(), dmatrix![0.0; 0.0]);
    }
}

#[test]
fn bins_of_numbers() {
    let train = numbers((0..=8).map(f64::from));
    // quartiles at 0, 2, 4, 6, 8; median 4 and range 4
    let robust = |x: f64| (x - 4.0) / 4.0 / (1.0 + ((x - 4.0) / 12.0).powi(2)).sqrt();
    let found = features(Float::piecewise().num_bins(4), &train, &numbers([3.0, -1.0, 10.0])).unwrap();
    let expected = dmatrix![
        robust(3.0), 1.0, 0.5, 0.0, 0.0;
        robust(-1.0), -0.5, 0.0, 0.0, 0.0;
        robust(10.0), 1.0, 1.0, 1.0, 2.0
    ];
    assert!((found - expected).amax() < 1e-15);
    // two different numbers make one bin, which would repeat the scaled number
    assert_eq!(features(Float::piecewise(), &numbers([0, 1, 1, 0]), &train).unwrap().ncols(), 1);

    let column: DMatrix<f64> = train.features(&["x"]).unwrap();
    let mut keras = Sequential::<f64>::new();
    keras.add(Discretization::default().num_bins(4).output_mode(layers::OutputMode::OneHot).adapt(&column).unwrap());
    keras.build(1).unwrap();
    assert_eq!(features(Float::discretized(4), &train, &train).unwrap(), keras.predict(&column).unwrap());
}

#[test]
fn missing_numbers() {
    let (complete, gaps) = (numbers([1.0, 2.0, 9.0]), numbers([1.0, 2.0, 9.0, f64::NAN]));
    assert_eq!(features(Float::raw(), &gaps, &gaps).unwrap(), dmatrix![1.0, 0.0; 2.0, 0.0; 9.0, 0.0; 2.0, 1.0]);
    assert_eq!(features(Float::raw(), &complete, &gaps).unwrap(), dmatrix![1.0; 2.0; 9.0; 2.0]);
    assert_eq!(features(Float::raw().missing(MissingNumber::Median), &gaps, &gaps).unwrap(), dmatrix![1.0; 2.0; 9.0; 2.0]);
    let strict = || Float::raw().missing(MissingNumber::Error);
    assert_eq!(
        features(strict(), &gaps, &gaps).unwrap_err(),
        "column `x`: cells are missing, and the rule for missing cells is `MissingNumber::Error`"
    );
    assert_eq!(
        features(strict(), &complete, &gaps).unwrap_err(),
        "column `x`, line 5: found nothing; expected a value in every cell, as the rule for this column is that a missing \
         cell is an error"
    );
    assert_eq!(
        features(Float::raw(), &numbers([f64::NAN]), &gaps).unwrap_err(),
        "column `x`: every cell is missing: leave the column out"
    );
    assert_eq!(
        features(Float::normalized(), &numbers([1e200, -1e200]), &complete).unwrap_err(),
        "column `x`: its numbers are too large for their mean and deviation: divide the column by a constant"
    );
}

#[test]
fn levels_and_their_rules() {
    let train = texts(&["b", "a", "b", "c", "NA"]);
    let new = texts(&["a", "c", "d", "NA"]);
    let plain = Categorical::string;
    // a, b, c, missing
    let own = dmatrix![1.0, 0.0, 0.0, 0.0; 0.0, 0.0, 1.0, 0.0; 0.0, 0.0, 0.0, 0.0; 0.0, 0.0, 0.0, 1.0];
    assert_eq!(features(plain(), &train, &new).unwrap(), own);
    // b, rare, missing
    let rare = dmatrix![0.0, 1.0, 0.0; 0.0, 1.0, 0.0; 0.0, 1.0, 0.0; 0.0, 0.0, 1.0];
    assert_eq!(features(plain().min_count(2), &train, &new).unwrap(), rare);
    assert_eq!(features(plain().max_tokens(1), &train, &new).unwrap(), rare);
    // the most frequent level is b
    let frequent = features(plain().unknown(Unknown::MostFrequent), &train, &new).unwrap();
    assert_eq!(frequent.row(2), dmatrix![0.0, 1.0, 0.0, 0.0].row(0));
    let rare_as_frequent = features(plain().unknown(Unknown::MostFrequent).min_count(2), &train, &new).unwrap();
    assert_eq!(rare_as_frequent, dmatrix![1.0, 0.0; 1.0, 0.0; 1.0, 0.0; 0.0, 1.0]);
    assert_eq!(
        features(plain().unknown(Unknown::Error), &train, &new).unwrap_err(),
        "column `x`, line 4: found `d`; expected a level of the training table, as the rule for this column is that an \
         unknown level is an error"
    );
    // a missing cell is unknown if no training row has one
    let complete = texts(&["a", "b"]);
    assert_eq!(features(plain(), &complete, &texts(&["NA"])).unwrap(), dmatrix![0.0, 0.0]);
    assert_eq!(
        features(plain().unknown(Unknown::Error), &complete, &texts(&["NA"])).unwrap_err(),
        "column `x`, line 2: found nothing; expected a value in every cell, as the rule for this column is that a missing \
         cell is an error"
    );
    assert_eq!(
        features(plain().unknown(Unknown::Error).min_count(2), &train, &new).unwrap_err(),
        "Categorical: unknown = error is not allowed; expected another rule beside `min_count` or `max_tokens`, which leave \
         levels out"
    );
}

#[test]
fn levels_of_numbers() {
    let (train, new) = (numbers([-3.0, 10.0, 2.0, 2.0]), numbers([2.0, -3.0, 5.0, 10.0]));
    // -3, 2, 10
    let expected = dmatrix![0.0, 1.0, 0.0; 1.0, 0.0, 0.0; 0.0, 0.0, 0.0; 0.0, 0.0, 1.0];
    assert_eq!(features(Categorical::integer(), &train, &new).unwrap(), expected);
    assert_eq!(features(Categorical::string(), &train, &new).unwrap(), expected);
    assert_eq!(features(Categorical::integer(), &numbers([0.0, 1.0]), &numbers([-0.0])).unwrap(), dmatrix![1.0, 0.0]);
    assert_eq!(
        features(Categorical::integer(), &texts(&["a"]), &new).unwrap_err(),
        "column `x`: it holds text; expected numbers, or `string_categorical` for text"
    );
}

#[test]
fn hashed_levels_and_crosses() {
    let mut table = Table::new();
    table.add_text("town", ["Oslo", "Rome", "Oslo", "NA", "NA"]).unwrap();
    table.add_numbers("zone", [1, 1, 2, 1, 1]).unwrap();
    let space = FeatureSpace::new().string_hashed("town", 1000).integer_hashed("zone", 1000);
    let x: DMatrix<f64> = space.cross(["town", "zone"], 1000).adapt(&table).unwrap().transform(&table).unwrap();
    let bin =
        |row: usize, feature: usize| x.row(row).columns(1000 * feature, 1000).iter().position(|&value| value == 1.0).unwrap();
    assert!(x.row_iter().all(|row| row.sum() == 3.0));
    assert_eq!((bin(0, 0), bin(0, 1), bin(3, 2)), (bin(2, 0), bin(1, 1), bin(4, 2)));
    let crossed: std::collections::BTreeSet<usize> = (0..4).map(|row| bin(row, 2)).collect();
    assert_eq!(crossed.len(), 4, "four combinations in 1000 bins");
    assert!(bin(0, 0) != bin(1, 0) && bin(0, 0) != bin(3, 0));
}

/// What a table for prediction may do wrong.
#[test]
fn tables_that_do_not_fit() {
    let mut train = Table::new();
    train.add_numbers("age", [31, 40, 50]).unwrap();
    train.add_text("sex", ["female", "male", "female"]).unwrap();
    train.add_text("class", ["1", "2", "third"]).unwrap();
    let space = FeatureSpace::new().float("age").string_categorical("sex").string_categorical("class").adapt(&train).unwrap();
    let refused = |age: Option<&str>, sex: Option<&str>| {
        let mut table = Table::new();
        match age {
            Some("text") => table.add_text("age", ["forty"]).unwrap(),
            Some(age) => table.add_numbers("age", [age.parse::<f64>().unwrap()]).unwrap(),
            None => table.add_numbers("ages", [1]).unwrap(),
        }
        match sex {
            Some("number") => table.add_numbers("sex", [1]).unwrap(),
            Some(sex) => table.add_text("sex", [sex]).unwrap(),
            None => {}
        }
        // numbers that are levels of text are those levels
        table.add_numbers("class", [2]).unwrap();
        space.transform::<f64>(&table).map_err(|error| error.to_string())
    };
    assert_eq!(refused(Some("7"), Some("male")).unwrap(), dmatrix![7.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    assert_eq!(
        refused(None, Some("male")).unwrap_err(),
        "column `age`: the table has no such column, but the training table had it; the table has `ages`, `sex`, `class`"
    );
    assert_eq!(
        refused(Some("7"), Some("number")).unwrap_err(),
        "column `sex`, line 2: found the number 1; expected text, such as `female`, as in the training table"
    );
    assert_eq!(
        refused(Some("text"), Some("male")).unwrap_err(),
        "column `age`, line 2: found `forty`; expected a number, as in the training table"
    );
    assert_eq!(
        FeatureSpace::new().float("age").transform::<f32>(&train).unwrap_err().to_string(),
        "FeatureSpace: features = not adapted is not allowed; expected a space that was adapted: call `adapt` with the \
         training rows first"
    );
    assert_eq!(
        FeatureSpace::new().adapt(&train).unwrap_err().to_string(),
        "FeatureSpace: features = 0 is not allowed; expected at least one feature: name columns, or call `infer`"
    );
    assert!(
        FeatureSpace::new()
            .float("sex")
            .adapt(&train)
            .unwrap_err()
            .to_string()
            .starts_with("column `sex`, line 2: found `female`")
    );
}

#[test]
fn inferred_features_and_reasons() {
    let mut train = Table::new();
    train.add_numbers("id", (0..100).map(|row| 1000 + (row * 37) % 100)).unwrap();
    train.add_text("ticket", (0..100).map(|row| format!("T{row}"))).unwrap();
    train.add_numbers("one", [1; 100]).unwrap();
    train.add_text("empty", ["NA"; 100]).unwrap();
    train.add_numbers("size", (0..100).map(|row| f64::from(row * row))).unwrap();
    train.add_text("kind", (0..100).map(|row| ["a", "b", "c"][row % 3])).unwrap();
    train.add_text("note", (0..100).map(|row| if row % 2 == 0 { "NA" } else { "yes" })).unwrap();
    train.add_text("target", (0..100).map(|row| ["no", "yes"][row % 2])).unwrap();
    let space = FeatureSpace::new().leave_out("target").infer(&train).unwrap().adapt(&train).unwrap();
    assert_eq!(
        space.explain().to_string(),
        "column  inputs  what
size         9  robust scale, 8 piecewise bins
kind         3  3 levels
note         2  1 levels, missing: own level
target       0  not read: left out by the program
id           0  not read: identifier: 100 different whole numbers of a range of 100
ticket       0  not read: identifier: 100 different texts in 100 cells
one          0  not read: constant: every cell is 1
empty        0  not read: every cell is missing"
    );
    // a column that is named is read, whatever it looks like
    let space = FeatureSpace::new().float_normalized("id").infer(&train).unwrap().adapt(&train).unwrap();
    assert!(space.columns().eq(["id", "size", "kind", "note", "target"]));
}

/// A feature that is made again from its spec gives the same numbers.
#[test]
fn features_again_from_their_specs() {
    let (x, levels) = (numbers([0.1, 0.7, 3.5, f64::NAN, -2.0]), texts(&["a", "b", "a", "NA", "c"]));
    let all: [(Feature, &Table); 7] = [
        (Float::rescaled(0.3, 0.1).into(), &x),
        (Float::robust().into(), &x),
        (Float::piecewise().num_bins(3).into(), &x),
        (Float::discretized(2).missing(MissingNumber::Median).into(), &x),
        (Categorical::string().min_count(2).into(), &levels),
        (Categorical::integer().unknown(Unknown::MostFrequent).into(), &x),
        (Hashed::new(5).into(), &levels),
    ];
    for (feature, table) in all {
        let space = FeatureSpace::new().feature("x", feature).adapt(table).unwrap();
        let (_, adapted) = space.features().next().unwrap();
        let again = Feature::from_spec(&adapted.spec()).unwrap();
        assert_eq!(&again, adapted);
    }
    let unknown = layercake::saving::Spec::named("Flaot");
    assert!(
        Feature::from_spec(&unknown)
            .unwrap_err()
            .to_string()
            .starts_with("there is no feature named `Flaot`; did you mean `Float`?")
    );
}

#[test]
fn levels_as_numbers() {
    let mut train = Table::new();
    train.add_text("city", ["Rome", "Oslo", "Rome", "Bern", "NA"]).unwrap();
    train.add_numbers("zone", [3, 1, 3, 2, 1]).unwrap();
    let int = |feature: Categorical| feature.output_mode(OutputMode::Int);
    let space = FeatureSpace::new()
        .feature("city", int(Categorical::string().min_count(2)))
        .feature("zone", int(Categorical::integer().unknown(Unknown::MostFrequent)))
        .adapt(&train)
        .unwrap();
    // Rome, rare, missing; and 0 for none
    assert_eq!((space.vocabulary_size("city").unwrap(), space.vocabulary_size("zone").unwrap()), (4, 4));
    assert_eq!(space.output_names(), ["city", "zone"]);
    let expected = dmatrix![1.0, 3.0; 2.0, 1.0; 1.0, 3.0; 2.0, 2.0; 3.0, 1.0];
    assert_eq!(space.transform::<f64>(&train).unwrap(), expected);
    // a number is 1 more than the place of the 1 among the one-hot outputs
    let one_hot = FeatureSpace::new().feature("city", Categorical::string().min_count(2)).adapt(&train).unwrap();
    let one_hot = one_hot.transform::<f64>(&train).unwrap();
    for row in 0..5 {
        assert_eq!(one_hot[(row, expected[(row, 0)] as usize - 1)], 1.0);
    }
    let mut later = Table::new();
    later.add_text("city", ["Lima"]).unwrap();
    later.add_numbers("zone", [9]).unwrap();
    assert_eq!(space.transform::<f64>(&later).unwrap(), dmatrix![2.0, 1.0]);

    let message = space.vocabulary_size("town").unwrap_err().to_string();
    assert!(message.contains("no categorical feature"), "{message}");
    let message = FeatureSpace::new().feature("city", Categorical::string().output_mode(OutputMode::Count)).adapt(&train);
    assert!(message.unwrap_err().to_string().contains("output_mode"));
}

/// Features in single precision start from numbers in single precision, as Keras computes them.
#[test]
fn numbers_are_rounded_first() {
    let mut table = Table::new();
    table.add_numbers("x", (0..40).map(|row| f64::from(row) * 0.1)).unwrap();
    table.add_numbers("time", (0..40).map(|row| 1.7e9 + f64::from(row))).unwrap();
    let mut rounded = Table::new();
    rounded.add_numbers("x", (0..40).map(|row| f64::from((f64::from(row) * 0.1) as f32))).unwrap();
    rounded.add_numbers("time", (0..40).map(|row| 1.7e9 + f64::from(row))).unwrap();
    let space = FeatureSpace::new().float_piecewise("x").float_discretized("x", 4).float_robust("time").adapt(&table).unwrap();
    assert_eq!(space.transform::<f32>(&table).unwrap(), space.transform::<f32>(&rounded).unwrap());
    assert_ne!(space.transform::<f64>(&table).unwrap(), space.transform::<f64>(&rounded).unwrap());
    // single precision has steps of 128 at this size, and none of these numbers is lost to them
    let time = space.transform::<f32>(&table).unwrap().column(space.width() - 1).into_owned();
    assert!(time.as_slice().is_sorted_by(|low, high| low < high), "{time}");
}
