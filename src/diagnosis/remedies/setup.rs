//! A training as the functions that make it, so that it can be run again with a change.

use super::super::remedy::Remedy;
use super::draft::Draft;
use super::fitted::Fitted;
use super::rows::Owned;
use crate::base::{Error, Result, Targets};
use crate::kernels::Scalar;
use crate::model::{FitOptions, Model};
use crate::part::compiled;
use nalgebra::DMatrix;
use std::fmt;
use std::rc::Rc;

type Build<'a, T> = dyn Fn() -> Result<Model<T>> + 'a;
type MakeOptions<'a, T> = dyn Fn() -> FitOptions<'a, T> + 'a;

/// A training that can be run several times: the functions that make the model and the options, and the data.
///
/// [`Remedy::apply`] returns a setup with a change; [`try_remedies`](Self::try_remedies) tries those of a diagnosis. For trainings
/// that differ in nothing else, make the model with a seed, [`Sequential::with_seed`](crate::Sequential::with_seed).
///
/// ```
/// use layercake::diagnosis::Setup;
/// use layercake::prelude::*;
/// use std::time::Duration;
///
/// fn build() -> layercake::Result<Sequential<f64>> {
///     let mut model = Sequential::with_seed(1);
///     model.add(Dense::new(8).activation(Relu));
///     model.add(Dense::new(1));
///     model.compile(Adam::default().learning_rate(1e-6), "mse", ())?;
///     Ok(model)
/// }
///
/// let options = || FitOptions::new().epochs(40).validation_split(0.25);
/// let x = DMatrix::from_fn(120, 2, |row, column| ((row * (column + 2)) as f64).sin());
/// let y = DMatrix::from_fn(120, 1, |row, _| x[(row, 0)] - 0.5 * x[(row, 1)]);
/// let mut diagnosis = Diagnosis::new();
/// build()?.fit(&x, &y, options().callback(&mut diagnosis))?;
///
/// let setup = Setup::new(build, options).data(&x, &y);
/// let tried = setup.try_remedies(&diagnosis, Duration::from_secs(5))?;
/// println!("{tried}");
/// assert!(tried.best().is_some());
/// # Ok::<(), layercake::Error>(())
/// ```
#[must_use]
pub struct Setup<'a, T: Scalar> {
    build: Rc<Build<'a, T>>,
    options: Rc<MakeOptions<'a, T>>,
    data: Option<(&'a DMatrix<T>, Targets<'a, T>)>,
    remedies: Vec<Remedy>,
}

impl<'a, T: Scalar> Setup<'a, T> {
    /// Creates the setup of the models that `build` makes and compiles, with the options that `options` makes.
    ///
    /// Callbacks are made anew for each training; leave out those that write files.
    pub fn new<'o: 'a, M: Into<Model<T>>>(
        build: impl Fn() -> Result<M> + 'a,
        options: impl Fn() -> FitOptions<'o, T> + 'a,
    ) -> Self {
        let build: Rc<Build<'a, T>> = Rc::new(move || build().map(Into::into));
        let options: Rc<MakeOptions<'a, T>> = Rc::new(move || -> FitOptions<'a, T> { options() });
        Self { build, options, data: None, remedies: Vec::new() }
    }

    /// Sets the data: one row of inputs and targets for each sample.
    pub fn data(mut self, x: &'a DMatrix<T>, y: impl Into<Targets<'a, T>>) -> Self {
        self.data = Some((x, y.into()));
        self
    }

    /// Returns the remedies that were applied, in the order in which a training applies them.
    pub fn remedies(&self) -> &[Remedy] {
        &self.remedies
    }

    /// Trains a new model, with the remedies that were applied.
    ///
    /// # Errors
    ///
    /// `build` fails, the setup has no data, a remedy does not fit the model or the data, or the training fails.
    pub fn fit(&self) -> Result<Fitted<T>> {
        compiled!(fn(setup: &Setup<'_, T>) -> Result<Fitted<T>> { setup.draft()?.fit() })(self)
    }

    /// Returns this setup with one remedy more.
    pub(super) fn with(&self, remedy: Remedy) -> Self {
        let mut setup = self.clone();
        let after = setup.remedies.iter().position(|other| other.stage() > remedy.stage()).unwrap_or(setup.remedies.len());
        setup.remedies.insert(after, remedy);
        setup
    }

    /// Builds a model and prepares its training.
    pub(super) fn draft(&self) -> Result<Draft<'a, T>> {
        self.draft_of((self.build)()?)
    }

    /// Prepares the training of a model that [`built`](Self::built) returned.
    pub(super) fn draft_of(&self, model: Model<T>) -> Result<Draft<'a, T>> {
        let Some((x, y)) = self.data else {
            return Err(Error::argument("Setup", "data", "none", "`.data(&x, &y)` with the inputs and the targets"));
        };
        super::super::check::check_is_single(&model, "Setup")?;
        let mut draft = Draft::new(model, (self.options)(), x, Owned::new(y))?;
        self.remedies.iter().try_for_each(|remedy| draft.apply(remedy))?;
        Ok(draft)
    }

    /// Builds a model without training it.
    pub(super) fn built(&self) -> Result<Model<T>> {
        (self.build)()
    }
}

impl<T: Scalar> Clone for Setup<'_, T> {
    fn clone(&self) -> Self {
        let Self { build, options, data, remedies } = self;
        Self { build: build.clone(), options: options.clone(), data: *data, remedies: remedies.clone() }
    }
}

impl<T: Scalar> fmt::Debug for Setup<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("remedies", &self.remedies).finish_non_exhaustive()
    }
}
