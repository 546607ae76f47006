//! Functional models: trainings as in Keras, gradients, several inputs and outputs in every method, and errors.

use layercake::layers::{Add, Concatenate, Embedding, Flatten, Multiply, Subtract};
use layercake::prelude::*;
use layercake::{Inputs, TargetList};
use serde_json::Value as Json;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden_extra/functional");

/// Returns the cases of trainings with Keras, which `make_functional.py` made.
fn cases() -> Vec<Json> {
    let text = std::fs::read_to_string(format!("{FOLDER}/trainings.json")).unwrap();
    serde_json::from_str::<Json>(&text).unwrap()["cases"].as_array().unwrap().clone()
}

fn numbers(json: &Json) -> Vec<f64> {
    match json {
        Json::Array(values) => values.iter().flat_map(numbers).collect(),
        value => vec![value.as_f64().unwrap()],
    }
}

/// Returns a tensor as a matrix; a vector is one row, as in `get_weights`.
fn matrix(tensor: &Json) -> DMatrix<f64> {
    let shape: Vec<usize> = numbers(&tensor["shape"]).into_iter().map(|extent| extent as usize).collect();
    let (columns, rows) = shape.split_last().unwrap();
    DMatrix::from_row_slice(rows.iter().product(), *columns, &numbers(&tensor["data"]))
}

fn matrices(json: &Json) -> Vec<DMatrix<f64>> {
    json.as_array().unwrap().iter().map(matrix).collect()
}

fn assert_close(what: &str, found: impl IntoIterator<Item = f64>, expected: impl IntoIterator<Item = f64>, rtol: f64) {
    let (found, expected): (Vec<f64>, Vec<f64>) = (found.into_iter().collect(), expected.into_iter().collect());
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() <= 1e-12 + rtol * expected.abs(), "{what}: {found} instead of {expected}");
    }
}

fn assert_matrices(what: &str, found: &[DMatrix<f64>], expected: &[DMatrix<f64>], rtol: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (number, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found.shape(), expected.shape(), "{what} {number}");
        assert_close(&format!("{what} {number}"), found.iter().copied(), expected.iter().copied(), rtol);
    }
}

/// Two inputs, a layer that is called twice, two outputs with factors; one output is that of the shared layer.
fn two_inputs_two_outputs(seed: u64) -> layercake::Result<Functional<f64>> {
    let (a, b) = (Node::input("a", 3), Node::input("b", 2));
    let shared = Shared::new(Dense::new(4).activation(Relu).kernel_regularizer(L2::new(0.01)).name("shared"));
    let joined = Concatenate::new().name("joined").of([&a.then(Dense::new(3).activation(Tanh).name("before")), &b]);
    let first = shared.of(&joined);
    let second = shared.of(&first.then(Dense::new(5).name("between")));
    let price = Add::new().name("sum").of([&first, &second]).then(Dense::new(1).name("price"));
    let sold = second.then(Dense::new(1).activation(Sigmoid).name("sold"));
    let mut model = Functional::with_seed(seed, [&a, &b], [&price, &sold])?;
    let losses = Losses::new(("mse", "binary_crossentropy")).loss_weights([1.0, 0.25]);
    let metrics = (of_output("price", ("mae", weighted("mae"))), of_output("sold", "accuracy"));
    model.compile(Adam::default().learning_rate(0.02), losses, metrics)?;
    Ok(model)
}

/// An output that a later layer reads, and a shared `BatchNormalization`, whose state changes twice in a step.
fn output_that_is_read() -> layercake::Result<Functional<f64>> {
    let x = Node::input("x", 4);
    let norm = Shared::new(BatchNormalization::default().momentum(0.8).name("norm"));
    let hidden = norm.of(&x.then(Dense::new(5).activation(Selu).name("hidden")));
    let kind = hidden.then(Dense::new(3).activation(Softmax).name("kind"));
    let wide = norm.of(&kind.then(Dense::new(5).name("wide")));
    let both = Concatenate::new().name("both").of([&Multiply::new().name("gated").of([&wide, &hidden]), &kind]);
    let amount = both.then(Dense::new(2).name("amount"));
    let mut model = Functional::with_seed(1, &x, [&kind, &amount])?;
    let metrics = (of_output("kind", "accuracy"), of_output("amount", ("mae", "mse")));
    model.compile(
        Sgd::default().learning_rate(0.03).momentum(0.9),
        (SparseCategoricalCrossentropy::default(), Huber::default()),
        metrics,
    )?;
    Ok(model)
}

/// Two towers with the same weights on class numbers.
fn towers() -> layercake::Result<Functional<f64>> {
    let (left, right) = (Node::input("left", 1), Node::input("right", 1));
    let words = Shared::new(Embedding::new(6, 4).name("words"));
    let flat = Shared::new(Flatten.name("flat"));
    let tower = Shared::new(Dense::new(3).activation(Tanh).name("tower"));
    let side = |input: &Node<f64>| tower.of(&flat.of(&words.of(input)));
    let apart = Subtract::new().name("apart").of([&side(&left), &side(&right)]);
    let same = apart.then(Dense::new(1).activation(Sigmoid).name("same"));
    let mut model = Functional::with_seed(1, [&left, &right], &same)?;
    model.compile(RmsProp::default().learning_rate(0.02).global_clipnorm(0.4), "binary_crossentropy", "accuracy")?;
    Ok(model)
}

fn model_of(case: &Json) -> Functional<f64> {
    match case["id"].as_str().unwrap() {
        "two_inputs_two_outputs" => two_inputs_two_outputs(1),
        "output_that_is_read" => output_that_is_read(),
        "towers" => towers(),
        other => panic!("there is no model for the case {other}"),
    }
    .unwrap()
}

#[test]
fn trainings_are_those_of_keras() {
    for case in cases() {
        let id = case["id"].as_str().unwrap();
        let mut model = model_of(&case);
        let inputs = ["a", "b", "x", "left", "right"];
        let in_keras = case["layers"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        let in_keras: Vec<&str> = in_keras.filter(|name| !inputs.contains(name)).collect();
        assert_eq!(model.layers().map(|layer| layer.name().to_string()).collect::<Vec<_>>(), in_keras, "{id}");

        model.set_weights(&matrices(&case["initial_weights"])).unwrap();
        let (x, y, fit) = (matrices(&case["x"]), matrices(&case["y"]), &case["fit"]);
        let weight = fit.get("sample_weight").map(|weight| numbers(&weight["data"]));
        let mut options = FitOptions::new().shuffle(false).epochs(fit["epochs"].as_u64().unwrap() as usize);
        options = options.batch_size(fit["batch_size"].as_u64().unwrap() as usize);
        if let Some(share) = fit["validation_split"].as_f64() {
            options = options.validation_split(share);
        }
        if let Some(weight) = &weight {
            options = options.sample_weight(weight);
        }
        let targets = || y.iter().collect::<Vec<_>>();
        let history = model.fit(&x, targets(), options).unwrap();
        for (name, expected) in case["history"].as_object().unwrap() {
            assert_close(&format!("{id} {name}"), history[name.as_str()].iter().copied(), numbers(expected), 1e-9);
        }
        assert_matrices(&format!("{id}: weight"), &model.get_weights(), &matrices(&case["weights"]), 1e-9);
        let scores = model.evaluate_with(&x, targets(), EvaluateOptions::new().batch_size(7)).unwrap();
        for (name, expected) in case["evaluate"].as_object().unwrap() {
            assert_close(&format!("{id} {name}"), [scores[name.as_str()]], numbers(expected), 1e-9);
        }
        let predictions = matrices(&case["predictions"]);
        assert_matrices(&format!("{id}: output"), &model.predict_all(&x).unwrap(), &predictions, 1e-9);
        if let [only] = &predictions[..] {
            assert_matrices(&format!("{id}: output"), &[model.predict(&x).unwrap()], std::slice::from_ref(only), 1e-9);
        }
        twenty_steps(&mut model, &x, &y);
        assert_matrices(
            &format!("{id}: weight after steps"),
            &model.get_weights(),
            &matrices(&case["weights_after_20_steps"]),
            1e-8,
        );
    }
}

/// Trains on twenty batches of nine rows, each one row further.
fn twenty_steps(model: &mut layercake::Model<f64>, x: &[DMatrix<f64>], y: &[DMatrix<f64>]) {
    for step in 0..20 {
        let part = |matrix: &DMatrix<f64>| matrix.rows(step, 9).into_owned();
        let (x, y): (Vec<_>, Vec<_>) = (x.iter().map(part).collect(), y.iter().map(part).collect());
        model.train_on_batch(&x, y.iter().collect::<Vec<_>>()).unwrap();
    }
}

#[test]
fn gradients_are_right() {
    for case in cases() {
        let x: Vec<_> = matrices(&case["x"]).iter().map(|x| x.rows(0, 7).into_owned()).collect();
        let error = layercake::check::model(&model_of(&case), &x).unwrap();
        assert!(error < 1e-6, "{}: {error}", case["id"]);
    }
}

fn data() -> ([DMatrix<f64>; 2], [DMatrix<f64>; 2]) {
    let value = |row: usize, column: usize| ((7 * row + 3 * column) as f64).sin();
    let x = [DMatrix::from_fn(50, 3, value), DMatrix::from_fn(50, 2, |row, column| value(row + 100, column))];
    let y = [DMatrix::from_fn(50, 1, |row, _| value(row, 9)), DMatrix::from_fn(50, 1, |row, _| (row % 2) as f64)];
    (x, y)
}

#[test]
fn the_same_bits_for_any_number_of_threads_and_in_steps() {
    let ([a, b], [price, sold]) = data();
    let trained = |options: FitOptions<'_, f64>| {
        let mut model = two_inputs_two_outputs(5).unwrap();
        let history = model.fit((&a, &b), (&price, &sold), options.epochs(3).batch_size(16)).unwrap();
        (model.get_weights(), history["loss"].to_vec())
    };
    let one = trained(FitOptions::new().threads(1));
    assert_eq!(one, trained(FitOptions::new().threads(7)));
    assert_eq!(one, trained(FitOptions::new().streamed(true)));

    let mut stepped = two_inputs_two_outputs(5).unwrap();
    for first in (0..50).step_by(16) {
        let rows = |matrix: &DMatrix<f64>| matrix.rows(first, 16.min(50 - first)).into_owned();
        stepped.train_on_batch((&rows(&a), &rows(&b)), (&rows(&price), &rows(&sold))).unwrap();
    }
    let mut fitted = two_inputs_two_outputs(5).unwrap();
    fitted.fit((&a, &b), (&price, &sold), FitOptions::new().shuffle(false).batch_size(16)).unwrap();
    assert_eq!(stepped.get_weights(), fitted.get_weights());
}

#[test]
fn every_method_takes_several_inputs_and_outputs() -> layercake::Result<()> {
    let ([a, b], [price, sold]) = data();
    let classes: Vec<usize> = sold.iter().map(|&value| value as usize).collect();
    let mut model = two_inputs_two_outputs(2)?;
    let mut stop = EarlyStopping::new("val_price_loss").patience(1).restore_best_weights(true);
    let options = FitOptions::new().epochs(30).validation_data((&a, &b), (&price, &classes)).callback(&mut stop);
    let history = model.fit([&a, &b], (&price, &classes), options)?;
    let names: Vec<_> = history.iter().map(|(name, _)| name.to_string()).collect();
    let own = ["loss", "price_loss", "sold_loss", "price_mae", "price_weighted_mae", "sold_accuracy"];
    let all: Vec<_> = own.iter().map(|name| name.to_string()).chain(own.iter().map(|name| format!("val_{name}"))).collect();
    assert_eq!(names, all);
    let slice: &[&DMatrix<f64>] = &[&a, &b];
    assert_eq!(model.evaluate(slice, [&price, &sold])?, model.evaluate((&a, &b), vec![&price, &sold])?);
    assert_eq!(model.test_on_batch((&a, &b), (&price, &sold))?.iter().count(), own.len());

    let outputs = model.predict_all((&a, &b))?;
    assert_eq!(outputs.iter().map(DMatrix::shape).collect::<Vec<_>>(), [(50, 1), (50, 1)]);
    let seconds = model.predict_all((&a.rows(7, 1).into_owned(), &b.rows(7, 1).into_owned()))?;
    assert_eq!(seconds[1][(0, 0)], outputs[1][(7, 0)]);

    let towers = towers()?;
    let (left, right) = (dmatrix![0.0; 5.0; 2.0], dmatrix![0.0; 1.0; 2.0]);
    let (mut out, mut scratch) = (DMatrix::zeros(3, 1), PredictScratch::new());
    towers.predict_into((&left, &right), &mut out, &mut scratch)?;
    assert_eq!(out, towers.predict((&left, &right))?);
    assert_eq!(out, towers.predict_on_batch([&left, &right])?);
    assert_eq!(out[(0, 0)], out[(2, 0)], "equal sides differ by nothing");
    Ok(())
}

#[test]
fn a_factor_scales_the_loss_of_a_model_with_one_output() -> layercake::Result<()> {
    let (x, y) = (dmatrix![1.0; 2.0; 3.0], dmatrix![2.0; 3.0; 5.0]);
    let loss_with = |factor: f64| {
        let mut model = Sequential::with_seed(3);
        model.add(Dense::new(1));
        model.compile("sgd", Losses::new("mse").loss_weights([factor]), ())?;
        Ok::<_, layercake::Error>(model.train_on_batch(&x, &y)?.loss())
    };
    assert_close("loss", [loss_with(0.5)?], [0.5 * loss_with(1.0)?], 1e-12);
    Ok(())
}

#[test]
fn a_shared_layer_can_be_frozen() -> layercake::Result<()> {
    let ([a, b], [price, sold]) = data();
    let mut model = two_inputs_two_outputs(2)?;
    let all = model.summary().trainable_params();
    model.set_trainable("shared", false)?;
    assert_eq!(all - model.summary().trainable_params(), 5 * 4 + 4);
    model.compile("adam", "mse", ())?;
    let before = model.get_layer("shared")?.get_weights();
    let first = model.get_layer("before")?.get_weights();
    model.fit((&a, &b), (&price, &sold), FitOptions::new())?;
    assert_eq!(model.get_layer("shared")?.get_weights(), before);
    assert_ne!(model.get_layer("before")?.get_weights(), first, "the gradient passes through the frozen layer");
    Ok(())
}

#[test]
fn the_summary_has_what_each_layer_reads() -> layercake::Result<()> {
    let text = two_inputs_two_outputs(2)?.summary().to_string();
    let line = |name: &str| text.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}\n{text}")).to_string();
    assert!(line("Layer (type)").contains("Connected to"), "{text}");
    assert!(line("a (InputLayer)").contains(" - "), "{text}");
    assert!(line("joined (Concatenate)").contains("before, b"), "{text}");
    assert!(line("shared (Dense)").contains("joined; between"), "{text}");
    assert!(line("sum (Add)").contains("shared, shared"), "{text}");
    let mut chain = Sequential::<f64>::with_seed(1);
    chain.add(Input::new(2));
    chain.add(Dense::new(1));
    assert!(!chain.summary().to_string().contains("Connected to"));
    Ok(())
}

#[test]
fn a_long_chain_of_nodes_is_dropped_without_recursion() {
    let mut node = Node::<f32>::input("x", 1);
    for _ in 0..200_000 {
        node = node.then(layers::Identity);
    }
    drop(node);
}

#[cfg(feature = "keras")]
#[test]
fn files_of_keras_are_read_and_go_on_as_in_keras() -> layercake::Result<()> {
    for case in cases() {
        let id = case["id"].as_str().unwrap();
        let (x, y) = (matrices(&case["x"]), matrices(&case["y"]));
        for ending in ["keras", "h5"] {
            let what = format!("{id}.{ending}");
            let mut model = Functional::<f64>::load(format!("{FOLDER}/{what}"))?;
            assert_eq!((model.why_uncompiled(), model.why_fresh_optimizer()), (None, None), "{what}");
            assert_eq!(
                model.layers().map(|layer| layer.name().to_string()).collect::<Vec<_>>(),
                model_of(&case).layers().map(|layer| layer.name().to_string()).collect::<Vec<_>>(),
                "{what}"
            );
            assert_matrices(&what, &model.get_weights(), &matrices(&case["weights"]), 1e-12);
            assert_matrices(&what, &model.predict_all(&x)?, &matrices(&case["predictions"]), 1e-9);
            let scores = model.evaluate(&x, y.iter().collect::<Vec<_>>())?;
            let expected = case["evaluate"].as_object().unwrap();
            assert_eq!(scores.iter().count(), expected.len(), "{what}: {scores:?}");
            assert!(expected.keys().all(|name| scores.get(name).is_some()), "{what}: {scores:?}");
            let mut again = Functional::<f64>::from_bytes(&model.to_bytes()?)?;
            twenty_steps(&mut model, &x, &y);
            assert_matrices(&what, &model.get_weights(), &matrices(&case["weights_after_20_steps"]), 1e-7);
            twenty_steps(&mut again, &x, &y);
            assert_eq!(again.get_weights(), model.get_weights(), "{what} written and read again");
            assert_eq!(again.to_json()?, model.to_json()?.to_string(), "{what}");
        }
    }
    Ok(())
}

#[cfg(feature = "keras")]
#[test]
fn an_interrupted_training_goes_on_bit_for_bit() -> layercake::Result<()> {
    let ([a, b], [price, sold]) = data();
    let folder = std::env::temp_dir().join(format!("layercake-functional-{}", std::process::id()));
    let trained = |break_at: Option<usize>, backup: bool| {
        let mut model = two_inputs_two_outputs(4)?;
        let mut batches = 0;
        let mut options = FitOptions::new().epochs(4).batch_size(8).validation_split(0.2);
        if backup {
            options = options.callback(BackupAndRestore::new(&folder).save_freq(2));
        }
        let breaks = on_batch_end(move |_: &mut Run<'_, f64>| {
            batches += 1;
            if Some(batches) == break_at { Err(layercake::Error::callback("the power went off")) } else { Ok(()) }
        });
        let history = model.fit((&a, &b), (&price, &sold), options.callback(breaks))?;
        Ok::<_, layercake::Error>((model.get_weights(), model.evaluate((&a, &b), (&price, &sold))?, history["loss"].to_vec()))
    };
    let (weights, scores, losses) = trained(None, false)?;
    // the twelfth batch is within the third epoch
    assert_eq!(error(trained(Some(12), true)), "a callback stopped the training: the power went off");
    let (again, scores_again, losses_again) = trained(None, true)?;
    assert_eq!((&again, &scores_again), (&weights, &scores));
    assert_eq!(losses_again, losses[losses.len() - losses_again.len()..]);
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

#[cfg(feature = "keras")]
#[test]
fn a_file_of_several_inputs_is_no_sequential() {
    let bytes = two_inputs_two_outputs(1).unwrap().to_bytes().unwrap();
    assert_eq!(
        error(Sequential::<f64>::from_bytes(&bytes)),
        "bytes in memory: the model has 2 inputs and 2 outputs: load it with `Functional`, not `Sequential`"
    );
}

fn error<V>(result: layercake::Result<V>) -> String {
    match result {
        Ok(_) => panic!("this must fail"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn wrong_connections_are_errors() {
    let (a, b) = (Node::<f64>::input("a", 3), Node::<f64>::input("b", 2));
    let dense = || Dense::new(1);
    let both = Concatenate::new().of([&a, &b]).then(dense());
    let none: [&Node<f64>; 0] = [];
    for (found, expected) in [
        (
            error(Functional::new(&a, &both)),
            "Functional: inputs = other inputs is not allowed; expected `b` among them, because an output depends on it",
        ),
        (
            error(Functional::new([&a, &b], &a.then(dense()))),
            "Functional: inputs = `b` is not allowed; expected inputs that an output depends on; leave the others out",
        ),
        (
            error(Functional::new(&both, &both.then(dense()))),
            "Functional: inputs = the output of a layer is not allowed; expected nodes of `Node::input`",
        ),
        (
            error(Functional::new(&a, &a)),
            "Functional: outputs = an input is not allowed; expected outputs of layers; `layers::Identity` passes an input on",
        ),
        (
            error(Functional::new(none, &both)),
            "Functional: inputs = none is not allowed; expected at least one node of `Node::input`",
        ),
        (error(Functional::new(&a, none)), "Functional: outputs = none is not allowed; expected at least one node"),
        (error(Functional::new(&a, &dense().of(none))), "Dense: inputs = 0 nodes is not allowed; expected at least one node"),
        (error(Functional::new([&a, &Node::input("a", 2)], &both)), "two layers are named `a`: layer names must be unique"),
        (
            error(Functional::new([&a, &b], &dense().of([&a, &b]))),
            "layer `dense` cannot take samples of shape (None, 2): it takes one input, and reads the outputs of 2 layers",
        ),
        (
            error(Functional::new([&a, &b], &Add::new().of([&a, &b]))),
            "layer `add` cannot take samples of shape (None, 2): its inputs must all have the shape (None, 3)",
        ),
    ] {
        assert!(found.starts_with(expected) || found == expected, "found:    {found}\nexpected: {expected}");
    }
    let shared = Shared::new(dense().name("shared"));
    let found = error(Functional::new([&a, &b], &Add::new().of([&shared.of(&a), &shared.of(&b)])));
    assert_eq!(
        found,
        "layer `shared` cannot take samples of shape (None, 2): it is shared, and its weights have the shapes for the inputs of its first call"
    );
}

#[test]
fn wrong_data_are_errors_that_name_the_input_or_output() -> layercake::Result<()> {
    let ([a, b], [price, sold]) = data();
    let mut model = two_inputs_two_outputs(2)?;
    let short = b.rows(0, 49).into_owned();
    let mut broken = b.clone();
    broken[(4, 1)] = f64::NAN;
    let mut beyond = sold.clone();
    beyond[(3, 0)] = 1.5;
    let fit = |model: &mut Functional<f64>, x: Inputs<'_, f64>, y: TargetList<'_, f64>| {
        error(model.fit(x, y, FitOptions::new()).map(|_| ()))
    };
    let y = || TargetList::from((&price, &sold));
    for (found, expected) in [
        (fit(&mut model, (&a).into(), y()), "x: expected 2 for the 2 inputs of the model (a, b), found 1"),
        (
            fit(&mut model, (&a, &a).into(), y()),
            "input `b`: x has 50 rows and 3 columns, but the model takes 2 columns: give it one column for each input, or build \
             another model",
        ),
        (
            fit(&mut model, (&a, &short).into(), y()),
            "input 1 (counted from 0): x has 49 rows, but y has 50: both need one row per sample",
        ),
        (
            fit(&mut model, (&a, &broken).into(), y()),
            "input 1 (counted from 0): x has NaN at row 4, column 1 (counted from 0): clean or fill it, see `layercake::data`",
        ),
        (
            fit(&mut model, (&a, &b).into(), (&price).into()),
            "targets: expected 2 for the 2 outputs of the model (price, sold), found 1",
        ),
        (
            fit(&mut model, (&a, &b).into(), (&price, &short.columns(0, 1).into_owned()).into()),
            "output 1 (counted from 0): y has 49 rows, but the first output has 50: both need one row per sample",
        ),
        (
            error(model.predict((&a, &b))),
            "`predict` returns one matrix; call `predict_all`: matrices: expected 2 for the 2 outputs of the model (price, sold), \
             found 1",
        ),
        (
            error(model.predict_all((&a, &short))),
            "input 1 (counted from 0): x has 49 rows, but the first input has 50: both need one row per sample",
        ),
    ] {
        assert_eq!(found, expected);
    }
    let found = fit(&mut model, (&a, &b).into(), (&price, &beyond).into());
    assert!(found.starts_with("output `sold`: BinaryCrossentropy: target 1.5 at row 3 of y is not allowed"), "{found}");
    let found = error(model.fit((&a, &b), (&price, &sold), FitOptions::new().class_weight([(1, 2.0)])));
    assert_eq!(
        found,
        "FitOptions: class_weight = given is not allowed; expected `sample_weight`, because only a model with one output has weights of \
         classes"
    );

    model.compile("adam", ("mse", "mse", "mse"), ())?;
    let found = error(model.evaluate((&a, &b), (&price, &sold)));
    assert_eq!(found, "losses: expected 2 for the 2 outputs of the model (price, sold), found 3");
    model.compile("adam", "mse", of_output("sum", "mae"))?;
    let found = error(model.evaluate((&a, &b), (&price, &sold)));
    assert!(found.contains("of_output(\"sum\", ..)") && found.contains("an output of the model: price, sold"), "{found}");
    model.compile("adam", "mse", "mae")?;
    let found = error(model.evaluate((&a, &b), (&price, &sold)));
    assert!(found.contains("a metric without an output"), "{found}");

    let found = error(towers()?.predict((&dmatrix![1.0; 2.0], &dmatrix![3.0; 6.0])));
    assert!(found.starts_with("input `right`: layer `words` cannot take 6, at row 1, column 0 of x"), "{found}");
    Ok(())
}

#[test]
fn wrong_factors_are_errors() {
    let mut model = two_inputs_two_outputs(1).unwrap();
    for (losses, expected) in [
        (
            Losses::new(("mse", "mae")).loss_weights([1.0]),
            "loss_weights = 1 factors is not allowed; expected 2 factors, one for each loss",
        ),
        (Losses::new("mse").loss_weights([1.0, -1.0]), "loss_weights = -1 is not allowed; expected finite numbers >= 0"),
        (Losses::new(Vec::<&str>::new()), "loss = none is not allowed; expected at least one loss"),
    ] {
        let found = error(model.compile("adam", losses, ()));
        assert!(found.contains(expected), "{found}");
    }
}
