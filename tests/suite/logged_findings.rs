//! Findings in the messages of the `log` facade.

use layercake::diagnosis::CheckOptions;
use layercake::prelude::*;
use log::{Level, LevelFilter, Log, Metadata, Record};
use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

thread_local! {
    /// The messages of the thread of a test.
    static MESSAGES: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
}

struct Collect;

impl Log for Collect {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "layercake::diagnosis"
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            MESSAGES.with_borrow_mut(|messages| messages.push((record.level(), record.args().to_string())));
        }
    }

    fn flush(&self) {}
}

/// The tests share the largest level.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Returns what a call logs of messages up to a level.
fn logged_up_to(level: LevelFilter, call: impl FnOnce()) -> Vec<(Level, String)> {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // the first of the tests sets it
    let _ = log::set_logger(&Collect);
    log::set_max_level(level);
    MESSAGES.take();
    call();
    MESSAGES.take()
}

fn logged(call: impl FnOnce()) -> Vec<(Level, String)> {
    logged_up_to(LevelFilter::Trace, call)
}

fn model(rate: f64) -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(8).activation(Relu));
    model.add(Dense::new(2).activation(Softmax));
    model.compile(Adam::default().learning_rate(rate), "sparse_categorical_crossentropy", ()).unwrap();
    model
}

/// Sorted rows with a column that is constant.
fn data() -> (DMatrix<f64>, Vec<usize>) {
    let x = DMatrix::from_fn(200, 3, |row, column| [(row as f64).sin() + (row / 100) as f64, 7.0, (row as f64).cos()][column]);
    (x, (0..200).map(|row| row / 100).collect())
}

#[test]
fn a_check_logs_each_finding_at_its_level() {
    let (x, y) = data();
    let options = FitOptions::new().epochs(50).validation_split(0.2);
    let check = |checks: &CheckOptions| model(0.001).check_with(&x, &y, &options, checks).unwrap();
    let mut found = Vec::new();
    let messages = logged(|| found = check(&CheckOptions::new()));
    assert_eq!(messages.len(), found.len());
    for ((level, message), finding) in messages.iter().zip(&found) {
        assert!(message.starts_with(&format!("{}: {}", finding.code(), finding.title())), "{message}");
        assert!(message.ends_with(&format!("; try: {}", finding.remedy())) && !message.contains('\n'), "{message}");
        let expected = [("error", Level::Error), ("warning", Level::Warn), ("note", Level::Info)];
        assert!(expected.contains(&(finding.severity().to_string().as_str(), *level)), "{level} {finding}");
    }
    let levels: Vec<Level> = messages.iter().map(|(level, _)| *level).collect();
    assert!(levels.contains(&Level::Error) && levels.contains(&Level::Info), "{messages:?}");
    let silent = logged(|| drop(check(&CheckOptions::new().silence(["LC0104"]))));
    assert!(silent.len() + 1 == messages.len() && silent.iter().all(|(_, message)| !message.contains("LC0104")), "{silent:?}");
}

#[test]
fn a_training_logs_the_findings_of_its_report_once() {
    let (x, y) = data();
    let mut diagnosis = Diagnosis::new();
    let messages = logged(|| {
        model(5.0).fit(&x, &y, FitOptions::new().epochs(20).callback(&mut diagnosis)).unwrap();
    });
    let mut report = diagnosis.report();
    assert!(!report.findings().is_empty());
    let codes = |messages: &[(Level, String)]| messages.iter().map(|(_, text)| text[..6].to_string()).collect::<Vec<_>>();
    assert_eq!(codes(&messages), report.findings().iter().map(|finding| finding.code()).collect::<Vec<_>>());
    let more = logged(|| report = diagnosis.report());
    assert!(more.is_empty(), "{more:?}");
}

#[test]
fn a_training_that_fails_logs_why() {
    let (x, y) = data();
    let messages = logged(|| {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(2));
        model.compile(Sgd::default().learning_rate(1e200), "mse", ()).unwrap();
        let y = DMatrix::from_fn(200, 2, |row, class| f64::from(u8::from(y[row] == class)));
        let mut diagnosis = Diagnosis::new();
        model.fit(&x, &y, FitOptions::new().epochs(50).callback(&mut diagnosis)).unwrap_err();
    });
    assert!(messages.iter().any(|(level, text)| *level == Level::Error && text.contains("LC0501")), "{messages:?}");
}

#[test]
fn levels_are_those_of_the_logger() {
    let (x, y) = data();
    let train = || {
        let mut diagnosis = Diagnosis::new();
        model(5.0).fit(&x, &y, FitOptions::new().epochs(20).callback(&mut diagnosis)).unwrap();
    };
    let all = logged(train);
    let few = logged_up_to(LevelFilter::Warn, train);
    let expected: Vec<_> = all.iter().filter(|(level, _)| *level <= Level::Warn).cloned().collect();
    assert!(few == expected && few.len() < all.len(), "{all:?}");
    assert!(logged_up_to(LevelFilter::Off, train).is_empty());
}
