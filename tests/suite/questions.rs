//! What people ask about a training: each test makes a training that shows it, and asks the diagnosis for the answer.

use layercake::Rng;
use layercake::diagnosis::{Remedy, Report, Setup, Trials};
use layercake::prelude::*;
use std::time::Duration;

fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.uniform()).sum::<f64>() - 6.0
}

/// Rows of four normal numbers, and numbers that follow the first two, with noise.
fn data(rows: usize, noise: f64) -> (DMatrix<f64>, DMatrix<f64>) {
    let mut rng = Rng::new(5);
    let x = DMatrix::from_fn(rows, 4, |_, _| normal(&mut rng));
    let y = DMatrix::from_fn(rows, 1, |row, _| x[(row, 0)] - 0.5 * x[(row, 1)] + noise * normal(&mut rng));
    (x, y)
}

fn classes(y: &DMatrix<f64>) -> DMatrix<f64> {
    y.map(|number| f64::from(u8::from(number > 0.0)))
}

/// Trains under a diagnosis, and tries its remedies; returns the history, the report and the trials.
fn asked(
    build: impl Fn() -> layercake::Result<Sequential<f64>>,
    options: impl Fn() -> FitOptions<'static, f64>,
    (x, y): (&DMatrix<f64>, &DMatrix<f64>),
) -> (History, Report, Trials) {
    let mut diagnosis = Diagnosis::new();
    let history = build().unwrap().fit(x, y, options().callback(&mut diagnosis)).unwrap();
    let setup = Setup::new(build, options).data(x, y);
    let trials = setup.try_remedies(&diagnosis, Duration::from_secs(120)).unwrap();
    (history, diagnosis.report(), trials)
}

#[test]
fn the_scores_do_not_satisfy() {
    let (x, y) = data(300, 0.2);
    let y = classes(&y);
    let build = || {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(16).activation(Relu));
        model.add(Dense::new(1).activation(Sigmoid));
        model.compile(Adam::default().learning_rate(1e-5), "binary_crossentropy", "accuracy")?;
        Ok(model)
    };
    let (history, report, trials) = asked(build, || FitOptions::new().epochs(60).validation_split(0.25), (&x, &y));
    assert!(history["val_accuracy"].last().unwrap() < &0.8);
    assert_eq!(report.verdict(), "poor: simple models do better", "{report}");
    let finding = &report.findings()[0];
    assert_eq!(finding.code(), "LC0405", "the learning rate is too low: {report}");
    // back to the default rate
    assert!(matches!(finding.remedy(), Remedy::LearningRate(factor) if (factor - 100.0).abs() < 1e-9), "{finding}");
    let best = trials.best().unwrap();
    assert!(best.after().unwrap() < 0.5 * best.before().unwrap(), "{trials}");
}

#[test]
fn training_is_good_and_validation_is_poor() {
    let (x, y) = data(60, 1.0);
    let build = || {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(128).activation(Relu));
        model.add(Dense::new(128).activation(Relu));
        model.add(Dense::new(1));
        model.compile("adam", "mse", ())?;
        Ok(model)
    };
    let (history, report, trials) = asked(build, || FitOptions::new().epochs(200).validation_split(0.25), (&x, &y));
    assert!(history["val_loss"].last().unwrap() > &(10.0 * history["loss"].last().unwrap()));
    let finding = report.findings().iter().find(|finding| finding.code() == "LC0510").unwrap();
    assert!(finding.title().starts_with("the validation loss rose by "), "{finding}");
    let trial = trials.trials().iter().find(|trial| trial.finding().code() == "LC0510").unwrap();
    assert!(trial.helped() && trial.epochs().unwrap() < 200, "{trials}");
}

#[test]
fn the_loss_rises() {
    let (x, y) = data(300, 0.2);
    let build = || {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(1));
        model.compile(Sgd::default().learning_rate(1.3), "mse", ())?;
        Ok(model)
    };
    let (history, report, trials) = asked(build, || FitOptions::new().epochs(4).validation_split(0.25), (&x, &y));
    let loss = &history["loss"];
    assert!(loss.windows(2).all(|pair| pair[1] > pair[0]) && loss[3].is_finite(), "{loss:?}");
    let finding = &report.findings()[0];
    assert_eq!(finding.code(), "LC0502", "{report}");
    assert!(finding.title().starts_with("the loss rose from "), "{finding}");
    // below the variance of the targets, which is 1.3
    assert!(trials.best().unwrap().after().unwrap() < 1.0, "{trials}");
}

#[test]
fn the_accuracy_falls() {
    // half of the variance is noise, which a large network learns by heart
    let (x, y) = data(120, 1.1);
    let y = classes(&y);
    let build = || {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(256).activation(Relu));
        model.add(Dense::new(256).activation(Relu));
        model.add(Dense::new(1).activation(Sigmoid));
        model.compile(Adam::default(), "binary_crossentropy", "accuracy")?;
        Ok(model)
    };
    let (history, report, trials) = asked(build, || FitOptions::new().epochs(150).validation_split(0.3), (&x, &y));
    let accuracy = &history["val_accuracy"];
    let best = accuracy.iter().copied().fold(0.0, f64::max);
    assert!(best - accuracy.last().unwrap() > 0.08, "{accuracy:?}");
    let finding = report.findings().iter().find(|finding| finding.code() == "LC0510").unwrap();
    assert!(matches!(finding.remedy(), Remedy::EarlyStopping(_)), "{finding}");
    assert!(trials.best().is_some(), "{trials}");
}
