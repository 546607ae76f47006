//! Models that are trained on a table and answer in its terms.

use layercake::data::{Cell, SplitOptions, Table};
use layercake::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// 200 rows: apples are large and red, pears large and green, plums small. Some cells are missing.
fn fruit() -> Table {
    let mut table = Table::new();
    let size = |row: usize| match row % 3 {
        2 => 3.0 + (row % 5) as f64 / 5.0,
        _ if row.is_multiple_of(20) => f64::NAN,
        _ => 7.0 + (row % 7) as f64 / 7.0,
    };
    table.add_numbers("size", (0..200).map(size)).unwrap();
    table.add_text("colour", (0..200).map(|row| ["red", "green", "blue"][row % 3])).unwrap();
    table.add_numbers("weight", (0..200).map(|row| 10.0 * size(row).max(5.0) + (row % 3) as f64)).unwrap();
    table.add_text("fruit", (0..200).map(|row| ["apple", "pear", "plum"][row % 3])).unwrap();
    table
}

fn options<'a>() -> TableOptions<'a> {
    TableOptions::new().epochs(30)
}

#[test]
fn a_classifier_learns_and_explains() {
    let (train, test) = fruit().split(SplitOptions::new().seed(1).stratify_by("fruit")).unwrap();
    let mut model = TableClassifier::new("fruit").members(2).seed(3);
    model.fit(&train, options()).unwrap();
    assert_eq!((model.names(), model.histories().len()), (&["apple", "pear", "plum"].map(String::from)[..], 2));
    let scores = model.evaluate(&test).unwrap();
    assert!(scores["accuracy"] > 0.95 && scores["auc"] > 0.99, "{scores}");
    let answers = model.predict(&test).unwrap();
    assert!(answers.classes().eq(test.column("fruit").unwrap().cells().map(|cell| match cell {
        Cell::Text(text) => text,
        _ => "",
    })));
    assert!(answers.probabilities().row_iter().all(|row| (row.sum() - 1.0).abs() < 1e-5));
    assert_eq!(answers.probability("pear").unwrap(), answers.probabilities().column(1).as_slice());
    assert_eq!(answers.probability("peach"), None);
    assert!(answers.to_string().starts_with("class    apple    pear    plum\n"), "{answers}");
    let explained = model.explain().unwrap().to_string();
    assert!(explained.ends_with("fruit        0  not read: the target"), "{explained}");
}

#[test]
fn a_regressor_predicts_in_units() {
    let (train, test) = fruit().split(SplitOptions::new().seed(1)).unwrap();
    let mut model = TableRegressor::new("weight").members(2).seed(3);
    model.fit(&train, options().epochs(100)).unwrap();
    let scores = model.evaluate(&test).unwrap();
    assert!(scores["r2_score"] > 0.95, "{scores}");
    let predicted = model.predict(&test).unwrap();
    let actual: DVector<f64> = test.numbers("weight").unwrap();
    let squares: f64 = predicted.iter().zip(&actual).map(|(predicted, actual)| (predicted - actual).powi(2)).sum();
    assert!((scores.loss() - squares / actual.len() as f64).abs() < 1e-9);
}

/// One row at a time, in any order of its cells, is the same as a table.
#[test]
fn single_rows() {
    let table = fruit();
    let mut classifier = TableClassifier::new("fruit").members(1).seed(1);
    classifier.fit(&table, options()).unwrap();
    let answers = classifier.predict(&table).unwrap();
    for (row, class) in answers.classes().enumerate() {
        let cell = |name| table.column(name).unwrap().cells().nth(row).unwrap();
        let cells = [("colour", cell("colour")), ("weight", cell("weight")), ("size", cell("size"))];
        let answer = classifier.predict_row(&cells).unwrap();
        assert_eq!(answer.class(), class);
        assert!(answer.probabilities().map(|(_, value)| value).eq(answers.probabilities().row(row).iter().copied()));
    }
    let mut regressor = TableRegressor::new("weight").members(1).seed(1);
    regressor.fit(&table, options()).unwrap();
    let first = [("size", Cell::Missing), ("colour", "red".into()), ("fruit", "apple".into())];
    assert_eq!(regressor.predict_row(&first).unwrap(), regressor.predict(&table).unwrap()[0]);
    assert_eq!(
        regressor.predict_row(&first[..2]).unwrap_err().to_string(),
        "column `fruit`: the row has no cell of this column: give `Cell::Missing` if it is unknown; the row has `size`, `colour`"
    );
    assert_eq!(
        regressor.predict_row(&[("size", "big".into()), first[1], first[2]]).unwrap_err().to_string(),
        "column `size`: found `big`; expected a finite number, as in the training table"
    );
}

/// The same seed gives the same bits, for any number of threads; another seed gives others.
#[test]
fn seeds_and_threads() {
    let table = fruit();
    let outputs = |seed, _threads| {
        let mut model = TableClassifier::new("fruit").members(3).seed(seed);
        let options = options().epochs(3);
        #[cfg(feature = "parallel")]
        let options = options.threads(_threads);
        model.fit(&table, options).unwrap();
        model.predict(&table).unwrap().probabilities().clone()
    };
    assert_eq!(outputs(1, 1), outputs(1, 2));
    assert_ne!(outputs(1, 1), outputs(2, 1));
}

#[test]
fn columns_with_a_role_are_not_features() {
    let mut table = fruit();
    table.add_text("farm", (0..200).map(|row| format!("farm {}", row % 10))).unwrap();
    table.add_numbers("trust", (0..200).map(|row| row % 3)).unwrap();
    let mut model = TableClassifier::new("fruit").members(2).seed(1);
    model.fit(&table, options().epochs(2).groups("farm").weights("trust")).unwrap();
    let explained = model.explain().unwrap();
    let role = |name| explained.lines().find(|(column, ..)| *column == name).map(|(_, inputs, what)| (inputs, what.to_string()));
    assert_eq!(role("farm"), Some((0, "not read: groups".to_string())));
    assert_eq!(role("trust"), Some((0, "not read: weights".to_string())));
    // the weights are not needed to predict
    model.predict(&fruit()).unwrap();

    let mut model = TableClassifier::new("fruit").features(FeatureSpace::new().float("size").string_categorical("fruit"));
    assert_eq!(
        model.fit(&table, options()).unwrap_err().to_string(),
        "column `fruit`: it is the target and cannot be a feature as well: leave it out of the features"
    );
}

/// Rows of weight 0 are as if they were not there: a model does not learn the wrong classes that they have.
#[test]
fn weights_of_rows_and_classes() {
    let mut table = Table::new();
    table.add_numbers("x", (0..200).map(|row| row % 2)).unwrap();
    table.add_numbers("trust", (0..200).map(|row| u8::from(row < 100))).unwrap();
    table.add_text("y", (0..200).map(|row| if (row % 2 == 0) == (row < 100) { "even" } else { "odd" })).unwrap();
    let fitted = |options: TableOptions<'_>| {
        let mut model = TableClassifier::new("y").members(2).seed(1).features(FeatureSpace::new().float("x"));
        model.fit(&table, options).unwrap();
        model.predict_row(&[("x", 0.into())]).unwrap().probabilities().map(|(_, value)| value).collect::<Vec<_>>()
    };
    assert!(fitted(options().epochs(200).weights("trust"))[0] > 0.9);
    assert!((fitted(options())[0] - 0.5).abs() < 0.2);
    assert!(fitted(options().patience(30).class_weight([("odd", 0.0)]))[0] > 0.7);
}

#[test]
fn validation_that_is_given() {
    let (train, validation) = fruit().split(SplitOptions::new().seed(1).stratify_by("fruit")).unwrap();
    let mut model = TableClassifier::new("fruit").members(2).seed(1);
    model.fit(&train, options().epochs(20).patience(20).validation_data(&validation)).unwrap();
    // the best epoch was kept: the mean of the members is at most a little worse than the mean of their best losses
    let best = |history: &History| history["val_loss"].iter().copied().fold(f64::INFINITY, f64::min);
    let mean = model.histories().iter().map(best).sum::<f64>() / 2.0;
    let loss = model.evaluate(&validation).unwrap().loss();
    assert!(loss < mean + 1e-4, "{loss} {mean}");
    model.fit(&train, options().in_order()).unwrap();
    model.fit(&train, options().validation_split(0.5)).unwrap();
}

#[test]
fn trainings_that_are_stopped() {
    let table = fruit();
    let mut model = TableClassifier::new("fruit").members(3).seed(1);
    let token = CancelToken::new();
    token.cancel();
    model.fit(&table, options().cancel(&token)).unwrap();
    assert!(model.histories().iter().all(|history| history.stop_reason() == &StopReason::Cancelled));
    assert_eq!(model.predict(&table).unwrap().rows(), 200);
    model.fit(&table, options().time_budget(Duration::ZERO)).unwrap();
    assert!(model.histories().iter().all(|history| history.stop_reason() == &StopReason::TimeBudget));

    let (epochs, members) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (seen, ended) = (&members, &epochs);
    let count = |_member: usize| {
        seen.fetch_add(1, Ordering::Relaxed);
        on_epoch_end(|_| {
            ended.fetch_add(1, Ordering::Relaxed);
        })
    };
    model.fit(&table, options().epochs(2).callback(count)).unwrap();
    assert_eq!((members.into_inner(), epochs.into_inner()), (3, 6));
}

#[test]
fn a_network_of_ones_own() {
    let table = fruit();
    let network = |units: usize| {
        move |shape: &layercake::tables::NetworkShape| {
            assert_eq!((shape.outputs(), shape.rows()), (3, 160));
            let mut model = Sequential::with_seed(shape.seed());
            model.add(Dense::new(4).activation(Tanh));
            model.add(if units == 3 { shape.output_layer() } else { Dense::new(units).activation(Softmax) });
            model.compile("sgd", shape.loss(), ())?;
            Ok(model)
        }
    };
    let mut model = TableClassifier::new("fruit").members(2).seed(1).network(network(3));
    model.fit(&table, options().epochs(1)).unwrap();
    let mut model = TableClassifier::new("fruit").members(2).seed(1).network(network(4));
    assert_eq!(
        model.fit(&table, options().epochs(1)).unwrap_err().to_string(),
        "network: outputs = 4 is not allowed; expected 3: end the network with `shape.output_layer()`"
    );
}

/// Each of these is refused with these words, and leaves the model as it was.
#[test]
fn what_a_model_refuses() {
    let table = fruit();
    let mut model = TableClassifier::new("fruit").seed(1);
    assert_eq!(
        model.predict(&table).unwrap_err().to_string(),
        "TableClassifier: networks = none is not allowed; expected a classifier that was trained: call `fit` first"
    );
    let refused = |options| TableClassifier::new("fruit").fit(&table, options).unwrap_err().to_string();
    assert_eq!(refused(options().epochs(0)), "TableOptions: epochs = 0 is not allowed; expected a whole number >= 1");
    assert_eq!(
        refused(options().validation_split(0.6)),
        "TableOptions: validation_split = 0.6 is not allowed; expected a number > 0 and <= 0.5"
    );
    assert_eq!(
        refused(options().in_order().groups("colour")),
        "TableOptions: groups = given is not allowed; expected not both `in_order` and `groups`"
    );
    assert_eq!(
        refused(options().class_weight([("aple", 2.0)])),
        "TableOptions: class_weight = `aple` is not allowed; expected a class of the target: `apple`, `pear`, `plum`"
    );
    assert_eq!(
        refused(options().weights("trust")),
        "there is no column `trust`; use the name of one of these columns: `size`, `colour`, `weight`, `fruit`"
    );
    assert_eq!(
        TableClassifier::new("fruit").members(0).fit(&table, options()).unwrap_err().to_string(),
        "TableClassifier: members = 0 is not allowed; expected a whole number >= 1"
    );
    let small = table.split(SplitOptions::new().test_size(0.04).seed(1)).unwrap().1;
    assert_eq!(
        TableRegressor::new("weight").fit(&small, options()).unwrap_err().to_string(),
        "fit: rows of the table = 8 is not allowed; expected at least 10, or a table for validation: every 5th row is for \
         validation"
    );
    let mut equal = table.clone();
    equal.add_text("same", ["a"; 200]).unwrap();
    equal.add_numbers("zero", [0; 200]).unwrap();
    assert_eq!(
        TableClassifier::new("same").fit(&equal, options()).unwrap_err().to_string(),
        "column `same`: every cell is `a`; a classifier needs at least two classes"
    );
    assert_eq!(
        TableRegressor::new("zero").fit(&equal, options()).unwrap_err().to_string(),
        "column `zero`: its standard deviation is 0; expected a target whose cells differ"
    );
    model = model.members(1);
    model.fit(&table, options().epochs(1)).unwrap();
    let before = model.predict(&table).unwrap();
    assert!(model.fit(&equal, options().weights("colour")).is_err());
    assert_eq!(model.predict(&table).unwrap(), before);
}

/// A copy of a trained model answers while the model is trained again.
#[test]
fn predictions_while_training() {
    let table = fruit();
    let mut model = TableClassifier::new("fruit").members(2).seed(1);
    model.fit(&table, options().epochs(2)).unwrap();
    let snapshot = std::sync::Arc::new(model.clone());
    let expected = snapshot.predict(&table).unwrap();
    let served = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let training = scope.spawn(|| model.fit(&table, options().epochs(50).patience(50)).map(|()| model));
        while !training.is_finished() || served.load(Ordering::Relaxed) == 0 {
            assert_eq!(snapshot.predict(&table).unwrap(), expected);
            served.fetch_add(1, Ordering::Relaxed);
        }
        assert_ne!(training.join().unwrap().unwrap().predict(&table).unwrap(), expected);
    });
}

/// A column that says nothing is within two deviations of 0, and the columns that say all are above it.
#[test]
fn importance_of_columns() {
    let mut table = fruit();
    table.add_numbers("noise", (0..200).map(|row| (row * 7919) % 101)).unwrap();
    let (train, test) = table.split(SplitOptions::new().test_size(0.5).seed(1).stratify_by("fruit")).unwrap();
    let mut model = TableClassifier::new("fruit").members(3).seed(3);
    model.fit(&train, TableOptions::new()).unwrap();
    let importance = model.permutation_importance(&test, 20, 5).unwrap();
    let of = |name| importance.columns().find(|(column, ..)| *column == name).unwrap();
    let (_, rise, deviation) = of("noise");
    assert!(rise.abs() < 2.0 * deviation, "{importance}");
    assert!(of("colour").1 > 10.0 * rise.abs(), "{importance}");
    assert_eq!(importance.columns().next().unwrap().0, "colour");
    assert_eq!(importance, model.permutation_importance(&test, 20, 5).unwrap());
    assert!(importance.to_string().starts_with("column  rise of log loss when shuffled\ncolour  "), "{importance}");
    assert_eq!(
        model.permutation_importance(&test, 0, 5).unwrap_err().to_string(),
        "permutation_importance: repeats = 0 is not allowed; expected a whole number >= 1"
    );

    let mut model = TableRegressor::new("weight").members(1).seed(3);
    model.fit(&train, TableOptions::new()).unwrap();
    let importance = model.permutation_importance(&test, 2, 5).unwrap();
    assert_eq!((importance.score(), importance.columns().count()), ("root mean squared error", 4));
}
