//! The factors of a weight: how much of the learning rate and of the decay it gets.

use layercake::prelude::*;

/// A model of one layer whose kernel and bias start from ones.
fn model(dense: Dense<f64>, optimizer: Sgd) -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(dense.kernel_initializer("ones").bias_initializer("ones"));
    model.compile(optimizer, "mse", ()).unwrap();
    model
}

/// How far kernel and bias are from 1 after one step.
fn updates(dense: Dense<f64>, optimizer: Sgd) -> [DMatrix<f64>; 2] {
    let mut model = model(dense, optimizer);
    model.train_on_batch(&dmatrix![1.0, -2.0; 0.5, 3.0], &dmatrix![0.5; -1.0]).unwrap();
    let weights = model.get_weights();
    [0, 1].map(|number| weights[number].add_scalar(-1.0))
}

#[test]
fn the_learning_rate_of_a_weight_is_its_share() {
    let sgd = || Sgd::default().learning_rate(0.25);
    let [kernel, bias] = updates(Dense::new(1), sgd());
    assert!(kernel.iter().chain(&bias).all(|update| *update != 0.0));
    let [none, all] = updates(Dense::new(1).kernel_learning_rate_factor(0.0), sgd());
    assert_eq!((none, &all), (DMatrix::zeros(2, 1), &bias), "a factor of 0 leaves the kernel as it is");
    let [all, half] = updates(Dense::new(1).bias_learning_rate_factor(0.5), sgd());
    assert_eq!((all, half), (kernel.clone(), &bias * 0.5));
    let [half, double] = updates(Dense::new(1).kernel_learning_rate_factor(0.5).bias_learning_rate_factor(2.0), sgd());
    assert_eq!((half, double), (kernel * 0.5, bias * 2.0));
}

#[test]
fn the_decay_of_a_weight_is_its_share() {
    let sgd = || Sgd::default().learning_rate(0.25);
    let decayed = |dense| updates(dense, sgd().weight_decay(0.5));
    let [kernel, bias] = updates(Dense::new(1), sgd());
    let [kernel_decayed, bias_decayed] = decayed(Dense::new(1));
    // w = 1 loses rate * decay * w
    approx::assert_relative_eq!(kernel_decayed, kernel.add_scalar(-0.125), max_relative = 1e-12);
    approx::assert_relative_eq!(bias_decayed, bias.add_scalar(-0.125), max_relative = 1e-12);
    let [plain, other] = decayed(Dense::new(1).kernel_weight_decay_factor(0.0));
    assert_eq!((plain, other), (kernel, bias_decayed), "a factor of 0 takes the kernel from the decay");
    let [_, half] = decayed(Dense::new(1).bias_weight_decay_factor(0.5));
    approx::assert_relative_eq!(half, bias.add_scalar(-0.0625), max_relative = 1e-12);
}

/// The factors hold for the large weights as well, whose update is fused with their gradient.
#[test]
fn a_large_weight_keeps_to_its_factor() {
    let x = DMatrix::from_fn(8, 512, |row, column| ((row + 3 * column) as f64).sin());
    let y = DMatrix::from_fn(8, 128, |row, column| ((row * 2 + column) as f64).cos());
    let update = |factor: f64| {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(128).kernel_initializer("zeros").kernel_learning_rate_factor(factor));
        model.compile(Sgd::default().learning_rate(0.25), "mse", ()).unwrap();
        model.train_on_batch(&x, &y).unwrap();
        model.get_weights()[0].clone()
    };
    assert_eq!(update(0.0), DMatrix::zeros(512, 128));
    assert_eq!(update(0.5), update(1.0) * 0.5);
}

#[cfg(feature = "keras")]
#[test]
fn factors_are_saved_where_they_are_not_1() {
    let keys = ["learning_rate_factor", "weight_decay_factor"];
    let plain = model(Dense::new(1), Sgd::default()).to_json().unwrap();
    assert!(keys.iter().all(|key| !plain.contains(key)), "{plain}");
    let dense = Dense::new(1).kernel_learning_rate_factor(0.5).bias_weight_decay_factor(0.0);
    let mut saved = model(dense, Sgd::default().learning_rate(0.25).weight_decay(0.5));
    let json = saved.to_json().unwrap();
    let factors = [r#""kernel_learning_rate_factor":0.5"#, r#""bias_weight_decay_factor":0.0"#];
    assert!(factors.iter().all(|factor| json.contains(factor)), "{json}");
    assert!(["kernel_weight_decay_factor", "bias_learning_rate_factor"].iter().all(|key| !json.contains(key)), "{json}");
    let (x, y) = (dmatrix![1.0, -2.0; 0.5, 3.0], dmatrix![0.5; -1.0]);
    saved.train_on_batch(&x, &y).unwrap();
    let path = std::env::temp_dir().join(format!("layercake-factors-{}.keras", std::process::id()));
    saved.save(&path).unwrap();
    let mut loaded = Sequential::<f64>::load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(loaded.to_json().unwrap(), saved.to_json().unwrap());
    for model in [&mut saved, &mut loaded] {
        model.train_on_batch(&x, &y).unwrap();
    }
    assert_eq!(loaded.get_weights(), saved.get_weights(), "both go on in the same way");
}
