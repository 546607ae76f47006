//! One training: data, network, loss and options, all as values that a plant can change.

use crate::tables::Table;
use layercake::Rng;
use layercake::diagnosis::{self, Remedy};
use layercake::prelude::*;

/// A training and the rows that it is judged on.
#[derive(Clone)]
pub struct Setup {
    pub x: DMatrix<f32>,
    pub y: Vec<f32>,
    pub test: (DMatrix<f32>, Vec<f32>),
    pub classes: usize,
    pub hidden: Vec<usize>,
    pub activation: &'static str,
    /// The factor of the initial weights of the hidden layers, and the value of their biases.
    pub initial: (f64, f64),
    pub zero_last: bool,
    pub head: &'static str,
    pub head_again: bool,
    pub loss: &'static str,
    pub smoothing: f64,
    pub optimizer: &'static str,
    pub rate: f64,
    pub l2: f64,
    pub dropout: f64,
    pub epochs: usize,
    pub batch: usize,
    pub shuffle: bool,
    pub early_stopping: bool,
    pub validation: f64,
    /// The rows for validation, if they are not the last ones.
    pub given_validation: Option<(DMatrix<f32>, Vec<f32>)>,
    /// The mean and the deviation by which the targets of training were changed.
    pub target: (f32, f32),
}

/// Initial weights of the usual size times a factor; 0 gives zeros.
fn initializer(factor: f64, fan: usize) -> RandomNormal {
    RandomNormal::default().stddev(factor * (1.5 / fan as f64).sqrt())
}

impl Setup {
    /// A healthy training on three quarters of a table.
    pub fn healthy(table: &Table, rng: &mut Rng) -> Self {
        let mut order: Vec<usize> = (0..table.y.len()).collect();
        rng.shuffle(&mut order);
        let (test, train) = order.split_at(table.y.len() / 4);
        let take = |rows: &[usize]| (table.x.select_rows(rows), rows.iter().map(|&row| table.y[row]).collect::<Vec<f32>>());
        let (x, y) = take(train);
        let networks: [(&[usize], &'static str); 3] = [(&[64, 32], "relu"), (&[32], "tanh"), (&[128, 128, 128, 128], "relu")];
        let (hidden, activation) = networks[rng.below(3)];
        let is_adam = rng.below(2) == 0;
        Self {
            x,
            y,
            test: take(test),
            classes: table.classes,
            hidden: hidden.to_vec(),
            activation,
            initial: (1.0, 0.0),
            zero_last: false,
            head: match table.classes {
                0 => "linear",
                2 => "sigmoid",
                _ => "softmax",
            },
            head_again: false,
            loss: match table.classes {
                0 => "mse",
                2 => "binary_crossentropy",
                _ => "sparse_categorical_crossentropy",
            },
            smoothing: 0.0,
            optimizer: if is_adam { "adam" } else { "sgd" },
            rate: if is_adam { 1e-3 } else { 1e-2 },
            l2: 0.0,
            dropout: 0.0,
            epochs: 60,
            batch: 32,
            shuffle: true,
            early_stopping: false,
            validation: 0.2,
            given_validation: None,
            target: (0.0, 1.0),
        }
    }

    pub fn outputs(&self) -> usize {
        if self.classes > 2 || self.head == "softmax" { self.classes } else { 1 }
    }

    pub fn model(&self, seed: u64) -> layercake::Result<Sequential<f32>> {
        let mut model = Sequential::with_seed(seed);
        let mut fan = self.x.ncols();
        for &units in &self.hidden {
            let mut layer = Dense::new(units).activation(self.activation);
            if self.initial != (1.0, 0.0) {
                let (factor, bias) = self.initial;
                layer = layer.kernel_initializer(initializer(factor, fan)).bias_initializer(Constant::new(bias));
            }
            if self.l2 > 0.0 {
                layer = layer.kernel_regularizer(L2::new(self.l2));
            }
            model.add(layer);
            if self.dropout > 0.0 {
                model.add(Dropout::new(self.dropout));
            }
            fan = units;
        }
        let mut last = Dense::new(self.outputs()).activation(self.head);
        if self.zero_last {
            last = last.kernel_initializer(Zeros);
        }
        model.add(last);
        if self.head_again {
            model.add(layers::Activation::new(self.head));
        }
        let metrics = if self.classes == 0 { "mae" } else { "accuracy" };
        let optimizer: Box<dyn Optimizer<f32>> = match self.optimizer {
            "adam" => Box::new(Adam::default().learning_rate(self.rate)),
            _ => Box::new(Sgd::default().learning_rate(self.rate).momentum(0.9)),
        };
        if self.smoothing > 0.0 && self.loss == "binary_crossentropy" {
            model.compile(optimizer, BinaryCrossentropy::default().label_smoothing(self.smoothing), metrics)?;
        } else {
            model.compile(optimizer, self.loss, metrics)?;
        }
        Ok(model)
    }

    /// The targets as the loss takes them.
    pub fn targets(&self, y: &[f32]) -> DMatrix<f32> {
        let is_one_hot = self.outputs() > 1 && !self.loss.starts_with("sparse");
        match is_one_hot {
            true => DMatrix::from_fn(y.len(), self.outputs(), |row, column| f32::from(u8::from(y[row] as usize == column))),
            false => DMatrix::from_column_slice(y.len(), 1, y),
        }
    }

    fn options(&self) -> FitOptions<'static, f32> {
        let options = FitOptions::new().epochs(self.epochs).batch_size(self.batch).shuffle(self.shuffle).threads(1);
        if !self.early_stopping {
            return options;
        }
        options.callback(EarlyStopping::new("val_loss").patience(10).restore_best_weights(true))
    }

    /// Calls `then` with the data and options of the training.
    pub fn with_options<R>(&self, then: impl FnOnce(&DMatrix<f32>, &DMatrix<f32>, FitOptions<'_, f32>) -> R) -> R {
        let y = self.targets(&self.y);
        let options = self.options();
        match &self.given_validation {
            Some((x_val, y_val)) => {
                let y_val = self.targets(y_val);
                then(&self.x, &y, options.validation_data(x_val, &y_val))
            }
            None => then(&self.x, &y, options.validation_split(self.validation)),
        }
    }

    /// Predicts the test rows with a model that was trained with a remedy.
    pub fn remedied(&self, remedy: &Remedy, seed: u64) -> layercake::Result<DMatrix<f32>> {
        let y = self.targets(&self.y);
        let given = self.given_validation.as_ref().map(|(x_val, y_val)| (x_val, self.targets(y_val)));
        let options = || -> FitOptions<'_, f32> {
            match &given {
                Some((x_val, y_val)) => self.options().validation_data(*x_val, y_val),
                None => self.options().validation_split(self.validation),
            }
        };
        let setup = diagnosis::Setup::new(|| self.model(seed), options).data(&self.x, &y);
        remedy.apply(&setup)?.fit()?.predict(&self.test.0)
    }

    /// Returns the skill of predictions for the test rows: 1 for no mistake, 0 for the best constant.
    pub fn skill(&self, predicted: &DMatrix<f32>) -> layercake::Result<f64> {
        let y = &self.test.1;
        if self.classes == 0 {
            let (mean, deviation) = self.target;
            let (_, spread) = crate::tables::moments(y);
            let wrong = |row: usize| f64::from((predicted[(row, 0)] - mean) / deviation - y[row]).powi(2);
            let mse = (0..y.len()).map(wrong).sum::<f64>() / y.len() as f64;
            let skill = 1.0 - mse / f64::from(spread).powi(2);
            return Ok(if skill.is_finite() { skill.max(-1.0) } else { -1.0 });
        }
        let class = |row: usize| match predicted.ncols() {
            1 => usize::from(predicted[(row, 0)] > 0.5),
            _ => predicted.row(row).transpose().imax(),
        };
        let right = (0..y.len()).filter(|&row| class(row) == y[row] as usize).count() as f64 / y.len() as f64;
        let common = (0..self.classes).map(|class| y.iter().filter(|label| **label as usize == class).count()).max().unwrap_or(0);
        let constant = common as f64 / y.len() as f64;
        Ok((right - constant) / (1.0 - constant).max(0.02))
    }
}
