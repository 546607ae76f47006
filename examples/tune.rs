//! Tries several learning rates, batch sizes and numbers of units, chooses the best model on validation data, and evaluates
//! it on test data.
use layercake::prelude::*;

struct Trial {
    learning_rate: f64,
    batch_size: usize,
    units: usize,
    best_loss: f64,
    model: Sequential<f32>,
}

fn main() -> layercake::Result<()> {
    let table = data::Table::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/breast_cancer.csv"))?;
    let y: DMatrix<f32> = table.features(&["target"])?;
    let x: DMatrix<f32> = table.features_without(&["target"])?;

    // The rows are split into training, validation and test data.
    let (x_rest, x_test, y_rest, y_test) = data::train_test_split(&x, &y, data::SplitOptions::new().test_size(0.2).seed(1))?;
    let split = data::SplitOptions::new().test_size(0.25).seed(2);
    let (x_train, x_val, y_train, y_val) = data::train_test_split(&x_rest, &y_rest, split)?;
    let (scaler, x_train) = data::StandardScaler::fit_transform(&x_train)?;
    let (x_val, x_test) = (scaler.transform(&x_val)?, scaler.transform(&x_test)?);

    let mut trials = Vec::new();
    for learning_rate in [1e-4, 1e-3, 1e-2] {
        for batch_size in [16, 64] {
            for units in [4, 16, 64] {
                let mut model = Sequential::with_seed(5);
                model.add(Dense::new(units).activation(Relu));
                model.add(Dense::new(1).activation(Sigmoid));
                model.compile(Adam::default().learning_rate(learning_rate), BinaryCrossentropy::default(), "accuracy")?;
                let mut stop = EarlyStopping::new("val_loss").patience(5).restore_best_weights(true);
                let options = FitOptions::new().epochs(60).batch_size(batch_size).validation_data(&x_val, &y_val);
                model.fit(&x_train, &y_train, options.callback(&mut stop))?;
                let best_loss = stop.best().unwrap_or(f64::INFINITY);
                trials.push(Trial { learning_rate, batch_size, units, best_loss, model });
            }
        }
    }

    trials.sort_by(|a, b| a.best_loss.total_cmp(&b.best_loss));
    println!("learning rate  batch size  units  validation loss");
    for Trial { learning_rate, batch_size, units, best_loss, .. } in &trials {
        println!("{learning_rate:>13}  {batch_size:>10}  {units:>5}  {best_loss:>15.4}");
    }
    if let Some(best) = trials.first() {
        println!("\nthe best model on test data: {}", best.model.evaluate(&x_test, &y_test)?);
    }
    Ok(())
}
