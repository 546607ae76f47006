use crate::reference::{File, Tolerance, by_rows, matrix, numbers, spec, weight};
use layercake::losses::Loss;
use layercake::metrics::{IntoMetrics, MetricChoice};
use layercake::optimizers::Optimizer;
use layercake::prelude::*;
use layercake::saving::{Registry, Spec};
use serde_json::Value as Json;
use std::sync::Arc;

/// Why a training cannot be repeated yet, or "supported".
fn support<T: Scalar>(case: &Json, registry: &Registry<T>) -> String {
    let mut missing = Vec::new();
    let mut need = |made: layercake::Result<()>| missing.extend(made.err().map(|error| error.to_string()));
    for layer in case["layers"].as_array().unwrap() {
        need(registry.part::<dyn Layer<T>>(&spec(layer)).map(|_| ()));
    }
    for phase in case["phases"].as_array().unwrap() {
        need(registry.part::<dyn Optimizer<T>>(&spec(&phase["compile"]["optimizer"])).map(|_| ()));
        need(registry.part::<dyn Loss<T>>(&spec(&phase["compile"]["loss"])).map(|_| ()));
        for kind in ["metrics", "weighted_metrics"] {
            for metric in phase["compile"][kind].as_array().into_iter().flatten().filter(|name| *name != "accuracy") {
                need(registry.part::<dyn Metric<T>>(&spec(metric)).map(|_| ()));
            }
        }
        for callback in phase["fit"]["callbacks"].as_array().into_iter().flatten() {
            if callback["class_name"] != "EarlyStopping" {
                need(Err(layercake::Error::callback(callback["class_name"].to_string())));
            }
        }
    }
    if missing.is_empty() { "supported".to_string() } else { missing.join("; ") }
}

fn compile<T: Scalar>(model: &mut Sequential<T>, described: &Json, registry: &Registry<T>) {
    let optimizer: Arc<dyn Optimizer<T>> = registry.part(&spec(&described["optimizer"])).unwrap();
    let loss: Arc<dyn Loss<T>> = registry.part(&spec(&described["loss"])).unwrap();
    let choices = |kind: &str| -> Vec<MetricChoice<T>> {
        let metrics = described[kind].as_array().into_iter().flatten();
        let choose = |metric: &Json| match metric.as_str() {
            Some(name) => name.into_metrics(),
            None => registry.part::<dyn Metric<T>>(&spec(metric)).unwrap().into_metrics(),
        };
        metrics.flat_map(choose).collect()
    };
    model.compile(optimizer, loss, (choices("metrics"), weighted(choices("weighted_metrics")))).unwrap();
}

struct Phase<T: Scalar> {
    validation: Option<[DMatrix<T>; 2]>,
    weights: [Option<Vec<T>>; 2],
    stop: Option<EarlyStopping<T>>,
}

impl<T: Scalar> Phase<T> {
    fn read(fit: &Json) -> Self {
        let vector = |json: &Json| (!json.is_null()).then(|| numbers(json).into_iter().map(T::of).collect::<Vec<T>>());
        let validation = &fit["validation_data"];
        let stop = fit["callbacks"].as_array().into_iter().flatten().next().map(|callback| {
            let config = &callback["config"];
            let mut stop = EarlyStopping::new(config["monitor"].as_str().unwrap());
            for (name, value) in config.as_object().unwrap() {
                stop = match name.as_str() {
                    "monitor" => stop,
                    "patience" => stop.patience(value.as_u64().unwrap() as usize),
                    "min_delta" => stop.min_delta(value.as_f64().unwrap()),
                    "restore_best_weights" => stop.restore_best_weights(value.as_bool().unwrap()),
                    other => panic!("EarlyStopping has {other}"),
                };
            }
            stop
        });
        Self {
            validation: (!validation.is_null()).then(|| [matrix(&validation["x"]), matrix(&validation["y"])]),
            weights: [vector(&fit["sample_weight"]), vector(&validation["sample_weight"])],
            stop,
        }
    }

    fn options<'a>(&'a mut self, fit: &Json) -> FitOptions<'a, T> {
        let mut options = FitOptions::new().shuffle(false);
        for (name, value) in fit.as_object().unwrap() {
            options = match name.as_str() {
                "epochs" => options.epochs(value.as_u64().unwrap() as usize),
                "batch_size" => options.batch_size(value.as_u64().unwrap() as usize),
                "validation_split" => options.validation_split(value.as_f64().unwrap()),
                "class_weight" => {
                    let classes = value.as_object().unwrap().iter();
                    options.class_weight(classes.map(|(class, weight)| (class.parse().unwrap(), weight.as_f64().unwrap())))
                }
                "sample_weight" | "validation_data" | "callbacks" => options,
                other => panic!("fit has {other}"),
            };
        }
        if let Some([x, y]) = &self.validation {
            options = options.validation_data(x, y);
        }
        let [weight, validation_weight] = &self.weights;
        options = weight.iter().fold(options, |options, weight| options.sample_weight(weight));
        options = validation_weight.iter().fold(options, |options, weight| options.validation_sample_weight(weight));
        match &mut self.stop {
            Some(stop) => options.callback(stop),
            None => options,
        }
    }
}

fn assert_logs(case: &Json, want: &Json, got: &layercake::Logs, tolerance: Tolerance) {
    let want = want.as_object().unwrap();
    assert_eq!(got.iter().count(), want.len(), "{}: {got:?}", case["id"]);
    for (name, value) in want {
        tolerance.assert(&serde_json::json!({"id": case["id"], name.as_str(): value}), name, &[got[name.as_str()]]);
    }
}

fn assert_weights<T: Scalar>(case: &Json, want: &Json, model: &Sequential<T>, tolerance: Tolerance) {
    let weights = model.get_weights();
    assert_eq!(weights.len(), want.as_array().unwrap().len());
    for (got, want) in weights.iter().zip(want.as_array().unwrap()) {
        tolerance.assert(&serde_json::json!({"id": case["id"], "weight": want}), "weight", &by_rows(got));
    }
}

fn walk<T: Scalar>() -> File {
    let registry = Registry::<T>::default();
    let mut file = File::read("trajectories");
    file.each(
        "cases",
        |case| support(case, &registry),
        &["supported"],
        |case, tolerance| {
            // a bias in front of a batch normalization has the gradient 0, and Adam goes wherever the rounding of that points
            let normalizes = case["layers"].as_array().unwrap().iter().any(|layer| layer["class_name"] == "BatchNormalization");
            let single = Tolerance { relative: 1e-3, absolute: if normalizes { 1e-3 } else { 1e-4 } };
            let tolerance = if T::DTYPE == "float64" { tolerance } else { single };
            let (x, y) = (matrix::<T>(&case["x"]), matrix::<T>(&case["y"]));
            let mut model = Sequential::<T>::with_seed(1);
            for layer in case["layers"].as_array().unwrap() {
                model.add(registry.part::<dyn Layer<T>>(&spec(layer)).unwrap());
            }
            model.build(x.ncols()).unwrap();
            let initial: Vec<_> = case["initial_weights"].as_array().unwrap().iter().map(weight).collect();
            model.set_weights(&initial).unwrap();
            for (phase, result) in case["phases"].as_array().unwrap().iter().zip(case["phases_result"].as_array().unwrap()) {
                if !phase["compile"].is_null() {
                    compile(&mut model, &phase["compile"], &registry);
                }
                let mut arguments = Phase::read(&phase["fit"]);
                let history = model.fit(&x, &y, arguments.options(&phase["fit"])).unwrap();
                let series = result["history"].as_object().unwrap();
                assert_eq!(history.iter().count(), series.len(), "{}: {:?}", case["id"], series.keys());
                for (name, want) in series {
                    let want = serde_json::json!({"id": case["id"], name.as_str(): want});
                    tolerance.assert(&want, name, &history[name.as_str()]);
                }
                assert_weights(case, &result["weights"], &model, tolerance);
                if let (Some(stop), want) = (&arguments.stop, &result["early_stopping"]) {
                    assert_eq!(stop.stopped_epoch().unwrap() as u64, want["stopped_epoch"].as_u64().unwrap());
                    assert_eq!(stop.best_epoch().unwrap() as u64, want["best_epoch"].as_u64().unwrap());
                    tolerance.assert(want, "best", &[stop.best().unwrap()]);
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
    walk::<f64>().assert_used(12);
    walk::<f32>().assert_used(12);
}

/// The first program of the README, from Keras' initial weights: its loss after each of the 200 epochs, to 1e-9.
#[test]
fn the_first_program_repeats_each_of_its_200_epochs() {
    let mut file = File::read("trajectories");
    let is_article = |case: &Json| case["id"].as_str().unwrap()[3..].chars().take(7).collect::<String>();
    file.each("cases", is_article, &["article"], |case, _| {
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
    file.assert_used(2);
}

#[test]
fn a_spec_of_defaults_is_the_default() {
    let registry = Registry::<f64>::default();
    let adam: Arc<dyn Optimizer<f64>> = registry.part(&Spec::named("Adam")).unwrap();
    assert_eq!(format!("{adam:?}"), format!("{:?}", Adam::default()));
}
