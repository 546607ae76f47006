//! Tests ensembles and folds: members, averages, seeds, threads, and files.

use layercake::ensemble::{Ensemble, EnsembleOptions};
use layercake::layers::{Discretization, Normalization, Residual};
use layercake::prelude::*;

fn table(rows: usize) -> (DMatrix<f64>, DMatrix<f64>) {
    let x = DMatrix::from_fn(rows, 3, |row, column| 5.0 + ((row * 3 + column) as f64 * 0.7).sin());
    let y = DMatrix::from_fn(rows, 1, |row, _| if x[(row, 0)] > x[(row, 1)] { 1.0 } else { 0.0 });
    (x, y)
}

fn build(seed: u64) -> layercake::Result<Sequential<f64>> {
    let mut model = Sequential::with_seed(seed);
    model.add(Normalization::default());
    model.add(Dense::new(8).activation(Relu));
    model.add(Residual::new((BatchNormalization::default(), Dense::new(8).activation(Tanh).trainable(false))));
    model.add(Dropout::new(0.1));
    model.add(Dense::new(1).activation(Sigmoid));
    model.compile("adam", "binary_crossentropy", "accuracy")?;
    Ok(model)
}

fn options<'a>() -> EnsembleOptions<'a, f64> {
    EnsembleOptions::new().seed(3).fit_options(|_| {
        let stop = EarlyStopping::new("loss").patience(2).restore_best_weights(true);
        FitOptions::new().epochs(6).batch_size(8).callback(stop)
    })
}

/// Everything that an ensemble shows of itself.
fn bits(ensemble: &Ensemble<f64>, x: &DMatrix<f64>) -> Vec<u64> {
    let matrices = [ensemble.predict(x).unwrap(), ensemble.spread(x).unwrap()];
    let losses = ensemble.histories().iter().flat_map(|history| history["loss"].to_vec());
    matrices.iter().flat_map(|matrix| matrix.iter().copied()).chain(losses).map(f64::to_bits).collect()
}

#[test]
#[cfg(feature = "parallel")]
fn an_ensemble_has_the_same_bits_for_any_number_of_threads() {
    let (x, y) = table(50);
    let train = |threads, folds: bool| {
        let options = options().threads(threads);
        let options = if folds { options.folds(data::KFold::new(4)) } else { options.members(3) };
        bits(&Ensemble::fit(build, &x, &y, options).unwrap(), &x)
    };
    for folds in [false, true] {
        let one = train(1, folds);
        assert_eq!(one, train(2, folds));
        assert_eq!(one, train(7, folds));
    }
}

#[test]
fn the_prediction_is_the_mean_of_the_members() {
    let (x, y) = table(50);
    let ensemble = Ensemble::fit(build, &x, &y, options().members(3)).unwrap();
    let each = ensemble.predict_each(&x).unwrap();
    assert!(each[0] != each[1] && each[1] != each[2], "the members have seeds of their own");
    let mean = (&each[0] + &each[1] + &each[2]) / 3.0;
    assert!((&ensemble.predict(&x).unwrap() - &mean).amax() < 1e-14);
    let variance = each.iter().map(|outputs| (outputs - &mean).map(|d| d * d)).sum::<DMatrix<f64>>() / 3.0;
    assert!((ensemble.spread(&x).unwrap() - variance.map(f64::sqrt)).amax() < 1e-12);
    let scores = ensemble.evaluate(&x, &y).unwrap();
    let right = (0..50).filter(|&row| (mean[(row, 0)] > 0.5) == (y[(row, 0)] == 1.0)).count();
    assert!((scores["accuracy"] - right as f64 / 50.0).abs() < 1e-12);
    // The layers that training leaves alone are those of the members.
    assert_eq!(ensemble.model().summary().trainable_params(), 3 * (4 * 8 + 2 * 8 + 9));
}

#[test]
fn each_fold_is_adapted_to_its_own_training_rows() {
    let (x, y) = table(40);
    let folds = data::KFold::new(4).seed(9);
    let ensemble = Ensemble::fit(build, &x, &y, options().folds(folds)).unwrap();
    let classes: Vec<usize> = y.iter().map(|&y| y as usize).collect();
    let splits = data::KFold::new(4).seed(9).stratify(&classes).split(40).unwrap();
    for (member, split) in ensemble.members().iter().zip(&splits) {
        let (train, _) = split.take(&x).unwrap();
        let mean = &member.get_layer("normalization").unwrap().get_weights()[0];
        assert!((mean[(0, 0)] - train.column(0).mean()).abs() < 1e-12);
    }
    assert!(ensemble.histories().iter().all(|history| history.get("val_loss").is_some()));
}

#[test]
fn a_layer_behind_others_is_adapted_to_their_outputs() {
    let (x, y) = table(40);
    let build = |seed| {
        let mut model = Sequential::with_seed(seed);
        model.add(Normalization::default());
        model.add(Discretization::default().num_bins(4));
        model.add(Dense::new(1));
        model.compile("sgd", "mse", ())?;
        Ok(model)
    };
    let ensemble = Ensemble::fit(build, &x, &y, EnsembleOptions::new().members(1).seed(1)).unwrap();
    let spec = ensemble.members()[0].get_layer("discretization").unwrap().spec().to_string();
    assert!(spec.contains("bin_boundaries=[-") && spec.contains("num_bins=4"), "{spec}");
}

/// Three members with the same weights are as one, also in their penalties.
#[test]
fn the_loss_compares_with_that_of_one_model() {
    let (x, y) = table(20);
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(1).kernel_regularizer(L2::new(0.5)));
    model.compile("sgd", "mse", "mae").unwrap();
    model.fit(&x, &y, FitOptions::new()).unwrap();
    let ensemble = Ensemble::new([model.clone(), model.clone(), model.clone()]).unwrap();
    let (one, three) = (model.evaluate(&x, &y).unwrap(), ensemble.evaluate(&x, &y).unwrap());
    assert!(one.iter().zip(three.iter()).all(|((_, a), (_, b))| (a - b).abs() < 1e-12), "{one} {three}");
}

#[test]
fn refusals_name_the_way_out() {
    let (x, y) = table(20);
    let says = |ensemble: layercake::Result<Ensemble<f64>>, part: &str| {
        let text = ensemble.map(|_| ()).unwrap_err().to_string();
        assert!(text.contains(part), "{text}");
    };
    says(Ensemble::new(Vec::<Sequential<f64>>::new()), "at least one model");
    says(Ensemble::new([build(1).unwrap()]), "the model is not built");
    let with_inputs = |inputs, outputs| {
        let mut model = Sequential::<f64>::new();
        model.add(Input::new(inputs));
        model.add(Dense::new(outputs));
        model
    };
    says(Ensemble::new([with_inputs(2, 1), with_inputs(3, 1)]), "member 1");
    says(Ensemble::new([with_inputs(2, 1), with_inputs(2, 2)]), "as of member 0");
    says(Ensemble::fit(build, &x, &y, options().members(0)), "members = 0");
    says(Ensemble::fit(build, &x, &y, options().members(2).folds(data::KFold::new(2))), "each fold has one member");
    says(Ensemble::fit(build, &x, &y, options().folds(data::KFold::new(21))), "at most 20 folds of 20 rows");
    says(Ensemble::fit(build, &x, &y, options().folds(data::KFold::new(1))), "at least 2 folds");
    let short = y.rows(0, 5).into_owned();
    says(Ensemble::fit(build, &x, &short, options().folds(data::KFold::new(2))), "y has 5 rows, but x has 20");
    let failing = |_| -> layercake::Result<Sequential<f64>> { Err(layercake::Error::callback("no")) };
    says(Ensemble::fit(failing, &x, &y, options()), "no");
    let split = EnsembleOptions::new().folds(data::KFold::new(2)).fit_options(|_| FitOptions::new().validation_split(0.5));
    says(Ensemble::fit(build, &x, &y, split), "options without validation");
}

#[test]
fn folds_cover_all_rows_once() {
    let groups: Vec<usize> = (0..23).map(|row| row * row % 7).collect();
    let classes: Vec<usize> = (0..23).map(|row| usize::from(row % 5 == 0)).collect();
    let kinds = [
        data::KFold::new(4).seed(1),
        data::KFold::new(4).seed(1).stratify(&classes),
        data::KFold::new(3).seed(1).groups(&groups),
    ];
    for folds in kinds {
        let splits = folds.split(23).unwrap();
        let mut tested: Vec<usize> = splits.iter().flat_map(|split| split.test.clone()).collect();
        tested.sort_unstable();
        assert_eq!(tested, (0..23).collect::<Vec<_>>());
        assert!(splits.iter().all(|split| split.train.len() + split.test.len() == 23 && !split.test.is_empty()));
        assert_eq!(splits, folds.split(23).unwrap());
    }
    for split in kinds[1].split(23).unwrap() {
        assert!((1..=2).contains(&split.test.iter().filter(|&&row| classes[row] == 1).count()));
    }
    for split in kinds[2].split(23).unwrap() {
        assert!(split.test.iter().all(|&row| split.train.iter().all(|&other| groups[other] != groups[row])));
    }
    for split in data::KFold::new(4).in_order().split(23).unwrap() {
        assert!(split.train.iter().max() < split.test.iter().min());
    }
    let refused = data::KFold::new(2).in_order().groups(&groups).split(23).unwrap_err().to_string();
    assert!(refused.contains("one of `stratify`, `groups` and `in_order`"), "{refused}");
    let many = data::KFold::new(9).groups(&groups).split(23).unwrap_err().to_string();
    assert!(many.contains("the number of groups"), "{many}");
    assert!(data::KFold::new(2).stratify(&classes).split(20).is_err());
}

#[test]
#[cfg(feature = "keras")]
fn an_ensemble_is_saved_as_one_file() {
    let (x, y) = table(50);
    let ensemble = Ensemble::fit(build, &x, &y, options().members(3)).unwrap();
    let path = std::env::temp_dir().join(format!("layercake-ensembles-{}.keras", std::process::id()));
    ensemble.save(&path).unwrap();
    let loaded = Ensemble::<f64>::load(&path).unwrap();
    assert_eq!(loaded.members().len(), 3);
    assert_eq!(loaded.predict(&x).unwrap(), ensemble.predict(&x).unwrap());
    assert_eq!(loaded.predict_each(&x).unwrap(), ensemble.predict_each(&x).unwrap());
    assert_eq!(loaded.evaluate(&x, &y).unwrap(), ensemble.evaluate(&x, &y).unwrap());
    ensemble.members()[0].save(&path).unwrap();
    let refused = Ensemble::<f64>::load(&path).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(refused.contains("load it with `Sequential::load`"), "{refused}");
}

#[test]
fn members_with_shared_layers_keep_them_and_those_with_several_outputs_are_refused() -> layercake::Result<()> {
    let x = Node::input("x", 3);
    let member = |seed: u64| {
        let shared = Shared::new(Dense::new(3).activation(Tanh));
        let both = layers::Add::new().of([&x, &shared.of(&shared.of(&x))]);
        Functional::<f64>::with_seed(seed, &x, &both.then(Dense::new(1)))
    };
    let (one, two) = (member(1)?, member(2)?);
    let ensemble = Ensemble::new([one.clone(), two.clone()])?;
    let (x_test, _) = table(9);
    let mean = (one.predict(&x_test)? + two.predict(&x_test)?) / 2.0;
    assert!((ensemble.predict(&x_test)? - &mean).amax() < 1e-12);
    assert_eq!(ensemble.model().count_params(), 2 * one.count_params());
    #[cfg(feature = "keras")]
    {
        let path = std::env::temp_dir().join(format!("layercake-shared-members-{}.keras", std::process::id()));
        ensemble.save(&path)?;
        let loaded = Ensemble::<f64>::load(&path)?;
        let _ = std::fs::remove_file(&path);
        assert_eq!(loaded.members().len(), 2);
        assert!((loaded.predict(&x_test)? - mean).amax() < 1e-12);
    }

    let split = Functional::<f64>::with_seed(1, &x, [&x.then(Dense::new(1)), &x.then(Dense::new(1))])?;
    let refused = Ensemble::new([split.clone(), split]).map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("expected a model with one input and one output"), "{refused}");
    Ok(())
}
