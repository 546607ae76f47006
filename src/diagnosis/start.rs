//! What the first step of a training shows: losses, gradients and units on a few rows, measured on a copy of the model.

use super::columns::Column;
use super::constant::Constant;
use super::kept::{Kept, Rows};
use super::norms::{distance, norm};
use super::targets::Values;
use crate::base::{Batch, Result, Shape};
use crate::kernels::Scalar;
use crate::model::{Callback, FitOptions, Model, Run};
use crate::network::Network;
use crate::optimizers::{OptimizerState, Sgd};
use crate::training::{NodeProbe, Probe};
use nalgebra::DMatrix;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The smallest and the largest number of rows of the step, if the data have so many.
const ROWS: RangeInclusive<usize> = 32..=128;

/// What the first step shows.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) rows: usize,
    /// The loss of the data, without penalties.
    pub(super) loss: f64,
    pub(super) constant: Option<Constant>,
    pub(super) kernels: Vec<Kernel>,
    pub(super) units: Vec<Units>,
    /// The columns of what the first layer with weights reads, if layers without weights come before it.
    pub(super) read_first: Option<Vec<Column>>,
}

/// A kernel at the start.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    /// The name of its layer.
    pub(super) layer: String,
    pub(super) inputs: usize,
    pub(super) units: usize,
    /// The L2 norms of the values, of the gradient of the data's loss, and of the gradient of the penalty.
    pub(super) norm: f64,
    pub(super) gradient: f64,
    pub(super) penalty: f64,
    /// The root mean square of the norm of the layer's inputs.
    pub(super) input: f64,
    /// True if all units have the same weights, and then if they also have the same gradient, so that they stay equal.
    pub(super) is_equal: bool,
    pub(super) is_symmetric: bool,
}

/// The units of a layer with an activation.
#[derive(Debug, Clone)]
pub(super) struct Units {
    /// The number of the layer.
    pub(super) layer: usize,
    pub(super) count: usize,
    /// The number of units whose pre-activation is above 0 for no row.
    pub(super) never_positive: usize,
    /// The share of pre-activations above 0 of a layer with a ReLU; 0.5 for one without.
    pub(super) positive: f64,
    /// The share of values close to the ends of a sigmoid's or a tanh's range.
    pub(super) saturated: f64,
}

/// Keeps what the first step shows.
struct First<'a, T: Scalar> {
    network: &'a Network<T>,
    loss: f64,
    kernels: Vec<Kernel>,
    units: Vec<Units>,
    read_first: Option<Vec<Column>>,
}

impl<T: Scalar> Callback<T> for First<'_, T> {
    fn probes(&self, epoch: usize, batch: usize) -> bool {
        epoch == 0 && batch == 0
    }

    fn on_batch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let Some(probe) = run.probe() else { return Ok(()) };
        let network = self.network;
        self.loss = run.logs().loss() - network.penalty().to_f64();
        self.kernels = kernels(network, probe);
        self.units = (0..network.nodes().len()).filter_map(|node| units(network, node, probe.nodes()[node].output())).collect();
        let rows = probe.inputs().map_or(0, |inputs| inputs.count());
        self.read_first = first_read(network).map(|node| columns(&probe.nodes()[node], rows));
        Ok(())
    }
}

impl Start {
    /// Runs one step on a copy of the model, on some of the rows.
    ///
    /// # Errors
    ///
    /// The step fails.
    pub(super) fn measure<T: Scalar>(model: &Model<T>, kept: &Kept<T>) -> Result<Self> {
        let network = model.built("check")?;
        let Rows { x, targets } = kept.some(network.params().len(), ROWS);
        let (rows, width) = (x.nrows(), targets.len() / x.nrows().max(1));
        let mut copy = model.clone();
        if let Some(compiled) = &mut copy.compiled {
            compiled.metrics.clear();
            // it needs no memory for moments, and the step is not looked at
            compiled.optimizer = OptimizerState::new(Arc::new(Sgd::default()))?;
        }
        let mut first = First { network, loss: f64::NAN, kernels: Vec::new(), units: Vec::new(), read_first: None };
        // on one thread: a step on a few rows is not worth more, and the caller may allow no more
        let options = FitOptions { threads: Some(1), ..FitOptions::new() };
        let y = DMatrix::from_row_slice(rows, width, &targets);
        copy.fit(&x, &y, options.batch_size(rows).shuffle(false).callback(&mut first))?;
        let First { loss, kernels, units, read_first, .. } = first;
        let (loss_of_output, _) = &model.check_compiled("check")?.losses[0];
        let constant = Constant::new(&**loss_of_output, Batch::new(&Shape::from(width), &targets), network.output());
        Ok(Self { rows, loss, constant, kernels, units, read_first })
    }

    /// Returns the loss at the start divided by that of a prediction that knows nothing.
    pub(super) fn relative_loss(&self) -> Option<f64> {
        self.constant.filter(|constant| constant.ignorant > 1e-9).map(|constant| self.loss / constant.ignorant)
    }

    /// Returns whether the model predicts well already, as one does that was trained before.
    pub(super) fn predicts_well(&self) -> bool {
        self.constant.is_none_or(|constant| self.loss < 0.5 * constant.best)
    }

    /// Returns whether a layer behind the first one starts with zeros or with very small weights.
    pub(super) fn starts_small(&self) -> bool {
        self.kernels.iter().skip(1).any(|kernel| kernel.excess() < 0.1)
    }
}

impl Kernel {
    /// Returns the norm of the kernel divided by that of Glorot's initial weights: about 1 for all usual initializers.
    pub(super) fn excess(&self) -> f64 {
        let usual = (2.0 * (self.inputs * self.units) as f64 / (self.inputs + self.units).max(1) as f64).sqrt();
        self.norm / usual.max(f64::MIN_POSITIVE)
    }
}

/// Returns the number of the layer whose output the first layer with a kernel reads; `None` if it reads the data.
fn first_read<T: Scalar>(network: &Network<T>) -> Option<usize> {
    let has_kernel = |node: &&crate::network::Node<T>| network.tensors()[node.tensors.clone()].iter().any(|t| t.name == "kernel");
    let first = network.nodes().iter().find(has_kernel)?;
    first.reads.first()?.checked_sub(1)
}

fn columns<T: Scalar>(node: &NodeProbe<T>, rows: usize) -> Vec<Column> {
    let output = node.output();
    let none = Values::Numbers(vec![0.0; rows]);
    let column = |column: usize| output.samples().map(|sample| sample[column].to_f64()).collect::<Vec<f64>>();
    (0..output.width()).map(|number| Column::new(&column(number), &none)).collect()
}

fn kernels<T: Scalar>(network: &Network<T>, probe: &Probe<T>) -> Vec<Kernel> {
    let mut kernels = Vec::new();
    let mut penalties = Vec::new();
    if network.is_regularized() {
        penalties = vec![T::zero(); network.params().len()];
        network.add_penalty_gradient(&mut penalties);
    }
    for (weight, trained) in probe.weights().iter().zip(network.trained()) {
        let (Some(layer), &[inputs, units]) = (weight.path().strip_suffix("/kernel"), weight.shape()) else { continue };
        let Some(node) = network.nodes().iter().find(|node| node.name == layer) else { continue };
        let read = match node.reads.first().and_then(|read| read.checked_sub(1)) {
            Some(before) => Some(probe.nodes()[before].output()),
            None => probe.inputs(),
        };
        let penalty = penalties.get(trained.range).unwrap_or_default();
        let is_equal = units > 1 && are_equal(weight.before(), units);
        kernels.push(Kernel {
            layer: layer.to_string(),
            inputs,
            units,
            norm: norm(weight.before()),
            gradient: if penalty.is_empty() { norm(weight.gradient()) } else { distance(weight.gradient(), penalty) },
            penalty: norm(penalty),
            input: read.map_or(0.0, |read| norm(read.values()) / (read.vector_count().max(1) as f64).sqrt()),
            is_equal,
            is_symmetric: is_equal && are_equal(weight.gradient(), units),
        });
    }
    kernels
}

/// Returns whether all columns of a matrix are equal, whose rows follow one another.
fn are_equal<T: Scalar>(values: &[T], columns: usize) -> bool {
    let size = |values: &[T]| values.iter().map(|value| value.to_f64().abs()).fold(0.0, f64::max);
    // units of the usual weights differ in their first one
    let (first, largest) = (values.get(..columns).unwrap_or_default(), norm(values));
    if first.iter().any(|value| (value.to_f64() - first[0].to_f64()).abs() > 1e-6 * largest) {
        return false;
    }
    let largest = size(values);
    values.chunks_exact(columns).all(|row| row.iter().all(|value| (value.to_f64() - row[0].to_f64()).abs() <= 1e-6 * largest))
}

/// Counts the units of a layer with a ReLU, a sigmoid or a tanh.
pub(super) fn units<T: Scalar>(network: &Network<T>, number: usize, output: Batch<'_, T>) -> Option<Units> {
    let activation = network.nodes()[number].activation.as_ref()?.name();
    if number + 1 == network.nodes().len() {
        return None;
    }
    let (count, values) = (output.width(), output.values().len().max(1) as f64);
    let outside = |low: f64, high: f64| {
        let (low, high) = (T::of(low), T::of(high));
        output.values().iter().filter(|value| !(low..=high).contains(value)).count() as f64 / values
    };
    let saturated = match activation {
        "tanh" => outside(-0.97, 0.97),
        "sigmoid" => outside(0.02, 0.98),
        _ => 0.0,
    };
    if activation != "relu" {
        return Some(Units { layer: number, count, never_positive: 0, positive: 0.5, saturated });
    }
    // a ReLU is above 0 where its pre-activation is
    let mut positive = vec![0_u32; count];
    for sample in output.samples() {
        positive.iter_mut().zip(sample).for_each(|(positive, value)| *positive += u32::from(*value > T::zero()));
    }
    let never_positive = positive.iter().filter(|positive| **positive == 0).count();
    let share = positive.iter().map(|&positive| f64::from(positive)).sum::<f64>() / values;
    Some(Units { layer: number, count, never_positive, positive: share, saturated })
}
