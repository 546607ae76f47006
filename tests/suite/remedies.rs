//! Remedies that are applied: each is the same, to the bit, as the change made by hand; and remedies that are tried.

use layercake::Rng;
use layercake::diagnosis::{Fitted, Remedy, Setup};
use layercake::prelude::*;
use std::time::Duration;

const ROWS: usize = 160;

/// The rows that `validation_split(0.25)` leaves for training.
const TRAINED: usize = 120;

fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.uniform()).sum::<f64>() - 6.0
}

/// Rows of three numbers, whose last quarter has other means, a number that follows them, and a class.
struct Rows {
    x: DMatrix<f64>,
    numbers: DMatrix<f64>,
    classes: DMatrix<f64>,
}

fn rows() -> Rows {
    let mut rng = Rng::new(3);
    let x = DMatrix::from_fn(ROWS, 3, |row, column| normal(&mut rng) * (column + 1) as f64 + (row / TRAINED) as f64);
    let numbers = DMatrix::from_fn(ROWS, 1, |row, _| x[(row, 0)] - x[(row, 1)] + 0.1 * normal(&mut rng));
    let classes = numbers.map(|number| f64::from(u8::from(number > 1.0)));
    Rows { x, numbers, classes }
}

/// A network as values, which a test changes by hand.
#[derive(Clone)]
struct Network {
    units: [usize; 2],
    activation: &'static str,
    initializer: &'static str,
    bias: f64,
    penalty: f64,
    dropout: f64,
    head: &'static str,
    loss: &'static str,
    rate: f64,
}

impl Network {
    fn regression() -> Self {
        let (units, activation, initializer) = ([6, 5], "tanh", "glorot_uniform");
        Self { units, activation, initializer, bias: 0.0, penalty: 0.2, dropout: 0.4, head: "linear", loss: "mse", rate: 1e-3 }
    }

    fn classification() -> Self {
        Self { head: "sigmoid", loss: "binary_crossentropy", ..Self::regression() }
    }

    fn model(&self) -> layercake::Result<Sequential<f64>> {
        let mut model = Sequential::with_seed(5);
        self.add_to(&mut model)?;
        Ok(model)
    }

    fn add_to(&self, model: &mut Sequential<f64>) -> layercake::Result<()> {
        for (number, units) in self.units.into_iter().enumerate() {
            let layer = Dense::new(units).activation(self.activation).kernel_initializer(self.initializer);
            let layer = layer.bias_initializer(Constant::new(self.bias)).kernel_regularizer(L2::new(self.penalty));
            model.add(layer.name(format!("hidden_{number}")));
            model.add(Dropout::new(self.dropout).name(format!("drop_{number}")));
        }
        model.add(Dense::new(1).activation(self.head).name("head"));
        model.compile(Adam::default().learning_rate(self.rate), self.loss, ())
    }
}

fn options() -> FitOptions<'static, f64> {
    FitOptions::new().epochs(4).batch_size(20).validation_split(0.25)
}

/// Applies a remedy to the training of a network, and trains.
fn remedied(remedy: Remedy, network: &Network, x: &DMatrix<f64>, y: &DMatrix<f64>) -> Fitted<f64> {
    let setup = Setup::new(|| network.model(), options).data(x, y);
    assert!(remedy.is_applicable(), "{remedy}");
    let applied = remedy.apply(&setup).unwrap();
    assert_eq!(applied.remedies(), [remedy]);
    applied.fit().unwrap()
}

/// Checks that a remedy is the same as a model that was changed and trained by hand.
#[track_caller]
fn is_as_by_hand(fitted: &Fitted<f64>, model: Sequential<f64>, x: &DMatrix<f64>, y: &DMatrix<f64>, options: FitOptions<f64>) {
    let mut model = model;
    let history = model.fit(x, y, options).unwrap();
    assert_eq!(fitted.model().get_weights(), model.get_weights());
    assert_eq!(fitted.history()["val_loss"], history["val_loss"]);
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| name.to_string()).collect()
}

/// A callback that keeps the weights of the best epoch of all.
fn keep_best(epochs: usize) -> EarlyStopping<f64> {
    EarlyStopping::new("val_loss").patience(epochs).restore_best_weights(true)
}

#[test]
fn changes_of_layers_and_of_the_compile_settings() {
    let Rows { x, numbers, .. } = rows();
    let base = Network { bias: -3.0, ..Network::regression() };
    let initialize = |initializer| names(&["hidden_0", "hidden_1"]).into_iter().map(|name| (name, initializer)).collect();
    let cases: Vec<(Remedy, Network)> = vec![
        (Remedy::Head("relu"), Network { head: "relu", ..base.clone() }),
        (Remedy::FromLogits("sigmoid"), Network { head: "sigmoid", ..base.clone() }),
        (Remedy::Loss("mae"), Network { loss: "mae", ..base.clone() }),
        (Remedy::Initialize(initialize("he_normal")), Network { initializer: "he_normal", bias: 0.0, ..base.clone() }),
        (Remedy::LowerPenalty(names(&["hidden_0", "hidden_1"]), 100.0), Network { penalty: 0.002, ..base.clone() }),
        (Remedy::Dropout(names(&["drop_0", "drop_1"]), 0.2), Network { dropout: 0.2, ..base.clone() }),
        (
            Remedy::WiderDropout { dropouts: names(&["drop_0", "drop_1"]), layers: names(&["hidden_0", "hidden_1"]), units: 32 },
            Network { units: [32, 32], dropout: 0.1, ..base.clone() },
        ),
        (Remedy::Units(names(&["hidden_0", "hidden_1"]), 32), Network { units: [32, 32], ..base.clone() }),
        (Remedy::LearningRate(0.1), Network { rate: 1e-3 * 0.1, ..base.clone() }),
    ];
    for (remedy, network) in cases {
        println!("{remedy}");
        is_as_by_hand(&remedied(remedy, &base, &x, &numbers), network.model().unwrap(), &x, &numbers, options());
    }
    for (activation, initializer) in [("relu", "glorot_uniform"), ("selu", "lecun_normal")] {
        let network = Network { activation, initializer, ..base.clone() };
        let fitted = remedied(Remedy::HiddenActivation(activation), &base, &x, &numbers);
        is_as_by_hand(&fitted, network.model().unwrap(), &x, &numbers, options().callback(keep_best(4)));
    }
    let larger = Network { units: [24, 20], ..base.clone() };
    is_as_by_hand(
        &remedied(Remedy::Enlarge, &base, &x, &numbers),
        larger.model().unwrap(),
        &x,
        &numbers,
        options().epochs(12).callback(keep_best(12)),
    );
}

#[test]
fn changes_of_the_options() {
    let Rows { x, classes, .. } = rows();
    let base = Network::classification();
    let rare = classes.iter().take(TRAINED).filter(|class| **class == 1.0).count() as f64;
    let weights = [(0, TRAINED as f64 / (2.0 * (TRAINED as f64 - rare))), (1, TRAINED as f64 / (2.0 * rare))];
    let cases = vec![
        (Remedy::BatchSize(7), options().batch_size(7)),
        (Remedy::Epochs(9), options().epochs(9).callback(keep_best(9))),
        (Remedy::Steps { batch_size: 9, epochs: 3 }, options().batch_size(9).epochs(3).callback(keep_best(3))),
        (Remedy::WeightClasses, options().class_weight(weights)),
        (Remedy::EarlyStopping(1), options().callback(EarlyStopping::new("val_loss").patience(1).restore_best_weights(true))),
    ];
    for (remedy, by_hand) in cases {
        println!("{remedy}");
        is_as_by_hand(&remedied(remedy, &base, &x, &classes), base.model().unwrap(), &x, &classes, by_hand);
    }
    let in_order = Setup::new(|| base.model(), || options().shuffle(false)).data(&x, &classes);
    let shuffled = Remedy::Shuffle.apply(&in_order).unwrap().fit().unwrap();
    is_as_by_hand(&shuffled, base.model().unwrap(), &x, &classes, options());
}

#[test]
fn what_is_fitted_to_data_is_fitted_to_the_training_rows() {
    let Rows { mut x, numbers, .. } = rows();
    let base = Network::regression();
    let train = x.rows(0, TRAINED).into_owned();
    let fitted = remedied(Remedy::Normalize, &base, &x, &numbers);
    let mut by_hand = Sequential::with_seed(5);
    by_hand.add(Normalization::default().adapt(&train).unwrap());
    base.add_to(&mut by_hand).unwrap();
    is_as_by_hand(&fitted, by_hand, &x, &numbers, options());
    // the model alone takes the rows as they are
    assert_eq!(fitted.model().predict(&x).unwrap(), fitted.predict(&x).unwrap());

    let mean = numbers.iter().take(TRAINED).sum::<f64>() / TRAINED as f64;
    let variance = numbers.iter().take(TRAINED).map(|number| (number - mean).powi(2)).sum::<f64>() / TRAINED as f64;
    let scaled = numbers.map(|number| (number - mean) / variance.sqrt());
    let fitted = remedied(Remedy::ScaleTargets, &base, &x, &numbers);
    is_as_by_hand(&fitted, base.model().unwrap(), &x, &scaled, options());
    let answers = fitted.model().predict(&x).unwrap().map(|answer| answer * variance.sqrt() + mean);
    approx::assert_relative_eq!(fitted.predict(&x).unwrap(), answers, max_relative = 1e-12);

    // a column that is constant in the training rows is only shifted
    let mut constant = x.clone();
    (0..ROWS).for_each(|row| constant[(row, 0)] = if row < TRAINED { 4.0 } else { 5.0 });
    let normalized = remedied(Remedy::Normalize, &base, &constant, &numbers);
    let shifted = normalized.model().get_layer("normalization").unwrap().get_weights();
    assert_eq!((shifted[0][0], shifted[1][0]), (4.0, 1.0));

    // a number for missing ones, in training and validation
    [4, 50, 90, 140].into_iter().for_each(|row| x[(row, 1)] = -999.0);
    let fitted = remedied(Remedy::MarkMissing(vec![(1, -999.0)]), &base, &x, &numbers);
    let filled = fitted.transform(&x).unwrap();
    let known: Vec<f64> = x.column(1).iter().take(TRAINED).copied().filter(|value| *value != -999.0).collect();
    let range = known.iter().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
    for row in 0..ROWS {
        let is_missing = [4, 50, 90, 140].contains(&row);
        assert_eq!(filled[(row, 3)], f64::from(u8::from(is_missing)));
        assert!(if is_missing { (range.0..=range.1).contains(&filled[(row, 1)]) } else { filled[(row, 1)] == x[(row, 1)] });
    }
    // what is filled in does not depend on the validation rows
    let mut other = x.clone();
    other[(150, 0)] = 1e6;
    let again = remedied(Remedy::MarkMissing(vec![(1, -999.0)]), &base, &other, &numbers);
    assert_eq!(again.transform(&x).unwrap(), filled);
    is_as_by_hand(&fitted, base.model().unwrap(), &filled, &numbers, options());
}

#[test]
fn columns_and_cells() {
    let Rows { mut x, mut numbers, .. } = rows();
    let base = Network::regression();
    for remedy in [Remedy::DropColumns(vec![1]), Remedy::AskAbout(vec![1])] {
        let fitted = remedied(remedy, &base, &x, &numbers);
        is_as_by_hand(&fitted, base.model().unwrap(), &x.select_columns(&[0, 2]), &numbers, options());
        assert_eq!(fitted.predict(&x).unwrap().nrows(), ROWS);
        let refused = fitted.predict(&x.select_columns(&[0, 2])).unwrap_err().to_string();
        assert!(refused.contains("2 columns") && refused.contains('3'), "{refused}");
    }
    (x[(3, 0)], x[(140, 2)], numbers[7]) = (f64::NAN, f64::INFINITY, f64::NAN);
    assert!(base.model().unwrap().fit(&x, &numbers, options()).is_err());
    let fitted = remedied(Remedy::Clean, &base, &x, &numbers);
    assert!(fitted.predict(&x).unwrap().iter().all(|value| value.is_finite()));
    assert_eq!(fitted.history().epochs().len(), 4);
}

#[test]
fn rows_are_split_anew() {
    let Rows { mut x, classes, .. } = rows();
    let base = Network { penalty: 0.0, dropout: 0.0, rate: 0.02, ..Network::classification() };
    let mut order: Vec<usize> = (0..ROWS).collect();
    order.sort_by(|&a, &b| classes[a].total_cmp(&classes[b]));
    let (sorted, y) = (x.select_rows(&order), classes.select_rows(&order));
    let setup = Setup::new(|| base.model(), || options().epochs(40)).data(&sorted, &y);
    let last = |fitted: &Fitted<f64>| *fitted.history()["val_loss"].last().unwrap();
    let (before, after) = (setup.fit().unwrap(), Remedy::ShuffleBeforeSplit.apply(&setup).unwrap().fit().unwrap());
    assert!(last(&after) < 0.5 * last(&before), "{} {}", last(&after), last(&before));

    // of equal rows with a target by chance, those on the other side help, until they are kept apart
    let mut rng = Rng::new(8);
    (0..ROWS / 2).for_each(|row| {
        let copy = x.row(row).into_owned();
        x.row_mut(row + ROWS / 2).copy_from(&copy);
    });
    let coins: Vec<f64> = (0..ROWS / 2).map(|_| rng.below(2) as f64).collect();
    let y = DMatrix::from_fn(ROWS, 1, |row, _| coins[row % (ROWS / 2)]);
    let wide = Network { units: [64, 64], ..base.clone() };
    let setup = Setup::new(|| wide.model(), || options().epochs(100)).data(&x, &y);
    let (before, after) = (setup.fit().unwrap(), Remedy::SplitByGroup.apply(&setup).unwrap().fit().unwrap());
    assert!(last(&before) < 0.5 && last(&after) > 0.7, "{} {}", last(&before), last(&after));

    // with validation data that were given, all rows are split anew
    let (x_val, y_val) = (sorted.rows(120, 40).into_owned(), classes.select_rows(&order[120..]));
    let (x_train, y_train) = (sorted.rows(0, 120).into_owned(), classes.select_rows(&order[..120]));
    let given = || FitOptions::new().epochs(40).validation_data(&x_val, &y_val);
    let setup = Setup::new(|| base.model(), given).data(&x_train, &y_train);
    let (before, after) = (setup.fit().unwrap(), Remedy::ShuffleBeforeSplit.apply(&setup).unwrap().fit().unwrap());
    assert!(last(&after) < 0.5 * last(&before), "{} {}", last(&after), last(&before));
    let without = Setup::new(|| base.model(), || FitOptions::new().epochs(2)).data(&x_train, &y_train);
    let refused = Remedy::ShuffleBeforeSplit.apply(&without).unwrap_err().to_string();
    assert!(refused.contains("validation_split"), "{refused}");
}

#[test]
fn classes_are_numbered() {
    let Rows { x, classes, .. } = rows();
    let signs = classes.map(|class| 2.0 * class - 1.0);
    let base = Network::classification();
    let mut model = base.model().unwrap();
    let found = model.check(&x, &signs, &options()).unwrap();
    assert_eq!(found[0].remedy(), &Remedy::NumberClasses(vec![-1.0, 1.0]));
    assert!(model.fit(&x, &signs, options()).is_err());
    let fitted = remedied(found[0].remedy().clone(), &base, &x, &signs);
    assert_eq!(fitted.classes(), Some(&[-1.0, 1.0][..]));
    is_as_by_hand(&fitted, base.model().unwrap(), &x, &classes, options());

    // classes from 1 to 2 of three outputs, of which one is for no class
    let labels: Vec<usize> = classes.iter().map(|class| *class as usize + 1).collect();
    let build = |outputs: usize| {
        move || {
            let mut model = Sequential::<f64>::with_seed(5);
            model.add(Dense::new(outputs).activation(Softmax));
            model.compile("adam", "sparse_categorical_crossentropy", ())?;
            Ok(model)
        }
    };
    let found = build(3)().unwrap().check(&x, &labels, &options()).unwrap();
    let found = found.iter().find(|finding| finding.code() == "LC0207").unwrap();
    let setup = Setup::new(build(3), options).data(&x, &labels);
    let fitted = found.remedy().apply(&setup).unwrap().fit().unwrap();
    let from_0: Vec<usize> = labels.iter().map(|label| label - 1).collect();
    let mut by_hand = build(2)().unwrap();
    by_hand.fit(&x, &from_0, options()).unwrap();
    assert_eq!(fitted.model().get_weights(), by_hand.get_weights());
}

#[test]
fn an_activation_is_removed_wherever_it_is() {
    let Rows { x, classes, .. } = rows();
    let labels: Vec<usize> = classes.iter().map(|class| *class as usize).collect();
    let build = |twice: bool| {
        move || {
            let mut model = Sequential::<f64>::with_seed(5);
            model.add(Dense::new(2).activation(if twice { "softmax" } else { "linear" }).name("first"));
            model.add(layers::Softmax::default());
            model.compile("adam", "sparse_categorical_crossentropy", ())?;
            Ok(model)
        }
    };
    let found = build(true)().unwrap().check(&x, &labels, &options()).unwrap();
    assert_eq!(found[0].remedy(), &Remedy::RemoveActivation("first".to_string()));
    let setup = Setup::new(build(true), options).data(&x, &labels);
    let mut by_hand = build(false)().unwrap();
    by_hand.fit(&x, &labels, options()).unwrap();
    assert_eq!(found[0].remedy().apply(&setup).unwrap().fit().unwrap().model().get_weights(), by_hand.get_weights());
    let fitted = Remedy::RemoveActivation("softmax".to_string()).apply(&setup).unwrap().fit().unwrap();
    assert_eq!(fitted.model().get_layer("softmax").unwrap().spec().get("activation").unwrap().to_string(), "linear()");
}

#[test]
fn schedules_are_scaled_as_a_whole() {
    let Rows { x, numbers, .. } = rows();
    let build = |rate: f64| {
        move || {
            let mut model = Sequential::<f64>::with_seed(5);
            model.add(Dense::new(1));
            let schedule = CosineDecay::new(rate, 20);
            model.compile(Adam::default().learning_rate(schedule), "mse", ())?;
            Ok(model)
        }
    };
    let setup = Setup::new(build(0.5), options).data(&x, &numbers);
    let fitted = Remedy::LearningRate(0.1).apply(&setup).unwrap().fit().unwrap();
    is_as_by_hand(&fitted, build(0.05)().unwrap(), &x, &numbers, options());
}

#[test]
fn a_model_keeps_the_weights_that_it_was_given() {
    let Rows { x, numbers, .. } = rows();
    let base = Network::regression();
    let mut trained = base.model().unwrap();
    trained.fit(&x, &numbers, options()).unwrap();
    let build = || {
        let mut model = trained.clone();
        model.compile("adam", "mse", ())?;
        Ok(model)
    };
    let setup = Setup::new(build, || options().epochs(0)).data(&x, &numbers);
    let weights = |remedy: Remedy| remedy.apply(&setup).unwrap().fit().unwrap().model().get_weights();
    assert_eq!(weights(Remedy::Head("relu")), trained.get_weights());
    assert_eq!(weights(Remedy::Normalize)[2..], trained.get_weights(), "behind the mean and the variance");
    let initialized = weights(Remedy::Initialize(vec![("hidden_1".to_string(), "he_normal")]));
    assert_ne!(initialized[2], trained.get_weights()[2]);
    assert_eq!((&initialized[0], &initialized[4]), (&trained.get_weights()[0], &trained.get_weights()[4]));
}

#[test]
fn functional_models_are_changed_too() {
    let Rows { x, numbers, .. } = rows();
    let build = |normalize: bool, activation: &'static str| {
        let x = x.clone();
        move || {
            let input = Node::input("numbers", 3);
            let first = if normalize {
                input.then(Normalization::default().adapt(&x.rows(0, TRAINED).into_owned())?)
            } else {
                input.clone()
            };
            let shared = Shared::new(Dense::new(3).activation(activation).kernel_initializer("glorot_uniform").name("shared"));
            let hidden = shared.of(&shared.of(&first));
            let both = Concatenate::new().of([&first, &hidden]);
            let mut model = Functional::<f64>::with_seed(5, [&input], [&both.then(Dense::new(1))])?;
            model.compile("adam", "mse", ())?;
            Ok(model)
        }
    };
    let setup = Setup::new(build(false, "tanh"), options).data(&x, &numbers);
    for (remedy, by_hand) in [(Remedy::Normalize, build(true, "tanh")), (Remedy::HiddenActivation("relu"), build(false, "relu"))]
    {
        let fitted = remedy.apply(&setup).unwrap().fit().unwrap();
        let mut model = by_hand().unwrap();
        model.fit(&x, &numbers, options()).unwrap();
        assert_eq!(fitted.model().get_weights(), model.get_weights(), "{remedy}");
    }
    // a shared layer of three units cannot read two columns
    assert!(Remedy::DropColumns(vec![0]).apply(&setup).is_err());
    let simple = || {
        let input = Node::input("numbers", 3);
        let mut model = Functional::<f64>::with_seed(5, [&input], [&input.then(Dense::new(1))])?;
        model.compile("adam", "mse", ())?;
        Ok(model)
    };
    let setup = Setup::new(simple, options).data(&x, &numbers);
    let fitted = Remedy::DropColumns(vec![0]).apply(&setup).unwrap().fit().unwrap();
    assert_eq!(fitted.model().inputs(), [("numbers".to_string(), 2.into())]);
}

#[test]
fn remedies_add_up_in_the_order_of_what_they_change() {
    let Rows { x, numbers, .. } = rows();
    let base = Network::regression();
    let setup = Setup::new(|| base.model(), options).data(&x, &numbers);
    let both = Remedy::DropColumns(vec![1]).apply(&Remedy::Normalize.apply(&setup).unwrap()).unwrap();
    assert_eq!(both.remedies(), [Remedy::DropColumns(vec![1]), Remedy::Normalize]);
    let other = Remedy::Normalize.apply(&Remedy::DropColumns(vec![1]).apply(&setup).unwrap()).unwrap();
    assert_eq!(both.fit().unwrap().model().get_weights(), other.fit().unwrap().model().get_weights());
}

#[test]
fn what_cannot_be_applied_is_an_error() {
    let Rows { x, numbers, .. } = rows();
    let base = Network::regression();
    let setup = Setup::new(|| base.model(), options).data(&x, &numbers);
    let refused = |remedy: Remedy| remedy.apply(&setup).unwrap_err().to_string();
    assert!(!Remedy::ReleaseProfile.is_applicable() && !Remedy::Advice("think").is_applicable());
    assert!(refused(Remedy::Advice("think")).contains("this one is for you"));
    assert!(refused(Remedy::RemoveActivation("nothing".to_string())).contains("nothing"));
    assert!(refused(Remedy::RemoveActivation("drop_0".to_string())).contains("drop_0"));
    assert!(refused(Remedy::DropColumns(vec![0, 1, 2])).contains("at least one column"));
    assert!(refused(Remedy::DropColumns(vec![7])).contains('7'));
    assert!(refused(Remedy::WeightClasses).contains("classes"));
    assert!(refused(Remedy::NumberClasses(vec![0.5])).contains("targets"));
    let without = Setup::new(|| base.model(), options);
    assert!(without.fit().unwrap_err().to_string().contains(".data(&x, &y)"));
}

#[test]
fn remedies_of_a_diagnosis_are_tried() {
    let Rows { x, numbers, .. } = rows();
    let network = |rate: f64| Network { penalty: 0.0, dropout: 0.0, rate, ..Network::regression() };
    let slow = network(1e-7);
    let build = || slow.model();
    let options = || options().epochs(30);
    let mut diagnosis = Diagnosis::new();
    build().unwrap().fit(&x, &numbers, options().callback(&mut diagnosis)).unwrap();
    let setup = Setup::new(build, options).data(&x, &numbers);
    let tried = setup.try_remedies(&diagnosis, Duration::from_secs(60)).unwrap();
    let trial = &tried.trials()[0];
    assert!(matches!(trial.remedy(), Remedy::LearningRate(factor) if *factor > 1.0), "{tried}");
    // the values are those of trainings by hand
    let loss = |rate: f64| {
        let mut model = network(rate).model().unwrap();
        *model.fit(&x, &numbers, options()).unwrap()["val_loss"].last().unwrap()
    };
    let Remedy::LearningRate(factor) = trial.remedy() else { unreachable!() };
    approx::assert_relative_eq!(trial.before().unwrap(), loss(1e-7), max_relative = 1e-9);
    approx::assert_relative_eq!(trial.after().unwrap(), loss(1e-7 * factor), max_relative = 1e-9);
    assert!(trial.helped() && trial.epochs() == Some(30), "{tried}");
    assert_eq!(tried.best().unwrap().finding().code(), trial.finding().code());
    let line = tried.to_string().lines().nth(2).unwrap().to_string();
    assert!(line.starts_with("  tried: ") && line.ends_with(" in 30 epochs (loss of 40 validation rows)"), "{line}");
    // without time, the training without the remedy ends after an epoch, and so does the one with it
    let tried = setup.try_remedies(&diagnosis, Duration::ZERO).unwrap();
    assert_eq!(tried.trials()[0].epochs(), Some(1), "{tried}");
}

#[test]
fn a_remedy_that_does_not_help_is_told_so() {
    let Rows { x, numbers, .. } = rows();
    // a column that is not needed and large: without it, the score is what it is
    let mut rng = Rng::new(4);
    let noise = DMatrix::from_fn(ROWS, 1, |_, _| normal(&mut rng));
    let base = Network { penalty: 0.0, dropout: 0.0, rate: 0.01, ..Network::regression() };
    let leaking =
        DMatrix::from_fn(ROWS, 3, |row, column| if column == 2 { noise[row] + 1e-3 * x[(row, 0)] } else { x[(row, column)] });
    let build = || base.model();
    let mut diagnosis = Diagnosis::new();
    build().unwrap().fit(&leaking, &noise, options().callback(&mut diagnosis)).unwrap();
    let setup = Setup::new(build, options).data(&leaking, &noise);
    let tried = setup.try_remedies(&diagnosis, Duration::from_secs(60)).unwrap();
    let leak = tried.trials().iter().find(|trial| trial.finding().code() == "LC0108").unwrap();
    assert!(!leak.helped() && leak.after() > leak.before(), "{tried}");
    assert!(leak.to_string().ends_with(": the second is the score to believe"), "{leak}");
    // nothing found
    let healthy = Setup::new(build, || options().epochs(60)).data(&x, &numbers);
    assert_eq!(
        healthy.try_findings(&[], Duration::from_secs(1)).unwrap().to_string(),
        "nothing was found, so there is no remedy to try"
    );
    let dropped = build()
        .unwrap()
        .check(
            &DMatrix::from_fn(ROWS, 3, |row, column| if column == 1 { 1.0 } else { x[(row, column)] }),
            &numbers,
            &options().epochs(60),
        )
        .unwrap();
    let tried = healthy.try_findings(&dropped, Duration::from_secs(60)).unwrap();
    assert!(tried.to_string().ends_with(": it did not help"), "{tried}");
    assert!(tried.best().is_none());
}
