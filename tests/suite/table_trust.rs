//! How sure table models are: sets and intervals that cover, temperatures, thresholds, and rows that are refused.

use layercake::Rng;
use layercake::data::{SplitOptions, Table};
use layercake::prelude::*;
use layercake::tables::{Calibration, Sets, Threshold};

/// Rows of two numbers; the class and the price follow from them with noise.
fn rows(count: usize, seed: u64) -> Table {
    let mut rng = Rng::new(seed);
    let mut columns = [(); 3].map(|()| Vec::with_capacity(count));
    let (mut kinds, mut answers) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let (x, y) = (rng.uniform(), rng.uniform());
        let noise = rng.uniform() + rng.uniform() - 1.0;
        [x, y, 100.0 * (x + y * y) + 30.0 * noise].into_iter().zip(&mut columns).for_each(|(value, column)| column.push(value));
        let sum = x + y + 1.5 * noise;
        kinds.push(if sum < 0.6 {
            "low"
        } else if sum < 1.4 {
            "middle"
        } else {
            "high"
        });
        answers.push(if sum < 1.2 { "no" } else { "yes" });
    }
    let mut table = Table::new();
    let [x, y, price] = columns;
    table.add_numbers("x", x).unwrap();
    table.add_numbers("y", y).unwrap();
    table.add_numbers("price", price).unwrap();
    table.add_text("kind", kinds).unwrap();
    table.add_text("answer", answers).unwrap();
    table
}

fn features() -> FeatureSpace {
    FeatureSpace::new().float_normalized("x").float_normalized("y")
}

fn regressor(train: &Table) -> TableRegressor {
    let mut model = TableRegressor::new("price").features(features()).members(2).seed(1);
    model.fit(train, TableOptions::new().epochs(10)).unwrap();
    model
}

fn classifier(target: &str, train: &Table) -> TableClassifier {
    let mut model = TableClassifier::new(target).features(features()).members(2).seed(1);
    model.fit(train, TableOptions::new().epochs(5)).unwrap();
    model
}

/// Whether a coverage of many test rows is what one calibration of `n` rows gives, within 4 standard deviations of
/// `Beta(k, n + 1 - k)`, `k = ceil((n + 1) 0.9)`.
fn is_expected(coverage: f64, n: usize, tests: usize) -> bool {
    let (a, all) = (((n + 1) as f64 * 0.9).ceil(), (n + 1) as f64);
    let mean = a / all;
    let variance = mean * (1.0 - mean) / (all + 1.0) + mean * (1.0 - mean) / tests as f64;
    (coverage - mean).abs() < 4.0 * variance.sqrt()
}

#[test]
fn intervals_of_a_regression() {
    let (train, rest, test) = (rows(300, 1), rows(400, 2), rows(3000, 3));
    let mut model = regressor(&train);
    let before = model.predict(&test).unwrap();
    assert_eq!(
        model.predict_intervals(&test).unwrap_err().to_string(),
        "predict_intervals: calibration = none is not allowed; expected a calibration since the last `fit`: call `calibrate`, or \
         set `TableOptions::calibration`"
    );
    model.calibrate(&rest, Calibration::new()).unwrap();
    let intervals = model.predict_intervals(&test).unwrap();
    assert_eq!(intervals.intervals().iter().map(|interval| interval.prediction).collect::<Vec<_>>(), before);
    let scores = model.evaluate(&test).unwrap();
    assert!(is_expected(scores["coverage"], 400, 3000), "{scores}");
    let half = model.calibration().unwrap().half_width().unwrap();
    assert!((scores["interval_width"] - 2.0 * half).abs() < 1e-9 * half);
    let one = model.predict_row_interval(&[("x", 0.5.into()), ("y", 0.5.into())]).unwrap();
    assert!((one.high - one.low - 2.0 * half).abs() < 1e-9 * half && one.contains(one.prediction));

    // by the spread of the networks: the coverage is the same, the widths differ
    model.calibrate(&rest, Calibration::new().by_spread()).unwrap();
    assert!(is_expected(model.evaluate(&test).unwrap()["coverage"], 400, 3000));
    let intervals = model.predict_intervals(&test).unwrap();
    let widths: Vec<f64> = intervals.intervals().iter().map(|interval| interval.high - interval.low).collect();
    assert!(widths.iter().any(|width| (width / widths[0] - 1.0).abs() > 0.05));
    let cell = |name| test.column(name).unwrap().cells().next().unwrap();
    let first = model.predict_row_interval(&[("x", cell("x")), ("y", cell("y"))]).unwrap();
    assert!((first.high - intervals.intervals()[0].high).abs() < 1e-4 * first.high.abs());
    assert_eq!(model.calibration().unwrap().half_width(), None);

    // a fit drops it
    model.fit(&train, TableOptions::new().epochs(1)).unwrap();
    assert_eq!(model.calibration(), None);
}

#[test]
fn sets_of_a_classifier() {
    let (train, rest, test) = (rows(300, 1), rows(400, 2), rows(3000, 3));
    let mut model = classifier("kind", &train);
    let before = model.predict(&test).unwrap();
    assert!(before.sets().is_none() && !before.to_string().contains("set"));
    for sets in [Sets::LeastAmbiguous, Sets::Adaptive] {
        model.calibrate(&rest, Calibration::new().sets(sets)).unwrap();
        let scores = model.evaluate(&test).unwrap();
        assert!(is_expected(scores["coverage"], 400, 3000), "{scores}");
        assert!(scores["set_size"] > 1.0 && scores["set_size"] < 3.0, "{scores}");
    }
    // the temperature changes the probabilities, but no class and no set
    let answers = model.predict(&test).unwrap();
    assert!(answers.classes().eq(before.classes()));
    assert_ne!(answers.probabilities(), before.probabilities());
    let sets: Vec<_> = answers.sets().unwrap().collect();
    assert!(answers.classes().zip(&sets).all(|(class, set)| set.contains(&class)));
    model.calibrate(&rest, Calibration::new().sets(Sets::Adaptive).temperature(false)).unwrap();
    assert_eq!(model.predict(&test).unwrap().sets().unwrap().collect::<Vec<_>>(), sets);
    assert_eq!(model.predict(&test).unwrap().probabilities(), before.probabilities());
    assert_eq!(model.calibration().unwrap().temperature(), Some(1.0));
    let text = answers.to_string();
    assert!(text.lines().next().unwrap().ends_with("  set") && text.lines().nth(1).unwrap().ends_with(&sets[0].join(" | ")));
    // one row at a time answers as a table does
    let cell = |name: &str, row| test.column(name).unwrap().cells().nth(row).unwrap();
    for (row, set) in sets.iter().enumerate().take(50) {
        let cells = [("x", cell("x", row)), ("y", cell("y", row))];
        assert_eq!(model.predict_row(&cells).unwrap().set().as_ref(), Some(set));
    }
}

/// A temperature makes the log loss of other rows of an overconfident model lower.
#[test]
fn temperatures() {
    let (train, rest, test) = (rows(60, 1), rows(500, 2), rows(3000, 3));
    let network = |shape: &layercake::tables::NetworkShape| {
        let mut model = Sequential::with_seed(shape.seed());
        model.add(Dense::new(64).activation("relu"));
        model.add(shape.output_layer());
        model.compile(Adam::default().learning_rate(0.05), shape.loss(), ())?;
        Ok(model)
    };
    let mut overfitted = TableClassifier::new("answer").features(features()).members(1).seed(1).network(network);
    // the rows of the training are those of the validation, so that nothing stops the training
    overfitted.fit(&train, TableOptions::new().epochs(200).validation_data(&train)).unwrap();
    let before = overfitted.evaluate(&test).unwrap();
    let reliability = overfitted.reliability(&test).unwrap();
    overfitted.calibrate(&rest, Calibration::new()).unwrap();
    let after = overfitted.evaluate(&test).unwrap();
    assert!(overfitted.calibration().unwrap().temperature().unwrap() > 1.5);
    assert!(after.loss() < 0.9 * before.loss(), "{before} {after}");
    assert_eq!(after["accuracy"], before["accuracy"]);
    let calibrated = overfitted.reliability(&test).unwrap();
    let error = |reliability: &layercake::tables::Reliability| reliability.expected_calibration_error();
    assert!(error(&calibrated) < 0.7 * error(&reliability), "{reliability}\n{calibrated}");
    assert!((calibrated.log_loss() - after.loss()).abs() < 1e-12);
}

#[test]
fn thresholds() {
    let (train, rest, test) = (rows(300, 1), rows(400, 2), rows(1000, 3));
    let mut model = classifier("answer", &train);
    assert!(model.predict(&test).unwrap().probability("yes").unwrap().iter().any(|p| *p > 0.3 && *p < 0.5));
    model.calibrate(&rest, Calibration::new().threshold(Threshold::At(0.3)).temperature(false)).unwrap();
    let answers = model.predict(&test).unwrap();
    let expected = answers.probability("yes").unwrap().into_iter().map(|p| if p >= 0.3 { "yes" } else { "no" });
    assert!(answers.classes().eq(expected));
    assert_eq!(model.calibration().unwrap().threshold(), Some(("yes", 0.3)));

    // the balanced accuracy of the rows it was chosen on is at least that of the default
    let balanced = |answers: &layercake::tables::Answers| {
        let actual = rest.labels_as("answer", &["no", "yes"]).unwrap();
        let right = |class: usize| {
            let own: Vec<bool> = answers
                .classes()
                .zip(actual.classes())
                .filter(|(_, actual)| **actual == class)
                .map(|(answer, _)| answer == ["no", "yes"][class])
                .collect();
            own.iter().filter(|right| **right).count() as f64 / own.len() as f64
        };
        right(0) + right(1)
    };
    let default = balanced(&classifier("answer", &train).predict(&rest).unwrap());
    for positive in ["no", "yes"] {
        model.calibrate(&rest, Calibration::new().threshold(Threshold::BalancedAccuracy).positive(positive)).unwrap();
        assert_eq!(model.calibration().unwrap().threshold().unwrap().0, positive);
        assert!(balanced(&model.predict(&rest).unwrap()) >= default);
    }
}

#[test]
fn rows_that_fit_sets_aside() {
    let (table, test) = (rows(500, 1), rows(3000, 3));
    let calibration = || Calibration::new().coverage(0.9);
    let mut model = TableRegressor::new("price").features(features()).members(2).seed(1);
    model.fit(&table, TableOptions::new().epochs(10).calibration(0.4, calibration())).unwrap();
    assert_eq!(model.calibration().unwrap().rows(), 200);
    assert!(is_expected(model.evaluate(&test).unwrap()["coverage"], 200, 3000));
    // the others were used by training
    let refused = model.calibrate(&table, calibration()).unwrap_err().to_string();
    assert_eq!(
        refused,
        "calibrate: rows that training used = 300 of 500 is not allowed; expected rows that neither training nor validation used"
    );
    let mut model = TableClassifier::new("kind").features(features()).members(2).seed(1);
    model.fit(&table, TableOptions::new().epochs(3).calibration(0.4, calibration())).unwrap();
    assert!(is_expected(model.evaluate(&test).unwrap()["coverage"], 200, 3000));
    // rows in order are set aside at the end, and groups as a whole
    model.fit(&table, TableOptions::new().epochs(1).in_order().calibration(0.4, calibration())).unwrap();
    let part = |rows: std::ops::Range<usize>| {
        let rows: Vec<usize> = rows.collect();
        layercake::data::Rows::take_rows(&table, &rows).unwrap()
    };
    model.clone().calibrate(&part(300..500), calibration()).unwrap();
    assert!(model.calibrate(&part(200..300), calibration()).unwrap_err().to_string().contains("100 of 100"));
    let mut grouped = table.clone();
    grouped.add_numbers("group", (0..500).map(|row| row / 50)).unwrap();
    model.fit(&grouped, TableOptions::new().epochs(1).groups("group").calibration(0.2, calibration())).unwrap();
    let used = (0..10).filter(|group| model.clone().calibrate(&part(50 * group..50 * (group + 1)), calibration()).is_err());
    assert_eq!((used.count(), model.calibration().unwrap().rows()), (8, 100));
}

/// Each of these is refused with these words, and leaves the model as it was.
#[test]
fn what_a_calibration_refuses() {
    let (train, rest) = (rows(200, 1), rows(100, 2));
    let mut model = classifier("kind", &train);
    let mut refused = |table: &Table, calibration| model.calibrate(table, calibration).unwrap_err().to_string();
    let new = Calibration::new;
    assert_eq!(
        refused(&train, new()),
        "calibrate: rows that training used = 200 of 200 is not allowed; expected rows that neither training nor validation used"
    );
    let few = |count: usize| rest.split(SplitOptions::new().test_size(count as f64 / 100.0).seed(1)).unwrap().1;
    assert_eq!(
        refused(&few(8), new()),
        "calibrate: rows of the table = 8 is not allowed; expected at least 9 for a coverage of 0.9"
    );
    assert_eq!(
        refused(&few(18), new().coverage(0.95)),
        "calibrate: rows of the table = 18 is not allowed; expected at least 19 for a coverage of 0.95"
    );
    assert_eq!(refused(&rest, new().coverage(1.0)), "Calibration: coverage = 1 is not allowed; expected a number > 0 and < 1");
    assert_eq!(
        refused(&rest, new().by_spread()),
        "Calibration: by_spread = given is not allowed; expected a regression: a classifier has no intervals"
    );
    assert_eq!(
        refused(&rest, new().threshold(Threshold::F1)),
        "Calibration: threshold = given is not allowed; expected a target of two classes, and there are 3"
    );
    assert_eq!(model.calibration(), None);
    model.calibrate(&few(9), new()).unwrap();
    model.calibrate(&few(19), new().coverage(0.95)).unwrap();

    let mut model = classifier("answer", &train);
    let mut refused = |table: &Table, calibration| model.calibrate(table, calibration).unwrap_err().to_string();
    assert_eq!(
        refused(&rest, new().threshold(Threshold::At(0.0))),
        "Calibration: threshold = 0 is not allowed; expected a number > 0 and < 1"
    );
    assert_eq!(
        refused(&rest, new().threshold(Threshold::F1).positive("maybe")),
        "Calibration: positive = `maybe` is not allowed; expected a class of the target: `no`, `yes`"
    );
    assert_eq!(
        refused(&rest, new().positive("no")),
        "Calibration: positive = given is not allowed; expected a `threshold` beside it, which uses it"
    );
    let only_no = (0..100).filter(|&row| rest.labels("answer").unwrap().classes()[row] == 0).collect::<Vec<_>>();
    let only_no = layercake::data::Rows::take_rows(&rest, &only_no).unwrap();
    assert_eq!(
        refused(&only_no, new().threshold(Threshold::F1)),
        "calibrate: rows of class `yes` = 0 is not allowed; expected at least 1 row of each class, to choose a threshold"
    );
    assert_eq!(
        model.reliability(&train).unwrap_err().to_string(),
        "reliability: rows that training used = 200 of 200 is not allowed; expected rows that neither training nor validation used"
    );
    let mut model = regressor(&train);
    let mut refused = |calibration| model.calibrate(&rest, calibration).unwrap_err().to_string();
    for (calibration, argument) in [
        (new().sets(Sets::Adaptive), "sets"),
        (new().temperature(false), "temperature"),
        (new().threshold(Threshold::F1), "threshold"),
        (new().positive("yes"), "positive"),
    ] {
        assert_eq!(
            refused(calibration),
            format!("Calibration: {argument} = given is not allowed; expected a classifier: a regression has no classes")
        );
    }
    assert_eq!(
        TableRegressor::new("price").calibrate(&rest, new()).unwrap_err().to_string(),
        "TableRegressor: networks = none is not allowed; expected a model that was trained: call `fit` first"
    );
    // too few rows are refused before the training, and rows of validation are rows that training used
    let mut model = TableRegressor::new("price").features(features()).members(1).seed(1);
    assert_eq!(
        model.fit(&few(40), TableOptions::new().calibration(0.2, new())).unwrap_err().to_string(),
        "calibrate: rows of the table = 8 is not allowed; expected at least 9 for a coverage of 0.9"
    );
    assert_eq!(
        model.fit(&train, TableOptions::new().calibration(0.6, new())).unwrap_err().to_string(),
        "TableOptions: calibration = 0.6 is not allowed; expected a share > 0 and <= 0.5"
    );
    model.fit(&train, TableOptions::new().epochs(1).validation_data(&rest)).unwrap();
    assert!(model.calibrate(&rest, new()).unwrap_err().to_string().contains("100 of 100"));
}

/// What was computed is in the file, and so are the rows that training used.
#[cfg(feature = "keras")]
#[test]
fn calibrated_models_in_files() {
    let (train, rest, test) = (rows(200, 1), rows(100, 2), rows(50, 3));
    let path = std::env::temp_dir().join(format!("layercake-trust-{}.keras", std::process::id()));
    let all = Calibration::new().coverage(0.8).sets(Sets::Adaptive).threshold(Threshold::F1).positive("no");
    for calibration in [Calibration::new(), all] {
        let mut model = classifier("answer", &train);
        model.calibrate(&rest, calibration.clone()).unwrap();
        model.save(&path).unwrap();
        let mut loaded = TableClassifier::load(&path).unwrap();
        assert_eq!(loaded.calibration(), model.calibration());
        assert_eq!(loaded.predict(&test).unwrap(), model.predict(&test).unwrap());
        assert!(loaded.calibrate(&train, calibration).unwrap_err().to_string().contains("200 of 200"));
    }
    for calibration in [Calibration::new(), Calibration::new().by_spread()] {
        let mut model = regressor(&train);
        model.calibrate(&rest, calibration).unwrap();
        model.save(&path).unwrap();
        let loaded = TableRegressor::load(&path).unwrap();
        assert_eq!(loaded.calibration(), model.calibration());
        assert_eq!(loaded.predict_intervals(&test).unwrap(), model.predict_intervals(&test).unwrap());
    }
    let _ = std::fs::remove_file(&path);
}

/// Answers and intervals as CSV files, which are read as they were written.
#[cfg(feature = "csv")]
#[test]
fn answers_in_csv_files() {
    let (train, rest, test) = (rows(200, 1), rows(100, 2), rows(50, 3));
    let path = std::env::temp_dir().join(format!("layercake-answers-of-{}.csv", std::process::id()));
    let mut model = classifier("kind", &train);
    model.calibrate(&rest, Calibration::new()).unwrap();
    let answers = model.predict(&test).unwrap();
    answers.write_csv(&path).unwrap();
    let read = Table::read(&path).unwrap();
    let names = ["class", "probability of high", "probability of low", "probability of middle", "set"];
    assert!(read.column_names().eq(names));
    assert_eq!(read.numbers::<f32>("probability of low").unwrap().as_slice(), answers.probability("low").unwrap());
    let classes: Vec<String> = answers.classes().map(str::to_string).collect();
    assert!(read.labels("class").unwrap().decode(read.labels("class").unwrap().classes()).unwrap().iter().eq(&classes));

    let mut model = regressor(&train);
    model.calibrate(&rest, Calibration::new()).unwrap();
    let intervals = model.predict_intervals(&test).unwrap();
    intervals.write_csv(&path).unwrap();
    let read = Table::read(&path).unwrap();
    let highs: Vec<f64> = intervals.intervals().iter().map(|interval| interval.high).collect();
    assert_eq!(read.numbers::<f64>("high").unwrap().as_slice(), highs);
    let _ = std::fs::remove_file(&path);
    let error = model.predict_intervals(&test).unwrap().write_csv("/no/such/folder/answers.csv").unwrap_err().to_string();
    assert!(error.contains("/no/such/folder/answers.csv"), "{error}");
}
