//! Tests what all optimizers share, what they store, and what they refuse.

use layercake::optimizers::{Minimizer, Settings, Slot, Step, Variable};
use layercake::prelude::*;
use layercake::saving::{Arguments, Describe, Part, Registry, Spec, Value};
use std::sync::Arc;

fn data() -> (DMatrix<f64>, DMatrix<f64>) {
    let x = DMatrix::from_fn(20, 3, |row, column| (1.3 * row as f64 + 2.0 * column as f64).sin());
    let y = DMatrix::from_fn(20, 1, |row, _| (row as f64 / 3.0).cos());
    (x, y)
}

fn model() -> Sequential<f64> {
    let mut model = Sequential::with_seed(5);
    model.add(Input::new(3));
    model.add(Dense::new(4).activation(Tanh).kernel_constraint(MaxNorm::new(1.0)));
    model.add(Dense::new(1));
    model
}

fn fit(model: &mut Sequential<f64>, epochs: usize) {
    let (x, y) = data();
    model.fit(&x, &y, FitOptions::new().epochs(epochs).batch_size(6)).unwrap();
}

/// The weights after three epochs of four batches.
fn trained(optimizer: Arc<dyn Optimizer<f64>>) -> Vec<DMatrix<f64>> {
    let mut model = model();
    model.compile(optimizer, "mse", ()).unwrap();
    fit(&mut model, 3);
    model.get_weights()
}

/// Gradient descent with momentum, as a user would write it.
#[derive(Debug, Clone)]
struct Own {
    settings: Settings,
}

impl Describe for Own {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
    }
}

impl<T: Scalar> Optimizer<T> for Own {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("momentum")]
    }

    fn update(&self, step: Step<'_, T>) {
        let rate = step.learning_rate;
        step.each(|w, g, [v]| {
            let v = T::of(0.9) * v - rate * g;
            (w + v, [v])
        });
    }
}

/// Each shared argument alone, and some of them together.
fn tails() -> Vec<fn(Settings) -> Settings> {
    vec![
        |plain| plain,
        |plain| plain.learning_rate(CosineDecay::new(0.1, 10)),
        |plain| plain.weight_decay(0.3),
        |plain| plain.clipnorm(0.05),
        |plain| plain.clipvalue(0.01),
        |plain| plain.global_clipnorm(0.05),
        |plain| plain.use_ema(true).ema_momentum(0.8),
        |plain| plain.use_ema(true).ema_overwrite_frequency(3),
        |plain| plain.gradient_accumulation_steps(3),
        |plain| plain.gradient_accumulation_steps(2).clipnorm(0.1).weight_decay(0.1).use_ema(true),
    ]
}

#[test]
fn a_rule_of_ones_own_has_all_that_the_optimizers_share() {
    let registry = Registry::<f64>::default();
    let mut seen: Vec<Vec<DMatrix<f64>>> = Vec::new();
    for tail in tails() {
        let own = Own { settings: tail(Settings::new(0.1)) };
        let config = own.spec().config.into_iter();
        let spec = config.fold(Spec::named("SGD"), |spec, (name, value)| spec.with(name, value));
        let sgd = registry.part::<dyn Optimizer<f64>>(&spec.with("momentum", Value::Float(0.9))).unwrap();
        let weights = trained(Arc::new(own));
        assert_eq!(weights, trained(sgd), "the same as the optimizer of the crate");
        assert!(!seen.contains(&weights), "each argument does something");
        seen.push(weights);
    }
}

#[test]
fn where_the_weights_are_cut_makes_no_difference() {
    let count = 5000;
    let gradient: Vec<f64> = (0..count).map(|i| (i as f64).sin()).collect();
    let run = |variables: Vec<Variable>| {
        let mut weights: Vec<f64> = (0..count).map(|i| (i as f64).cos()).collect();
        let mut minimizer = Minimizer::new(AdamW::default().use_ema(true).clipvalue(0.5), variables).unwrap();
        for _ in 0..5 {
            minimizer.apply(&mut weights, &gradient).unwrap();
        }
        weights
    };
    let cut = [("a", 1), ("b", 17), ("c", 4000), ("d", 982)].map(|(name, size)| Variable::new(name, [size]));
    assert_eq!(run(vec![Variable::new("all", [count])]), run(cut.to_vec()));
}

#[test]
fn large_weights_move_as_they_would_after_the_whole_gradient() {
    let x = DMatrix::from_fn(24, 150, |row, column| (1.3 * row as f64 + 2.0 * column as f64).sin());
    let y = DMatrix::from_fn(24, 1, |row, _| (row as f64 / 3.0).cos());
    let trained = |rule: &str, tail: &[(&str, Value)]| {
        let mut model = Sequential::with_seed(5);
        model.add(Input::new(150));
        model.add(Dense::new(450).activation(Tanh).kernel_constraint(MaxNorm::new(1.0)));
        model.add(Dense::new(150).use_bias(false));
        model.add(Dense::new(1));
        let spec = tail.iter().fold(Spec::named(rule), |spec, (name, value)| spec.with(*name, value.clone()));
        let optimizer = Registry::<f64>::default().part::<dyn Optimizer<f64>>(&spec).unwrap();
        model.compile(optimizer, "mse", ()).unwrap();
        model.fit(&x, &y, FitOptions::new().epochs(2).batch_size(9)).unwrap();
        model.get_weights()
    };
    let rules = ["SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl", "Lion"];
    for rule in rules {
        let tail = [("weight_decay", Value::Float(0.1)), ("use_ema", Value::Bool(true))];
        // a clip value that no gradient reaches prevents the fused update
        let bound = ("clipvalue", Value::Float(1e300));
        let late: Vec<_> = tail.iter().cloned().chain([bound]).collect();
        assert!(trained(rule, &tail) == trained(rule, &late), "{rule}");
    }
}

#[test]
fn frozen_weights_neither_decay_nor_count_in_the_norm() {
    let plain = Sgd::default().weight_decay(0.5).use_ema(true).ema_overwrite_frequency(1).global_clipnorm(1e-3);
    let mut model = model();
    model.set_trainable("dense", false).unwrap();
    let before = model.get_weights();
    model.compile(plain, "mse", ()).unwrap();
    fit(&mut model, 2);
    let after = model.get_weights();
    assert_eq!((&before[0], &before[1]), (&after[0], &after[1]));
    assert_ne!((&before[2], &before[3]), (&after[2], &after[3]));
}

#[test]
fn a_schedule_gives_the_rate_of_the_next_batch() {
    let schedule = ExponentialDecay::new(0.1, 7, 0.5);
    let mut model = model();
    model.compile(Sgd::default().learning_rate(schedule.clone()).gradient_accumulation_steps(2), "mse", ()).unwrap();
    assert_eq!(model.learning_rate(), Some(0.1));
    fit(&mut model, 3);
    assert_eq!(model.learning_rate(), Some(schedule.rate(12)));
    assert_eq!(model.iterations(), 6, "two batches are one step");
    assert_eq!(
        model.set_learning_rate(0.1).unwrap_err().to_string(),
        "the learning rate follows ExponentialDecay(initial_learning_rate=0.1, decay_steps=7, decay_rate=0.5, staircase=false) \
         and cannot be set: compile with a number as the learning rate to set it later"
    );
    model.compile(Sgd::default().learning_rate(schedule).learning_rate(0.2), "mse", ()).unwrap();
    model.set_learning_rate(0.3).unwrap();
    assert_eq!(model.learning_rate(), Some(0.3), "the last word holds");
}

#[test]
fn a_fit_ends_with_the_averages_and_the_next_goes_on_from_them() {
    let mut averaged = model();
    averaged.compile(Sgd::default().learning_rate(0.1).use_ema(true).ema_momentum(1.0), "mse", ()).unwrap();
    let mut first_step = averaged.clone();
    let (x, y) = data();
    first_step.train_on_batch(&x, &y).unwrap();
    averaged.fit(&x, &y, FitOptions::new().epochs(9).batch_size(20).shuffle(false)).unwrap();
    // with momentum 1 the average stays at the weights of the first step; the kernel's constraint is applied afterwards
    assert_eq!(averaged.get_weights()[1..], first_step.get_weights()[1..]);
    assert_eq!(averaged.iterations(), 9);
}

#[test]
fn what_is_remembered_has_the_names_and_the_order_of_keras() {
    let variables = || [Variable::new("dense/kernel", [2, 3]), Variable::new("dense/bias", [3])];
    let names = |optimizer: &str, config: &[(&str, Value)]| {
        let spec = config.iter().fold(Spec::named(optimizer), |spec, (name, value)| spec.with(*name, value.clone()));
        let optimizer = Registry::<f32>::default().part::<dyn Optimizer<f32>>(&spec).unwrap();
        let mut minimizer = Minimizer::new(optimizer, variables()).unwrap();
        minimizer.apply(&mut [0.5; 9], &[0.1; 9]).unwrap();
        let saved = minimizer.variables();
        let shaped = saved.iter().map(|saved| {
            assert_eq!(saved.values.len(), saved.shape.iter().product::<usize>(), "{}", saved.name);
            format!("{}{:?}", saved.name.replace("dense_", ""), saved.shape)
        });
        shaped.collect::<Vec<_>>().join(" ")
    };
    let yes = Value::Bool(true);
    assert_eq!(names("SGD", &[]), "iteration[] learning_rate[]");
    assert_eq!(
        names("Adam", &[("amsgrad", yes.clone())]),
        "iteration[] learning_rate[] kernel_momentum[2, 3] kernel_velocity[2, 3] bias_momentum[3] bias_velocity[3] \
         kernel_velocity_hat[2, 3] bias_velocity_hat[3]"
    );
    assert_eq!(
        names("rmsprop", &[("use_ema", yes), ("gradient_accumulation_steps", Value::Int(2)), ("momentum", Value::Float(0.1))]),
        "iteration[] learning_rate[] kernel_average[2, 3] kernel_gradient_accumulator[2, 3] bias_average[3] \
         bias_gradient_accumulator[3] kernel_velocity[2, 3] bias_velocity[3] kernel_momentum[2, 3] bias_momentum[3]"
    );
    assert_eq!(
        names("Adafactor", &[]),
        "iteration[] learning_rate[] kernel_row[2] kernel_column[3] kernel_velocity[2, 3] bias_row[] bias_column[] bias_velocity[3]"
    );
    assert_eq!(names("Muon", &[]), "iteration[] learning_rate[] kernel_momentum[2, 3] bias_momentum[3] bias_velocity[3]");
    let schedule = Value::Spec(CosineDecay::new(0.1, 5).spec());
    assert_eq!(
        names("Nadam", &[("learning_rate", schedule)]),
        "iteration[] kernel_momentum[2, 3] kernel_velocity[2, 3] bias_momentum[3] bias_velocity[3] variable_0[]"
    );
}

#[test]
fn a_minimizer_refuses_what_does_not_fit() {
    let mut minimizer = Minimizer::new("adam", [Variable::new("w", [2])]).unwrap();
    let says = |result: layercake::Result<()>, words: &str| {
        let text = result.unwrap_err().to_string();
        assert!(text.contains(words), "`{words}` is missing in: {text}");
    };
    says(minimizer.apply(&mut [1.0], &[1.0, 2.0]), "weights");
    says(minimizer.apply(&mut [1.0, 2.0], &[1.0]), "gradient");
    says(minimizer.finalize(&mut [1.0]), "expected 2 values, found 1");
    minimizer.apply(&mut [1.0, 2.0], &[0.5, 0.5]).unwrap();
    let mut saved = minimizer.variables();
    saved[2].shape = vec![3];
    says(minimizer.set_variables(&[0.0; 2], &saved), "w_momentum");
    says(minimizer.set_variables(&[0.0; 2], &saved[1..]), "expected 4 variables, found 3");
    says(minimizer.set_learning_rate(-1.0), "learning_rate = -1");
    let huge = [Variable::new("w", [usize::MAX, 2])];
    says(Minimizer::<f64>::new("adam", huge).map(|_| ()), "sizes that fit in memory");
    says(Minimizer::<f64>::new("adma", []).map(|_| ()), "did you mean `Adam`?");
}

/// Each refused argument with the full text of its error.
#[test]
fn arguments_outside_their_range_are_refused_by_name() {
    let refused = |optimizer: Arc<dyn Optimizer<f64>>| model().compile(optimizer, "mse", ()).unwrap_err().to_string();
    let number = |argument: &str, range: &str| format!("{argument} is not allowed; expected a number {range}");
    let whole = |argument: &str, range: &str| format!("{argument} is not allowed; expected a whole number {range}");
    let (sgd, rate) = (Sgd::default, ">= 0 and < inf");
    let schedule = |schedule: CosineDecay| Arc::new(Adam::default().learning_rate(schedule));
    let cases: Vec<(Arc<dyn Optimizer<f64>>, String)> = vec![
        (Arc::new(sgd().learning_rate(-0.1)), number("SGD: learning_rate = -0.1", rate)),
        (Arc::new(sgd().learning_rate(f64::NAN)), number("SGD: learning_rate = NaN", rate)),
        (Arc::new(sgd().learning_rate(f64::INFINITY)), number("SGD: learning_rate = inf", rate)),
        (Arc::new(sgd().weight_decay(-1.0)), number("SGD: weight_decay = -1", rate)),
        (Arc::new(sgd().clipnorm(0.0)), number("SGD: clipnorm = 0", "> 0 and < inf")),
        (Arc::new(sgd().clipvalue(-2.0)), number("SGD: clipvalue = -2", "> 0 and < inf")),
        (Arc::new(sgd().global_clipnorm(f64::NAN)), number("SGD: global_clipnorm = NaN", "> 0 and < inf")),
        (Arc::new(sgd().ema_momentum(1.5)), number("SGD: ema_momentum = 1.5", ">= 0 and <= 1")),
        (Arc::new(sgd().ema_overwrite_frequency(0)), whole("SGD: ema_overwrite_frequency = 0", ">= 1")),
        (Arc::new(sgd().loss_scale_factor(0.0)), number("SGD: loss_scale_factor = 0", "> 0 and < inf")),
        (Arc::new(sgd().gradient_accumulation_steps(1)), whole("SGD: gradient_accumulation_steps = 1", ">= 2")),
        (
            Arc::new(sgd().clipvalue(0.5).clipnorm(1.0)),
            "SGD: clipvalue = 0.5 is not allowed; expected None, because clipnorm = 1 is set: use only one kind of clipping".into(),
        ),
        (
            Arc::new(sgd().global_clipnorm(3.0).clipvalue(0.5)),
            "SGD: global_clipnorm = 3 is not allowed; expected None, because clipvalue = 0.5 is set: use only one kind of clipping"
                .into(),
        ),
        (Arc::new(Own { settings: Settings::new(0.1).clipnorm(-1.0) }), number("Own: clipnorm = -1", "> 0 and < inf")),
        (Arc::new(Adam::default().beta_2(1.0)), number("Adam: beta_2 = 1", ">= 0 and < 1")),
        (Arc::new(AdamW::default().epsilon(-1.0)), number("AdamW: epsilon = -1", rate)),
        (Arc::new(RmsProp::default().rho(1.1)), number("RMSprop: rho = 1.1", ">= 0 and <= 1")),
        (Arc::new(Adadelta::default().rho(-0.1)), number("Adadelta: rho = -0.1", ">= 0 and <= 1")),
        (Arc::new(Lion::default().beta_1(0.0)), number("Lion: beta_1 = 0", "> 0 and <= 1")),
        (Arc::new(Adagrad::default().initial_accumulator_value(-1.0)), number("Adagrad: initial_accumulator_value = -1", rate)),
        (schedule(CosineDecay::new(-1.0, 5)), number("CosineDecay: initial_learning_rate = -1", rate)),
        (schedule(CosineDecay::new(0.1, 0)), whole("CosineDecay: decay_steps = 0", ">= 1")),
        (schedule(CosineDecay::new(0.1, 5).alpha(2.0)), number("CosineDecay: alpha = 2", ">= 0 and <= 1")),
        (
            Arc::new(sgd().learning_rate(PiecewiseConstantDecay::new([5, 5], [0.1, 0.2, 0.3]))),
            "PiecewiseConstantDecay: boundaries = [5, 5] is not allowed; expected each larger than the one before".into(),
        ),
        (
            Arc::new(sgd().learning_rate(PiecewiseConstantDecay::new([5], [0.1]))),
            "PiecewiseConstantDecay: values = [0.1] is not allowed; expected 2 values, one more than there are boundaries"
                .into(),
        ),
        (
            Arc::new(sgd().learning_rate(CosineDecayRestarts::new(0.1, 5).t_mul(0.5))),
            number("CosineDecayRestarts: t_mul = 0.5", ">= 1 and < inf"),
        ),
    ];
    for (optimizer, expected) in cases {
        assert_eq!(refused(optimizer), expected);
    }
}

#[test]
fn a_spec_says_number_or_schedule() {
    let registry = Registry::<f64>::default();
    let with = |rate: Value| registry.part::<dyn Optimizer<f64>>(&Spec::named("adam").with("learning_rate", rate));
    let schedule = PolynomialDecay::new(0.5, 9).spec();
    assert_eq!(with(Value::Spec(schedule.clone())).unwrap().spec().get("learning_rate"), Some(&Value::Spec(schedule)));
    assert_eq!(with(Value::Int(1)).unwrap().spec().get("learning_rate"), Some(&Value::Float(1.0)));
    let unknown = with(Value::Spec(Spec::named("CosineDcay"))).unwrap_err().to_string();
    assert!(unknown.contains("no schedule named `CosineDcay`; did you mean `CosineDecay`?"), "{unknown}");
    let word = with(Value::Text("fast".to_string())).unwrap_err().to_string();
    assert!(word.starts_with("Adam: learning_rate = \"fast\" is not allowed; expected a number"), "{word}");
}

/// For every optimizer and clipping, a learning rate of 0 changes no weight, and a NaN in the gradient reaches the weights.
#[test]
fn a_rate_of_zero_keeps_the_weights_and_nan_spreads() {
    let registry = Registry::<f64>::default();
    for name in registry.optimizers.names() {
        let still = Spec::named(name).with("learning_rate", Value::Float(0.0));
        let mut minimizer = Minimizer::new(registry.part(&still).unwrap(), [Variable::new("w", [2, 2])]).unwrap();
        let mut weights = [1.0, -2.0, 0.5, 0.0];
        for _ in 0..3 {
            minimizer.apply(&mut weights, &[0.1, 0.0, -3.0, 1e-3]).unwrap();
        }
        let moved = weights.iter().zip([1.0, -2.0, 0.5, 0.0]).any(|(got, want): (&f64, f64)| (got - want).abs() > 1e-12);
        assert!(!moved, "{name}: {weights:?}");
        for clipping in [None, Some("clipnorm"), Some("clipvalue"), Some("global_clipnorm")] {
            let spec = clipping.iter().fold(Spec::named(name), |spec, clipping| spec.with(*clipping, Value::Float(1.0)));
            let mut minimizer = Minimizer::new(registry.part(&spec).unwrap(), [Variable::new("w", [2, 2])]).unwrap();
            let mut weights = [1.0; 4];
            minimizer.apply(&mut weights, &[0.1, f64::NAN, 0.1, 0.1]).unwrap();
            assert!(weights[1].is_nan(), "{name} with {clipping:?}: {weights:?}");
        }
    }
}
