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
use crate::kernels::try_side_by_side;
use crate::model::{Callback, FitOptions, Model};
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
pub(super) struct Samples {
    pub(super) x: DMatrix<f32>,
    pub(super) y: OwnedTargets<f32>,
    pub(super) weights: Option<Vec<f32>>,
}

/// What a training needs: the features, the rows of each member, and what all networks read.
pub(super) struct Prepared {
    pub(super) space: FeatureSpace,
    pub(super) splits: Vec<Split>,
    pub(super) samples: Samples,
    pub(super) held_out: Option<Samples>,
    shape: NetworkShape,
    seed: u64,
}

/// The targets of a table, and of the table for validation, if there is one.
pub(super) struct Targets<'a> {
    pub(super) task: Task,
    pub(super) train: Target,
    pub(super) validation: Option<Target>,
    pub(super) class_weight: &'a [(usize, f64)],
}

impl Prepared {
    pub(super) fn new(settings: &Settings, table: &Table, targets: &Targets<'_>, options: &TableOptions<'_>) -> Result<Self> {
        if settings.members == 0 {
            let model = if targets.task == Task::Number { "TableRegressor" } else { "TableClassifier" };
            return Err(Error::argument(model, "members", 0, "a whole number >= 1"));
        }
        let seed = settings.seed.unwrap_or_else(fresh_seed);
        let space = features(settings, table, options)?;
        let classes = if let Target::Classes(classes) = &targets.train { Some(classes.as_slice()) } else { None };
        let splits = splits(table, classes, settings.members, seed, options)?;
        let samples = samples(&space, table, &targets.train, targets.class_weight, options)?;
        let held_out = match (options.validation, &targets.validation) {
            (Some(table), Some(target)) => Some(self::samples(&space, table, target, targets.class_weight, options)?),
            _ => None,
        };
        let shape = NetworkShape { inputs: space.width(), rows: splits[0].train.len(), seed, task: targets.task };
        Ok(Self { space, splits, samples, held_out, shape, seed })
    }

    /// Returns what the network of a member has to fit.
    pub(super) fn shape(&self, member: usize) -> NetworkShape {
        NetworkShape { seed: derived_seed(self.seed, &[0, member as u64]), ..self.shape }
    }

    /// Returns the rows for training and those for validation of a member; `own` keeps them where they are copied.
    pub(super) fn rows<'s>(
        &'s self,
        member: usize,
        own: &'s mut Option<(Samples, Samples)>,
    ) -> Result<(&'s Samples, &'s Samples)> {
        if let Some(held_out) = &self.held_out {
            return Ok((&self.samples, held_out));
        }
        let split = &self.splits[member];
        let (train, validation) = own.insert((self.samples.take(&split.train)?, self.samples.take(&split.test)?));
        Ok((train, validation))
    }
}

/// Trains the members.
pub(super) fn train(
    settings: &Settings,
    table: &Table,
    targets: &Targets<'_>,
    options: &TableOptions<'_>,
) -> Result<(Fitted, Vec<History>)> {
    let started = Instant::now();
    let prepared = Prepared::new(settings, table, targets, options)?;
    let columns = prepared.space.profiles(table)?;
    let mut hashes = prepared.space.row_hashes(table, &targets.train)?;
    if let (Some(table), Some(target)) = (options.validation, &targets.validation) {
        hashes.extend(prepared.space.row_hashes(table, target)?);
    }
    options.name_features(&prepared, table);
    let limits = Limits { started, options, members: settings.members };
    let trained = try_side_by_side(options.threads, settings.members, &|member| {
        let shape = prepared.shape(member);
        let model: Model<f32> = (settings.network)(&shape)?.into();
        let fit = limits.fit_options(member, shape.rows);
        let mut own = None;
        train_one(model, prepared.rows(member, &mut own)?, fit)
    })?;
    let (members, histories): (Vec<_>, Vec<_>) = trained.into_iter().unzip();
    let ensemble = Ensemble::new(members)?;
    let outputs = ensemble.model().network.as_ref().map_or(0, |network| network.output().width());
    if outputs != prepared.shape.outputs() {
        let allowed = format!("{}: end the network with `shape.output_layer()`", prepared.shape.outputs());
        return Err(Error::argument("network", "outputs", outputs, allowed));
    }
    let trust = Trust { columns, seen: SeenRows::new(hashes), calibrated: None };
    Ok((Fitted { space: prepared.space, ensemble, trust, scratch: RowScratch::pool() }, histories))
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
    target: &Target,
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
                weights.iter_mut().zip(classes).for_each(|(weight, class)| *weight *= of(class) as f32);
            }
            OwnedTargets::Classes(classes.clone())
        }
        Target::Numbers(numbers) => OwnedTargets::Vector(numbers.clone().into()),
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
    (train, validation): (&Samples, &Samples),
    options: FitOptions<'_, f32>,
) -> Result<(Model<f32>, History)> {
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
        fit.batch_size = options.batch_size_for(rows);
        fit.validation_batch_size = Some(256);
        fit.threads = Some(1);
        fit.cancel = options.cancel.clone();
        fit.time_budget = self.time_budget(member);
        fit.callbacks.extend(options.callbacks.iter().map(|callback| callback(member)));
        if member == 0 {
            // behind all others, so that it sees the weights that they leave
            fit.callbacks.extend(options.take_diagnosis().map(Callback::into_boxed));
        }
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
