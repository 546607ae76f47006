//! What the training of one trial needs: the functions that build the model, make its options and prepare its data.

use super::HyperParameters;
use super::space::{Describe, Settings};
use crate::base::{Error, Result, Targets};
use crate::data::{MinMaxScaler, StandardScaler};
use crate::ensemble::adapt;
use crate::kernels::Scalar;
use crate::metrics::Direction;
use crate::model::{FitOptions, Model};
use crate::training::CancelToken;
use nalgebra::DMatrix;
use std::sync::Arc;

pub(super) type Build<'a, T> = dyn Fn(&mut HyperParameters) -> Result<Model<T>> + Send + Sync + 'a;
type MakeOptions<'a, T> = dyn Fn(&mut HyperParameters) -> FitOptions<'a, T> + Send + Sync + 'a;
type Prepare<'a, T> = dyn Fn(&DMatrix<T>) -> Result<Box<dyn Transform<T>>> + Send + Sync + 'a;

/// What was fitted to the training rows and is applied to all others: a scaler, or a function from matrix to matrix.
pub trait Transform<T: Scalar> {
    /// Returns the transformed rows.
    ///
    /// # Errors
    ///
    /// It fails if the rows do not fit those of the training.
    fn transform(&self, x: &DMatrix<T>) -> Result<DMatrix<T>>;
}

impl<T: Scalar> Transform<T> for StandardScaler {
    fn transform(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        self.transform(x)
    }
}

impl<T: Scalar> Transform<T> for MinMaxScaler {
    fn transform(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        self.transform(x)
    }
}

impl<T: Scalar, F: Fn(&DMatrix<T>) -> Result<DMatrix<T>>> Transform<T> for F {
    fn transform(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        self(x)
    }
}

/// What the training of one trial needs.
#[derive(Clone)]
pub(super) struct Recipe<'a, T: Scalar> {
    pub(super) build: Arc<Build<'a, T>>,
    pub(super) fit_options: Arc<MakeOptions<'a, T>>,
    pub(super) prepare: Option<Arc<Prepare<'a, T>>>,
    pub(super) objective: String,
    pub(super) direction: Option<Direction>,
    pub(super) patience: Option<usize>,
    pub(super) cancel: Option<CancelToken>,
}

impl<'a, T: Scalar> Recipe<'a, T> {
    /// Returns the function that asks for the hyperparameters of the model and of the options.
    pub(super) fn describe<'d>(&self) -> Describe<'d>
    where
        'a: 'd,
    {
        let (build, fit_options) = (self.build.clone(), self.fit_options.clone());
        Box::new(move |hp| {
            let built = build(hp).map(drop);
            drop(fit_options(hp));
            built
        })
    }

    /// Makes the options of a training; fails if they have what a search sets itself.
    pub(super) fn options(&self, hp: &mut HyperParameters) -> Result<FitOptions<'a, T>> {
        let options = (self.fit_options)(hp);
        let set = [
            ("epochs", options.epochs != 1 || options.initial_epoch != 0, "`max_epochs` of the search"),
            (
                "validation",
                options.validation_split.is_some() || options.validation_data.is_some(),
                "`folds`, `validation_split` or `validation_data` of the search",
            ),
            ("sample_weight", options.sample_weight.is_some(), "`class_weight`: the rows of a fold have no weights of their own"),
            ("time_budget", options.time_budget.is_some(), "`time_budget` of the search"),
            ("cancel", options.cancel.is_some(), "`cancel` of the search"),
            ("threads", options.threads.is_some(), "`threads` of the search"),
        ];
        match set.iter().find(|(_, is_set, _)| *is_set) {
            Some((option, _, instead)) => Err(Error::argument("fit_options of a search", *option, "given", *instead)),
            None => Ok(options),
        }
    }

    /// Trains a model with these settings on these rows, without validation.
    pub(super) fn train(
        &self,
        settings: Settings,
        seed: u64,
        epochs: usize,
        threads: Option<usize>,
        (x, y): (&DMatrix<T>, Targets<'_, T>),
    ) -> Result<Model<T>> {
        let mut hp = HyperParameters::given(seed, settings);
        let prepared = self.prepare.as_ref().map(|prepare| prepare(x)?.transform(x)).transpose()?;
        let x = prepared.as_ref().unwrap_or(x);
        let mut model = adapt((self.build)(&mut hp)?, x)?;
        let options = FitOptions { epochs, threads, cancel: self.cancel.clone(), ..self.options(&mut hp)? };
        model.fit(x, y, options)?;
        Ok(model)
    }
}
