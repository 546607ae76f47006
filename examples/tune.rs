//! Searches for the settings of a model, says what that gained over the defaults, and trains the five best together.
use layercake::layers::Normalization;
use layercake::prelude::*;
use layercake::tuner::{HyperParameters, Hyperband};

fn build(hp: &mut HyperParameters) -> layercake::Result<Sequential<f32>> {
    let mut model = Sequential::with_seed(hp.seed());
    model.add(Normalization::default()); // adapted to the training rows of each fold
    hp.default("learning_rate", 1e-3);
    for layer in 0..hp.int("layers", 1..=3) {
        model.add(Dense::new(hp.log_int(format!("units_{layer}"), 8..=256)).activation(Relu));
    }
    model.add(Dropout::new(hp.float("dropout", 0.0..=0.5)));
    model.add(Dense::new(1).activation(Sigmoid));
    let rate = hp.log_float("learning_rate", 1e-4..=1e-1);
    match hp.choice("optimizer", ["adam", "sgd"]) {
        "sgd" => model.compile(Sgd::default().learning_rate(rate).momentum(0.9), "binary_crossentropy", "accuracy")?,
        _ => model.compile(Adam::default().learning_rate(rate), "binary_crossentropy", "accuracy")?,
    }
    Ok(model)
}

fn main() -> layercake::Result<()> {
    let table = data::Table::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/breast_cancer.csv"))?;
    let y: DMatrix<f32> = table.features(&["target"])?;
    let x: DMatrix<f32> = table.features_without(&["target"])?;
    let (x, x_test, y, y_test) = data::train_test_split(&x, &y, data::SplitOptions::new().test_size(0.2).seed(1))?;

    let search = Hyperband::new(build)
        .objective("val_loss")
        .max_epochs(54)
        .folds(5)
        .seed(7)
        .fit_options(|hp| FitOptions::new().batch_size(hp.choice("batch_size", [16, 32, 64])))
        .search(&x, &y)?;
    println!("{search}\n");
    println!("on test rows, the defaults:   {}", search.model(0, &x, &y)?.evaluate(&x_test, &y_test)?);
    println!("on test rows, the best:       {}", search.best_model(&x, &y)?.evaluate(&x_test, &y_test)?);
    println!("on test rows, five together:  {}", search.ensemble(5, &x, &y)?.evaluate(&x_test, &y_test)?);
    Ok(())
}
