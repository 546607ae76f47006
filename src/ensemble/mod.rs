//! Ensembles: models that were trained for the same task, whose predictions are averaged.
//!
//! On small tables the mean of five trainings is usually better than the best of them, and it says how sure it is:
//! the members of an ensemble differ most where there are few data.
//!
//! ```
//! use layercake::ensemble::{Ensemble, EnsembleOptions};
//! use layercake::prelude::*;
//!
//! let x = DMatrix::from_fn(60, 2, |row, column| ((3 * row + 5 * column) as f64).sin());
//! let y = DMatrix::from_fn(60, 1, |row, _| if x[(row, 0)] > x[(row, 1)] { 1.0 } else { 0.0 });
//! let build = |seed| {
//!     let mut model = Sequential::with_seed(seed);
//!     model.add(Dense::new(8).activation(Relu));
//!     model.add(Dense::new(1).activation(Sigmoid));
//!     model.compile("adam", "binary_crossentropy", "accuracy")?;
//!     Ok(model)
//! };
//! // five folds: each member is trained without its fold, and stops when its loss there no longer falls
//! let options = EnsembleOptions::new().folds(data::KFold::new(5)).seed(1).fit_options(|_| {
//!     let stop = EarlyStopping::new("val_loss").patience(3).restore_best_weights(true);
//!     FitOptions::new().epochs(20).callback(stop)
//! });
//! let ensemble = Ensemble::fit(build, &x, &y, options)?;
//! assert_eq!(ensemble.members().len(), 5);
//! println!("{}", ensemble.evaluate(&x, &y)?);
//! let (probabilities, spread) = (ensemble.predict(&x)?, ensemble.spread(&x)?);
//! assert_eq!(probabilities.shape(), spread.shape());
//! # Ok::<(), layercake::Error>(())
//! ```

mod adapt;
mod combine;
mod fit;

pub(crate) use adapt::adapt;
pub use fit::EnsembleOptions;

#[cfg(feature = "keras")]
use crate::base::Error;
use crate::base::{Result, Targets};
use crate::kernels::Scalar;
use crate::model::Model;
#[cfg(feature = "keras")]
use crate::model::Sequential;
use crate::part::compiled;
#[cfg(feature = "keras")]
use crate::saving::Registry;
use crate::training::{History, Logs};
use nalgebra::DMatrix;
#[cfg(feature = "keras")]
use std::path::Path;

/// Models for the same task, whose predictions are averaged: `y = (y1 + .. + yk) / k`.
///
/// The mean is of what the models return: probabilities if they end with a sigmoid or softmax, else numbers.
/// [`fit`](Self::fit) trains the members, [`new`](Self::new) takes models that are trained already.
#[derive(Debug, Clone)]
pub struct Ensemble<T: Scalar> {
    members: Vec<Model<T>>,
    histories: Vec<History>,
    /// The model of all members as branches, and a layer that averages their outputs.
    combined: Model<T>,
}

impl<T: Scalar> Ensemble<T> {
    /// Makes an ensemble of trained models, which must take the same inputs and have the same number of outputs.
    ///
    /// The ensemble is compiled with the loss and the metrics of the first member, if that is compiled.
    ///
    /// # Errors
    ///
    /// It fails if there is no model, if one is not built, or if their inputs or outputs differ in shape.
    ///
    /// ```
    /// use layercake::ensemble::Ensemble;
    /// use layercake::prelude::*;
    ///
    /// let model = |seed| {
    ///     let mut model = Sequential::<f64>::with_seed(seed);
    ///     model.add(Input::new(2));
    ///     model.add(Dense::new(1));
    ///     model
    /// };
    /// let ensemble = Ensemble::new([model(1), model(2)])?;
    /// let x = dmatrix![0.5, -1.0];
    /// let mean = (model(1).predict(&x)? + model(2).predict(&x)?) / 2.0;
    /// assert!((ensemble.predict(&x)? - mean).amax() < 1e-15);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn new<M: Into<Model<T>>>(members: impl IntoIterator<Item = M>) -> Result<Self> {
        let members: Vec<Model<T>> = members.into_iter().map(Into::into).collect();
        compiled!(fn(members: Vec<Model<T>>) -> Result<Ensemble<T>> { Ensemble::of(members, Vec::new()) })(members)
    }

    fn of(members: Vec<Model<T>>, histories: Vec<History>) -> Result<Self> {
        let combined = combine::combine(&members)?;
        Ok(Self { members, histories, combined })
    }

    /// Trains the members side by side and returns the ensemble.
    ///
    /// `build` makes and compiles the model of one member from its seed. The result has the same bits for any number of
    /// threads. `Normalization` and `Discretization` layers that are not adapted yet are adapted to each member's training
    /// rows; see [`EnsembleOptions`] for the members, folds, seeds and threads.
    ///
    /// # Errors
    ///
    /// It fails with the error of the first member, in order, that cannot be built or trained, or if an option is out of range.
    pub fn fit<'d, M: Into<Model<T>>>(
        build: impl Fn(u64) -> Result<M> + Sync,
        x: &DMatrix<T>,
        y: impl Into<Targets<'d, T>>,
        options: EnsembleOptions<'_, T>,
    ) -> Result<Self> {
        let build = |seed| build(seed).map(Into::into);
        compiled!(
            fn(
                build: &(dyn Fn(u64) -> Result<Model<T>> + Sync),
                x: &DMatrix<T>,
                y: Targets<'_, T>,
                options: EnsembleOptions<'_, T>
            ) -> Result<Ensemble<T>> {
                let (members, histories) = fit::train(build, x, y, options)?;
                Ensemble::of(members, histories)
            }
        )(&build, x, y.into(), options)
    }

    /// Takes a model apart whose last layer averages branches; `None` if it is another model.
    #[cfg(feature = "keras")]
    pub(crate) fn of_branches(combined: Model<T>) -> Result<Option<Self>> {
        let members = combine::split(&combined)?;
        Ok(members.map(|members| Self { members, histories: Vec::new(), combined }))
    }

    /// Returns the members.
    pub fn members(&self) -> &[Model<T>] {
        &self.members
    }

    /// Returns the history of each member's training; empty if the ensemble was not made by [`fit`](Self::fit).
    pub fn histories(&self) -> &[History] {
        &self.histories
    }

    /// Returns the whole ensemble as one model: the members are its branches, and its last layer averages them.
    pub fn model(&self) -> &Model<T> {
        &self.combined
    }

    /// Returns the mean of the members' predictions: a matrix with one row for each row of `x`.
    ///
    /// # Errors
    ///
    /// It fails as [`Model::predict`] does.
    pub fn predict(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        self.combined.predict(x)
    }

    /// Returns the predictions of each member, in their order.
    ///
    /// # Errors
    ///
    /// It fails as [`Model::predict`] does.
    pub fn predict_each(&self, x: &DMatrix<T>) -> Result<Vec<DMatrix<T>>> {
        self.members.iter().map(|member| member.predict(x)).collect()
    }

    /// Returns the spread of the members' predictions: for each output the standard deviation `sqrt(sum((y_i - y)^2) / k)`.
    ///
    /// It is 0 for an ensemble of one member.
    ///
    /// # Errors
    ///
    /// It fails as [`Model::predict`] does.
    pub fn spread(&self, x: &DMatrix<T>) -> Result<DMatrix<T>> {
        compiled!(
            fn(ensemble: &Ensemble<T>, x: &DMatrix<T>) -> Result<DMatrix<T>> {
                let each = ensemble.predict_each(x)?;
                let count = each.len() as f64;
                let (rows, columns) = each[0].shape();
                Ok(DMatrix::from_fn(rows, columns, |row, column| {
                    let values = || each.iter().map(|outputs| outputs[(row, column)].to_f64());
                    let mean = values().sum::<f64>() / count;
                    T::of((values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt())
                }))
            }
        )(self, x)
    }

    /// Returns the loss and the metrics of the averaged predictions.
    ///
    /// The loss includes the mean of the members' penalties for weights, so that it compares with the loss of one model. Python's
    /// `evaluate` of the saved file adds the penalties of all members.
    ///
    /// # Errors
    ///
    /// It fails as [`Model::evaluate`] does, for example if the first member is not compiled.
    pub fn evaluate<'a>(&self, x: &DMatrix<T>, y: impl Into<Targets<'a, T>>) -> Result<Logs> {
        compiled!(
            fn(ensemble: &Ensemble<T>, x: &DMatrix<T>, y: Targets<'_, T>) -> Result<Logs> {
                let mut logs = ensemble.combined.evaluate(x, y)?;
                let penalty = ensemble.combined.network.as_ref().map_or(0.0, |network| network.penalty().to_f64());
                logs.set("loss", logs.loss() - penalty * (1.0 - 1.0 / ensemble.members.len() as f64));
                Ok(logs)
            }
        )(self, x, y.into())
    }

    /// Saves the ensemble as one `.keras` file, a functional model of branches and an `Average` layer.
    ///
    /// Python's `keras.saving.load_model` opens it without `custom_objects`, unless a member has parts of the user's own. The
    /// optimizer in the file is that of the first member, with a new state.
    ///
    /// # Errors
    ///
    /// It fails as [`Model::save`] does.
    ///
    /// ```
    /// use layercake::ensemble::Ensemble;
    /// use layercake::prelude::*;
    ///
    /// let model = |seed| {
    ///     let mut model = Sequential::<f32>::with_seed(seed);
    ///     model.add(Input::new(2));
    ///     model.add(Dense::new(1).activation(Sigmoid));
    ///     model
    /// };
    /// let ensemble = Ensemble::new([model(1), model(2), model(3)])?;
    /// let path = std::env::temp_dir().join(format!("layercake-ensemble-{}.keras", std::process::id()));
    /// ensemble.save(&path)?;
    /// let loaded = Ensemble::<f32>::load(&path)?;
    /// # let _ = std::fs::remove_file(&path);
    /// let x = dmatrix![0.5, -1.0; 2.0, 0.1];
    /// assert_eq!(loaded.predict(&x)?, ensemble.predict(&x)?);
    /// assert_eq!(loaded.spread(&x)?, ensemble.spread(&x)?);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    #[cfg(feature = "keras")]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        self.combined.save(path)
    }

    /// Loads an ensemble from a file that [`save`](Self::save) wrote, or Keras for such a model.
    ///
    /// The members are compiled with the loss and the metrics of the file, with new states of the optimizer.
    ///
    /// # Errors
    ///
    /// It fails as [`Sequential::load`](crate::Sequential::load) does, or if the last layer of the model does not average
    /// separate branches.
    #[cfg(feature = "keras")]
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::load_with(&Registry::default(), path)
    }

    /// Loads an ensemble as [`load`](Self::load) does; the registry has the user's own parts.
    ///
    /// # Errors
    ///
    /// It fails as `load` does.
    #[cfg(feature = "keras")]
    pub fn load_with(registry: &Registry<T>, path: impl AsRef<Path>) -> Result<Self> {
        compiled!(
            fn(registry: &Registry<T>, path: &Path) -> Result<Ensemble<T>> {
                let combined = Sequential::<T>::load_with(registry, path)?.model;
                match Ensemble::of_branches(combined)? {
                    Some(ensemble) => Ok(ensemble),
                    None => Err(Error::File {
                        file: path.display().to_string(),
                        member: String::new(),
                        problem: "it holds one model and no ensemble: load it with `Sequential::load`".to_string(),
                    }),
                }
            }
        )(registry, path.as_ref())
    }
}
