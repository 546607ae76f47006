//! A trained model with what its data went through.

use super::columns::Step;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::model::Model;
use crate::part::compiled;
use crate::training::History;
use nalgebra::DMatrix;

/// A model that a [`Setup`](super::Setup) trained, with what remedies did to its data.
///
/// [`predict`](Self::predict) takes rows as they are and answers in the units of the targets as they were given. The model
/// itself takes rows of the columns that the remedies left, and answers in the units that it was trained in.
#[derive(Debug)]
pub struct Fitted<T: Scalar> {
    model: Model<T>,
    history: History,
    steps: Vec<Step>,
    pub(super) answers: Answers,
    /// The number of columns of the data as they were given.
    width: usize,
}

/// What was done to the targets.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    /// The mean and the deviation by which each column was standardised.
    pub(super) scales: Vec<(f64, f64)>,
    /// The target that each class stands for.
    pub(super) classes: Option<Vec<f64>>,
}

impl<T: Scalar> Fitted<T> {
    pub(super) fn new(model: Model<T>, history: History, steps: Vec<Step>, answers: Answers, width: usize) -> Self {
        Self { model, history, steps, answers, width }
    }

    /// Returns the trained model.
    pub fn model(&self) -> &Model<T> {
        &self.model
    }

    /// Returns the loss and the metrics of each epoch.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Returns the target that each class of the model stands for, if a remedy numbered the classes; else `None`.
    pub fn classes(&self) -> Option<&[f64]> {
        self.answers.classes.as_deref()
    }

    /// Returns the rows as the model takes them, with the columns that the remedies left and added.
    ///
    /// # Errors
    ///
    /// The rows have another number of columns than those of the training.
    pub fn transform(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        compiled!(fn(fitted: &Fitted<T>, x: &DMatrix<T>) -> Result<DMatrix<T>> { fitted.transformed(x) })(self, x)
    }

    fn transformed(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        if x.ncols() != self.width {
            let hint = "give it the columns of the data that were trained on";
            return Err(Error::Width { what: "x", rows: x.nrows(), columns: x.ncols(), expected: self.width, hint });
        }
        Ok(self.steps.iter().fold(x.clone(), |x, step| step.apply(&x)))
    }

    /// Predicts for rows as they are, in the units of the targets as they were given.
    ///
    /// # Errors
    ///
    /// The rows have another number of columns than those of the training, or contain NaN or infinity that no remedy fills.
    pub fn predict(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        compiled!(
            fn(fitted: &Fitted<T>, x: &DMatrix<T>) -> Result<DMatrix<T>> {
                let mut predicted = fitted.model.predict(&fitted.transformed(x)?)?;
                fitted.answers.undo(&mut predicted);
                Ok(predicted)
            }
        )(self, x)
    }
}

impl Answers {
    /// Returns numbers to the units of the targets as they were given.
    pub(super) fn undo<T: Scalar>(&self, numbers: &mut DMatrix<T>) {
        for (mut column, (mean, deviation)) in numbers.column_iter_mut().zip(&self.scales) {
            column.iter_mut().for_each(|value| *value = T::of(value.to_f64() * deviation + mean));
        }
    }
}
