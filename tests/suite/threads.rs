//! Any number of threads gives the same bits as one thread.

use layercake::prelude::*;

/// Fixed numbers from -1 to 1 that look random.
fn matrix(rows: usize, columns: usize) -> DMatrix<f32> {
    let mut rng = layercake::Rng::new(1);
    DMatrix::from_fn(rows, columns, |_, _| 2.0 * rng.uniform() as f32 - 1.0)
}

struct Workload {
    rows: usize,
    widths: &'static [usize],
    batch_size: usize,
    epochs: usize,
}

impl Workload {
    /// The bits of everything that comes out: losses, weights, predictions, scores.
    fn bits(&self, threads: usize) -> Vec<u64> {
        let [inputs, hidden @ .., outputs] = self.widths else { panic!("at least two widths") };
        let x = matrix(self.rows, *inputs);
        let classes: Vec<usize> = (0..self.rows).map(|row| row * row % outputs).collect();
        let mut model = Sequential::with_seed(1);
        for &units in hidden {
            model.add(Dense::new(units).activation(Relu));
            model.add(Dropout::new(0.1));
        }
        model.add(Dense::new(*outputs).activation(Softmax));
        model.compile("adam", "sparse_categorical_crossentropy", "accuracy").unwrap();
        let options = FitOptions::new().batch_size(self.batch_size).epochs(self.epochs).threads(threads);
        let history = model.fit(&x, &classes, options).unwrap();
        let scores = model.evaluate_with(&x, &classes, EvaluateOptions::new().batch_size(300).threads(threads)).unwrap();
        let predictions = model.predict_with(&x, PredictOptions::new().threads(threads)).unwrap();
        let weights = model.get_weights();
        let numbers = weights.iter().chain([&predictions]).flat_map(|matrix| matrix.iter().map(|&value| f64::from(value)));
        numbers.chain(history["loss"].iter().copied()).chain([scores.loss()]).map(f64::to_bits).collect()
    }
}

#[test]
fn a_training_has_the_same_bits_for_any_number_of_threads() {
    let workloads = [
        Workload { rows: 150, widths: &[4, 16, 3], batch_size: 16, epochs: 3 },
        Workload { rows: 700, widths: &[13, 64, 64, 2], batch_size: 32, epochs: 2 },
        // large enough that the threads share products, updates and predictions
        Workload { rows: 700, widths: &[784, 512, 512, 10], batch_size: 128, epochs: 1 },
        Workload { rows: 300, widths: &[300, 1000, 77], batch_size: 300, epochs: 2 },
    ];
    for workload in workloads {
        let one = workload.bits(1);
        for threads in [2, 3, 7] {
            assert!(workload.bits(threads) == one, "{:?} with {threads} threads", workload.widths);
        }
    }
}

#[test]
fn no_threads_are_refused() {
    let (x, y) = (dmatrix![1.0; 2.0], dmatrix![1.0; 2.0]);
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(1));
    model.compile("sgd", "mse", ()).unwrap();
    let refused = model.fit(&x, &y, FitOptions::new().threads(0)).unwrap_err();
    assert_eq!(refused.to_string(), "FitOptions: threads = 0 is not allowed; expected a whole number >= 1");
    model.fit(&x, &y, FitOptions::new()).unwrap();
    let refused = model.predict_with(&x, PredictOptions::new().threads(0)).unwrap_err();
    assert_eq!(refused.to_string(), "PredictOptions: threads = 0 is not allowed; expected a whole number >= 1");
    let refused = model.evaluate_with(&x, &y, EvaluateOptions::new().threads(0)).unwrap_err();
    assert_eq!(refused.to_string(), "EvaluateOptions: threads = 0 is not allowed; expected a whole number >= 1");
}
