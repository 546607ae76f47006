//! Predicts how diabetes progresses within a year, and prints the mean absolute error and R2 on unseen patients.
use layercake::prelude::*;

fn main() -> layercake::Result<()> {
    let table = data::Table::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/diabetes.csv"))?;
    let x: DMatrix<f64> = table.features_without(&["target"])?;
    let y: DMatrix<f64> = table.features(&["target"])?;
    let (x_train, x_test, y_train, y_test) = data::train_test_split(&x, &y, data::SplitOptions::new().test_size(0.2).seed(7))?;

    // A network trains better on inputs and targets with mean 0 and standard deviation 1.
    let (x_scaler, x_train) = data::StandardScaler::fit_transform(&x_train)?;
    let (y_scaler, y_train) = data::StandardScaler::fit_transform(&y_train)?;
    let x_test = x_scaler.transform(&x_test)?;

    let mut model = Sequential::with_seed(7);
    model.add(Dense::new(32).activation(Relu).kernel_initializer(HeNormal).kernel_regularizer(L2::new(0.01)));
    model.add(Dense::new(1));
    model.compile(Adam::default(), MeanSquaredError::default(), "mae")?;
    let mut stop = EarlyStopping::new("val_loss").patience(15).restore_best_weights(true);
    let history = model.fit(&x_train, &y_train, FitOptions::new().epochs(300).validation_split(0.15).callback(&mut stop))?;
    println!("{history}");

    // The predictions are scaled back to the units of the file.
    let predicted = y_scaler.inverse_transform(&model.predict(&x_test)?)?;
    let mean = y_test.mean();
    let squares = |errors: DMatrix<f64>| errors.norm_squared();
    let r2 = 1.0 - squares(&y_test - &predicted) / squares(y_test.add_scalar(-mean));
    let mae = (&y_test - &predicted).abs().mean();
    println!("\ntest: mean absolute error {mae:.1} (targets from 25 to 346), R2 {r2:.3}");
    for row in 0..5 {
        println!("actual {:>5.0}   predicted {:>5.0}", y_test[row], predicted[row]);
    }
    Ok(())
}
