//! What each remedy changes in a training.

use super::super::remedy::Remedy;
use super::columns::Step;
use super::draft::{Draft, Rows};
use super::layers::{divide, set};
use super::rows::{Owned, apart, keys, shuffled};
use super::setup::Setup;
use crate::base::{Error, Result};
use crate::callbacks::EarlyStopping;
use crate::kernels::{Scalar, doubles};
use crate::part::{Value, compiled};

/// The share of rows for validation where a remedy needs some and none are set.
const VALIDATION: f64 = 0.2;

/// The number of validation rows from which they tell the best epoch.
const ENOUGH: usize = 30;

impl Remedy {
    /// Returns whether a program can do it: all remedies but [`Advice`](Self::Advice) and [`ReleaseProfile`](Self::ReleaseProfile).
    pub fn is_applicable(&self) -> bool {
        !matches!(self, Self::Advice(_) | Self::ReleaseProfile)
    }

    /// Returns a setup with this remedy beside those that it has already; its next training is the one with the remedy.
    ///
    /// What is fitted to data - the numbers of a `Normalization`, medians, the scale of targets - is fitted to the training rows
    /// alone. [`AskAbout`](Self::AskAbout) drops the columns: an experiment that shows what is left without them.
    ///
    /// # Errors
    ///
    /// A program cannot do it, see [`is_applicable`](Self::is_applicable), or it does not fit the model or the data of the setup:
    /// a layer is not there, is the user's own or within another layer, a column is not there, or the setup has no data.
    ///
    /// ```
    /// use layercake::diagnosis::{Remedy, Setup};
    /// use layercake::prelude::*;
    ///
    /// let x = DMatrix::from_fn(80, 2, |row, column| (row as f64).sin() + column as f64 * 1000.0 * (2.0 * row as f64).cos());
    /// let y = DMatrix::from_fn(80, 1, |row, _| (row as f64).sin());
    /// let build = || {
    ///     let mut model = Sequential::with_seed(1);
    ///     model.add(Dense::new(8).activation(Relu));
    ///     model.add(Dense::new(1));
    ///     model.compile("adam", "mse", ())?;
    ///     Ok(model)
    /// };
    /// let setup = Setup::new(build, || FitOptions::new().epochs(30).validation_split(0.25)).data(&x, &y);
    /// let (before, after) = (setup.fit()?, Remedy::Normalize.apply(&setup)?.fit()?);
    /// let last = |trained: &diagnosis::Fitted<f64>| *trained.history()["val_loss"].last().unwrap();
    /// assert!(last(&after) < last(&before));
    /// println!("{}", after.predict(&x)?);
    /// # use layercake::diagnosis;
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn apply<'a, T: Scalar>(&self, setup: &Setup<'a, T>) -> Result<Setup<'a, T>> {
        if !self.is_applicable() {
            return Err(Error::argument("Remedy", "apply", self, "a remedy that a program can do; this one is for you"));
        }
        let setup = setup.with(self.clone());
        compiled!(fn(setup: &Setup<'_, T>) -> Result<()> { setup.draft().map(drop) })(&setup)?;
        Ok(setup)
    }

    /// Returns the order in which remedies are applied: rows, cells, columns, then what reads them.
    pub(super) fn stage(&self) -> u8 {
        match self {
            Self::NumberClasses(_) => 0,
            Self::Clean => 1,
            Self::ShuffleBeforeSplit | Self::SplitByGroup => 2,
            Self::MarkMissing(_) => 3,
            Self::DropColumns(_) | Self::AskAbout(_) => 4,
            Self::Normalize => 6,
            _ => 5,
        }
    }
}

impl<'a, T: Scalar> Draft<'a, T> {
    /// Applies a remedy.
    pub(super) fn apply(&mut self, remedy: &Remedy) -> Result<()> {
        match remedy {
            Remedy::Clean => self.clean(),
            Remedy::Normalize => self.normalize(),
            Remedy::DropColumns(columns) | Remedy::AskAbout(columns) => {
                self.push_step(Step::drop(self.train.x.ncols(), columns)?)
            }
            Remedy::MarkMissing(cells) => self.mark_missing(cells),
            Remedy::ShuffleBeforeSplit => {
                let (all, validation) = self.to_split()?;
                let (order, kept) = shuffled(&all, validation, &mut self.rng(1));
                self.split(&all, &order, kept)?;
                self.keep_best();
                Ok(())
            }
            Remedy::SplitByGroup => {
                let (all, validation) = self.to_split()?;
                let (order, kept) = apart(&keys(&all.x), validation, &mut self.rng(1));
                self.split(&all, &order, kept)
            }
            Remedy::WeightClasses => self.weight_classes(),
            Remedy::NumberClasses(targets) => self.number_classes(targets),
            Remedy::ScaleTargets => self.scale_targets(),
            Remedy::Shuffle => {
                self.options.shuffle = true;
                Ok(())
            }
            Remedy::BatchSize(size) => {
                self.options.batch_size = *size;
                Ok(())
            }
            Remedy::Epochs(epochs) => {
                self.train_longer(*epochs);
                Ok(())
            }
            Remedy::Steps { batch_size, epochs } => {
                self.options.batch_size = *batch_size;
                self.train_longer(*epochs);
                Ok(())
            }
            Remedy::EarlyStopping(patience) => {
                if self.validation.is_none() && self.options.validation_split.is_none() {
                    self.options.validation_split = Some(VALIDATION);
                }
                self.stop_early(*patience);
                Ok(())
            }
            Remedy::LearningRate(factor) => self.multiply_rate(*factor),
            Remedy::Loss(loss) => self.set_loss(loss),
            of_layers => self.change_model(of_layers),
        }
    }

    fn stop_early(&mut self, patience: usize) {
        let stop = EarlyStopping::new("val_loss").patience(patience).restore_best_weights(true);
        self.options.callbacks.push(Box::new(stop));
    }

    /// Keeps the weights of the best epoch, if there are enough rows for validation to tell it.
    fn keep_best(&mut self) {
        let rows = match &self.validation {
            Some(validation) => validation.y.count(),
            None => self.train.y.count() - self.trained_rows(),
        };
        if rows >= ENOUGH {
            self.stop_early(self.epochs());
        }
    }

    fn epochs(&self) -> usize {
        self.options.epochs.saturating_sub(self.options.initial_epoch)
    }

    /// Trains for this number of epochs, and keeps the weights of the best one.
    fn train_longer(&mut self, epochs: usize) {
        self.options.epochs = self.options.initial_epoch + epochs;
        self.keep_best();
    }

    fn change_model(&mut self, remedy: &Remedy) -> Result<()> {
        let text = |word: &str| Value::Text(word.to_string());
        match remedy {
            Remedy::Head(activation) | Remedy::FromLogits(activation) => self.activate(&self.head()?, activation),
            Remedy::RemoveActivation(layer) => self.activate(layer, "linear"),
            Remedy::Initialize(layers) => layers.iter().try_for_each(|(layer, initializer)| {
                self.change_layers(std::slice::from_ref(layer), true, &|spec| {
                    set(spec, "kernel_initializer", text(initializer));
                    set(spec, "bias_initializer", text("zeros"));
                })
            }),
            Remedy::HiddenActivation(activation) => {
                self.activate_hidden(activation)?;
                self.keep_best();
                Ok(())
            }
            Remedy::FewerLayers(activation, most) => {
                self.keep_hidden(*most)?;
                self.activate_hidden(activation)?;
                self.keep_best();
                Ok(())
            }
            Remedy::LowerPenalty(layers, factor) => self.change_layers(layers, false, &|spec| {
                let penalties = spec.config.iter_mut().filter(|(name, _)| name.ends_with("_regularizer"));
                penalties.for_each(|(_, value)| divide(value, *factor));
            }),
            Remedy::Dropout(layers, rate) => self.change_layers(layers, false, &|spec| set(spec, "rate", Value::Float(*rate))),
            Remedy::WiderDropout { dropouts, layers, units } => {
                self.change_layers(dropouts, false, &|spec| set(spec, "rate", Value::Float(0.1)))?;
                self.widen(layers, *units)
            }
            Remedy::Units(layers, units) => self.widen(layers, *units),
            Remedy::Enlarge => {
                self.train_longer(self.epochs().saturating_mul(3));
                let hidden = self.hidden_with("units")?;
                self.change_layers(&hidden, true, &|spec| {
                    if let Some(Value::Int(units)) = spec.get("units") {
                        let units = units.saturating_mul(4).max(16);
                        set(spec, "units", Value::Int(units));
                    }
                })
            }
            other => Err(Error::argument("Remedy", "apply", other, "a remedy that a program can do")),
        }
    }

    /// Gives these layers at least this number of units.
    fn widen(&mut self, layers: &[String], units: usize) -> Result<()> {
        self.change_layers(layers, true, &|spec| {
            if let Some(Value::Int(own)) = spec.get("units") {
                let units = (*own).max(units as i64);
                set(spec, "units", Value::Int(units));
            }
        })
    }

    /// Fills cells, and drops rows whose target is no number.
    fn clean(&mut self) -> Result<()> {
        self.push_step(Step::fill(&self.train.x, self.trained_rows()))?;
        for rows in std::iter::once(&mut self.train).chain(&mut self.validation) {
            let numbers = rows.y.numbers();
            let is_whole = |row: &usize| numbers.row(*row).iter().all(|value| value.is_finite());
            let kept: Vec<usize> = (0..rows.y.count()).filter(is_whole).collect();
            if kept.len() < rows.y.count() {
                *rows = rows.take(&kept);
            }
        }
        Ok(())
    }

    /// Fills the marks with what the other columns say, and adds a flag for each column that has them in the training rows.
    fn mark_missing(&mut self, cells: &[(usize, f64)]) -> Result<()> {
        let rows = self.trained_rows();
        let width = self.train.x.ncols();
        self.push_step(Step::mark(&self.train.x, rows, cells)?)?;
        let mut marks: Vec<f64> = cells.iter().map(|(_, value)| *value).collect();
        marks.dedup();
        // the marks may be in other columns of rows that come later
        marks.into_iter().try_for_each(|mark| self.push_step(Step::replace(&self.train.x, rows, width, mark)))
    }

    /// Takes all rows together, to split them anew, and returns them with the number of those for validation.
    fn to_split(&self) -> Result<(Rows<'a, T>, usize)> {
        let (all, validation) = self.pooled()?;
        match validation {
            0 => Err(Error::argument("Remedy", "validation rows", 0, "options with `validation_split` or `validation_data`")),
            _ => Ok((all, validation)),
        }
    }

    fn weight_classes(&mut self) -> Result<()> {
        let Some(classes) = self.train.y.classes(self.trained_rows()) else {
            return Err(Error::argument("Remedy", "targets", "numbers", "targets that are classes"));
        };
        self.options.class_weight = even_weights(&classes);
        Ok(())
    }

    /// Numbers the classes from 0, and gives the last layer an output for each if it has several.
    fn number_classes(&mut self, targets: &[f64]) -> Result<()> {
        // the values as numbers of type T
        let known: Vec<f64> = targets.iter().map(|target| T::of(*target).to_f64()).collect();
        self.map_targets(&|y| {
            let numbers = y.numbers();
            let classes = numbered(&doubles(numbers.as_slice()), numbers.ncols(), &known)?;
            Ok(match y {
                Owned::Classes(_) => Owned::Classes(classes),
                _ => Owned::Matrix(Owned::Classes(classes).numbers()),
            })
        })?;
        self.answers.classes = Some(targets.to_vec());
        let head = self.head()?;
        let units = self.model.get_layer(&head)?.spec().get("units").cloned();
        match units {
            Some(Value::Int(units)) if units > 1 && units as usize != targets.len() => {
                self.change_layers(&[head], true, &|spec| set(spec, "units", Value::Int(targets.len() as i64)))
            }
            _ => Ok(()),
        }
    }

    /// Standardises each column of the targets by the training rows.
    fn scale_targets(&mut self) -> Result<()> {
        let scales = self.train.y.moments(self.trained_rows());
        self.map_targets(&|y| {
            let mut numbers = y.numbers();
            for (mut column, (mean, deviation)) in numbers.column_iter_mut().zip(&scales) {
                column.iter_mut().for_each(|value| *value = T::of((value.to_f64() - mean) / deviation));
            }
            Ok(Owned::Matrix(numbers))
        })?;
        self.answers.scales = scales;
        Ok(())
    }
}

/// Returns the place of each target among the known ones; fails if a target is none of them.
fn numbered(targets: &[f64], columns: usize, known: &[f64]) -> Result<Vec<usize>> {
    if columns != 1 {
        return Err(Error::argument("Remedy", "columns of y", columns, "one column of classes"));
    }
    let class = |target: &f64| known.iter().position(|known| known == target);
    targets.iter().map(class).collect::<Option<_>>().ok_or_else(|| {
        let allowed = format!("targets that are one of {} values", known.len());
        Error::argument("Remedy", "y", "another target", allowed)
    })
}

/// Weighs each class by the number of rows of a mean class over its own, `n / (k n_c)`.
fn even_weights(classes: &[usize]) -> Vec<(usize, f64)> {
    let counts = super::super::targets::counts(classes, classes.iter().max().map_or(0, |last| last + 1));
    let present = counts.iter().filter(|count| **count > 0).count();
    let weight = |count: usize| classes.len() as f64 / (present * count) as f64;
    let weights = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    weights.map(|(class, &count)| (class, weight(count))).collect()
}
