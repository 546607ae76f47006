//! Tests training: its order, its determinism, its interruptions, and its results.

use layercake::prelude::*;
use std::sync::Arc;
use std::time::Duration;

fn data() -> (DMatrix<f64>, DMatrix<f64>) {
    let x = DMatrix::from_fn(50, 4, |row, column| ((row * 7 + column * 3) as f64 * 0.61).sin());
    let y = DMatrix::from_fn(50, 1, |row, _| f64::from(x[(row, 0)] + x[(row, 1)] > 0.0));
    (x, y)
}

fn model(seed: u64) -> Sequential<f64> {
    let mut model = Sequential::with_seed(seed);
    model.add(Dense::new(8).activation(Relu).kernel_initializer(HeNormal));
    model.add(Dropout::new(0.3));
    model.add(Dense::new(1).activation(Sigmoid).kernel_regularizer(L2::new(1e-3)));
    model.compile(Adam::default().learning_rate(0.01), "binary_crossentropy", "accuracy").unwrap();
    model
}

fn bits(model: &layercake::Model<f64>) -> Vec<u64> {
    model.get_weights().iter().flat_map(|weight| weight.iter().map(|value| value.to_bits())).collect()
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let (x, y) = data();
    let train = |seed| {
        let mut model = model(seed);
        let history = model.fit(&x, &y, FitOptions::new().epochs(5).batch_size(8).validation_split(0.2)).unwrap();
        (bits(&model), history)
    };
    assert_eq!(train(42), train(42));
    assert_ne!(train(42).0, train(43).0);
    let other_thread = std::thread::scope(|scope| scope.spawn(|| train(42)).join().unwrap());
    assert_eq!(train(42), other_thread);
}

#[test]
fn fit_is_train_on_batch_in_a_loop() {
    let (x, y) = data();
    let mut fitted = model(7);
    let history = fitted.fit(&x, &y, FitOptions::new().epochs(3).batch_size(8).shuffle(false)).unwrap();
    let mut stepped = model(7);
    for epoch in 0..3 {
        let (mut loss, mut seen) = (0.0, 0.0);
        for first in (0..50).step_by(8) {
            let count = 8.min(50 - first);
            let rows = |matrix: &DMatrix<f64>| matrix.rows(first, count).into_owned();
            loss += stepped.train_on_batch(&rows(&x), &rows(&y)).unwrap().loss() * count as f64;
            seen += count as f64;
        }
        assert_eq!(history["loss"][epoch], loss / seen);
    }
    assert_eq!(bits(&fitted), bits(&stepped));
    assert_eq!(fitted.iterations(), 21);
}

#[test]
fn training_in_two_parts_is_training_in_one() {
    let (x, y) = data();
    let mut whole = model(3);
    whole.fit(&x, &y, FitOptions::new().epochs(6)).unwrap();
    let mut parts = model(3);
    parts.fit(&x, &y, FitOptions::new().epochs(2)).unwrap();
    let copy = parts.clone();
    let rest = FitOptions::new().initial_epoch(2).epochs(6);
    let history = parts.fit(&x, &y, rest).unwrap();
    assert_eq!(history.epochs(), [2, 3, 4, 5]);
    assert_eq!(bits(&parts), bits(&whole));
    let mut copy = copy;
    copy.fit(&x, &y, FitOptions::new().initial_epoch(2).epochs(6)).unwrap();
    assert_eq!(bits(&copy), bits(&whole), "a clone goes on like its original");
}

#[test]
fn every_sample_is_seen_once_in_each_epoch_in_a_new_order() {
    // the gradients count the samples, because all inputs are one-hot and each sample has one weight
    let x = DMatrix::<f64>::identity(20, 20);
    let mut model = Sequential::with_seed(5);
    model.add(Dense::new(1).use_bias(false).kernel_initializer(Zeros));
    model.compile(Sgd::default().learning_rate(1.0), MeanSquaredError::default().reduction(Reduction::Sum), ()).unwrap();
    let y = DMatrix::from_element(20, 1, 0.5);
    model.fit(&x, &y, FitOptions::new().batch_size(7)).unwrap();
    assert!(model.get_weights()[0].iter().all(|&weight| weight == 1.0), "one step of 2 x 0.5 for each sample");
}

#[test]
fn validation_takes_the_last_rows_and_leaves_the_weights_alone() {
    let (x, y) = data();
    let mut split = model(1);
    let history = split.fit(&x, &y, FitOptions::new().epochs(4).validation_split(0.3).validation_freq(2)).unwrap();
    let (x_train, y_train) = (x.rows(0, 35).into_owned(), y.rows(0, 35).into_owned());
    let (x_val, y_val) = (x.rows(35, 15).into_owned(), y.rows(35, 15).into_owned());
    let mut given = model(1);
    given.fit(&x_train, &y_train, FitOptions::new().epochs(4).validation_data(&x_val, &y_val)).unwrap();
    assert_eq!(bits(&split), bits(&given));
    assert_eq!((history["loss"].len(), history["val_loss"].len()), (4, 2));
    let last = given.evaluate(&x_val, &y_val).unwrap();
    assert_eq!(last.loss(), history["val_loss"][1]);
    assert_eq!(last["accuracy"], history["val_accuracy"][1]);
}

#[test]
fn class_and_sample_weights_multiply() {
    let (x, y) = data();
    let weights: Vec<f64> = (0..50).map(|row| f64::from(row % 3)).collect();
    let both: Vec<f64> = (0..50).map(|row| weights[row] * if y[row] == 1.0 { 2.5 } else { 1.0 }).collect();
    let mut multiplied = model(1);
    multiplied.fit(&x, &y, FitOptions::new().sample_weight(&weights).class_weight([(1, 2.5)])).unwrap();
    let mut given = model(1);
    given.fit(&x, &y, FitOptions::new().sample_weight(&both)).unwrap();
    assert_eq!(bits(&multiplied), bits(&given));
}

#[test]
fn targets_may_be_a_matrix_a_vector_or_classes() {
    let (x, y) = data();
    let classes: Vec<usize> = y.iter().map(|&label| label as usize).collect();
    let one_hot = DMatrix::from_fn(50, 2, |row, column| f64::from(classes[row] == column));
    let train = |loss: &str, fit: &dyn Fn(&mut Sequential<f64>)| {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(2).activation(Softmax));
        model.compile("sgd", loss, "accuracy").unwrap();
        fit(&mut model);
        bits(&model)
    };
    let sparse = "sparse_categorical_crossentropy";
    let by_matrix = train(sparse, &|model| _ = model.fit(&x, &y, FitOptions::new()).unwrap());
    let by_vector =
        train(sparse, &|model| _ = model.fit(&x, &DVector::from_vec(y.as_slice().to_vec()), FitOptions::new()).unwrap());
    let by_classes = train(sparse, &|model| _ = model.fit(&x, &classes, FitOptions::new()).unwrap());
    let by_one_hot = train("categorical_crossentropy", &|model| _ = model.fit(&x, &one_hot, FitOptions::new()).unwrap());
    assert_eq!(by_matrix, by_vector);
    assert_eq!(by_matrix, by_classes);
    assert_eq!(by_matrix, by_one_hot);
}

#[test]
fn accuracy_is_picked_by_the_widths() {
    let x = DMatrix::from_fn(6, 2, |row, column| (row + column) as f64);
    let scores = |units: usize, loss: &str, targets: DMatrix<f64>, metric: &str| {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(units));
        model.compile("sgd", loss, ("accuracy", metric)).unwrap();
        model.build(2).unwrap();
        let scores = model.evaluate(&x, &targets).unwrap();
        assert_eq!(scores["accuracy"], scores[metric]);
    };
    scores(1, "mse", DMatrix::zeros(6, 1), "binary_accuracy");
    scores(3, "mse", DMatrix::zeros(6, 3), "categorical_accuracy");
    let sparse = SparseCategoricalCrossentropy::default().from_logits(true);
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(3));
    model.compile("sgd", sparse, ["acc", "sparse_categorical_accuracy"]).unwrap();
    model.build(2).unwrap();
    let scores = model.evaluate(&x, &[0, 1, 2, 0, 1, 2]).unwrap();
    assert_eq!(scores["acc"], scores["sparse_categorical_accuracy"]);
}

#[test]
fn frozen_layers_stay_as_they_are_and_pay_no_penalty() {
    let (x, y) = data();
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(5).activation(Tanh).kernel_regularizer(L2::new(10.0)).name("frozen").trainable(false));
    model.add(Dense::new(4).activation(Tanh));
    model.add(Dense::new(1).activation(Sigmoid).trainable(false));
    model.compile("adam", "binary_crossentropy", ()).unwrap();
    model.build(4).unwrap();
    let before = model.get_weights();
    let loss = model.evaluate(&x, &y).unwrap().loss();
    assert!(loss < 2.0, "the frozen kernel costs nothing: {loss}");
    model.fit(&x, &y, FitOptions::new().epochs(3)).unwrap();
    let after = model.get_weights();
    for (place, (before, after)) in before.iter().zip(&after).enumerate() {
        assert_eq!(before == after, !(2..4).contains(&place), "weight {place}");
    }
    assert_eq!(model.summary().trainable_params(), 5 * 4 + 4);
    model.set_trainable("frozen", true).unwrap();
    model.compile("adam", "binary_crossentropy", ()).unwrap();
    assert!(model.evaluate(&x, &y).unwrap().loss() > 10.0, "now it costs");
}

#[test]
fn recompiling_keeps_the_weights_and_forgets_the_optimizer() {
    let (x, y) = data();
    let mut model = model(1);
    model.fit(&x, &y, FitOptions::new()).unwrap();
    let before = bits(&model);
    model.compile("sgd", "mse", ()).unwrap();
    assert_eq!((bits(&model), model.iterations()), (before, 0));
    assert_eq!(model.learning_rate(), Some(0.01));
}

#[test]
fn layers_can_be_added_and_taken_away_and_keep_their_weights() {
    let mut model = Sequential::<f64>::with_seed(1);
    model.add(Input::new(2));
    model.add(Dense::new(3));
    let first = model.get_weights();
    model.add(Dense::new(1));
    assert_eq!(model.get_weights()[..2], first);
    assert_eq!(model.count_params(), 13);
    assert!(model.pop());
    assert_eq!(model.get_weights(), first);
    assert_eq!(model.layers().map(|layer| layer.name().to_string()).collect::<Vec<_>>(), ["dense"]);
}

/// Records the name of each hook in the order of the calls.
#[derive(Default)]
struct Calls(Vec<String>);

impl<T: Scalar> Callback<T> for Calls {
    fn on_train_begin(&mut self, run: &mut Run<'_, T>) -> layercake::Result<()> {
        self.0.push(format!("train of {} epochs of {} batches", run.epochs(), run.batches()));
        Ok(())
    }

    fn on_epoch_begin(&mut self, run: &mut Run<'_, T>) -> layercake::Result<()> {
        self.0.push(format!("epoch {}", run.epoch()));
        Ok(())
    }

    fn on_batch_begin(&mut self, run: &mut Run<'_, T>) -> layercake::Result<()> {
        self.0.push(format!("to batch {}", run.batch()));
        Ok(())
    }

    fn on_batch_end(&mut self, run: &mut Run<'_, T>) -> layercake::Result<()> {
        assert!(run.logs().get("loss").is_some() && run.logs().get("val_loss").is_none());
        self.0.push(format!("batch {}", run.batch()));
        Ok(())
    }

    fn on_test_begin(&mut self, run: &mut Run<'_, T>) -> layercake::Result<()> {
        assert!(run.logs().get("val_loss").is_none());
        self.0.push("test".to_string());
        Ok(())
    }

    fn on_test_end(&mut self, run: &mut Run<'_, T>) -> layercake::Result<()> {
        assert!(run.logs().get("val_loss").is_some());
        self.0.push("test done".to_string());
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> layercake::Result<()> {
        assert!(run.logs().get("val_loss").is_some());
        self.0.push(format!("epoch {} done", run.epoch()));
        Ok(())
    }

    fn on_train_end(&mut self, _run: &mut Run<'_, T>) -> layercake::Result<()> {
        self.0.push("train done".to_string());
        Ok(())
    }
}

#[test]
fn callbacks_are_called_in_order() {
    let (x, y) = data();
    let mut calls = Calls::default();
    let mut moments = Vec::new();
    let log = std::cell::RefCell::new(&mut moments);
    let options = FitOptions::new()
        .epochs(2)
        .batch_size(30)
        .validation_split(0.2)
        .callback(&mut calls)
        .callback(on_train_begin(|_| log.borrow_mut().push("train")))
        .callback(on_epoch_begin(|_| log.borrow_mut().push("epoch")))
        .callback(on_batch_begin(|_| log.borrow_mut().push("to batch")))
        .callback(on_batch_end(|_| log.borrow_mut().push("batch")))
        .callback(on_epoch_end(|_| log.borrow_mut().push("epoch done")))
        .callback(on_train_end(|_| log.borrow_mut().push("train done")));
    model(1).fit(&x, &y, options).unwrap();
    let mut expected = vec!["train of 2 epochs of 2 batches".to_string()];
    for k in 0..2 {
        expected.push(format!("epoch {k}"));
        expected.extend(["to batch 0", "batch 0", "to batch 1", "batch 1", "test", "test done"].map(String::from));
        expected.push(format!("epoch {k} done"));
    }
    expected.push("train done".to_string());
    assert_eq!(calls.0, expected);
    let epoch = ["epoch", "to batch", "batch", "to batch", "batch", "epoch done"];
    assert_eq!(moments, [&["train"][..], &epoch, &epoch, &["train done"]].concat());
}

#[test]
fn a_callback_may_set_the_learning_rate_and_stop() {
    let (x, y) = data();
    let mut model = model(1);
    let mut rates = Vec::new();
    let schedule = on_epoch_begin(|run: &mut Run<'_, f64>| {
        rates.push(run.learning_rate());
        run.set_learning_rate(0.1 / (1.0 + run.epoch() as f64))
    });
    let stop = on_batch_end(|run: &mut Run<'_, f64>| {
        if run.epoch() == 2 {
            run.stop("enough");
        }
    });
    let history = model.fit(&x, &y, FitOptions::new().epochs(9).batch_size(10).callback(schedule).callback(stop)).unwrap();
    assert_eq!(rates, [0.01, 0.1, 0.05]);
    assert_eq!((history.epochs().len(), model.iterations()), (3, 11), "the epoch it stopped in is logged, as in Keras");
    assert_eq!(history.stop_reason(), &StopReason::Callback("enough".to_string()));
    assert!(history.to_string().ends_with("stopped after 3 epoch(s): enough"));
}

#[test]
fn a_training_can_be_cancelled_and_given_a_time_budget() {
    let (x, y) = data();
    let mut cancelled = model(1);
    let token = CancelToken::new();
    let watch = on_epoch_end(|run: &mut Run<'_, f64>| {
        if run.epoch() == 3 {
            token.cancel();
        }
    });
    let history = cancelled.fit(&x, &y, FitOptions::new().epochs(1000).cancel(&token).callback(watch)).unwrap();
    assert_eq!((history.stop_reason(), history.epochs().len()), (&StopReason::Cancelled, 4));
    assert_eq!(history["loss"].len(), 4);
    cancelled.predict(&x).unwrap();

    let history = model(1).fit(&x, &y, FitOptions::new().epochs(usize::MAX).time_budget(Duration::from_millis(20))).unwrap();
    assert_eq!(history.stop_reason(), &StopReason::TimeBudget);
    let history = model(1).fit(&x, &y, FitOptions::new().epochs(3).time_budget(Duration::MAX)).unwrap();
    assert_eq!(history.stop_reason(), &StopReason::Completed);
}

#[test]
fn early_stopping_restores_the_best_weights_also_after_all_epochs() {
    let (x, y) = data();
    let mut model = model(1);
    let mut stop = EarlyStopping::new("loss").patience(100).restore_best_weights(true);
    let mut weights = Vec::new();
    let watch = on_epoch_end(|run: &mut Run<'_, f64>| weights.push(bits(run.model())));
    // each epoch is worse than the one before
    model.compile(Sgd::default().learning_rate(500.0), "mse", ()).unwrap();
    let history = model.fit(&x, &y, FitOptions::new().epochs(4).callback(&mut stop).callback(watch)).unwrap();
    assert_eq!(history.stop_reason(), &StopReason::Completed);
    assert_eq!(stop.best(), history["loss"].iter().copied().reduce(f64::min));
    assert_eq!(bits(&model), weights[stop.best_epoch().unwrap()]);
}

#[test]
fn a_baseline_must_be_beaten_and_early_epochs_may_be_left_out() {
    let (x, y) = data();
    let fit = |stop: EarlyStopping<f64>| {
        let mut model = model(1);
        model.compile(Sgd::default().learning_rate(1e-6), "mse", ()).unwrap();
        model.fit(&x, &y, FitOptions::new().epochs(20).callback(stop)).unwrap().epochs().len()
    };
    assert_eq!(fit(EarlyStopping::new("loss").patience(3).min_delta(1.0)), 4);
    assert_eq!(fit(EarlyStopping::new("loss").patience(3).min_delta(1.0).start_from_epoch(5)), 9);
    assert_eq!(fit(EarlyStopping::new("loss").patience(3).min_delta(1.0).baseline(-1.0)), 3, "no epoch began the patience anew");
}

#[test]
fn a_loss_that_ran_away_stops_the_training() {
    let (x, y) = data();
    let mut model = model(1);
    model.compile(Sgd::default().learning_rate(1e200), "mse", ()).unwrap();
    let history = model.fit(&x, &y, FitOptions::new().epochs(50).callback(TerminateOnNan::default())).unwrap();
    assert!(history.epochs().len() < 50);
    assert!(!history["loss"].last().unwrap().is_finite());
    let raised = model.fit(&x, &y, FitOptions::new().callback(TerminateOnNan::default().raise_error(true)));
    assert!(matches!(raised, Err(layercake::Error::NonFinite(_))), "{raised:?}");
}

#[test]
fn one_model_predicts_on_many_threads() {
    fn assert_shareable<S: Send + Sync>(_: &S) {}
    let (x, _) = data();
    let mut model = model(1);
    model.build(4).unwrap();
    assert_shareable(&model);
    let model = Arc::new(model);
    let expected = model.predict(&x).unwrap();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| model.predict(&x).unwrap())).collect();
        threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), expected));
    });
}

#[test]
fn predictions_do_not_depend_on_the_batch() {
    let x = DMatrix::from_fn(700, 9, |row, column| ((row * 31 + column * 17) as f64 * 0.13).sin());
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(33).activation(Relu));
    model.add(Dense::new(5).activation(Softmax));
    model.build(9).unwrap();
    let (all, at_once) = (model.predict(&x).unwrap(), model.predict_on_batch(&x).unwrap());
    assert_eq!(all, at_once);
    for row in [0, 255, 256, 699] {
        assert_eq!(model.predict(&x.rows(row, 1).into_owned()).unwrap(), all.rows(row, 1).into_owned());
    }
}

#[test]
fn a_single_precision_model_starts_from_the_rounded_weights_of_a_double_one() {
    let mut double = Sequential::<f64>::with_seed(9);
    double.add(Dense::new(6));
    double.build(5).unwrap();
    let mut single = Sequential::<f32>::with_seed(9);
    single.add(Dense::new(6));
    single.build(5).unwrap();
    assert_eq!(single.get_weights()[0], double.get_weights()[0].map(|value| value as f32));
}

#[test]
fn a_dense_layer_acts_on_the_last_of_several_axes() {
    let x = DMatrix::from_fn(5, 6, |row, column| ((row * 6 + column) as f64).cos());
    let y = DMatrix::from_fn(5, 8, |row, column| ((row + column) as f64).sin());
    let mut model = Sequential::with_seed(1);
    model.add(Input::new([2, 3]));
    model.add(Dense::new(4).activation(Softmax));
    assert_eq!(model.layers().next().unwrap().output_shape().unwrap().dims(), [2, 4]);
    assert_eq!(model.count_params(), 3 * 4 + 4);
    let mut halves = Sequential::with_seed(1);
    halves.add(Dense::new(4).activation(Softmax));
    halves.build(3).unwrap();
    halves.set_weights(&model.get_weights()).unwrap();
    let whole = model.predict(&x).unwrap();
    for half in 0..2 {
        let rows = halves.predict(&x.columns(3 * half, 3).into_owned()).unwrap();
        assert_eq!(whole.columns(4 * half, 4), rows);
    }
    model.compile(Sgd::default(), "mse", ()).unwrap();
    model.fit(&x, &y, FitOptions::new().epochs(2)).unwrap();
    assert!(layercake::check::layer_pass(&model, &model.get_weights(), &x, &y, true).is_ok());
}

#[test]
fn validation_counts_epochs_from_the_first_of_all_and_stands_in_its_row() {
    let (x, y) = data();
    let mut model = model(1);
    let options = FitOptions::new().initial_epoch(1).epochs(5).validation_freq(2).validation_split(0.2);
    let history = model.fit(&x, &y, options).unwrap();
    assert_eq!((history["loss"].len(), history["val_loss"].len()), (4, 2));
    let table = history.to_string();
    let rows: Vec<usize> = table.lines().skip(1).take(4).map(|line| line.split_whitespace().count()).collect();
    assert_eq!(rows, [5, 3, 5, 3], "epochs 2 and 4 are validated:\n{table}");
}

#[test]
fn an_ignored_label_counts_as_wrong_in_the_accuracy_as_in_keras() {
    let x = DMatrix::from_fn(4, 2, |row, column| (row + column) as f64);
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(3).activation(Softmax));
    model.compile("sgd", SparseCategoricalCrossentropy::default().ignore_class(-1), "accuracy").unwrap();
    let labels = dmatrix![-1.0; -1.0; -1.0; -1.0];
    let history = model.fit(&x, &labels, FitOptions::new()).unwrap();
    assert_eq!((history["loss"][0], history["accuracy"][0]), (0.0, 0.0));
}

#[test]
fn parts_may_come_boxed_shared_or_by_owned_name() {
    let (x, y) = data();
    let names = vec!["adam".to_string(), "SGD".to_string()];
    for name in &names {
        let mut model = Sequential::with_seed(1);
        let boxed: Box<dyn Layer<f64>> = Box::new(Dense::new(4).activation("tanh".to_string()));
        model.add(boxed);
        let last = "sigmoid".to_string();
        model.add(Dense::new(1).activation(&last));
        let loss: Box<dyn Loss<f64>> = Box::new(BinaryCrossentropy::default());
        let metrics: Vec<Box<dyn Metric<f64>>> = vec![Box::new(BinaryAccuracy::default()), Box::new(metrics::MeanSquaredError)];
        model.compile(name, loss, metrics).unwrap();
        let callback: Box<dyn Callback<f64>> = Box::new(TerminateOnNan::default());
        let mut seen = Vec::new();
        let mut watch = on_epoch_end(|run: &mut Run<'_, f64>| seen.push(run.logs()["binary_accuracy"]));
        model.fit(&x, &y, FitOptions::new().callback(callback).callback(&mut watch)).unwrap();
        assert_eq!(seen.len(), 1);
    }
}

/// A user's activation with the name of one of Keras is not mistaken for that one.
#[test]
fn a_cross_entropy_is_fused_with_keras_softmax_alone() {
    #[derive(Debug, Clone)]
    struct Flat;
    impl layercake::saving::Describe for Flat {
        fn class_name(&self) -> &'static str {
            "softmax"
        }
    }
    impl Activation<f64> for Flat {
        fn apply(&self, mut z: layercake::BatchMut<'_, f64>) {
            z.values().fill(0.5);
        }
        fn backprop(&self, _: layercake::Batch<'_, f64>, mut gradient: layercake::BatchMut<'_, f64>) {
            gradient.values().fill(0.0);
        }
    }
    let (x, y) = data();
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(2).activation(Flat));
    model.compile("sgd", "sparse_categorical_crossentropy", ()).unwrap();
    model.build(4).unwrap();
    let before = bits(&model);
    model.fit(&x, &y, FitOptions::new()).unwrap();
    assert_eq!(bits(&model), before, "its gradient is zero");
}

/// An activity regularizer adds to the loss in training and in validation, also if the loss is computed from pre-activations.
#[test]
fn activity_regularizers_are_part_of_every_loss() {
    let x = DMatrix::from_fn(10, 3, |row, column| ((row + 4 * column) as f64).sin());
    let y = DMatrix::from_fn(10, 1, |row, _| (row % 2) as f64);
    let strength = 0.3;
    let model = |activity: bool| {
        let mut model = Sequential::with_seed(5);
        let hidden = Dense::new(4).activation(Tanh);
        let last = Dense::new(2).activation(Softmax);
        let l2 = || L2::new(strength);
        model.add(if activity { hidden.activity_regularizer(l2()) } else { hidden });
        model.add(if activity { last.activity_regularizer(l2()) } else { last });
        model.compile(Sgd::default().learning_rate(0.0), "sparse_categorical_crossentropy", "accuracy").unwrap();
        model.build(3).unwrap();
        model
    };
    let (with, without) = (model(true), model(false));
    let mut hidden = without.clone();
    hidden.pop();
    let outputs = [hidden.predict(&x).unwrap(), without.predict(&x).unwrap()];
    let squares = |rows: usize| outputs.iter().map(|outputs| outputs.rows(0, rows).norm_squared()).sum::<f64>() / rows as f64;
    let scores = [with.evaluate(&x, &y).unwrap(), without.evaluate(&x, &y).unwrap()];
    assert!((scores[0].loss() - scores[1].loss() - strength * squares(10)).abs() < 1e-12);
    assert_eq!(scores[0]["accuracy"], scores[1]["accuracy"]);
    let options = || FitOptions::new().validation_split(0.5).shuffle(false);
    let [with, without] = [with, without].map(|mut model| model.fit(&x, &y, options()).unwrap());
    assert!((with["loss"][0] - without["loss"][0] - strength * squares(5)).abs() < 1e-12);
    assert!(with["val_loss"][0] > without["val_loss"][0]);
}

/// A random layer with a seed draws the same numbers for any seed of the model, and new ones for each batch.
#[test]
fn a_layer_with_a_seed_draws_from_a_stream_of_its_own() {
    let x = DMatrix::from_element(8, 5, 1.0);
    type Layers = [std::sync::Arc<dyn Layer<f64>>; 4];
    let layers = |seed: u64| -> Layers {
        [
            std::sync::Arc::new(Dropout::new(0.5).seed(seed)),
            std::sync::Arc::new(AlphaDropout::new(0.5).seed(seed)),
            std::sync::Arc::new(GaussianDropout::new(0.5).seed(seed)),
            std::sync::Arc::new(GaussianNoise::new(0.5).seed(seed)),
        ]
    };
    let losses = |layer: std::sync::Arc<dyn Layer<f64>>, model_seed: u64| {
        let mut model = Sequential::with_seed(model_seed);
        model.add(Dropout::new(0.0)); // draws from the model's randomness
        model.add(layer);
        model.add(Dense::new(1).kernel_initializer("ones").trainable(false));
        model.compile("sgd", "mse", ()).unwrap();
        let history = model.fit(&x, &DMatrix::zeros(8, 1), FitOptions::new().epochs(3).shuffle(false)).unwrap();
        history["loss"].to_vec()
    };
    for ((one, same), other) in layers(1).into_iter().zip(layers(1)).zip(layers(2)) {
        let drawn = losses(one, 10);
        assert_eq!(drawn, losses(same, 20), "the seed of the model does not matter");
        assert_ne!(drawn, losses(other, 10), "the seed of the layer does");
        assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2], "each batch draws anew");
    }
}
