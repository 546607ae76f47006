//! What `Diagnosis` reports of a training that was watched, and that watching changes nothing.

use layercake::Rng;
use layercake::diagnosis::{Report, Severity};
use layercake::prelude::*;

fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.uniform()).sum::<f64>() - 6.0
}

/// Rows of four normal numbers, and numbers that follow the first two.
fn data(rows: usize) -> (DMatrix<f64>, DMatrix<f64>) {
    let mut rng = Rng::new(5);
    let x = DMatrix::from_fn(rows, 4, |_, _| normal(&mut rng));
    let y = DMatrix::from_fn(rows, 1, |row, _| x[(row, 0)] - 0.5 * x[(row, 1)] + 0.2 * normal(&mut rng));
    (x, y)
}

fn classes(y: &DMatrix<f64>) -> DMatrix<f64> {
    y.map(|number| f64::from(u8::from(number > 0.0)))
}

fn network(hidden: &[usize], head: &'static str, loss: &str, optimizer: impl Optimizer<f64>) -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    hidden.iter().for_each(|&units| model.add(Dense::new(units).activation(Relu)));
    model.add(Dense::new(1).activation(head));
    model.compile(optimizer, loss, ()).unwrap();
    model
}

fn options() -> FitOptions<'static, f64> {
    FitOptions::new().epochs(60).validation_split(0.25)
}

fn watched(mut model: Sequential<f64>, (x, y): (&DMatrix<f64>, &DMatrix<f64>), options: FitOptions<'_, f64>) -> Report {
    let mut diagnosis = Diagnosis::new();
    model.fit(x, y, options.callback(&mut diagnosis)).unwrap();
    diagnosis.report()
}

fn codes(report: &Report) -> Vec<&str> {
    report.findings().iter().map(|finding| finding.code()).collect()
}

/// All but the last line, which has the time.
fn text(report: &Report) -> String {
    let text = report.to_string();
    text.rsplit_once('\n').unwrap().0.to_string()
}

#[test]
fn a_good_training_is_told_so() {
    let (x, y) = data(400);
    for (model, y) in [
        (network(&[8], "sigmoid", "binary_crossentropy", Adam::default().learning_rate(3e-3)), classes(&y)),
        (network(&[8], "linear", "mse", Adam::default().learning_rate(3e-3)), y),
    ] {
        let report = watched(model, (&x, &y), options());
        assert_eq!(codes(&report), [""; 0], "{report}");
        assert!(report.verdict().starts_with("good: "), "{report}");
        assert!(report.to_string().contains("findings  none"));
    }
}

#[test]
fn a_report_has_at_most_25_lines_of_80_columns() {
    let (mut x, y) = data(200);
    x.column_mut(0).scale_mut(1e4);
    x.column_mut(3).fill(0.0);
    let mut model = network(&[8, 8, 8, 8, 8], "sigmoid", "mse", Sgd::default().learning_rate(5.0));
    let mut diagnosis = Diagnosis::new();
    model.fit(&x, &y, options().callback(&mut diagnosis)).unwrap();
    for report in [diagnosis.report(), watched(network(&[4], "linear", "mse", Adam::default()), (&x, &y), options())] {
        let text = report.to_string();
        assert!(text.lines().count() <= 25, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(!report.findings().is_empty(), "{text}");
    }
}

#[test]
fn the_same_training_gives_the_same_report() {
    let (x, y) = data(300);
    let y = classes(&y);
    let model = || {
        let mut model = network(&[32, 16], "sigmoid", "binary_crossentropy", Adam::default());
        model.compile("adam", "binary_crossentropy", "accuracy").unwrap();
        model
    };
    let first = watched(model(), (&x, &y), options());
    assert_eq!(text(&first), text(&watched(model(), (&x, &y), options())));
    #[cfg(feature = "parallel")]
    for threads in [1, 2, 7] {
        assert_eq!(text(&first), text(&watched(model(), (&x, &y), options().threads(threads))), "{threads} threads");
    }
}

#[test]
fn watching_changes_no_bit() {
    let (x, y) = data(120);
    let model = || {
        let mut model = Sequential::with_seed(3);
        model.add(Dense::new(16).activation(Relu).kernel_regularizer(L2::new(1e-3)));
        model.add(BatchNormalization::default());
        model.add(Dropout::new(0.3));
        model.add(Dense::new(1));
        model.compile("adam", "mse", "mae").unwrap();
        model
    };
    let (mut alone, mut seen, mut diagnosis) = (model(), model(), Diagnosis::new());
    let history = alone.fit(&x, &y, options()).unwrap();
    assert_eq!(seen.fit(&x, &y, options().callback(&mut diagnosis)).unwrap(), history);
    assert_eq!(seen.get_weights(), alone.get_weights());
    // also of the next training, which goes on with the same random numbers
    let history = alone.fit(&x, &y, options()).unwrap();
    assert_eq!(seen.fit(&x, &y, options().callback(&mut diagnosis)).unwrap(), history);
}

#[test]
fn a_rate_that_is_too_high() {
    let (x, y) = data(300);
    let report = watched(network(&[16, 16], "linear", "mse", Adam::default().learning_rate(3.0)), (&x, &y), options());
    assert_eq!(codes(&report)[0], "LC0502", "{report}");
    assert_eq!(report.findings()[0].remedy().to_string(), "divide the learning rate by 3000");
    assert!(report.verdict().starts_with("poor"), "{report}");
    // a high rate that works is no fault
    let linear = network(&[], "linear", "mse", Sgd::default().learning_rate(0.3));
    let report = watched(linear, (&x, &y), options());
    assert_eq!(codes(&report), [""; 0], "{report}");
}

#[test]
fn a_loss_that_is_no_number() {
    let (x, y) = data(200);
    let mut diagnosis = Diagnosis::new();
    let mut model = network(&[16], "linear", "mse", Sgd::default().learning_rate(1e3));
    let error = model.fit(&x, &y, options().callback(&mut diagnosis)).unwrap_err();
    assert!(matches!(error, layercake::Error::NonFinite(_)), "{error}");
    let report = diagnosis.report();
    assert_eq!(codes(&report)[0], "LC0501", "{report}");
    assert_eq!(report.findings()[0].severity(), Severity::Error);
    assert!(error.to_string().starts_with(report.findings()[0].title()), "{report}");
    // to the default of 0.01
    assert_eq!(report.findings()[0].remedy().to_string(), "divide the learning rate by 100000");
    assert_eq!(report.verdict(), "failed: a number is not finite");
}

#[test]
fn weights_that_hardly_moved() {
    let (x, y) = data(300);
    let model = |optimizer| network(&[16], "linear", "mse", optimizer);
    let slow = watched(model(Adam::default().learning_rate(1e-7)), (&x, &y), options());
    assert_eq!(codes(&slow)[0], "LC0405", "what `check` finds is the cause: {slow}");
    let explained: Vec<_> = slow.findings()[0].explains().iter().map(|finding| finding.code()).collect();
    assert!(explained.contains(&"LC0503"), "{explained:?}");
    // without the finding that explains it
    let mut diagnosis = Diagnosis::new().silence(["LC0403", "LC0404", "LC0405"]);
    let mut few = model(Adam::default());
    let options = FitOptions::new().epochs(3).batch_size(300).validation_split(0.25);
    few.fit(&x, &y, options.callback(&mut diagnosis)).unwrap();
    let report = diagnosis.report();
    assert_eq!(report.findings()[0].title(), "batches of 225 of 225 rows made only 3 steps");
    assert_eq!(codes(&report)[0], "LC0504");
}

#[test]
fn targets_that_the_inputs_do_not_tell() {
    let (x, _) = data(300);
    let mut rng = Rng::new(11);
    let y = DMatrix::from_fn(300, 1, |_, _| f64::from(u8::from(rng.below(2) == 0)));
    let report = watched(network(&[16], "sigmoid", "binary_crossentropy", Adam::default()), (&x, &y), options());
    assert_eq!(codes(&report)[0], "LC0508", "{report}");
}

#[test]
fn good_training_and_poor_validation() {
    let (x, y) = data(60);
    let mut rng = Rng::new(2);
    let noisy = y.map(|number| number + normal(&mut rng));
    let report = watched(network(&[128, 128], "linear", "mse", Adam::default()), (&x, &noisy), options().epochs(200));
    assert!(codes(&report).contains(&"LC0510"), "{report}");
    let finding = report.findings().iter().find(|finding| finding.code() == "LC0510").unwrap();
    assert!(finding.title().starts_with("the validation loss rose by "), "{finding}");
}

#[test]
fn a_model_that_is_too_small() {
    let (x, _) = data(300);
    // four classes by two signs, of which one unit tells two
    let labels: Vec<usize> = (0..300).map(|row| usize::from(x[(row, 0)] > 0.0) + 2 * usize::from(x[(row, 1)] > 0.0)).collect();
    let report = |units: usize| {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(units).activation(Tanh));
        model.add(Dense::new(4).activation(Softmax));
        model.compile(Adam::default().learning_rate(0.01), "sparse_categorical_crossentropy", ()).unwrap();
        let mut diagnosis = Diagnosis::new();
        model.fit(&x, &labels, options().callback(&mut diagnosis)).unwrap();
        diagnosis.report()
    };
    assert_eq!(codes(&report(1)), ["LC0512"]);
    assert_eq!(codes(&report(16)), [""; 0]);
}

#[test]
fn what_works_is_no_fault() {
    let (x, y) = data(600);
    let labels: Vec<usize> = classes(&y).iter().map(|&class| class as usize).collect();
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(2).activation(Softmax));
    model.add(layers::Softmax::default());
    model.compile(Adam::default().learning_rate(0.03), "sparse_categorical_crossentropy", ()).unwrap();
    assert_eq!(model.check(&x, &labels, &options()).unwrap()[0].severity(), Severity::Error);
    // `check` cannot know that it trains well enough
    let mut diagnosis = Diagnosis::new();
    model.fit(&x, &labels, options().callback(&mut diagnosis)).unwrap();
    let report = diagnosis.report();
    let severities: Vec<Severity> = report.findings().iter().map(|finding| finding.severity()).collect();
    assert_eq!((codes(&report), severities), (vec!["LC0203"], vec![Severity::Note]), "{report}");
}

#[test]
fn a_diagnosis_that_watched_nothing() {
    let report = Diagnosis::<f64>::new().report();
    assert_eq!(report.verdict(), "no training was watched");
    assert!(report.to_string().contains("callback(&mut diagnosis)") && report.findings().is_empty(), "{report}");
    let (x, y) = data(50);
    let mut unknown = Diagnosis::new().silence(["nonsense"]);
    assert!(network(&[], "linear", "mse", Sgd::default()).fit(&x, &y, options().callback(&mut unknown)).is_err());
}

#[test]
fn functional_models_with_one_input_and_one_output() {
    let (mut x, y) = data(200);
    x.column_mut(1).scale_mut(1e4);
    let input = Node::input("numbers", 4);
    let output = input.then(Dense::new(8).activation(Relu)).then(Dense::new(1));
    let mut model = Functional::<f64>::with_seed(1, [&input], [&output]).unwrap();
    model.compile("adam", "mse", ()).unwrap();
    let found = model.check(&x, &y, &options()).unwrap();
    assert_eq!(found[0].code(), "LC0102", "{found:#?}");
    let mut diagnosis = Diagnosis::new();
    model.fit(&x, &y, options().callback(&mut diagnosis)).unwrap();
    assert_eq!(codes(&diagnosis.report())[0], "LC0102");
    let other = Node::input("others", 1);
    let both = layers::Concatenate::new().of([&input, &other]).then(Dense::new(1));
    let mut model = Functional::<f64>::with_seed(1, [&input, &other], [&both]).unwrap();
    model.compile("adam", "mse", ()).unwrap();
    let refused = model.fit((&x, &y), &y, options().callback(&mut diagnosis)).unwrap_err().to_string();
    assert!(refused.contains("a model with one input and one output"), "{refused}");
}
