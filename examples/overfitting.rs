//! Trains a network that is too large for its data in four ways: plain, with L2, with Dropout and with EarlyStopping.
use layercake::prelude::*;

fn main() -> layercake::Result<()> {
    let table = data::Table::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/diabetes.csv"))?;
    let x: DMatrix<f64> = table.features_without(&["target"])?;
    let y: DMatrix<f64> = table.features(&["target"])?;
    // The network has 9,000 weights and can memorise the few training rows.
    let (x_train, x_val, y_train, y_val) = data::train_test_split(&x, &y, data::SplitOptions::new().test_size(0.7).seed(3))?;
    let (x_scaler, x_train) = data::StandardScaler::fit_transform(&x_train)?;
    let (y_scaler, y_train) = data::StandardScaler::fit_transform(&y_train)?;
    let (x_val, y_val) = (x_scaler.transform(&x_val)?, y_scaler.transform(&y_val)?);

    let mut results = Vec::new();
    for (name, l2, dropout, early) in
        [("plain", 0.0, 0.0, false), ("L2", 0.02, 0.0, false), ("Dropout", 0.0, 0.5, false), ("EarlyStopping", 0.0, 0.0, true)]
    {
        let mut model = Sequential::with_seed(11);
        for _ in 0..2 {
            model.add(Dense::new(90).activation(Relu).kernel_regularizer(L2::new(l2)));
            model.add(Dropout::new(dropout));
        }
        model.add(Dense::new(1));
        // The metric does not include the L2 penalty, so all four models can be compared.
        model.compile(Adam::default(), "mse", "mse")?;
        let mut options = FitOptions::new().epochs(150).validation_data(&x_val, &y_val);
        if early {
            options = options.callback(EarlyStopping::new("val_mse").patience(10).restore_best_weights(true));
        }
        let history = model.fit(&x_train, &y_train, options)?;
        let last = (model.evaluate(&x_train, &y_train)?["mse"], model.evaluate(&x_val, &y_val)?["mse"]);
        results.push((name, history, last));
    }

    println!("mean squared error on the training rows / on unseen rows");
    print!("{:>6}", "epoch");
    results.iter().for_each(|(name, ..)| print!("  {name:>15}"));
    for epoch in [1, 5, 10, 20, 50, 100, 150] {
        print!("\n{epoch:>6}");
        for (_, history, _) in &results {
            match (history["mse"].get(epoch - 1), history["val_mse"].get(epoch - 1)) {
                (Some(train), Some(val)) => print!("  {:>15}", format!("{train:.3} / {val:.3}")),
                _ => print!("  {:>15}", "stopped"),
            }
        }
    }
    print!("\n{:>6}", "model");
    results.iter().for_each(|(_, _, (train, val))| print!("  {:>15}", format!("{train:.3} / {val:.3}")));
    println!();
    Ok(())
}
