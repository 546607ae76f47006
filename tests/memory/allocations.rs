//! A training step allocates no memory: each `fit` allocates what its steps need once.

use crate::counting::ALLOCATIONS;
use crate::registered::{complete, settings};
use layercake::activations::Activation;
use layercake::prelude::*;
use layercake::regularizers::Regularizer;
use layercake::saving::Registry;

fn count(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

fn allocations_of_a_fit<T: Scalar>(epochs: usize, loss: &str, units: usize) -> usize {
    let x = DMatrix::from_fn(100, 20, |row, column| T::of(((row + 3 * column) as f64).sin()));
    let y = DMatrix::from_fn(100, 1, |row, _| T::of((row % units.min(2)) as f64));
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(40).activation(Relu).kernel_regularizer(L2::new(1e-3)).kernel_constraint(MaxNorm::new(3.0)));
    model.add(Dropout::new(0.5));
    model.add(BatchNormalization::default());
    model.add(Dense::new(17).activation(Tanh).activity_regularizer(L2::new(1e-3)));
    model.add(LayerNormalization::default());
    model.add(GroupNormalization::new(1));
    model.add(RmsNormalization::default());
    model.add(UnitNormalization);
    model.add(PRelu::default().shared_axes([1]));
    model.add(GaussianNoise::new(0.1).seed(3));
    model.add(GaussianDropout::new(0.1));
    model.add(AlphaDropout::new(0.1));
    model.add(ActivityRegularization::new(0.0, 1e-3));
    model.add(Dense::new(17).activation(Tanh).kernel_regularizer(OrthogonalRegularizer::default()));
    model.add(Dense::new(18).activation(Glu));
    model.add(layers::Activation::new(Sparsemax));
    model.add(Dense::new(units).activation(if units == 1 { "sigmoid" } else { "softmax" }));
    model.compile(Adam::default(), loss, "accuracy").unwrap();
    let options = FitOptions::new().epochs(epochs).batch_size(32).validation_split(0.2);
    count(|| _ = model.fit(&x, &y, options).unwrap())
}

#[test]
fn a_fit_of_many_steps_allocates_no_more_than_one_of_few() {
    let losses = [
        ("binary_crossentropy", 1),
        ("sparse_categorical_crossentropy", 3),
        ("crossentropy", 3),
        ("hinge", 1),
        ("binary_focal_crossentropy", 1),
        ("categorical_generalized_cross_entropy", 3),
        ("dice", 1),
        ("circle", 3),
    ];
    for (loss, units) in losses {
        let (few, many) = (allocations_of_a_fit::<f32>(1, loss, units), allocations_of_a_fit::<f32>(200, loss, units));
        assert_eq!(few, many, "{loss}: 3 steps against 600");
        assert_eq!(allocations_of_a_fit::<f64>(1, loss, units), allocations_of_a_fit::<f64>(200, loss, units));
    }
    assert!(count(|| drop(std::hint::black_box(vec![0u8; 100]))) > 0, "the allocator counts");
}

#[test]
fn a_functional_model_allocates_nothing_in_a_step_and_in_a_prediction() {
    let (a, b) = (Node::input("a", 3), Node::input("b", 2));
    let shared = Shared::new(Dense::new(4).activation(Relu));
    let first = shared.of(&Concatenate::new().of([&a, &b]).then(Dense::new(5)));
    let second = shared.of(&first.then(Dense::new(5)));
    let kind = second.then(Dense::new(3).activation(Softmax).name("kind"));
    let sum = layers::Add::new().of([&first, &second]).then(Dense::new(1));
    let numbers = |columns: usize| DMatrix::from_fn(100, columns, |row, column| ((row + 3 * column) as f64).sin());
    let (x, classes) = ([numbers(3), numbers(2)], DMatrix::from_fn(100, 1, |row, _| (row % 3) as f64));
    let fit = |epochs: usize, streamed: bool| {
        let mut model = Functional::with_seed(1, [&a, &b], [&kind, &sum]).unwrap();
        let losses = Losses::new(("sparse_categorical_crossentropy", "mse")).loss_weights([1.0, 0.5]);
        model.compile("adam", losses, of_output("kind", "accuracy")).unwrap();
        let options = FitOptions::new().epochs(epochs).validation_split(0.2).streamed(streamed);
        count(|| _ = model.fit(&x, (&classes, &numbers(1)), options).unwrap())
    };
    assert_eq!(fit(1, false), fit(100, false));
    assert_eq!(fit(1, true), fit(100, true));

    let model = Functional::with_seed(1, [&a, &b], &sum).unwrap();
    let (mut out, mut scratch) = (DMatrix::zeros(100, 1), PredictScratch::new());
    let mut predict = || {
        let inputs = layercake::Inputs::from(&x);
        count(|| model.predict_into(inputs, &mut out, &mut scratch).unwrap())
    };
    predict();
    assert_eq!(predict(), 0);
}

#[test]
fn metrics_allocate_nothing_in_a_step() {
    let fit = |epochs: usize| {
        let x = DMatrix::from_fn(100, 20, |row, column| ((row + 3 * column) as f64).sin());
        let y = DMatrix::from_fn(100, 3, |row, column| f64::from(row % 3 == column));
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(3).activation(Softmax));
        let curves = ("auc", Auc::default().curve(Curve::Pr).multi_label(true), PrecisionAtRecall::new(0.5));
        let shares = (Precision::default().thresholds([0.7, 0.2]), Recall::default().top_k(2), weighted(F1Score::default()));
        let others = ("mse", "r2_score", "ce", "pearson_correlation", OneHotMeanIoU::new(3), TopKCategoricalAccuracy::new(2));
        model.compile("adam", "categorical_crossentropy", (curves, shares, others)).unwrap();
        let options = FitOptions::new().epochs(epochs).batch_size(32).validation_split(0.2);
        count(|| _ = model.fit(&x, &y, options).unwrap())
    };
    assert_eq!(fit(1), fit(50));
}

fn allocations_with(options: FitOptions<'_, f64>) -> usize {
    let x = DMatrix::from_fn(80, 5, |row, column| ((row + 3 * column) as f64).sin());
    let y = DMatrix::from_fn(80, 1, |row, _| (row as f64).cos());
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(1));
    model.compile(Sgd::default().use_ema(true), "mse", ()).unwrap();
    count(|| _ = model.fit(&x, &y, options.validation_split(0.2)).unwrap())
}

#[test]
fn callbacks_allocate_nothing_in_a_step() {
    let of_epochs = |epochs| {
        let options = FitOptions::new()
            .epochs(epochs)
            .callback(ReduceLrOnPlateau::new("val_loss").patience(1).min_delta(10.0))
            .callback(LearningRateScheduler::new(|_, rate| rate * 0.9))
            .callback(SwapEmaWeights::default().swap_on_epoch(true))
            .callback(EarlyStopping::new("val_loss").patience(1000).restore_best_weights(true))
            .callback(TerminateOnNan::default())
            .callback(on_batch_begin(|run: &mut Run<'_, f64>| run.log("begun", run.batch() as f64)));
        allocations_with(options)
    };
    assert_eq!(of_epochs(2), of_epochs(50));
    let path = std::env::temp_dir().join(format!("layercake-allocations-{}.csv", std::process::id()));
    let of_batches =
        |batch_size| allocations_with(FitOptions::new().epochs(3).batch_size(batch_size).callback(CsvLogger::new(&path)));
    assert_eq!(of_batches(64), of_batches(1));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn no_optimizer_allocates_in_a_step() {
    use layercake::saving::{Spec, Value};
    let x = DMatrix::from_fn(64, 5, |row, column| ((row + 3 * column) as f32).sin());
    let y = DMatrix::from_fn(64, 1, |row, _| (row as f32).cos());
    let registry = Registry::<f32>::default();
    for name in registry.optimizers.names() {
        let allocations = |epochs| {
            let spec = Spec::named(name)
                .with("learning_rate", Value::Spec(Spec::named("CosineDecay")))
                .with("global_clipnorm", Value::Float(0.1))
                .with("use_ema", Value::Bool(true))
                .with("gradient_accumulation_steps", Value::Int(2));
            let mut model = Sequential::with_seed(1);
            model.add(Dense::new(7).activation(Tanh));
            model.add(Dense::new(1));
            model.compile(registry.part::<dyn Optimizer<f32>>(&spec).unwrap(), "mse", ()).unwrap();
            count(|| _ = model.fit(&x, &y, FitOptions::new().epochs(epochs).batch_size(16)).unwrap())
        };
        assert_eq!(allocations(1), allocations(50), "{name}");
    }
}

/// A training on one thread, because starting threads allocates.
fn on_one_thread<'a>(epochs: usize) -> FitOptions<'a, f32> {
    let options = FitOptions::new().epochs(epochs).batch_size(16);
    #[cfg(feature = "parallel")]
    let options = options.threads(1);
    options
}

#[test]
fn weights_that_move_while_their_gradient_is_computed_allocate_nothing() {
    let x = DMatrix::from_fn(64, 500, |row, column| ((row + 3 * column) as f32).sin());
    let y = DMatrix::from_fn(64, 1, |row, _| (row as f32).cos());
    let allocations = |epochs| {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(300).activation(Relu));
        model.add(Dense::new(1));
        model.compile(AdamW::default(), "mse", ()).unwrap();
        count(|| _ = model.fit(&x, &y, on_one_thread(epochs)).unwrap())
    };
    assert_eq!(allocations(1), allocations(10));
}

#[test]
fn predicting_into_a_matrix_allocates_nothing_after_the_first_time() {
    let mut model = Sequential::<f32>::with_seed(1);
    model.add(Dense::new(40).activation(Relu));
    model.add(Dense::new(7).activation(Softmax));
    model.build(20).unwrap();
    let x = DMatrix::from_fn(300, 20, |row, column| ((row + 3 * column) as f32).sin());
    let (mut out, mut scratch) = (DMatrix::zeros(300, 7), PredictScratch::new());
    let mut predict = || model.predict_into(&x, &mut out, &mut scratch).unwrap();
    assert!(count(&mut predict) > 0);
    assert_eq!(count(predict), 0);
    assert_eq!(out, model.predict(&x).unwrap());
    assert!(
        model.predict_into(&x, &mut DMatrix::zeros(1, 7), &mut scratch).unwrap_err().to_string().contains("expected 300 x 7")
    );
}

/// A row of a table needs a list of its cells and one of its probabilities.
#[test]
fn rows_of_a_table_allocate_the_same_each_time() {
    let mut table = data::Table::new();
    table.add_numbers("size", (0..60).map(|row| row % 9)).unwrap();
    table.add_text("colour", (0..60).map(|row| ["red", "blue"][row % 2])).unwrap();
    table.add_text("kind", (0..60).map(|row| if row % 9 > 4 { "large" } else { "small" })).unwrap();
    let mut model = TableClassifier::new("kind").members(3).seed(1);
    model.fit(&table, TableOptions::new().epochs(2)).unwrap();
    let row = [("size", 3.into()), ("colour", "red".into())];
    let predict = || _ = model.predict_row(&row).unwrap();
    predict();
    assert_eq!([(); 5].map(|()| count(predict)), [2; 5]);
}

#[test]
fn layers_within_layers_allocate_nothing_either() {
    use layercake::layers::{Add, Concatenate, Embedding, Residual, SpectralNormalization, stack};
    let fit = |epochs: usize| {
        let x = DMatrix::from_fn(60, 3, |row, column| ((row + 2 * column) % 5) as f64);
        let y = DMatrix::from_fn(60, 1, |row, _| (row % 2) as f64);
        let mut model = Sequential::with_seed(1);
        model.add(Concatenate::stacks([stack(Embedding::new(5, 4)), stack(Embedding::new(5, 2))]));
        model.add(Residual::new((Dense::new(9).activation(Relu), Dropout::new(0.5), Dense::new(6))));
        model.add(Add::stacks([
            stack(()),
            stack(Residual::new(Dense::new(6))),
            stack(SpectralNormalization::new(Dense::new(6))),
        ]));
        model.add(Dense::new(1));
        model.add(layers::Lambda::samples(1, |x: &[f64], y| y[0] = x.iter().sum(), |_, dy, dx| dx.fill(dy[0])));
        model.compile("adam", "mse", ()).unwrap();
        count(|| _ = model.fit(&x, &y, FitOptions::new().epochs(epochs).batch_size(16)).unwrap())
    };
    assert_eq!(fit(1), fit(100));
}

#[test]
fn an_ensemble_in_one_network_allocates_nothing_in_a_step() {
    use layercake::layers::{BatchEnsembleDense, EinsumDense, GlobalAveragePooling1D, PeriodicEmbedding, PiecewiseLinear};
    let fit = |epochs: usize| {
        let x = DMatrix::from_fn(60, 3, |row, column| ((row + 2 * column) as f32).sin());
        let y = DMatrix::from_fn(60, 1, |row, _| (row % 2) as f32);
        let mut model = Sequential::with_seed(1);
        let pieces = PiecewiseLinear::default().adapt(&x).unwrap();
        model.add(layers::Concatenate::stacks([
            layers::stack(pieces),
            layers::stack(PeriodicEmbedding::plr(4, 3)),
            layers::stack(PeriodicEmbedding::pbld(4, 3)),
        ]));
        model.add(BatchEnsembleDense::first(9, 4).activation(Relu));
        model.add(BatchEnsembleDense::new(9).activation(Relu));
        model.add(EinsumDense::new("abc,bcd->abd", [None, Some(1)]).bias_axes("bd").activation(Sigmoid));
        model.add(GlobalAveragePooling1D::default());
        model.compile("adam", MeanOfMembers::new("binary_crossentropy"), "accuracy").unwrap();
        let options = FitOptions::new().epochs(epochs).batch_size(16).validation_split(0.2);
        count(|| _ = model.fit(&x, &y, options).unwrap())
    };
    assert_eq!(fit(1), fit(100));
}

/// What the parts of the registry are tried on: outputs of the model, an activation for them, and targets.
fn problems() -> Vec<(usize, &'static str, DMatrix<f32>)> {
    let classes = DMatrix::from_fn(ROWS, 1, |row, _| (row % 3) as f32);
    let one_hot = DMatrix::from_fn(ROWS, 3, |row, column| if row % 3 == column { 1.0 } else { 0.0 });
    let flags = DMatrix::from_fn(ROWS, 1, |row, _| (row % 2) as f32);
    vec![
        (3, "softmax", one_hot.clone()),
        (3, "softmax", classes),
        (1, "sigmoid", flags.clone()),
        (3, "linear", one_hot),
        (1, "linear", flags),
    ]
}

const ROWS: usize = 60;

/// The allocations of a fit of few and of many epochs; `None` if something in it was refused.
fn of_few_and_many(fit: impl Fn(FitOptions<'_, f32>) -> layercake::Result<()>) -> Option<[usize; 2]> {
    let allocations = |epochs| {
        let mut done = false;
        let options = on_one_thread(epochs);
        let allocations = count(|| done = fit(options).is_ok());
        done.then_some(allocations)
    };
    // the first fit of a process may set something up
    allocations(1)?;
    Some([allocations(1)?, allocations(30)?])
}

/// Fails unless a part was accepted in one of the trials, and allocated no more in many steps than in few.
fn assert_even(name: &str, mut trials: impl Iterator<Item = Option<[usize; 2]>>) {
    let [few, many] = trials.find_map(|trial| trial).unwrap_or_else(|| panic!("{name} accepts nothing that is tried"));
    assert_eq!(few, many, "{name}: 4 steps against 120");
}

fn numbers(columns: usize) -> DMatrix<f32> {
    DMatrix::from_fn(ROWS, columns, |row, column| ((row + 3 * column) as f32).sin())
}

#[test]
fn no_layer_allocates_in_a_step() {
    let registry = Registry::<f32>::default();
    let y = DMatrix::from_fn(ROWS, 1, |row, _| (row as f32).cos());
    let classes = DMatrix::from_fn(ROWS, 6, |row, column| ((row + column) % 2) as f32);
    for name in registry.layers.names() {
        let settings = settings::<f32, dyn Layer<f32>>(&registry, name);
        let trials = settings.iter().flat_map(|spec| {
            let data = [numbers(6), classes.clone(), DMatrix::zeros(ROWS, 6)];
            let tried = data.into_iter().flat_map(|x| [vec![2, 3], vec![6]].map(|shape| (x.clone(), shape)));
            tried.map(|(x, shape)| {
                of_few_and_many(|options| {
                    let mut model = Sequential::with_seed(1);
                    model.add(Reshape::new(shape.clone()));
                    model.add(registry.part::<dyn Layer<f32>>(spec)?);
                    model.add(Flatten);
                    model.add(Dense::new(1));
                    model.compile("sgd", "mse", ())?;
                    model.fit(&x, &y, options).map(drop)
                })
            })
        });
        assert_even(name, trials);
    }
}

#[test]
fn no_part_of_a_layer_allocates_in_a_step() {
    let registry = Registry::<f32>::default();
    let y = DMatrix::from_fn(ROWS, 1, |row, _| (row as f32).cos());
    let fit = |dense: Dense<f32>| {
        of_few_and_many(|options| {
            let mut model = Sequential::with_seed(1);
            model.add(dense.clone());
            model.add(Dense::new(1));
            model.compile("sgd", "mse", ())?;
            model.fit(&numbers(6), &y, options).map(drop)
        })
    };
    for name in registry.activations.names() {
        let part = registry.part::<dyn Activation<f32>>(&complete::<f32, dyn Activation<f32>>(&registry, name)).unwrap();
        assert_even(name, [4, 6].into_iter().map(|units| fit(Dense::new(units).activation(part.clone()))));
    }
    for name in registry.regularizers.names() {
        let part = registry.part::<dyn Regularizer<f32>>(&complete::<f32, dyn Regularizer<f32>>(&registry, name)).unwrap();
        assert_even(name, [fit(Dense::new(4).kernel_regularizer(part))].into_iter());
    }
    for name in registry.constraints.names() {
        let part = registry.part::<dyn Constraint<f32>>(&complete::<f32, dyn Constraint<f32>>(&registry, name)).unwrap();
        assert_even(name, [fit(Dense::new(4).kernel_constraint(part))].into_iter());
    }
}

#[test]
fn no_loss_allocates_in_a_step() {
    let registry = Registry::<f32>::default();
    for name in registry.losses.names() {
        let loss = registry.part::<dyn Loss<f32>>(&complete::<f32, dyn Loss<f32>>(&registry, name)).unwrap();
        let trials = problems().into_iter().map(|(units, activation, y)| {
            of_few_and_many(|options| {
                let mut model = Sequential::with_seed(1);
                model.add(Dense::new(units).activation(activation));
                model.compile("sgd", loss.clone(), ())?;
                model.fit(&numbers(6), &y, options).map(drop)
            })
        });
        assert_even(name, trials);
    }
}

#[test]
fn no_metric_allocates_in_a_step() {
    let registry = Registry::<f32>::default();
    for name in registry.metrics.names() {
        let specs = settings::<f32, dyn Metric<f32>>(&registry, name);
        let trials = specs.iter().flat_map(|spec| {
            let metric = registry.part::<dyn Metric<f32>>(spec).unwrap();
            problems().into_iter().map(move |(units, activation, y)| {
                let loss = if y.ncols() == units { "mse" } else { "sparse_categorical_crossentropy" };
                of_few_and_many(|options| {
                    let mut model = Sequential::with_seed(1);
                    model.add(Dense::new(units).activation(activation));
                    model.compile("sgd", loss, metric.clone())?;
                    model.fit(&numbers(6), &y, options.validation_split(0.2)).map(drop)
                })
            })
        });
        assert_even(name, trials);
    }
}
