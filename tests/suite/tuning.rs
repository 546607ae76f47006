//! Tests the searches: the space, the choice of settings, folds, rungs, stops, and the same numbers on any number of threads.

use layercake::layers::Normalization;
use layercake::prelude::*;
use layercake::tuner::{
    BayesianOptimization, GridSearch, HyperParameters, Hyperband, Outcome, Progress, RandomSearch, Setting, Status, Study,
    SuccessiveHalving, Tuner,
};
use layercake::{Error, Result};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) fn table(rows: usize) -> (DMatrix<f64>, DMatrix<f64>) {
    let x = DMatrix::from_fn(rows, 3, |row, column| 5.0 + ((row * 3 + column) as f64 * 0.7).sin());
    let y = DMatrix::from_fn(rows, 1, |row, _| if x[(row, 0)] > x[(row, 1)] { 1.0 } else { 0.0 });
    (x, y)
}

pub(crate) fn build(hp: &mut HyperParameters) -> Result<Sequential<f64>> {
    let mut model = Sequential::with_seed(hp.seed());
    model.add(Normalization::default());
    hp.default("learning_rate", 1e-2);
    for layer in 0..hp.int("layers", 1..=2) {
        model.add(Dense::new(hp.log_int(format!("units_{layer}"), 2..=16)).activation(Relu));
    }
    model.add(Dropout::new(hp.float("dropout", 0.0..=0.5)));
    model.add(Dense::new(1).activation(Sigmoid));
    let rate = hp.log_float("learning_rate", 1e-3..=1e-1);
    match hp.choice("optimizer", ["adam", "sgd"]) {
        "sgd" => {
            let momentum = hp.float("momentum", 0.0..=0.95);
            model.compile(Sgd::default().learning_rate(rate).momentum(momentum), "binary_crossentropy", "accuracy")?;
        }
        _ => model.compile(Adam::default().learning_rate(rate), "binary_crossentropy", "accuracy")?,
    }
    Ok(model)
}

pub(crate) fn small<'a>(tuner: Tuner<'a, f64>) -> Tuner<'a, f64> {
    let options = |hp: &mut HyperParameters| FitOptions::new().batch_size(hp.choice("batch_size", [4, 8]));
    tuner.max_epochs(9).folds(3).seed(7).below_constant(f64::INFINITY).fit_options(options)
}

/// All searches, each with few trials.
pub(crate) fn searches<'a>() -> Vec<(&'static str, Tuner<'a, f64>)> {
    let spaced = |hp: &mut HyperParameters| -> Result<Sequential<f64>> {
        let mut model = Sequential::with_seed(hp.seed());
        model.add(Normalization::default());
        if hp.boolean("hidden") {
            model.add(Dense::new(hp.int_step("units", 4..=12, 4)).activation(Relu));
        }
        model.add(Dense::new(1).activation(Sigmoid));
        let rate = hp.log_float("rate", 1e-3..=1e-1);
        model.compile(Adam::default().learning_rate(rate), "binary_crossentropy", "accuracy")?;
        Ok(model)
    };
    vec![
        ("random", small(RandomSearch::new(build)).max_trials(11)),
        ("grid", small(GridSearch::new(spaced))),
        ("halving", small(SuccessiveHalving::new(build)).min_epochs(1)),
        ("hyperband", small(Hyperband::new(build)).min_epochs(1)),
        ("bayesian", small(BayesianOptimization::new(build)).max_trials(20)),
        ("hyperband with tpe", small(Hyperband::new(build)).min_epochs(1).tpe(true).patience(3)),
    ]
}

/// Every number of a search but its times.
pub(crate) fn numbers(search: &layercake::tuner::SearchResult<'_, f64>) -> String {
    let trial = |trial: &layercake::tuner::Trial| {
        let settings: Vec<_> = trial.settings().map(|(name, setting)| format!("{name}={setting:?}")).collect();
        format!("{:?} {:?} {} {} {}", trial.scores(), trial.status(), trial.epochs(), trial.best_epochs(), settings.join(" "))
    };
    let ranked: Vec<usize> = search.ranked().iter().map(|trial| trial.number()).collect();
    let trials: Vec<String> = search.trials().iter().map(trial).collect();
    format!("{ranked:?} {}\n{}", search.end(), trials.join("\n"))
}

#[test]
#[cfg(feature = "parallel")]
fn every_search_gives_the_same_numbers_on_any_number_of_threads() {
    let (x, y) = table(30);
    let run = |number: usize, threads| {
        let (_, tuner) = searches().remove(number);
        let search = tuner.threads(threads).search(&x, &y).unwrap();
        let ensemble = search.ensemble(3, &x, &y).unwrap();
        format!("{}{:?}{:?}", numbers(&search), search.best_model(&x, &y).unwrap().predict(&x), ensemble.predict(&x))
    };
    for (number, (name, _)) in searches().iter().enumerate() {
        let one = run(number, 1);
        assert_eq!(one, run(number, 2), "{name}");
        assert_eq!(one, run(number, 7), "{name}");
    }
}

#[test]
fn trials_are_as_the_searches_promise() {
    let (x, y) = table(30);
    for (name, tuner) in searches() {
        let search = tuner.search(&x, &y).unwrap();
        let trials = search.trials();
        assert_eq!(trials[0].get("learning_rate").or(trials[0].get("rate")).unwrap().to_f64(), Some(1e-2), "{name}");
        assert_eq!(*trials[0].status(), Status::Complete, "{name}: the defaults are trained in full");
        for (number, trial) in trials.iter().enumerate() {
            let settings =
                |trial: &layercake::tuner::Trial| trial.settings().map(|(n, s)| (n.to_string(), s.clone())).collect::<Vec<_>>();
            assert!(trials[..number].iter().all(|other| settings(other) != settings(trial)), "{name}: equal settings");
            match trial.status() {
                Status::Complete => assert_eq!(trial.scores().len(), 3),
                Status::Stopped(reason) => assert!(reason.starts_with("not among the best"), "{reason}"),
                status => panic!("{name}: {status}"),
            }
        }
        let text = search.to_string();
        assert!(text.contains("the defaults (trial 0) scored") && text.contains("tuning gained"), "{text}");
        match name {
            "grid" => assert_eq!((trials.len(), search.end()), (24, "all 24 points of the grid were tried"), "{text}"),
            "halving" => assert_eq!(trials.len(), 8),
            "hyperband" => assert_eq!(trials.len(), 9 + 5),
            _ => {}
        }
        let best = search.best().unwrap().score().unwrap();
        let complete = trials.iter().filter(|trial| *trial.status() == Status::Complete);
        assert!(complete.filter_map(|trial| trial.score()).all(|score| score >= best));
        assert_eq!(search.to_csv().lines().count(), trials.len() + 1);
        assert!(search.to_svg().starts_with("<svg") && search.to_svg().contains("polyline"));
    }
}

/// A trial that pauses and goes on ends as one that never paused; without memory for pauses it is trained again.
#[test]
fn trials_that_go_on_are_those_that_never_paused() {
    let (x, y) = table(30);
    let plain = |hp: &mut HyperParameters| {
        let mut model = Sequential::with_seed(hp.seed());
        model.add(Normalization::default());
        model.add(Dense::new(hp.int("units", 2..=40)).activation(Relu));
        model.add(Dropout::new(0.2));
        model.add(Dense::new(1).activation(Sigmoid));
        model.compile(Adam::default(), "binary_crossentropy", ())?;
        Ok(model)
    };
    let halving = || small(SuccessiveHalving::new(plain)).min_epochs(1).validation_split(0.3);
    let kept = halving().search(&x, &y).unwrap();
    assert_eq!(numbers(&kept), numbers(&halving().memory(0).search(&x, &y).unwrap()));
    let full = small(RandomSearch::new(plain)).validation_split(0.3).max_trials(9).search(&x, &y).unwrap();
    let mut compared = 0;
    for trial in kept.trials().iter().filter(|trial| *trial.status() == Status::Complete) {
        let same = full.trials().iter().find(|other| other.number() == trial.number()).unwrap();
        assert_eq!((trial.scores(), trial.epochs()), (same.scores(), same.epochs()));
        compared += 1;
    }
    assert!(compared > 0);
}

#[test]
fn the_objective_may_be_a_metric_whose_highest_value_is_best() {
    let (x, y) = table(40);
    let search = small(RandomSearch::new(build)).objective("val_accuracy").max_trials(8).search(&x, &y).unwrap();
    let scores: Vec<f64> = search.ranked().iter().filter_map(|trial| trial.score()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b) && scores[0] > 0.6, "{scores:?}");
    let Err(error) = small(RandomSearch::new(build)).objective("val_acc").search(&x, &y) else { panic!("no such series") };
    assert!(error.to_string().contains("`val_accuracy`"), "{error}");
}

#[test]
fn a_model_that_cannot_be_built_is_a_row() {
    let (x, y) = table(30);
    let build = |hp: &mut HyperParameters| {
        let units = hp.int("units", 1..=6);
        if units.is_multiple_of(2) {
            return Err(Error::callback(format!("{units} units are not to be had")));
        }
        let mut model = Sequential::with_seed(hp.seed());
        model.add(Dense::new(units));
        model.add(Dense::new(1));
        let rate = if units == 5 { 1e30 } else { 1e-3 };
        model.compile(Sgd::default().learning_rate(rate), "mse", ())?;
        Ok(model)
    };
    let search = small(RandomSearch::new(build)).search(&x, &y).unwrap();
    assert_eq!(search.end(), "the space is used up after 12 of 32 trials");
    let reason = |units: i64| {
        let of_units = |trial: &&layercake::tuner::Trial| trial.get("units") == Some(&Setting::Int(units));
        search.trials().iter().find(of_units).unwrap().status().to_string()
    };
    assert_eq!(reason(2), "failed: a callback stopped the training: 2 units are not to be had");
    assert!(reason(5).contains("the loss or the objective is"), "{}", reason(5));
    assert!(search.to_string().contains("8 of 12 trials failed"), "{search}");
    assert!(search.best().is_ok());
    let none = RandomSearch::new::<f64, Sequential<f64>>(|_| Err(Error::callback("never"))).search(&x, &y).unwrap();
    let error = none.best().unwrap_err().to_string();
    assert!(error.contains("trial 0 failed: a callback stopped the training: never"), "{error}");
    assert!(none.to_string().contains("no trial has a score") && none.best_model(&x, &y).is_err());
}

#[test]
fn a_trial_that_is_no_better_than_a_constant_ends_after_its_first_fold() {
    let (x, y) = table(40);
    let build = |hp: &mut HyperParameters| {
        let mut model = Sequential::with_seed(hp.seed());
        model.add(Normalization::default());
        model.add(Dense::new(8).activation(Relu));
        model.add(Dense::new(1));
        let rate = hp.choice("rate", [1e-2, 1e-9]);
        let loss = BinaryCrossentropy::default().from_logits(true);
        model.compile(Adam::default().learning_rate(rate), loss, ())?;
        Ok(model)
    };
    let search = RandomSearch::new(build).seed(1).folds(4).search(&x, &y).unwrap();
    let slow = &search.trials()[1];
    assert!(slow.status().to_string().contains("of the constant predictor's, not under 0.9"), "{search}");
    assert_eq!(slow.scores().len(), 1);
    assert_eq!(search.best().unwrap().number(), 0);
    // a constant that is as good as can be: the classes are equally frequent, so its loss is ln 2
    let of_first = slow.scores()[0] / std::f64::consts::LN_2;
    assert!((0.9..3.0).contains(&of_first), "{of_first}");
}

#[test]
fn searches_stop_when_they_are_told_to() {
    let (x, y) = table(30);
    let search = small(RandomSearch::new(build)).max_trials(500).no_improvement(5).search(&x, &y).unwrap();
    assert!(search.end().starts_with("no improvement in ") && search.trials().len() < 500, "{}", search.end());
    let short = small(RandomSearch::new(build)).max_trials(500).time_budget(std::time::Duration::ZERO).search(&x, &y).unwrap();
    assert_eq!((short.end(), short.trials().len()), ("the time budget was used up", 0));
    let token = CancelToken::new();
    let count = AtomicUsize::new(0);
    let counting = |hp: &mut HyperParameters| {
        if count.fetch_add(1, Ordering::Relaxed) == 80 {
            token.cancel();
        }
        build(hp)
    };
    let cancelled = small(RandomSearch::new(counting)).max_trials(500).cancel(&token).search(&x, &y).unwrap();
    assert_eq!(cancelled.end(), "cancelled");
    assert!(cancelled.trials().len() < 500);
}

#[test]
fn progress_is_told_in_the_order_of_the_trials() {
    let (x, y) = table(30);
    let mut lines = Vec::new();
    let tell = |event: &Progress<'_>| lines.push(event.to_string());
    let search = small(Hyperband::new(build)).min_epochs(3).progress(tell).search(&x, &y).unwrap();
    drop(search);
    assert!(
        lines[0].starts_with("bracket 1: 3 trials to epoch 3, 2 to 9\n3 trials in all with up to 21 epochs;"),
        "{}",
        lines[0]
    );
    assert_eq!(lines.len(), 5, "{lines:#?}");
    assert_eq!(lines[4], "the search ended: all 3 trials were run");
}

#[test]
fn enqueued_settings_come_after_the_defaults() {
    let (x, y) = table(30);
    let search = small(RandomSearch::new(build)).enqueue([("units_0", 5)]).enqueue([("optimizer", "sgd")]).max_trials(4);
    let search = search.search(&x, &y).unwrap();
    assert_eq!(search.trials()[1].get("units_0"), Some(&Setting::Int(5)));
    assert_eq!(search.trials()[2].get("optimizer"), Some(&Setting::from("sgd")));
    assert_eq!(search.trials()[2].get("momentum"), Some(&Setting::Float(0.475)));
    let says = |tuner: Tuner<'_, f64>, part: &str| {
        let text = tuner.search(&x, &y).map(|_| ()).unwrap_err().to_string();
        assert!(text.contains(part), "{text}");
    };
    says(small(RandomSearch::new(build)).enqueue([("units_7", 5)]), "`units_7`");
    says(small(RandomSearch::new(build)).enqueue([("units_0", 500)]), "a value of 2..=16, logarithmic");
}

#[test]
fn what_is_wrong_with_a_space_is_an_error_that_names_it() {
    let says = |space: fn(&mut HyperParameters), parts: [&str; 2]| {
        let space = move |hp: &mut HyperParameters| {
            space(hp);
            Ok(())
        };
        let text = Study::random(space).seed(1).ask().unwrap_err().to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    };
    #[expect(clippy::reversed_empty_ranges, reason = "a reversed range is what is tested")]
    says(
        |hp| {
            hp.int("layers", 3..=1);
        },
        ["`layers`", "start is not above its end"],
    );
    says(
        |hp| {
            hp.log_float("rate", 0.0..=1.0);
        },
        ["`rate`", "starts above 0"],
    );
    says(
        |hp| {
            hp.log_int("units", 0..=8);
        },
        ["`units`", "starts above 0"],
    );
    says(
        |hp| {
            hp.float("x", 0.0..=f64::NAN);
        },
        ["`x`", "finite numbers"],
    );
    says(
        |hp| {
            hp.float_step("x", 0.0..=1.0, 0.0);
        },
        ["`x`", "a step above 0"],
    );
    says(
        |hp| {
            hp.int_step("n", 1..=4, 0);
        },
        ["`n`", "a step of at least 1"],
    );
    says(
        |hp| {
            hp.choice("kind", [""; 0]);
        },
        ["`kind`", "at least one option"],
    );
    says(
        |hp| {
            hp.choice("kind", ["a", "a"]);
        },
        ["`kind`", "all differ"],
    );
    says(
        |hp| {
            hp.int("n", 1..=2);
            hp.int("n", 1..=3);
        },
        ["`n`", "a name has one range"],
    );
    says(
        |hp| {
            let most = hp.int("most", 2..=5);
            hp.int("n", 1..=most);
        },
        ["`n`", "a name has one range"],
    );
    says(
        |hp| {
            hp.default("n", 9);
            hp.int("n", 1..=3);
        },
        ["the default 9", "a default of 1..=3"],
    );
}

#[test]
fn options_out_of_range_are_refused() {
    let (x, y) = table(30);
    let says = |tuner: Tuner<'_, f64>, part: &str| {
        let text = tuner.search(&x, &y).map(|_| ()).unwrap_err().to_string();
        assert!(text.contains(part), "{text}");
    };
    let random = || small(RandomSearch::new(build));
    says(random().max_trials(0), "max_trials = 0");
    says(random().max_epochs(0), "max_epochs = 0");
    says(random().batch(0), "batch = 0");
    says(random().min_epochs(2), "the searches that stop trials early");
    says(small(Hyperband::new(build)).min_epochs(10), "at most `max_epochs`");
    says(random().grid_points(2), "only a grid has points");
    says(small(GridSearch::new(build)).tpe(true), "the points of a grid are given");
    says(small(GridSearch::new(build)).most_points(10), "at most 10");
    says(random().below_constant(0.0), "below_constant");
    says(random().folds(1), "at least 2 folds");
    says(random().folds(31), "at most 30 folds");
    says(random().validation_split(1.0), "test_size");
    says(random().validation_split(1.0).in_order(), "validation_split");
    says(random().groups(&[0; 30]), "the number of groups");
    says(random().groups(&[0; 30]).in_order(), "one of");
    says(random().fit_options(|_| FitOptions::new().epochs(3)), "`max_epochs` of the search");
    says(random().fit_options(|_| FitOptions::new().validation_split(0.1)), "of the search");
    let (other, targets) = table(10);
    says(random().validation_data(&other, &targets).in_order(), "needs no split");
    let short = y.rows(0, 5).into_owned();
    assert!(random().search(&x, &short).is_err_and(|error| error.to_string().contains("y has 5 rows")));
    let mut broken = x.clone();
    broken[(3, 1)] = f64::NAN;
    assert!(random().search(&broken, &y).is_err_and(|error| error.to_string().contains("row 3, column 1")));
    let search = random().max_trials(2).search(&x, &y).unwrap();
    assert!(search.ensemble(3, &x, &y).is_err_and(|error| error.to_string().contains("1 to 2")));
    assert!(search.ensemble(0, &x, &y).is_err());
}

#[test]
fn every_kind_of_validation_works() {
    let (x, y) = table(40);
    let groups: Vec<usize> = (0..40).map(|row| row / 5).collect();
    let (other, targets) = table(12);
    let random = || small(RandomSearch::new(build)).max_trials(2);
    for (tuner, folds) in [
        (random().folds(4), 4),
        (random().groups(&groups), 3),
        (random().in_order(), 3),
        (random().validation_split(0.25), 1),
        (random().validation_split(0.25).in_order(), 1),
        (random().validation_data(&other, &targets), 1),
        (random().prepare(data::StandardScaler::fit), 3),
        (random().prepare(|_| Ok(|x: &DMatrix<f64>| Ok(x.map(|x| x - 5.0)))), 3),
    ] {
        let search = tuner.search(&x, &y).unwrap();
        assert!(search.trials().iter().all(|trial| trial.scores().len() == folds), "{search}");
        assert_eq!(search.trials()[0].standard_error().is_some(), folds > 1);
    }
}

#[test]
fn a_study_takes_outcomes_in_any_order() {
    let space = |hp: &mut HyperParameters| {
        hp.float("x", -2.0..=2.0);
        hp.float("y", -2.0..=2.0);
        Ok(())
    };
    let run = |mut study: Study<'_>, reversed: bool| {
        loop {
            let mut jobs = study.ask().unwrap();
            if jobs.is_empty() {
                let trials: Vec<_> = study.trials().iter().map(|trial| trial.score()).collect();
                return (trials, study.best().unwrap().score().unwrap());
            }
            assert!(study.ask().is_err(), "outcomes are missing");
            if reversed {
                jobs.reverse();
            }
            for job in jobs {
                let value = |name| job.get(name).unwrap().to_f64().unwrap();
                let outcome = Outcome::scored((value("x") - 0.7).powi(2) + (value("y") + 0.3).powi(2)).epochs(job.epochs());
                study.tell(&job, outcome.clone()).unwrap();
                assert!(study.tell(&job, outcome).is_err(), "it was told already");
            }
        }
    };
    for make in [Study::random, Study::halving, Study::hyperband, Study::bayesian] {
        let study = || make(space).seed(3).folds(2);
        assert_eq!(run(study(), false), run(study(), true));
    }
    // the estimator finds the optimum better than even points do
    let mean = |make: &dyn Fn() -> Study<'static>| {
        (0..20).map(|seed| run(make().seed(seed).max_trials(50), false).1).sum::<f64>() / 20.0
    };
    let (random, bayesian) = (mean(&|| Study::random(space)), mean(&|| Study::bayesian(space)));
    assert!(bayesian < 0.5 * random, "{bayesian} {random}");
}

#[test]
fn members_are_chosen_greedily_by_the_loss_of_their_mean() {
    let (x, y) = table(60);
    let search = small(RandomSearch::new(build)).max_trials(8).search(&x, &y).unwrap();
    let numbers = |size, candidates| {
        let ensemble = search.greedy_ensemble(size, candidates, &x, &y).unwrap();
        ensemble.predict_each(&x).unwrap()
    };
    // the first member is the best trial by its validation loss, which here has no penalties
    let first = numbers(1, 8);
    assert_eq!(first[0], search.ensemble(1, &x, &y).unwrap().predict(&x).unwrap());
    let three = numbers(3, 1);
    assert_eq!(three[0], first[0]);
    assert!(three[0] != three[1] && three[1] != three[2], "a trial that is chosen again has another seed");
    assert!(search.greedy_ensemble(0, 1, &x, &y).is_err() && search.greedy_ensemble(1, 0, &x, &y).is_err());
}

/// Selecting among pure noise is optimistic, and nested validation says so.
#[test]
fn nested_validation_measures_the_optimism_of_the_selected_score() {
    let mut rng = layercake::Rng::new(3);
    let x = DMatrix::from_fn(40, 3, |_, _| rng.uniform());
    let y = DMatrix::from_fn(40, 1, |_, _| f64::from(u8::from(rng.uniform() < 0.5)));
    let search = |fold: usize| small(RandomSearch::new(build)).max_trials(16).folds(2).seed(fold as u64);
    let nested = layercake::tuner::nested(4, 3, search, &x, &y).unwrap();
    assert!(nested.optimism() > 0.0, "{nested}");
    assert!(nested.to_string().contains("optimism of the selected"));
    assert_eq!([nested.selected(), nested.default(), nested.best(), nested.ensemble()].map(<[f64]>::len), [4; 4]);
    let scaled = |_: usize| search(1).prepare(data::StandardScaler::fit).max_trials(2);
    assert!(layercake::tuner::nested(2, 2, scaled, &x, &y).is_ok());
    assert!(layercake::tuner::nested(41, 2, search, &x, &y).is_err());
}

/// A search that is cut short by its number of trials halves those that it started.
#[test]
fn a_bracket_with_fewer_trials_is_halved_too() {
    let (x, y) = table(30);
    let search = small(Hyperband::new(build)).min_epochs(1).max_trials(4).search(&x, &y).unwrap();
    let complete = search.trials().iter().filter(|trial| *trial.status() == Status::Complete).count();
    assert!(complete <= 2 && search.trials().len() == 4, "{search}");
}

/// Each rung has as many trials as planned, and the defaults are one of them however bad they are.
#[test]
fn the_defaults_take_a_place_of_each_rung() {
    let space = |hp: &mut HyperParameters| {
        hp.int("x", 0..=100);
        Ok(())
    };
    let mut study = Study::halving(space).seed(1).max_epochs(9).max_trials(9);
    let plan = study.brackets();
    let (mut rungs, mut epochs) = (Vec::new(), 0);
    loop {
        let jobs = study.ask().unwrap();
        if jobs.is_empty() {
            break;
        }
        assert_eq!(jobs[0].trial(), 0, "the defaults go on");
        rungs.push((jobs.len(), jobs[0].epochs()));
        epochs += jobs.iter().map(|job| job.epochs() - job.initial_epoch()).sum::<usize>();
        for job in jobs {
            let score = if job.trial() == 0 { 1e6 } else { job.trial() as f64 };
            study.tell(&job, Outcome::scored(score).epochs(job.epochs())).unwrap();
        }
    }
    assert_eq!(rungs, [(9, 1), (4, 2), (2, 5), (2, 9)]);
    assert_eq!(epochs, plan.epochs());
    let stopped = study.trials().iter().filter(|trial| *trial.status() != Status::Complete).count();
    assert_eq!((study.best().unwrap().number(), stopped), (1, 7));
    // the brackets of a second pass, and those after the first, are for other trials alone
    let plan = Study::hyperband(space).max_epochs(9).brackets().to_string();
    assert!(
        plan.starts_with("bracket 1: 9 trials to epoch 1, 3 to 3, 2 to 9\nbracket 2: 5 trials to epoch 3, 1 to 9\n"),
        "{plan}"
    );
}

/// A search leaves no thread and no file behind unless it was given a journal.
#[test]
#[cfg(all(feature = "parallel", target_os = "linux"))]
fn a_search_leaves_nothing_behind() {
    let folder = std::env::temp_dir().join(format!("layercake-quiet-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    crate::process::alone("tuning::a_search_leaves_nothing_behind", &folder, || {
        let count = |path: &str| std::fs::read_dir(path).unwrap().count();
        let before = count("/proc/self/task");
        let (x, y) = table(30);
        for (_, tuner) in searches() {
            let search = tuner.threads(4).search(&x, &y).unwrap();
            search.ensemble(2, &x, &y).unwrap();
        }
        // a thread that was joined may take a moment to leave the list
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert_eq!((count("/proc/self/task"), count(".")), (before, 0));
    });
    std::fs::remove_dir_all(&folder).unwrap();
}
