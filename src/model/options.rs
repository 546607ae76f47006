use crate::base::Targets;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::model::Callback;
use crate::model::DEFAULT_BATCH_SIZE;
use crate::training::CancelToken;
use nalgebra::DMatrix;
use std::fmt;
use std::time::Duration;

/// How `fit` trains; Keras' arguments of `fit` with Keras' defaults.
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
    pub(crate) validation_data: Option<(&'a DMatrix<T>, Targets<'a, T>)>,
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
    /// One epoch in shuffled batches of 32, without validation.
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

    /// How often the data are gone through (default 1); with an initial epoch, the epoch to end at.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.epochs = epochs;
        self
    }

    /// The epoch to begin at, to go on with an earlier training (default 0).
    pub fn initial_epoch(mut self, initial_epoch: usize) -> Self {
        self.initial_epoch = initial_epoch;
        self
    }

    /// How many samples a step takes, at least 1 (default 32); the last batch of an epoch may be shorter.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// Whether each epoch takes the samples in a new random order (default: true).
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.shuffle = shuffle;
        self
    }

    /// Whether shuffled batches are taken from the rows of `x` each time, instead of from a copy of it (default: false).
    ///
    /// The copy has one sample after the other, so that a random one is found in one place and not in every column; it is as
    /// large as `x`. Where the data take most of the memory, do without it: the results are the same bits, and a step takes
    /// longer, the more so the more columns there are to a unit of the first layer. Rows in their own order are never copied
    /// as a whole: without `shuffle`, for validation, and in `evaluate`.
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

    /// The share of the samples, above 0 and below 1, to validate on: the **last** rows, before any shuffling.
    pub fn validation_split(mut self, validation_split: f64) -> Self {
        self.validation_split = Some(validation_split);
        self
    }

    /// The data to validate on after each epoch; wins over a split.
    pub fn validation_data(mut self, x: &'a DMatrix<T>, y: impl Into<Targets<'a, T>>) -> Self {
        self.validation_data = Some((x, y.into()));
        self
    }

    /// The weight of each sample of the validation data.
    pub fn validation_sample_weight(mut self, weight: &'a [T]) -> Self {
        self.validation_sample_weight = Some(weight);
        self
    }

    /// After how many epochs each to validate, counted from the first of all, at least 1 (default 1).
    pub fn validation_freq(mut self, validation_freq: usize) -> Self {
        self.validation_freq = validation_freq;
        self
    }

    /// How many samples validation takes at once, at least 1 (default: the batch size).
    pub fn validation_batch_size(mut self, validation_batch_size: usize) -> Self {
        self.validation_batch_size = Some(validation_batch_size);
        self
    }

    /// How much the samples of each class count, at least 0; a class left out counts 1. Validation is not touched.
    ///
    /// Together with `sample_weight` the two multiply (Keras refuses both at once).
    pub fn class_weight(mut self, class_weight: impl IntoIterator<Item = (usize, f64)>) -> Self {
        self.class_weight = class_weight.into_iter().collect();
        self
    }

    /// How much each sample counts, at least 0.
    pub fn sample_weight(mut self, sample_weight: &'a [T]) -> Self {
        self.sample_weight = Some(sample_weight);
        self
    }

    /// One more callback, owned or borrowed; they are called in the order they were given.
    pub fn callback(mut self, callback: impl Callback<T> + 'a) -> Self {
        self.callbacks.push(callback.into_boxed());
        self
    }

    /// A token that another thread can stop the training with, after the batch it is at.
    ///
    /// An epoch that was not finished does not enter the history; the model keeps the weights it has reached.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    /// How long training may take; it stops like one that is cancelled, after the batch it is at.
    pub fn time_budget(mut self, time_budget: Duration) -> Self {
        self.time_budget = Some(time_budget);
        self
    }

    /// How many threads may work, at least 1 (default: as many as the machine has for the process).
    ///
    /// The results have the same bits for any number. Others than the caller's are started only where there is work enough
    /// for them, and end with the call.
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
            let advice = "validation_data beside it (a split takes the weights of its rows along)";
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

/// How `evaluate_with` goes through the data.
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
    /// Batches of 32, each sample counting 1.
    pub fn new() -> Self {
        Self { batch_size: DEFAULT_BATCH_SIZE, sample_weight: None, threads: None }
    }

    /// How many samples are taken at once, at least 1 (default 32).
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// How much each sample counts, at least 0.
    pub fn sample_weight(mut self, sample_weight: &'a [T]) -> Self {
        self.sample_weight = Some(sample_weight);
        self
    }

    /// How many threads may work, at least 1 (default: as many as the machine has for the process).
    ///
    /// As in [`FitOptions::threads`].
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
