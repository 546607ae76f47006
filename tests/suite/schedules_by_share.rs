//! Schedules that follow the share of a training that is done: for the learning rate, the weight decay and dropout.
use layercake::optimizers::{CosineLog, FlatCosine, Minimizer, Schedule, Variable};
use layercake::prelude::*;
use layercake::saving::{Part, Registry};
use std::f64::consts::PI;

/// `flat_cos` and `coslog4` as in the reference implementation.
fn flat_cos(t: f64) -> f64 {
    if t < 0.5 { 1.0 } else { 0.5 * (1.0 + (2.0 * PI * (t - 0.5)).cos()) }
}

fn coslog4(t: f64) -> f64 {
    0.5 * (1.0 - (2.0 * PI * (1.0 + 15.0 * t).log2()).cos())
}

/// A model of one weight, which is 1, and six samples that leave its gradient at 0.
fn one_weight() -> (Sequential<f64>, DMatrix<f64>) {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(1).use_bias(false).kernel_initializer("ones"));
    (model, DMatrix::zeros(6, 1))
}

/// Checks the learning rate of each of 15 batches.
fn assert_rates(schedule: impl Schedule + 'static, formula: fn(f64) -> f64) -> layercake::Result<()> {
    let (mut model, x) = one_weight();
    model.compile(Sgd::default().learning_rate(schedule), "mse", ())?;
    let mut rates = Vec::new();
    let keep = on_batch_end(|run| rates.push(run.learning_rate()));
    model.fit(&x, &x, FitOptions::new().epochs(5).batch_size(2).callback(keep))?;
    assert_eq!(rates.len(), 15);
    for (batch, rate) in rates.into_iter().enumerate() {
        let expected = 0.04 * formula(batch as f64 / 15.0);
        assert!((rate - expected).abs() < 1e-14, "batch {batch}: {rate} and {expected}");
    }
    Ok(())
}

#[test]
fn the_learning_rate_follows_the_share_of_all_batches() -> layercake::Result<()> {
    assert_rates(FlatCosine::new(0.04), flat_cos)?;
    assert_rates(CosineLog::new(0.04), coslog4)
}

#[test]
fn the_weight_decay_follows_its_schedule() -> layercake::Result<()> {
    let (mut model, x) = one_weight();
    let optimizer = Sgd::default().learning_rate(0.5).weight_decay(0.1).weight_decay_schedule(FlatCosine::new(1.0));
    model.compile(optimizer, "mse", ())?;
    model.fit(&x, &x, FitOptions::new().epochs(4).batch_size(2))?;
    let expected: f64 = (0..12).map(|batch| 1.0 - 0.5 * 0.1 * flat_cos(f64::from(batch) / 12.0)).product();
    assert!((model.get_weights()[0][0] - expected).abs() < 1e-14);
    Ok(())
}

#[test]
fn a_schedule_of_steps_counts_batches_for_the_weight_decay_too() -> layercake::Result<()> {
    let (mut model, x) = one_weight();
    let halves = PiecewiseConstantDecay::new([1], [1.0, 0.5]);
    model.compile(Sgd::default().learning_rate(0.5).weight_decay(0.1).weight_decay_schedule(halves), "mse", ())?;
    model.fit(&x, &x, FitOptions::new().epochs(1).batch_size(2))?;
    assert!((model.get_weights()[0][0] - 0.95 * 0.95 * 0.975).abs() < 1e-15);
    Ok(())
}

/// Returns the weights in the middle and at the end of a training with this dropout layer.
fn weights_with(dropout: Dropout) -> layercake::Result<[f64; 2]> {
    let mut model = Sequential::<f64>::with_seed(3);
    model.add(dropout);
    model.add(Dense::new(1));
    model.compile("sgd", "mse", ())?;
    let x = DMatrix::from_fn(40, 3, |row, column| (row * 3 + column) as f64 / 120.0);
    let y = DMatrix::from_fn(40, 1, |row, _| row as f64 / 40.0);
    let mut middle = f64::NAN;
    // the first batch of the second half still has the full rate
    let keep = on_batch_end(|run| {
        if (run.epoch(), run.batch()) == (2, 0) {
            middle = run.model().get_weights()[0][0];
        }
    });
    model.fit(&x, &y, FitOptions::new().epochs(4).batch_size(10).callback(keep))?;
    Ok([middle, model.get_weights()[0][0]])
}

#[test]
fn dropout_follows_its_schedule() -> layercake::Result<()> {
    let [middle, end] = weights_with(Dropout::new(0.4))?;
    let [middle_scheduled, end_scheduled] = weights_with(Dropout::new(0.4).schedule(FlatCosine::new(1.0)))?;
    assert_eq!(middle, middle_scheduled);
    assert_ne!(end, end_scheduled);
    let off = weights_with(Dropout::new(0.4).schedule(FlatCosine::new(0.0)))?;
    assert_eq!(off, weights_with(Dropout::new(0.0))?);
    Ok(())
}

#[test]
fn a_schedule_by_share_is_refused_where_the_share_is_unknown() -> layercake::Result<()> {
    let (mut model, x) = one_weight();
    let told = |error: layercake::Error| error.to_string();
    model.compile(Sgd::default().learning_rate(FlatCosine::new(0.1)), "mse", ())?;
    let text = "FlatCosine(initial_learning_rate=0.1) depends on the share of the training that is done, which `train_on_batch` \
                does not know: use `fit`, or a schedule of steps";
    assert_eq!(told(model.train_on_batch(&x, &x).unwrap_err()), text);
    let optimizer = Adam::default().weight_decay(0.1).weight_decay_schedule(FlatCosine::new(0.1));
    let error = Minimizer::<f64>::new(optimizer, [Variable::new("w", [1])]).unwrap_err();
    assert_eq!(told(error), text.replace("train_on_batch", "Minimizer"));
    let mut model = Sequential::<f64>::new();
    model.add(Dropout::new(0.5).schedule(CosineDecay::new(0.1, 10)));
    let error = told(model.build(2).unwrap_err());
    assert!(error.contains("Dropout: schedule = CosineDecay("), "{error}");
    assert!(
        error.ends_with("expected a schedule by share of the training, such as FlatCosine, since a layer does not know the step"),
        "{error}"
    );
    Ok(())
}

#[test]
fn the_schedules_come_back_from_their_specs() -> layercake::Result<()> {
    let registry = Registry::<f64>::default();
    let dropout = Part::spec(&Dropout::new(0.25).schedule(CosineLog::new(0.5).cycles(2)));
    assert_eq!(registry.part::<dyn Layer<f64>>(&dropout)?.spec(), dropout);
    let adam = Part::spec(&AdamW::default().weight_decay_schedule(FlatCosine::new(0.5)));
    assert_eq!(registry.part::<dyn Optimizer<f64>>(&adam)?.spec(), adam);
    // what is not set is not written, so that Keras reads the rest
    assert!(Part::spec(&AdamW::default()).get("weight_decay_schedule").is_none());
    assert!(Part::spec(&Dropout::new(0.5)).get("schedule").is_none());
    Ok(())
}
