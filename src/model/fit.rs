//! The methods that train and evaluate.

use super::Model;
use super::watched::Fit;
use super::{EvaluateOptions, FitOptions};
use crate::base::{Data, Inputs, Result, TargetList};
use crate::kernels::{self, Scalar};
use crate::part::compiled;
use crate::training::{Epochs, Gathering, History, Limits, Logs, Objective, Plan, Workspace};
use std::time::Instant;

/// The largest number of samples that an initializer reads.
const SAMPLE: usize = 1024;

impl<T: Scalar> Model<T> {
    /// Trains the model on the data in batches, for a number of epochs, and returns the loss and the metrics of each epoch.
    /// [Keras](https://keras.io/api/models/model_training_apis/)
    ///
    /// `x` has one row for each sample. `y` is a matrix or a vector with one row for each sample, or a slice of class indices.
    /// For a model with several inputs or outputs they are tuples, arrays or `Vec`s of these; see [`Inputs`] and [`TargetList`].
    /// [`FitOptions`] lists the options and their defaults. A model that is not built yet is built for the width of `x`. The
    /// optimizer keeps its state from an earlier `fit`; `compile` resets it.
    ///
    /// # Errors
    ///
    /// It fails if the model is not compiled, if the shape of the data or a target does not fit the model, the loss or a
    /// metric, if the data contain NaN or infinity, or if an option is out of range; the model is then unchanged. It also
    /// returns the error of a callback; the model then keeps the weights that it had reached.
    pub fn fit<'a, 'b>(
        &mut self,
        x: impl Into<Inputs<'a, T>>,
        y: impl Into<TargetList<'b, T>>,
        options: FitOptions<'_, T>,
    ) -> Result<History> {
        compiled!(
            fn(model: &mut Model<T>, x: Inputs<'_, T>, y: TargetList<'_, T>, options: FitOptions<'_, T>) -> Result<History> {
                let started = Instant::now();
                options.check()?;
                kernels::with_threads(options.threads, || model.train(x, y, options, started))
            }
        )(self, x.into(), y.into(), options)
    }

    fn train(&mut self, x: Inputs<'_, T>, y: TargetList<'_, T>, options: FitOptions<'_, T>, started: Instant) -> Result<History> {
        self.check_compiled("fit")?;
        self.check_shape("x", &x)?;
        let mut data = Data::new(["x", "y", "sample_weight"], x, &y, options.sample_weight)?;
        data.check_weights("sample_weight")?;
        let validation = match (options.validation_data, options.validation_split) {
            (Some((x, y)), _) => {
                self.check_shape("validation x", &x)?;
                let names = ["validation x", "validation y", "validation sample_weight"];
                Some(Data::new(names, x, &y, options.validation_sample_weight)?)
            }
            (None, Some(share)) => Some(data.split_off_tail(share)?),
            (None, None) => None,
        };
        data.check_weights("sample_weight of the rows for training")?;
        if let Some(validation) = &validation {
            validation.check_weights("sample_weight of the rows for validation")?;
        }
        data.weigh_classes(&options.class_weight)?;
        let was_built = self.network.is_some();
        let objective = self.prepare(&data, validation.as_ref())?;
        if let Err(error) = data.check_class_weights(&options.class_weight, self.built("fit")?.output().width()) {
            if !was_built {
                self.unbuild();
            }
            return Err(error);
        }
        let undefined = match options.callbacks.is_empty() {
            true => Vec::new(),
            false => self.undefined(&data, validation.as_ref())?,
        };
        let plan = Plan {
            epochs: options.epochs,
            initial_epoch: options.initial_epoch,
            batch_size: options.batch_size,
            shuffle: options.shuffle,
            streamed: options.streamed,
            validation_batch_size: options.validation_batch_size.unwrap_or(options.batch_size),
            validation_freq: options.validation_freq,
            limits: Limits { cancel: options.cancel, time_budget: options.time_budget, started },
        };
        let epochs = Epochs::new(self.built("fit")?, &data, validation.as_ref(), objective, plan);
        let history = epochs.run(&mut Fit::new(self, options.callbacks, undefined));
        // a callback may have failed after it replaced the weights with their averages
        self.trained("fit")?.restore_weights();
        history
    }

    /// Returns the loss and the metrics of the model for these data, computed in batches of 32.
    ///
    /// `x` and `y` are as for [`fit`](Self::fit). The loss is the mean of the losses of the batches, weighted
    /// by their numbers of samples; it includes the penalties of regularizers.
    ///
    /// # Errors
    ///
    /// It fails if the model is not compiled or not built, if the shape of the data or a target does not fit the model, the
    /// loss or a metric, or if the data contain NaN or infinity.
    pub fn evaluate<'a, 'b>(&self, x: impl Into<Inputs<'a, T>>, y: impl Into<TargetList<'b, T>>) -> Result<Logs> {
        self.evaluate_with(x, y, EvaluateOptions::new())
    }

    /// Returns the loss and the metrics as [`evaluate`](Self::evaluate) does, with options such as the batch size.
    ///
    /// # Errors
    ///
    /// It fails as `evaluate` does, or if an option is out of range.
    pub fn evaluate_with<'a, 'b>(
        &self,
        x: impl Into<Inputs<'a, T>>,
        y: impl Into<TargetList<'b, T>>,
        options: EvaluateOptions<'_, T>,
    ) -> Result<Logs> {
        compiled!(
            fn(model: &Model<T>, x: Inputs<'_, T>, y: TargetList<'_, T>, options: EvaluateOptions<'_, T>) -> Result<Logs> {
                options.check()?;
                kernels::with_threads(options.threads, || model.score("evaluate", x, y, options))
            }
        )(self, x.into(), y.into(), options)
    }

    fn score(
        &self,
        method: &'static str,
        x: Inputs<'_, T>,
        y: TargetList<'_, T>,
        options: EvaluateOptions<'_, T>,
    ) -> Result<Logs> {
        let compiled = self.check_compiled(method)?;
        let network = self.built(method)?;
        self.check_shape("x", &x)?;
        let data = Data::new(["x", "y", "sample_weight"], x, &y, options.sample_weight)?;
        data.check_weights("sample_weight")?;
        let mut objective = compiled.objective(network, &data)?;
        let batch_size = options.batch_size.min(data.count());
        let mut gathering = Gathering::new(&data, batch_size);
        objective.test_all(network, &data, batch_size, &mut gathering, &mut Workspace::for_evaluation(network, batch_size));
        Ok(logs_of(&objective))
    }

    /// Runs one step of training on all of these samples as one batch, and returns their loss and metrics before the step.
    ///
    /// The metrics are those of these samples only; Keras accumulates metrics over several calls.
    ///
    /// # Errors
    ///
    /// It fails as [`fit`](Self::fit) does, and if a schedule depends on the share of the training that is done.
    pub fn train_on_batch<'a, 'b>(&mut self, x: impl Into<Inputs<'a, T>>, y: impl Into<TargetList<'b, T>>) -> Result<Logs> {
        compiled!(
            fn(model: &mut Model<T>, x: Inputs<'_, T>, y: TargetList<'_, T>) -> Result<Logs> { model.train_one(x, y) }
        )(self, x.into(), y.into())
    }

    fn train_one(&mut self, x: Inputs<'_, T>, y: TargetList<'_, T>) -> Result<Logs> {
        self.check_compiled("train_on_batch")?.optimizer.check_schedules("train_on_batch")?;
        self.check_shape("x", &x)?;
        kernels::with_threads(None, || {
            let data = Data::new(["x", "y", "sample_weight"], x, &y, None)?;
            let mut objective = self.prepare(&data, None)?;
            let count = data.count();
            let network = self.built("train_on_batch")?;
            let mut workspace = Workspace::for_evaluation(network, count).and_training(network, count);
            let mut gathering = Gathering::new(&data, count);
            let batch = gathering.sequence(&data, 0, count);
            self.trained("train_on_batch")?.step(&mut objective, batch, &mut workspace, 0.0);
            Ok(logs_of(&objective))
        })
    }

    /// Returns the loss and the metrics of all of these samples as one batch.
    ///
    /// # Errors
    ///
    /// It fails as [`evaluate`](Self::evaluate) does.
    pub fn test_on_batch<'a, 'b>(&self, x: impl Into<Inputs<'a, T>>, y: impl Into<TargetList<'b, T>>) -> Result<Logs> {
        compiled!(
            fn(model: &Model<T>, x: Inputs<'_, T>, y: TargetList<'_, T>) -> Result<Logs> {
                let options = EvaluateOptions::new().batch_size(x.rows().max(1));
                kernels::with_threads(None, || model.score("test_on_batch", x, y, options))
            }
        )(self, x.into(), y.into())
    }

    /// Returns the names of the series that are undefined for these data, each with the reason.
    fn undefined(&self, data: &Data<'_, T>, validation: Option<&Data<'_, T>>) -> Result<Vec<(String, String)>> {
        let (network, compiled) = (self.built("fit")?, self.check_compiled("fit")?);
        let mut undefined = compiled.undefined(network, data)?;
        if let Some(validation) = validation {
            let of_validation = compiled.undefined(network, validation)?;
            undefined.extend(of_validation.into_iter().map(|(name, why)| (format!("val_{name}"), why)));
        }
        Ok(undefined)
    }

    /// Builds the model for these data unless it is built, and checks the data; on an error the model is unchanged.
    fn prepare(&mut self, data: &Data<'_, T>, validation: Option<&Data<'_, T>>) -> Result<Objective<T>> {
        let was_built = self.network.is_some();
        let prepared = self.build_and_check(data, validation);
        if prepared.is_err() && !was_built {
            self.unbuild();
        }
        prepared
    }

    fn build_and_check(&mut self, data: &Data<'_, T>, validation: Option<&Data<'_, T>>) -> Result<Objective<T>> {
        self.build_for(&data.x.shape, &|| data.x.first_samples(SAMPLE))?;
        let network = self.built("fit")?;
        let compiled = self.check_compiled("fit")?;
        if let Some(validation) = validation {
            compiled.objective(network, validation)?;
        }
        compiled.objective(network, data)
    }
}

fn logs_of<T: Scalar>(objective: &Objective<T>) -> Logs {
    let mut logs = Logs::new(objective.names().into());
    logs.set_from(0, objective.results());
    logs
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;
    use std::hash::{DefaultHasher, Hasher};

    /// Returns a hash of the results of a training: the weights, losses, scores and predictions.
    fn bits(rows: usize, widths: &[usize], batch_size: usize, threads: usize) -> u64 {
        let mut rng = crate::base::Rng::new(1);
        let x = DMatrix::from_fn(rows, widths[0], |_, _| 2.0 * rng.uniform() as f32 - 1.0);
        let y: Vec<usize> = (0..rows).map(|row| row * row % 3).collect();
        let mut model = Sequential::with_seed(1);
        for &units in &widths[1..] {
            model.add(Dense::new(units).activation(Relu));
            model.add(BatchNormalization::default());
            model.add(Dropout::new(0.1));
        }
        model.add(Dense::new(3).activation(Softmax));
        model.compile("adam", "sparse_categorical_crossentropy", "accuracy").unwrap();
        let options = FitOptions { batch_size, threads: Some(threads), epochs: 2, ..FitOptions::new() };
        let history = model.fit(&x, &y, options).unwrap();
        let options = EvaluateOptions { batch_size, threads: Some(threads), ..EvaluateOptions::new() };
        let scores = model.evaluate_with(&x, &y, options).unwrap();
        let mut hasher = DefaultHasher::new();
        let matrices = model.get_weights().into_iter().chain([model.predict(&x).unwrap()]);
        matrices.for_each(|matrix| matrix.iter().for_each(|value| hasher.write_u32(value.to_bits())));
        history["loss"].iter().chain([&scores.loss()]).for_each(|loss| hasher.write_u64(loss.to_bits()));
        hasher.finish()
    }

    /// Checks that the number of threads changes no bit; `.ci/run` compares the printed hashes with and without `parallel`.
    #[test]
    fn bits_of_trainings() {
        // the last two models are large enough to use several threads
        for (rows, widths, batch_size) in
            [(150, &[4, 16][..], 16), (700, &[13, 64, 64], 32), (300, &[784, 512, 512], 128), (600, &[300, 1000], 300)]
        {
            let hash = bits(rows, widths, batch_size, 3);
            println!("bits of {widths:?}: {hash:016x}");
            assert_eq!(hash, bits(rows, widths, batch_size, 1), "{widths:?} on one thread");
        }
    }
}
