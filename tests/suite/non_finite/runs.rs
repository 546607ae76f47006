//! Numbers are located in every kind of run: with callbacks that step in, random layers, threads, limits and the like.

use super::harness::{BATCH, ROWS, bits, data};
use super::parts::{Breaks, Fault, hiding};
use layercake::diagnosis::Diagnosis;
use layercake::prelude::*;
use layercake::{Error, NonFinite, NonFiniteCause, TensorRole};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A layer that breaks the output of unit 2 for sample 1 in one step.
fn fault(step: usize) -> Fault {
    Fault { breaks: Breaks::Output, step, sample: 1, unit: 2, value: f32::NAN }
}

fn network(step: usize) -> Sequential<f32> {
    let mut model = Sequential::with_seed(3);
    model.add(Dense::new(8).activation(Relu));
    model.add(Dropout::new(0.3));
    model.add(fault(step).name("fault"));
    model.add(Dense::new(1));
    model.compile("adam", "mse", ()).unwrap();
    model
}

fn options<'a>() -> FitOptions<'a, f32> {
    FitOptions::new().epochs(30).batch_size(BATCH)
}

/// Fits with watching, and returns what was located.
fn located(model: &mut Sequential<f32>, x: &DMatrix<f32>, y: &DMatrix<f32>, options: FitOptions<'_, f32>) -> NonFinite {
    match model.fit(x, y, options.callback(TerminateOnNan::default().raise_error(true))) {
        Err(Error::NonFinite(found)) => *found,
        other => panic!("{other:?}"),
    }
}

/// Returns the weights that a training has before a step when nobody watches.
fn weights_before(mut model: Sequential<f32>, options: FitOptions<'_, f32>, epoch: usize, batch: usize) -> Vec<DMatrix<f32>> {
    let (x, y) = data();
    let weights = RefCell::new(Vec::new());
    let look = on_batch_begin(|run: &mut Run<'_, f32>| {
        if (run.epoch(), run.batch()) == (epoch, batch) {
            weights.replace(run.model().get_weights());
        }
    });
    model.fit(&x, &y, options.callback(look)).unwrap();
    weights.into_inner()
}

/// Checks that the broken output of step 100 is found, with the weights from before the step.
fn assert_found(model: Sequential<f32>, options: impl Fn() -> FitOptions<'static, f32>, batches: usize) -> NonFinite {
    let (x, y) = data();
    let mut watched = model.clone();
    let found = located(&mut watched, &x, &y, options());
    assert_eq!((found.role, found.layer.as_deref(), found.unit), (TensorRole::Activation, Some("fault"), Some(2)), "{found}");
    assert_eq!((found.epoch, found.batch), (100 / batches, 100 % batches), "{found}");
    assert_eq!(found.cause, NonFiniteCause::OwnPart { part: "Fault".to_string() });
    let before = weights_before(model, options(), found.epoch, found.batch);
    assert_eq!(bits(&watched.get_weights()), bits(&before), "{found}");
    found
}

#[test]
fn in_each_kind_of_run() {
    let batches = ROWS / BATCH;
    assert_found(network(100), options, batches);
    assert_found(network(100), || options().shuffle(false), batches);
    assert_found(network(100), || options().streamed(true), batches);
    let found = assert_found(network(100), || options().batch_size(7).validation_split(0.2), 48_usize.div_ceil(7));
    assert!(found.row.is_some_and(|row| row < 48), "{found}");
    #[cfg(feature = "parallel")]
    assert_found(network(100), || options().threads(3), batches);
    let compiled = |optimizer: Adam| {
        let mut model = network(100);
        model.compile(optimizer, "mse", "mae").unwrap();
        model
    };
    let accumulated = Adam::default().gradient_accumulation_steps(3);
    assert_found(compiled(accumulated), options, batches);
    assert_found(
        compiled(Adam::default().use_ema(true)),
        || options().validation_split(0.2).callback(SwapEmaWeights::default()),
        5,
    );
    assert_found(compiled(Adam::default().clipvalue(0.1)), options, batches);
    assert_found(compiled(Adam::default().learning_rate(CosineDecay::new(1e-2, 200))), options, batches);
}

/// Callbacks that set the learning rate or the weights do so once, and not again when steps are run again.
#[test]
fn with_callbacks_that_step_in() {
    let batches = ROWS / BATCH;
    let by_epoch = || LearningRateScheduler::new(|epoch, _| if epoch < 3 { 1e-2 } else { 1e-3 / epoch as f64 });
    assert_found(network(100), || options().callback(by_epoch()), batches);
    let by_batch = || on_batch_begin(|run: &mut Run<'_, f32>| run.set_learning_rate(1e-3 * (1 + run.batch()) as f64));
    assert_found(network(100), || options().callback(by_batch()), batches);
    let halving = || {
        on_epoch_end(|run: &mut Run<'_, f32>| {
            let mut weights = Vec::new();
            run.copy_weights(&mut weights);
            // not the state of the layer that counts its steps
            let trained = weights.len() - 2;
            weights[..trained].iter_mut().for_each(|weight| *weight *= 0.5);
            run.restore_weights(&weights);
        })
    };
    assert_found(network(100), || options().callback(halving()), batches);
}

/// A second training goes on with the steps that the layer has counted.
#[test]
fn in_a_training_that_goes_on() {
    let (x, y) = data();
    let mut model = network(100);
    model.fit(&x, &y, options().epochs(10)).unwrap();
    let mut watched = model.clone();
    let found = located(&mut watched, &x, &y, options().initial_epoch(10));
    assert_eq!((found.epoch, found.batch), (16, 4), "{found}");
    let before = weights_before(model, options().initial_epoch(10), 16, 4);
    assert_eq!(bits(&watched.get_weights()), bits(&before));
    // the model can be trained on after that
    assert!(watched.fit(&x, &y, options().epochs(1)).unwrap()["loss"][0].is_nan(), "the same step breaks again");
}

/// Snapshots are taken within a long epoch too, and large weights are updated while their gradients are computed.
#[test]
fn in_long_epochs_and_in_large_layers() {
    let x = DMatrix::from_fn(3000, 2, |row, column| ((row * 3 + column) as f32).sin());
    let y = DMatrix::from_fn(3000, 1, |row, _| x[(row, 0)]);
    for step in [1023, 1024, 1030, 1490] {
        let found = located(&mut network(step), &x, &y, options().batch_size(2).shuffle(false));
        let expected = (0, step, TensorRole::Activation, Some(2 * step + 1));
        assert_eq!((found.epoch, found.batch, found.role, found.row), expected, "{found}");
    }
    let mut model = Sequential::with_seed(3);
    model.add(Dense::new(256).activation(Relu));
    model.add(Dense::new(256).activation(Relu));
    model.add(fault(70).name("fault"));
    model.add(Dense::new(1));
    model.compile("adam", "mse", ()).unwrap();
    let (x, y) = data();
    let mut watched = model.clone();
    let found = located(&mut watched, &x, &y, options());
    assert_eq!((found.epoch, found.batch, found.layer.as_deref()), (11, 4, Some("fault")), "{found}");
    assert_eq!(bits(&watched.get_weights()), bits(&weights_before(model, options(), 11, 4)));
}

/// What a layer hides from the loss is found at the end of a training that another callback ends early.
#[test]
fn hidden_and_stopped_by_another_callback() {
    let (x, y) = data();
    let mut model = Sequential::with_seed(3);
    model.add(fault(20).name("fault"));
    model.add(Dense::new(4));
    model.add(hiding());
    model.add(Dense::new(1));
    model.compile("adam", "mse", ()).unwrap();
    let stop = on_epoch_end(|run: &mut Run<'_, f32>| {
        if run.epoch() == 4 {
            run.stop("enough")
        }
    });
    let history = model.fit(&x, &y, options().callback(stop).callback(TerminateOnNan::default())).unwrap();
    assert!(history["loss"].iter().all(|loss| loss.is_finite()));
    let reason = history.stop_reason().to_string();
    assert!(reason.starts_with("the activation of layer `fault` became NaN in epoch 4, batch 3, unit 2, row "), "{reason}");
    assert!(model.get_weights().iter().all(|weight| weight.iter().all(|value| value.is_finite())));
}

/// Callbacks see each batch once, and of the replay nothing.
#[test]
fn callbacks_do_not_see_the_replay() {
    let (x, y) = data();
    let batches = RefCell::new(Vec::new());
    let count = on_batch_end(|run: &mut Run<'_, f32>| batches.borrow_mut().push(run.epoch() * 6 + run.batch()));
    let history = network(100).fit(&x, &y, options().callback(TerminateOnNan::default()).callback(count)).unwrap();
    assert_eq!(batches.into_inner(), (0..=100).collect::<Vec<_>>());
    assert_eq!(history.epochs(), (0..17).collect::<Vec<_>>());
    assert!(history["loss"][16].is_nan() && history["loss"][15].is_finite());
    assert!(!history.to_string().contains("add `.callback"), "{history}");
}

/// The diverging weight of a straight line, computed by hand.
#[test]
fn divergence_with_its_growth() {
    for (rate, most) in [(8.0, 60), (40.0, 40), (1e4, 20), (1e12, 8)] {
        let (x, y) = (dmatrix![1.0_f32; 2.0], dmatrix![1.0_f32; 2.0]);
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(1).use_bias(false).kernel_initializer(Zeros).name("line"));
        model.compile(Sgd::default().learning_rate(rate), "mse", ()).unwrap();
        let found = located(&mut model, &x, &y, FitOptions::new().epochs(most).shuffle(false));
        // w -= r 2 mean(x (w x - y)) = 5 r (w - 1), until the loss overflows
        let (mut w, mut step) = (0.0_f32, 0);
        let loss = |w: f32| ((w - 1.0) * (w - 1.0) + (2.0 * w - 2.0) * (2.0 * w - 2.0)) * 0.5;
        while loss(w).is_finite() {
            w -= rate as f32 * 5.0 * (w - 1.0);
            step += 1;
        }
        assert_eq!((found.epoch, found.batch, found.role), (step, 0, TensorRole::Loss), "{found}");
        // the first row that overflows: its error is half of that of the other
        let row = if ((w - 1.0) * (w - 1.0)).is_finite() { 1 } else { 0 };
        assert_eq!(found.row, Some(row), "{found}");
        let NonFiniteCause::Divergence { growth } = found.cause else { panic!("{found}") };
        let exact = 5.0 * rate - 1.0;
        assert!((growth / exact - 1.0).abs() < 0.2, "{growth} instead of {exact}: {found}");
        assert!(model.get_weights()[0][0].is_finite());
    }
}

/// A layer that counts for itself breaks only once: the replay says that it did not see it again.
#[derive(Debug, Clone)]
struct Counter(Arc<AtomicUsize>);

impl layercake::saving::Describe for Counter {}

impl layercake::activations::Activation<f32> for Counter {
    fn apply(&self, mut z: layercake::BatchMut<'_, f32>) {
        if self.0.fetch_add(1, Ordering::Relaxed) == 20 {
            z.values()[0] = f32::NAN;
        }
    }

    fn backprop(&self, _seen: layercake::Batch<'_, f32>, _gradient: layercake::BatchMut<'_, f32>) {}
}

#[test]
fn what_does_not_happen_again_is_said_so() {
    let (x, y) = data();
    let model = || {
        let mut model = Sequential::with_seed(3);
        model.add(Dense::new(1).activation(Counter(Arc::default())));
        model.compile("adam", "mse", ()).unwrap();
        model
    };
    let before = weights_before(model(), options(), 3, 2);
    let mut again = model();
    let found = located(&mut again, &x, &y, options());
    assert_eq!((found.epoch, found.batch, found.cause), (3, 2, NonFiniteCause::NotReproduced));
    assert!(found.value.is_nan());
    assert_eq!(bits(&again.get_weights()), bits(&before));
}

#[test]
fn diagnosis_fails_with_the_same_words_and_reports() {
    let (x, y) = data();
    let mut diagnosis = Diagnosis::new();
    let error = network(100).fit(&x, &y, options().callback(&mut diagnosis)).unwrap_err();
    let Error::NonFinite(found) = &error else { panic!("{error}") };
    assert_eq!((found.epoch, found.batch, found.layer.as_deref()), (16, 4, Some("fault")));
    assert!(error.to_string().lines().count() <= 6, "{error}");
    let report = diagnosis.report();
    let codes: Vec<_> = report.findings().iter().map(|finding| finding.code()).collect();
    assert!(codes.contains(&"LC0513"), "{report}");
    assert_eq!(report.verdict(), "failed: a number is not finite");
    assert!(report.to_string().lines().count() <= 25, "{report}");
    let mut diagnosis = Diagnosis::new();
    assert!(network(0).fit(&x, &y, options().callback(&mut diagnosis)).is_err());
    assert_eq!(diagnosis.report().findings()[0].code(), "LC0513", "also in the first step");
}

/// Watching changes no bit of a training that stays finite.
#[test]
fn watching_changes_nothing() {
    let (x, y) = data();
    let (mut alone, mut watched) = (network(usize::MAX), network(usize::MAX));
    let history = alone.fit(&x, &y, options()).unwrap();
    let seen = watched.fit(&x, &y, options().callback(TerminateOnNan::default())).unwrap();
    assert_eq!(seen["loss"], history["loss"]);
    assert_eq!(bits(&watched.get_weights()), bits(&alone.get_weights()));
}

/// Data that are not finite are refused before the first step, with row and column.
#[test]
fn inputs_are_refused() {
    for row in [0, 29, 59] {
        for column in 0..5 {
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let (mut x, y) = data();
                x[(row, column)] = value;
                let error = network(0).fit(&x, &y, options().callback(TerminateOnNan::default())).unwrap_err();
                assert!(
                    matches!(error, Error::NotFinite { what: "x", row: r, column: c, .. } if (r, c) == (row, column)),
                    "{error}"
                );
            }
        }
    }
}
