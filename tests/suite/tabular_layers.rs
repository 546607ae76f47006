//! Layers for tables: an ensemble in one network, piecewise-linear numbers and periodic embeddings, in whole models.

use layercake::check::layer_pass;
use layercake::data::Table;
use layercake::layers::{
    BatchEnsembleDense, Concatenate, EinsumDense, GlobalAveragePooling1D, Normalization, PeriodicEmbedding, PiecewiseLinear, Sin,
    stack,
};
use layercake::losses::{MeanOfMembers, value_and_gradient};
use layercake::prelude::*;

const MEMBERS: usize = 8;

fn numbers(rows: usize, columns: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |row, column| ((row * 7 + column * 3) as f64 * 0.61).sin() * 1.5)
}

fn classes(rows: usize, count: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, 1, |row, _| (row * row % count) as f64)
}

/// An ensemble of dense layers, up to the predictions of its members.
fn members(outputs: usize, activation: &str) -> Sequential<f64> {
    let mut model = Sequential::with_seed(3);
    model.add(BatchEnsembleDense::first(7, MEMBERS).activation(Tanh));
    model.add(BatchEnsembleDense::new(6).activation(Tanh));
    model.add(EinsumDense::new("abc,bcd->abd", [None, Some(outputs)]).bias_axes("bd").activation(activation));
    model
}

/// The ensemble, the loss of a member, its number of outputs and their activation, and the number of classes.
const LOSSES: [(&str, usize, &str, usize); 4] = [
    ("binary_crossentropy", 1, "sigmoid", 2),
    ("sparse_categorical_crossentropy", 3, "softmax", 3),
    ("mse", 1, "linear", 4),
    ("huber", 2, "linear", 5),
];

fn targets(rows: usize, outputs: usize, loss: &str, count: usize) -> DMatrix<f64> {
    if loss == "huber" { numbers(rows, outputs) } else { classes(rows, count) }
}

#[test]
fn the_loss_of_an_ensemble_is_the_mean_of_its_members_losses_and_its_prediction_the_mean_of_theirs() {
    for (loss, outputs, activation, count) in LOSSES {
        let (x, y) = (numbers(9, 4), targets(9, outputs, loss, count));
        let mut apart = members(outputs, activation);
        apart.build(4).unwrap();
        let each = apart.predict(&x).unwrap();
        let mut model = members(outputs, activation);
        model.add(GlobalAveragePooling1D::default());
        let compares = y.ncols() == outputs;
        let metrics: Vec<&str> = if compares { vec!["mae"] } else { Vec::new() };
        model.compile("sgd", MeanOfMembers::new(loss), metrics).unwrap();
        model.build(4).unwrap();
        assert_eq!(model.get_weights(), apart.get_weights());
        let of_member = |member: usize| each.columns(member * outputs, outputs).into_owned();
        let mean = (0..MEMBERS).map(of_member).sum::<DMatrix<f64>>() / MEMBERS as f64;
        assert!((model.predict(&x).unwrap() - &mean).amax() < 1e-14);
        let loss =
            layercake::saving::Registry::<f64>::default().part::<dyn Loss<f64>>(&layercake::saving::Spec::named(loss)).unwrap();
        let losses = (0..MEMBERS).map(|member| value_and_gradient(&*loss, &y, &of_member(member), None).unwrap().0);
        let wanted = losses.sum::<f64>() / MEMBERS as f64;
        let scores = model.evaluate(&x, &y).unwrap();
        assert!((scores.loss() - wanted).abs() < 1e-12, "{}: {} instead of {wanted}", loss.name(), scores.loss());
        // metrics see the mean of the predictions
        if compares {
            let error = (&mean - &y).map(f64::abs).sum() / y.len() as f64;
            assert!((scores["mae"] - error).abs() < 1e-12);
        }
    }
}

/// A step of plain gradient descent takes the gradient of that loss, with weights of samples too.
#[test]
fn an_ensemble_is_trained_by_the_gradient_of_the_mean_of_the_losses() {
    for (loss, outputs, activation, count) in LOSSES {
        let (x, y) = (numbers(9, 4), targets(9, outputs, loss, count));
        let weights: Vec<f64> = (0..9).map(|row| 0.5 + row as f64 * 0.2).collect();
        let mut model = members(outputs, activation);
        model.add(GlobalAveragePooling1D::default());
        model.compile(Sgd::default().learning_rate(1.0), MeanOfMembers::new(loss), ()).unwrap();
        model.build(4).unwrap();
        let before = model.get_weights();
        let value = |weights_of_model: &[DMatrix<f64>]| {
            let mut model = model.clone();
            model.set_weights(weights_of_model).unwrap();
            model.evaluate_with(&x, &y, EvaluateOptions::new().sample_weight(&weights)).unwrap().loss()
        };
        let mut trained = model.clone();
        let options = FitOptions::new().batch_size(9).shuffle(false).sample_weight(&weights);
        trained.fit(&x, &y, options).unwrap();
        for (number, after) in trained.get_weights().iter().enumerate() {
            for place in (0..after.len()).step_by(5) {
                let moved = |step: f64| {
                    let mut weights = before.clone();
                    weights[number][place] += step;
                    value(&weights)
                };
                let (numeric, taken) = ((moved(1e-5) - moved(-1e-5)) / 2e-5, before[number][place] - after[place]);
                assert!((numeric - taken).abs() < 1e-8, "{loss}, weight {number}: {taken} instead of {numeric}");
            }
        }
    }
}

#[test]
fn a_member_computes_what_dense_layers_with_its_own_factors_compute() {
    let mut model = members(2, "linear");
    model.build(4).unwrap();
    let (x, weights) = (numbers(5, 4), model.get_weights());
    let [r1, w1, s1, b1, r2, w2, s2, b2, head, bias] = &weights[..] else { panic!("{} weights", weights.len()) };
    let y = model.predict(&x).unwrap();
    for member in 0..MEMBERS {
        let scaled =
            |x: &DMatrix<f64>, r: &DMatrix<f64>| DMatrix::from_fn(x.nrows(), x.ncols(), |i, j| x[(i, j)] * r[(member, j)]);
        let added = |x: DMatrix<f64>, b: &DMatrix<f64>| DMatrix::from_fn(x.nrows(), x.ncols(), |i, j| x[(i, j)] + b[(member, j)]);
        let layer = |x: &DMatrix<f64>, r, w, s, b| added(scaled(&(scaled(x, r) * w), s), b).map(f64::tanh);
        let hidden = layer(&layer(&x, r1, w1, s1, b1), r2, w2, s2, b2);
        let wanted = added(hidden * head.rows(member * 6, 6), bias);
        assert!((y.columns(member * 2, 2) - wanted).amax() < 1e-14);
    }
}

#[test]
fn what_does_not_fit_an_ensemble_is_said() {
    let y = classes(9, 2);
    let fit = |mut model: Sequential<f64>, loss: &str| {
        model.compile("sgd", MeanOfMembers::new(loss), ())?;
        model.fit(&numbers(9, 4), &y, FitOptions::new()).map(drop)
    };
    let error = fit(members(1, "sigmoid"), "mse").unwrap_err().to_string();
    assert!(error.contains("end the model with `GlobalAveragePooling1D`"), "{error}");
    let mut model = members(1, "sigmoid");
    model.add(GlobalAveragePooling1D::default());
    let error = fit(model, "dice").unwrap_err().to_string();
    assert!(error.contains("a loss of single samples"), "{error}");
    let mut plain = Sequential::<f64>::new();
    plain.add(BatchEnsembleDense::new(3));
    let error = plain.build(4).unwrap_err().to_string();
    assert!(error.contains("takes samples with 2 axes"), "{error}");
}

/// The accuracy on the test rows, and the log loss, of a model trained on the others.
fn scores(model: &mut Sequential<f32>, loss: impl Loss<f32>, table: &[DMatrix<f32>; 4]) -> [f64; 2] {
    let [x, y, x_test, y_test] = table;
    let metrics = ("sparse_categorical_accuracy", "sparse_categorical_crossentropy");
    model.compile(Adam::default().learning_rate(3e-3), loss, metrics).unwrap();
    model.fit(x, y, FitOptions::new().epochs(60).batch_size(32)).unwrap();
    let scores = model.evaluate(x_test, y_test).unwrap();
    [scores["sparse_categorical_accuracy"], scores["sparse_categorical_crossentropy"]]
}

/// On real tables, an ensemble in one network is at least as good as one network of its size, over several tables and seeds.
#[test]
fn an_ensemble_in_one_network_is_at_least_as_good_as_one_network() {
    let mut sums = [[0.0; 2]; 2];
    for (file, classes) in [("breast_cancer", 2), ("wine", 3), ("digits", 10)] {
        let path = format!("{}/examples/data/{file}.csv", env!("CARGO_MANIFEST_DIR"));
        let table = Table::read(path).unwrap();
        let (x, y) = (table.features_without::<f32>(&["target"]).unwrap(), table.features::<f32>(&["target"]).unwrap());
        for seed in 0..5 {
            let of = |matrix: &DMatrix<f32>, test: bool| {
                let rows: Vec<usize> = (0..x.nrows()).filter(|row| ((row * 7919 + seed * 31) % 10 < 3) == test).collect();
                matrix.select_rows(&rows)
            };
            let data = [of(&x, false), of(&y, false), of(&x, true), of(&y, true)];
            let scaled = Normalization::default().adapt(&data[0]).unwrap();
            let mut plain = Sequential::with_seed(seed as u64);
            plain.add(scaled.clone());
            plain.add(Dense::new(32).activation(Relu));
            plain.add(Dense::new(32).activation(Relu));
            plain.add(Dense::new(classes).activation(Softmax));
            let mut ensemble = Sequential::with_seed(seed as u64);
            ensemble.add(scaled);
            ensemble.add(BatchEnsembleDense::first(32, MEMBERS).activation(Relu));
            ensemble.add(BatchEnsembleDense::new(32).activation(Relu));
            ensemble.add(EinsumDense::new("abc,bcd->abd", [None, Some(classes)]).bias_axes("bd").activation(Softmax));
            ensemble.add(GlobalAveragePooling1D::default());
            let loss = SparseCategoricalCrossentropy::default();
            let both = [scores(&mut plain, loss, &data), scores(&mut ensemble, MeanOfMembers::new(loss), &data)];
            for (sums, scores) in sums.iter_mut().zip(both) {
                sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score / 15.0);
            }
        }
    }
    let [[plain_accuracy, plain_loss], [accuracy, loss]] = sums;
    println!("one network {plain_accuracy:.4} ({plain_loss:.4}), ensemble {accuracy:.4} ({loss:.4})");
    assert!(accuracy >= plain_accuracy && loss < plain_loss, "{sums:?}");
}

/// Models with the layers that are written as other layers or as operations of Keras, for four columns.
fn models() -> Vec<(&'static str, Sequential<f64>)> {
    let x = numbers(40, 4);
    let pieces = PiecewiseLinear::default().num_bins(5).adapt(&x).unwrap();
    let mut models: Vec<(&'static str, Sequential<f64>)> = Vec::new();
    let mut add = |name, layers: layercake::layers::Stack<f64>| {
        let mut model = Sequential::with_seed(8);
        model.add(Concatenate::stacks([layers]));
        model.add(Dense::new(1));
        models.push((name, model));
    };
    add("piecewise", stack(pieces.clone()));
    add("sin", stack((Dense::new(3), Sin)));
    add("plr", stack(PeriodicEmbedding::plr(5, 3).frequency_initializer(RandomNormal.stddev(0.3))));
    add("plr_lite", stack(PeriodicEmbedding::plr(5, 3).lite(true)));
    add("pbld", stack(PeriodicEmbedding::pbld(6, 4)));
    let mut beside = Sequential::with_seed(8);
    let scaled = Normalization::default().adapt(&x).unwrap();
    beside.add(Concatenate::stacks([stack(scaled.clone()), stack((scaled, Dense::new(4), pieces.clone(), Dense::new(5)))]));
    beside.add(BatchEnsembleDense::first(6, 3).activation(Relu));
    beside.add(EinsumDense::new("abc,bcd->abd", [None, Some(1)]).bias_axes("bd"));
    beside.add(GlobalAveragePooling1D::default());
    models.push(("beside", beside));
    let mut alone = Sequential::with_seed(8);
    alone.add(pieces);
    alone.add(Dense::new(1));
    models.push(("alone", alone));
    models
}

#[test]
fn a_file_gives_the_same_model_and_its_training_goes_on_with_the_same_bits() {
    let (x, y) = (numbers(40, 4), numbers(40, 1));
    for (name, mut model) in models() {
        if name == "beside" {
            model.compile("adam", MeanOfMembers::new("mse"), "mae").unwrap();
        } else {
            model.compile("adam", "mse", "mae").unwrap();
        }
        let options = || FitOptions::new().epochs(2).batch_size(8);
        model.fit(&x, &y, options()).unwrap();
        let path = std::env::temp_dir().join(format!("layercake-tabular-{name}-{}.keras", std::process::id()));
        model.save(&path).unwrap();
        let mut loaded = Sequential::<f64>::load(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(loaded.why_uncompiled(), None, "{name}");
        assert_eq!(loaded.predict(&x).unwrap(), model.predict(&x).unwrap(), "{name}");
        model.fit(&x, &y, options()).unwrap();
        loaded.fit(&x, &y, options()).unwrap();
        assert_eq!(loaded.predict(&x).unwrap(), model.predict(&x).unwrap(), "{name}");
        assert_eq!(loaded.to_json().unwrap(), model.to_json().unwrap(), "{name}");
    }
}

#[test]
fn pieces_that_keras_saved_again_are_the_same_pieces() {
    let x = numbers(40, 4);
    let pieces = PiecewiseLinear::default().num_bins(5).adapt(&x).unwrap();
    let mut model = Sequential::<f64>::with_seed(8);
    model.add(pieces);
    model.build(4).unwrap();
    let json = model.to_json().unwrap();
    assert!(json.contains("\"Take\"") && !json.contains("PiecewiseLinear"), "{json}");
    let start = json.find(",\"layercake\":{").unwrap();
    let end = start + json[start..].find('}').unwrap() + 1;
    let again = Sequential::<f64>::from_json(&format!("{}{}", &json[..start], &json[end..])).unwrap();
    assert_eq!(again.layers().map(|layer| layer.name().to_string()).collect::<Vec<_>>(), ["piecewise_linear"]);
    let wide = numbers(60, 4) * 3.0;
    assert!((again.predict(&wide).unwrap() - model.predict(&wide).unwrap()).amax() < 1e-12);
    // an operation with another constant is not taken for a layer
    let other = json.replace("\"Take\"", "\"Roll\"");
    let error = Sequential::<f64>::from_json(&other).unwrap_err().to_string();
    assert!(error.contains("an operation with a constant"), "{error}");
}

#[test]
fn boundaries_are_at_the_quantiles_of_each_column() {
    let x = DMatrix::from_fn(101, 4, |row, column| match column {
        0 => row as f64,
        1 => (row % 2) as f64,
        2 => 7.0,
        _ => (row as f64 / 50.0).floor(),
    });
    let pieces = PiecewiseLinear::default().num_bins(4).adapt(&x).unwrap();
    let boundaries: Vec<_> = (0..5).map(|column| pieces.boundaries(column)).collect();
    let wanted: [Option<&[f64]>; 5] =
        [Some(&[0.0, 25.0, 50.0, 75.0, 100.0]), Some(&[0.0, 1.0]), Some(&[7.0]), Some(&[0.0, 1.0, 2.0]), None];
    assert_eq!(boundaries, wanted);
    let mut model = Sequential::new();
    model.add(pieces.clone());
    model.build(4).unwrap();
    let y = model.predict(&dmatrix![30.0, 1.0, 7.0, 1.5; -5.0, 0.5, 8.0, 4.0]).unwrap();
    assert_eq!(y, dmatrix![1.0, 0.2, 0.0, 0.0, 1.0, 1.0, 0.5; -0.2, 0.0, 0.0, 0.0, 0.5, 1.0, 3.0]);
    let pass = layer_pass(&model, &[], &dmatrix![30.0, 1.0, 7.0, 1.5], &dmatrix![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], true);
    assert_eq!(pass.unwrap().input_gradient, dmatrix![0.08, 5.0, 0.0, 7.0]);
    let refused = |layer: layercake::Result<PiecewiseLinear>, columns: usize| {
        let mut model = Sequential::<f64>::new();
        layer
            .and_then(|layer| {
                model.add(layer);
                model.build(columns)
            })
            .unwrap_err()
            .to_string()
    };
    for (layer, columns, wanted) in [
        (Ok(PiecewiseLinear::default()), 2, "lists of numbers, given or from `adapt`"),
        (Ok(pieces.clone()), 3, "expected 3, one for each column"),
        (pieces.adapt(&x), 4, "either boundaries or `adapt`"),
        (PiecewiseLinear::default().adapt(&DMatrix::from_element(3, 2, 1.0)), 2, "at least one column that has two different"),
        (Ok(PiecewiseLinear::default().bin_boundaries([[1.0, 1.0]])), 1, "numbers in ascending order"),
        (Ok(PiecewiseLinear::default().bin_boundaries([[2.0, 1.0]])), 1, "numbers in ascending order"),
        (PiecewiseLinear::default().num_bins(0).adapt(&x), 4, "num_bins = 0"),
    ] {
        let error = refused(layer, columns);
        assert!(error.contains(wanted), "{error}");
    }
}
