//! What each callback does, epoch by epoch, and what it refuses.

use layercake::prelude::*;
use layercake::{Error, Result};
use std::cell::RefCell;
use std::path::PathBuf;

fn data() -> (DMatrix<f64>, DMatrix<f64>) {
    let x = DMatrix::from_fn(40, 3, |row, column| ((row * 7 + column * 3) as f64 * 0.61).sin());
    let y = DMatrix::from_fn(40, 1, |row, _| (x[(row, 0)] + x[(row, 1)]).tanh());
    (x, y)
}

fn model(optimizer: Sgd) -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(4).activation(Tanh));
    model.add(Dense::new(1));
    model.compile(optimizer, "mse", "mae").unwrap();
    model
}

fn scheduled() -> Sequential<f64> {
    model(Sgd::default().learning_rate(ExponentialDecay::new(0.1, 10, 0.9)))
}

/// The text of the error with which a callback ends a training of three epochs.
fn refusal(mut model: Sequential<f64>, callback: impl Callback<f64>) -> String {
    let (x, y) = data();
    model.fit(&x, &y, FitOptions::new().epochs(3).callback(callback)).unwrap_err().to_string()
}

/// Logs the numbers of a given series, and skips the epochs whose entry is not a number.
struct Script(&'static [Option<f64>]);

impl<T: Scalar> Callback<T> for Script {
    fn on_train_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        run.log("score", 0.0);
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        if let Some(score) = self.0[run.epoch()] {
            run.log("score", score);
        }
        Ok(())
    }
}

/// The learning rate of each epoch and after the last one, if the monitored series has these values.
fn rates(script: &'static [Option<f64>], reduce: ReduceLrOnPlateau) -> (Vec<f64>, f64) {
    let (x, y) = data();
    let mut model = model(Sgd::default().learning_rate(1.0));
    let options = FitOptions::new().epochs(script.len()).callback(Script(script)).callback(reduce);
    let history = model.fit(&x, &y, options).unwrap();
    (history["learning_rate"].to_vec(), model.learning_rate().unwrap())
}

fn halve() -> ReduceLrOnPlateau {
    ReduceLrOnPlateau::new("score").direction(Direction::Down).factor(0.5)
}

const FLAT: [Option<f64>; 6] = [Some(1.0); 6];

#[test]
fn a_plateau_lowers_the_rate_after_the_patience() {
    assert_eq!(rates(&FLAT, halve().patience(2)), (vec![1.0, 1.0, 1.0, 0.5, 0.5, 0.25], 0.25));
    let each = (vec![1.0, 1.0, 0.5, 0.25, 0.125, 0.0625], 0.03125);
    assert_eq!(rates(&FLAT, halve().patience(1)), each);
    assert_eq!(rates(&FLAT, halve().patience(0)), each, "as Keras: no patience is that of one epoch");
    assert_eq!(rates(&FLAT, halve()).1, 1.0, "10 epochs by default");
}

#[test]
fn a_cooldown_counts_no_epoch_and_the_rate_stays_above_its_bound() {
    let cooled = (vec![1.0, 1.0, 0.5, 0.5, 0.25, 0.25], 0.125);
    assert_eq!(rates(&FLAT, halve().patience(1).cooldown(2)), cooled);
    assert_eq!(rates(&FLAT, halve().patience(1).min_lr(0.3)), (vec![1.0, 1.0, 0.5, 0.3, 0.3, 0.3], 0.3));
    assert_eq!(rates(&FLAT, halve().patience(1).factor(0.0)).1, 0.0);
}

#[test]
fn an_improvement_is_one_by_more_than_min_delta_in_the_right_direction() {
    const FALLING: [Option<f64>; 4] = [Some(1.0), Some(0.75), Some(0.5), Some(0.25)];
    assert_eq!(rates(&FALLING, halve().patience(1)).1, 1.0);
    assert_eq!(rates(&FALLING, halve().patience(1).direction(Direction::Up)).1, 0.125);
    // 0.75 is not better than 1 by more than 0.25, and 0.5 is
    assert_eq!(rates(&FALLING, halve().patience(1).min_delta(0.25)).0, [1.0, 1.0, 0.5, 0.5]);
    const SLIGHTLY: [Option<f64>; 3] = [Some(1.0), Some(0.99995), Some(0.9998)];
    assert_eq!(rates(&SLIGHTLY, halve().patience(1)).0, [1.0, 1.0, 0.5], "1e-4 by default");
    const BROKEN: [Option<f64>; 3] = [Some(f64::NAN); 3];
    assert_eq!(rates(&BROKEN, halve().patience(1)).1, 0.125, "NaN is no improvement");
    const GAPS: [Option<f64>; 4] = [Some(1.0), None, None, Some(1.0)];
    assert_eq!(rates(&GAPS, halve().patience(1)).0, [1.0; 4], "an epoch without a value tells nothing");
}

#[test]
fn a_metric_says_itself_which_way_it_is_better() {
    let (x, y) = data();
    let (x, y) = (x, y.map(|value| f64::from(value > 0.0)));
    let fit = |monitor: &str, direction: Option<Direction>| {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(1).activation(Sigmoid));
        model.compile(Sgd::default().learning_rate(0.05), "binary_crossentropy", "accuracy").unwrap();
        let reduce = ReduceLrOnPlateau::new(monitor).patience(1).factor(0.9);
        let reduce = direction.into_iter().fold(reduce, ReduceLrOnPlateau::direction);
        let options = FitOptions::new().epochs(15).batch_size(4).validation_split(0.2).callback(reduce);
        let history = model.fit(&x, &y, options).unwrap();
        history["learning_rate"].to_vec()
    };
    assert_eq!(fit("val_loss", None), fit("val_loss", Some(Direction::Down)));
    assert_eq!(fit("accuracy", None), fit("accuracy", Some(Direction::Up)));
    assert_ne!(fit("accuracy", None), fit("accuracy", Some(Direction::Down)));
}

#[test]
fn a_reduction_begins_anew_in_each_fit() {
    let (x, y) = data();
    let mut reduce = halve().patience(4);
    for _ in 0..2 {
        let mut model = model(Sgd::default().learning_rate(1.0));
        let options = FitOptions::new().epochs(4).callback(Script(&FLAT)).callback(&mut reduce);
        model.fit(&x, &y, options).unwrap();
        assert_eq!(model.learning_rate(), Some(1.0));
    }
}

#[test]
fn what_a_reduction_cannot_work_with_is_refused() {
    let text = |reduce| refusal(model(Sgd::default()), reduce);
    let loss = || ReduceLrOnPlateau::new("loss");
    assert_eq!(text(loss().factor(1.0)), "ReduceLrOnPlateau: factor = 1 is not allowed; expected a number >= 0 and < 1");
    assert_eq!(text(loss().factor(-0.1)), "ReduceLrOnPlateau: factor = -0.1 is not allowed; expected a number >= 0 and < 1");
    assert_eq!(text(loss().min_lr(-1.0)), "ReduceLrOnPlateau: min_lr = -1 is not allowed; expected a number >= 0 and < inf");
    let min_delta = "ReduceLrOnPlateau: min_delta = NaN is not allowed; expected a number >= 0 and < inf";
    assert_eq!(text(loss().min_delta(f64::NAN)), min_delta);
    let unknown = "ReduceLrOnPlateau monitors `val_loss`, which this training does not log; available: `loss`, `mae`";
    assert_eq!(text(ReduceLrOnPlateau::new("val_loss")), unknown);
    assert_eq!(
        refusal(scheduled(), loss()),
        "the learning rate follows ExponentialDecay(initial_learning_rate=0.1, decay_steps=10, decay_rate=0.9, staircase=false) \
         and cannot be set: compile with a number as the learning rate to set it later"
    );
    let (x, y) = data();
    let undirected = FitOptions::new().callback(Script(&FLAT)).callback(ReduceLrOnPlateau::new("score"));
    assert_eq!(
        model(Sgd::default()).fit(&x, &y, undirected).unwrap_err().to_string(),
        "ReduceLrOnPlateau: direction = none is not allowed; expected `direction(Direction::Up)` or `Down`, for `score` does not \
         say which way is better"
    );
}

#[test]
fn a_schedule_of_epochs_is_asked_before_each_with_the_rate_before() {
    let (x, y) = data();
    let asked = RefCell::new(Vec::new());
    let schedule = LearningRateScheduler::new(|epoch, rate| {
        asked.borrow_mut().push((epoch, rate));
        rate / 2.0
    });
    let mut model = model(Sgd::default().learning_rate(0.8));
    let history = model.fit(&x, &y, FitOptions::new().initial_epoch(3).epochs(6).callback(schedule)).unwrap();
    assert_eq!(*asked.borrow(), [(3, 0.8), (4, 0.4), (5, 0.2)]);
    assert_eq!(history["learning_rate"], [0.4, 0.2, 0.1]);
    assert_eq!(model.learning_rate(), Some(0.1));
    assert_eq!(history.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["loss", "mae", "learning_rate"]);
}

#[test]
fn a_schedule_of_epochs_equals_a_rate_set_by_hand() {
    let (x, y) = data();
    let table = [0.3, 0.0, 0.1];
    let mut scheduled = model(Sgd::default());
    let schedule = LearningRateScheduler::new(|epoch, _| table[epoch]);
    scheduled.fit(&x, &y, FitOptions::new().epochs(3).shuffle(false).callback(schedule)).unwrap();
    let mut by_hand = model(Sgd::default());
    for rate in table {
        by_hand.set_learning_rate(rate).unwrap();
        by_hand.fit(&x, &y, FitOptions::new().shuffle(false)).unwrap();
    }
    assert_eq!(scheduled.get_weights(), by_hand.get_weights());
}

#[test]
fn a_rate_that_is_none_ends_the_training() {
    for (rate, shown) in [(f64::NAN, "NaN"), (-0.5, "-0.5"), (f64::INFINITY, "inf")] {
        let broken = LearningRateScheduler::new(move |epoch, before| if epoch == 1 { rate } else { before });
        let text = refusal(model(Sgd::default().learning_rate(0.25)), broken);
        let call = "LearningRateScheduler: schedule(1, 0.25)";
        assert_eq!(text, format!("{call} = {shown} is not allowed; expected a finite number >= 0"));
    }
    let text = refusal(scheduled(), LearningRateScheduler::new(|_, rate| rate));
    assert!(text.starts_with("the learning rate follows ExponentialDecay("), "{text}");
}

#[test]
fn a_callback_of_ones_own_may_log_from_any_moment_on() {
    let (x, y) = data();
    let late = on_epoch_end(|run: &mut Run<'_, f64>| {
        if run.epoch() == 2 {
            run.log("late", 7.0);
        }
    });
    let batches = on_batch_end(|run: &mut Run<'_, f64>| run.log("batches", run.batch() as f64 + 1.0));
    let options = FitOptions::new().epochs(4).batch_size(10).validation_split(0.25).validation_freq(2);
    let history = model(Sgd::default()).fit(&x, &y, options.callback(late).callback(batches)).unwrap();
    assert_eq!(history["batches"], [3.0; 4]);
    assert_eq!(history["late"], [7.0]);
    assert_eq!((history["loss"].len(), history["val_loss"].len()), (4, 2));
    let table = history.to_string();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].ends_with("val_mae       batches          late"), "{table}");
    assert!(lines[3].ends_with("3.000000      7.000000") && lines[4].ends_with("3.000000              "), "{table}");
}

/// A file that is removed when the test ends.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("layercake-{name}-{}.csv", std::process::id())))
    }

    fn read(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap()
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_table_has_a_line_for_each_epoch_as_soon_as_it_has_ended() {
    let (x, y) = data();
    let file = TemporaryFile::new("lines");
    let lengths = RefCell::new(Vec::new());
    let options = FitOptions::new()
        .epochs(4)
        .validation_split(0.25)
        .validation_freq(2)
        .callback(LearningRateScheduler::new(|_, _| 0.125))
        .callback(CsvLogger::new(&file.0))
        .callback(Script(&FLAT))
        .callback(on_epoch_end(|_: &mut Run<'_, f64>| lengths.borrow_mut().push(file.read().lines().count())));
    let history = model(Sgd::default()).fit(&x, &y, options).unwrap();
    assert_eq!(*lengths.borrow(), [2, 3, 4, 5]);
    let table = file.read();
    let lines: Vec<&str> = table.split_terminator("\r\n").collect();
    assert_eq!(lines[0], "epoch,learning_rate,loss,mae,val_loss,val_mae", "what is logged behind it is not its");
    let (loss, mae) = (&history["loss"], &history["mae"]);
    assert_eq!(lines[1], format!("0,0.125,{:?},{:?},NA,NA", loss[0], mae[0]));
    let (val_loss, val_mae) = (history["val_loss"][1], history["val_mae"][1]);
    assert_eq!(lines[4], format!("3,0.125,{:?},{:?},{val_loss:?},{val_mae:?}", loss[3], mae[3]));
    let read = layercake::data::Table::read(&file.0).unwrap();
    assert_eq!(read.numbers::<f64>("loss").unwrap().as_slice(), loss, "every digit is there");
}

#[test]
fn a_table_is_written_over_or_gone_on_with() {
    let (x, y) = data();
    let file = TemporaryFile::new("append");
    let fit = |logger: CsvLogger, initial_epoch: usize| {
        let options = FitOptions::new().initial_epoch(initial_epoch).epochs(initial_epoch + 2).callback(logger);
        model(Sgd::default()).fit(&x, &y, options).map(|_| file.read().lines().map(first_cell).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(fit(CsvLogger::new(&file.0).append(true), 0).unwrap(), "epoch 0 1", "a file that is not there is begun");
    assert_eq!(fit(CsvLogger::new(&file.0).append(true), 2).unwrap(), "epoch 0 1 2 3");
    assert_eq!(fit(CsvLogger::new(&file.0), 5).unwrap(), "epoch 5 6");
    std::fs::write(&file.0, "epoch,loss\r\n0,1.0\r\n").unwrap();
    let problem = "the columns there are `epoch,loss` and those of this training `epoch,loss,mae`: use another file";
    let refused = fit(CsvLogger::new(&file.0).append(true), 1).unwrap_err();
    assert_eq!(refused.to_string(), format!("{}: {problem}", file.0.display()));
    assert_eq!(file.read(), "epoch,loss\r\n0,1.0\r\n", "what is there stays");
}

fn first_cell(line: &str) -> String {
    line.split(',').next().unwrap_or_default().to_string()
}

#[test]
fn cells_that_could_be_taken_for_several_are_quoted() {
    let (x, y) = data();
    let file = TemporaryFile::new("quotes");
    let mut model = model(Sgd::default());
    let names = (named("a;b", "mae"), named("say \"c\"", "mae"));
    model.compile(Sgd::default(), "mse", names).unwrap();
    model.fit(&x, &y, FitOptions::new().callback(CsvLogger::new(&file.0).separator(';'))).unwrap();
    let table = file.read();
    assert_eq!(table.lines().next().unwrap(), "epoch;\"a;b\";loss;\"say \"\"c\"\"\"");
    assert_eq!(table.lines().nth(1).unwrap().split(';').count(), 4);
}

#[test]
fn what_cannot_be_written_is_refused() {
    let file = TemporaryFile::new("refused");
    let allowed = "is not allowed; expected any character but a quote and the end of a line";
    let text = refusal(model(Sgd::default()), CsvLogger::new(&file.0).separator('"'));
    assert_eq!(text, format!("CsvLogger: separator = '\"' {allowed}"));
    let text = refusal(model(Sgd::default()), CsvLogger::new(&file.0).separator('\n'));
    assert_eq!(text, format!("CsvLogger: separator = '\\n' {allowed}"));
    assert!(!file.0.exists());
    let nowhere = file.0.join("log.csv");
    let (x, y) = data();
    let options = FitOptions::new().callback(CsvLogger::new(&nowhere));
    match model(Sgd::default()).fit(&x, &y, options).unwrap_err() {
        Error::Io { file, .. } => assert_eq!(file, nowhere.display().to_string()),
        other => panic!("{other}"),
    }
}

fn averaging() -> Sequential<f64> {
    model(Sgd::default().learning_rate(0.3).use_ema(true).ema_momentum(0.9))
}

fn validated<'a>(epochs: usize) -> FitOptions<'a, f64> {
    FitOptions::new().epochs(epochs).batch_size(8).validation_split(0.25)
}

#[test]
fn averages_are_validated_and_the_weights_trained() {
    let (x, y) = data();
    let mut plain = averaging();
    let expected = plain.fit(&x, &y, validated(4)).unwrap();
    for swap_on_epoch in [false, true] {
        let mut swapped = averaging();
        let seen = RefCell::new(Vec::new());
        let options = validated(4)
            .callback(SwapEmaWeights::default().swap_on_epoch(swap_on_epoch))
            .callback(on_epoch_end(|run: &mut Run<'_, f64>| seen.borrow_mut().push(run.model().get_weights())));
        let history = swapped.fit(&x, &y, options).unwrap();
        assert_eq!(history["loss"], expected["loss"], "the training is the same");
        assert_eq!(swapped.get_weights(), plain.get_weights());
        assert_ne!(history["val_loss"], expected["val_loss"]);
        let (x_val, y_val) = (x.rows(30, 10).into_owned(), y.rows(30, 10).into_owned());
        let scores = swapped.evaluate_with(&x_val, &y_val, EvaluateOptions::new().batch_size(8)).unwrap();
        assert_eq!(history["val_loss"].last(), Some(&scores.loss()), "the averages are what the training ends with");
        assert_eq!(seen.borrow()[3] == swapped.get_weights(), swap_on_epoch);
        // a second training continues from the same state
        let again = |model: &mut Sequential<f64>| model.fit(&x, &y, validated(2)).unwrap()["loss"].to_vec();
        assert_eq!(again(&mut swapped), again(&mut plain.clone()));
    }
}

#[test]
fn the_weights_are_back_however_a_training_ends() {
    let (x, y) = data();
    let ended = |swaps: bool, ends: fn(&mut Run<'_, f64>) -> Result<()>| {
        let mut model = averaging();
        let options = if swaps { validated(9).callback(SwapEmaWeights::default().swap_on_epoch(true)) } else { validated(9) };
        let end = on_epoch_end(move |run: &mut Run<'_, f64>| if run.epoch() == 3 { ends(run) } else { Ok(()) });
        let done = model.fit(&x, &y, options.callback(end)).is_ok();
        let reached = model.get_weights();
        (done, reached, model.fit(&x, &y, validated(2)).unwrap()["loss"].to_vec())
    };
    let stops = |run: &mut Run<'_, f64>| {
        run.stop("enough");
        Ok(())
    };
    assert_eq!(ended(true, stops), ended(false, stops));
    let fails = |_: &mut Run<'_, f64>| Err(Error::callback("the disk is full"));
    assert_eq!(ended(true, fails), ended(false, fails));
    assert!(!ended(true, fails).0);
}

#[test]
fn an_optimizer_without_averages_is_refused() {
    let expected = "SGD: use_ema = false is not allowed; expected true, because only then are averages of the weights kept";
    assert_eq!(refusal(model(Sgd::default()), SwapEmaWeights::default()), expected);
}

/// How many of the scripted epochs run, and which of them is the best.
fn stopped(script: &'static [Option<f64>], mut stop: EarlyStopping<f64>) -> (usize, Option<usize>) {
    let (x, y) = data();
    let options = FitOptions::new().epochs(script.len()).callback(Script(script)).callback(&mut stop);
    let history = model(Sgd::default()).fit(&x, &y, options).unwrap();
    (history.epochs().len(), stop.best_epoch())
}

#[test]
fn early_stopping_waits_as_in_keras() {
    let score = || EarlyStopping::new("score").direction(Direction::Down);
    const FALLING: [Option<f64>; 5] = [Some(5.0), Some(4.0), Some(3.0), Some(2.5), Some(2.25)];
    assert_eq!(stopped(&FLAT, score()), (2, Some(0)), "never in the first epoch");
    assert_eq!(stopped(&FLAT, score().patience(3)), (4, Some(0)));
    assert_eq!(stopped(&FALLING, score()), (5, Some(4)));
    assert_eq!(stopped(&FALLING, score().direction(Direction::Up)), (2, Some(0)));
    assert_eq!(stopped(&FALLING, score().min_delta(0.5)), (4, Some(2)), "by more than min_delta, not by as much");
    assert_eq!(stopped(&FALLING, score().direction(Direction::Up).start_from_epoch(2)), (4, Some(2)));
    assert_eq!(stopped(&FALLING, score().baseline(3.5).patience(2)), (5, Some(4)));
    const BACK: [Option<f64>; 5] = [Some(5.0), Some(4.0), Some(4.0), Some(4.0), Some(4.0)];
    assert_eq!(stopped(&BACK, score().baseline(3.5).patience(3)), (3, Some(1)), "4 does not beat the baseline");
    const BROKEN: [Option<f64>; 4] = [Some(f64::NAN), Some(1.0), Some(f64::NAN), Some(f64::NAN)];
    assert_eq!(stopped(&BROKEN, score().patience(2)), (4, Some(1)), "NaN is no improvement, and no best value");
    assert_eq!(stopped(&BROKEN, score().patience(1)), (3, Some(1)));
}

#[test]
fn what_early_stopping_cannot_work_with_is_refused() {
    let text = |stop| refusal(model(Sgd::default()), stop);
    let allowed = "is not allowed; expected a number";
    let loss = || EarlyStopping::<f64>::new("loss");
    assert_eq!(text(loss().min_delta(-1.0)), format!("EarlyStopping: min_delta = -1 {allowed} >= 0 and < inf"));
    assert_eq!(text(loss().baseline(f64::NAN)), format!("EarlyStopping: baseline = NaN {allowed}"));
}

#[test]
fn termination_on_nan_ends_the_epoch_or_fails() {
    let (x, y) = data();
    let fit = |terminate: TerminateOnNan| {
        let batches = RefCell::new(0);
        let count = on_batch_begin(|_: &mut Run<'_, f64>| *batches.borrow_mut() += 1);
        let options = FitOptions::new().epochs(5).batch_size(10).callback(terminate).callback(count);
        let ended = model(Sgd::default().learning_rate(1e300)).fit(&x, &y, options);
        let ended = ended.map(|history| (history.epochs().len(), history.stop_reason().to_string()));
        (ended.map_err(|error| error.to_string()), batches.into_inner())
    };
    let (Ok((1, reason)), 2) = fit(TerminateOnNan::default()) else { panic!() };
    assert!(reason.starts_with("the loss became inf in epoch 1, batch 2, unit 0, row "), "{reason}");
    assert_eq!(fit(TerminateOnNan::default().raise_error(true)), (Err(reason), 2));
}
