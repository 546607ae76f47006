//! Batches that are read from the caller's matrix are the same as batches from a copy of it.

use layercake::prelude::*;

const ROWS: usize = 53;

fn inputs(rows: usize, columns: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |row, column| ((row * 7 + column * 3) as f64 * 0.61).sin())
}

fn targets(x: &DMatrix<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(x.nrows(), 1, |row, _| f64::from(x[(row, 0)] + x[(row, 1)] > 0.0))
}

fn model() -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(8).activation(Tanh));
    model.add(Dropout::new(0.3));
    model.add(Dense::new(1).activation(Sigmoid));
    model.compile("adam", "binary_crossentropy", ("accuracy", weighted("mse"))).unwrap();
    model
}

/// The bits of the weights and of everything that was logged.
fn trained(x: &DMatrix<f64>, options: FitOptions<'_, f64>) -> (Vec<u64>, String) {
    let mut model = model();
    let history = model.fit(x, &targets(x), options).unwrap();
    let weights = model.get_weights();
    (weights.iter().flatten().map(|value| value.to_bits()).collect(), format!("{history:?}"))
}

#[test]
fn streamed_batches_give_the_same_bits() {
    let (x, x_val) = (inputs(ROWS, 5), inputs(21, 5));
    let y_val = targets(&x_val);
    let weights: Vec<f64> = (0..ROWS).map(|row| (row % 3) as f64).collect();
    let plain = || FitOptions::new().epochs(3).batch_size(8);
    let all: [(&str, &dyn Fn() -> FitOptions<'static, f64>); 5] = [
        ("alone", &plain),
        ("as one batch", &|| plain().batch_size(ROWS)),
        ("without the last rows", &|| plain().validation_split(0.3)),
        ("validated in larger batches", &|| plain().validation_split(0.3).validation_batch_size(11)),
        ("with weights of classes", &|| plain().validation_split(0.3).class_weight([(1, 2.5)])),
    ];
    for shuffle in [true, false] {
        for (what, options) in &all {
            let train = |streamed| trained(&x, options().shuffle(shuffle).streamed(streamed));
            assert_eq!(train(true), train(false), "{what}, shuffled: {shuffle}");
        }
        let train = |streamed| {
            let options = plain().shuffle(shuffle).streamed(streamed);
            trained(&x, options.sample_weight(&weights).validation_data(&x_val, &y_val).validation_batch_size(9))
        };
        assert_eq!(train(true), train(false), "with weights and other data to validate on, shuffled: {shuffle}");
    }
    let shuffled = |shuffle| trained(&x, plain().shuffle(shuffle).streamed(true)).0;
    assert_ne!(shuffled(true), shuffled(false));
}

#[test]
fn large_batches_are_the_same_as_well() {
    // several threads read their own rows
    let x = inputs(700, 60);
    let train = |streamed| trained(&x, FitOptions::new().epochs(2).batch_size(400).streamed(streamed));
    assert_eq!(train(true), train(false));
}

#[test]
fn streamed_data_are_refused_in_the_same_words() {
    let refused = |x: &DMatrix<f64>, y: &DMatrix<f64>, options: FitOptions<'_, f64>| {
        let mut model = Sequential::with_seed(1);
        model.add(layers::CategoryEncoding::new(3).output_mode(layers::OutputMode::MultiHot));
        model.add(Dense::new(1));
        model.compile("sgd", "mse", ()).unwrap();
        model.fit(x, y, options).unwrap_err().to_string()
    };
    let (mut nan, mut fourth, good) = (DMatrix::zeros(10, 2), DMatrix::zeros(10, 2), DMatrix::zeros(10, 2));
    (nan[(4, 1)], fourth[(7, 1)]) = (f64::NAN, 3.0);
    let y = DMatrix::zeros(10, 1);
    let class =
        "layer `category_encoding` cannot take 3, at row 7, column 1 of x (counted from 0): it takes whole numbers from 0 to 2";
    let nan_says = "x has NaN at row 4, column 1 (counted from 0): clean or fill it, see `layercake::data`";
    let rows_say = "x has 10 rows, but y has 9: both need one row per sample";
    let of_validation = class.replace("of x", "of validation x");
    for streamed in [true, false] {
        let options = || FitOptions::new().streamed(streamed);
        assert_eq!(refused(&nan, &y, options()), nan_says);
        assert_eq!(refused(&fourth, &y, options()), class);
        assert_eq!(refused(&fourth, &y, options().validation_split(0.5)), class);
        assert_eq!(refused(&good, &y, options().validation_data(&fourth, &y)), of_validation);
        assert_eq!(refused(&good, &DMatrix::zeros(9, 1), options()), rows_say);
    }
}
