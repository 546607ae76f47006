//! The callback that records a training for its diagnosis.

use super::check::{CheckOptions, check_is_single};
use super::facts::{Facts, Outline, PlanFacts};
use super::kept::{Kept, Rows, sample};
use super::norms::{distance, norm};
use super::outcome::{Epoch, KernelRecord, Outcome, Record};
use super::predictions::{in_doubles, loss_of_rows, stated, values_of};
use super::report::Report;
use super::skill::Skill;
use super::start::{Start, units};
use crate::base::{Error, NonFinite, Result, in_order};
use crate::kernels::Scalar;
use crate::model::{Callback, Model, PredictOptions, Run};
use crate::network::{Buffers, LeftOut, Network};
use crate::part::compiled;
use nalgebra::DMatrix;
use std::ops::{Range, RangeInclusive};
use std::time::Instant;

/// The smallest and the largest number of training rows on which the loss is measured without dropout, if there are so many.
const SUBSET: RangeInclusive<usize> = 64..=256;

/// The number of steps for each step that is looked at, from the third one on.
const RARE: usize = 100;

/// The largest number of weights of a kernel that are compared: a norm of so many is exact to about one in a hundred.
const COMPARED: usize = 16_384;

/// Watches a training, and then says how good it was and what was wrong.
///
/// It changes nothing in the training, unless a number of it is NaN or infinite: then [`fit`](crate::Model::fit) returns
/// [`Error::NonFinite`], which says where the number came from, the model has its last finite weights, and the report says what
/// was known until then. It looks at the first step and then at one step in some of the epochs 1, 2, 4, 8 and so on;
/// at the end at the loss on at most 256 training rows without dropout, and at the predictions for at most 1,000 validation rows. It
/// keeps a copy of the model from before the training, all targets, and at most 5,000 rows of inputs. Add it as the last callback, so
/// that it sees the weights that the others leave. A model with several inputs or outputs is refused.
///
/// With the feature `log`, the findings of each training are also messages of the `log` facade, see the
/// [module](crate::diagnosis#messages).
///
/// ```
/// use layercake::prelude::*;
///
/// let x = DMatrix::from_fn(200, 3, |row, column| ((row * (column + 2)) as f64).sin());
/// let y = DMatrix::from_fn(200, 1, |row, _| f64::from(u8::from(x[(row, 0)] + x[(row, 1)] > 0.0)));
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(16).activation(Relu));
/// model.add(Dense::new(1).activation(Sigmoid));
/// model.compile("adam", "binary_crossentropy", "accuracy")?;
/// let mut diagnosis = Diagnosis::new();
/// model.fit(&x, &y, FitOptions::new().epochs(100).validation_split(0.2).callback(&mut diagnosis))?;
/// println!("{}", diagnosis.report());
/// # assert!(diagnosis.report().to_string().lines().count() <= 25);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug)]
pub struct Diagnosis<T: Scalar> {
    pub(super) checks: CheckOptions,
    watched: Option<Watched<T>>,
}

/// What is kept of a training.
#[derive(Debug)]
struct Watched<T: Scalar> {
    kept: Kept<T>,
    outline: Outline,
    record: Record,
    outcome: Outcome,
    /// What the trained model puts out for the validation rows that were kept.
    outputs: Option<DMatrix<f64>>,
    /// The model before the training.
    start: Model<T>,
    kernels: Kernels,
    /// The values of the kernels before a step that is looked at.
    before: Vec<Vec<T>>,
    seed: u64,
    started: Instant,
}

/// The places, in the parameters of a network, of the weights of each kernel that are compared before and after a step.
#[derive(Debug)]
struct Kernels(Vec<Vec<usize>>);

impl Kernels {
    fn new(ranges: impl Iterator<Item = Range<usize>>) -> Self {
        let places = |range: Range<usize>| sample(range.len(), COMPARED).into_iter().map(|place| range.start + place).collect();
        Self(ranges.map(places).collect())
    }

    fn values<T: Scalar>(&self, network: &Network<T>) -> Vec<Vec<T>> {
        let params = network.params();
        self.0.iter().map(|places| places.iter().map(|&place| params[place]).collect()).collect()
    }
}

impl<T: Scalar> Diagnosis<T> {
    /// Creates a diagnosis that silences nothing.
    pub fn new() -> Self {
        Self { checks: CheckOptions::new(), watched: None }
    }

    /// Silences findings with these codes (default: none).
    pub fn silence<C: Into<String>>(mut self, codes: impl IntoIterator<Item = C>) -> Self {
        self.checks = self.checks.silence(codes);
        self
    }

    /// Sets the names of all columns of `x`, in their order, which findings and report then have beside the numbers (default: none).
    ///
    /// A training on another number of columns fails.
    pub fn columns<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.checks = self.checks.columns(names);
        self
    }

    /// Returns the report of the training that was watched last; without one, it says so.
    ///
    /// This call runs one step on a copy of the model from before the training, and fits the reference; the training does not
    /// wait for either.
    pub fn report(&self) -> Report {
        compiled!(fn(diagnosis: &Diagnosis<T>) -> Report { diagnosis.make_report() })(self)
    }

    /// Logs the findings, if a logger takes them.
    #[cfg(feature = "log")]
    fn log(&self) {
        if super::log::is_on() {
            super::log::log_findings(self.make_report().findings());
        }
    }

    fn make_report(&self) -> Report {
        let Some(watched) = &self.watched else { return Report::of_nothing() };
        let mut outline = watched.outline.clone();
        outline.start = Start::measure(&watched.start, &watched.kept).ok();
        let facts = Facts::new(&watched.kept, outline);
        let mut outcome = watched.outcome.clone();
        outcome.reference = watched.kept.reference(&facts.target);
        if let Some((outputs, (_, actual))) = watched.outputs.as_ref().zip(outcome.predicted.as_ref()) {
            outcome.stated = stated(outputs, actual, &watched.kept.reading);
        }
        outcome.worst.iter_mut().for_each(|(row, _)| *row = self.checks.names.row(*row));
        Report::new(facts, watched.record.clone(), outcome, watched.seed, &self.checks)
    }
}

impl<T: Scalar> Default for Diagnosis<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Scalar> Callback<T> for Diagnosis<T> {
    crate::model::compiled_callback!(Diagnosis<T>);

    fn on_train_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        self.checks.check()?;
        self.checks.check_columns(run.data().0.x.shape.width())?;
        self.watched = Some(Watched::new(run)?);
        Ok(())
    }

    fn watches_batches(&self) -> bool {
        false
    }

    fn watches_batch(&self, epoch: usize, batch: usize) -> bool {
        // this is asked before each step
        let Some(watched) = &self.watched else { return false };
        // from epoch 1 on in the middle of an epoch, and after at least so many steps for each step that was looked at
        let middle = if epoch == 0 { 0 } else { watched.record.batches / 2 };
        if batch != middle || !(epoch == 0 || epoch.is_power_of_two()) {
            return false;
        }
        let taken = watched.record.kernels.first().map_or(0, |kernel| kernel.updates.len());
        epoch * watched.record.batches >= taken.saturating_sub(1) * RARE
    }

    fn locates_non_finite(&self) -> bool {
        true
    }

    fn on_non_finite(&mut self, run: &mut Run<'_, T>, found: &NonFinite) -> Result<()> {
        if let Some(watched) = &mut self.watched {
            watched.record.located = Some(found.clone());
            watched.record.seconds = watched.started.elapsed().as_secs_f64();
            // what cannot be measured is left out: the error to return is this one
            watched.finish(run.model()).ok();
        }
        #[cfg(feature = "log")]
        self.log();
        Err(Error::NonFinite(Box::new(found.clone())))
    }

    fn on_batch_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let is_own = self.watches_batch(run.epoch(), run.batch());
        let Some(watched) = self.watched.as_mut().filter(|_| is_own) else { return Ok(()) };
        watched.before = watched.kernels.values(run.model().built("fit")?);
        Ok(())
    }

    fn on_batch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let is_own = self.watches_batch(run.epoch(), run.batch());
        let Some(watched) = self.watched.as_mut().filter(|_| is_own) else { return Ok(()) };
        let after = watched.kernels.values(run.model().built("fit")?);
        let moved = watched.before.iter().zip(&after).map(|(before, after)| distance(before, after) / norm(before));
        watched.record.kernels.iter_mut().zip(moved).for_each(|(kernel, moved)| kernel.updates.push((run.epoch(), moved)));
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let Some(watched) = &mut self.watched else { return Ok(()) };
        let epoch = Epoch { number: run.epoch(), loss: run.logs().loss(), val_loss: run.logs().get("val_loss") };
        watched.record.epochs.push(epoch);
        for (name, value) in run.logs().iter().filter(|(name, _)| !["loss", "val_loss"].contains(name)) {
            let metrics = &mut watched.record.metrics;
            match metrics.iter_mut().find(|(known, _)| known == name) {
                Some((_, points)) => points.push((run.epoch(), value)),
                None => metrics.push((name.to_string(), vec![(run.epoch(), value)])),
            }
        }
        Ok(())
    }

    fn on_train_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let Some(watched) = &mut self.watched else { return Ok(()) };
        watched.record.seconds = watched.started.elapsed().as_secs_f64();
        watched.record.stop = run.stop_reason().map(ToString::to_string);
        watched.finish(run.model())?;
        #[cfg(feature = "log")]
        self.log();
        Ok(())
    }
}

impl<T: Scalar> Watched<T> {
    fn new(run: &Run<'_, T>) -> Result<Self> {
        let (model, (data, validation)) = (run.model(), run.data());
        check_is_single(model, "Diagnosis")?;
        let network = model.built("fit")?;
        let (batch_size, shuffle) = run.batch_options();
        let epochs = run.epochs().saturating_sub(run.initial_epoch());
        let plan = PlanFacts { epochs, batch_size, shuffle };
        let outline = Outline::new(model, network, plan);
        let is_kernel = |path: &str| path.ends_with("/kernel");
        let kernels: Vec<_> = network.trained().into_iter().filter(|weight| is_kernel(&weight.variable.path)).collect();
        let layer = |path: &str| path.strip_suffix("/kernel").unwrap_or(path).to_string();
        let new = |path: &str| KernelRecord { layer: layer(path), updates: Vec::new(), displacement: 0.0 };
        let record = Record {
            kernels: kernels.iter().map(|weight| new(&weight.variable.path)).collect(),
            batches: run.batches(),
            batch_size,
            epochs: Vec::with_capacity(epochs.min(1_000)),
            ..Record::default()
        };
        Ok(Self {
            kept: Kept::new(data, validation, &outline.loss, outline.outputs),
            outline,
            record,
            outcome: Outcome::default(),
            outputs: None,
            start: model.clone(),
            before: Vec::new(),
            kernels: Kernels::new(kernels.into_iter().map(|weight| weight.range)),
            seed: model.seed(),
            started: Instant::now(),
        })
    }

    /// Measures loss and skill on the fixed training rows, and looks at the units.
    fn measure_subset(&mut self, model: &Model<T>) -> Result<()> {
        let network = model.built("fit")?;
        let Rows { x, targets } = self.kept.some(network.params().len(), SUBSET);
        let rows = x.nrows();
        let mut buffers = Buffers::new(network, rows);
        buffers.first(x.len()).copy_from_slice(x.transpose().as_slice());
        let mut found = Vec::new();
        network.infer_each(rows, &mut buffers, &mut |node, output| found.extend(units(network, node, output)));
        self.outcome.end = Some((found, rows));
        let outputs = network.inferred(0, (rows, LeftOut::NONE), &buffers);
        let predicted = DMatrix::from_row_slice(rows, outputs.width(), outputs.values());
        let losses = loss_of_rows(model, &predicted, &targets)?;
        let values = self.kept.read(&targets).values;
        self.record.subset = Some(losses.iter().sum::<f64>() / losses.len().max(1) as f64);
        self.outcome.train = Skill::new(&values_of(&in_doubles(&predicted), &values, &self.kept.reading), &values);
        Ok(())
    }

    fn finish(&mut self, model: &Model<T>) -> Result<()> {
        self.measure_subset(model)?;
        let [first, last] = [self.start.built("fit")?, model.built("fit")?].map(|network| self.kernels.values(network));
        let moved = first.iter().zip(&last).map(|(first, last)| distance(first, last) / norm(first));
        self.record.kernels.iter_mut().zip(moved).for_each(|(kernel, moved)| kernel.displacement = moved);
        let Some(validation) = &self.kept.validation else { return Ok(()) };
        let actual = self.kept.read(&validation.samples).values;
        let predicted = model.predict_with(&validation.x, on_one_thread())?;
        let losses = loss_of_rows(model, &predicted, &validation.samples)?;
        let order = in_order(losses.len(), &|a, b| losses[b].total_cmp(&losses[a]));
        let row = |place: usize| (validation.first + validation.numbers[place], losses[place]);
        self.outcome.worst = order.into_iter().take(3).map(row).collect();
        let predicted = in_doubles(&predicted);
        let values = values_of(&predicted, &actual, &self.kept.reading);
        self.outcome.validation = Skill::new(&values, &actual);
        self.outcome.predicted = Some((values, actual));
        self.outputs = Some(predicted);
        Ok(())
    }
}

/// Returns options to predict a few rows: the caller of `fit` may allow no more threads.
fn on_one_thread() -> PredictOptions {
    let options = PredictOptions::new();
    #[cfg(feature = "parallel")]
    let options = options.threads(1);
    options
}
