//! Trains the members of a table model.

use super::fitted::{Fitted, RowScratch};
use super::rows::splits;
use super::settings::Settings;
use super::shape::Task;
use super::trust::{SeenRows, Trust};
use super::{FeatureSpace, NetworkShape, TableOptions};
use crate::base::{Error, Result, derived_seed, fresh_seed};
use crate::callbacks::EarlyStopping;
use crate::data::{OwnedTargets, Rows, Split, Table};
use crate::ensemble::Ensemble;
use crate::kernels::side_by_side;
use crate::model::{FitOptions, Model};
use crate::training::History;
use nalgebra::DMatrix;
use std::time::{Duration, Instant};

/// The targets of a table.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Classes(Vec<usize>),
    /// Numbers of about mean 0 and deviation 1.
    Numbers(Vec<f32>),
}

/// A table as a network reads it.
struct Samples {
    x: DMatrix<f32>,
    y: OwnedTargets<f32>,
    weights: Option<Vec<f32>>,
}

/// Trains the members; `validation` has the targets of the table for validation, if there is one.
pub(super) fn train(
    settings: &Settings,
    table: &Table,
    (task, target): (Task, Target),
    validation: Option<Target>,
    class_weight: &[(usize, f64)],
    options: &TableOptions<'_>,
) -> Result<(Fitted, Vec<History>)> {
    let started = Instant::now();
    if settings.members == 0 {
        let model = if task == Task::Number { "TableRegressor" } else { "TableClassifier" };
        return Err(Error::argument(model, "members", 0, "a whole number >= 1"));
    }
    let seed = settings.seed.unwrap_or_else(fresh_seed);
    let space = features(settings, table, options)?;
    let classes = if let Target::Classes(classes) = &target { Some(classes.as_slice()) } else { None };
    let splits = splits(table, classes, settings.members, seed, options)?;
    let columns = space.profiles(table)?;
    let mut hashes = space.row_hashes(table, &target)?;
    if let (Some(table), Some(target)) = (options.validation, &validation) {
        hashes.extend(space.row_hashes(table, target)?);
    }
    let samples = samples(&space, table, target, class_weight, options)?;
    let held_out = match (options.validation, validation) {
        (Some(table), Some(target)) => Some(self::samples(&space, table, target, class_weight, options)?),
        _ => None,
    };
    let shape = NetworkShape { inputs: space.width(), rows: splits[0].train.len(), seed, task };
    let limits = Limits { started, options, members: settings.members };
    let trained = side_by_side(options.threads, settings.members, &|member| {
        let shape = NetworkShape { seed: derived_seed(seed, &[0, member as u64]), ..shape };
        let model: Model<f32> = (settings.network)(&shape)?.into();
        let fit = limits.fit_options(member, shape.rows);
        train_one(model, &samples, &splits[member], held_out.as_ref(), fit)
    });
    let (members, histories): (Vec<_>, Vec<_>) = trained.into_iter().collect::<Result<Vec<_>>>()?.into_iter().unzip();
    let ensemble = Ensemble::new(members)?;
    let outputs = ensemble.model().network.as_ref().map_or(0, |network| network.output().width());
    if outputs != shape.outputs() {
        let allowed = format!("{}: end the network with `shape.output_layer()`", shape.outputs());
        return Err(Error::argument("network", "outputs", outputs, allowed));
    }
    let trust = Trust { columns, seen: SeenRows::new(hashes), calibrated: None };
    Ok((Fitted { space, ensemble, trust, scratch: RowScratch::pool() }, histories))
}

/// Returns the features, adapted to the table.
fn features(settings: &Settings, table: &Table, options: &TableOptions<'_>) -> Result<FeatureSpace> {
    let roles =
        [(Some(&settings.target), "the target"), (options.groups.as_ref(), "groups"), (options.weights.as_ref(), "weights")];
    let roles = || roles.iter().filter_map(|(column, role)| column.map(|column| (column, *role)));
    let mut space = settings.features.clone().unwrap_or_default();
    for (column, role) in roles() {
        if space.entries.iter().any(|entry| entry.columns.contains(column)) {
            let problem = format!("it is {role} and cannot be a feature as well: leave it out of the features");
            return Err(Error::Feature { column: column.clone(), line: None, problem });
        }
    }
    if space.is_adapted() {
        return Ok(space);
    }
    if space.entries.is_empty() {
        for (column, role) in roles() {
            space.drop_column(column.clone(), role);
        }
        space = space.infer(table)?;
    }
    space.adapt(table)
}

/// Returns the rows with their weights: those of the column of weights, times those of their classes.
///
/// The weights count in validation as well, because the epoch with the lowest validation loss is kept.
fn samples(
    space: &FeatureSpace,
    table: &Table,
    target: Target,
    class_weight: &[(usize, f64)],
    options: &TableOptions<'_>,
) -> Result<Samples> {
    let column = options.weights.as_ref().map(|column| table.numbers::<f32>(column)).transpose()?;
    let mut weights = column.map(|weights| weights.as_slice().to_vec());
    let y = match target {
        Target::Classes(classes) => {
            if !class_weight.is_empty() {
                let of = |class: &usize| class_weight.iter().find(|(known, _)| known == class).map_or(1.0, |(_, weight)| *weight);
                let weights = weights.get_or_insert_with(|| vec![1.0; classes.len()]);
                weights.iter_mut().zip(&classes).for_each(|(weight, class)| *weight *= of(class) as f32);
            }
            OwnedTargets::Classes(classes)
        }
        Target::Numbers(numbers) => OwnedTargets::Vector(numbers.into()),
    };
    Ok(Samples { x: space.transform(table)?, y, weights })
}

impl Samples {
    fn take(&self, rows: &[usize]) -> Result<Self> {
        let weights = self.weights.as_ref().map(|weights| weights.take_rows(rows)).transpose()?;
        Ok(Self { x: self.x.take_rows(rows)?, y: OwnedTargets::take(self.y.get(), rows)?, weights })
    }
}

/// Trains one member on its rows and returns it with its history.
fn train_one(
    mut model: Model<f32>,
    samples: &Samples,
    split: &Split,
    held_out: Option<&Samples>,
    options: FitOptions<'_, f32>,
) -> Result<(Model<f32>, History)> {
    let (own_train, own_validation);
    let (train, validation) = match held_out {
        Some(held_out) => (samples, held_out),
        None => {
            own_train = samples.take(&split.train)?;
            own_validation = samples.take(&split.test)?;
            (&own_train, &own_validation)
        }
    };
    let options = FitOptions {
        sample_weight: train.weights.as_deref(),
        validation_sample_weight: validation.weights.as_deref(),
        validation_data: Some(((&validation.x).into(), validation.y.get().into())),
        ..options
    };
    let history = model.fit(&train.x, train.y.get(), options)?;
    Ok((model, history))
}

/// What bounds the training of the members.
struct Limits<'o, 'a> {
    started: Instant,
    options: &'o TableOptions<'a>,
    members: usize,
}

impl Limits<'_, '_> {
    /// Returns the options of the training of one member.
    fn fit_options(&self, member: usize, rows: usize) -> FitOptions<'_, f32> {
        let options = self.options;
        let stop = EarlyStopping::new("val_loss").patience(options.patience).restore_best_weights(true);
        let mut fit = FitOptions::new().epochs(options.epochs).callback(stop);
        fit.batch_size = options.batch_size.unwrap_or_else(|| batch_size(rows));
        fit.validation_batch_size = Some(256);
        fit.threads = Some(1);
        fit.cancel = options.cancel.clone();
        fit.time_budget = self.time_budget(member);
        fit.callbacks.extend(options.callbacks.iter().map(|callback| callback(member)));
        fit
    }

    /// Returns the share of the time that is left for this member: members that are trained after it have as much each.
    fn time_budget(&self, member: usize) -> Option<Duration> {
        let left = self.options.time_budget?.saturating_sub(self.started.elapsed());
        let at_once = self.options.threads.unwrap_or_else(available).clamp(1, self.members);
        Some(left / (self.members - member).div_ceil(at_once) as u32)
    }
}

fn available() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Returns the number of rows in a batch: 32 for up to 8,000 rows, then twice as many for each fourfold number of rows.
fn batch_size(rows: usize) -> usize {
    let mut size = 32;
    while size < 1024 && rows > 8_000 * (size / 32) * (size / 32) {
        size *= 2;
    }
    size
}
