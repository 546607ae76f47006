use super::reference::{self, File, Tolerance, assert_known, by_rows, is_elsewhere, matrix, numbers, part, spec, weight};
use layercake::losses::Loss;
use layercake::metrics::{IntoMetrics, MetricChoice};
use layercake::optimizers::Optimizer;
use layercake::prelude::*;
use layercake::saving::{Registry, Spec};
use serde_json::Value as Json;
use std::sync::Arc;

/// The keys that a case may have.
const KEYS: [&str; 20] = [
    "layers",
    "initial_weights",
    "x",
    "y",
    "x_test",
    "phases.compile.optimizer",
    "phases.compile.loss",
    "phases.compile.metrics",
    "phases.compile.weighted_metrics",
    "phases.fit",
    "phases_result.history",
    "phases_result.epochs",
    "phases_result.weights",
    "phases_result.early_stopping",
    "weight_names",
    "predictions",
    "evaluate",
    "evaluations.x",
    "evaluations.y",
    "evaluations_result",
];

fn compile<T: Scalar>(model: &mut Sequential<T>, described: &Json, registry: &Registry<T>) {
    let optimizer: Arc<dyn Optimizer<T>> = registry.part(&spec(&described["optimizer"])).unwrap();
    let loss: Arc<dyn Loss<T>> = part(registry, &spec(&described["loss"]), 2).unwrap();
    let choices = |kind: &str| -> Vec<MetricChoice<T>> {
        let metrics = described[kind].as_array().into_iter().flatten();
        let choose = |metric: &Json| match metric.as_str() {
            Some(name) => name.into_metrics(),
            None => part::<T, dyn Metric<T>>(registry, &spec(metric), 2).unwrap().into_metrics(),
        };
        metrics.flat_map(choose).collect()
    };
    model.compile(optimizer, loss, (choices("metrics"), weighted(choices("weighted_metrics")))).unwrap();
}

/// The direction that Keras' `mode` means.
fn direction(mode: &Json) -> Option<Direction> {
    match mode.as_str() {
        None | Some("auto") => None,
        Some("min") => Some(Direction::Down),
        Some("max") => Some(Direction::Up),
        other => panic!("a mode {other:?}"),
    }
}

fn early_stopping<T: Scalar>(config: &Json) -> EarlyStopping<T> {
    let stop = EarlyStopping::new(config["monitor"].as_str().unwrap_or("val_loss"));
    config.as_object().unwrap().iter().fold(stop, |stop, (name, value)| match name.as_str() {
        "monitor" => stop,
        "patience" => stop.patience(value.as_u64().unwrap() as usize),
        "min_delta" => stop.min_delta(value.as_f64().unwrap()),
        "mode" => direction(value).into_iter().fold(stop, EarlyStopping::direction),
        "baseline" => value.as_f64().into_iter().fold(stop, EarlyStopping::baseline),
        "restore_best_weights" => stop.restore_best_weights(value.as_bool().unwrap()),
        "start_from_epoch" => stop.start_from_epoch(value.as_u64().unwrap() as usize),
        "verbose" => stop,
        other => panic!("EarlyStopping has {other}"),
    })
}

fn reduce_lr_on_plateau(config: &Json) -> ReduceLrOnPlateau {
    let reduce = ReduceLrOnPlateau::new(config["monitor"].as_str().unwrap_or("val_loss"));
    config.as_object().unwrap().iter().fold(reduce, |reduce, (name, value)| match name.as_str() {
        "monitor" => reduce,
        "factor" => reduce.factor(value.as_f64().unwrap()),
        "patience" => reduce.patience(value.as_u64().unwrap() as usize),
        "mode" => direction(value).into_iter().fold(reduce, ReduceLrOnPlateau::direction),
        "min_delta" => reduce.min_delta(value.as_f64().unwrap()),
        "cooldown" => reduce.cooldown(value.as_u64().unwrap() as usize),
        "min_lr" => reduce.min_lr(value.as_f64().unwrap()),
        "verbose" => reduce,
        other => panic!("ReduceLROnPlateau has {other}"),
    })
}

/// A callback whose state is not compared afterwards.
fn callback<T: Scalar>(class_name: &str, config: &Json) -> Box<dyn Callback<T>> {
    match class_name {
        "ReduceLROnPlateau" => Box::new(reduce_lr_on_plateau(config)),
        "EarlyStopping" => Box::new(early_stopping(config)),
        "LearningRateScheduler" => {
            assert_known(config, class_name, &["table", "verbose"]);
            let table = numbers(&config["table"]);
            Box::new(LearningRateScheduler::new(move |epoch, _| table[epoch]))
        }
        "SwapEMAWeights" => {
            assert_known(config, class_name, &["swap_on_epoch"]);
            Box::new(SwapEmaWeights::default().swap_on_epoch(config["swap_on_epoch"].as_bool().unwrap_or_default()))
        }
        "TerminateOnNaN" => Box::new(TerminateOnNan::default()),
        other => panic!("there is a callback {other}"),
    }
}

struct Phase<T: Scalar> {
    validation: Option<[DMatrix<T>; 2]>,
    weights: [Option<Vec<T>>; 2],
    stop: Option<EarlyStopping<T>>,
    callbacks: Vec<Box<dyn Callback<T>>>,
}

impl<T: Scalar> Phase<T> {
    fn read(fit: &Json) -> Self {
        let vector = |json: &Json| (!json.is_null()).then(|| numbers(json).into_iter().map(T::of).collect::<Vec<T>>());
        let validation = &fit["validation_data"];
        let (mut stop, mut callbacks) = (None, Vec::new());
        assert_known(validation, "validation_data", &["x", "y", "sample_weight"]);
        for described in fit["callbacks"].as_array().into_iter().flatten() {
            assert_known(described, "a callback", &["class_name", "config"]);
            match described["class_name"].as_str().unwrap() {
                "EarlyStopping" if stop.is_none() => stop = Some(early_stopping(&described["config"])),
                other => callbacks.push(callback(other, &described["config"])),
            }
        }
        Self {
            validation: (!validation.is_null()).then(|| [matrix(&validation["x"]), matrix(&validation["y"])]),
            weights: [vector(&fit["sample_weight"]), vector(&validation["sample_weight"])],
            stop,
            callbacks,
        }
    }

    fn options<'a>(&'a mut self, fit: &Json) -> FitOptions<'a, T> {
        let mut options = FitOptions::new().shuffle(false);
        for (name, value) in fit.as_object().unwrap() {
            options = match name.as_str() {
                "epochs" => options.epochs(value.as_u64().unwrap() as usize),
                "initial_epoch" => options.initial_epoch(value.as_u64().unwrap() as usize),
                "batch_size" => options.batch_size(value.as_u64().unwrap() as usize),
                "validation_freq" => options.validation_freq(value.as_u64().unwrap() as usize),
                "validation_batch_size" => options.validation_batch_size(value.as_u64().unwrap() as usize),
                "shuffle" if value == false => options,
                "verbose" => options,
                "validation_split" => options.validation_split(value.as_f64().unwrap()),
                "class_weight" => {
                    let classes = value.as_object().unwrap().iter();
                    options.class_weight(classes.map(|(class, weight)| (class.parse().unwrap(), weight.as_f64().unwrap())))
                }
                "sample_weight" | "validation_data" | "callbacks" => options,
                other => panic!("fit has {other} = {value}, which no test knows"),
            };
        }
        if let Some([x, y]) = &self.validation {
            options = options.validation_data(x, y);
        }
        let [weight, validation_weight] = &self.weights;
        options = weight.iter().fold(options, |options, weight| options.sample_weight(weight));
        options = validation_weight.iter().fold(options, |options, weight| options.validation_sample_weight(weight));
        options = self.callbacks.drain(..).fold(options, FitOptions::callback);
        self.stop.iter_mut().fold(options, FitOptions::callback)
    }
}

fn assert_logs(case: &Json, want: &Json, got: &layercake::Logs, tolerance: Tolerance) {
    let names: Vec<_> = want.as_object().unwrap().keys().filter(|name| !name.ends_with("_alt")).collect();
    assert_eq!(got.iter().count(), names.len(), "{}: {got:?}", case["id"]);
    let mut want = want.clone();
    want["id"] = case["id"].clone();
    names.into_iter().for_each(|name| tolerance.assert(&want, name, &[got[name.as_str()]]));
}

fn assert_weights<T: Scalar>(case: &Json, result: &Json, model: &Sequential<T>, tolerance: Tolerance) {
    let (weights, want) = (model.get_weights(), result["weights"].as_array().unwrap());
    assert_eq!(weights.len(), want.len(), "{}: count of weights", case["id"]);
    for (number, got) in weights.iter().enumerate() {
        let mut want = serde_json::json!({"id": case["id"], "weight": want[number]});
        if let Some(other) = result["weights_alt"].get(number) {
            want["weight_alt"] = other.clone();
        }
        tolerance.assert(&want, "weight", &by_rows(got));
    }
}

fn walk<T: Scalar>() -> File {
    let registry = Registry::<T>::default();
    let mut file = File::read("trajectories", &["cases"]);
    file.each(
        "cases",
        &KEYS,
        |_| "training".to_string(),
        &["training"],
        |case, tolerance| {
            // a bias before a batch normalization has the gradient 0, and Adam follows its rounding errors
            let normalizes = case["layers"].as_array().unwrap().iter().any(|layer| layer["class_name"] == "BatchNormalization");
            let single = Tolerance { relative: 1e-3, absolute: if normalizes { 1e-3 } else { 1e-4 } };
            let tolerance = if T::DTYPE == "float64" { tolerance } else { single };
            let (x, y) = (matrix::<T>(&case["x"]), matrix::<T>(&case["y"]));
            let layers: Vec<&Json> = case["layers"].as_array().unwrap().iter().collect();
            let mut model = reference::model::<T>(&layers, &case["x"], &case["initial_weights"], &registry).unwrap();
            for (phase, result) in case["phases"].as_array().unwrap().iter().zip(case["phases_result"].as_array().unwrap()) {
                if !phase["compile"].is_null() {
                    compile(&mut model, &phase["compile"], &registry);
                }
                let mut arguments = Phase::read(&phase["fit"]);
                let history = model.fit(&x, &y, arguments.options(&phase["fit"])).unwrap();
                let series: Vec<_> =
                    result["history"].as_object().unwrap().iter().filter(|(name, _)| !name.ends_with("_alt")).collect();
                assert_eq!(history.iter().count(), series.len(), "{}: {series:?}", case["id"]);
                for (name, _) in series {
                    let mut want = result["history"].clone();
                    want["id"] = case["id"].clone();
                    if let Some(other) = result["history_alt"].get(name) {
                        want[format!("{name}_alt")] = other.clone();
                    }
                    tolerance.assert(&want, name, &history[name.as_str()]);
                }
                if !result["epochs"].is_null() {
                    let epochs: Vec<f64> = history.epochs().iter().map(|&epoch| epoch as f64).collect();
                    assert_eq!(epochs, numbers(&result["epochs"]), "{}", case["id"]);
                }
                // they exist only at the end of the phase
                if !result["weights"].is_null() {
                    assert_weights(case, result, &model, tolerance);
                }
                if let (Some(stop), want @ Json::Object(_)) = (&arguments.stop, &result["early_stopping"]) {
                    assert_eq!(stop.stopped_epoch().unwrap_or(0) as u64, want["stopped_epoch"].as_u64().unwrap());
                    assert_eq!(stop.best_epoch().unwrap_or(0) as u64, want["best_epoch"].as_u64().unwrap());
                    if !want["best"].is_null() {
                        tolerance.assert(want, "best", &[stop.best().unwrap()]);
                    }
                }
            }
            tolerance.assert(case, "predictions", &by_rows(&model.predict(&matrix(&case["x_test"])).unwrap()));
            let scores = model.evaluate_with(&x, &y, EvaluateOptions::new().batch_size(7)).unwrap();
            assert_logs(case, &case["evaluate"], &scores, tolerance);
            for (data, want) in case["evaluations"].as_array().into_iter().flatten().zip(0..) {
                let scores = model.evaluate(&matrix::<T>(&data["x"]), &matrix::<T>(&data["y"])).unwrap();
                assert_logs(case, &case["evaluations_result"][want as usize], &scores, tolerance);
            }
        },
    );
    file
}

#[test]
fn whole_trainings_repeat_those_of_keras() {
    walk::<f64>().assert_all_used(&[]);
    walk::<f32>().assert_all_used(&[]);
}

/// The first program of the README, from Keras' initial weights: its loss after each of the 200 epochs, to 1e-9.
#[test]
fn the_first_program_repeats_each_of_its_200_epochs() {
    let mut file = File::read("trajectories", &["cases"]);
    // in another folder this model may belong to other data
    let has_its_data = |case: &Json| matrix::<f64>(&case["x"]) == dmatrix![1.0, 2.0; 3.0, 4.0; 5.0, 6.0] || !is_elsewhere();
    let is_article = |case: &Json| (case["id"].as_str().unwrap().contains("article") && has_its_data(case)).to_string();
    file.each("cases", &KEYS, is_article, &["true"], |case, _| {
        let tolerance = Tolerance { relative: 1e-9, absolute: 0.0 };
        let x_train = dmatrix![1.0, 2.0; 3.0, 4.0; 5.0, 6.0];
        let y_train = dmatrix![1.0; 0.0; 1.0];
        assert_eq!((&x_train, &y_train), (&matrix(&case["x"]), &matrix(&case["y"])));

        let mut model = Sequential::new();
        model.add(Dense::new(2).activation(Relu));
        model.add(Dense::new(1).activation(Sigmoid));
        model.build(2).unwrap();
        let initial: Vec<_> = case["initial_weights"].as_array().unwrap().iter().map(weight).collect();
        model.set_weights(&initial).unwrap();

        model.compile(Adam::default(), BinaryCrossentropy::default(), BinaryAccuracy::default()).unwrap();
        let adam = model.fit(&x_train, &y_train, FitOptions::new().epochs(100).batch_size(10).shuffle(false)).unwrap();
        model.compile(Sgd::default().learning_rate(0.01), "binary_crossentropy", "accuracy").unwrap();
        let sgd = model.fit(&x_train, &y_train, FitOptions::new().epochs(100).batch_size(10).shuffle(false)).unwrap();
        for (history, result) in [adam, sgd].iter().zip(case["phases_result"].as_array().unwrap()) {
            assert_eq!(history["loss"].len(), 100);
            tolerance.assert(&result["history"], "loss", &history["loss"]);
        }
    });
    file.assert_all_used(&["false"]);
}

#[test]
fn a_spec_of_defaults_is_the_default() {
    let registry = Registry::<f64>::default();
    let adam: Arc<dyn Optimizer<f64>> = registry.part(&Spec::named("Adam")).unwrap();
    assert_eq!(format!("{adam:?}"), format!("{:?}", Adam::default()));
}
