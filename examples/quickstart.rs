//! Trains a small network with two inputs, two hidden units and one output on three rows, evaluates it, trains it further
//! with another optimizer, and predicts.
use layercake::prelude::*;

fn main() -> layercake::Result<()> {
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

    // Train the same weights for 100 more epochs with another optimizer.
    model.compile(Sgd::default().learning_rate(0.01), "binary_crossentropy", "accuracy")?;
    model.fit(&x_train, &y_train, FitOptions::new().epochs(100).batch_size(10))?;

    let probabilities = model.predict(&dmatrix![11.0, 12.0; 13.0, 14.0])?; // 2 x 1
    println!("{probabilities}");
    Ok(())
}
