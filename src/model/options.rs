use crate::base::{Error, Inputs, Result, TargetList};
use crate::kernels::Scalar;
use crate::model::Callback;
use crate::model::DEFAULT_BATCH_SIZE;
use crate::training::CancelToken;
use std::fmt;
use std::time::Duration;

/// The options of [`Model::fit`](crate::Model::fit), with the names and defaults of Keras' arguments.
///
/// ```
/// use layercake::prelude::*;
///
/// let (x, y) = (dmatrix![1.0; 2.0; 3.0; 4.0], dmatrix![2.0; 4.0; 6.0; 8.0]);
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile("sgd", "mse", ())?;
/// let options = FitOptions::new().epochs(3).batch_size(2).validation_split(0.25).shuffle(false);
/// let history = model.fit(&x, &y, options)?;
/// assert_eq!(history["val_loss"].len(), 3);
/// # Ok::<(), layercake::Error>(())
/// ```
#[must_use]
pub struct FitOptions<'a, T: Scalar> {
    pub(crate) epochs: usize,
    pub(crate) initial_epoch: usize,
    pub(crate) batch_size: usize,
    pub(crate) shuffle: bool,
    pub(crate) streamed: bool,
    pub(crate) validation_split: Option<f64>,
    pub(crate) validation_data: Option<(Inputs<'a, T>, TargetList<'a, T>)>,
    pub(crate) validation_sample_weight: Option<&'a [T]>,
    pub(crate) validation_freq: usize,
    pub(crate) validation_batch_size: Option<usize>,
    pub(crate) class_weight: Vec<(usize, f64)>,
    pub(crate) sample_weight: Option<&'a [T]>,
    pub(crate) callbacks: Vec<Box<dyn Callback<T> + 'a>>,
    pub(crate) cancel: Option<CancelToken>,
    pub(crate) time_budget: Option<Duration>,
    pub(crate) threads: Option<usize>,
}

impl<'a, T: Scalar> FitOptions<'a, T> {
    /// Creates the default options: one epoch in shuffled batches of 32, without validation.
    pub fn new() -> Self {
        Self {
            epochs: 1,
            initial_epoch: 0,
            batch_size: DEFAULT_BATCH_SIZE,
            shuffle: true,
            streamed: false,
            validation_split: None,
            validation_data: None,
            validation_sample_weight: None,
            validation_freq: 1,
            validation_batch_size: None,
            class_weight: Vec::new(),
            sample_weight: None,
            callbacks: Vec::new(),
            cancel: None,
            time_budget: None,
            threads: None,
        }
    }

    /// Sets the number of epochs, which are passes through all data (default 1).
    ///
    /// With [`initial_epoch`](Self::initial_epoch), it is the number of the epoch before which the training ends, so that
    /// `epochs - initial_epoch` epochs are run.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.epochs = epochs;
        self
    }

    /// Sets the number of the first epoch, counted from 0, to continue an earlier training (default 0).
    pub fn initial_epoch(mut self, initial_epoch: usize) -> Self {
        self.initial_epoch = initial_epoch;
        self
    }

    /// Sets the number of samples in a batch, at least 1 (default 32); the last batch of an epoch may be smaller.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// Sets whether the samples are shuffled before each epoch (default: true).
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.shuffle = shuffle;
        self
    }

    /// Sets whether shuffled batches are read directly from `x`, without a copy of all data (default: false).
    ///
    /// By default, `fit` with shuffling makes a copy of `x` that is as large as `x` and stores each sample in consecutive
    /// memory, which is faster to read in a random order. Set this to true if the memory is too small for the copy: a step then
    /// takes longer, most of all if `x` has many columns and the first layer few units. The results are the same to the bit.
    /// Without shuffling, for validation and in `evaluate`, no such copy is made.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let x = DMatrix::from_fn(100, 8, |row, column| ((row + 3 * column) as f64).sin());
    /// let y = DMatrix::from_fn(100, 1, |row, _| x[(row, 0)] - x[(row, 1)]);
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Dense::new(1));
    /// model.compile("sgd", "mse", ())?;
    /// model.fit(&x, &y, FitOptions::new().streamed(true))?;
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn streamed(mut self, streamed: bool) -> Self {
        self.streamed = streamed;
        self
    }

    /// Sets the share of the samples for validation, above 0 and below 1 (default: no validation).
    ///
    /// These are the **last** rows of the data, before any shuffling; training does not use them.
    pub fn validation_split(mut self, validation_split: f64) -> Self {
        self.validation_split = Some(validation_split);
        self
    }

    /// Sets the data for validation (default: none); `validation_split` is then ignored.
    pub fn validation_data(mut self, x: impl Into<Inputs<'a, T>>, y: impl Into<TargetList<'a, T>>) -> Self {
        self.validation_data = Some((x.into(), y.into()));
        self
    }

    /// Sets the weight of each sample of the validation data, at least 0 (default: 1 each).
    ///
    /// It needs [`validation_data`](Self::validation_data). With `validation_split`, the validation samples have their weights
    /// from [`sample_weight`](Self::sample_weight).
    pub fn validation_sample_weight(mut self, weight: &'a [T]) -> Self {
        self.validation_sample_weight = Some(weight);
        self
    }

    /// Sets the number of epochs from one validation to the next, at least 1 (default 1); epochs are counted from epoch 0.
    pub fn validation_freq(mut self, validation_freq: usize) -> Self {
        self.validation_freq = validation_freq;
        self
    }

    /// Sets the number of samples in a batch of validation, at least 1 (default: the batch size of training).
    pub fn validation_batch_size(mut self, validation_batch_size: usize) -> Self {
        self.validation_batch_size = Some(validation_batch_size);
        self
    }

    /// Sets the weight of the samples of each class in training, at least 0 (default: 1 for each class that is not listed).
    ///
    /// The class of a sample is its class index, or the index of its largest one-hot target. Validation ignores these weights.
    /// If `sample_weight` is also given, the two weights are multiplied; Keras does not allow both.
    pub fn class_weight(mut self, class_weight: impl IntoIterator<Item = (usize, f64)>) -> Self {
        self.class_weight = class_weight.into_iter().collect();
        self
    }

    /// Sets the weight of each sample in the loss and in weighted metrics, at least 0 (default: 1 each).
    pub fn sample_weight(mut self, sample_weight: &'a [T]) -> Self {
        self.sample_weight = Some(sample_weight);
        self
    }

    /// Adds a callback, owned or borrowed; callbacks are called in the order in which they were added.
    pub fn callback(mut self, callback: impl Callback<T> + 'a) -> Self {
        self.callbacks.push(callback.into_boxed());
        self
    }

    /// Sets a token with which other code, for example another thread, can stop the training after the current batch.
    ///
    /// The history does not contain the unfinished epoch; the model keeps the weights that it had reached.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    /// Sets the time after which the training stops (default: no limit).
    ///
    /// The training stops after the current batch. The history does not contain the unfinished epoch; the model keeps the
    /// weights that it had reached.
    pub fn time_budget(mut self, time_budget: Duration) -> Self {
        self.time_budget = Some(time_budget);
        self
    }

    /// Sets the largest number of threads, at least 1 (default: the number that the machine allows the process).
    ///
    /// The number does not change any bit of the results. Further threads are started only if there is enough work for them,
    /// and they end before the call returns.
    #[cfg(feature = "parallel")]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        let at_least_1 = |argument: &str, value: usize| match value {
            0 => Err(Error::argument("FitOptions", argument, value, "a whole number >= 1")),
            _ => Ok(()),
        };
        at_least_1("batch_size", self.batch_size)?;
        at_least_1("validation_batch_size", self.validation_batch_size.unwrap_or(1))?;
        at_least_1("validation_freq", self.validation_freq)?;
        at_least_1("threads", self.threads.unwrap_or(1))?;
        if let Some(share) = self.validation_split
            && !(share > 0.0 && share < 1.0)
        {
            return Err(Error::argument("FitOptions", "validation_split", share, "a number > 0 and < 1"));
        }
        if self.validation_sample_weight.is_some() && self.validation_data.is_none() {
            let advice = "validation_data beside it (with validation_split, sample_weight gives the weights)";
            return Err(Error::argument("FitOptions", "validation_sample_weight", "given", advice));
        }
        match self.class_weight.iter().find(|(_, weight)| !(0.0..f64::INFINITY).contains(weight)) {
            Some((class, weight)) => {
                Err(Error::argument("FitOptions", format!("class_weight of class {class}"), *weight, "a finite number >= 0"))
            }
            None => Ok(()),
        }
    }
}

impl<T: Scalar> fmt::Debug for FitOptions<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("FitOptions");
        fields.field("epochs", &self.epochs).field("batch_size", &self.batch_size).field("shuffle", &self.shuffle);
        fields.field("callbacks", &self.callbacks.len()).finish_non_exhaustive()
    }
}

impl<T: Scalar> Default for FitOptions<'_, T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The options of [`Model::evaluate_with`](crate::Model::evaluate_with).
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile("sgd", "mse", ())?;
/// model.build(1)?;
/// let options = EvaluateOptions::new().batch_size(1).sample_weight(&[1.0, 0.0]);
/// let scores = model.evaluate_with(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], options)?;
/// assert!(scores.loss() > 0.0);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct EvaluateOptions<'a, T> {
    pub(crate) batch_size: usize,
    pub(crate) sample_weight: Option<&'a [T]>,
    pub(crate) threads: Option<usize>,
}

impl<'a, T> EvaluateOptions<'a, T> {
    /// Creates the default options: batches of 32, and a weight of 1 for each sample.
    pub fn new() -> Self {
        Self { batch_size: DEFAULT_BATCH_SIZE, sample_weight: None, threads: None }
    }

    /// Sets the number of samples in a batch, at least 1 (default 32).
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// Sets the weight of each sample in the loss and in weighted metrics, at least 0 (default: 1 each).
    pub fn sample_weight(mut self, sample_weight: &'a [T]) -> Self {
        self.sample_weight = Some(sample_weight);
        self
    }

    /// Sets the largest number of threads, at least 1, as [`FitOptions::threads`] does.
    #[cfg(feature = "parallel")]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        for (argument, value) in [("batch_size", self.batch_size), ("threads", self.threads.unwrap_or(1))] {
            if value == 0 {
                return Err(Error::argument("EvaluateOptions", argument, 0, "a whole number >= 1"));
            }
        }
        Ok(())
    }
}

impl<T> Default for EvaluateOptions<'_, T> {
    fn default() -> Self {
        Self::new()
    }
}
