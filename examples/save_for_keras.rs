//! Writes a model for every registered part, with its predictions, so that a Python script can check them in Keras.
//!
//! ```sh
//! cargo run --release --example save_for_keras -- target/models
//! KERAS_BACKEND=jax python tests/python/check_files.py target/models
//! ```

use layercake::Inputs;
use layercake::ensemble::{Ensemble, EnsembleOptions};
use layercake::layers::{
    BatchEnsembleDense, EinsumDense, GlobalAveragePooling1D, OutputMode, PeriodicEmbedding, PiecewiseLinear, Stack,
};
use layercake::prelude::*;
use layercake::saving::{Kind, Registry, Spec, Value};
use layercake::tables::{Calibration, Categorical, Float, MissingNumber, Unknown};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::Arc;

/// A matrix of irregular numbers that are the same in every run.
fn numbers(rows: usize, columns: usize, phase: f64) -> DMatrix<f32> {
    DMatrix::from_fn(rows, columns, |row, column| ((row * 7 + column * 3) as f64 * 0.61 + phase).sin() as f32)
}

fn rows(matrix: &DMatrix<f32>) -> Json {
    matrix.row_iter().map(|row| row.iter().map(|value| json!(value)).collect::<Json>()).collect()
}

fn each(matrices: &[DMatrix<f32>]) -> Json {
    matrices.iter().map(rows).collect()
}

/// Writes a model, its inputs and its predictions, and what else the check of the model needs.
fn write<'a>(
    folder: &Path,
    name: &str,
    model: &layercake::Model<f32>,
    x: impl Into<Inputs<'a, f32>>,
    mut more: Json,
) -> layercake::Result<()> {
    let x = x.into();
    model.save(folder.join(format!("{name}.keras")))?;
    more["x"] = x.matrices().iter().copied().map(rows).collect();
    more["predictions"] = each(&model.predict_all(&x)?);
    more["iterations"] = json!(model.iterations());
    std::fs::write(folder.join(format!("{name}.json")), more.to_string()).map_err(layercake::Error::callback)
}

fn part<P: Kind + ?Sized>(registry: &Registry<f32>, name: &str) -> layercake::Result<Arc<P>> {
    registry.part(&Spec::named(name))
}

/// Builds a model of a dense layer and the given layer.
fn around(layer: Arc<dyn Layer<f32>>) -> layercake::Result<Sequential<f32>> {
    let mut model = Sequential::with_seed(3);
    model.add(Input::new(4));
    model.add(Dense::new(32).activation(Tanh));
    model.add(layer);
    model.build(4)?;
    Ok(model)
}

/// A name, a model and inputs for the model.
type Named = (&'static str, Sequential<f32>, DMatrix<f32>);

/// Builds models whose first layer is a preprocessing or embedding layer.
fn first_layers(x: &DMatrix<f32>) -> layercake::Result<Vec<Named>> {
    let classes = DMatrix::from_fn(6, 4, |row, column| ((row + 2 * column) % 5) as f32);
    let model = |layer: Arc<dyn Layer<f32>>| -> layercake::Result<Sequential<f32>> {
        let mut model = Sequential::with_seed(3);
        model.add(layer);
        model.add(Flatten);
        model.add(Dense::new(2));
        model.build(4)?;
        Ok(model)
    };
    let given = Normalization::default().mean([0.1, 0.2, 0.3, 0.4]).variance([0.5, 1.0, 2.0, 0.1]);
    Ok(vec![
        ("embedding", model(Arc::new(Embedding::new(5, 3)))?, classes.clone()),
        ("category_encoding", model(Arc::new(CategoryEncoding::new(5)))?, classes),
        ("discretization", model(Arc::new(Discretization::default().num_bins(3).adapt(x)?))?, x.clone()),
        ("normalization_adapted", model(Arc::new(Normalization::default().adapt(x)?))?, x.clone()),
        ("normalization_of_all", model(Arc::new(Normalization::default().axis(None).adapt(x)?))?, x.clone()),
        ("normalization_given", model(Arc::new(given.clone()))?, x.clone()),
        ("normalization_back", model(Arc::new(given.invert(true)))?, x.clone()),
        ("spectral_embedding", model(Arc::new(SpectralNormalization::new(Embedding::new(5, 3))))?, x.map(|_| 2.0)),
    ])
}

/// Loads each file of older versions of Keras that can be loaded, and writes it again with what it predicts.
fn strangers(folder: &Path) -> layercake::Result<()> {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/strangers");
    let index = std::fs::read(files.join("index.json")).map_err(layercake::Error::callback)?;
    let index: Json = serde_json::from_slice(&index).map_err(layercake::Error::callback)?;
    let number = |value: &Json| value.as_f64().unwrap_or_default() as f32;
    let (mut written, mut refused) = (0, 0);
    for entry in index["files"].as_array().into_iter().flatten() {
        let file = entry["file"].as_str().unwrap_or_default();
        let Ok(model) = Functional::<f32>::load(files.join(file)) else {
            refused += 1;
            continue;
        };
        let matrix = |rows: &Json| {
            let rows = rows.as_array().into_iter().flatten();
            let rows: Vec<Vec<f32>> = rows.map(|row| row.as_array().into_iter().flatten().map(number).collect()).collect();
            DMatrix::from_fn(rows.len(), rows.first().map_or(0, Vec::len), |row, column| rows[row][column])
        };
        let inputs: Vec<&str> = entry["inputs"].as_array().into_iter().flatten().filter_map(|input| input[0].as_str()).collect();
        let x: Vec<_> = match &inputs[..] {
            [_] => entry["x"].as_object().into_iter().flat_map(|x| x.values()).map(matrix).collect(),
            several => several.iter().map(|name| matrix(&entry["x"][name])).collect(),
        };
        write(folder, &format!("stranger_{}", file.replace('.', "_")), &model, &x, json!({}))?;
        written += 1;
    }
    println!("{written} files of other versions of Keras written again, {refused} that cannot be loaded left out");
    Ok(())
}

/// A name and a layer.
type NamedLayer = (&'static str, Arc<dyn Layer<f32>>);

/// Builds layers that merge the outputs of several branches.
fn merging() -> Vec<NamedLayer> {
    use layercake::layers::{Add, Average, Maximum, Minimum, Multiply, Subtract};
    let dense = || Dense::new(4).activation(Tanh);
    let two = || [stack(dense()), stack((Dense::new(6).activation(Relu), dense()))];
    let three = || [stack(()), stack((dense().name("own"), LayerNormalization::default(), dense())), stack(dense())];
    let residual = || Residual::new((dense(), Dropout::new(0.0), dense()));
    vec![
        ("residual", Arc::new(residual())),
        ("residuals", Arc::new(Residual::new((residual(), dense(), Residual::new(dense().trainable(false)))))),
        ("add", Arc::new(Add::stacks(three()))),
        ("add_one", Arc::new(Add::stacks([stack(dense())]))),
        ("average", Arc::new(Average::stacks(two()))),
        ("concatenate", Arc::new(Concatenate::stacks(three()))),
        ("maximum", Arc::new(Maximum::stacks(two()))),
        ("minimum", Arc::new(Minimum::stacks(three()))),
        ("multiply", Arc::new(Multiply::stacks(two()))),
        ("subtract", Arc::new(Subtract::stacks(two()))),
    ]
}

/// Builds layers for tables of four columns, which a file has as other layers or as operations of Keras.
fn for_tables(x: &DMatrix<f32>) -> layercake::Result<Vec<NamedLayer>> {
    let of = |layers: Stack<f32>| -> Arc<dyn Layer<f32>> { Arc::new(Concatenate::stacks([layers])) };
    let pieces = PiecewiseLinear::default().num_bins(3).adapt(x)?;
    let members = (
        BatchEnsembleDense::first(6, 3).activation(Relu),
        BatchEnsembleDense::new(5).activation(Tanh),
        EinsumDense::new("abc,bcd->abd", [None, Some(2)]).bias_axes("bd"),
        GlobalAveragePooling1D::default(),
    );
    let scaled = Normalization::default().adapt(x)?;
    let branches = [
        stack(scaled.clone()),
        stack((scaled, Dense::new(4).name("one"), pieces.clone(), Dense::new(5))),
        stack((Dense::new(4), Dense::new(4).activation(Tanh), Dense::new(3))),
    ];
    Ok(vec![
        ("members", of(stack(members))),
        ("piecewise", Arc::new(pieces)),
        ("piecewise_beside", Arc::new(Concatenate::stacks(branches))),
        ("plr", Arc::new(PeriodicEmbedding::plr(5, 3).frequency_initializer(RandomNormal.stddev(0.3)))),
        ("plr_lite", Arc::new(PeriodicEmbedding::plr(5, 3).lite(true))),
        ("pbld", Arc::new(PeriodicEmbedding::pbld(5, 3))),
    ])
}

/// Writes a model that is trained with the mean of its members' losses, which Keras loads without its compile settings.
fn write_members(folder: &Path) -> layercake::Result<()> {
    let (x, y) = (numbers(16, 4, 0.3), numbers(16, 1, 1.1));
    let mut model = Sequential::with_seed(5);
    model.add(PiecewiseLinear::default().num_bins(4).adapt(&x)?);
    model.add(BatchEnsembleDense::first(6, 3).activation(Relu));
    model.add(EinsumDense::new("abc,bcd->abd", [None, Some(1)]).bias_axes("bd"));
    model.add(GlobalAveragePooling1D::default());
    model.compile("adam", MeanOfMembers::new("mse"), "mae")?;
    model.fit(&x, &y, FitOptions::new().epochs(3).batch_size(4))?;
    write(folder, "model_mean_of_members", &model, &x, json!({}))
}

/// Writes an ensemble, with its inputs, its predictions and its scores.
fn write_ensemble(folder: &Path) -> layercake::Result<()> {
    let build = |seed| {
        let mut model = Sequential::with_seed(seed);
        model.add(Normalization::default());
        model.add(Dense::new(8).activation(Relu));
        model.add(Residual::new((BatchNormalization::default(), Dense::new(8).activation(Tanh).trainable(false))));
        model.add(Dense::new(1).activation(Sigmoid));
        model.compile("adam", "binary_crossentropy", "accuracy")?;
        Ok(model)
    };
    let (x, y) = (numbers(16, 4, 0.3), numbers(16, 1, 1.1).map(|value| f32::from(u8::from(value > 0.0))));
    let options = EnsembleOptions::new().members(3).seed(5).fit_options(|_| FitOptions::new().epochs(4).batch_size(4));
    let ensemble = Ensemble::fit(build, &x, &y, options)?;
    let scores: Vec<f64> = ensemble.evaluate(&x, &y)?.iter().map(|(_, score)| score).collect();
    write(folder, "ensemble", ensemble.model(), &x, json!({"y": [rows(&y)], "scores": scores}))
}

/// Writes a trained model with two inputs, a layer that is called twice, and two outputs; Python trains it further.
fn write_functional(folder: &Path) -> layercake::Result<()> {
    let (a, b) = (Node::input("a", 4), Node::input("b", 2));
    let shared = Shared::new(Dense::new(5).activation(Tanh).name("shared"));
    // no bias before the normalization: its gradient is rounding alone, which Adam would make large
    let joined = Concatenate::new().of([&a, &b]).then(Dense::new(3).use_bias(false));
    let first = shared.of(&joined.then(BatchNormalization::default()));
    let second = shared.of(&first.then(Dense::new(3).activation(Relu)));
    let kind = second.then(Dense::new(3).activation(Softmax).name("kind"));
    let amount = layers::Add::new().of([&first, &second]).then(Dense::new(2).name("amount"));
    let mut model = Functional::with_seed(5, [&a, &b], [&kind, &amount])?;
    let losses = Losses::new(("categorical_crossentropy", "mse")).loss_weights([0.5, 2.0]);
    model.compile("adam", losses, (of_output("kind", "accuracy"), of_output("amount", weighted("mae"))))?;
    let x = [numbers(16, 4, 0.3), numbers(16, 2, 0.9)];
    let y = [DMatrix::from_fn(16, 3, |row, column| f32::from(row % 3 == column)), numbers(16, 2, 1.1)];
    let fit = |model: &mut Functional<f32>| {
        let options = FitOptions::new().epochs(5).batch_size(4).shuffle(false);
        model.fit(&x, (&y[0], &y[1]), options).map(|_| ())
    };
    fit(&mut model)?;
    let saved = model.clone();
    fit(&mut model)?;
    let expected = json!({"y": each(&y), "epochs": 5, "batch_size": 4, "weights": each(&model.get_weights())});
    write(folder, "functional", &saved, &x, expected)
}

/// Writes table models of the example tables, and one with every kind of feature; Python gives them the cells of the columns.
fn write_table_models(folder: &Path) -> layercake::Result<()> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data");
    let options = || TableOptions::new().epochs(8);
    let classifier = |name: &str, table: &data::Table, model: TableClassifier, is_calibrated: bool| {
        let mut model = model.seed(1);
        let (train, rest) = table.split(data::SplitOptions::new().test_size(0.3).seed(1))?;
        model.fit(&train, options())?;
        if is_calibrated {
            model.calibrate(&rest, Calibration::new())?;
        }
        model.save(folder.join(format!("{name}.keras")))?;
        let probabilities = model.predict(table)?.probabilities().clone();
        // for two classes, Keras has the probability of the second
        let answers = if probabilities.ncols() == 2 { probabilities.columns(1, 1).into_owned() } else { probabilities };
        write_rows(folder, name, table, model.feature_space()?, rows(&answers))
    };
    let regressor = |name: &str, table: &data::Table, mut model: TableRegressor| {
        model.fit(table, options())?;
        model.save(folder.join(format!("{name}.keras")))?;
        write_rows(folder, name, table, model.feature_space()?, json!(model.predict(table)?))
    };
    let read = |file: &str| data::Table::read(data.join(file));
    classifier("table_heart", &read("heart_disease.csv")?, TableClassifier::new("diameter narrowing"), false)?;
    classifier("table_loans", &read("lending_club.csv")?, TableClassifier::new("Class").members(5), true)?;
    let flowers = read("iris.csv")?;
    let target = flowers.column_names().last().unwrap_or_default().to_string();
    classifier("table_flowers", &flowers, TableClassifier::new(target).members(1), true)?;
    regressor("table_rooms", &read("hotel_rates.csv")?, TableRegressor::new("avg_price_per_room").members(5).seed(1))?;
    let (all, space) = every_feature()?;
    regressor("table_every_feature", &all, TableRegressor::new("price").features(space).members(2).seed(1))
}

/// Returns a table with missing cells, and a feature of every kind.
fn every_feature() -> layercake::Result<(data::Table, FeatureSpace)> {
    let mut table = data::Table::new();
    let or_missing = |row: usize, number: f64| if row.is_multiple_of(11) { f64::NAN } else { number };
    table.add_numbers("size in m", (0..900).map(|row| or_missing(row, (row as f64 * 0.37).sin().exp())))?;
    table.add_numbers("time", (0..900).map(|row| 1.7e9 + (row as f64 * 7.7) % 900.0))?;
    table.add_numbers("Größe", (0..900).map(|row| or_missing(row + 3, (row % 13) as f64)))?;
    table.add_text(
        "colour",
        (0..900).map(|row| ["red", "green", "blue", "NA", "red", "rare"][if row == 7 { 5 } else { row % 5 }]),
    )?;
    table.add_text("town/city", (0..900).map(|row| format!("town {}", row * row % 97)))?;
    table.add_numbers("price", (0..900).map(|row| 1000.0 + (row as f64 * 0.37).sin() * 300.0 + (row % 5) as f64 * 40.0))?;
    let space = FeatureSpace::new()
        .float("size in m")
        .float_piecewise("size in m")
        .float_discretized("size in m", 5)
        .float_robust("time")
        .float_rescaled("Größe", 0.25, -1.5)
        .feature("Größe", Float::normalized().missing(MissingNumber::Median))
        .integer_categorical("Größe")
        .feature("colour", Categorical::string().min_count(2))
        .feature("colour", Categorical::string().unknown(Unknown::MostFrequent).output_mode(OutputMode::Int))
        .string_hashed("town/city", 16)
        .cross(["colour", "Größe"], 8);
    Ok((table, space))
}

/// Writes the cells of the columns that features read, and the answers of a table model.
fn write_rows(folder: &Path, name: &str, table: &data::Table, space: &FeatureSpace, answers: Json) -> layercake::Result<()> {
    let mut cells = serde_json::Map::new();
    for column in space.columns() {
        let list = table.column(column)?.cells().map(|cell| match cell {
            data::Cell::Missing => Json::Null,
            data::Cell::Number(number) => json!(number),
            data::Cell::Text(text) => json!(text),
        });
        cells.insert(column.to_string(), list.collect());
    }
    let said = json!({"rows": cells, "answers": answers});
    std::fs::write(folder.join(format!("{name}.json")), said.to_string()).map_err(layercake::Error::callback)
}

fn write_optimizer(folder: &Path, name: &str, optimizer: Arc<dyn Optimizer<f32>>) -> layercake::Result<()> {
    write_trained(folder, name, Arc::new(Dense::new(8).activation(Tanh)), optimizer)
}

/// Trains a model, saves it, and trains it further; Python continues from the saved file and must get the same result.
fn write_trained(
    folder: &Path,
    name: &str,
    layer: Arc<dyn Layer<f32>>,
    optimizer: Arc<dyn Optimizer<f32>>,
) -> layercake::Result<()> {
    let mut model = Sequential::with_seed(5);
    model.add(layer);
    model.add(Dense::new(1));
    let (x, y) = (numbers(16, 4, 0.3), numbers(16, 1, 1.1));
    model.compile(optimizer, "mse", "mae")?;
    let fit = |model: &mut Sequential<f32>, epochs| {
        model.fit(&x, &y, FitOptions::new().epochs(epochs).batch_size(4).shuffle(false)).map(|_| ())
    };
    fit(&mut model, 3)?;
    let saved = model.clone();
    fit(&mut model, 5)?;
    let mut expected = json!({"y": [rows(&y)], "epochs": 5, "batch_size": 4});
    // Keras orders the weights of a functional model differently, so for those the predictions are compared
    if saved.to_json()?.contains("\"Sequential\"") {
        expected["weights"] = each(&model.get_weights());
    } else {
        expected["later"] = rows(&model.predict(&x)?);
    }
    expected["iterations"] = json!(saved.iterations());
    write(folder, name, &saved, &x, expected)
}

/// Returns targets of each form that a loss or metric can take: one-hot rows, class indices and numbers.
fn targets() -> [(&'static str, DMatrix<f32>); 3] {
    let one_hot = DMatrix::from_fn(12, 3, |row, column| if row % 3 == column { 1.0 } else { 0.0 });
    let classes = DMatrix::from_fn(12, 1, |row, _| (row % 3) as f32);
    [("one_hot", one_hot), ("classes", classes), ("numbers", numbers(12, 3, 2.0).map(f32::abs))]
}

/// Writes a model with its scores by a loss and metrics, for the first form of targets that they accept.
fn write_scored(
    folder: &Path,
    name: &str,
    loss: Arc<dyn Loss<f32>>,
    metrics: Vec<Arc<dyn Metric<f32>>>,
) -> layercake::Result<()> {
    let x = numbers(12, 4, 0.7);
    let mut refused = Ok(());
    for (_, y) in targets() {
        let mut model = Sequential::with_seed(6);
        model.add(Input::new(4));
        model.add(Dense::new(3).activation(Softmax));
        model.compile("sgd", loss.clone(), metrics.clone())?;
        match model.evaluate(&x, &y) {
            Ok(scores) => {
                let scores: Vec<f64> = scores.iter().map(|(_, score)| score).collect();
                return write(folder, name, &model, &x, json!({"y": [rows(&y)], "scores": scores}));
            }
            Err(error) => refused = Err(error),
        }
    }
    refused
}

/// Returns the spec of a metric, with values for the arguments that have no default.
fn with_required(name: &str) -> Spec {
    let share = |argument: &str| Spec::named(name).with(argument, Value::Float(0.5));
    let classes = Spec::named(name).with("num_classes", Value::Int(3));
    match name {
        "IoU" | "OneHotIoU" => classes.with("target_class_ids", Value::List(vec![Value::Int(0), Value::Int(2)])),
        "MeanIoU" | "OneHotMeanIoU" => classes,
        "PrecisionAtRecall" => share("recall"),
        "RecallAtPrecision" => share("precision"),
        "SensitivityAtSpecificity" => share("specificity"),
        "SpecificityAtSensitivity" => share("sensitivity"),
        _ => Spec::named(name),
    }
}

fn main() -> layercake::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or("target/models".to_string());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).map_err(layercake::Error::callback)?;
    strangers(folder)?;
    let registry = Registry::<f32>::default();
    let x = numbers(6, 4, 0.5);
    let dense = || Dense::<f32>::new(6);
    let mut written = 0;
    let mut report = |name: String, result: layercake::Result<()>| match result {
        Ok(()) => written += 1,
        Err(error) => println!("{name} is left out: {error}"),
    };
    // merging layers, layers of ensembles and those with numbers from data are written below
    let other = [
        "BatchEnsembleDense",
        "PiecewiseLinear",
        "Normalization",
        "Add",
        "Average",
        "Concatenate",
        "Maximum",
        "Minimum",
        "Multiply",
        "Residual",
        "Subtract",
    ];
    for name in registry.layers.names().filter(|name| !other.contains(name)) {
        let saved = part(&registry, name)
            .and_then(around)
            .and_then(|model| write(folder, &format!("layer_{name}"), &model, &x, json!({})));
        report(format!("layer {name}"), saved);
    }
    for (name, model, x) in first_layers(&x)? {
        report(format!("layer {name}"), write(folder, &format!("layer_first_{name}"), &model, &x, json!({})));
    }
    let options: [(&str, Arc<dyn Layer<f32>>); 2] = [
        ("renorm", Arc::new(BatchNormalization::default().renorm(true).renorm_clipping(Some(1.2), None, Some(0.3)))),
        ("softmax_of_samples", Arc::new(layers::Softmax::default().axis(0))),
    ];
    for (name, layer) in options {
        report(format!("layer {name}"), write_trained(folder, &format!("layer_{name}"), layer, Arc::new(Adam::default())));
    }
    for (name, model) in merging().into_iter().chain(for_tables(&x)?) {
        report(format!("model {name}"), write_trained(folder, &format!("model_{name}"), model, Arc::new(Adam::default())));
    }
    let mut held = Sequential::with_seed(5);
    held.add(SpectralNormalization::new(Dense::new(8).activation(Tanh)).power_iterations(2));
    held.add(SpectralNormalization::new(Dense::new(1).name("held")));
    // no further training is compared, because Keras' backends differ: with JAX the undivided kernel is kept
    held.compile("sgd", "mse", ())?;
    held.fit(&numbers(16, 4, 0.3), &numbers(16, 1, 1.1), FitOptions::new().epochs(3).batch_size(4))?;
    report("spectral normalization".to_string(), write(folder, "layer_spectral_trained", &held, &x, json!({})));
    report("ensemble".to_string(), write_ensemble(folder));
    report("members".to_string(), write_members(folder));
    report("functional model".to_string(), write_functional(folder));
    report("classifier of tables".to_string(), write_table_models(folder));
    let mut saved_dense = |kind: &str, name: &str, made: layercake::Result<Dense<f32>>| {
        let saved = made.and_then(|dense| {
            let mut model = Sequential::with_seed(4);
            model.add(Input::new(4));
            model.add(dense);
            write(folder, &format!("{kind}_{name}"), &model, &x, json!({}))
        });
        report(format!("{kind} {name}"), saved);
    };
    // `threshold` is left out, because Keras has no name for it without its arguments
    for name in registry.activations.names().filter(|name| *name != "threshold") {
        saved_dense("activation", name, part::<dyn Activation<f32>>(&registry, name).map(|part| dense().activation(part)));
    }
    saved_dense("activation", "relu_with_arguments", Ok(dense().activation(Relu.max_value(0.7).negative_slope(0.1))));
    for name in registry.initializers.names() {
        saved_dense("initializer", name, part::<dyn Initializer>(&registry, name).map(|part| dense().kernel_initializer(part)));
    }
    for name in registry.regularizers.names() {
        saved_dense(
            "regularizer",
            name,
            part::<dyn Regularizer<f32>>(&registry, name).map(|part| dense().kernel_regularizer(part)),
        );
    }
    for name in registry.constraints.names() {
        saved_dense("constraint", name, part::<dyn Constraint<f32>>(&registry, name).map(|part| dense().kernel_constraint(part)));
    }
    for name in registry.optimizers.names() {
        let saved = part(&registry, name).and_then(|part| write_optimizer(folder, &format!("optimizer_{name}"), part));
        report(format!("optimizer {name}"), saved);
    }
    let momentum = Sgd::default().momentum(0.9).nesterov(true);
    report("optimizer SGD with momentum".to_string(), write_optimizer(folder, "optimizer_SGD_momentum", Arc::new(momentum)));
    // Keras has no loss of the members
    for name in registry.losses.names().filter(|name| *name != "MeanOfMembers") {
        let saved = part(&registry, name).and_then(|part| write_scored(folder, &format!("loss_{name}"), part, Vec::new()));
        report(format!("loss {name}"), saved);
    }
    // these are left out: in Keras, `Mean` and `Sum` take values instead of predictions, and no metric is called `crossentropy`
    for name in registry.metrics.names().filter(|name| !["Mean", "Sum", "crossentropy"].contains(name)) {
        let made = registry.part::<dyn Metric<f32>>(&with_required(name));
        let saved = made.and_then(|part| {
            let mse: Arc<dyn Loss<f32>> = Arc::new(MeanSquaredError::default());
            let categorical: Arc<dyn Loss<f32>> = Arc::new(SparseCategoricalCrossentropy::default());
            let file = format!("metric_{name}");
            write_scored(folder, &file, mse, vec![Arc::clone(&part)])
                .or_else(|_| write_scored(folder, &file, categorical, vec![part]))
        });
        report(format!("metric {name}"), saved);
    }
    println!("{written} models in {}", folder.display());
    Ok(())
}
