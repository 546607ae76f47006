//! All that the rules look at, as plain numbers: data, model, options, and what the first step shows.

use super::columns::Column;
use super::start::Start;
use super::targets::{Target, Values, two_values};
use crate::base::{Data, Rng};
use crate::kernels::Scalar;
use crate::model::{FitOptions, Model};
use crate::network::Network;
use crate::part::Spec;

/// The largest number of training rows from which columns are described.
const MOST_ROWS: usize = 10_000;

/// The largest number of rows, and of columns, that are compared pairwise.
const PAIRED_ROWS: usize = 1_000;
const PAIRED_COLUMNS: usize = 256;

/// All that the rules look at.
#[derive(Debug)]
pub(super) struct Facts {
    /// The number of rows for training.
    pub(super) rows: usize,
    pub(super) columns: Vec<Column>,
    /// The pairs of columns that are equal, or equal up to scale and offset.
    pub(super) equal: Vec<(usize, usize)>,
    /// The columns that are constant in training and vary in validation, with the number of validation rows that differ.
    pub(super) only_in_validation: Vec<(usize, usize)>,
    pub(super) target: Target,
    pub(super) validation: Option<Validation>,
    pub(super) duplicates: Option<Duplicates>,
    pub(super) layers: Vec<LayerFacts>,
    /// The number of values in the weights that are trained.
    pub(super) trained: usize,
    pub(super) outputs: usize,
    pub(super) loss: Spec,
    pub(super) optimizer: Spec,
    pub(super) iterations: u64,
    pub(super) plan: PlanFacts,
    pub(super) start: Option<Start>,
}

/// The validation rows.
#[derive(Debug)]
pub(super) struct Validation {
    pub(super) target: Target,
    pub(super) rows: usize,
    /// True if they are the last rows of the data.
    pub(super) is_tail: bool,
}

/// How often rows occur twice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Duplicates {
    /// The share of validation rows that are also training rows.
    pub(super) across: f64,
    /// The share of training rows that occur more than once.
    pub(super) within: f64,
    /// The numbers of training rows and of validation rows.
    pub(super) rows: [usize; 2],
}

/// A layer, or a layer within another.
#[derive(Debug, Clone)]
pub(super) struct LayerFacts {
    pub(super) name: String,
    pub(super) class: &'static str,
    pub(super) spec: Spec,
    /// Keras' name of its activation.
    pub(super) activation: Option<&'static str>,
    /// The number of values in its output.
    pub(super) width: usize,
    /// The numbers of the values that it reads: 0 is the data, `i + 1` the output of layer `i`.
    pub(super) reads: Vec<usize>,
    pub(super) has_kernel: bool,
}

/// The options of the training.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlanFacts {
    pub(super) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) shuffle: bool,
}

impl PlanFacts {
    pub(super) fn of<T: Scalar>(options: &FitOptions<'_, T>) -> Self {
        let epochs = options.epochs.saturating_sub(options.initial_epoch);
        Self { epochs, batch_size: options.batch_size, shuffle: options.shuffle }
    }

    /// Returns the number of steps of the training.
    pub(super) fn steps(&self, rows: usize) -> usize {
        self.epochs.saturating_mul(rows.div_ceil(self.batch_size.max(1)))
    }
}

impl Facts {
    /// Collects the facts about a built and compiled model and its data.
    pub(super) fn collect<T: Scalar>(
        model: &Model<T>,
        network: &Network<T>,
        (data, validation): (&Data<'_, T>, Option<&Data<'_, T>>),
        plan: PlanFacts,
        start: Option<Start>,
    ) -> Self {
        let compiled = model.compiled.as_ref();
        let loss = compiled.and_then(|compiled| compiled.losses.first());
        let loss = loss.map_or(Spec::named(""), |(loss, _)| loss.spec());
        let outputs = network.output().width();
        let both = std::iter::once(data).chain(validation);
        let two = two_values(both.flat_map(|data| &data.y[0].values));
        let target = |data: &Data<'_, T>| Target::new(data.y[0].all(), (&loss, outputs), two);
        let of_training = target(data);
        let rows = sample(data.count(), MOST_ROWS);
        let (columns, only_in_validation) = describe(data, validation, &rows, &of_training.values.take(&rows));
        let is_tail = validation.is_some_and(|validation| validation.origin().1 > 0);
        Self {
            rows: data.count(),
            equal: equal(data, &columns),
            columns,
            only_in_validation,
            validation: validation.map(|data| Validation { target: target(data), rows: data.count(), is_tail }),
            duplicates: validation.map(|validation| Duplicates::new(data, validation)),
            target: of_training,
            layers: layers(network),
            trained: network.trained().iter().map(|weight| weight.range.len()).sum(),
            outputs,
            optimizer: compiled.map_or(Spec::named(""), |compiled| compiled.optimizer.rule().spec()),
            loss,
            iterations: model.iterations(),
            plan,
            start,
        }
    }

    /// Returns the last layer that computes something from the outputs of others: no dropout, no reshaping.
    pub(super) fn head(&self) -> Option<&LayerFacts> {
        let passes_on = ["Dropout", "GaussianNoise", "Identity", "Flatten", "Reshape", "ActivityRegularization"];
        self.layers.iter().rev().find(|layer| !passes_on.contains(&layer.class))
    }

    /// Returns the targets of all rows in the order of the data.
    pub(super) fn in_order(&self) -> Values {
        match &self.validation {
            Some(validation) if validation.is_tail => self.target.values.followed_by(&validation.target.values),
            _ => self.target.values.clone(),
        }
    }
}

impl LayerFacts {
    /// Returns the activation of the layer, or of a layer that is an activation.
    pub(super) fn activation(&self) -> &str {
        match (self.class, self.activation) {
            ("Softmax", _) => "softmax",
            (_, Some(activation)) => activation,
            _ => "linear",
        }
    }
}

fn layers<T: Scalar>(network: &Network<T>) -> Vec<LayerFacts> {
    let layer = |node: &crate::network::Node<T>| LayerFacts {
        name: node.name.clone(),
        class: node.layer.name(),
        spec: node.layer.spec(),
        activation: node.activation.as_ref().map(|activation| activation.name()),
        width: node.output.width(),
        reads: node.reads.clone(),
        has_kernel: network.tensors()[node.tensors.clone()].iter().any(|tensor| tensor.name == "kernel"),
    };
    network.nodes().iter().map(layer).collect()
}

/// Returns at most `most` of the rows in their order, always the same ones.
pub(super) fn sample(rows: usize, most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    if rows > most {
        Rng::new(0).shuffle(&mut order);
        order.truncate(most);
        order.sort_unstable();
    }
    order
}

/// Describes the columns, and finds those that are constant in training only.
fn describe<T: Scalar>(
    data: &Data<'_, T>,
    validation: Option<&Data<'_, T>>,
    rows: &[usize],
    targets: &Values,
) -> (Vec<Column>, Vec<(usize, usize)>) {
    let mut only_in_validation = Vec::new();
    let columns = data.columns().enumerate().map(|(number, column)| {
        let values: Vec<f64> = rows.iter().map(|&row| column[row].to_f64()).collect();
        let mut described = Column::new(&values, targets);
        if described.is_constant() && column.iter().any(|value| *value != column[0]) {
            described.distinct = 2;
        }
        if let (true, Some(validation)) = (described.is_constant(), validation.and_then(|data| data.columns().nth(number))) {
            let differ = validation.iter().filter(|value| **value != column[0]).count();
            if differ > 0 {
                only_in_validation.push((number, differ));
            }
        }
        described
    });
    (columns.collect(), only_in_validation)
}

/// Finds the columns that are a column before them, up to scale and offset.
fn equal<T: Scalar>(data: &Data<'_, T>, columns: &[Column]) -> Vec<(usize, usize)> {
    let rows = sample(data.count(), PAIRED_ROWS);
    if columns.len() > PAIRED_COLUMNS || rows.len() < 3 {
        return Vec::new();
    }
    // each column with mean 0 and norm 1; a constant column is none of a pair
    let unit: Vec<Vec<f64>> = data.columns().map(|column| unit(rows.iter().map(|&row| column[row].to_f64()).collect())).collect();
    let mut pairs = Vec::new();
    for second in 1..columns.len() {
        let product = |first: usize| unit[first].iter().zip(&unit[second]).map(|(a, b)| a * b).sum::<f64>();
        if let Some(first) = (0..second).find(|&first| product(first).abs() > 0.9999) {
            pairs.push((first, second));
        }
    }
    pairs
}

fn unit(mut values: Vec<f64>) -> Vec<f64> {
    let (mean, deviation) = super::targets::moments(&values);
    let norm = deviation * (values.len() as f64).sqrt();
    let factor = if norm > 0.0 { 1.0 / norm } else { 0.0 };
    values.iter_mut().for_each(|value| *value = (*value - mean) * factor);
    values
}

impl Duplicates {
    fn new<T: Scalar>(data: &Data<'_, T>, validation: &Data<'_, T>) -> Self {
        let (mut train, others) = (hashes(data), hashes(validation));
        train.sort_unstable();
        let twice: usize = train.chunk_by(|a, b| a == b).filter(|run| run.len() > 1).map(<[u64]>::len).sum();
        let known = others.iter().filter(|hash| train.binary_search(hash).is_ok()).count();
        Self {
            across: known as f64 / others.len().max(1) as f64,
            within: twice as f64 / train.len().max(1) as f64,
            rows: [train.len(), others.len()],
        }
    }
}

/// Returns a hash of the inputs of each row.
fn hashes<T: Scalar>(data: &Data<'_, T>) -> Vec<u64> {
    let mut hashes = vec![0_u64; data.count()];
    for column in data.columns() {
        for (hash, value) in hashes.iter_mut().zip(column) {
            // 0.0 and -0.0 are one value; the steps are those of `derived_seed`, which mixes well
            *hash = crate::base::derived_seed(*hash, &[(value.to_f64() + 0.0).to_bits()]);
        }
    }
    hashes
}
