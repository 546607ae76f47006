//! Learns to read handwritten digits; prints a progress bar, the history, the accuracy on unseen digits and the confusion
//! matrix.
use layercake::prelude::*;

fn main() -> layercake::Result<()> {
    // Clean and split the 1797 images of 8 x 8 pixels; a fifth of each digit is kept for the test.
    let mut table = data::Table::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv"))?;
    println!("{} rows, missing: {}, dropped: {}", table.rows(), table.missing(), table.drop_missing());
    let labels = table.labels("target")?;
    let x: DMatrix<f32> = table.features_without(&["target"])?;
    let split = data::SplitOptions::new().test_size(0.2).seed(42).stratify(labels.classes());
    let (x_train, x_test, y_train, y_test) = data::train_test_split(&x, labels.classes(), split)?;

    // Standardise all rows with the mean and deviation of the training rows.
    let (scaler, x_train) = data::StandardScaler::fit_transform(&x_train)?;
    let x_test = scaler.transform(&x_test)?;

    // Build the model.
    let mut model = Sequential::with_seed(42);
    model.add(Input::new(64));
    model.add(Dense::new(128).activation(Relu).kernel_initializer(HeNormal).kernel_regularizer(L2::new(1e-4)));
    model.add(Dropout::new(0.2));
    model.add(Dense::new(10).activation(Softmax));
    println!("{}", model.summary());
    model.compile(Adam::default(), SparseCategoricalCrossentropy::default(), "accuracy")?;

    // Train with a tenth of the training rows as validation data, and keep the weights of the best epoch.
    let mut stop = EarlyStopping::new("val_loss").patience(10).restore_best_weights(true);
    let options = FitOptions::new().epochs(60).validation_split(0.1).callback(&mut stop).callback(ProgbarLogger::default());
    let started = std::time::Instant::now();
    let history = model.fit(&x_train, &y_train, options)?;
    println!(
        "{history}\n{:.2} s, best epoch {}",
        started.elapsed().as_secs_f64(),
        stop.best_epoch().map_or(0, |epoch| epoch + 1)
    );

    // Test the model on the unseen digits.
    let scores = model.evaluate(&x_test, &y_test)?;
    println!("test: {scores}");
    let predicted = data::to_classes(&model.predict(&x_test)?)?;
    println!(
        "confusion matrix, with rows for digits and columns for predictions:{}",
        data::confusion_matrix(&y_test, &predicted, 10)?
    );
    Ok(())
}
