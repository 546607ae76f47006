//! Measures the memory of a training in addition to the model and the caller's data: one copy of the data and a formula.

use crate::counting::{MOST, USED};
use crate::process::alone;
use layercake::prelude::*;
use std::sync::atomic::Ordering::Relaxed;

/// Memory for names, the history and threads, independent of the sizes.
const SLACK: usize = 4 << 10;

/// The sizes of a network of dense layers, of its data and of a batch.
struct Sizes {
    rows: usize,
    widths: &'static [usize],
    batch: usize,
}

impl Sizes {
    /// The most bytes that a shuffled fit may take for one target in each row.
    fn bound(&self, slots: usize, streamed: bool) -> usize {
        let [inputs, layers @ ..] = self.widths else { panic!("at least one width") };
        let copied = self.rows * (1 + if streamed { 0 } else { *inputs });
        let parameters: usize = self.widths.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum();
        let widest = self.widths.iter().max().unwrap();
        let outputs = layers.last().unwrap();
        // inputs and target, the outputs of each layer, the gradients after and before one layer, the predictions, loss and weight
        let of_a_sample = inputs + 1 + layers.iter().sum::<usize>() + 2 * widest + outputs + 2;
        let numbers = copied + parameters * (1 + slots) + self.batch * of_a_sample;
        numbers * size_of::<f32>() + self.rows * size_of::<usize>() + SLACK
    }

    /// The most bytes that a fit uses at once, in addition to those in use before it.
    fn peak(&self, optimizer: &str, streamed: bool) -> usize {
        let [inputs, layers @ ..] = self.widths else { panic!("at least one width") };
        let x = DMatrix::from_fn(self.rows, *inputs, |row, column| ((row + 3 * column) as f32).sin());
        let y: Vec<usize> = (0..self.rows).map(|row| row % layers.last().unwrap()).collect();
        let mut model = Sequential::with_seed(1);
        let [hidden @ .., outputs] = layers else { panic!("at least one layer") };
        hidden.iter().for_each(|&units| model.add(Dense::new(units).activation(Relu)));
        model.add(Dense::new(*outputs).activation(Softmax));
        let loss = "sparse_categorical_crossentropy";
        match optimizer {
            "momentum" => model.compile(Sgd::default().momentum(0.9), loss, "accuracy").unwrap(),
            name => model.compile(name, loss, "accuracy").unwrap(),
        }
        model.build(*inputs).unwrap();
        let options = FitOptions::new().batch_size(self.batch).epochs(2).streamed(streamed);
        #[cfg(feature = "parallel")]
        let options = options.threads(2);
        let before = USED.load(Relaxed);
        MOST.store(before, Relaxed);
        model.fit(&x, &y, options).unwrap();
        MOST.load(Relaxed) - before
    }
}

#[test]
fn a_fit_takes_a_copy_of_the_data_and_what_its_shapes_say() {
    alone("fit::a_fit_takes_a_copy_of_the_data_and_what_its_shapes_say", ".", trains);
}

fn trains() {
    let of_data = Sizes { rows: 3000, widths: &[300, 32, 10], batch: 32 };
    let of_weights = Sizes { rows: 500, widths: &[300, 256, 256, 10], batch: 64 };
    let of_batches = Sizes { rows: 500, widths: &[20, 64, 64, 64, 10], batch: 500 };
    for sizes in [of_data, of_weights, of_batches] {
        for (optimizer, slots) in [("sgd", 0), ("momentum", 1), ("adam", 2)] {
            let peak = |streamed| {
                let (peak, bound) = (sizes.peak(optimizer, streamed), sizes.bound(slots, streamed));
                println!("{:?}, {optimizer}, streamed {streamed}: {peak} bytes of {bound}", sizes.widths);
                assert!(peak <= bound, "{:?}, {optimizer}, streamed {streamed}: {peak} bytes instead of {bound}", sizes.widths);
                peak
            };
            let copy = sizes.rows * sizes.widths[0] * size_of::<f32>();
            assert!(peak(true) + copy <= peak(false) + SLACK, "the copy of x is there");
        }
    }
}
