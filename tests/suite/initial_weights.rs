//! An initializer that looks at the data is shown the inputs of its layer.

use layercake::Rng;
use layercake::initializers::Inputs;
use layercake::prelude::*;
use layercake::saving::Describe;

/// Each column of the weight is the mean of the inputs; 7 where there are none.
#[derive(Debug, Clone)]
struct MeanOfInputs;

impl Describe for MeanOfInputs {}

impl Initializer for MeanOfInputs {
    fn fill(&self, _shape: &[usize], _rng: &mut Rng, values: &mut [f64]) {
        values.fill(7.0);
    }

    fn sees_inputs(&self) -> bool {
        true
    }

    fn fill_from(&self, inputs: Inputs<'_>, shape: &[usize], _rng: &mut Rng, values: &mut [f64]) {
        assert_eq!((inputs.width, inputs.values.len() % inputs.width), (shape[0], 0));
        let samples = inputs.values.chunks(inputs.width);
        let count = samples.len() as f64;
        for (input, row) in values.chunks_mut(shape[1]).enumerate() {
            row.fill(samples.clone().map(|sample| sample[input]).sum::<f64>() / count);
        }
    }
}

fn model() -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(3).activation(Tanh).kernel_initializer(MeanOfInputs).bias_initializer("ones"));
    model.add(Dense::new(2).kernel_initializer(MeanOfInputs));
    model
}

#[test]
fn fit_shows_each_layer_its_own_inputs() {
    let x = DMatrix::from_fn(20, 4, |row, column| 0.1 * ((row * 3 + column) as f64).sin());
    let y = DMatrix::zeros(20, 2);
    let mut model = model();
    // the weights stay as they are made
    model.compile(Sgd::default().learning_rate(0.0), "mse", ()).unwrap();
    model.fit(&x, &y, FitOptions::new().batch_size(5).shuffle(false)).unwrap();
    let weights = model.get_weights();
    let first = DMatrix::from_fn(4, 3, |input, _| x.column(input).mean());
    approx::assert_relative_eq!(weights[0], first, max_relative = 1e-12);
    let hidden = (&x * &weights[0]).map(|sum| (sum + 1.0).tanh());
    let second = DMatrix::from_fn(3, 2, |input, _| hidden.column(input).mean());
    approx::assert_relative_eq!(weights[2], second, max_relative = 1e-12);
}

#[test]
fn a_model_that_is_built_without_data_is_filled_without() {
    let mut model = model();
    model.build(4).unwrap();
    assert!(model.get_weights()[0].iter().chain(&model.get_weights()[2]).all(|weight| *weight == 7.0));
}
