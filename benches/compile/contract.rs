//! What a program of a user's own may hold: the crate's two programs, parts by type and by name, a model saved and loaded.
use layercake::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    first()?;
    real()?;
    by_name()
}

fn first() -> layercake::Result<()> {
    let x_train = dmatrix![1.0, 2.0; 3.0, 4.0; 5.0, 6.0];
    let y_train = dmatrix![1.0; 0.0; 1.0];

    let mut model = Sequential::new();
    model.add(Dense::new(2).activation(Relu));
    model.add(Dense::new(1).activation(Sigmoid));

    model.compile(Adam::default(), BinaryCrossentropy::default(), BinaryAccuracy::default())?;
    let history = model.fit(&x_train, &y_train, FitOptions::new().epochs(100).batch_size(10))?;
    println!("last training loss: {:.4}", history["loss"].last().unwrap());

    let x_val = dmatrix![7.0, 8.0; 9.0, 10.0];
    let y_val = dmatrix![0.0; 1.0];
    let scores = model.evaluate(&x_val, &y_val)?;
    println!("validation loss {:.4}, accuracy {:.4}", scores.loss(), scores["binary_accuracy"]);

    // Tune: another optimizer, the same weights, 100 epochs more.
    model.compile(Sgd::default().learning_rate(0.01), "binary_crossentropy", "accuracy")?;
    model.fit(&x_train, &y_train, FitOptions::new().epochs(100).batch_size(10))?;

    let probabilities = model.predict(&dmatrix![11.0, 12.0; 13.0, 14.0])?;
    println!("{probabilities}");
    Ok(())
}

/// Pixels of ten kinds of images, and which kind each is.
fn digits(count: usize) -> (DMatrix<f32>, DMatrix<f32>) {
    let pixel =
        |sample: usize, pixel: usize| f32::from(u8::from(pixel / 6 == sample % 10)) + ((sample * 31 + pixel) % 10) as f32 / 50.0;
    (DMatrix::from_fn(count, 64, pixel), DMatrix::from_fn(count, 1, |sample, _| (sample % 10) as f32))
}

fn file(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("{}-{name}", std::process::id()))
}

fn real() -> Result<(), Box<dyn std::error::Error>> {
    let (x, y) = digits(400);
    let mut model = Sequential::with_seed(42);
    model.add(Input::new(64));
    model.add(Dense::new(128).activation(Relu).kernel_initializer(HeNormal::default()).kernel_regularizer(L2::new(1e-4)));
    model.add(BatchNormalization::default());
    model.add(Dropout::new(0.2));
    model.add(Dense::new(10).activation(Softmax));
    println!("{}", model.summary());

    model.compile(
        Adam::default().learning_rate(CosineDecay::new(1e-3, 2_000)).clipnorm(1.0),
        SparseCategoricalCrossentropy::default(),
        (SparseCategoricalAccuracy::default(), SparseTopKCategoricalAccuracy::new(3)),
    )?;

    let mut stop = EarlyStopping::new("val_loss").patience(5).restore_best_weights(true);
    model.fit(
        &x,
        &y,
        FitOptions::new()
            .epochs(50)
            .batch_size(32)
            .validation_split(0.1)
            .class_weight([(0, 1.0), (1, 2.5)])
            .callback(&mut stop)
            .callback(TerminateOnNan::default())
            .callback(on_epoch_end(|run| println!("{} {:?}", run.epoch(), run.logs()))),
    )?;

    let file = file("digits.keras");
    model.save(&file)?;
    let model = Sequential::<f32>::load(&file)?;
    println!("{}", model.predict(&digits(10).0)?);
    Ok(std::fs::remove_file(file)?)
}

fn by_name() -> Result<(), Box<dyn std::error::Error>> {
    let (x, y) = digits(100);
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(16).activation("gelu").kernel_initializer("he_uniform").kernel_regularizer("l2"));
    model.add(LayerNormalization::default());
    model.add(Dense::new(10).activation("softmax"));
    model.compile("adamw", "sparse_categorical_crossentropy", ["accuracy", "sparse_top_k_categorical_accuracy"])?;
    model.fit(&x, &y, FitOptions::new().epochs(3))?;
    let file = file("named.keras");
    model.save(&file)?;
    println!("{}", Sequential::<f32>::load(&file)?.evaluate(&x, &y)?.loss());
    Ok(std::fs::remove_file(file)?)
}
