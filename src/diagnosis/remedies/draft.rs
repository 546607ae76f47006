//! A training before it starts, as values that remedies change: the model, the options and the data.

use super::columns::Step;
use super::fitted::{Answers, Fitted};
use super::rows::Owned;
use crate::base::{Error, Result, Rng, derived_seed};
use crate::kernels::Scalar;
use crate::model::{FitOptions, Model};
use nalgebra::DMatrix;
use std::borrow::Cow;

/// A training before it starts.
pub(super) struct Draft<'a, T: Scalar> {
    pub(super) model: Model<T>,
    /// The options, without the validation data and the weights of samples.
    pub(super) options: FitOptions<'a, T>,
    pub(super) train: Rows<'a, T>,
    pub(super) validation: Option<Rows<'a, T>>,
    /// What was done to the columns of the inputs.
    pub(super) steps: Vec<Step>,
    /// What was done to the targets.
    pub(super) answers: Answers,
    /// The number of columns of the data as they were given.
    width: usize,
}

/// Inputs, targets and weights of rows, as they were given, but for the cells that were replaced.
#[derive(Clone)]
pub(super) struct Rows<'a, T: Scalar> {
    pub(super) x: Cow<'a, DMatrix<T>>,
    pub(super) y: Owned<T>,
    pub(super) weight: Option<Vec<T>>,
}

impl<'a, T: Scalar> Draft<'a, T> {
    pub(super) fn new(model: Model<T>, mut options: FitOptions<'a, T>, x: &'a DMatrix<T>, y: Owned<T>) -> Result<Self> {
        if x.nrows() != y.count() {
            return Err(Error::argument("Setup", "rows of y", y.count(), format!("{}, as many as x has", x.nrows())));
        }
        let weight = options.sample_weight.take().map(<[T]>::to_vec);
        let validation = match options.validation_data.take() {
            None => None,
            Some((inputs, targets)) => {
                let Some(x) = inputs.only() else {
                    return Err(Error::argument("Setup", "validation inputs", "several", "one matrix"));
                };
                let weight = options.validation_sample_weight.take().map(<[T]>::to_vec);
                Some(Rows { x: Cow::Borrowed(x), y: Owned::only(&targets)?, weight })
            }
        };
        if validation.is_some() {
            options.validation_split = None;
        }
        let train = Rows { x: Cow::Borrowed(x), y, weight };
        Ok(Self { model, options, train, validation, steps: Vec::new(), answers: Answers::default(), width: x.ncols() })
    }

    /// Returns the number of the first rows that the training uses; the others are for validation.
    pub(super) fn trained_rows(&self) -> usize {
        let rows = self.train.y.count();
        match self.options.validation_split {
            // as in `fit`
            Some(share) => ((rows as f64 * (1.0 - share)).floor() as usize).clamp(1.min(rows), rows),
            None => rows,
        }
    }

    /// Returns a generator whose numbers depend on the seed of the model and the use.
    pub(super) fn rng(&self, purpose: u64) -> Rng {
        Rng::new(derived_seed(self.model.seed(), &[purpose]))
    }

    /// Applies a step to the columns of all rows, and gives the model the new width.
    pub(super) fn push_step(&mut self, step: Step) -> Result<()> {
        for rows in std::iter::once(&mut self.train).chain(&mut self.validation) {
            rows.x = Cow::Owned(step.apply(&rows.x));
        }
        self.steps.push(step);
        let width = self.train.x.ncols();
        if self.model.input_shape().is_some_and(|shape| shape.width() != width) {
            self.model = self.model.redrawn(self.model.graph.clone(), width, &[])?;
        }
        Ok(())
    }

    /// Changes the targets of all rows.
    pub(super) fn map_targets(&mut self, change: &dyn Fn(&Owned<T>) -> Result<Owned<T>>) -> Result<()> {
        for rows in std::iter::once(&mut self.train).chain(&mut self.validation) {
            rows.y = change(&rows.y)?;
        }
        Ok(())
    }

    /// Takes all rows together, and returns them with the number of those for validation.
    pub(super) fn pooled(&self) -> Result<(Rows<'a, T>, usize)> {
        let Some(validation) = &self.validation else {
            return Ok((self.train.clone(), self.train.y.count() - self.trained_rows()));
        };
        let (train, one) = (&self.train, T::one());
        let weight = match (&train.weight, &validation.weight) {
            (None, None) => None,
            (own, others) => {
                let of = |weight: &Option<Vec<T>>, rows: usize| weight.clone().unwrap_or_else(|| vec![one; rows]);
                Some([of(own, train.y.count()), of(others, validation.y.count())].concat())
            }
        };
        let (rows, columns) = train.x.shape();
        if validation.x.ncols() != columns {
            let allowed = format!("{columns}, as x has");
            return Err(Error::argument("validation_data", "columns", validation.x.ncols(), allowed));
        }
        let cell = |row: usize, column: usize| match row < rows {
            true => train.x[(row, column)],
            false => validation.x[(row - rows, column)],
        };
        let x = DMatrix::from_fn(rows + validation.x.nrows(), columns, cell);
        Ok((Rows { x: Cow::Owned(x), y: train.y.followed_by(&validation.y)?, weight }, validation.y.count()))
    }

    /// Makes the first `kept` rows of this order those of the training, and the others those for validation.
    pub(super) fn split(&mut self, all: &Rows<'a, T>, order: &[usize], kept: usize) -> Result<()> {
        if kept == 0 || kept == order.len() {
            let allowed = "rows that leave at least one on each side";
            return Err(Error::argument("Remedy", "rows for training", kept, allowed));
        }
        (self.train, self.validation) = (all.take(&order[..kept]), Some(all.take(&order[kept..])));
        self.options.validation_split = None;
        Ok(())
    }

    /// Trains the model.
    pub(super) fn fit(self) -> Result<Fitted<T>> {
        let Self { mut model, options, train, validation, steps, answers, width } = self;
        let mut options: FitOptions<'_, T> = options;
        if let Some(validation) = &validation {
            options = options.validation_data(&*validation.x, validation.y.lent());
            options.validation_sample_weight = validation.weight.as_deref();
        }
        options.sample_weight = train.weight.as_deref();
        let history = model.fit(&*train.x, train.y.lent(), options)?;
        Ok(Fitted::new(model, history, steps, answers, width))
    }

    /// Returns the validation rows, or without them those of the training.
    pub(super) fn judged(&self) -> Rows<'a, T> {
        match (&self.validation, self.trained_rows()) {
            (Some(validation), _) => validation.clone(),
            (None, kept) if kept < self.train.y.count() => self.train.take(&(kept..self.train.y.count()).collect::<Vec<_>>()),
            (None, _) => self.train.clone(),
        }
    }
}

impl<'a, T: Scalar> Rows<'a, T> {
    /// Returns these rows.
    pub(super) fn take(&self, rows: &[usize]) -> Self {
        let weight = self.weight.as_ref().map(|weight| rows.iter().map(|&row| weight[row]).collect());
        Self { x: Cow::Owned(self.x.select_rows(rows)), y: self.y.take(rows), weight }
    }
}
