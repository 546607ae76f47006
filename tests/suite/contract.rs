//! Compiles and runs the programs that the crate is written for, letter for letter as a user writes them.
#![allow(clippy::default_constructed_unit_structs)]

use crate::process::alone;
use layercake::prelude::*;

#[test]
#[rustfmt::skip]
fn the_first_program() -> layercake::Result<()> {
    let x_train = dmatrix![1.0, 2.0; 3.0, 4.0; 5.0, 6.0];
    let y_train = dmatrix![1.0; 0.0; 1.0];

    let mut model = Sequential::new();
    model.add(Dense::new(2).activation(Relu));
    model.add(Dense::new(1).activation(Sigmoid));

    model.compile(Adam::default(), BinaryCrossentropy::default(), BinaryAccuracy::default())?;
    let history = model.fit(&x_train, &y_train, FitOptions::new().epochs(100).batch_size(10))?;
    println!("last training loss: {:.4}", history["loss"].last().unwrap());

    let x_val = dmatrix![7.0, 8.0; 9.0, 10.0];
    let y_val = dmatrix![0.0; 1.0];
    let scores = model.evaluate(&x_val, &y_val)?;
    println!("validation loss {:.4}, accuracy {:.4}", scores.loss(), scores["binary_accuracy"]);

    // Tune: another optimizer, the same weights, 100 epochs more.
    model.compile(Sgd::default().learning_rate(0.01), "binary_crossentropy", "accuracy")?;
    model.fit(&x_train, &y_train, FitOptions::new().epochs(100).batch_size(10))?;

    let probabilities = model.predict(&dmatrix![11.0, 12.0; 13.0, 14.0])?;   // 2 x 1
    println!("{probabilities}");

    assert_eq!(probabilities.shape(), (2, 1));
    assert_eq!(history["binary_accuracy"].len(), 100);
    Ok(())
}

/// Pixels and classes of ten kinds of images; each kind has another bright row or column.
fn digits(count: usize) -> (DMatrix<f32>, DMatrix<f32>) {
    let kind = |sample: usize| sample * 7 % 10;
    let pixel = |sample: usize, pixel: usize| {
        let (row, column, noise) = (pixel / 8, pixel % 8, (sample * 31 + pixel * 17) % 10);
        let bright = if kind(sample) < 5 { row == kind(sample) } else { column == kind(sample) - 5 };
        f32::from(u8::from(bright)) + noise as f32 / 50.0
    };
    (DMatrix::from_fn(count, 64, pixel), DMatrix::from_fn(count, 1, |sample, _| kind(sample) as f32))
}

#[test]
fn a_real_program() {
    // it saves to a relative path, and the working directory is that of the whole process
    let folder = std::env::temp_dir().join(format!("layercake-contract-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    alone("contract::a_real_program", &folder, || real_program().unwrap());
    let _ = std::fs::remove_dir(&folder);
}

#[rustfmt::skip]
fn real_program() -> Result<(), Box<dyn std::error::Error>> {
    let (x, y) = digits(400);
    let (x_new, y_new) = digits(10);

    let mut model = Sequential::with_seed(42);                    // one seed for weights, shuffling, dropout; new() draws a fresh one
    model.add(Input::new(64));                                   // optional: without it the first data decides
    model.add(Dense::new(128).activation(Relu).kernel_initializer(HeNormal::default()).kernel_regularizer(L2::new(1e-4)));
    model.add(BatchNormalization::default());
    model.add(Dropout::new(0.2));
    model.add(Dense::new(10).activation(Softmax));
    println!("{}", model.summary());                              // a value that implements Display

    model.compile(
        Adam::default().learning_rate(CosineDecay::new(1e-3, 2_000)).clipnorm(1.0),
        SparseCategoricalCrossentropy::default(),
        (SparseCategoricalAccuracy::default(), SparseTopKCategoricalAccuracy::new(3)),   // (), one, an array, a tuple, a Vec of boxes
    )?;

    let mut stop = EarlyStopping::new("val_loss").patience(5).restore_best_weights(true);
    let history = model.fit(
        &x, &y,
        FitOptions::new()
            .epochs(50).batch_size(32)
            .validation_split(0.1)                               // or .validation_data(&x_val, &y_val)
            .class_weight([(0, 1.0), (1, 2.5)])                  // or .sample_weight(&weights)
            .callback(&mut stop)                                 // owned or borrowed
            .callback(TerminateOnNan::default())
            .callback(on_epoch_end(|run| println!("{} {:?}", run.epoch(), run.logs()))),
    )?;

    let saved_answer = model.predict(&x_new)?;

    model.save("digits.keras")?;                                 // Python Keras opens this file; there is no private format
    let model = Sequential::<f32>::load("digits.keras")?;        // ... and we open what Python Keras saved, optimizer included
    let answer = model.predict(&x_new)?;                         // &self, Sync: one model behind an Arc serves every thread

    std::fs::remove_file("digits.keras")?;
    assert_eq!(answer, saved_answer);
    assert_eq!(answer.shape(), (10, 10));
    assert!(history["val_loss"].len() > stop.best_epoch().unwrap());
    assert_eq!(model.evaluate(&x_new, &y_new)?["sparse_categorical_accuracy"], 1.0);
    Ok(())
}

/// The program of part 1.6; only the data and the path of the journal are this test's.
#[test]
#[cfg(all(feature = "keras", feature = "parallel"))]
#[rustfmt::skip]
fn a_search() -> layercake::Result<()> {
    use layercake::tuner::{HyperParameters, Hyperband};

    fn build(hp: &mut HyperParameters) -> layercake::Result<Sequential<f32>> {
        let mut model = Sequential::with_seed(hp.seed());
        hp.default("learning_rate", 1e-3);                              // trial 0; without one, the geometric or arithmetic middle of a range
        for layer in 0..hp.int("layers", 1..=3) {
            model.add(Dense::new(hp.log_int(format!("units_{layer}"), 8..=256)).activation(Relu));
        }
        model.add(Dropout::new(hp.float("dropout", 0.0..=0.5)));
        model.add(Dense::new(1).activation(Sigmoid));
        let rate = hp.log_float("learning_rate", 1e-4..=1e-1);
        match hp.choice("optimizer", ["adam", "sgd"]) {
            "sgd" => model.compile(Sgd::default().learning_rate(rate).momentum(0.9), "binary_crossentropy", "accuracy")?,
            _ => model.compile(Adam::default().learning_rate(rate), "binary_crossentropy", "accuracy")?,
        }
        Ok(model)
    }

    let x = DMatrix::from_fn(60, 2, |row, column| ((3 * row + 5 * column) as f32).sin());
    let y = DMatrix::from_fn(60, 1, |row, _| if x[(row, 0)] > x[(row, 1)] { 1.0 } else { 0.0 });
    let journal = std::env::temp_dir().join(format!("layercake-contract-{}.jsonl", std::process::id()));

    let search = Hyperband::new(build)                                // or RandomSearch, GridSearch, BayesianOptimization
        .objective("val_loss").max_epochs(54).folds(5).seed(7).threads(2).journal(&journal)
        .fit_options(|hp| FitOptions::new().batch_size(hp.choice("batch_size", [16, 32, 64])))
        .search(&x, &y)?;
    println!("{search}");                                             // the trials, best first, with their spread; what the defaults scored
    let model = search.best_model(&x, &y)?;                           // the best setting, trained on all rows
    let ensemble = search.ensemble(5, &x, &y)?;                       // or the five best together, each trained on all rows: better on small tables

    let _ = std::fs::remove_file(&journal);
    assert_eq!(ensemble.members().len(), 5);
    assert_eq!(model.predict(&x)?.nrows(), 60);
    Ok(())
}

/// The program of part 1.5; only the data are this test's.
#[test]
#[cfg(all(feature = "csv", feature = "keras"))]
fn from_a_table_to_answers() {
    let folder = std::env::temp_dir().join(format!("layercake-contract-table-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let line = |row: usize| {
        let (age, sex, class) = (row * 7 % 60 + 1, ["female", "male", "male"][row % 3], row % 4);
        let survived = if row.is_multiple_of(3) || age < 10 { "yes" } else { "no" };
        if row.is_multiple_of(10) { format!(",{sex},{class},{survived}\n") } else { format!("{age},{sex},{class},{survived}\n") }
    };
    let file: String = std::iter::once("age,sex,class,survived\n".to_string()).chain((0..200).map(line)).collect();
    std::fs::write(folder.join("titanic.csv"), file).unwrap();
    alone("contract::from_a_table_to_answers", &folder, || program_of_tables().unwrap());
    let _ = std::fs::remove_dir_all(&folder);
}

#[rustfmt::skip]
#[cfg(all(feature = "csv", feature = "keras"))]
fn program_of_tables() -> layercake::Result<()> {
    let table = data::Table::read("titanic.csv")?;
    let (train, test) = table.split(data::SplitOptions::new().test_size(0.2).seed(1).stratify_by("survived"))?;

    let mut model = TableClassifier::new("survived");                // f32; or TableRegressor. Everything else has a default that is hard to beat
    model.fit(&train, TableOptions::new())?;                          // kinds of columns, missing cells, scaling, encoding, validation: seen to
    println!("{}", model.evaluate(&test)?);
    let answers = model.predict(&test)?;                              // names of classes, and their probabilities beside
    model.save("titanic.keras")?;                                     // one file: columns, steps, nets, labels, a self-test
    let model = TableClassifier::load("titanic.keras")?;

    assert_eq!(model.predict(&test)?, answers);
    assert!(model.evaluate(&test)?["accuracy"] > 0.9);
    let _ = model.features(FeatureSpace::new().float_normalized("age").string_categorical("sex")).members(5);
    Ok(())
}

/// A model that is no chain of layers.
#[test]
#[rustfmt::skip]
fn a_functional_model() -> layercake::Result<()> {
    let x_numbers = DMatrix::from_fn(60, 6, |row, column| ((3 * row + 5 * column) as f32).sin());
    let x_town = DMatrix::from_fn(60, 1, |row, _| (row % 120) as f32);
    let y = DMatrix::from_fn(60, 1, |row, _| if x_numbers[(row, 0)] > x_numbers[(row, 1)] { 1.0 } else { 0.0 });

    let numbers = Node::input("numbers", 6);                         // two inputs, as for columns of numbers and of categories
    let town = Node::input("town", 1);
    let embedded = town.then(Embedding::new(120, 8)).then(Flatten);
    let hidden = Concatenate::new().of([&numbers, &embedded]).then(Dense::new(64).activation(Relu));
    let output = hidden.then(Dense::new(1).activation(Sigmoid));
    let mut model = Functional::<f32>::new([&numbers, &town], [&output])?;   // or with_seed(42, ..); compile, fit, evaluate, predict, save: as for Sequential

    model.compile("adam", "binary_crossentropy", "auc")?;
    model.fit((&x_numbers, &x_town), &y, FitOptions::new().epochs(20))?;      // x is `impl Into<Inputs>`: a matrix, a tuple, a slice

    assert!(model.evaluate((&x_numbers, &x_town), &y)?["auc"] > 0.5);
    Ok(())
}
